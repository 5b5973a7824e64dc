"""``saddlesim census``: the stationary points that many starts find, classified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from saddlesim.cli import families, output
from saddlesim.cli.shared import (
    Dim,
    LandscapeName,
    PlotFile,
    Seed,
    Settings,
    Threads,
    guarded,
    optional,
)

__all__ = ["CENSUS", "census"]

CENSUS: dict[str, Any] = {  # how the command is registered
    "help": "Look for stationary points from many starts; print which kinds there are.\n\n"
    "Half of the starts first descend on f, all then go on by Newton's method on the gradient. "
    "Points that a symmetry of the landscape takes into one another count once. Kinds are shown by "
    "counting eigenvalues of the Hessian; index is the number of negative ones, zero modes are "
    "those beside what symmetries explain.\n\n"
    "Last come the two conditions under which noisy gradient descent finds a global minimum in "
    "polynomial time: that every saddle is strict, and that every local minimum is global.",
    "epilog": "For example: saddlesim census matrix-factorization --dim 8 --set rank=3 "
    "--plot census.png",
}


def census(
    landscape: LandscapeName,
    dim: Dim = None,
    settings: Settings = None,
    starts: Annotated[int, typer.Option(metavar="N", min=1, help="How many starts.")] = 300,
    seed: Seed = 0,
    threads: Threads = None,
    plot: PlotFile = None,
    csv: Annotated[
        Optional[Path],  # noqa: UP045
        optional("Write the table.", metavar="FILE", panel="Output"),
    ] = None,
) -> None:
    """Search, classify and print."""

    def run() -> None:
        from saddlesim.census import find_stationary_points

        size = families.default_dim(landscape) if dim is None else dim
        f = families.landscape_family(landscape, settings or [], seed=seed)(size)
        output.check_files(plot, csv)
        found = find_stationary_points(f, starts=starts, seed=seed, threads=threads, progress=True)
        typer.echo(repr(found))
        if csv is not None:
            output.write_rows(found.to_dicts(), csv)
            typer.echo(f"table:   {csv}")
        if plot is not None:
            output.write_census(found, plot, f"Stationary points: {landscape}, d = {size}")
            typer.echo(f"picture: {plot}")

    guarded(run)
