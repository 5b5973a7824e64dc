"""All families, dimensions and methods from the saddle to a global minimum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.escape import ReachesMinimum
from saddlesim.initial import At
from saddlesim.landscapes import Landscape
from saddlesim.plot import COLORS
from saddlesim.reproduce.finding import (
    CONFIDENCE,
    Claim,
    Effort,
    Finding,
    Section,
    share,
    within,
)
from saddlesim.reproduce.global_minimum.families import FAMILIES, METHODS, Family, start_saddle
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

_NEAR = 1e-3  # of the saddle's height above the minimum
_LARGEST_POWER = 2.0  # that the growth of costs is held against
_REACHED = 0.98
_SOURCE = "Ge et al. (2015); Jin et al. (2017), theorem 3"

Row = dict[str, Any]


def section(effort: Effort) -> Section:
    """Run the grid and look at shares, costs and their growth."""
    instances = 2 if effort.quick else 5
    trials = effort.trials(full=1000, quick=500)
    rows: list[Row] = []
    for family in FAMILIES:
        for dim in family.dims:
            for instance in range(instances):
                f = family.make(dim, effort.seed + instance)
                for label in METHODS:
                    # the same point for all: without noise they would all be one trajectory
                    count = trials if label != "GD" else 1
                    rows.append(_row(family, f, label, instance, _run(f, label, count, effort)))
    shares = [_share(rows, family, label) for label in ("noisy GD", "perturbed GD")
              for family in FAMILIES]  # fmt: skip
    growth = [_growth(rows, family, label) for label in ("noisy GD", "perturbed GD")
              for family in FAMILIES]  # fmt: skip
    return Section(
        claims=(
            Claim(
                "Started at a saddle, trajectories reach a global minimum (share, all dimensions "
                "together)",
                _SOURCE,
                tuple(shares),
            ),
            Claim(
                "The median cost in gradients grows as a power of the dimension, at most "
                "quadratically (slope of its logarithm over that of d)",
                _SOURCE,
                tuple(growth),
            ),
            Claim(
                "Without noise gradient descent stays at the saddle, but for rounding: the fewest "
                "steps that it takes to leave are many times those of noise",
                "the definition of a stationary point; the floating-point trap",
                tuple(_stays(rows, family) for family in FAMILIES),
            ),
        ),
        tables={"global_minimum": rows},
        pictures={"global_minimum": _draw(rows)},
    )


def _run(f: Landscape, label: str, trials: int, effort: Effort) -> EscapeTimes:
    saddle = start_saddle(f)
    return escape_times(
        f,
        METHODS[label](f),
        initial=At(saddle.point),
        escape=ReachesMinimum(_NEAR * (saddle.value - f.minimum_value)),
        trials=trials,
        max_steps=effort.trials(full=100_000, quick=5_000),
        seed=effort.seed,
        threads=effort.threads,
    )


def _row(family: Family, f: Landscape, label: str, instance: int, times: EscapeTimes) -> Row:
    # of all trajectories, also those that reached none: the mean of the others would be too low
    cost = times.counted_in("gradient_evaluations").median(confidence=CONFIDENCE)
    return {
        "family": family.name,
        "d": f.size,
        "parameters": f.dim,
        "instance": instance,
        "method": label,
        "trials": len(times),
        "reached": int(times.escaped.sum()),
        "median_gradients": cost.value,
        "median_gradients_low": cost.low,
        "median_gradients_high": cost.high,
        "smoothness": float(f.smoothness),
    }


def _of(rows: list[Row], family: Family, label: str) -> list[Row]:
    return [row for row in rows if row["family"] == family.name and row["method"] == label]


def _share(rows: list[Row], family: Family, label: str) -> Finding:
    """Return the share that reached a minimum, with Wilson's interval."""
    those = _of(rows, family, label)
    reached, n = (sum(row[key] for row in those) for key in ("reached", "trials"))
    return Finding(f"{label}, {family.name}", (_REACHED, 1.0), share(reached, n))


def _growth(rows: list[Row], family: Family, label: str) -> Finding:
    """Fit a power of d to the costs; instances differ by more than trajectories scatter."""
    those = _of(rows, family, label)
    x = np.log([row["d"] for row in those])
    y = np.log([row["median_gradients"] for row in those])
    slope, start = np.polyfit(x, y, 1)
    off = y - slope * x - start
    error = math.sqrt(float(off @ off) / (len(x) - 2) / float(((x - x.mean()) ** 2).sum()))
    case = f"{label}, {family.name}, d = {family.dims[0]} to {family.dims[-1]}"
    return Finding(case, (-_LARGEST_POWER, _LARGEST_POWER), within(float(slope), error))


def _stays(rows: list[Row], family: Family) -> Finding:
    """Return the smallest ratio of plain costs to those with noise, over dimensions."""
    plain, noisy = (
        {(r["d"], r["instance"]): r["median_gradients"] for r in _of(rows, family, label)}
        for label in ("GD", "noisy GD")
    )
    least = min(plain[key] / noisy[key] for key in plain)
    return Finding(family.name, (2.0, math.inf), Estimate(least, least, least, CONFIDENCE))


def _draw(rows: list[Row]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.8), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for ax, label in zip(panels, ("noisy GD", "perturbed GD"), strict=True):
        for family, color, marker in zip(FAMILIES, COLORS, "osD^vP", strict=False):
            costs = [
                [r["median_gradients"] for r in _of(rows, family, label) if r["d"] == d]
                for d in family.dims
            ]
            middle = [float(np.exp(np.mean(np.log(c)))) for c in costs]
            ax.plot(family.dims, middle, color=color, marker=marker, linewidth=1.4,
                    label=family.name)  # fmt: skip
            ax.vlines(family.dims, [min(c) for c in costs], [max(c) for c in costs], color=color)
        ax.set_xscale("log", base=2)
        ax.set_yscale("log", base=2)
        ax.yaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_title(label, fontsize="medium")
        ax.set_xlabel("size d (logarithmic)")
        ax.grid(color="0.92", linewidth=0.6)
    panels[0].set_ylabel("median gradients to a global minimum (logarithmic)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle("From a saddle to a global minimum: bars hold all instances", x=0.01, ha="left")
    return figure
