"""The results of a store as one table: a row a cell, or a row a trajectory."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from saddlesim.errors import StoreError
from saddlesim.study.arrow import arrow
from saddlesim.study.files import TEMPORARY
from saddlesim.study.parquet import Block
from saddlesim.study.stored import StoredStudy

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
        if path.suffix == ".parquet":
            arrow("parquet").write_table(arrow().Table.from_pylist(rows), temporary)
        else:
            with temporary.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, fieldnames=list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
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
    rows = 0
    with _whole(path) as temporary:
        write: Callable[[Any], None] | None = None
        writer: Any = None
        try:
            for block in blocks:
                table = _table(block, lists=path.suffix == ".parquet")
                if write is None:
                    kind = (
                        arrow("parquet").ParquetWriter
                        if path.suffix == ".parquet"
                        else arrow("csv").CSVWriter
                    )
                    writer = kind(temporary, table.schema)
                    write = writer.write_table
                write(table)
                rows += len(table)
        finally:
            if writer is not None:
                writer.close()
    return rows


def _table(block: Block, *, lists: bool) -> Any:
    block.verify()
    table = arrow("parquet").read_table(block.path, partitioning=None)
    kinds = arrow("types")
    names = [field.name for field in table.schema if lists or not kinds.is_large_list(field.type)]
    return table.select(names).replace_schema_metadata(None)


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
        temporary.unlink(missing_ok=True)


def _empty(stored: StoredStudy) -> ValueError:
    return ValueError(f"there is nothing to export: {stored!r}; run the study first")
