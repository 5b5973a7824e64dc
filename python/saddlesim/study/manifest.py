"""``study.json``: what a store says of its study, in names and plain numbers."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saddlesim.axes import Value
from saddlesim.errors import StoreError
from saddlesim.methods import Method
from saddlesim.precision import dtype_name
from saddlesim.study.content import NOUNS, cell_parts
from saddlesim.study.files import write_whole
from saddlesim.study.grid import Cell
from saddlesim.study.parquet import FORMAT, newer
from saddlesim.study.recipe import made_guarantee, plain_guarantee, recipe_of, restored

if TYPE_CHECKING:
    from saddlesim.study.study import Study

__all__ = ["FILE", "Manifest"]

FILE = "study.json"


@dataclass(frozen=True)
class Manifest:
    """What ``study.json`` holds.

    Attributes
    ----------
    content
        The whole of it, as JSON has it.
    """

    content: Mapping[str, Any]

    @classmethod
    def of(cls, study: Study) -> Manifest:
        """Return that of a new store."""
        import saddlesim

        return cls(
            {
                "format": FORMAT,
                "hash": study.hash,
                "saddlesim": saddlesim.__version__,
                "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                "block": study.block,
                "trials": [study.trials.start, study.trials.stop],
                "seed": study.seed,
                "axes": [[name, list(values)] for name, values in study.axes.items()],
                "policy": {
                    "max_steps": study.policy["max_steps"],
                    "arithmetic": study.policy["arithmetic"],
                    "dtype": dtype_name(study.policy["dtype"]),
                    "record": list(study.policy["record"]),
                },
                "cells": [_cell(cell) for cell in study.cells],
            }
        )

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Return that of a store.

        Raises
        ------
        StoreError
            If the folder is no store, or one of another format.
        """
        path = folder / FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            version = content["format"]
        except FileNotFoundError:
            raise StoreError(
                f"store: {folder} is not the store of a study: it has no {FILE}; give the folder "
                "that study.run(store=...) was given"
            ) from None
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StoreError(
                f"store: {path} cannot be read ({error!s:.100}); its data are untouched: "
                "put the file back from a copy, or from another store of the same study"
            ) from None
        if version != FORMAT:
            raise newer(path, version)
        return cls(content)

    def write(self, folder: Path) -> None:
        """Put it into a store, in one piece."""
        text = json.dumps(self.content, indent=1, allow_nan=False)
        write_whole(folder / FILE, text.encode())

    @property
    def hash(self) -> str:
        """The study's hash."""
        return str(self.content["hash"])

    @property
    def block(self) -> int:
        """How many trajectories a block has."""
        return int(self.content["block"])

    @property
    def trials(self) -> range:
        """All ids that were ever asked for, from the first to the last."""
        return range(*self.content["trials"])

    @property
    def axes(self) -> dict[str, tuple[Value, ...]]:
        """The values along each axis."""
        return {name: tuple(values) for name, values in self.content["axes"]}

    def covering(self, trials: range) -> Manifest:
        """Return the same with these trials among those asked for."""
        start = min(self.trials.start, trials.start)
        stop = max(self.trials.stop, trials.stop)
        return replace(self, content={**self.content, "trials": [start, stop]})

    def parts(self, cell: int) -> dict[str, Any]:
        """Return landscape, method, initial, escape of a cell, or what stands for them."""
        stored = self.content["cells"][cell]
        made = {
            noun: restored(stored[noun]["recipe"], stored[noun]["repr"], stored[noun]["content"])
            for noun in NOUNS
        }
        promise = stored["guarantee"]
        if promise is not None and isinstance(made["method"], Method):
            object.__setattr__(made["method"], "guarantee", made_guarantee(promise))
        return made

    def cells(self) -> list[Cell]:
        """Return the cells, with what stands for descriptions that cannot be made again."""
        found = []
        for number, stored in enumerate(self.content["cells"]):
            origin = (stored["landscape"]["recipe"] or {}).get("random")
            parts = self.parts(number)
            found.append(Cell(stored["label"], stored["parameters"], **parts, origin=origin))
        return found


def _cell(cell: Cell) -> dict[str, Any]:
    promise = cell.method.guarantee
    described: dict[str, Any] = {
        "label": cell.method_label,
        "parameters": dict(cell.parameters),
    }
    for noun, part in cell_parts(cell).items():
        described[noun] = {
            "repr": repr(part),
            "recipe": recipe_of(part, cell.origin if noun == "landscape" else None),
            "content": part.content(),
        }
    described["guarantee"] = None if promise is None else plain_guarantee(promise)
    return described
