"""From the saddle itself by one kick: half the logarithm of the dimension."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.initial import At
from saddlesim.methods import PerturbedGradientDescent
from saddlesim.plot import COLORS
from saddlesim.reproduce.exit_law.laws import StartLaw, ball, power_growth
from saddlesim.reproduce.exit_times import agreement
from saddlesim.reproduce.finding import CONFIDENCE, Claim, Effort, Finding, Section, within
from saddlesim.reproduce.quadratic import STEP, saddle
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["kick_law", "section"]

_RADIUS = 0.1
_ONCE = 2**53  # steps between kicks: there is one only
_STEPS_PER_E = 1 / (2 * math.log1p(STEP))  # what a factor e of the dimension adds
_LAW = (
    "A kick that is uniform in a ball of radius 0.1 is a start there: the law is that of the ball "
    "(the largest distance at whole t)"
)
_MEDIAN = "The median is that of this law (steps)"
_SLOPE = (
    "The time grows like ln(d) / (2 ln a): the mean of ln|x_u| after the kick falls by half the "
    "logarithm of the dimension (steps a factor e of d, from the mean steps)"
)


def kick_law(dim: int) -> StartLaw:
    """Return the law of the steps from the saddle, one direction of escape, after one kick."""
    return StartLaw(ball(1, dim, _RADIUS), power_growth(1 + STEP))


def section(effort: Effort) -> Section:
    """Kick at growing dimension."""
    dims = (2, 10, 100, 1000) if effort.quick else (2, 10, 100, 1000, 10_000)
    runs = {dim: _run(dim, effort) for dim in dims}
    rows = [_row(dim, times) for dim, times in runs.items()]
    laws = [agreement(f"d = {dim:,}", times, kick_law(dim)) for dim, times in runs.items()]
    medians = [
        Finding(f"d = {row['dim']:,}", row["median_expected"],
                Estimate(row["median"], row["median_low"], row["median_high"], CONFIDENCE))
        for row in rows
    ]  # fmt: skip
    large = [dim for dim in dims if dim >= 10]
    return Section(
        claims=(
            Claim(_LAW, "the linear dynamics; chance exceeds the range once in 1000", tuple(laws)),
            Claim(_MEDIAN, "the same", tuple(medians)),
            Claim(
                _SLOPE,
                "Jin et al. (2017): the dimension enters by its logarithm",
                tuple(_slope(low, high, runs) for low, high in pairwise(large)),
            ),
        ),
        tables={"kicks": rows},
        pictures={"kicks": _draw(rows)},
    )


def _run(dim: int, effort: Effort) -> EscapeTimes:
    trials = effort.trials(full=20_000, quick=4_000)
    return escape_times(
        saddle(dim),
        PerturbedGradientDescent(STEP, _RADIUS, gradient_threshold=1e-6, min_interval=_ONCE),
        initial=At(np.zeros(dim)),
        trials=trials if dim <= 1000 else trials // 10,
        seed=effort.seed,
        threads=effort.threads,
    )


def _slope(low: int, high: int, runs: dict[int, EscapeTimes]) -> Finding:
    a, b = runs[low].float_steps, runs[high].float_steps
    ratio = math.log(high / low)
    error = math.hypot(*(float(x.std(ddof=1)) / math.sqrt(len(x)) for x in (a, b)))
    # means differ from the limit by what the ball's law does at these dimensions
    exact = (kick_law(high).mean() - kick_law(low).mean()) / ratio
    case = f"d = {low:,} to {high:,} (limit {_STEPS_PER_E:.3f})"
    return Finding(case, exact, within(float(b.mean() - a.mean()) / ratio, error / ratio))


def _row(dim: int, times: EscapeTimes) -> dict[str, Any]:
    found = times.median(confidence=CONFIDENCE)
    law = kick_law(dim)
    return {
        "dim": dim,
        "trials": len(times),
        "median": found.value,
        "median_low": found.low,
        "median_high": found.high,
        "median_expected": law.median(),
        "mean": times.mean().value,
        "mean_expected": law.mean(),
    }


def _draw(rows: list[dict[str, Any]]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.6), layout="constrained")
    ax = figure.subplots()
    dims = np.array([row["dim"] for row in rows])
    middle = np.array([row["median"] for row in rows])
    spread = [
        middle - [row["median_low"] for row in rows],
        np.array([row["median_high"] for row in rows]) - middle,
    ]
    every = np.unique(np.geomspace(2, dims[-1], 60).astype(int))
    law = [kick_law(int(d)).median() for d in every]
    ax.plot(every, law, color=COLORS[0], linewidth=1, label="median of the law of the ball")
    last = law[-1]
    ax.plot(
        every,
        last + _STEPS_PER_E * np.log(every / every[-1]),
        color="0.3",
        linestyle="--",
        linewidth=1,
        label="slope ln(d) / (2 ln a)",
    )
    ax.errorbar(
        dims, middle, yerr=spread, fmt="o", color=COLORS[1], capsize=3,
        label=f"measured medians ({CONFIDENCE:.2%} intervals)",
    )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlabel("dimension d (logarithmic)")
    ax.set_ylabel("steps from the kick to distance 1")
    ax.set_title(
        f"One kick of radius {_RADIUS:g} at a quadratic saddle, a = {1 + STEP:g}",
        loc="left",
        fontsize="medium",
    )
    ax.grid(color="0.92", linewidth=0.6)
    ax.legend(frameon=False)
    return figure
