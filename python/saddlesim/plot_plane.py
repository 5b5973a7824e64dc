"""A landscape of two coordinates as a map, and how a method walks on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from saddlesim import validation
from saddlesim.classification import classify
from saddlesim.escape import LeavesBall
from saddlesim.initial import At
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method
from saddlesim.plot import COLORS, axes_or_new
from saddlesim.simulate import escape_times
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_plane", "walks"]

_GRID = 200  # points along each side of the map
_MARGIN = 0.2  # around what is shown, of its size
_FAR = 1e9  # from the origin: nobody walks there and comes back
_MARKERS = {"strict saddle": "X", "maximum": "^", "global minimum": "*", "local minimum": "P"}


def plot_plane(
    landscape: Landscape,
    method: Method,
    starts: ArrayLike,
    ax: Axes | None = None,
    *,
    steps: int = 100,
    seed: int = 0,
) -> Axes:
    """Draw contours of f, its stationary points with what they are, and walks: a dot a step.

    Parameters
    ----------
    landscape
        With ``dim=2``.
    method
        What walks; a method that counts steps.
    starts
        Where walks begin, shape (n, 2).
    ax
        Where to draw; None makes a new figure.
    steps
        How long each walk is.
    seed
        As in `escape_times`, of methods with noise.

    Returns
    -------
    Axes
        With a legend of walks and kinds of points; the colour bar is beside it.

    Raises
    ------
    ValueError
        If the landscape has not two dimensions, or starts have another shape.
    """
    paths = walks(landscape, method, starts, steps=steps, seed=seed)
    ax = axes_or_new(ax)
    known = np.array([point.point for point in landscape.stationary_points()]).reshape(-1, 2)
    seen = np.concatenate([*paths, known])
    seen = seen[np.isfinite(seen).all(axis=1)]
    low, high = seen.min(axis=0), seen.max(axis=0)
    margin = _MARGIN * (high - low).max()
    x, y = (np.linspace(low[i] - margin, high[i] + margin, _GRID) for i in range(2))
    heights = landscape.value(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    filled = ax.contourf(x, y, heights.reshape(_GRID, _GRID), levels=16, cmap="Greys", alpha=0.5)
    ax.figure.colorbar(filled, ax=ax, label="f")
    for i, path in enumerate(paths):
        label = f"from ({path[0, 0]:g}, {path[0, 1]:g})"
        color = COLORS[i % len(COLORS)]
        ax.plot(*path.T, ".-", color=color, linewidth=1, markersize=5, label=label)
    kinds = classify(landscape, known).kind if len(known) else np.array([])
    for kind in dict.fromkeys(kinds):
        style: dict[str, Any] = {"marker": _MARKERS.get(kind, "s"), "markersize": 11}
        ax.plot(*known[kinds == kind].T, color="black", linestyle="none", label=kind, **style)
    ax.set_xlabel("first coordinate")
    ax.set_ylabel("second coordinate")
    ax.legend(fontsize="small", framealpha=0.9, edgecolor="none")
    return ax


def walks(
    landscape: Landscape, method: Method, starts: ArrayLike, *, steps: int, seed: int = 0
) -> list[FloatArray]:
    """Return where walks of `plot_plane` are after 0, 1, ... steps, each of shape (steps + 1, 2).

    They are trajectories of `escape_times`, to the last bit.
    """
    validation.instance("landscape", landscape, Landscape, "a CustomLandscape of 2 dimensions")
    if landscape.dim != 2:
        raise ValueError(
            f"landscape must have dim=2 to be a map, got dim={landscape.dim}; take two coordinates"
        )
    first = np.atleast_2d(np.asarray(starts, dtype=np.float64))
    if first.ndim != 2 or first.shape[1] != 2 or not len(first):
        raise ValueError(
            f"starts must be of shape (n, 2), got {np.shape(starts)}; for example [[0.5, 0.1]]"
        )
    points = [first]
    # A run whose budget ends after t steps is where its trajectories are then.
    for budget in range(1, validation.count("steps", steps) + 1):
        there = escape_times(
            landscape, method, initial=At(first), escape=LeavesBall(radius=_FAR), trials=len(first),
            max_steps=budget, seed=seed, threads=1, record=("points",),
        ).points  # fmt: skip
        assert there is not None
        points.append(there)
    return list(np.stack(points, axis=1))
