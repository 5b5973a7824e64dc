"""Pictures of results: each function takes an Axes, returns the artists it drew, sets no style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from saddlesim.axes import noun, spans_far
from saddlesim.dimension_cell import last_step, promised
from saddlesim.dimension_series import has_lower_bounds, needs_exponents, series, theory_line
from saddlesim.errors import MissingExtraError
from saddlesim.result import EscapeTimes
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from saddlesim.dimension import DimensionResult

__all__ = [
    "COLORS",
    "Expected",
    "axes_or_new",
    "axis_label",
    "expected_values",
    "plot_dimension",
    "plot_survival",
    "pyplot",
]

# Okabe and Ito's colours, which people with colour-blindness tell apart; the dark ones first.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_MARKERS = ("o", "s", "D", "P", "X", "v", "*")
_WHOLE = 2_000  # steps up to which what is expected is drawn at each

Expected = Callable[[FloatArray], ArrayLike]

_UNITS = {"steps": "gradient steps", "time": "time of the flow"}  # others are their own name


def pyplot() -> Any:
    """Return matplotlib's pyplot.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingExtraError("matplotlib", extra="plot", purpose="plotting") from None
    return plt


def axes_or_new(ax: Axes | None) -> Axes:
    """Return the Axes, or those of a new pyplot figure; raise as `pyplot`."""
    plt = pyplot()
    new: Axes = plt.subplots(layout="constrained")[1] if ax is None else ax
    return new


def plot_dimension(
    result: DimensionResult,
    ax: Axes | None = None,
    *,
    promised: bool = False,
    expected: Expected | None = None,
) -> list[Artist]:
    """Draw escape time against dimension, or against the other parameter that was varied.

    A method has a colour and a marker: its medians with 95 % intervals, joined by a line, in a
    light band from the 10 % to the 90 % quantile. A median that is not reached is an upward
    triangle at its lower bound. A dashed line continues the smallest dimension from 2 on by the
    factor a dimension that theory gives, where one is known.

    The time axis is logarithmic. Where times reach beyond 10^308, which matplotlib's logarithmic
    axis does not, logarithms are drawn on a linear axis that is labelled with the times.

    Parameters
    ----------
    result
        The grid.
    ax
        Where to draw; None makes a new figure.
    promised
        Whether to draw the iterations that methods' guarantees promise, as a dotted line. They are
        usually orders of magnitude more than what is measured, and stretch the axis.
    expected
        A theory of one's own: a callable of the dimensions, shape (n,), that returns escape times
        of that shape; drawn dashed, with open markers at what was run.

    Returns
    -------
    list of Artist
        What was drawn, the legend last.

    Raises
    ------
    ValueError
        If there is nothing to draw, what was varied are no numbers, or promises are asked for where
        there are none or where what is counted is not steps.
    """
    if not result.cells:
        raise ValueError("result: it has no cells, so there is nothing to draw; run some first")
    if any(isinstance(value, str) for _, value in result.cells):
        raise ValueError(
            f"result: {noun(result.axis)} has no numbers to draw against; see its table"
        )
    promises = check_promises(list(result.cells.values())) if promised else []
    ax = axes_or_new(ax)
    exponents = needs_exponents(result)
    artists: list[Artist] = []
    handles: list[Any] = []
    for i, label in enumerate(result.methods):
        drawn, handle = _draw_method(result, label, ax, i, exponents)
        artists += drawn
        handles.append(handle)
    if expected is not None:
        at = np.array(sorted({dim for _, dim in result.cells}), dtype=np.float64)
        times = expected_values(expected, at, "one time for each dimension")
        handles += ax.plot(
            at,
            np.log10(times) if exponents else times,
            "D--", color="black", mfc="none", markersize=9, linewidth=1, label="expected",
        )  # fmt: skip
        artists.append(handles[-1])
    if promises:
        handles += (lines := _draw_promises(result, ax, exponents))
        artists += lines
    if exponents:
        _scale_exponents(ax)
    else:
        _scale(ax, result.axis, sorted({dim for _, dim in result.cells}))
    # The theory may grow far beyond the data, which alone say how much of the axis is shown.
    low, high = ax.get_ylim()
    theory = [
        line
        for i, label in enumerate(result.methods)
        for line in _draw_theory(result, label, ax, COLORS[i % len(COLORS)], exponents)
    ]
    ax.set_ylim(low, high)
    handles += theory
    if has_lower_bounds(result):
        handles += ax.plot([], [], "^", mfc="none", color="0.3", label="lower bound of the median")
    ax.set_xlabel(noun(result.axis))
    ax.set_ylabel(axis_label({times.unit for times in result.cells.values()}))
    ax.grid(True, which="major", color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)
    return [*artists, *theory, ax.legend(handles=handles, frameon=False)]


def expected_values(expected: Expected, at: FloatArray, what: str) -> FloatArray:
    """Return what is expected at some places, shape (n,); raise TypeError or ValueError if not."""
    if not callable(expected):
        raise TypeError(
            f"expected must be a callable that returns {what}, got {expected!r:.80}; "
            "for example lambda t: 1.1**-t"
        )
    values = np.asarray(expected(at), dtype=np.float64)
    if values.shape != at.shape:
        raise ValueError(
            f"expected must return {what}, shape {at.shape}, got shape {values.shape}; "
            "compute with arrays"
        )
    return values


def axis_label(units: set[str]) -> str:
    """Return what an axis of escape times of these units says."""
    if units & set(_UNITS):
        return f"escape time ({' or '.join(sorted(_UNITS.get(u, u) for u in units))})"
    return f"{' or '.join(sorted(units))} until escape"


def check_promises(runs: Sequence[EscapeTimes]) -> list[float]:
    """Return what theorems promise of the runs, nan without; raise ValueError if not to be drawn.

    Theorems count iterations, so nothing but steps can be beside them.
    """
    if any(times.unit != "steps" for times in runs):
        units = ", ".join(dict.fromkeys(times.unit for times in runs))
        raise ValueError(
            f"promised must be False where {units} are counted: theorems count iterations; "
            "draw the result that is counted in steps"
        )
    found = [promised(times) for times in runs]
    if all(math.isnan(promise) for promise in found):
        raise ValueError(
            "promised must be False here, because no method has a guarantee; make one with "
            "from_theory, such as ss.PerturbedGradientDescent.from_theory(landscape, accuracy)"
        )
    return found


def _draw_promises(result: DimensionResult, ax: Axes, exponents: bool) -> list[Any]:
    lines: list[Any] = []
    for i, label in enumerate(result.methods):
        dims = [d for d in result.dims(label) if not math.isnan(promised(result[label, d]))]
        most = np.array([promised(result[label, d]) for d in dims])
        if dims:
            style: dict[str, Any] = {"marker": _MARKERS[i % len(_MARKERS)], "mfc": "none"}
            lines += ax.plot(
                dims,
                np.log10(most) if exponents else most,
                linestyle=":",
                color=COLORS[i % len(COLORS)],
                label=f"{label}, promised by theory",
                **style,
            )
    return lines


def _draw_method(
    result: DimensionResult, label: str, ax: Axes, i: int, exponents: bool
) -> tuple[list[Artist], Any]:
    """Draw the i-th method; return what was drawn and what stands for it in the legend."""
    style: dict[str, Any] = {
        "color": COLORS[i % len(COLORS)],
        "marker": _MARKERS[i % len(_MARKERS)],
        "markersize": 5,
        "linewidth": 1.5,
        "label": label,
    }
    color, found = style["color"], series(result, label, exponents)
    dims, known = np.array(found.at, dtype=np.float64), found.known
    artists: list[Artist] = [
        ax.fill_between(
            dims,
            found.lowest,
            found.highest,
            where=known & np.isfinite(found.highest),
            color=color,
            alpha=0.15,
            lw=0,
        )
    ]
    # Even without a single median the legend shows the method as it would be drawn.
    handle: Any = ax.plot([], [], **style)[0]
    if known.any():
        handle = ax.errorbar(
            dims[known],
            found.value[known],
            yerr=np.stack(found.arms),
            **style,
            elinewidth=1.2,
            capsize=3,
        )
        line, caps, bars = handle.lines
        artists += [line, *caps, *bars]
    if not known.all():
        # Sizes differ, so that methods with one and the same budget all show.
        bound = found.bound[~known]
        artists += ax.plot(dims[~known], bound, "^", color=color, mfc="none", ms=7 + 4 * i)
    return artists, handle


def _draw_theory(
    result: DimensionResult, label: str, ax: Axes, color: str, exponents: bool
) -> list[Artist]:
    line = theory_line(result, label, exponents)
    if line is None:
        return []
    name = f"{label}, theory: × {line.factor:.2f} a dimension"
    return list(ax.plot(line.at, line.value, "--", color=color, linewidth=1, label=name))


def _scale_exponents(ax: Axes) -> None:
    """Label logarithms with the times, on linear axes: there an exponential is a straight line."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda power, _: f"$10^{{{power:.0f}}}$"))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _scale(ax: Axes, axis: str, dims: list[Any]) -> None:
    """Set a logarithmic time axis, and one of dimensions, logarithmic only if they span far."""
    from matplotlib.ticker import (
        FixedLocator,
        FuncFormatter,
        LogLocator,
        MaxNLocator,
        NullFormatter,
        NullLocator,
        ScalarFormatter,
    )

    low, high = ax.dataLim.y0, ax.dataLim.y1
    if low >= 1:
        ax.set_yscale("log")
        if high < 100 * low:  # hardly a decade would be labelled
            ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            ax.yaxis.set_minor_formatter(NullFormatter())
    else:  # a step 0 must be somewhere: linear from 0 to 1
        ax.set_yscale("symlog", linthresh=1.0)
    if high < 1e7:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))
    if spans_far(axis, dims[0], dims[-1]):
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(_apart(dims)))
        ax.xaxis.set_major_formatter(ScalarFormatter())
        ax.xaxis.set_minor_locator(NullLocator())
    elif all(isinstance(dim, int) for dim in dims):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _apart(dims: list[Any]) -> list[Any]:
    """Return the dimensions that have room for a label on a log axis, the last one among them."""
    room = math.log(dims[-1] / dims[0]) / 14
    kept = [dims[-1]]
    for dim in reversed(dims):
        if math.log(kept[-1] / dim) >= room:
            kept.append(dim)
    return kept[::-1]


def plot_survival(
    times: EscapeTimes,
    ax: Axes | None = None,
    *,
    label: str | None = None,
    color: str | None = None,
    linestyle: str = "-",
    start: float | None = None,
    expected: Expected | None = None,
) -> list[Artist]:
    """Draw the probability of not having escaped by t, with its 95 % band.

    Parameters
    ----------
    times
        The run.
    ax
        Where to draw, on a logarithmic time axis; None makes a new figure.
    label
        Name in the legend, which the caller makes (``ax.legend()``); without it there is none.
    color, linestyle
        Of the line; the colour is the next of ``COLORS`` on these Axes unless given.
    start
        Where it begins; None is half the first step at which anything happened.
    expected
        What theory has: a callable of steps or times t, shape (n,), that returns P(T > t), the
        probability of not having escaped by t; drawn dashed.

    Returns
    -------
    list of Artist
        The band and the step line; where budgets ran out, a bar that ends the line; and what is
        expected, if given.

    Raises
    ------
    TypeError, ValueError
        If what is expected is no callable, or does not return one number for each t.
    """
    ax = axes_or_new(ax)
    from saddlesim.plot_ticks import label_plainly

    curve = times.survival()
    end = min(curve.until, last_step(times))
    # The curve holds its last value to the end of the data. Step 0 is not on a logarithmic axis:
    # its value is drawn from half the first step at which anything happened.
    jumps = curve.time[curve.time > 0]
    if start is None:
        start = float(jumps[0]) / 2 if jumps.size else 0.5
    shown = np.concatenate([[start], jumps, [max(end, 2 * start)]])
    p, low, high = (np.append(a, a[-1]) for a in (curve.probability, curve.low, curve.high))
    band = ax.fill_between(shown, low, high, step="post", alpha=0.2, linewidth=0)
    style: dict[str, Any] = {
        "color": COLORS[(len(ax.collections) - 1) % len(COLORS)] if color is None else color,
        "linestyle": linestyle,
    }
    (line,) = ax.step(shown, p, where="post", label=label, linewidth=1.5, **style)
    band.set_facecolor(line.get_color())
    artists: list[Artist] = [band, line]
    if math.isfinite(curve.until):
        artists += ax.plot([end], p[-1:], "|", color=line.get_color(), markersize=10)
    if expected is not None:
        # Whole steps where they are few enough to be seen; the law holds between them as before.
        few = times.unit == "time" or end > _WHOLE
        t = np.geomspace(start, end, _WHOLE) if few else np.arange(end + 1)
        name = "expected" if all(old.get_label() != "expected" for old in ax.lines) else None
        known = expected_values(expected, t, "one probability for each t")
        draw = ax.plot if few else partial(ax.step, where="post")
        artists += draw(t, known, "--", color="black", linewidth=1, label=name)
    ax.set_xscale("log")
    label_plainly(ax.xaxis)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel({"time": "time t", "steps": "step t"}.get(times.unit, times.unit))
    ax.set_ylabel("probability of not having escaped by t")
    return artists
