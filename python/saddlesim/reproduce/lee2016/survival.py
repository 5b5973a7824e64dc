"""The stable set has measure zero: survival falls geometrically, and nothing stays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.initial import Uniform
from saddlesim.methods import GradientDescent
from saddlesim.plot import COLORS
from saddlesim.reproduce.exit_times import ExitLaw, agreement, draw_survival, geometric_ratio
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.reproduce.quadratic import STEP, saddle
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["section"]

# Beyond the last step of the smallest start that a uniform number of 53 bits can be, but 0.
_HORIZON = 1000
_FEW = 100  # trajectories that are expected at the step at which those left are counted
_LAW = (
    "P(T > t) = V_k (q_t / 2R)^k with q_t = a^-t, at most R, at any dimension d; for k = 1 "
    "min(1, q_t / R) (the largest distance at whole t)"
)
_RATIO = (
    "Survival falls by the same factor at every step: 1/a with one direction of escape, a^-k with "
    "k (maximum likelihood)"
)
_TAIL = f"As many as expected are left where some {_FEW} are (trajectories)"
_NOTHING = f"Nothing stays: after {_HORIZON} steps no trajectory is left (trajectories)"


@dataclass(frozen=True)
class _Case:
    """A dimension, the directions of escape, a step, and half the width of the starts' cube."""

    dim: int
    k: int = 1
    step: float = STEP
    half_width: float = 1.0

    @property
    def law(self) -> ExitLaw:
        return ExitLaw(1 + self.step, self.k, self.half_width)

    def __str__(self) -> str:
        return f"d = {self.dim}, k = {self.k}, a = {1 + self.step:g}, R = {self.half_width:g}"


_CASES = (
    *(_Case(dim) for dim in (2, 10, 100)),
    _Case(10, step=0.5, half_width=0.25),
    *(_Case(10, k) for k in (2, 3)),
)


def section(effort: Effort) -> Section:
    """Compare survival with its law, at several dimensions and numbers of escape directions."""
    trials = effort.trials(full=1_000_000, quick=50_000)
    law, ratio, tail, nothing, rows, runs = [], [], [], [], [], {}
    for case in _CASES:
        times = escape_times(
            saddle(case.dim, case.k),
            GradientDescent(case.step),
            initial=Uniform(-case.half_width, case.half_width),
            trials=trials,
            max_steps=_HORIZON,
            seed=effort.seed,
            threads=effort.threads,
        )
        law.append(agreement(str(case), times, case.law))
        ratio.append(Finding(str(case), case.law.ratio, geometric_ratio(times, case.law.first)))
        tail.append(_tail(case, times))
        left = float(np.count_nonzero(~times.escaped))
        nothing.append(Finding(str(case), 0.0, within(left, 0.0)))
        rows.append(_row(case, times, law[-1], ratio[-1], tail[-1]))
        runs[case] = times
    source = "the theorem of Lee et al. (2016)"
    linear = "the linear dynamics at the saddle"
    return Section(
        claims=(
            Claim(_LAW, f"{linear}; chance exceeds the range once in 1000", (*law,)),
            Claim(_RATIO, linear, (*ratio,)),
            Claim(_TAIL, linear, (*tail,)),
            Claim(_NOTHING, source, (*nothing,)),
        ),
        tables={"survival": rows},
        pictures={"survival": _draw(runs, trials)},
    )


def _tail(case: _Case, times: EscapeTimes) -> Finding:
    step = case.law.step_with(_FEW / len(times))
    share = float(case.law.survival(step))
    left = float(np.count_nonzero(times.steps > step))
    error = math.sqrt(len(times) * share * (1 - share))
    return Finding(f"{case}, step {step}", len(times) * share, within(left, error))


def _row(
    case: _Case, times: EscapeTimes, law: Finding, ratio: Finding, tail: Finding
) -> dict[str, Any]:
    assert isinstance(law.expected, tuple)  # a distance has a limit
    return {
        "dim": case.dim,
        "escape_directions": case.k,
        "step_size": case.step,
        "half_width": case.half_width,
        "trials": len(times),
        "distance": law.measured.value,
        "distance_limit": law.expected[1],
        "ratio_expected": ratio.expected,
        "ratio": ratio.measured.value,
        "ratio_low": ratio.measured.low,
        "ratio_high": ratio.measured.high,
        "left_late_expected": tail.expected,
        "left_late": tail.measured.value,
        "left_at_horizon": int(np.count_nonzero(~times.escaped)),
        "largest_step": int(times.steps.max()),
    }


def _draw(runs: dict[_Case, EscapeTimes], trials: int) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    dims, directions = figure.subplots(1, 2, sharey=True)
    one = [case for case in runs if case.k == 1 and case.step == STEP]
    several = [case for case in runs if case.dim == 10 and case.step == STEP]
    _curves(dims, {f"d = {case.dim}": (case, runs[case]) for case in one})
    _curves(directions, {f"k = {case.k}": (case, runs[case]) for case in several})
    dims.set_ylabel("share of trajectories still at the saddle")
    dims.set_title("One direction of escape: the same law at any dimension", fontsize="medium")
    directions.set_title("k directions of escape, d = 10", fontsize="medium")
    for ax in (dims, directions):
        ax.axhline(1 / trials, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
        ax.text(2, 1.15 / trials, f"one of {trials:,}", fontsize="small", color="0.4")
        ax.set_ylim(0.4 / trials, 2)
        ax.set_xlim(0, 150)
        ax.set_xlabel("step t")
        ax.legend(frameon=False)
        ax.grid(color="0.92", linewidth=0.6)
    figure.suptitle(
        f"A quadratic saddle, a = {1 + STEP:g}, starts uniform on [-1, 1]$^d$: points are measured "
        "(95 % intervals), lines the law",
        x=0.01,
        ha="left",
        fontsize="large",
    )
    return figure


def _curves(ax: Axes, curves: dict[str, tuple[_Case, EscapeTimes]]) -> None:
    for i, (label, (case, times)) in enumerate(curves.items()):
        color = COLORS[i]
        # Each curve's points lie between those of the others, which would hide them.
        at = np.arange(4 * i, int(times.steps.max()), 12)
        draw_survival(ax, times, at, color=color, marker="osD"[i], label=label)
        t = np.arange(200)
        ax.plot(t, case.law.survival(t), color=color if case.k > 1 else "0.3", linewidth=1)
    ax.set_yscale("log")
