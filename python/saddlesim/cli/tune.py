"""``saddlesim tune``: throughput against the number of threads."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from saddlesim import validation
from saddlesim.cli import choices, families, output
from saddlesim.cli.complete import method_names
from saddlesim.cli.shared import LandscapeName, PlotFile, Settings, guarded, optional

__all__ = ["TUNE", "tune"]

TUNE: dict[str, Any] = {  # how the command is registered
    "help": "Measure throughput against the number of threads on this machine, and recommend "
    "one.\n\n"
    "Beside it stands what the machine's multiply-adds alone scale by, measured in turn: two "
    "hardware threads of one core share its arithmetic. SADDLESIM_PIN_THREADS=1 binds threads to "
    "processors.",
    "epilog": "For example: saddlesim tune matrix-factorization --dim 16 --set rank=4 "
    "--plot tune.png",
}


def tune(
    landscape: LandscapeName = "octopus",
    dim: Annotated[int, typer.Option(metavar="D", min=1, help="Its dimension.")] = 10,
    settings: Settings = None,
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"One of {', '.join(choices.METHODS)}.",
            autocompletion=method_names,
        ),
    ] = "gd",
    trials: Annotated[
        Optional[int],  # noqa: UP045
        optional("Trajectories a run; unless given about 0.3 s of one thread's.", metavar="N"),
    ] = None,
    arithmetic: Annotated[
        str, typer.Option(metavar="NAME", help="float64 takes every step; auto as `escape` does.")
    ] = "float64",
    threads: Annotated[
        Optional[str],  # noqa: UP045
        optional("Counts to try, such as 1,2,4; unless given up to all.", metavar="LIST"),
    ] = None,
    plot: PlotFile = None,
) -> None:
    """Measure and print the table."""

    def run() -> None:
        from saddlesim.tuning import tune_threads

        f = families.landscape_family(landscape, settings or [], seed=0)(dim)
        name = validation.choice("--method", method, tuple(choices.METHODS))
        (make,) = choices.methods([name], None).values()
        counts = None if threads is None else choices.counts(threads)
        output.check_files(plot)
        result = tune_threads(f, make(f), trials=trials, arithmetic=arithmetic, threads=counts)
        typer.echo(repr(result))
        if plot is not None:
            output.write_tuning(result, plot, f"Throughput on the {landscape}, d = {dim}")
            typer.echo(f"picture: {plot}")

    guarded(run)
