"""The commands, their options and their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from saddlesim.cli import choices, families, output
from saddlesim.cli.census import CENSUS, census
from saddlesim.cli.compare import COMPARE, compare
from saddlesim.cli.complete import reproduction_names
from saddlesim.cli.demo import run_demo
from saddlesim.cli.info import describe
from saddlesim.cli.network import network
from saddlesim.cli.report import REPORT, report
from saddlesim.cli.shared import (
    METHODS_HELP,
    LandscapeName,
    MaxSteps,
    MethodNames,
    PlotFile,
    Seed,
    Settings,
    StepSize,
    Threads,
    guarded,
    optional,
)
from saddlesim.cli.study import study
from saddlesim.cli.tune import TUNE, tune
from saddlesim.dimension import DimensionResult
from saddlesim.errors import Interrupted
from saddlesim.study import Study

__all__ = ["app"]

app = typer.Typer(
    name="saddlesim",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="How long does (perturbed) gradient descent take to escape saddle points, and how does "
    "that time grow with the dimension?",
    epilog="Start with: saddlesim demo",
)


@app.command(
    help="Show the main result in seconds: a table, a verdict and a picture.\n\n"
    "Gradient descent (GD) and perturbed gradient descent (PGD) run on the octopus, a function "
    "that Du et al. (2017) built so that the escape time of GD grows exponentially with the "
    "dimension and that of PGD does not: 10,000 trajectories of each in each dimension."
)
def demo(
    folder: Annotated[
        Path,
        typer.Option("--output", metavar="DIR", help="Folder for picture and table; made if new."),
    ] = Path("saddlesim-demo"),
    threads: Threads = None,
) -> None:
    """Run the demonstration."""
    guarded(lambda: run_demo(folder, threads))


@app.command(
    help="Measure escape time against dimension; print a table and a verdict on the growth.\n\n"
    "The landscape is octopus (as many saddles as dimensions, one after the other), quadratic (one "
    "saddle with eigenvalues 1 and -1) or another that `saddlesim landscapes` lists, with random "
    "data of each dimension.\n\n"
    f"{METHODS_HELP}\n\n"
    "Ctrl-C prints what there is so far.",
    epilog="For example: saddlesim escape octopus --dims 2:10 --methods pgd --plot escape.png",
)
def escape(
    landscape: LandscapeName,
    dims: Annotated[
        Optional[str],  # noqa: UP045
        optional("2:6 (both ends count, and this unless given), 2:20:2 or 2,4,8.", metavar="A:B"),
    ] = None,
    settings: Settings = None,
    vary: Annotated[
        Optional[list[str]],  # noqa: UP045
        optional(
            "A parameter of the landscape or of the methods with its values, such as "
            "width=64,256,1024: what escape time is drawn against, in one dimension unless --dims "
            "names several. May be repeated for curves of their own.",
            metavar="NAME=VALUES",
        ),
    ] = None,
    methods: MethodNames = "gd,pgd",
    trials: Annotated[
        int, typer.Option(metavar="N", min=1, help="Trajectories a method and dimension.")
    ] = 1000,
    seed: Seed = 0,
    max_steps: MaxSteps = None,
    step_size: StepSize = None,
    arithmetic: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="auto counts the steps of gd and pgd on the octopus exactly, without taking them; "
            "float64 takes them all.",
        ),
    ] = "auto",
    dtype: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="float64, or float32: up to twice as fast, and every step is taken.",
        ),
    ] = "float64",
    threads: Threads = None,
    plot: PlotFile = None,
    csv: Annotated[
        Optional[Path],  # noqa: UP045
        optional("Write the table with all its columns.", metavar="FILE", panel="Output"),
    ] = None,
) -> None:
    """Run the grid that the options describe."""

    def run() -> None:
        names, others = choices.names(methods), choices.varied(vary or [])
        family = families.landscape_family(landscape, settings or [], seed=seed, varied=others)
        if others:
            many = choices.dims(dims or str(families.default_dim(landscape)))
        else:
            many = choices.dims(dims or families.default_dims(landscape))
        one: dict[str, Any] = {"dim": many[0]} if others and len(many) == 1 else {}
        output.check_files(plot, csv)
        study = Study(
            family,
            dims=None if one else many,
            vary=others or None,
            methods=choices.methods(names, step_size),
            trials=trials,
            seed=seed,
            max_steps="auto" if max_steps is None else max_steps,
            arithmetic=arithmetic,
            dtype=dtype,
            **one,
        )
        try:
            result = study.run(threads=threads, progress=True)
        except Interrupted as stop:
            _report(stop.partial, landscape, plot, csv)
            raise
        _report(result, landscape, plot, csv)

    guarded(run)


@app.command(
    "reproduce",
    help="Run a published experiment again: each claim beside what is measured, with pictures "
    "(PNG), tables (CSV) and all numbers (JSON).\n\n"
    "The exit code is 1 if something that was measured does not agree with its claim.",
    epilog="For example: saddlesim reproduce du2017 --quick",
)
def reproduce_command(
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            help="Which one, or all; --list shows them.",
            show_default=False,
            autocompletion=reproduction_names,
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List what can be reproduced.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer trajectories: seconds, and wider intervals.")
    ] = False,
    folder: Annotated[
        Optional[Path],  # noqa: UP045
        optional("Folder for the files; saddlesim-NAME unless given.", "--output", metavar="DIR"),
    ] = None,
    seed: Seed = 0,
    threads: Threads = None,
) -> None:
    """Reproduce what is named, or list what can be."""

    def run() -> None:
        from saddlesim.reproduce import ALL, REPRODUCTIONS, reproduce, reproduce_all

        if show or name is None:
            width = max(map(len, REPRODUCTIONS))
            for known, (claim, _) in REPRODUCTIONS.items():
                typer.echo(f"{known:<{width}}  {claim}")
            typer.echo(f"{ALL:<{width}}  Every one of these, with a table at the end")
            return
        where = Path(f"saddlesim-{name}") if folder is None else folder
        options: dict[str, Any] = {"quick": quick, "seed": seed, "threads": threads}
        if name == ALL:
            reports = reproduce_all(where, say=typer.echo, **options)
        else:
            reports = [reproduce(name, where, say=typer.echo, **options)]
        if not all(report.holds for report in reports):
            raise typer.Exit(1)

    guarded(run)


app.command(**COMPARE)(compare)
app.command(**CENSUS)(census)
app.command(**TUNE)(tune)
app.add_typer(network, name="network")
app.add_typer(study, name="study")
app.command(**REPORT)(report)


@app.command("landscapes", help="List the landscapes and the parameters that --set sets.")
def landscapes_command() -> None:
    """Print what `escape` can run on."""
    guarded(lambda: typer.echo(families.describe()))


@app.command(help="Show version, instruction set, threads and installed extras.")
def info() -> None:
    """Print what is installed and what a run would use."""
    guarded(lambda: typer.echo(describe()))


def _report(result: DimensionResult, name: str, plot: Path | None, csv: Path | None) -> None:
    typer.echo(result.summary())
    if not result.cells:
        return
    if csv is not None:
        output.write_rows(result.table(), csv)
        typer.echo(f"table:   {csv}")
    if plot is not None:
        output.write_plot(result, plot, f"Escape time on the {families.title(name)}")
        typer.echo(f"picture: {plot}")
