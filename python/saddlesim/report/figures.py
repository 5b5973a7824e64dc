"""The pictures of a study, as data and layout of Plotly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.axes import noun, spans_far
from saddlesim.dimension_series import needs_exponents, series, theory_line
from saddlesim.plot import COLORS, axis_label

if TYPE_CHECKING:
    from saddlesim.dimension import DimensionResult
    from saddlesim.dimension_series import Series, TheoryLine
    from saddlesim.growth import GrowthComparison

__all__ = ["Figure", "escape_figure", "layout", "numbers", "ratio_figure", "tint"]

Figure = dict[str, Any]
Floats = NDArray[np.float64]

_SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-down", "star")
_GRID = {"gridcolor": "#e4e4e4", "linecolor": "#888", "ticks": "outside", "zeroline": False}


def escape_figure(result: DimensionResult) -> Figure:
    """Draw escape time against what varies, as `saddlesim.plot.plot_dimension` does."""
    exponents = needs_exponents(result)
    data: list[Figure] = []
    drawn: list[Floats] = []
    theory: list[Figure] = []
    for i, label in enumerate(result.methods):
        found = series(result, label, exponents)
        color = COLORS[i % len(COLORS)]
        data += _method(found, label, i)
        drawn += [found.value, found.low, found.lowest, found.bound]
        if (line := theory_line(result, label, exponents)) is not None:
            theory.append(_theory(line, label, color))
    shown = np.concatenate(drawn)
    shown = shown[np.isfinite(shown)]
    units = {times.unit for times in result.cells.values()}
    along = {"title": {"text": axis_label(units)}, **time_axis(shown, exponents)}
    if theory and shown.size:  # which may grow far beyond the data
        along["range"] = _range(result, shown, logarithmic=along.get("type") == "log")
    return {
        "data": data + theory,
        # On linear axes an exponential of any size is a straight line.
        "layout": layout(value_axis(result, linear=exponents), along, height=460),
    }


def ratio_figure(result: DimensionResult, growth: Mapping[str, GrowthComparison]) -> Figure | None:
    """Draw how escape time grows from one dimension to the next; None if no two have a median.

    Other parameters than the dimension are usually varied by factors: of these the power is drawn.
    """
    by_factor = result.axis == "dim"
    data: list[Figure] = []
    for i, label in enumerate(result.methods):
        at, middle, low, high = [], [], [], []
        for a, b, ratio in growth[label].ratios:
            if not math.isfinite(ratio.value):
                continue
            one, least, most = (
                _factor(x, b - a) if by_factor else _power(x, b / a)
                for x in (ratio.value, ratio.low, ratio.high)
            )
            at.append(b)
            middle.append(one)
            low.append(one - least)
            high.append(most - one if math.isfinite(most) else 0.0)
        if not at:
            continue
        color = COLORS[i % len(COLORS)]
        data.append(
            {
                "x": at,
                "y": middle,
                "error_y": _bars(high, low, color),
                "name": label,
                "mode": "lines+markers",
                "line": {"color": color},
                "marker": {"symbol": _SYMBOLS[i % len(_SYMBOLS)], "size": 8},
                "legendgroup": label,
            }
        )
        factor = result.growth_factor(label)
        if factor is not None:
            data.append(
                {
                    "x": [at[0], at[-1]],
                    "y": [factor, factor],
                    "name": f"{label}, theory for large d: {factor:.3f}",
                    "mode": "lines",
                    "line": {"color": color, "dash": "dash", "width": 1},
                }
            )
    if not data:
        return None
    what = "factor a dimension" if by_factor else f"power of {noun(result.axis)}"
    up = {"title": {"text": f"growth: {what}"}}
    return {"data": data, "layout": layout(value_axis(result), up, height=380)}


def layout(x: Figure, y: Figure, *, height: int) -> Figure:
    """Return what pictures have in common, with their axes."""
    return {
        "height": height,
        "xaxis": {**_GRID, **x},
        "yaxis": {**_GRID, **y},
        "plot_bgcolor": "#fff",
        "paper_bgcolor": "#fff",
        "font": {"size": 13, "color": "#1a1a1a", "family": "system-ui, DejaVu Sans, sans-serif"},
        "margin": {"l": 80, "r": 20, "t": 70, "b": 60},
        "hovermode": "closest",
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "groupclick": "togglegroup",
        },
    }


def value_axis(result: DimensionResult, *, linear: bool = False) -> Figure:
    """Return the axis of what varies: logarithmic if its numbers span far, unless `linear`."""
    values = [value for _, value in result.cells]
    title = {"title": {"text": noun(result.axis)}}
    if any(isinstance(value, str) for value in values):
        return {**title, "type": "category"}
    low, high = min(values), max(values)
    if not linear and spans_far(result.axis, low, high):
        return {**title, "type": "log", "tickvals": sorted(set(values)), "tickformat": "~g"}
    whole = all(isinstance(value, int) for value in values)
    return {**title, **({"dtick": 1} if whole and high - low <= 20 else {})}


def time_axis(shown: Floats, exponents: bool) -> Figure:
    """Return the axis of escape times that are to be seen on it."""
    if exponents:
        return {"tickprefix": "10<sup>", "ticksuffix": "</sup>", "tickformat": "~r"}
    if shown.size == 0 or not shown.min() > 0:  # a step 0 must be somewhere
        return {"rangemode": "tozero", "tickformat": ",~r"}
    few = shown.max() < 100 * shown.min()  # decades, so that 2 and 5 are labelled, too
    return {
        "type": "log",
        "tickformat": ",~r" if shown.max() < 1e7 else "~e",
        "dtick": "D2" if few else 1,
    }


def numbers(values: Iterable[float]) -> list[float | None]:
    """Return numbers as JSON has them: None in the place of those that are not finite."""
    return [float(x) if math.isfinite(x) else None for x in values]


def tint(color: str, share: float) -> str:
    """Return a colour of six hexadecimal digits, more or less transparent."""
    parts = [str(int(color[i : i + 2], 16)) for i in (1, 3, 5)]
    return f"rgba({','.join(parts)},{share:g})"


def _method(found: Series, label: str, i: int) -> list[Figure]:
    """Draw the i-th method."""
    color, symbol, known = COLORS[i % len(COLORS)], _SYMBOLS[i % len(_SYMBOLS)], found.known
    at = [value for value, there in zip(found.at, known, strict=True) if there]
    unknown = [value for value, there in zip(found.at, known, strict=True) if not there]
    below, above = found.arms
    edge = {"x": at, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    common: Figure = {"legendgroup": label, "showlegend": False}
    data: list[Figure] = []
    if at:
        band = {"fill": "tonexty", "fillcolor": tint(color, 0.15)}
        data += [
            {**common, **edge, "y": numbers(found.lowest[known])},
            {**common, **edge, **band, "y": numbers(found.highest[known])},
        ]
    data.append(
        {
            "x": at or [None],
            "y": numbers(found.value[known]) or [None],
            "error_y": _bars(numbers(above), numbers(below), color),
            "name": label,
            "legendgroup": label,
            "mode": "lines+markers",
            "line": {"color": color},
            "marker": {"symbol": symbol, "size": 8},
        }
    )
    if unknown:
        data.append(
            {
                "x": unknown,
                "y": numbers(found.bound[~known]),
                "name": f"{label}, lower bound of the median",
                "legendgroup": label,
                "mode": "markers",
                # Sizes differ, so that methods with one and the same budget all show.
                "marker": {"symbol": "triangle-up-open", "color": color, "size": 9 + 5 * i},
            }
        )
    return data


def _theory(line: TheoryLine, label: str, color: str) -> Figure:
    return {
        "x": numbers(line.at),
        "y": numbers(line.value),
        "name": f"{label}, theory: × {line.factor:.2f} a dimension",
        "legendgroup": label,
        "mode": "lines",
        "line": {"color": color, "dash": "dash", "width": 1},
        "hoverinfo": "skip",
    }


def _range(result: DimensionResult, shown: Floats, *, logarithmic: bool) -> list[float]:
    """Return the ends of the time axis that hold the data, in logarithms on such an axis."""
    tops = [series(result, label, needs_exponents(result)).highest for label in result.methods]
    every = np.concatenate([shown, *tops])
    every = every[np.isfinite(every)]
    low, high = float(every.min()), float(every.max())
    if logarithmic:
        low, high = math.log10(low), math.log10(high)
    margin = 0.05 * (high - low) or 0.1
    return [low - margin, high + margin]


def _bars(above: list[Any], below: list[Any], color: str) -> Figure:
    return {
        "type": "data",
        "symmetric": False,
        "array": above,
        "arrayminus": below,
        "color": color,
        "thickness": 1.3,
        "width": 4,
    }


def _factor(ratio: float, distance: int) -> float:
    return float(ratio ** (1 / distance))


def _power(ratio: float, factor: float) -> float:
    return math.log(ratio) / math.log(factor) if math.isfinite(ratio) else math.inf
