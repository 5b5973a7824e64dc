"""Where finished blocks of a grid are kept: in memory, or in a store."""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from saddlesim.axes import Value
from saddlesim.errors import StoreError
from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.study.claims import Claims
from saddlesim.study.content import cell_parts
from saddlesim.study.files import Staged, commit
from saddlesim.study.ranges import missing
from saddlesim.study.store import Store
from saddlesim.study.stored_times import LazyCells, StoredTimes
from saddlesim.study.writer import Writer

if TYPE_CHECKING:
    from saddlesim.study.study import Study

__all__ = ["Keeper", "Memory", "StoreKeeper", "joined", "stored_times"]

Cells = Mapping[tuple[str, Value], EscapeTimes]


class Keeper(Protocol):
    """What keeps the finished blocks; cells go by their numbers."""

    def present(self, cell: int) -> list[range]:
        """Return which trajectories are there, sorted."""

    def escaped(self, cell: int) -> int:
        """Count those that escaped."""

    def take(self, cell: int, block: range) -> list[range] | None:
        """Return what of a block is to be run now; None if somebody else is at it."""

    def keep(self, cell: int, block: range, parts: Sequence[EscapeTimes]) -> None:
        """Keep what was run of a block that was taken."""

    def times(self, cell: int, ids: range) -> EscapeTimes:
        """Return trajectories that are there."""

    def cells(self, rows: Mapping[int, range]) -> Cells:
        """Return trajectories of all cells that have any, by their keys."""

    def wait(self) -> None:
        """Wait a little for others."""

    def close(self) -> None:
        """End: all is where it belongs afterwards."""


class Memory:
    """Keeps blocks in memory."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._parts: dict[int, list[EscapeTimes]] = {}

    def present(self, cell: int) -> list[range]:
        """See `Keeper`."""
        return [_ids(times) for times in self._parts.get(cell, [])]

    def escaped(self, cell: int) -> int:
        """See `Keeper`."""
        return sum(times.count(Outcome.ESCAPED) for times in self._parts.get(cell, []))

    def take(self, cell: int, block: range) -> list[range]:
        """See `Keeper`."""
        return missing(block, self.present(cell))

    def keep(self, cell: int, block: range, parts: Sequence[EscapeTimes]) -> None:
        """See `Keeper`."""
        kept = self._parts.setdefault(cell, [])
        kept += parts
        kept.sort(key=lambda times: int(times.trajectory[0]))

    def times(self, cell: int, ids: range) -> EscapeTimes:
        """See `Keeper`."""
        parts = [times for times in self._parts[cell] if _ids(times).start < ids.stop]
        times = parts[0] if len(parts) == 1 else joined(parts)
        if len(times) == len(ids):
            return times
        return times.select((times.trajectory >= ids.start) & (times.trajectory < ids.stop))

    def cells(self, rows: Mapping[int, range]) -> Cells:
        """See `Keeper`."""
        return {
            self._study.cells[cell].key: self.times(cell, ids) for cell, ids in rows.items() if ids
        }

    def wait(self) -> None:
        """See `Keeper`: there is nobody else."""

    def close(self) -> None:
        """See `Keeper`."""


class StoreKeeper:
    """Keeps blocks in a store, which other processes may use at the same time."""

    def __init__(self, study: Study, store: Store) -> None:
        self._study = study
        self._store = store
        self._kept: dict[int, list[range]] = {}
        self._known: dict[int, list[range]] = {}
        for cell in range(len(study.cells)):
            store.blocks(cell, set_aside=True)
            self.present(cell)
        self._claims = Claims(store.folder / "claims")
        self._claims.tidy()
        self._staged: list[Staged] = []
        self._written: list[str] = []  # the claims of blocks that are written, or should have been
        self._writer = Writer(self._settle, self._claims.beat)

    def present(self, cell: int) -> list[range]:
        """See `Keeper`."""
        there = {(b.ids.start, b.ids.stop) for b in self._store.blocks(cell)}
        there |= {(ids.start, ids.stop) for ids in self._kept.get(cell, [])}
        self._known[cell] = [range(*ids) for ids in sorted(there)]
        return self._known[cell]

    def escaped(self, cell: int) -> int:
        """See `Keeper`."""
        return sum(block.run["escaped"] for block in self._store.blocks(cell))

    def take(self, cell: int, block: range) -> list[range] | None:
        """See `Keeper`."""
        if not missing(block, self._known[cell]):
            return []
        name = self._claim(cell, block)
        self._store.require_there()
        if not self._claims.take(name):
            return None
        self._store.sweep(cell, block)
        # Looked at only now: another process may have finished it before it was claimed.
        for found in self._store.blocks(cell, within=block):
            if found.ids not in self._known[cell]:
                insort(self._known[cell], found.ids, key=_start)
        parts = missing(block, self._known[cell])
        if not parts:
            self._claims.release(name)
        return parts

    def keep(self, cell: int, block: range, parts: Sequence[EscapeTimes]) -> None:
        """See `Keeper`; raises what went wrong with an earlier block."""
        self._writer.submit(partial(self._write, cell, block, parts))
        for times in parts:
            self._kept.setdefault(cell, []).append(_ids(times))
            insort(self._known[cell], _ids(times), key=_start)

    def times(self, cell: int, ids: range) -> EscapeTimes:
        """See `Keeper`."""
        self._writer.flush()
        found: EscapeTimes = stored_times(self._store, cell, ids, self._described(cell))
        return found

    def cells(self, rows: Mapping[int, range]) -> Cells:
        """See `Keeper`; the result reads the store whenever it is looked at."""
        self._writer.flush()
        return LazyCells(
            {
                self._study.cells[cell].key: partial(
                    stored_times, self._store, cell, ids, self._described(cell)
                )
                for cell, ids in rows.items()
                if ids
            }
        )

    def wait(self) -> None:
        """See `Keeper`."""
        self._writer.flush()
        time.sleep(0.2)

    def close(self) -> None:
        """See `Keeper`."""
        try:
            self._writer.close()
        finally:
            self._claims.release_all()

    def _write(self, cell: int, block: range, parts: Sequence[EscapeTimes]) -> None:
        self._written.append(self._claim(cell, block))
        with self._store.writing():
            for times in parts:
                self._staged.append(self._store.stage(cell, times))

    def _settle(self) -> None:
        try:
            with self._store.writing():
                if self._staged:
                    commit(self._staged)
        finally:
            for name in self._written:
                self._claims.release(name)
            self._staged, self._written = [], []

    def _claim(self, cell: int, block: range) -> str:
        # The whole block, of which others may want another part.
        return f"cell-{cell:04d}-block-{block.start // self._store.manifest.block:09d}"

    def _described(self, cell: int) -> dict[str, Any]:
        return {**cell_parts(self._study.cells[cell]), "seed": self._study.seed}


def joined(parts: Sequence[EscapeTimes]) -> EscapeTimes:
    """Return the rows of all parts of one cell; of how they were run, what is the same for all."""
    known = {name: parts[0].diagnostics[name] for name in ("dtype", "arithmetic")}
    return replace(EscapeTimes.merge(parts), diagnostics=known)


def stored_times(store: Store, cell: int, ids: range, described: Mapping[str, Any]) -> StoredTimes:
    """Return rows of a cell; StoreError if they are not all there (any more)."""
    blocks = tuple(
        block
        for block in store.blocks(cell)
        if block.ids.start < ids.stop and block.ids.stop > ids.start
    )
    if gaps := missing(ids, [block.ids for block in blocks]):
        raise StoreError(
            f"store: {store.cell_folder(cell)} has no file with the trajectories {gaps[0]}, of "
            "which a result was asked; run the study on this store again"
        )
    return StoredTimes.of(blocks, ids, **described)


def _ids(times: EscapeTimes) -> range:
    return range(int(times.trajectory[0]), int(times.trajectory[-1]) + 1)


def _start(ids: range) -> int:
    return ids.start
