"""What a grid varies: dimension, or any parameter of the landscape or of the methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from saddlesim import validation

__all__ = ["Value", "axes_of", "noun", "plural", "several", "spans_far", "symbol"]

# Above which ratio of the largest to the smallest value an axis is drawn logarithmically. Widths
# and the like are varied by factors; dimensions are not, and a straight line over them is to mean
# exponential growth.
_FAR, _FAR_DIMS = 7, 20

Value = int | float | str


def noun(axis: str) -> str:
    """Return what the axis is called: "dimension" for ``dim``, else the parameter's own name."""
    return "dimension" if axis == "dim" else axis.replace("_", " ")


def plural(axis: str) -> str:
    """Return what several values along the axis are called."""
    return "dimensions" if axis == "dim" else f"values of {noun(axis)}"


def several(axis: str, count: int) -> str:
    """Return so many values along the axis with their verb: "1 dimension has"."""
    if count != 1:
        return f"{count} {plural(axis)} have"
    return "1 dimension has" if axis == "dim" else f"1 value of {noun(axis)} has"


def symbol(axis: str) -> str:
    """Return how tables and formulas abbreviate the axis."""
    return "d" if axis == "dim" else noun(axis)


def spans_far(axis: str, low: float, high: float) -> bool:
    """Whether values from low to high call for a logarithmic axis in a picture."""
    return low > 0 and high > (_FAR_DIMS if axis == "dim" else _FAR) * low


def axes_of(dims: Any, vary: Any) -> dict[str, tuple[Value, ...]]:
    """Return the values along each axis, increasing; the first axis is what results are against.

    Raises
    ------
    ValueError, TypeError
        If there is no axis, or an axis has no value, one twice, or one that is no number or text.
    """
    if vary is not None and (not isinstance(vary, Mapping) or not vary):
        raise TypeError(
            'vary must be a dict of parameter and values, such as {"width": [64, 256]}, '
            f"got {vary!r:.80}"
        )
    axes: dict[str, tuple[Value, ...]] = {}
    if dims is not None:
        axes["dim"] = _dims(dims)
    for name, values in (vary or {}).items():
        if name == "dim":
            raise ValueError("vary must not have 'dim'; pass dimensions as dims=")
        if not isinstance(name, str) or not name.isidentifier():
            raise TypeError(f"vary must have parameter names such as 'width', got {name!r:.80}")
        axes[name] = _values(name, values)
    if not axes:
        raise ValueError('give what to vary: dims, such as range(2, 7), or vary={"width": [64]}')
    return axes


def _dims(dims: Iterable[int]) -> tuple[int, ...]:
    try:
        values = [validation.count("dims", dim) for dim in dims]
    except TypeError as error:
        if "not iterable" not in str(error):
            raise
        raise TypeError(
            f"dims must be dimensions such as range(2, 7), got {dims!r:.80}; for one write [6]"
        ) from None
    if not values:
        raise ValueError(f"dims must name at least one dimension, got {dims!r:.80}; try [2, 3, 4]")
    for dim in values:
        if values.count(dim) > 1:
            raise ValueError(f"dims must differ, but {dim} occurs twice; pass each dimension once")
    return tuple(sorted(values))


def _values(name: str, given: Any) -> tuple[Value, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(
            f"vary[{name!r}] must be values such as [1, 2, 4], got {given!r:.80}; "
            f"for one write [{given!r:.40}]"
        )
    values = [_plain(name, value) for value in given]
    if not values:
        raise ValueError(f"vary[{name!r}] must have at least one value, got none")
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"vary[{name!r}] must differ, but {value!r} occurs twice")
    texts = [value for value in values if isinstance(value, str)]
    if texts and len(texts) < len(values):
        raise TypeError(f"vary[{name!r}] must be all numbers or all text, got {values!r:.80}")
    return tuple(values) if texts else tuple(sorted(values))


def _plain(name: str, value: Any) -> Value:
    if isinstance(value, (bool, type(None))):
        raise TypeError(f"vary[{name!r}] must be numbers or text, got {value!r}")
    if isinstance(value, str):
        return value
    if hasattr(value, "__index__"):
        return int(value)
    return validation.number(f"vary[{name!r}]", value)
