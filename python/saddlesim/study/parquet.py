"""One block of trajectories as a Parquet file: columns, digests, and back without a bit lost."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.errors import StoreError
from saddlesim.outcome import Outcome
from saddlesim.result import COSTS, EscapeTimes
from saddlesim.study.arrow import arrow, arrow_column, constant, numbers, repeats
from saddlesim.study.content import plain_json
from saddlesim.study.digests import digest, digests, is_constant
from saddlesim.study.files import not_read

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
# Logarithms of counts repeat as these do; of other floats the bytes of a kind are alike.
_REPEATING = ("outcome", "log10_steps")
_COUNTS = ("trajectory", "steps", "perturbations", *COSTS)
_FLOATS = ("value", "gradient_norm", "tie_distance", "underflow_margin")
# A block is read as a whole: it has one page a column, encoded in long strides.
_PAGE, _BATCH = 1 << 26, 1 << 20


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
    whose
        What the columns that say whose trajectories these are must have in every row.
    """

    path: Path
    study: str
    cell: int
    ids: range
    digests: Mapping[str, str]
    run: Mapping[str, Any]
    whose: Mapping[str, Any]

    def read(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Return columns, each compared with its digest.

        Raises
        ------
        StoreError
            If the file is damaged.
        """
        wanted = list(names)
        try:
            table = self._table(wanted)
            found = {name: numbers(name, table.column(name)) for name in wanted}
        except _unreadable() as error:
            raise _unusable(self.path, error) from None
        for name, column in found.items():
            if digest(column) != self.digests.get(name):
                raise _damaged(self.path, f"the checksum of its column {name} is wrong")
        return found

    def verify(self) -> None:
        """Raise StoreError unless every column is as it was written.

        Those with a digest must have it, and the ids that the name of the file says; the others
        must say whose trajectories these are, or be empty.
        """
        ids = self.read(self.digests)["trajectory"]
        if not np.array_equal(ids, np.arange(self.ids.start, self.ids.stop)):
            raise _damaged(self.path, f"its trajectories are not {self.ids}")
        empty = [name for name in CERTIFICATE if name not in self.digests]
        try:
            table = self._table([*self.whose, *empty])
            wrong = [
                name
                for name, value in self.whose.items()
                if not repeats(table.column(name), value, len(self.ids))
            ]
            wrong += [name for name in empty if table.column(name).null_count != len(self.ids)]
        except _unreadable() as error:
            raise _unusable(self.path, error) from None
        if wrong:
            raise _damaged(self.path, f"its column {wrong[0]} is not as it was written")

    def _table(self, names: list[str]) -> Any:
        with arrow("parquet").ParquetFile(self.path) as file:
            # A list is a group of columns; its name means all of them.
            return file.read(columns=names, use_threads=False)


def encoded(times: EscapeTimes, *, study: str, whose: Mapping[str, Any]) -> memoryview:
    """Return the content of the file of one block.

    Parameters
    ----------
    times
        The trajectories, of consecutive ids, none of them interrupted.
    study
        The study's hash.
    whose
        What is the same for all trajectories of the cell, by the names of columns: the number of
        the cell, the method's label, the value along each axis.
    """
    pa = arrow()
    n, columns = len(times), _columns_of(times)
    header = {
        "format": FORMAT,
        "study": study,
        "cell": int(whose["cell"]),
        "ids": [int(times.trajectory[0]), int(times.trajectory[-1]) + 1],
        "digests": digests(columns),
        "run": {
            "max_steps": times.max_steps,
            "dtype": times.dtype,
            "arithmetic": times.diagnostics.get("arithmetic", ""),
            "escaped": times.count(Outcome.ESCAPED),
            "seconds": times.diagnostics.get("seconds", 0.0),
        },
    }
    header["checksum"] = _checksum(header)
    arrays = {name: constant(value, n) for name, value in whose.items()}
    arrays |= {name: arrow_column(name, column) for name, column in columns.items()}
    for name in CERTIFICATE:
        # All files of a store have the same columns: readers take those of the first for all.
        kind = pa.bool_() if name == "redone" else pa.float64()
        arrays.setdefault(name, pa.nulls(n, kind))
    # Whether a number is there at all is only written where it may be missing.
    fields = [pa.field(name, a.type, nullable=name in CERTIFICATE) for name, a in arrays.items()]
    schema = pa.schema(fields, metadata={_KEY: plain_json(header)})
    sink = pa.BufferOutputStream()
    arrow("parquet").write_table(
        pa.Table.from_arrays(list(arrays.values()), schema=schema),
        sink,
        row_group_size=n,
        compression="lz4",
        # By these alone other programs know which files they need not open.
        write_statistics=list(whose),
        use_dictionary=[
            *(name for name, value in whose.items() if isinstance(value, str)),
            *_REPEATING,
        ],
        column_encoding={
            # Compression makes nothing of what does not change, whatever its encoding.
            **{name: "DELTA_BINARY_PACKED" for name in _COUNTS if not is_constant(columns[name])},
            **dict.fromkeys(_FLOATS, "BYTE_STREAM_SPLIT"),
        },
        data_page_size=_PAGE,
        write_batch_size=_BATCH,
    )
    return memoryview(sink.getvalue())


def opened(path: Path, whose: Mapping[str, Any]) -> Block:
    """Return what a file says of itself.

    Parameters
    ----------
    path
        The file.
    whose
        As in `encoded`, as it must be.

    Raises
    ------
    StoreError
        If it is no file of a store, is damaged, or is of another format.
    """
    try:
        schema = arrow("parquet").read_schema(path)
        header = json.loads(schema.metadata[_KEY])
    except _unreadable() as error:
        raise _unusable(path, error) from None
    if header.get("format") != FORMAT:
        raise newer(path, header.get("format"))
    checksum = header.pop("checksum", None)
    if checksum != _checksum(header):
        raise _damaged(path, "the checksum of its header is wrong")
    ids = range(*header["ids"])
    whole = {name: header[name] for name in ("study", "cell", "digests", "run")}
    return Block(path, ids=ids, whose=whose, **whole)


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


def _unusable(path: Path, error: Exception) -> StoreError:
    # What Arrow finds wrong inside a file is an OSError without a number.
    if isinstance(error, OSError) and error.errno not in (None, errno.ENOENT):
        return not_read(path, error)
    return _damaged(path, str(error))


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


def _checksum(header: Mapping[str, Any]) -> str:
    return digest(np.frombuffer(plain_json(header).encode(), dtype=np.uint8))
