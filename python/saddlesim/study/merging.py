"""``merge_stores``: the shards of a study, made one store again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.errors import StoreError
from saddlesim.study.files import TOGETHER, Staged, commit
from saddlesim.study.keepers import stored_times
from saddlesim.study.parquet import Block
from saddlesim.study.ranges import missing
from saddlesim.study.store import Store, is_store
from saddlesim.study.stored import StoredStudy

__all__ = ["merge_stores"]


def merge_stores(
    sources: Iterable[str | os.PathLike[str]], target: str | os.PathLike[str]
) -> StoredStudy:
    """Put the blocks of several stores of one study into one.

    Parameters
    ----------
    sources
        Their folders, which stay as they are.
    target
        A new folder, or a store of the same study, which then has their blocks too.

    Returns
    -------
    StoredStudy
        The target: row for row what one process would have stored. Trajectories that several
        sources have are taken once.

    Raises
    ------
    StoreError
        If a folder is no store, the studies differ, a file is damaged, or two sources have
        different numbers for one trajectory; then nothing was written.
    ValueError, TypeError
        If there are no sources, or only the name of one.
    """
    if isinstance(sources, (str, os.PathLike)):
        raise TypeError(
            f"sources must be a list of folders, got {sources!r:.80}; pass [{sources!r}]"
        )
    stores = [Store.existing(source) for source in sources]
    if not stores:
        raise ValueError("sources must have at least one store, got none; pass their folders")
    for store in stores[1:]:
        _require_same(stores[0], store)
    path = Path(target)
    there = Store.existing(path) if is_store(path) else None
    if there is not None:
        _require_same(stores[0], there)
    cells = range(len(stores[0].manifest.content["cells"]))
    pieces = [piece for cell in cells for piece in _pieces(cell, stores, there)]
    merged = there or Store.fresh(stores[0].manifest, path)
    manifest = merged.manifest
    for store in stores:
        manifest = manifest.covering(store.manifest.trials)
    manifest.write(path)
    for begin in range(0, len(pieces), TOGETHER):
        _commit_all(piece.stage(merged) for piece in pieces[begin : begin + TOGETHER])
    return StoredStudy(Store.existing(path))


@dataclass(frozen=True)
class _Piece:
    """Trajectories that the target is to have from a source."""

    store: Store
    cell: int
    block: Block
    ids: range

    def stage(self, target: Store) -> Staged:
        if self.ids == self.block.ids:
            return target.stage_content(self.cell, self.ids, self.block.path.read_bytes())
        described = self.store.manifest.parts(self.cell)
        seed = self.store.manifest.content["seed"]
        times = stored_times(self.store, self.cell, self.ids, {**described, "seed": seed})
        return target.stage(self.cell, times)


def _commit_all(files: Iterable[Staged]) -> None:
    staged: list[Staged] = []
    try:
        staged.extend(files)
        commit(staged)
    finally:
        for file in staged:  # those before one that could not be written are there already
            file.drop()


def _pieces(cell: int, stores: list[Store], target: Store | None) -> list[_Piece]:
    """Return what the target lacks of a cell, after looking at all that is there twice."""
    taken = list(target.blocks(cell)) if target is not None else []
    pieces = []
    for store in stores:
        before = sorted(taken, key=lambda block: block.ids.start)
        for block in store.blocks(cell):
            block.verify()
            for other in before:
                _require_agreement(block, other)
            present = sorted((other.ids for other in before), key=lambda ids: ids.start)
            gaps = missing(block.ids, _joined(present))
            pieces += [_Piece(store, cell, block, ids) for ids in gaps]
            if gaps:
                taken.append(block)
    return pieces


def _joined(ranges: list[range]) -> list[range]:
    """Return the same ids as disjoint ranges."""
    out: list[range] = []
    for ids in ranges:
        if out and ids.start <= out[-1].stop:
            out[-1] = range(out[-1].start, max(out[-1].stop, ids.stop))
        else:
            out.append(ids)
    return out


def _require_same(first: Store, other: Store) -> None:
    if first.manifest.hash != other.manifest.hash:
        raise StoreError(
            f"store: {other.folder} holds another study, {other.manifest.hash}, than "
            f"{first.folder}, {first.manifest.hash}; merge shards of one study only"
        )


def _require_agreement(block: Block, other: Block) -> None:
    first, last = max(block.ids.start, other.ids.start), min(block.ids.stop, other.ids.stop)
    if first >= last or (block.ids == other.ids and block.digests == other.digests):
        return
    ours, theirs = block.read(block.digests), other.read(other.digests)
    for name in block.digests:
        a = ours[name][first - block.ids.start : last - block.ids.start]
        rows = slice(first - other.ids.start, last - other.ids.start)
        if name not in theirs or not _agree(name, a, theirs[name][rows]):
            raise StoreError(
                f"store: {block.path} and {other.path} have different numbers in the column "
                f"{name} for the same trajectories; one was changed, or computed by a faulty "
                "machine or another version: run those trajectories anew and compare"
            )


def _agree(name: str, a: NDArray[Any], b: NDArray[Any]) -> bool:
    # Logarithms of counts are NumPy's, whose last bit is not the same on all processors.
    if name.startswith("log10_"):
        return bool(np.allclose(a, b, rtol=1e-14, atol=0, equal_nan=True))
    return a.tobytes() == b.tobytes()
