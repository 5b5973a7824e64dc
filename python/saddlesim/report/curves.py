"""Survival curves of every cell of a study, a panel a method, as data and layout of Plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import statistics
from saddlesim.axes import symbol
from saddlesim.dimension_series import needs_exponents
from saddlesim.plot import axis_label
from saddlesim.plot_survivals import value_colors
from saddlesim.report.figures import Figure, layout, numbers, time_axis, tint
from saddlesim.survival import Survival

if TYPE_CHECKING:
    from saddlesim.dimension import DimensionResult
    from saddlesim.result import EscapeTimes

__all__ = ["curve_figure"]

_POINTS = 200  # of a curve: what is left out is narrower than its line
_PANEL, _ABOVE = 260, 34  # height of a panel, and of what is for its name, in pixels


def curve_figure(result: DimensionResult) -> Figure:
    """Draw the probability of not having escaped by t, with its 95 % band."""
    exponents = needs_exponents(result)
    methods = result.methods
    colors = value_colors([value for _, value in result.cells])
    data: list[Figure] = []
    ends: list[float] = []  # of all curves, on both sides
    named: set[Any] = set()
    for row, label in enumerate(methods):
        for value in result.dims(label):
            x, low, middle, high = _curve(result.cells[label, value], exponents)
            ends += [x[0], x[-1]]
            where = {
                "x": numbers(x),
                "xaxis": "x",
                "yaxis": "y" if row == 0 else f"y{row + 1}",
                "legendgroup": str(value),
                "showlegend": False,
                "mode": "lines",
            }
            name = f"{symbol(result.axis)} = {value:g}" if not isinstance(value, str) else value
            edge = {**where, "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
            band = {"fill": "tonexty", "fillcolor": tint(colors[value], 0.2)}
            data += [
                {**edge, "y": numbers(low)},
                {**edge, **band, "y": numbers(high)},
                {
                    **where,
                    "y": numbers(middle),
                    "name": name,
                    "line": {"color": colors[value], "shape": "hv", "width": 1.8},
                    "showlegend": value not in named,
                },
            ]
            named.add(value)
    units = {times.unit for times in result.cells.values()}
    along = {
        "title": {"text": axis_label(units)},
        **time_axis(np.array(ends), exponents),
        "anchor": f"y{len(methods)}" if len(methods) > 1 else "y",
    }
    return {"data": data, "layout": _panels(result, along)}


def _panels(result: DimensionResult, along: Figure) -> Figure:
    methods = result.methods
    whole = _PANEL * len(methods)
    found = layout(along, {}, height=whole + 130)
    up = found.pop("yaxis")
    above = _ABOVE / whole
    found["annotations"] = []
    for row, label in enumerate(methods):
        top = 1 - row / len(methods)
        bottom = 1 - (row + 1) / len(methods)
        found["yaxis" if row == 0 else f"yaxis{row + 1}"] = {
            **up,
            "domain": [bottom, top - above],
            "range": [0, 1.02],
            "title": {"text": "not escaped by t"},
        }
        found["annotations"].append(
            {
                "text": f"<b>{label}</b>",
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "y": top - above,
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
            }
        )
    return found


def _curve(times: EscapeTimes, exponents: bool) -> tuple[np.ndarray[Any, Any], ...]:
    """Return times, lower ends, probabilities and upper ends of a step function to be drawn."""
    if exponents:  # survival goes through any increasing map of the times
        found: Survival = statistics.survival(np.maximum(times.log10_steps, 0.0), times.outcome)
        last, first = float(times.log10_steps.max()), 0.0
    else:
        found = times.survival()
        last = float(times.float_steps.max())
        jumps = found.time[found.time > 0]
        first = float(jumps[0]) / 2 if jumps.size else 0.5
    start = np.searchsorted(found.time, first, side="right")
    kept = np.concatenate([[max(start - 1, 0)], start + _thinned(found.probability[start:])])
    end = max(min(found.until, last), first + (0 if exponents else first))
    x = np.concatenate([[first], found.time[kept[1:]], [end]])
    columns = (np.append(c[kept], c[-1]) for c in (found.low, found.probability, found.high))
    return x, *columns


def _thinned(probability: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return where a curve that falls has fallen by as much as can be seen, the last point too."""
    if probability.size == 0:
        return np.zeros(0, dtype=np.int64)
    level = np.floor(probability * _POINTS)
    seen = np.concatenate([[True], np.diff(level) < 0])
    seen[-1] = True
    return np.flatnonzero(seen)
