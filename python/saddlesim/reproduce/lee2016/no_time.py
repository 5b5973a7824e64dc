"""The theorem says nothing on time: on the octopus it holds, and the time is exponential."""

from __future__ import annotations

import math

from saddlesim.landscapes import Octopus
from saddlesim.methods import GradientDescent
from saddlesim.reproduce.finding import (
    CONFIDENCE,
    Claim,
    Effort,
    Finding,
    Section,
    mean_ratio,
    within,
)
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate

__all__ = ["section"]

_LOW, _HIGH = 6, 10
_SHARE = 0.9  # of 1/l, which the step is
_ESCAPES = "On the octopus every trajectory leaves every saddle with a step below 1/l (share)"
_SLOWLY = (
    "Yet each dimension more than doubles the time that it takes, of which du2017 measures more "
    "(factor a dimension of the mean steps)"
)


def section(effort: Effort) -> Section:
    """Pass all saddles of the octopus, at growing dimension."""
    trials = effort.trials(full=10_000, quick=1_000)
    runs = {}
    for dim in (2, _LOW, _HIGH):
        octopus = Octopus(dim)
        method = GradientDescent(_SHARE / octopus.smoothness)
        runs[dim] = escape_times(
            octopus, method, trials=trials, seed=effort.seed, threads=effort.threads
        )
    escapes = [
        Finding(f"d = {dim}", 1.0, within(float(times.escaped.mean()), 0.0))
        for dim, times in runs.items()
    ]
    found = mean_ratio(runs[_HIGH].float_steps, runs[_LOW].float_steps)
    value, low, high = (
        ratio ** (1 / (_HIGH - _LOW)) for ratio in (found.value, found.low, found.high)
    )
    factor = Estimate(value, low, high, CONFIDENCE)
    rows = [
        {
            "dim": dim,
            "trials": trials,
            "escaped": float(times.escaped.mean()),
            "median": times.median().value,
            "mean": float(times.float_steps.mean()),
        }
        for dim, times in runs.items()
    ]
    return Section(
        claims=(
            Claim(_ESCAPES, "the theorem of Lee et al. (2016)", (*escapes,)),
            Claim(
                _SLOWLY,
                "Du et al. (2017), theorem 4.1",
                (Finding(f"d = {_LOW} to {_HIGH}", (2.0, math.inf), factor),),
            ),
        ),
        tables={"octopus": rows},
    )
