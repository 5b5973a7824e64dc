"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from saddlesim.errors import StoreError

__all__ = [
    "TEMPORARY",
    "TOGETHER",
    "Staged",
    "commit",
    "make_folder",
    "not_read",
    "stage",
    "write_whole",
]

# Readers of data sets pass over names that begin with a dot.
TEMPORARY = ".tmp"
# A disk takes half as long for files that are flushed together; more of them gain little.
TOGETHER = 8


@dataclass(frozen=True)
class Staged:
    """A file that is written, but not yet there.

    Attributes
    ----------
    path
        Where it is to be.
    temporary
        Where it is.
    file
        Kept open, so that no error of the disk goes to somebody else.
    """

    path: Path
    temporary: Path
    file: BinaryIO

    def drop(self) -> None:
        """Remove it, unless it is where it is to be."""
        with contextlib.suppress(OSError):
            self.file.close()
        with contextlib.suppress(OSError):
            self.temporary.unlink()


def stage(path: Path, content: bytes | memoryview) -> Staged:
    """Write a file under another name; `commit` brings it where it is to be.

    Raises
    ------
    StoreError
        If the system refuses.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{TEMPORARY}")
    try:
        staged = Staged(path, temporary, temporary.open("wb"))
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        staged.file.write(content)
        staged.file.flush()
    except OSError as error:
        staged.drop()
        raise _not_written(path, error) from error
    return staged


def commit(files: Sequence[Staged]) -> None:
    """Flush files and give them their names; after any crash each is there as a whole or not.

    Raises
    ------
    StoreError
        If the system refuses; files from there on are removed.
    """
    path = files[0].path
    try:
        for staged in files:
            path = staged.path
            os.fsync(staged.file.fileno())
            staged.file.close()
            staged.temporary.replace(path)
        for path in {staged.path.parent: staged.path for staged in files}.values():
            _sync(path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        for staged in files:
            staged.drop()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that after any crash it is there with this content or as it was before.

    Raises
    ------
    StoreError
        If the system refuses; what there was is untouched.
    """
    commit([stage(path, content)])


def make_folder(path: Path) -> None:
    """Make a folder, and the folders above, so that it outlives a crash.

    Raises
    ------
    StoreError
        If the system refuses.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir(exist_ok=True)
        _sync(path.parent)
    except OSError as error:
        raise StoreError(
            f"store: the folder {path} could not be made: {error.strerror or error}; choose a "
            "place where you may write"
        ) from error


def not_read(path: Path, error: OSError) -> StoreError:
    """Return the error of what the system does not let us read, as it may at another time."""
    why = os.strerror(error.errno) if error.errno else error
    return StoreError(
        f"store: {path} cannot be read: {why}; nothing was changed; put that "
        "right and run the same call again"
    )


def _not_written(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"store: {path} could not be written: {error.strerror or error}; all that was "
        "finished before is kept; put that right and run the same call again"
    )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
