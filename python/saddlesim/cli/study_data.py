"""``saddlesim study merge`` and ``export``: stores into one, and results into a table."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from saddlesim.cli import output
from saddlesim.cli.shared import guarded
from saddlesim.cli.study_export import export_cells, export_trajectories
from saddlesim.cli.study_look import StorePath, so_far
from saddlesim.study import load_study, merge_stores

__all__ = ["EXPORT", "MERGE", "export", "merge"]

MERGE: dict[str, Any] = {  # how the commands are registered
    "name": "merge",
    "help": "Put the stores of a study's shards together into one.\n\n"
    "All data are compared with their checksums first; trajectories that several stores have must "
    "agree to the last bit. The stores that are merged stay as they are. If something is wrong, "
    "nothing is written, and the exit code is 1.",
    "epilog": "For example: saddlesim study merge shard-1 shard-2 shard-3 -o whole",
}

EXPORT: dict[str, Any] = {
    "name": "export",
    "help": "Write the results as a table for other programs: CSV or Parquet.\n\n"
    "The table has a row for each cell with the counts of outcomes, quantiles of the escape time "
    "and their intervals; with --trajectories a row for each trajectory, however many: they are "
    "written block by block, each compared with its checksums. CSV leaves out columns that hold "
    "lists, such as points.",
    "epilog": "For example: saddlesim study export octopus.store -o octopus.csv",
}


def merge(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="DIR", help="The stores to merge.", show_default=False),
    ],
    target: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="A new folder, or a store of the same study, "
            "to which the others are added.", show_default=False,
        ),
    ],
) -> None:  # fmt: skip
    """Merge, and say what the target has then."""
    guarded(lambda: typer.echo(so_far(merge_stores(sources, target).status(), target)))


def export(
    folder: StorePath,
    file: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The table: .csv or .parquet.",
            show_default=False,
        ),
    ],
    trajectories: Annotated[
        bool, typer.Option("--trajectories", help="A row for each trajectory, not for each cell.")
    ] = False,
) -> None:  # fmt: skip
    """Write the table."""

    def run() -> None:
        output.check_folder("--output", file)
        if file.suffix not in (".csv", ".parquet"):
            raise ValueError(
                f"--output must end in .csv or .parquet, got '{file}'; try "
                f"'{file.with_suffix('.csv')}'"
            )
        if file.exists():
            raise ValueError(
                f"--output must be a new file, got '{file}', which is there; remove it first: "
                f"rm {shlex.quote(str(file))}"
            )
        stored = load_study(folder)
        if folder.resolve() in file.resolve().parents:
            raise ValueError(
                f"--output must not be in the store, whose files are its own, got '{file}'; try "
                f"'{folder.resolve().parent / file.name}'"
            )
        rows = export_trajectories(stored, file) if trajectories else export_cells(stored, file)
        typer.echo(f"table: {file}, {rows:,} rows")

    guarded(run)
