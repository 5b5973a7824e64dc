"""NumPy's columns as those of Arrow and back, by their buffers.

Arrow's own conversions import pandas, which takes longer than a short study.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.errors import optional_module
from saddlesim.outcome import Outcome

__all__ = ["arrow", "arrow_column", "constant", "numbers", "repeats"]

_LABELS = [outcome.label for outcome in Outcome]


def arrow(module: str = "") -> ModuleType:
    """Return pyarrow, or a module of it.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    return optional_module("pyarrow", module, extra="study", purpose="The store of a study")


def arrow_column(name: str, column: NDArray[Any]) -> Any:
    """Return a column of trajectories, of shape (n,) or (n, dim), as Arrow has it."""
    if name == "outcome":
        return _dictionary(column, _LABELS)
    if column.ndim == 1:
        return _array(column)
    # Lists of no fixed size: cells of one study have rows of different lengths.
    offsets = np.arange(len(column) + 1, dtype=np.int64) * column.shape[1]
    return arrow().LargeListArray.from_arrays(_array(offsets), _array(column.reshape(-1)))


def constant(value: Any, n: int) -> Any:
    """Return a column of n times the same number or text."""
    if isinstance(value, str):
        return _dictionary(np.zeros(n, dtype=np.int32), [value])
    return _array(np.full(n, value))


def repeats(column: Any, value: Any, n: int) -> bool:
    """Whether a column of a table is what `constant` makes."""
    found = column.combine_chunks()
    if len(found) != n:
        return False
    if isinstance(value, str):
        labels = [str(label) for label in found.dictionary]
        return all(labels[code] == value for code in np.unique(_buffer(found.indices)))
    bits = _buffer(found)
    return bits.tobytes() == np.full(n, value).tobytes()


def numbers(name: str, column: Any) -> NDArray[Any]:
    """Return a column of a table as `arrow_column` was given it."""
    found = column.combine_chunks()
    if name == "outcome":
        labels = [str(label) for label in found.dictionary]
        codes = np.array([_LABELS.index(label) for label in labels], dtype=np.int8)
        outcomes: NDArray[Any] = codes[_buffer(found.indices)]
        return outcomes
    if hasattr(found, "flatten") and hasattr(found, "offsets"):
        return _buffer(found.flatten()).reshape(len(found), -1)
    return _buffer(found)


def _array(column: NDArray[Any]) -> Any:
    pa = arrow()
    bits = column.dtype == np.bool_
    data = np.packbits(column, bitorder="little") if bits else np.ascontiguousarray(column)
    kind = pa.bool_() if bits else getattr(pa, column.dtype.name)()
    return pa.Array.from_buffers(kind, column.size, [None, pa.py_buffer(data)])


def _dictionary(codes: NDArray[Any], labels: Sequence[str]) -> Any:
    pa = arrow()
    texts = [label.encode() for label in labels]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(texts))]
    names = pa.Array.from_buffers(pa.string(), len(texts), buffers)
    return pa.DictionaryArray.from_arrays(_array(codes.astype(np.int32)), names)


def _buffer(array: Any) -> NDArray[Any]:
    if array.null_count:
        raise ValueError("it has nulls")
    data, first, n = array.buffers()[1], array.offset, len(array)
    name = str(array.type)
    if name == "bool":
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return bits[first : first + n].astype(np.bool_)
    kind = np.dtype({"double": "float64", "float": "float32"}.get(name, name))
    return np.frombuffer(data, kind, count=n, offset=first * kind.itemsize).copy()
