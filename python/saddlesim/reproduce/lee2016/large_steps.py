"""At 1/lambda the map of gradient descent is singular; on a quadratic nothing comes of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.landscapes import QuadraticSaddle
from saddlesim.methods import GradientDescent
from saddlesim.plot import COLORS
from saddlesim.reproduce.exit_times import ExitLaw, agreement
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

_EIGENVALUES = (-1.0, 0.8, 1.25, 2.0)
_LARGEST = max(_EIGENVALUES)
_TIMES_LARGEST = (0.5, 0.9, 1.0, 1.3, 1.6, 1.9)  # step * the largest eigenvalue
_ROUNDING = 1e-15
_SINGULAR = (
    "At step 1/lambda, lambda a positive eigenvalue, I - step H is singular; elsewhere it is not, "
    "also beyond 1/l (its smallest singular value)"
)
_SAME = (
    "Starts leave by the same law at any step below 2/lambda_max, be the map a diffeomorphism or "
    "not (the largest distance between survival functions at whole t)"
)
_BOUNDED = "Below 2/lambda_max the other coordinates of no trajectory grow meanwhile (largest)"


def section(effort: Effort) -> Section:
    """Escape with steps up to 2/lambda_max."""
    trials = effort.trials(full=500_000, quick=50_000)
    f = QuadraticSaddle(_EIGENVALUES)
    singular, same, bounded, rows, runs = [], [], [], [], {}
    for ratio in _TIMES_LARGEST:
        step = ratio / _LARGEST
        times = escape_times(
            f,
            GradientDescent(step),
            trials=trials,
            seed=effort.seed,
            threads=effort.threads,
            record=("points",),
        )
        assert times.points is not None  # they were recorded
        case = f"step {ratio:g}/lambda_max"
        smallest = within(_smallest_singular_value(f, step), 0.0)
        is_singular = any(math.isclose(step * value, 1.0) for value in _EIGENVALUES)
        expected = (0.0, _ROUNDING) if is_singular else (1e-3, math.inf)
        singular.append(Finding(case, expected, smallest))
        same.append(agreement(case, times, ExitLaw(1 + step)))
        others = float(np.abs(times.points[:, 1:]).max())
        bounded.append(Finding(case, (0.0, 1.0), within(others, 0.0)))
        rows.append(_row(ratio, smallest.value, others, same[-1], times))
        runs[ratio] = times
    linear = "the linear dynamics at the saddle"
    return Section(
        claims=(
            Claim(_SINGULAR, f"{linear}; eigenvalues -1, 0.8, 1.25 and 2", (*singular,)),
            Claim(_SAME, f"{linear}; from the same starts at every step", (*same,)),
            Claim(_BOUNDED, linear, (*bounded,)),
        ),
        tables={"large_steps": rows},
        pictures={"large_steps": _draw(f, runs)},
    )


def _smallest_singular_value(f: QuadraticSaddle, step: float) -> float:
    jacobian = np.eye(f.dim) - step * f.hvp(np.zeros(f.dim), np.eye(f.dim))
    return float(np.linalg.svd(jacobian, compute_uv=False)[-1])


def _row(
    ratio: float, smallest: float, others: float, same: Finding, times: EscapeTimes
) -> dict[str, Any]:
    assert isinstance(same.expected, tuple)  # a distance has a limit
    return {
        "step_times_largest_eigenvalue": ratio,
        "step_size": ratio / _LARGEST,
        "smallest_singular_value": smallest,
        "trials": len(times),
        "escaped": int(np.count_nonzero(times.escaped)),
        "distance": same.measured.value,
        "distance_limit": same.expected[1],
        "largest_other_coordinate": others,
    }


def _draw(f: QuadraticSaddle, runs: dict[float, EscapeTimes]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    ratios = np.linspace(0, 2, 401)
    smallest = [_smallest_singular_value(f, ratio / _LARGEST) for ratio in ratios]
    left.plot(ratios, smallest, color="0.3", linewidth=1.2)
    end = 0.0
    for i, (ratio, times) in enumerate(runs.items()):
        color, step = COLORS[i], ratio / _LARGEST
        left.plot(ratio, _smallest_singular_value(f, step), "o", color=color, clip_on=False)
        t = np.arange(int(times.steps.max()))
        share = [np.mean(times.steps > at) for at in t]
        scaled = t * math.log1p(step)
        end = max(end, float(scaled[-1]))
        label = f"{ratio:g}/$\\lambda_{{max}}$"
        right.plot(scaled, share, "o", markersize=4, color=color, label=label)
    left.axvline(1, color="0.6", linewidth=0.8, linestyle="--")
    left.text(1.02, 0.95, r"$1/\ell$: up to here the theorem holds", fontsize="small", color="0.3")
    left.set_xlim(0, 2)
    left.set_ylim(0, 1.02)
    left.set_xlabel(r"step $\times\ \lambda_{max}$")
    left.set_ylabel("smallest singular value of I - step H")
    left.set_title("The map is singular at every 1/eigenvalue", fontsize="medium")
    scaled = np.linspace(0, end, 2)
    right.plot(scaled, np.exp(-scaled), color="0.3", linewidth=1, zorder=0, label="law")
    right.set_yscale("log")
    right.set_xlabel("step t, times ln a")
    right.set_ylabel("share of trajectories still at the saddle")
    right.set_title("Trajectories leave by one law all the same (same starts)", fontsize="medium")
    right.legend(frameon=False, title="step", fontsize="small")
    figure.suptitle(
        r"Beyond $1/\ell$: a quadratic saddle with eigenvalues -1, 0.8, 1.25 and 2",
        x=0.01,
        ha="left",
        fontsize="large",
    )
    return figure
