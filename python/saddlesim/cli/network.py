"""``saddlesim network ...``: experiments on over-parameterised networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from saddlesim.cli import choices, output
from saddlesim.cli.shared import PlotFile, Seed, Threads, guarded, optional
from saddlesim.errors import Interrupted

if TYPE_CHECKING:
    from saddlesim.wide import KernelComparison, LabelComparison, WidthSweep

__all__ = ["network"]

network = typer.Typer(
    no_args_is_help=True,
    help="Over-parameterised networks: with enough width gradient descent fits any labels while "
    "the network hardly moves, and training is a linear system.",
    epilog="For example: saddlesim network labels --plot labels.png",
)

_TOLERANCE = 1e-5  # of a flow, beside weights of size 1

Dim = Annotated[int, typer.Option(metavar="D", min=1, help="Dimension of the inputs.")]
Samples = Annotated[int, typer.Option(metavar="N", min=2, help="Samples.")]
Csv = Annotated[
    Optional[Path],  # noqa: UP045
    optional("Write the table.", metavar="FILE", panel="Output"),
]


@network.command(
    help="Train two-layer ReLU networks of several widths; print how far they move.\n\n"
    "Inputs are uniform on the unit sphere, labels N(0, 1), starts Gaussian, the step is 1 over "
    "the largest eigenvalue of the infinite-width Gram matrix, as in Du, Zhai, Poczos and Singh "
    "(2018). Movement, changed activation patterns, drift of the Gram matrix and what a fixed "
    "kernel misses all shrink like 1 over the square root of the width.",
    epilog="For example: saddlesim network widths --widths 64,256,1024,4096 --plot widths.png",
)
def widths(
    widths: Annotated[
        str, typer.Option(metavar="LIST", help="Widths, with commas.")
    ] = "64,256,1024,4096",
    dim: Dim = 20,
    samples: Samples = 50,
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Steps.")] = 100,
    trials: Annotated[int, typer.Option(metavar="N", min=1, help="Starts for each width.")] = 5,
    seed: Seed = 0,
    threads: Threads = None,
    plot: PlotFile = None,
    csv: Csv = None,
) -> None:
    """Train and print the table."""

    def run() -> None:
        from saddlesim.wide import against_width

        wanted = choices.counts(widths, "--widths")
        output.check_files(plot, csv)
        try:
            result = against_width(
                wanted,
                dim=dim,
                samples=samples,
                steps=steps,
                trials=trials,
                seed=seed,
                threads=threads,
                progress=True,
            )
        except Interrupted as stop:
            if len(stop.partial.width):
                _report(stop.partial, "widths", plot, csv)
            raise
        _report(result, "widths", plot, csv)

    guarded(run)


@network.command(
    help="Train one network beside what the Gram matrix at its start predicts.\n\n"
    "The start is symmetrised, so that outputs are 0. Outputs of a wide network follow the linear "
    "system u(k+1) - y = (I - step H)(u(k) - y), or, with --flow, its limit for small steps.",
    epilog="For example: saddlesim network kernel --width 16384 --plot kernel.png",
)
def kernel(
    width: Annotated[int, typer.Option(metavar="M", min=2, help="Hidden units.")] = 4096,
    dim: Dim = 20,
    samples: Samples = 50,
    steps: Annotated[
        float, typer.Option(metavar="N", help="Steps; with --flow the time until which it runs.")
    ] = 100,
    flow: Annotated[
        bool, typer.Option("--flow", help="Gradient flow, in continuous time.")
    ] = False,
    seed: Seed = 0,
    threads: Threads = None,
    plot: PlotFile = None,
    csv: Csv = None,
) -> None:
    """Train, predict and print both."""

    def run() -> None:
        from saddlesim.landscapes import TwoLayerReLU
        from saddlesim.methods import GradientFlow
        from saddlesim.wide import against_kernel

        if not flow and (steps % 1 != 0 or steps < 1):  # nan too
            raise ValueError(f"--steps must be a whole number >= 1 without --flow, got {steps:g}")
        f = TwoLayerReLU.random(dim=dim, samples=samples, width=width, seed=seed)
        output.check_files(plot, csv)
        result = against_kernel(
            f,
            GradientFlow(relative_tolerance=1e-4, absolute_tolerance=_TOLERANCE) if flow else None,
            steps=steps if flow else int(steps),
            seed=seed,
            threads=threads,
            progress=True,
        )
        _report(result, "kernel", plot, csv)

    guarded(run)


@network.command(
    help="Train one network on true and on random labels.\n\n"
    "Both are fitted, the random ones later, as the eigen-decomposition of the infinite-width Gram "
    "matrix foretells: what lies along an eigenvector is learnt at the rate of its eigenvalue. "
    "Data are handwritten digits, even against odd (scikit-learn's), or synthetic: points of the "
    "unit sphere on either side of a hyperplane.",
    epilog="For example: saddlesim network labels --data synthetic --plot labels.png",
)
def labels(
    data: Annotated[str, typer.Option(metavar="NAME", help="digits or synthetic.")] = "digits",
    samples: Samples = 500,
    dim: Annotated[
        int, typer.Option(metavar="D", min=1, help="Dimension of synthetic inputs.")
    ] = 20,
    width: Annotated[int, typer.Option(metavar="M", min=2, help="Hidden units.")] = 4096,
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Steps.")] = 1000,
    seed: Seed = 0,
    threads: Threads = None,
    plot: PlotFile = None,
    csv: Csv = None,
) -> None:
    """Train twice and print both."""

    def run() -> None:
        from saddlesim import validation
        from saddlesim.wide import against_random_labels, digits
        from saddlesim.wide.data import teacher

        kind = validation.choice("--data", data, ("digits", "synthetic"))
        output.check_files(plot, csv)
        X, y = digits(samples) if kind == "digits" else teacher(samples, dim, seed)
        try:
            result = against_random_labels(
                X, y, width=width, steps=steps, seed=seed, threads=threads, progress=True
            )
        except Interrupted as stop:
            if stop.partial.runs:
                _report(stop.partial, "labels", plot, csv)
            raise
        _report(result, "labels", plot, csv)

    guarded(run)


def _report(
    result: WidthSweep | KernelComparison | LabelComparison,
    kind: str,
    plot: Path | None,
    csv: Path | None,
) -> None:
    typer.echo(result.summary())
    if csv is not None:
        output.write_rows(result.table(), csv)
        typer.echo(f"table:   {csv}")
    if plot is not None:
        from saddlesim.wide.plot import drawn

        output.write_figure(drawn(result, kind), plot)
        typer.echo(f"picture: {plot}")
