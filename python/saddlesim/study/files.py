"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from saddlesim.errors import StoreError

__all__ = ["TEMPORARY", "make_folder", "write_whole"]

# Readers of data sets pass over names that begin with a dot.
TEMPORARY = ".tmp"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that after any crash it is there with this content or as it was before.

    Raises
    ------
    StoreError
        If the system refuses; what there was is untouched.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StoreError(
            f"store: {path} could not be written: {error.strerror or error}; all that was "
            "finished before is kept; put that right and run the same call again"
        ) from error


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


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
