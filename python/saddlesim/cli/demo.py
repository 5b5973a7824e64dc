"""The demonstration: Du et al.'s octopus, where perturbation turns exponential into polynomial."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from saddlesim.cli import choices, output
from saddlesim.dimension import DimensionResult, escape_time_vs_dimension
from saddlesim.errors import Interrupted, MissingExtraError
from saddlesim.landscapes import Octopus

__all__ = ["run_demo"]

_TRIALS = 10_000
# Beyond d = 6 gradient descent needs numbers smaller than double precision has.
_DIMS = {"gd": range(2, 7), "pgd": range(2, 13)}
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
    result = _run(threads)
    seconds = time.perf_counter() - begin
    typer.echo(result.summary())
    steps = sum(int(times.steps.sum()) for times in result.cells.values())
    typer.echo(f"\n{steps:,} gradient steps in {seconds:.1f} s")
    typer.echo("GD ends at d = 6: beyond, it needs numbers smaller than double precision has.")
    table = folder / "octopus.csv"
    output.write_csv(result, table)
    typer.echo(f"table:   {table}")
    picture = folder / "octopus.png"
    try:
        output.check_plot(picture)
    except MissingExtraError as error:
        typer.echo(f"picture: none, because {error}")
        return
    output.write_plot(result, picture, _TITLE)
    typer.echo(f"picture: {picture}")


def _run(threads: int | None) -> DimensionResult:
    result = DimensionResult({})
    for name, dims in _DIMS.items():
        try:
            part = escape_time_vs_dimension(
                Octopus,
                dims=dims,
                methods=choices.methods([name], step_size=None),
                trials=_TRIALS,
                threads=threads,
                progress=True,
            )
        except Interrupted as stop:
            typer.echo(DimensionResult({**result.cells, **stop.partial.cells}).summary())
            raise
        result = DimensionResult({**result.cells, **part.cells})
    return result
