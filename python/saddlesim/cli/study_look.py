"""``saddlesim study status``, ``show`` and ``plot``: how far a study is, and what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from saddlesim.cli import output
from saddlesim.cli.shared import guarded
from saddlesim.run_text import aligned
from saddlesim.study import StoredStudy, load_study
from saddlesim.study.claims import Claims
from saddlesim.study.status_text import finished, status_rows

__all__ = ["PLOT", "SHOW", "STATUS", "StorePath", "plot", "show", "so_far", "status"]

StorePath = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder of a study.", show_default=False)
]

STATUS: dict[str, Any] = {  # how the commands are registered
    "name": "status",
    "help": "Say how far a study is: a row for each cell, which is a method at one value of what "
    "varies.\n\n"
    "escaped is the share of the finished trajectories that escaped, time what they took, and in "
    "work which processes are at blocks of the cell right now. Looking changes nothing and may be "
    "done while others run.",
    "epilog": "For example: saddlesim study status octopus.store",
}

SHOW: dict[str, Any] = {
    "name": "show",
    "help": "Print the table of escape times and the verdict on their growth, of what there is.\n\n"
    "Of each cell those trajectories count that come before the first one that is missing: which "
    "blocks end sooner depends on how long trajectories take, and would favour short times.",
    "epilog": "For example: saddlesim study show octopus.store",
}

PLOT: dict[str, Any] = {
    "name": "plot",
    "help": "Draw escape time against what varies, of what there is.",
    "epilog": "For example: saddlesim study plot octopus.store -o octopus.png",
}

_CLAIM = re.compile(r"cell-(\d+)-block-(\d+)")


def status(folder: StorePath) -> None:
    """Print the table."""

    def run() -> None:
        stored = load_study(folder)
        cells, workers = stored.status(), _workers(folder)
        head, *rows = status_rows(cells, list(stored.cells[0].parameters))
        head.append("in work")
        for number, row in enumerate(rows):
            row.append(", ".join(workers.get(number, [])) or "-")
        typer.echo(f"{so_far(cells, folder)}\n\n{aligned([head, *rows])}")

    guarded(run)


def show(folder: StorePath) -> None:
    """Print the summary."""

    def run() -> None:
        stored = load_study(folder)
        typer.echo(f"{stored.result().summary()}\n\n{so_far(stored.status(), folder)}")

    guarded(run)


def plot(
    folder: StorePath,
    file: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The picture: .png, .pdf or .svg.",
            show_default=False,
        ),
    ],
) -> None:  # fmt: skip
    """Draw the picture."""

    def run() -> None:
        output.check_plot(file, "--output")
        stored = load_study(folder)
        result = stored.result()
        if not result.cells:
            raise ValueError(
                f"{folder} has no finished block yet, so there is nothing to draw; look at: "
                f"saddlesim study status {folder}"
            )
        output.write_plot(result, file, _title(stored))
        typer.echo(f"picture: {file}")

    guarded(run)


def so_far(cells: list[dict[str, Any]], folder: Path) -> str:
    """Return a line on how much of a study is there, from its `StoredStudy.status`."""
    return f"{folder}: {finished(cells)}"


def _workers(folder: Path) -> dict[int, list[str]]:
    """Return who is at work on a cell, and on how many blocks."""
    found: dict[int, dict[str, int]] = {}
    for name, owner in Claims(folder / "claims").alive().items():
        if (cell := _CLAIM.fullmatch(name)) is not None:
            who = f"{str(owner['host']).partition('/')[0]}, process {owner['pid']}"
            counts = found.setdefault(int(cell[1]), {})
            counts[who] = counts.get(who, 0) + 1
    return {
        cell: [f"{n} block{'s' if n > 1 else ''} by {who}" for who, n in counts.items()]
        for cell, counts in found.items()
    }


def _title(stored: StoredStudy) -> str:
    kinds = dict.fromkeys(repr(cell.landscape).partition("(")[0] for cell in stored.cells)
    return f"Escape time on {', '.join(kinds)}"
