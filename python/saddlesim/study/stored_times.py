"""Escape times whose columns are read from a store when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from saddlesim.axes import Value
from saddlesim.certificate import Certificate
from saddlesim.errors import StoreError
from saddlesim.result import EscapeTimes
from saddlesim.study.parquet import CERTIFICATE, COLUMNS, Block

__all__ = ["LazyCells", "StoredTimes"]

# What statistics look at: read together, so that files are opened once for it.
_TOGETHER = ("steps", "log10_steps", "outcome", "underflowed")


class _Column:
    """A column of `StoredTimes`, until it has been read: then it is in the object's own dict."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, times: StoredTimes | None, owner: type) -> Any:
        if times is None:
            return self
        times.load(_TOGETHER if self._name in _TOGETHER else (self._name,))
        return times.__dict__[self._name]


class _Certificate:
    def __get__(self, times: StoredTimes | None, owner: type) -> Any:
        if times is None:
            return self
        found = None
        if all("redone" in block.digests for block in times.blocks):
            columns = times.read(CERTIFICATE)
            found = Certificate(*(columns[name] for name in CERTIFICATE))
        times.__dict__["certificate"] = found
        return found


class StoredTimes(EscapeTimes):
    """`EscapeTimes` of consecutive blocks of a store.

    Columns are read from the files, and compared with their checksums, when they are first looked
    at: what is made of the escape times of many trajectories does not load their final values.
    """

    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, blocks: tuple[Block, ...], ids: range, **described: Any) -> StoredTimes:
        """Return the rows of `ids`, which the blocks cover, with nothing read yet.

        Parameters
        ----------
        blocks
            Blocks of one cell, in the order of ids, at least one.
        ids
            Which rows.
        **described
            The descriptions and the seed, as `EscapeTimes` has them.

        Raises
        ------
        StoreError
            If blocks were not run alike, which the study's hash does not show.
        """
        times = cls.__new__(cls)
        run = blocks[0].run
        for block in blocks:
            for name in ("max_steps", "dtype", "arithmetic"):
                if block.run[name] != run[name]:
                    raise StoreError(
                        f"store: {name} is {run[name]!r} in {blocks[0].path} and "
                        f"{block.run[name]!r} in {block.path}, which versions of saddlesim with "
                        "other defaults have run; move one of them out of the folder and run it "
                        "anew"
                    )
        times.__dict__.update(
            blocks=blocks,
            ids=ids,
            max_steps=run["max_steps"],
            dtype=run["dtype"],
            counted="steps",
            interrupted=False,
            diagnostics={"dtype": run["dtype"], "arithmetic": run["arithmetic"]},
            **described,
        )
        return times

    def __len__(self) -> int:
        ids: range | None = self.__dict__.get("ids")
        return super().__len__() if ids is None else len(ids)

    def read(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Return columns from the files, all rows together."""
        ids: range = self.__dict__["ids"]
        out: dict[str, Any] = {}
        for block in self.blocks:
            first, last = max(block.ids.start, ids.start), min(block.ids.stop, ids.stop)
            if first >= last:
                continue
            for name, column in block.read(names).items():
                if name not in out:
                    shape = (len(ids), *column.shape[1:])
                    out[name] = np.empty(shape, dtype=COLUMNS[name])
                rows = column[first - block.ids.start : last - block.ids.start]
                out[name][first - ids.start : last - ids.start] = rows
        return out

    def load(self, names: tuple[str, ...]) -> None:
        """Keep columns; those that were not recorded are None."""
        there = tuple(name for name in names if name in self.blocks[0].digests)
        self.__dict__.update(dict.fromkeys(names))
        self.__dict__.update(self.read(there) if there else {})


for _name in set(COLUMNS).difference(CERTIFICATE):
    setattr(StoredTimes, _name, _Column(_name))
StoredTimes.certificate = _Certificate()  # type: ignore[assignment]


class LazyCells(Mapping[tuple[str, Value], EscapeTimes]):
    """The cells of a result that are read anew whenever they are looked at."""

    def __init__(self, cells: Mapping[tuple[str, Value], Callable[[], EscapeTimes]]) -> None:
        self._cells = dict(cells)

    def __getitem__(self, key: tuple[str, Value]) -> EscapeTimes:
        return self._cells[key]()

    def __iter__(self) -> Iterator[tuple[str, Value]]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)
