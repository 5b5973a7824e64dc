"""Pictures of a comparison: who has not escaped yet, and by which factor each costs more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.comparison_text import ratio
from saddlesim.dimension_cell import beyond_floats
from saddlesim.errors import MissingExtraError
from saddlesim.outcome import Outcome
from saddlesim.plot import COLORS, axis_label, check_promises, plot_survival
from saddlesim.result import EscapeTimes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from saddlesim.comparison import Comparison

__all__ = ["INCHES", "plot_comparison", "plot_ratios", "plot_survivals"]

_DASHES = ("-", "--", ":")
INCHES = (11.0, 4.5)


def plot_comparison(
    result: Comparison,
    axes: Axes | Sequence[Axes] | None = None,
    *,
    reference: str | None = None,
    promised: bool = False,
) -> list[Artist]:
    """Draw the survival curves, and beside them the paired ratios of cost.

    Parameters
    ----------
    result
        The comparison.
    axes
        Two Axes; one, for the survival curves alone; or None for a new figure.
    reference
        With which costs are compared; None is the best method.
    promised
        Whether to draw the iterations that methods' guarantees promise, as dotted lines that
        stretch the axis.

    Returns
    -------
    list of Artist
        What was drawn.

    Raises
    ------
    ValueError
        If there is nothing to draw, or promises that are asked for cannot be drawn.
    """
    if axes is None:
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise MissingExtraError("matplotlib", extra="plot", purpose="plotting") from None
        axes = plt.subplots(1, 2, figsize=INCHES, layout="constrained")[1]
    pair = list(np.atleast_1d(np.asarray(axes, dtype=object)))
    drawn = plot_survivals(result, pair[0], promised=promised)
    return drawn + (plot_ratios(result, pair[1], reference=reference) if len(pair) > 1 else [])


def plot_survivals(result: Comparison, ax: Axes, *, promised: bool = False) -> list[Artist]:
    """Draw the share that has not escaped against the cost, a curve a method, best first.

    A curve ends in a bar where the data end: where a budget ran out, or a coordinate underflowed.
    Methods that are not ranked, and costs beyond 10^308, are in the legend only.

    Parameters
    ----------
    result, promised
        As in `plot_comparison`.
    ax
        Where to draw.
    """
    styles = _styles(result)
    promises = check_promises([result.times[label] for label in styles]) if promised else []
    start = _start([result.times[label] for label in styles])
    artists: list[Artist] = []
    for label, style in styles.items():
        times = result.times[label]
        if beyond_floats(times):
            artists += ax.plot([], [], **style, label=f"{label} (beyond 10^308)")
        else:
            artists += plot_survival(_sound(times), ax, label=label, start=start, **style)
    artists += [
        ax.axvline(most, label=f"{label}, promised", **style | {"linestyle": ":"}, linewidth=1)
        for (label, style), most in zip(styles.items(), promises, strict=bool(promises))
        if not math.isnan(most)
    ]
    if any(line.get_marker() == "|" for line in ax.lines):
        artists += ax.plot([], [], "|", color="0.3", markersize=10, label="the data end here")
    for label in result.unranked:
        artists += ax.plot([], [], " ", label=f"{label}: counts time, not drawn")
    _log_axis(ax)
    ax.set_xlabel(axis_label({result.unit}))
    ax.set_ylabel("share that has not escaped yet")
    # curves may leave no room: what is beneath shows through
    legend = ax.legend(fontsize="small", edgecolor="none", framealpha=0.8)
    return [*artists, legend]


def plot_ratios(result: Comparison, ax: Axes, *, reference: str | None = None) -> list[Artist]:
    """Draw each method's paired ratio of cost to the reference's, with its 95 % interval.

    Filled points can be told from the reference by the paired interval, open ones cannot.

    Parameters
    ----------
    result, reference
        As in `plot_comparison`.
    ax
        Where to draw.
    """
    styles, chosen = _styles(result), result.reference(reference)
    assert chosen is not None
    artists: list[Artist] = [ax.axvline(1.0, color="0.6", linewidth=1)]
    for place, (label, style) in enumerate(styles.items()):
        color = style["color"]
        found = result.paired(label, chosen)
        value, text = found.ratio.value, f" {ratio(found.ratio).partition(' ')[0]}"
        if label == chosen:
            value, text = 1.0, " 1, the reference"
        elif math.isnan(value):
            value, text = 1.0, f" no ratio: {found.finished:,} of {found.pairs:,} pairs finished"
        elif found.finished < found.pairs:
            text += f" (of {found.finished:,} of {found.pairs:,} pairs)"
        if label == chosen or not math.isnan(found.ratio.value):
            ends = np.array([[value - found.ratio.low], [found.ratio.high - value]])
            told = label == chosen or found.distinguishable
            artists += ax.errorbar(
                [value],
                [place],
                xerr=None if label == chosen or not np.isfinite(ends).all() else ends,
                marker="o",
                color=color,
                mfc=color if told else "white",
                capsize=3,
                linestyle="none",
            ).get_children()
        artists.append(
            ax.annotate(text, (value, place), (4, 6), textcoords="offset points", fontsize="small")
        )
    ax.set_yticks(range(len(styles)), list(styles))
    for tick, style in zip(ax.get_yticklabels(), styles.values(), strict=True):
        tick.set_color(style["color"])
    ax.set_ylim(len(styles) - 0.5, -0.75)  # the best on top
    _log_axis(ax)
    _widen(ax)
    ax.set_xlabel(f"cost over {chosen}'s from the same start (geometric mean)")
    return artists


def _styles(result: Comparison) -> dict[str, dict[str, Any]]:
    """Return the look of each ranked method, best first; raise ValueError if there is none."""
    labels = result.ranking()
    if not labels:
        raise ValueError("result: it has no ranked runs, so there is nothing to draw")
    return {
        label: {"color": COLORS[i % len(COLORS)], "linestyle": _DASHES[i // len(COLORS) % 3]}
        for i, label in enumerate(labels)
    }


def _start(runs: Sequence[EscapeTimes]) -> float:
    """Return where curves begin: before the first positive cost at which anything happened."""
    drawn = [times.log10_steps for times in runs if not beyond_floats(times)]
    positive = [float(x[np.isfinite(x)].min()) for x in drawn if np.isfinite(x).any()]
    return 10.0 ** min(positive) / 2 if positive else 0.5


def _sound(times: EscapeTimes) -> EscapeTimes:
    """Return the run with underflowed trajectories censored where they were last right."""
    wrong = times.underflowed
    if not wrong.any():
        return times
    open_ended = wrong & (times.outcome == Outcome.CENSORED)  # even that place is not known
    steps = np.where(open_ended, 0, times.steps)
    outcome = np.where(wrong, Outcome.CENSORED, times.outcome).astype(np.int8)
    return replace(times, steps=steps, outcome=outcome)


def _log_axis(ax: Axes) -> None:
    """Make the horizontal axis logarithmic, with labels even where it spans hardly a decade."""
    from matplotlib.ticker import (
        FuncFormatter,
        LogLocator,
        MaxNLocator,
        NullFormatter,
        NullLocator,
    )

    ax.set_xscale("log")
    low, high = ax.get_xlim()
    if high < 3 * low:  # 1, 2 and 5 may all be outside
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.xaxis.set_minor_locator(NullLocator())
    elif high < 1000 * low:
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    if low > 1e-4 and high < 1e6:
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(True, axis="x", which="major", color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)


def _widen(ax: Axes) -> None:
    """Leave room on the right for the text beside the last point."""
    low, high = ax.get_xlim()
    ax.set_xlim(low, high * (high / low) ** 0.35)
