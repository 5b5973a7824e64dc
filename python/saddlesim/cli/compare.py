"""``saddlesim compare``: several methods on one landscape, ranked by what escaping costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from saddlesim import validation
from saddlesim.cli import choices, families, output
from saddlesim.cli.shared import (
    METHODS_HELP,
    Dim,
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
from saddlesim.errors import Interrupted

if TYPE_CHECKING:
    from saddlesim.comparison import Comparison

__all__ = ["COMPARE", "compare"]

COMPARE: dict[str, Any] = {  # how the command is registered
    "help": "Rank methods by what it costs them to escape, from the same starts.\n\n"
    "All methods run from the same random starts and with the same noise, so that chance favours "
    "none. The first table ranks them by their median cost; = marks those that cannot be told from "
    "the first of their rank, ? those that longer runs might lift. The second compares each with "
    "the best, start by start: by which factor it costs more, and in which share of the starts it "
    "is faster. Numbers in brackets are 95 % intervals.\n\n"
    f"{METHODS_HELP}\n\n"
    "Steps of one method may cost more than those of another: --cost gradient-evaluations, or "
    "evaluations (all of gradients, values and Hessian-vector products), is a fairer count.",
    "epilog": "For example: saddlesim compare octopus --dim 20 --methods gd,pgd,pagd,langevin "
    "--plot compare.png",
}


def compare(
    landscape: LandscapeName,
    dim: Dim = None,
    settings: Settings = None,
    methods: MethodNames = "gd,pgd,pagd,langevin",
    trials: Annotated[int, typer.Option(metavar="N", min=1, help="Starts.")] = 1000,
    seed: Seed = 0,
    max_steps: MaxSteps = None,
    step_size: StepSize = None,
    cost: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What counts: steps, gradient-evaluations, value-evaluations, "
            "hessian-vector-products, or evaluations.",
        ),
    ] = "steps",
    reference: Annotated[
        Optional[str],  # noqa: UP045
        optional(
            "The method that others are compared with; the best unless given.", metavar="NAME"
        ),
    ] = None,
    threads: Threads = None,
    plot: PlotFile = None,
    csv: Annotated[
        Optional[Path],  # noqa: UP045
        optional("Write the table with all its columns.", metavar="FILE", panel="Output"),
    ] = None,
) -> None:
    """Run, rank and print."""

    def run() -> None:
        from saddlesim import comparison

        size = families.default_dim(landscape) if dim is None else dim
        f = families.landscape_family(landscape, settings or [], seed=seed)(size)
        names = choices.names(methods)
        other = None if reference is None else _among(names, reference)
        counted = _cost(cost, comparison.COUNTED)
        output.check_files(plot, csv)

        def report(result: Comparison) -> None:
            _report(result, other, f"{families.title(landscape)}, d = {size}", plot, csv)

        try:
            result = comparison.compare(
                f,
                choices.methods(names, step_size),
                trials=trials,
                max_steps="auto" if max_steps is None else max_steps,
                seed=seed,
                threads=threads,
                cost=counted,
                progress=True,
            )
        except Interrupted as stop:
            report(stop.partial)
            raise
        report(result)

    guarded(run)


def _cost(text: str, known: tuple[str, ...]) -> str:
    """Return which of the known costs is meant; the command spells them with hyphens."""
    hyphens = tuple(cost.replace("_", "-") for cost in known)
    return validation.choice("--cost", text.replace("_", "-"), hyphens).replace("-", "_")


def _among(names: list[str], reference: str) -> str:
    """Return the label of the method that others are compared with."""
    if reference not in names:
        raise ValueError(f"--reference must be one of {', '.join(names)}, got {reference!r}")
    return choices.METHODS[reference].label


def _report(
    result: Comparison, reference: str | None, name: str, plot: Path | None, csv: Path | None
) -> None:
    if reference not in result.ranking():
        reference = None  # it had not had its turn when Ctrl-C came, or it is a flow among steps
    typer.echo(result.summary(reference))
    if not result.ranking():
        return
    if csv is not None:
        output.write_rows(result.table(reference), csv)
        typer.echo(f"table:   {csv}")
    if plot is not None:
        output.write_comparison(result, plot, f"Cost of escape: {name}", reference)
        typer.echo(f"picture: {plot}")
