"""Survival curves of a whole grid: a panel for each method, a curve for each dimension."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.axes import noun
from saddlesim.plot import plot_survival, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from saddlesim.dimension import DimensionResult

__all__ = ["plot_survival_by_dimension", "value_colors"]

# Cividis but for its brightest end: an order that nobody's eyes lose, and dark enough for lines.
_CIVIDIS = ("#00224e", "#35456c", "#666970", "#948e77", "#bba954")


def plot_survival_by_dimension(result: DimensionResult, axes: Any = None) -> list[Axes]:
    """Draw the probability of not having escaped by t, with 95 % bands, at every dimension.

    On the logarithmic time axis curves of exponential growth are as far apart from one dimension
    to the next, and those of polynomial growth crowd.

    Parameters
    ----------
    result
        The grid.
    axes
        Axes, one a method; None makes a new figure with panels side by side.

    Returns
    -------
    list of Axes
        The panels.

    Raises
    ------
    ValueError
        If there is nothing to draw, or not one panel for each method.
    OverflowError
        If an escape time is beyond 10^308, the largest float.
    """
    if not result.cells:
        raise ValueError("result: it has no cells, so there is nothing to draw; run some first")
    methods = result.methods
    panels = _panels(len(methods)) if axes is None else list(np.atleast_1d(axes).ravel())
    if len(panels) != len(methods):
        raise ValueError(
            f"axes must be {len(methods)}, one for each method, got {len(panels)}; "
            f"try plt.subplots(1, {len(methods)}, sharex=True)[1]"
        )
    colors = value_colors([value for _, value in result.cells])
    for ax, label in zip(panels, methods, strict=True):
        for value in result.dims(label):
            name = f"{value:g}" if isinstance(value, float) else str(value)
            plot_survival(result[label, value], ax, label=name, color=colors[value])
        ax.set_title(label, loc="left", fontsize="medium")
    for ax in panels[1:]:
        ax.set_ylabel("")
    panels[-1].legend(title=noun(result.axis), frameon=False, fontsize="small")
    return panels


def value_colors(values: Iterable[Any]) -> dict[Any, str]:
    """Return a colour for each value along an axis, from dark to bright as values increase.

    Parameters
    ----------
    values
        Numbers, or text; one that occurs twice counts once.
    """
    different = sorted(set(values))
    scale = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in _CIVIDIS], np.float64)
    share = np.linspace(0, 1, len(different)) if len(different) > 1 else np.zeros(1)
    knots = np.linspace(0, 1, len(scale))
    rgb = np.stack([np.interp(share, knots, scale[:, i]) for i in range(3)], axis=1)
    hexes = ("#" + "".join(f"{round(x):02x}" for x in row) for row in rgb)
    return dict(zip(different, hexes, strict=True))


def _panels(count: int) -> list[Axes]:
    figure = pyplot().figure(figsize=(4.2 * count + 1, 3.8), layout="constrained")
    return list(figure.subplots(1, count, sharex=True, sharey=True, squeeze=False)[0])
