"""``load_study``: what is in a store, for whoever comes across it."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from saddlesim.dimension import DimensionResult
from saddlesim.study.grid import Cell
from saddlesim.study.keepers import stored_times
from saddlesim.study.parquet import Block
from saddlesim.study.ranges import prefix
from saddlesim.study.recipe import StandIn
from saddlesim.study.status_text import finished, status_rows
from saddlesim.study.store import Store
from saddlesim.study.stored_times import LazyCells
from saddlesim.study.study import Study
from saddlesim.tables import html_table

__all__ = ["StoredStudy", "load_study"]


def load_study(store: str | os.PathLike[str]) -> StoredStudy:
    """Open the folder that `Study.run` was given as ``store``.

    Parameters
    ----------
    store
        The folder. Nothing in it is executed: descriptions are made anew from the names of
        saddlesim's own classes and plain numbers.

    Returns
    -------
    StoredStudy
        The study and its results so far. Another process may still be adding to them.

    Raises
    ------
    StoreError
        If the folder is no store, or one of another format, or a file in it cannot be used.
    MissingExtraError
        If pyarrow is not installed.
    """
    return StoredStudy(Store.existing(store))


class StoredStudy:
    """A study as its store has it.

    Attributes
    ----------
    hash
        The study's hash, as in `Study.hash`.
    trials
        The trajectory ids of a cell that were ever asked for, from the first to the last.
    cells
        Its cells. What could not be made again (a landscape of your own, or of very many numbers)
        has something in its place that prints as it did.
    study
        The study itself, ready to run on; None where a cell could not be made again, bit for bit.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        manifest = store.manifest
        self.hash: str = manifest.hash
        self.trials: range = manifest.trials
        self.cells: tuple[Cell, ...] = tuple(manifest.cells())
        self.study: Study | None = self._study()

    def result(self) -> DimensionResult:
        """Return what is there, of each cell up to the first gap.

        Which blocks are missing when a run was stopped depends on how long they take, and so on
        their escape times; up to the first gap only the one block that was under way does. Rows
        after it are counted by `status` and are used once the gap is closed. Columns are read when
        they are looked at.
        """
        return DimensionResult(
            LazyCells(
                {
                    cell.key: partial(stored_times, self._store, number, ids, self._described(cell))
                    for number, cell in enumerate(self.cells)
                    if (ids := prefix(self.trials, self._present(number)))
                }
            ),
            next(iter(self._store.manifest.axes)),
        )

    def table(self) -> list[dict[str, Any]]:
        """Return the table of the `result`: see `DimensionResult.table`."""
        return self.result().table()

    def blocks(self) -> list[Block]:
        """Return all finished blocks, cell by cell, in the order of ids."""
        return [block for cell in range(len(self.cells)) for block in self._store.blocks(cell)]

    def status(self) -> list[dict[str, Any]]:
        """Return a dict a cell: method, value along each axis, done, total, escaped, seconds.

        ``done`` are all finished trajectories, ``escaped`` the share of them that escaped (nan of
        none) and ``seconds`` what they took. Only headers of files are read.
        """
        rows = []
        for number, cell in enumerate(self.cells):
            blocks = self._store.blocks(number)
            done = sum(len(block.ids) for block in blocks)
            escaped = sum(block.run["escaped"] for block in blocks)
            rows.append(
                {
                    "method": cell.method_label,
                    **cell.parameters,
                    "done": done,
                    "total": len(self.trials),
                    "escaped": escaped / done if done else float("nan"),
                    "seconds": sum(block.run["seconds"] for block in blocks),
                }
            )
        return rows

    def report(self, file: str | os.PathLike[str]) -> None:
        """Write all there is as one HTML page that needs nothing else, with pictures to explore.

        Parameters
        ----------
        file
            The page, ``.html``; one that is there is written anew.

        Raises
        ------
        ValueError
            If no block is finished, or the file cannot be written.
        MissingExtraError
            If plotly is not installed.
        """
        from saddlesim.report import study_page, write_page

        write_page(file, lambda: study_page(self, self._store.folder, self._store.manifest))

    def __repr__(self) -> str:
        return self._title(self.status())

    def _repr_html_(self) -> str:
        cells = self.status()
        rows = status_rows(cells, list(self.cells[0].parameters))
        return html_table(self._title(cells), rows)

    def _title(self, cells: list[dict[str, Any]]) -> str:
        return f"StoredStudy {self.hash} in {self._store.folder}: {finished(cells)}"

    def _study(self) -> Study | None:
        if any(isinstance(part, StandIn) for cell in self.cells for part in vars(cell).values()):
            return None
        manifest = self._store.manifest
        study = Study.restored(
            axes=manifest.axes,
            cells=self.cells,
            trials=manifest.trials,
            seed=manifest.content["seed"],
            policy={
                **manifest.content["policy"],
                "record": tuple(manifest.content["policy"]["record"]),
            },
            block=manifest.block,
        )
        return study if study.hash == self.hash else None

    def _present(self, cell: int) -> list[range]:
        return [block.ids for block in self._store.blocks(cell)]

    def _described(self, cell: Cell) -> dict[str, Any]:
        return {
            "landscape": cell.landscape,
            "method": cell.method,
            "initial": cell.initial,
            "escape": cell.escape,
            "seed": self._store.manifest.content["seed"],
        }
