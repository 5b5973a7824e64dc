"""The picture of rounding that is amplified until gradient descent leaves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.escape import LeavesSubspace
from saddlesim.landscapes import QuadraticSaddle
from saddlesim.methods import GradientDescent
from saddlesim.plot import COLORS
from saddlesim.reproduce.finding import Effort
from saddlesim.reproduce.quadratic import STEP, off_saddle, saddle, stable_starts
from saddlesim.simulate import escape_times
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw"]

_DIM = 10
_TRIALS = 100
_UNITS = {"float64": 2.0**-53, "float32": 2.0**-24}  # half an ulp of 1
_COLORS = {"float64": COLORS[0], "float32": COLORS[1]}


def draw(rows: list[dict[str, Any]], effort: Effort) -> Figure:
    """Draw how far from the manifold trajectories are, and when they leave against a.

    Parameters
    ----------
    rows
        The table of exit times.
    effort
        Seed and threads of the trajectories.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    _paths(left, effort)
    _times(right, rows)
    figure.suptitle(
        "The floating-point trap: starts on the stable manifold leave a saddle that is rotated",
        x=0.01,
        ha="left",
        fontsize="large",
    )
    return figure


def _paths(ax: Axes, effort: Effort) -> None:
    steps = np.arange(0, 481, 8)
    rotated = saddle(_DIM, rotation_seed=effort.seed)
    for dtype, unit in _UNITS.items():
        away = np.array([_off(rotated, int(t), dtype, effort) for t in steps])
        color = _COLORS[dtype]
        positive = np.maximum(away, 1e-300)  # a logarithm of 0 would leave a hole in the band
        low, middle, high = np.quantile(positive, [0.05, 0.5, 0.95], axis=1)
        ax.fill_between(steps, low, high, color=color, alpha=0.25, linewidth=0)
        ax.plot(steps, middle, color=color, linewidth=1.4, label=f"rotated, {dtype}")
        ax.plot(
            steps, unit * (1 + STEP) ** steps, color="0.3", linewidth=1, linestyle="--", zorder=0
        )
    ax.plot(
        [], [], color="0.3", linewidth=1, linestyle="--", label=r"half an ulp of 1, times $a^t$"
    )
    aligned = saddle(_DIM)
    zeros = all(np.all(_off(aligned, int(t), "float64", effort) == 0) for t in steps)
    if zeros:
        ax.text(475, 4e-20, "axis-aligned: exactly 0 at every step", ha="right", fontsize="small")
    ax.axhline(1, color="0.6", linewidth=0.8, zorder=0)
    ax.set_yscale("log")
    ax.set_ylim(1e-20, 30)
    ax.set_xlim(0, steps[-1])
    ax.set_xlabel("step t")
    ax.set_ylabel("distance from the stable manifold")
    ax.set_title(
        f"One rotation, d = {_DIM}, a = {1 + STEP:g}: median and middle 90 %",
        fontsize="medium",
    )
    ax.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1, 0.08))


def _off(f: QuadraticSaddle, steps: int, dtype: str, effort: Effort) -> FloatArray:
    times = escape_times(
        f,
        GradientDescent(STEP),
        initial=stable_starts(f, _TRIALS, effort.seed),
        escape=LeavesSubspace(radius=1e6),  # so that points are those of the step
        max_steps=steps,
        threads=effort.threads,
        dtype=dtype,
        record=("points",),
    )
    assert times.points is not None  # they were recorded
    return off_saddle(f, times.points)


def _times(ax: Axes, rows: list[dict[str, Any]]) -> None:
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, ScalarFormatter

    dims = sorted({row["dim"] for row in rows})
    growths = np.array(sorted({row["growth"] for row in rows}))
    for dtype, unit in _UNITS.items():
        a = np.geomspace(growths[0] - 0.01, growths[-1] + 0.1, 100)
        ax.plot(a - 1, -math.log(unit) / np.log(a), color="0.3", linewidth=1, zorder=0)
        for dim, marker in zip(dims, "osD", strict=True):
            here = [row for row in rows if row["dtype"] == dtype and row["dim"] == dim]
            middle = np.array([row["median"] for row in here])
            spread = [
                middle - [row["smallest_median"] for row in here],
                np.array([row["largest_median"] for row in here]) - middle,
            ]
            # Beside each other, not one over the other.
            x = (np.array([row["growth"] for row in here]) - 1) * 1.05 ** (dims.index(dim) - 1)
            ax.errorbar(
                x,
                middle,
                yerr=spread,
                fmt=marker,
                markersize=4,
                color=_COLORS[dtype],
                elinewidth=1,
                label=f"{dtype}, d = {dim}",
            )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(FixedLocator([*growths - 1]))
    ax.xaxis.set_major_formatter(lambda x, _: f"{1 + x:g}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(FixedLocator([30, 50, 100, 200, 300, 500, 1000]))
    ax.yaxis.set_major_formatter(ScalarFormatter())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("growth per step, a (logarithmic in a - 1)")
    ax.set_ylabel("steps: mean of medians (bars: all rotations)")
    ax.set_title("When they leave; lines: ln(1 / half an ulp) / ln a", fontsize="medium")
    ax.legend(frameon=False, fontsize="small")
    ax.grid(color="0.92", linewidth=0.6)
