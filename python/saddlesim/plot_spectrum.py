"""Pictures of the Hessian side: the spectral density, and what stationary points there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saddlesim.plot import COLORS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from saddlesim.census import Census
    from saddlesim.density import SpectralDensity

__all__ = ["plot_census", "plot_spectral_density"]

# Minima are blue and green, saddles red and yellow.
_STYLES = {
    "global minimum": (COLORS[0], "o"),
    "local minimum": (COLORS[2], "s"),
    "flat minimum": (COLORS[2], "D"),
    "non-strict saddle": (COLORS[5], "v"),
    "strict saddle": (COLORS[1], "^"),
    "maximum": (COLORS[3], "P"),
    "undecided": ("0.5", "X"),
}


def plot_spectral_density(
    result: SpectralDensity, ax: Axes | None = None, *, width: float | None = None
) -> list[Artist]:
    """Draw the density of a Hessian's eigenvalues; negative curvature is shaded.

    The density axis is logarithmic: a few eigenvalues far from the bulk are what matters.

    Parameters
    ----------
    result
        What `spectral_density` estimated.
    ax
        Where to draw; None makes a new figure.
    width
        Standard deviation of the smoothing Gaussian; None is a hundredth of the spectrum's range.

    Returns
    -------
    list of Artist
        What was drawn, the legend last.
    """
    ax = axes_or_new(ax)
    sigma = result.default_width if width is None else width
    grid = result.grid(sigma)
    density = result.density(grid, sigma)
    below = float(result.cumulative(-sigma))
    artists: list[Artist] = list(ax.plot(grid, density, color=COLORS[0], label="density"))
    share = "none" if below == 0 else f"{100 * below:.2g} % of eigenvalues"
    negative = grid <= 0
    floor = 0.1 / result.dim / (sigma * np.sqrt(2 * np.pi))  # a tenth of one eigenvalue's peak
    artists.append(
        ax.fill_between(
            grid[negative],
            floor,
            np.maximum(density[negative], floor),
            color=COLORS[1],
            alpha=0.3,
            linewidth=0,
            label=f"negative curvature: {share}",
        )
    )
    artists.append(ax.axvline(0, color="0.6", linewidth=0.8))
    ax.set_yscale("log")
    # Not to where the bells' tails end; with room for the legend above.
    ax.set_ylim(floor, floor * max(float(density.max()) / floor, 2.0) ** 1.3)
    ax.set_xlabel("eigenvalue of the Hessian")
    ax.set_ylabel("density of eigenvalues")
    ax.set_title(
        f"dimension {result.dim:,}, {len(result.nodes)} probes of {result.nodes.shape[1]} steps",
        fontsize="medium",
    )
    return [*artists, ax.legend(frameon=False)]


def plot_census(result: Census, ax: Axes | None = None) -> list[Artist]:
    """Draw the value of stationary points against their index, the number of negative eigenvalues.

    A marker is a family of points; its area grows with how many starts led to it.

    Parameters
    ----------
    result
        What `find_stationary_points` found.
    ax
        Where to draw; None makes a new figure.

    Returns
    -------
    list of Artist
        What was drawn, the legend last.

    Notes
    -----
    As in Dauphin et al., "Identifying and attacking the saddle point problem in high-dimensional
    non-convex optimization", NeurIPS 2014.
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    ax = axes_or_new(ax)
    artists: list[Artist] = []
    handles = []
    for kind, (color, marker) in _STYLES.items():
        those = [family for family in result.families if family.kind == kind]
        if not those:
            continue
        artists.append(
            ax.scatter(
                [family.index for family in those],
                [family.value for family in those],
                s=[25 + 10 * np.sqrt(family.starts) for family in those],
                color=color,
                marker=marker,
                alpha=0.7,
                linewidths=0.8,
                edgecolors="white",  # of markers that lie upon one another
            )
        )
        points = sum(family.points for family in those)
        label = f"{kind} ({points:,} point{'' if points == 1 else 's'})"
        handles.append(
            Line2D([], [], color=color, marker=marker, linestyle="", alpha=0.7, label=label)
        )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    uncounted = any(family.index < 0 for family in result.families)
    note = "; -1: not counted" if uncounted else ""
    ax.set_xlabel(f"index (number of negative eigenvalues{note})")
    ax.set_ylabel("value of f")
    ax.grid(True, color="0.92", linewidth=0.6)
    ax.set_axisbelow(True)
    return [*artists, ax.legend(handles=handles, frameon=False)]
