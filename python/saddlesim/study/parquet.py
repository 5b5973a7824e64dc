"""One block of trajectories as a Parquet file: columns, digests, and back without a bit lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.axes import Value
from saddlesim.errors import StoreError
from saddlesim.outcome import Outcome
from saddlesim.result import COSTS, EscapeTimes
from saddlesim.study.arrow import arrow, arrow_column, constant, numbers
from saddlesim.study.content import plain_json

__all__ = [
    "CERTIFICATE",
    "COLUMNS",
    "FORMAT",
    "Block",
    "DamagedError",
    "encoded",
    "newer",
    "opened",
]

FORMAT = 1
MATRICES = ("saddle_exits", "log10_saddle_exits", "points")
CERTIFICATE = ("tie_distance", "underflow_margin", "redone")
COLUMNS = {
    "trajectory": "int64",
    "outcome": "int8",
    "steps": "int64",
    "log10_steps": "float64",
    "underflowed": "bool",
    "value": "float64",
    "gradient_norm": "float64",
    "perturbations": "int64",
    **dict.fromkeys(COSTS, "int64"),
    "saddle_exits": "int64",
    "log10_saddle_exits": "float64",
    "points": "float64",
    "tie_distance": "float64",
    "underflow_margin": "float64",
    "redone": "bool",
}
_KEY = b"saddlesim"
# Equal counts and whole logarithms repeat; of other floats the bytes of a kind are alike.
_REPEATING = ["cell", "method", "outcome", "log10_steps"]
_COUNTS = ("trajectory", "steps", "perturbations", *COSTS)
_FLOATS = ("value", "gradient_norm", "tie_distance", "underflow_margin")


@dataclass(frozen=True)
class Block:
    """What a file says of itself.

    Attributes
    ----------
    path
        The file.
    study
        The hash of the study it belongs to.
    cell
        The number of its cell.
    ids
        Its trajectories.
    digests
        The digest of each column that it has.
    run
        How it was run: max_steps, dtype and arithmetic as they were chosen, how many escaped,
        seconds.
    """

    path: Path
    study: str
    cell: int
    ids: range
    digests: Mapping[str, str]
    run: Mapping[str, Any]

    def read(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Return columns, each compared with its digest.

        Raises
        ------
        StoreError
            If the file is damaged.
        """
        wanted = list(names)
        try:
            with arrow("parquet").ParquetFile(self.path) as file:
                # A list is a group of columns; its name means all of them.
                table = file.read(columns=wanted, use_threads=False)
            found = {name: numbers(name, table.column(name)) for name in wanted}
        except _unreadable() as error:
            raise _damaged(self.path, str(error)) from None
        for name, column in found.items():
            if _digest(column) != self.digests.get(name):
                raise _damaged(self.path, f"the checksum of its column {name} is wrong")
        return found

    def verify(self) -> None:
        """Raise StoreError unless every column has its digest and the ids are those it names."""
        ids = self.read(self.digests)["trajectory"]
        if not np.array_equal(ids, np.arange(self.ids.start, self.ids.stop)):
            raise _damaged(self.path, f"its trajectories are not {self.ids}")


def encoded(
    times: EscapeTimes, *, study: str, cell: int, label: str, axes: Mapping[str, Value]
) -> bytes:
    """Return the content of the file of one block.

    Parameters
    ----------
    times
        The trajectories, of consecutive ids, none of them interrupted.
    study, cell
        The study's hash and the number of the cell.
    label, axes
        The method's label, and the value along each axis by the name of its column.
    """
    pa = arrow()
    n, columns = len(times), _columns_of(times)
    whose: dict[str, Any] = {
        "cell": constant(np.int32(cell), n),
        "method": constant(label, n),
        **{name: constant(value, n) for name, value in axes.items()},
    }
    header = {
        "format": FORMAT,
        "study": study,
        "cell": cell,
        "ids": [int(times.trajectory[0]), int(times.trajectory[-1]) + 1],
        "digests": {name: _digest(column) for name, column in columns.items()},
        "run": {
            "max_steps": times.max_steps,
            "dtype": times.dtype,
            "arithmetic": times.diagnostics.get("arithmetic", ""),
            "escaped": times.count(Outcome.ESCAPED),
            "seconds": times.diagnostics.get("seconds", 0.0),
        },
    }
    header["checksum"] = _digest(np.frombuffer(plain_json(header).encode(), dtype=np.uint8))
    arrays = {name: arrow_column(name, column) for name, column in columns.items()}
    for name in CERTIFICATE:
        # All files of a store have the same columns: readers take those of the first for all.
        kind = pa.bool_() if name == "redone" else pa.float64()
        arrays.setdefault(name, pa.nulls(n, kind))
    named = {**whose, **arrays}
    table = pa.Table.from_arrays(list(named.values()), names=list(named)).replace_schema_metadata(
        {_KEY: plain_json(header)}
    )
    sink = pa.BufferOutputStream()
    arrow("parquet").write_table(
        table,
        sink,
        row_group_size=max(n, 1),
        compression="zstd",
        use_dictionary=[*_REPEATING, *axes],
        column_encoding={
            **dict.fromkeys(_COUNTS, "DELTA_BINARY_PACKED"),
            **dict.fromkeys(_FLOATS, "BYTE_STREAM_SPLIT"),
        },
    )
    content: bytes = sink.getvalue().to_pybytes()
    return content


def opened(path: Path) -> Block:
    """Return what a file says of itself.

    Raises
    ------
    StoreError
        If it is no file of a store, is damaged, or is of another format.
    """
    try:
        schema = arrow("parquet").read_schema(path)
        header = json.loads(schema.metadata[_KEY])
    except _unreadable() as error:
        raise _damaged(path, str(error)) from None
    if header.get("format") != FORMAT:
        raise newer(path, header.get("format"))
    checksum = header.pop("checksum", None)
    if checksum != _digest(np.frombuffer(plain_json(header).encode(), dtype=np.uint8)):
        raise _damaged(path, "the checksum of its header is wrong")
    ids = range(*header["ids"])
    return Block(path, header["study"], header["cell"], ids, header["digests"], header["run"])


class DamagedError(StoreError):
    """A file is torn or was changed; a run sets it aside and does its work again."""


def newer(path: Path, version: object) -> StoreError:
    """Return the error of a format that this version does not know."""
    return StoreError(
        f"store: {path} has format {version!r}, and this saddlesim reads format {FORMAT}; use the "
        "version of saddlesim that wrote it, or another folder"
    )


def _unreadable() -> tuple[type[Exception], ...]:
    """Return what reading a file may raise in which any byte may be wrong."""
    return (
        arrow().ArrowException,
        OSError,
        AttributeError,
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        OverflowError,
    )


def _damaged(path: Path, why: str) -> DamagedError:
    return DamagedError(
        f"store: {path} is damaged ({why:.200}); run the study on this store again: it sets the "
        "file aside and runs its trajectories anew"
    )


def _columns_of(times: EscapeTimes) -> dict[str, NDArray[Any]]:
    columns = {name: getattr(times, name, None) for name in COLUMNS if name not in CERTIFICATE}
    if times.certificate is not None:
        columns |= {name: getattr(times.certificate, name) for name in CERTIFICATE}
    return {
        name: np.ascontiguousarray(column, dtype=COLUMNS[name])
        for name, column in columns.items()
        if column is not None
    }


def _digest(column: NDArray[Any]) -> str:
    data = np.ascontiguousarray(column).view(np.uint8).reshape(-1)
    return hashlib.blake2b(data.data, digest_size=16).hexdigest()
