"""Gradient descent from random starts: how often it ends in a bad local minimum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.classification import classify
from saddlesim.escape import GradientBelow
from saddlesim.landscapes import StudentTeacher
from saddlesim.methods import GradientDescent
from saddlesim.plot import COLORS
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.reproduce.safran2018.levels import UNITS, symmetric_point
from saddlesim.reproduce.safran2018.published import BAD, LEVELS, RUNS
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["beside", "section"]

_STEP = 0.1
_LEVEL = 1e-9 / (2 * math.pi)  # gradients where descent ends; the authors' are times 2 pi
_BUDGET = 1_000_000
_IS_BAD = 1e-3
_SAME = 5e-6  # values that agree in five digits
_ENDS = "Every run comes to a stationary point (share)"
_SHARE = (
    "Gradient descent from N(0, 1/k) ends with F >= 0.001 as often as published (share of runs; "
    "the interval is for the difference of two samples)"
)
_AT = "It does so at the values that were published, as often (share of runs)"
_LOWEST = "The lowest of these values is that of the symmetric point (largest difference)"
_MINIMA = "Bad ends are local minima: all eigenvalues are positive, by inertia (share)"


@dataclass(frozen=True)
class _Ends:
    """Where the runs of one number of units ended."""

    units: int
    runs: int
    ended: int
    bad: FloatArray  # values
    minima: int

    @property
    def share(self) -> float:
        return len(self.bad) / self.runs

    def at(self, level: float) -> int:
        """Return how many ended at a value."""
        return int(np.count_nonzero(np.abs(self.bad - level) <= _SAME))


def section(effort: Effort) -> Section:
    """Run gradient descent for several numbers of units."""
    units = (6, 8, 10) if effort.quick else tuple(BAD)
    all_ends = [_run(k, effort) for k in units]
    source = "Safran and Shamir (2018), table 1"
    certain = [Finding(f"k = {e.units}", 1.0, within(e.ended / e.runs, 0.0)) for e in all_ends]
    shares = [
        Finding(f"k = {e.units}", BAD[e.units] / RUNS, beside(len(e.bad), e.runs, BAD[e.units]))
        for e in all_ends
    ]
    levels = [
        Finding(f"k = {e.units}, F = {level:.5f}", count / RUNS,
                beside(e.at(level), e.runs, count))
        for e in all_ends
        for level, count in LEVELS.get(e.units, {}).items()
    ]  # fmt: skip
    lowest = [
        Finding(f"k = {e.units}", (0.0, 1e-9), within(_off_lowest(e), 0.0))
        for e in all_ends
        if len(e.bad)
    ]
    minima = [
        Finding(f"k = {e.units}", 1.0, within(e.minima / len(e.bad), 0.0))
        for e in all_ends
        if len(e.bad)
    ]
    return Section(
        claims=(
            Claim(_ENDS, source, tuple(certain)),
            Claim(_SHARE, source, tuple(shares)),
            Claim(_AT, "the authors' result files, which are behind table 1", tuple(levels)),
            Claim(_LOWEST, "Safran and Shamir (2018), theorem 1", tuple(lowest)),
            Claim(_MINIMA, "Safran and Shamir (2018), theorem 1", tuple(minima)),
        ),
        tables={"frequency": [_row(e) for e in all_ends]},
        pictures={"safran2018": _draw(all_ends)},
    )


def beside(count: int, runs: int, published: int) -> Estimate:
    """Return a share with four standard errors of its difference from one of RUNS runs."""
    pooled = (count + published) / (runs + RUNS)
    error = math.sqrt(pooled * (1 - pooled) * (1 / runs + 1 / RUNS))
    return within(count / runs, error)


def _run(k: int, effort: Effort) -> _Ends:
    f = StudentTeacher.random(k)
    runs = effort.trials(full=1000, quick=300)
    times = escape_times(
        f,
        GradientDescent(_STEP),
        escape=GradientBelow(_LEVEL),
        trials=runs,
        max_steps=_BUDGET,
        seed=effort.seed,
        threads=effort.threads,
        record=("points",),
    )
    assert times.points is not None  # they were recorded
    values = f.value(times.points)
    bad = values >= _IS_BAD
    kinds = classify(f, times.points[bad], seed=effort.seed, threads=effort.threads).kind
    minima = int(np.count_nonzero(kinds == "local minimum"))
    return _Ends(k, runs, int(times.escaped.sum()), values[bad], minima)


def _off_lowest(ends: _Ends) -> float:
    level = symmetric_point(ends.units).value
    near = ends.bad[np.abs(ends.bad - level) <= _SAME]
    return float(np.abs(near - level).max(initial=0.0)) if len(near) else math.inf


def _row(ends: _Ends) -> dict[str, Any]:
    level = symmetric_point(ends.units).value
    return {
        "units": ends.units,
        "runs": ends.runs,
        "ended": ends.ended,
        "bad": len(ends.bad),
        "share": ends.share,
        "published_share": BAD[ends.units] / RUNS,
        "at_symmetric_point": ends.at(level),
        "symmetric_value": level,
        "local_minima": ends.minima,
    }


def _draw(all_ends: list[_Ends]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    shares, values = figure.subplots(1, 2)
    _draw_shares(shares, all_ends)
    _draw_values(values, all_ends)
    for ax in (shares, values):
        ax.set_xlabel("units k = n")
        ax.set_xticks(range(6, 21, 2))
        ax.set_xlim(5, 21)
        ax.legend(frameon=False, fontsize="small")
        ax.grid(color="0.92", linewidth=0.6)
    figure.suptitle(
        "A two-layer ReLU network that learns another one, by gradient descent from random starts",
        x=0.01,
        ha="left",
    )
    return figure


def _draw_shares(ax: Axes, all_ends: list[_Ends]) -> None:
    known = np.array(list(BAD))
    ax.plot(known, np.array(list(BAD.values())) / RUNS, "s", mfc="none", color="0.3",
            label=f"published, {RUNS:,} runs each")  # fmt: skip
    share = np.array([e.share for e in all_ends])
    runs = np.array([e.runs for e in all_ends])
    spread = 1.96 * np.sqrt(share * (1 - share) / runs)
    ax.errorbar(
        [e.units for e in all_ends], share, yerr=spread, fmt="o", color=COLORS[1], capsize=3,
        markersize=4, label=f"measured, {runs[0]:,} runs each (95 % intervals)",
    )  # fmt: skip
    ax.set_ylabel("share of runs that end in a bad local minimum")
    ax.set_ylim(0, 1)


def _draw_values(ax: Axes, all_ends: list[_Ends]) -> None:
    units = [k for k in UNITS if k >= 6]
    symmetric = [symmetric_point(k).value for k in units]
    ax.plot(units, symmetric, color=COLORS[0], linewidth=1, label="the symmetric point")
    for e in all_ends:
        levels, counts = np.unique(e.bad.round(5), return_counts=True)
        ax.scatter(
            np.full(len(levels), e.units),
            levels,
            s=10 + 400 * counts / e.runs,
            color=COLORS[1],
            alpha=0.6,
            linewidths=0,
            label="bad ends (area: share of runs)" if e is all_ends[-1] else None,
        )
    ax.set_ylabel("loss F at the end")
    ax.set_ylim(0, None)
