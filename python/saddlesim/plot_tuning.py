"""The picture of how throughput grows with threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.plot import COLORS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from saddlesim.tuning import ThreadTuning

__all__ = ["plot_tuning"]


def plot_tuning(result: ThreadTuning, ax: Axes | None = None) -> list[Artist]:
    """Draw how a run's throughput grows with threads, beside what multiply-adds alone do.

    Bars reach from the smallest to the largest ratio within a repeat.

    Parameters
    ----------
    result
        What `tune_threads` measured.
    ax
        Where to draw; None makes a new figure.

    Returns
    -------
    list of Artist
        What was drawn, the legend last.
    """
    ax = axes_or_new(ax)
    counts = np.array(result.threads, dtype=np.float64)
    one = counts[0]
    ideal = ax.plot(counts, counts / one, color="0.6", linestyle=":", label="in proportion")
    artists: list[Artist] = [*ideal]
    for i, (label, rates) in enumerate(
        (
            ("multiply-adds alone", result.multiply_adds),
            (f"this run ({result.unit}/s)", result.rates),
        )
    ):
        ratios = rates / rates[:, :1]
        middle = np.median(ratios, axis=0)
        spread = np.stack([middle - ratios.min(axis=0), ratios.max(axis=0) - middle])
        color = ("0.35", COLORS[0])[i]
        style: dict[str, Any] = {"color": color, "marker": ("x", "o")[i], "label": label}
        artists += ax.errorbar(counts, middle, yerr=spread, capsize=3, **style).get_children()
    chosen = ax.axvline(
        result.recommended, color=COLORS[1], linewidth=1, linestyle="--", label="recommended"
    )
    if len(counts) > 6:
        ax.set_xscale("log", base=2)
        ax.set_yscale("log", base=2)
    ax.set_xticks(counts, [f"{n:g}" for n in counts])
    ax.set_xticks([], minor=True)
    ax.set_ylim(bottom=None if len(counts) > 6 else 0)
    ax.set_xlabel("threads")
    ax.set_ylabel("speed-up over one thread" if one == 1 else f"speed-up over {one:g} threads")
    return [*artists, chosen, ax.legend(frameon=False)]
