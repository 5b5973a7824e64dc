"""The pictures of the function's value along single trajectories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saddlesim.landscapes import Octopus
from saddlesim.methods import Method
from saddlesim.plot import COLORS
from saddlesim.reproduce.du2017.settings import CURVATURES
from saddlesim.result import EscapeTimes
from saddlesim.trace import trajectories

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_paths"]

_SHOWN = 11  # trajectories a panel: the one in the middle and five on either side
_OF = 1001  # from which these are taken
_POINTS = 1500
_COLORS = {"GD": COLORS[0], "PGD": COLORS[1]}


def draw_paths(runs: dict[tuple[str, float], EscapeTimes], dim: int, seed: int) -> Figure:
    """Draw f against steps in two rows: GD on logarithmic, PGD on linear axes.

    Parameters
    ----------
    runs
        Of each (label, L).
    dim, seed
        Those of the runs.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5.6), layout="constrained")
    grid = figure.subplots(2, len(CURVATURES), squeeze=False)
    for column, L in enumerate(CURVATURES):
        slow, quick = runs["GD", L], runs["PGD", L]
        upper, lower = grid[:, column]
        _levels(upper, dim, L)
        _levels(lower, dim, L)
        middle = _bundle(upper, slow, "GD", seed, logarithmic=True)
        _bundle(lower, quick, "PGD", seed, logarithmic=False)
        at = np.arange(int(lower.get_xlim()[1]) + 1)
        value = _value(slow, middle, at, seed)
        lower.plot(at, value, "--", color=_COLORS["GD"], linewidth=1.2, label="GD")
        upper.set_title(f"L = {L:g}", fontsize="medium")
        upper.set_xlabel("step (logarithmic)", fontsize="small")
        lower.set_xlabel("step (linear)", fontsize="small")
    grid[0, 0].set_ylabel("GD: value of f")
    grid[1, 0].set_ylabel("PGD: value of f")
    grid[1, 0].legend(frameon=False, fontsize="small", loc="lower left")
    figure.suptitle(
        f"The octopus in {dim} dimensions: plateaus of GD lengthen geometrically, those of PGD "
        "stay about as long\n",
        x=0.01,
        ha="left",
        fontsize="large",
    )
    figure.text(
        0.01,
        0.93,
        f"Thick: the trajectory of median escape time. Thin: {_SHOWN - 1} others, evenly spaced in "
        "rank. Grey: f at the saddles and, lowest, at the minimum.",
        fontsize="small",
        color="0.3",
    )
    return figure


def _levels(ax: Axes, dim: int, L: float) -> None:
    drop = Octopus(dim, L=L).drop
    for k in range(dim + 1):
        ax.axhline(-k * drop, color="0.88", linewidth=0.6, zorder=0)
    ax.tick_params(labelsize="small")


def _bundle(ax: Axes, times: EscapeTimes, label: str, seed: int, *, logarithmic: bool) -> int:
    """Draw some trajectories; return the id of the one with the median escape time."""
    order = np.argsort(times.steps[:_OF], kind="stable")
    # Evenly spaced ranks, the middle one being the median.
    ids = order[np.linspace(0, order.size - 1, 2 * _SHOWN + 1).astype(int)[1::2]]
    last = int(times.steps[ids].max())
    at = np.geomspace(1, 2 * last, _POINTS) if logarithmic else np.linspace(0, 1.1 * last, _POINTS)
    steps = np.unique(np.rint(at).astype(np.int64))
    middle = int(ids[_SHOWN // 2])
    for trajectory in ids:
        thick = trajectory == middle
        ax.plot(
            steps,
            _value(times, int(trajectory), steps, seed),
            color=_COLORS[label],
            linewidth=1.6 if thick else 0.5,
            alpha=1.0 if thick else 0.45,
            zorder=3 if thick else 2,
            label=label if thick else None,
        )
    if logarithmic:
        ax.set_xscale("log")
    ax.margins(x=0)
    return middle


def _value(
    times: EscapeTimes, trajectory: int, steps: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Return f along one trajectory of a run, shape of the steps."""
    octopus, method = times.landscape, times.method
    assert isinstance(octopus, Octopus)
    assert isinstance(method, Method)
    alone = range(trajectory, trajectory + 1)
    path = trajectories(octopus, method, steps=steps, trials=alone, seed=seed, threads=1)
    value: NDArray[np.float64] = path.value[0]
    return value
