"""Figures 3 and 4: the function's value along trajectories, and how its plateaus lengthen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.landscapes import Octopus
from saddlesim.plot import COLORS
from saddlesim.reproduce.du2017.settings import CURVATURES, Effort, gd, pgd
from saddlesim.reproduce.finding import Claim, Finding, Section, mean_ratio
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.trajectories import trajectories

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plateaus"]

_DIMS = {5: "figure 3", 10: "figure 4"}
_SHOWN = 11  # trajectories a panel: the one in the middle and five on either side
_POINTS = 1500
_LENGTHEN = (
    "Plateaus of GD lengthen geometrically, by the factor 1 + ln(1/c) / ln(a) with a = 1 + 2 "
    "gamma step, c = 1 - 2 L step (ratio of the mean lengths of the last two)"
)
_CONSTANT = (
    "Plateaus of PGD have about the same length, from the third on (ratio of the mean lengths of "
    "the last and the third)"
)


def plateaus(effort: Effort) -> Section:
    """Draw f against steps at d = 5 and 10, and measure the lengths of the plateaus."""
    trials = effort.trials(full=20_000, quick=2_000)
    lengthen, constant, rows, pictures = [], [], [], {}
    for dim, name in _DIMS.items():
        runs = {}
        for L in CURVATURES:
            octopus = Octopus(dim, L=L)
            for label, method in (("GD", gd(octopus)), ("PGD", pgd(octopus))):
                times = escape_times(
                    octopus,
                    method,
                    trials=trials,
                    seed=effort.seed,
                    threads=effort.threads,
                    record=("saddle_exits",),
                )
                lengths = _lengths(times)
                case = f"d = {dim}, L = {L:g}"
                if label == "GD":
                    ratio = mean_ratio(lengths[:, -1], lengths[:, -2])
                    factor = octopus.growth_factor(method)
                    assert factor is not None  # the step is small enough for an exact path
                    lengthen.append(Finding(f"{case}: {dim} / {dim - 1}", factor, ratio))
                else:
                    ratio = mean_ratio(lengths[:, -1], lengths[:, 2])
                    constant.append(Finding(f"{case}: {dim} / 3", (0.95, 1.05), ratio))
                rows += _rows(label, dim, L, lengths)
                runs[label, L] = times
        pictures[name.replace(" ", "")] = _draw(runs, dim, effort)
    source = "Du et al. (2017), section 5, figures 3 and 4"
    return Section(
        claims=(
            Claim(_LENGTHEN, f"{source}; the factor from section 4.1's linear dynamics", (*lengthen,)),
            Claim(_CONSTANT, source, (*constant,)),
        ),
        tables={"plateaus": rows},
        pictures=pictures,
    )


def _lengths(times: EscapeTimes) -> NDArray[np.int64]:
    """Return the steps spent at each saddle, shape (n, dim)."""
    assert times.saddle_exits is not None  # they were recorded
    return np.diff(times.saddle_exits, axis=1, prepend=0)


def _rows(label: str, dim: int, L: float, lengths: NDArray[np.int64]) -> list[dict[str, Any]]:
    return [
        {
            "method": label,
            "dim": dim,
            "L": L,
            "plateau": k,
            "mean_length": float(column.mean()),
            "standard_deviation": float(column.std(ddof=1)),
            "trials": column.size,
        }
        for k, column in enumerate(lengths.T, start=1)
    ]


def _draw(runs: dict[tuple[str, float], EscapeTimes], dim: int, effort: Effort) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5.2), layout="constrained")
    grid = figure.subplots(2, len(CURVATURES), sharey="col", squeeze=False)
    for row, (label, color) in enumerate(zip(("GD", "PGD"), COLORS, strict=False)):
        for column, L in enumerate(CURVATURES):
            ax: Axes = grid[row, column]
            _panel(ax, runs[label, L], color, effort, logarithmic=label == "GD")
            if row == 0:
                ax.set_title(f"L = {L:g}", fontsize="medium")
        grid[row, 0].set_ylabel(f"{label}: value of f")
        axis = "logarithmic" if label == "GD" else "linear"
        for ax in grid[row]:
            ax.set_xlabel(f"step ({axis})", fontsize="small")
    figure.suptitle(
        f"The octopus in {dim} dimensions: plateaus of GD lengthen geometrically, "
        "those of PGD do not",
        x=0.01,
        ha="left",
        fontsize="large",
    )
    return figure


def _panel(ax: Axes, times: EscapeTimes, color: str, effort: Effort, *, logarithmic: bool) -> None:
    """Draw the trajectory of median escape time, thin ones about it, and the saddles' values."""
    octopus, method = times.landscape, times.method
    assert isinstance(octopus, Octopus)
    order = np.argsort(times.steps[: 100 * _SHOWN], kind="stable")
    # Evenly spaced ranks, the middle one being the median.
    ids = order[np.linspace(0, order.size - 1, 2 * _SHOWN + 1).astype(int)[1::2]]
    last = int(times.steps[ids].max())
    at = np.geomspace(1, 2 * last, _POINTS) if logarithmic else np.linspace(0, 1.1 * last, _POINTS)
    steps = np.unique(np.rint(at).astype(np.int64))
    for k in range(octopus.dim + 1):
        ax.axhline(-k * octopus.drop, color="0.88", linewidth=0.6, zorder=0)
    for rank, trajectory in enumerate(ids):
        path = trajectories(
            octopus,
            method,  # type: ignore[arg-type]
            steps=steps,
            trials=range(int(trajectory), int(trajectory) + 1),
            seed=effort.seed,
            threads=1,
        )
        median = rank == _SHOWN // 2
        style = {"linewidth": 1.6} if median else {"linewidth": 0.5, "alpha": 0.45}
        ax.plot(steps, path.value[0], color=color, zorder=3 if median else 2, **style)
    if logarithmic:
        ax.set_xscale("log")
    ax.margins(x=0)
    ax.tick_params(labelsize="small")
