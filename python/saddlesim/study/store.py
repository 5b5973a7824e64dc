"""The folder of a study: what is in it, and adding a block."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.axes import Value
from saddlesim.errors import StoreError
from saddlesim.result import EscapeTimes
from saddlesim.study.arrow import arrow
from saddlesim.study.files import TEMPORARY, Staged, make_folder, not_read, stage
from saddlesim.study.manifest import FILE, Manifest
from saddlesim.study.parquet import COLUMNS, Block, DamagedError, encoded, opened
from saddlesim.study.ranges import overlap

if TYPE_CHECKING:
    from saddlesim.study.study import Study

__all__ = ["Store", "is_store"]

_NAME = re.compile(r"(\d{15})-(\d{15})\.parquet")
_OWN = ("cell", "method")


class Store:
    """The folder of a study: ``study.json``, and in ``data/`` one file a block.

    Parameters
    ----------
    folder
        Where it is.
    manifest
        What its ``study.json`` says.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._opened: dict[tuple[int, str], Block] = {}

    @classmethod
    def existing(cls, folder: str | os.PathLike[str]) -> Store:
        """Return the store in a folder; StoreError if there is none."""
        arrow()
        path = _path(folder)
        return cls(path, Manifest.read(path))

    @classmethod
    def fresh(cls, manifest: Manifest, folder: Path) -> Store:
        """Make a store in a folder that is new or empty."""
        _require_empty(folder)
        make_folder(folder)
        manifest.write(folder)
        return cls(folder, manifest)

    @classmethod
    def of(cls, study: Study, folder: str | os.PathLike[str]) -> Store:
        """Return the store of a study, made now if need be.

        Raises
        ------
        StoreError
            If the folder has something else, or cannot be written.
        """
        arrow()
        path = _path(folder)
        if not is_store(path):
            try:
                cls.fresh(Manifest.of(study), path)
            except StoreError:
                if not is_store(path):  # else another process was quicker
                    raise
        store = cls.existing(path)
        if store.manifest.hash != study.hash:
            raise StoreError(
                f"store: {path} holds another study, {store.manifest.hash}, not {study.hash}: "
                f"{store.manifest.difference(Manifest.of(study))} (trials may differ, nothing "
                "else); give another folder, or the arguments with which it was made"
            )
        wider = store.manifest.covering(study.trials)
        if wider != store.manifest:
            wider.write(path)
            store.manifest = wider
        return store

    def cell_folder(self, cell: int) -> Path:
        """Return where the files of a cell are."""
        return self.folder / "data" / f"cell-{cell:04d}"

    def blocks(
        self, cell: int, *, within: range | None = None, set_aside: bool = False
    ) -> tuple[Block, ...]:
        """Return what is there of a cell, in the order of ids.

        Parameters
        ----------
        cell
            The number of the cell.
        within
            Only those with some of these trajectories: other files are not looked at.
        set_aside
            Whether damaged files are moved to ``set-aside/``, with a warning, instead of refused;
            then all columns of all files are looked at.

        Raises
        ------
        StoreError
            If a file is not of this study, is damaged, or shares trajectories with another.
        """
        folder = self.cell_folder(cell)
        found = []
        for name in _names(folder):
            if name.startswith(".") or not (within is None or _touches(name, within)):
                continue
            try:
                block = self._opened.get((cell, name)) or self._block(folder / name, cell)
                if set_aside:
                    block.verify()
            except DamagedError as error:
                if not set_aside:
                    raise
                self._set_aside(folder / name, error)
                continue
            found.append(block)
        if (both := overlap(block.ids for block in found)) is not None:
            raise StoreError(
                f"store: two files in {folder} hold the same trajectories, those of {both[0]} and "
                f"of {both[1]}; move one of them out of the folder"
            )
        return tuple(found)

    def require_there(self) -> None:
        """Raise StoreError if the folder was moved or removed: it is not made a second time."""
        if not is_store(self.folder):
            raise StoreError(
                f"store: {self.folder} was moved or removed while it was in use: it has no {FILE} "
                "any more; what was finished is where it went; run the same call with that folder"
            )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Whatever goes wrong meanwhile, that the folder has gone is said first."""
        try:
            yield
        except StoreError:
            self.require_there()
            raise

    def stage(self, cell: int, times: EscapeTimes) -> Staged:
        """Write a finished block, to be committed; StoreError if that cannot be done."""
        first, last = int(times.trajectory[0]), int(times.trajectory[-1])
        content = encoded(times, study=self.manifest.hash, whose=self._whose(cell))
        return self.stage_content(cell, range(first, last + 1), content)

    def stage_content(self, cell: int, ids: range, content: bytes | memoryview) -> Staged:
        """Write the content of a block's file, to be committed."""
        folder = self.cell_folder(cell)
        self.require_there()
        make_folder(folder)
        return stage(folder / f"{ids.start:015d}-{ids.stop:015d}.parquet", content)

    def sweep(self, cell: int, ids: range) -> None:
        """Remove what writers that were killed have left of a block that nobody else may write."""
        folder = self.cell_folder(cell)
        for left in _names(folder):
            name = _NAME.match(left[1:]) if left.endswith(TEMPORARY) else None
            if name and ids.start <= int(name[1]) < ids.stop:
                (folder / left).unlink(missing_ok=True)

    def _block(self, path: Path, cell: int) -> Block:
        name = _NAME.fullmatch(path.name)
        if name is None:
            raise StoreError(f"store: {path} is no file of a store; move it out of the folder")
        block = opened(path, self._whose(cell))
        if block.study != self.manifest.hash:
            raise StoreError(
                f"store: {path} belongs to another study, {block.study}, not to "
                f"{self.manifest.hash}; move it out of the folder"
            )
        named = range(int(name[1]), int(name[2]))
        if (block.cell, block.ids) != (cell, named):
            raise StoreError(
                f"store: {path} holds {block.ids} of cell {block.cell}, which is not what it is "
                "called; give it back its name, or move it out of the folder"
            )
        self._opened[cell, path.name] = block
        return block

    def _whose(self, cell: int) -> dict[str, Any]:
        """Return what every row of a cell's files says of the cell, by the names of columns."""
        stored = self.manifest.content["cells"][cell]
        axes = {
            axis_column(name): self._like_all(name, value)
            for name, value in stored["parameters"].items()
        }
        return {"cell": np.int32(cell), "method": stored["label"], **axes}

    def _like_all(self, axis: str, value: Value) -> Value:
        """Return a value as the column of its axis has it: all files must agree on a type."""
        floats = any(isinstance(other, float) for other in self.manifest.axes[axis])
        return float(value) if floats else value

    def _set_aside(self, path: Path, error: DamagedError) -> None:
        aside = self.folder / "set-aside"
        make_folder(aside)
        target = aside / f"{path.parent.name}-{path.name}"
        while target.exists():
            target = target.with_name(f"{target.name}.again")
        try:
            path.rename(target)
        except FileNotFoundError:
            return  # another process was quicker
        warnings.warn(
            f"{error}; it is now {target}, and its trajectories are run anew", stacklevel=2
        )


def axis_column(name: str) -> str:
    """Return the name of an axis's column, which must not be that of another."""
    return f"axis_{name}" if name in COLUMNS or name in _OWN else name


def is_store(path: Path) -> bool:
    """Whether a folder is the store of a study.

    Raises
    ------
    StoreError
        If that cannot be found out.
    """
    try:
        (path / FILE).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise not_read(path, error) from None
    return True


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise not_read(folder, error) from None


def _touches(name: str, ids: range) -> bool:
    # There may be very many files: numbers of 15 digits compare as their texts do.
    return name[:15] < f"{ids.stop:015d}" and name[16:31] > f"{ids.start:015d}"


def _path(folder: object) -> Path:
    if not isinstance(folder, (str, os.PathLike)):
        raise TypeError(
            f'store must be the name of a folder, such as "octopus", got {folder!r:.80}'
        )
    return Path(folder)


def _require_empty(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise StoreError(f"store: {path} is a file; give the name of a folder")
    # A name with a dot may be a study.json that another process is just writing.
    if path.is_dir() and any(not name.name.startswith(".") for name in path.iterdir()):
        raise StoreError(
            f"store: {path} has files, but no {FILE}, so it is no store; give a new or an empty "
            f"folder, or put back its {FILE}, which may be that of another store of the same study"
        )
