"""Checks of arguments: a message has the argument, its value, what is allowed, the remedy."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "array",
    "choice",
    "choices",
    "count",
    "instance",
    "integer",
    "matrix",
    "number",
    "points",
    "rank",
    "read_only",
    "require_finite",
    "seed",
    "singular_values",
    "symmetric",
    "vector",
]

FloatArray = npt.NDArray[np.float64]


def number(
    name: str,
    value: Any,
    *,
    positive: bool = False,
    nonnegative: bool = False,
    below: float | None = None,
    remedy: str = "",
) -> float:
    """Return `value` as a finite float, or say why it is not one."""
    allowed = "a positive number" if positive else "a number >= 0" if nonnegative else "a number"
    if below is not None:
        allowed += f" below {below:g}"
    if isinstance(value, (bool, str, bytes)):
        raise TypeError(_text(name, value, f"must be {allowed}", remedy))
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise TypeError(_text(name, value, f"must be {allowed}", remedy)) from None
    bad = not math.isfinite(result)
    bad = bad or (positive and result <= 0) or (nonnegative and result < 0)
    if bad or (below is not None and result >= below):
        raise ValueError(_text(name, value, f"must be {allowed} and finite", remedy))
    return result


def integer(
    name: str, value: Any, *, minimum: int, maximum: int = 2**63 - 1, remedy: str = ""
) -> int:
    """Return `value` as an int between `minimum` and `maximum`, or say why it is not one."""
    allowed = f"must be a whole number >= {minimum}"
    if isinstance(value, bool):
        raise TypeError(_text(name, value, allowed, remedy))
    try:
        result = operator.index(value)
    except TypeError:
        raise TypeError(_text(name, value, allowed, remedy)) from None
    if result < minimum:
        raise ValueError(_text(name, value, allowed, remedy))
    if result > maximum:
        raise ValueError(_text(name, value, f"must be a whole number <= {maximum}", remedy))
    return result


def count(name: str, value: Any, remedy: str = "") -> int:
    """Return `value` as an int of at least 1."""
    return integer(name, value, minimum=1, remedy=remedy)


def seed(value: Any, name: str = "seed") -> int:
    """Return a seed: a whole number from 0 to 2**64 - 1."""
    return integer(
        name,
        value,
        minimum=0,
        maximum=2**64 - 1,
        remedy="pass any whole number from 0 to 2**64 - 1",
    )


def choice(name: str, value: Any, known: tuple[str, ...]) -> str:
    """Return `value` if it is one of the known names."""
    if value not in known:
        import difflib

        close = difflib.get_close_matches(str(value), known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        names = ", ".join(repr(name) for name in known)
        raise ValueError(f"{name} must be one of {names}, got {value!r}{hint}")
    return str(value)


def choices(name: str, value: Iterable[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return `value`, several of the known names."""
    if isinstance(value, str):
        raise TypeError(f"{name} must be a tuple of names, got {value!r}; write ({value!r},)")
    return tuple(choice(name, one, known) for one in value)


def array(name: str, value: Any) -> FloatArray:
    """Return `value` as a C-contiguous float64 array; integers and float32 are converted."""
    try:
        raw = np.asarray(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers, got {value!r:.80}") from None
    if raw.dtype.kind not in "iuf":
        raise TypeError(
            f"{name} must be an array of real numbers, got dtype {raw.dtype}; convert it to float64"
        )
    return np.ascontiguousarray(raw, dtype=np.float64).reshape(raw.shape)


def points(name: str, value: Any, dim: int, *, finite: bool = False) -> FloatArray:
    """Return `value` as an array of shape (dim,) or (n, dim)."""
    result = array(name, value)
    if result.ndim not in (1, 2) or result.shape[-1] != dim:
        raise ValueError(
            f"{name} must have shape ({dim},) or (n, {dim}), got {result.shape}; "
            f"the landscape has dim = {dim}, one point a row"
        )
    if finite:
        require_finite(name, result)
    return result


def vector(name: str, value: Any, size: int | None = None) -> FloatArray:
    """Return `value` as a finite vector of the given size."""
    result = array(name, value)
    if result.ndim != 1 or result.size == 0 or (size is not None and result.size != size):
        wanted = "(dim,) with dim >= 1" if size is None else f"({size},)"
        raise ValueError(f"{name} must have shape {wanted}, got {result.shape}")
    require_finite(name, result)
    return result


def matrix(
    name: str, value: Any, rows: int | None = None, columns: int | None = None
) -> FloatArray:
    """Return `value` as a finite, read-only matrix; None is any number of rows or columns."""
    result = array(name, value)
    shape = tuple(result.shape)
    fits = len(shape) == 2 and rows in (None, shape[0]) and columns in (None, shape[1])
    if not fits or result.size == 0:
        wanted = f"({'n' if rows is None else rows}, {'d' if columns is None else columns})"
        raise ValueError(f"{name} must have shape {wanted}, got {shape}")
    require_finite(name, result)
    return read_only(result)


def widths(name: str, value: Any) -> tuple[int, ...]:
    """Return the widths of some layers, each a whole number >= 1."""
    try:
        return tuple(count(name, width) for width in value)
    except TypeError as error:
        if "not iterable" not in str(error):
            raise
        raise TypeError(
            f"{name} must be widths such as [4, 4], got {value!r}; for one layer write [4]"
        ) from None


def symmetric(name: str, value: Any) -> FloatArray:
    """Return `value` as a finite, read-only, exactly symmetric matrix; rounding is evened out."""
    result = matrix(name, value)
    if result.shape[0] != result.shape[1]:
        raise ValueError(f"{name} must be square, got shape {result.shape}")
    asymmetry = np.abs(result - result.T)
    if asymmetry.max() > 1e-10 * np.abs(result).max():
        i, j = (int(k) for k in np.unravel_index(asymmetry.argmax(), asymmetry.shape))
        raise ValueError(
            f"{name} must be symmetric, but {name}[{i}, {j}] is {result[i, j]:g} and "
            f"{name}[{j}, {i}] is {result[j, i]:g}; pass ({name} + {name}.T) / 2"
        )
    return read_only((result + result.T) / 2)


def rank(name: str, value: Any, largest: int) -> int:
    """Return a rank: a whole number from 1 to `largest`."""
    return integer(name, value, minimum=1, maximum=largest, remedy=f"the matrix has {largest} rows")


def singular_values(value: Any, most: int) -> FloatArray:
    """Return the argument `singular_values`: at most so many numbers >= 0."""
    result = vector("singular_values", value)
    if len(result) > most or result.min() < 0:
        raise ValueError(
            f"singular_values must be at most {most} numbers >= 0, got {result.tolist()!r:.80}"
        )
    return result


def read_only(value: FloatArray) -> FloatArray:
    """Return a copy that nobody can write to."""
    copy = value.copy()
    copy.flags.writeable = False
    return copy


def instance(name: str, value: Any, kind: type, example: str) -> None:
    """Raise TypeError unless `value` is an object of the class `kind`."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIO" else "a"
        what = "the class itself" if isinstance(value, type) else f"{value!r:.80}"
        raise TypeError(f"{name} must be {article} {kind.__name__} such as {example}, got {what}")


def require_finite(name: str, values: FloatArray) -> None:
    """Raise unless all values are finite numbers."""
    bad = np.argwhere(~np.isfinite(values))
    if bad.size:
        where = ", ".join(str(int(i)) for i in bad[0])
        raise ValueError(
            f"{name} must be finite, but {name}[{where}] is {values[tuple(bad[0])]}; "
            f"remove or replace the {len(bad)} entries that are not finite"
        )


def _text(name: str, value: Any, allowed: str, remedy: str) -> str:
    return f"{name} {allowed}, got {value!r:.80}" + (f"; {remedy}" if remedy else "")
