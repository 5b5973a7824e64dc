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
from saddlesim.study.files import not_read, write_whole
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
            if version == FORMAT:
                _require_sound(content)
        except (FileNotFoundError, NotADirectoryError):
            raise StoreError(
                f"store: {folder} is not the store of a study: it has no {FILE}; give the folder "
                "that study.run(store=...) was given"
            ) from None
        except OSError as error:
            raise not_read(path, error) from None
        except (ValueError, KeyError, TypeError) as error:
            why = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            raise StoreError(
                f"store: {path} cannot be read ({why:.100}); its data are untouched: "
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

    def difference(self, other: Manifest) -> str:
        """Say what of another study is not the same; all that can be seen, but not each number."""
        ours, theirs = self._words(), other._words()
        names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
        if not names:
            return "numbers of a landscape, method, start or criterion differ"
        told = [
            f"{n} is {ours.get(n, '-'):.60} there, {theirs.get(n, '-'):.60} here" for n in names
        ]
        return "; ".join(told[:3]) + (f"; and {len(told) - 3} more" if len(told) > 3 else "")

    def _words(self) -> dict[str, str]:
        content = self.content
        words = {"seed": str(content["seed"])}
        words |= {name: str(values) for name, values in content["axes"]}
        words |= {name: str(value) for name, value in content["policy"].items()}
        words["record"] = str(sorted(content["policy"]["record"]))
        words["methods"] = ", ".join(dict.fromkeys(cell["label"] for cell in content["cells"]))
        for number, cell in enumerate(content["cells"]):
            words |= {f"the {noun} of cell {number}": cell[noun]["repr"] for noun in NOUNS}
        return words

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


def _require_sound(content: Mapping[str, Any]) -> None:
    """Raise what reading raises unless all is there, as `Manifest.of` writes it."""
    numbers = [content["block"], *content["trials"], content["seed"]]
    if not all(type(number) is int for number in numbers):
        raise ValueError(f"block, trials and seed must be whole numbers, got {numbers}")
    first, last = content["trials"]
    if content["block"] < 1 or not 0 <= first < last:
        raise ValueError(f"it has blocks of {content['block']} and the trials {first} to {last}")
    texts = [content["hash"], *(name for name, values in content["axes"] if list(values))]
    texts += [str(content["policy"][name]) for name in ("max_steps", "arithmetic", "dtype")]
    texts += content["policy"]["record"]
    for cell in content["cells"]:
        parts = [cell[noun] for noun in NOUNS]
        texts += [cell["label"], *cell["parameters"], *(part["repr"] for part in parts)]
        _ = cell["guarantee"], [(part["recipe"], part["content"]) for part in parts]
    if not content["cells"] or not content["axes"] or not all(type(t) is str for t in texts):
        raise ValueError("it has no cells, no axes, or a number where a name should be")


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
