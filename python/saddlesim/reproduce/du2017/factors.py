"""The factor by which each saddle holds gradient descent and flow longer than the last."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from saddlesim.landscapes import Octopus
from saddlesim.methods import GradientDescent, GradientFlow, Method
from saddlesim.reproduce.du2017.settings import CURVATURES
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, mean_ratio
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate

__all__ = ["section"]

_DIM = 8
_CLOSED_FORM = (
    "Each saddle holds GD longer than the one before by the factor 1 + ln(1/c) / ln(a), gradient "
    "flow by (L + gamma) / gamma (ratio of the mean stays at saddles 8 and 7)"
)
_BOUND = (
    "Each saddle holds GD at least (L + gamma) / gamma times as long as the one before (ratio of "
    "the mean stays at saddles 8 and 7)"
)


def section(effort: Effort) -> Section:
    """Measure the growth factor per saddle at several curvatures and steps."""
    trials = effort.trials(full=20_000, quick=4_000)
    steps = [(L, 1 / (4 * L)) for L in CURVATURES] + [(1.0, 1 / 40), (1.0, 1 / 400)]
    # The largest step that the theorem admits: 1 / smoothness.
    steps.append((1.0, 1 / Octopus(_DIM).smoothness))
    methods: list[tuple[float, Method]] = [(L, GradientDescent(step)) for L, step in steps]
    methods += [(L, GradientFlow()) for L in CURVATURES]
    closed, bounds, rows = [], [], []
    for L, method in methods:
        octopus = Octopus(_DIM, L=L)
        case = f"L = {L:g}, flow"
        if isinstance(method, GradientDescent):
            case = f"L = {L:g}, step 1/{1 / method.step_size:.4g}"
        ratio = _ratio(octopus, method, trials, effort)
        expected = octopus.growth_factor(method)
        assert expected is not None  # these are the methods that have one
        bound = (octopus.L + octopus.gamma) / octopus.gamma
        closed.append(Finding(case, expected, ratio))
        if isinstance(method, GradientDescent):
            bounds.append(Finding(case, (bound, math.inf), ratio))
        rows.append(_row(L, method, expected, bound, ratio, trials))
    source = "Du et al. (2017), section 4.1"
    return Section(
        claims=(
            Claim(_CLOSED_FORM, "the linear dynamics at the saddles", (*closed,)),
            Claim(_BOUND, source, (*bounds,)),
        ),
        tables={"growth_factors": rows},
    )


def _ratio(octopus: Octopus, method: Method, trials: int, effort: Effort) -> Estimate:
    times = escape_times(
        octopus,
        method,
        trials=trials,
        seed=effort.seed,
        threads=effort.threads,
        record=("saddle_exits",),
    )
    assert times.log10_saddle_exits is not None  # they were recorded
    stays = np.diff(10.0**times.log10_saddle_exits, axis=1)
    return mean_ratio(stays[:, -1], stays[:, -2])


def _row(
    L: float, method: Method, expected: float, bound: float, ratio: Estimate, trials: int
) -> dict[str, Any]:
    return {
        "L": L,
        "rule": repr(method),
        "step_size": method.step_size if isinstance(method, GradientDescent) else 0.0,
        "closed_form": expected,
        "measured": ratio.value,
        "low": ratio.low,
        "high": ratio.high,
        "limit_of_small_steps": bound,
        "trials": trials,
    }
