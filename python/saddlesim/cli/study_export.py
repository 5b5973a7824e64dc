"""The results of a store as one table: a row a cell, or a row a trajectory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from saddlesim.cli.output import write_rows
from saddlesim.errors import StoreError
from saddlesim.study import StoredStudy
from saddlesim.study.arrow import arrow
from saddlesim.study.files import TEMPORARY
from saddlesim.study.parquet import Block

__all__ = ["export_cells", "export_trajectories"]


def export_cells(stored: StoredStudy, path: Path) -> int:
    """Write the table of `StoredStudy.table`; return how many rows it has.

    Parameters
    ----------
    stored
        The study.
    path
        The file; one that ends in ``.parquet`` is Parquet, any other CSV.

    Raises
    ------
    ValueError
        If there is no finished block.
    """
    rows = stored.table()
    if not rows:
        raise _empty(stored)
    with _whole(path) as temporary:
        if _is_parquet(path):
            arrow("parquet").write_table(arrow().Table.from_pylist(rows), temporary)
        else:
            write_rows(rows, temporary)
    return len(rows)


def export_trajectories(stored: StoredStudy, path: Path) -> int:
    """Write all trajectories, a block at a time; return how many there are.

    Parameters
    ----------
    stored
        The study.
    path
        As in `export_cells`. CSV has no columns of lists.

    Raises
    ------
    StoreError
        If a block is damaged; then no file is left behind.
    ValueError
        If there is no finished block.
    """
    blocks = stored.blocks()
    if not blocks:
        raise _empty(stored)
    lists = _is_parquet(path)
    kind = arrow("parquet").ParquetWriter if lists else arrow("csv").CSVWriter
    first = _table(blocks[0], lists)
    with _whole(path) as temporary, kind(temporary, first.schema) as writer:
        writer.write_table(first)
        for block in blocks[1:]:
            writer.write_table(_table(block, lists))
    return sum(len(block.ids) for block in blocks)


def _is_parquet(path: Path) -> bool:
    return path.suffix == ".parquet"


def _table(block: Block, lists: bool) -> Any:
    """Return all columns of a block, of which those with digests were compared with them."""
    block.verify()
    table = arrow("parquet").read_table(block.path, partitioning=None)
    is_list = arrow("types").is_large_list
    # Whether a column may have nulls is not the same in files of all versions.
    fields = [column.with_nullable(True) for column in table.schema]
    kept = [column for column in fields if lists or not is_list(column.type)]
    columns = [table.column(column.name) for column in kept]
    return arrow().Table.from_arrays(columns, schema=arrow().schema(kept))


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Yield where to write, which becomes the file if that goes well."""
    temporary = path.with_name(f".{path.name}{TEMPORARY}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path} could not be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _empty(stored: StoredStudy) -> ValueError:
    return ValueError(f"there is nothing to export: {stored!r}; run the study first")
