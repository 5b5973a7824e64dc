"""``saddlesim report``: a study, or a reproduction, as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from saddlesim.cli.shared import guarded, optional
from saddlesim.report import default_file, report_folder

__all__ = ["REPORT", "report"]

REPORT: dict[str, Any] = {  # how the command is registered
    "name": "report",
    "help": "Write the report of a study or of a reproduction: one HTML page that needs nothing "
    "else, with verdicts, tables, pictures and where the numbers are from.\n\n"
    "A study may be unfinished; the page has what there is. A page that is there is written anew.",
    "epilog": "For example: saddlesim report octopus.store -o octopus.html",
}


def report(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="The folder of a study or of a reproduction.", show_default=False
        ),
    ],
    file: Annotated[
        Optional[Path],  # noqa: UP045
        optional(
            "The page; unless given named after the folder, beside it.",
            "--output",
            "-o",
            metavar="FILE.html",
        ),
    ] = None,
) -> None:
    """Write the page."""

    def run() -> None:
        path = default_file(folder) if file is None else file
        report_folder(folder, path)
        typer.echo(f"report: {path} ({path.stat().st_size / 1e6:.1f} MB)")

    guarded(run)
