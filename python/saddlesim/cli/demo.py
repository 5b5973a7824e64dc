"""The demonstration: Du et al.'s octopus, where perturbation turns exponential into polynomial."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from saddlesim.cli import choices, output
from saddlesim.errors import Interrupted, MissingExtraError
from saddlesim.landscapes import Octopus
from saddlesim.study import escape_time_vs_dimension

__all__ = ["run_demo"]

_TRIALS = 10_000
_DIMS = range(2, 13)
_TITLE = "The octopus of Du et al. (2017): perturbation makes escape time polynomial"


def run_demo(folder: Path, threads: int | None) -> None:
    """Run the demonstration, print its table and verdicts, write picture and table to a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"--output must be a folder that can be written, got '{folder}' ({error.strerror}); "
            "name another one"
        ) from None
    begin = time.perf_counter()
    try:
        result = escape_time_vs_dimension(
            Octopus,
            dims=_DIMS,
            methods=choices.methods(["gd", "pgd"], step_size=None),
            trials=_TRIALS,
            threads=threads,
            progress=True,
        )
    except Interrupted as stop:
        typer.echo(stop.partial.summary())
        raise
    seconds = time.perf_counter() - begin
    typer.echo(result.summary())
    trajectories = sum(len(times) for times in result.cells.values())
    typer.echo(f"\n{trajectories:,} trajectories in {seconds:.1f} s")
    table = folder / "octopus.csv"
    output.write_rows(result.table(), table)
    typer.echo(f"table:   {table}")
    picture = folder / "octopus.png"
    try:
        output.check_plot(picture)
    except MissingExtraError as error:
        typer.echo(f"picture: none, because {error}")
        return
    output.write_plot(result, picture, _TITLE)
    typer.echo(f"picture: {picture}")
