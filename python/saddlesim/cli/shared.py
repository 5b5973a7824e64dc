"""What all commands have in common: options, and what becomes of errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from saddlesim.cli.choices import METHODS
from saddlesim.cli.complete import landscape_names, method_names
from saddlesim.errors import Interrupted, MissingExtraError, StoreError

__all__ = [
    "METHODS_HELP",
    "Dim",
    "LandscapeName",
    "MaxSteps",
    "MethodNames",
    "PlotFile",
    "Seed",
    "Settings",
    "StepSize",
    "Threads",
    "guarded",
    "optional",
]

METHODS_HELP = (
    "Methods are gd (gradient descent), pgd (perturbed: kicked by tau/100 where the gradient is at "
    "most gamma tau/100, at most every second step), noisy (with noise of length gamma tau/100 "
    "added to every gradient), langevin (Gaussian noise, by which a valley is explored to about "
    "tau/100), heavyball (momentum 0.5) and nesterov (momentum 0.9), pagd (perturbed and "
    "accelerated, with a quarter of the step), ncd (follows negative curvature where the gradient "
    "is small, found by Hessian-vector products), neon (the same, found by gradients) and flow "
    "(gradient flow, in continuous time: in closed form on the octopus, integrated elsewhere). tau "
    "is the landscape's length scale and gamma half of the curvature by which its first saddle is "
    "left."
)

_INTERRUPTED = 130  # what shells report of a program that Ctrl-C ended

Threads = Annotated[
    Optional[int],  # noqa: UP045 - typer before 0.15 reads no other spelling
    typer.Option(metavar="N", min=1, help="Threads to use; all that it may use unless given."),
]


def optional(help_text: str, *names: str, metavar: str = "X", panel: str | None = None) -> Any:
    """Return an option without a default of its own; its help says what holds then."""
    return typer.Option(*names, metavar=metavar, help=help_text, rich_help_panel=panel)


LandscapeName = Annotated[
    str,
    typer.Argument(help="For example octopus.", show_default=False, autocompletion=landscape_names),
]

MethodNames = Annotated[
    str,
    typer.Option(
        metavar="NAMES",
        help=f"Some of {', '.join(METHODS)}; with commas.",
        autocompletion=method_names,
    ),
]

Settings = Annotated[
    Optional[list[str]],  # noqa: UP045
    optional(
        "A parameter of the landscape, such as rank=2 or L=1.5; may be repeated.",
        "--set",
        metavar="NAME=VALUE",
    ),
]

StepSize = Annotated[
    Optional[float],  # noqa: UP045
    optional(
        "Step size of every method; unless given 1/smoothness, on the octopus 1/(4L), and a "
        "quarter of that for pagd."
    ),
]

MaxSteps = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(
        metavar="N",
        min=1,
        help="Budget; longer trajectories are censored. 100000 unless given, or none where "
        "steps are counted exactly.",
    ),
]

Seed = Annotated[
    int, typer.Option(metavar="N", min=0, help="One seed always gives the same numbers.")
]

PlotFile = Annotated[
    Optional[Path],  # noqa: UP045
    optional("Draw a picture: .png, .pdf or .svg.", metavar="FILE", panel="Output"),
]


Dim = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(metavar="D", min=1, help="Its dimension; a small one unless given."),
]


def guarded(command: Callable[[], None]) -> None:
    """Run a command; turn what users can put right into a line of text and an exit code."""
    try:
        command()
    except Interrupted as stop:
        typer.echo(f"\n{str(stop).partition(';')[0]}", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except KeyboardInterrupt:  # where there is nothing in part to tell of
        typer.echo("\ninterrupted", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except (MissingExtraError, StoreError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except BrokenPipeError:
        raise  # typer ends quietly when whoever read the output has gone
    except OSError as error:
        name = "the output" if error.filename is None else f"'{error.filename}'"
        typer.echo(f"{name} could not be read or written: {error.strerror or error}", err=True)
        raise typer.Exit(1) from None
    except (TypeError, ValueError) as error:
        raise typer.BadParameter(str(error)) from None
