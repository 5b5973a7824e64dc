"""What all commands have in common: options, and what becomes of errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from saddlesim.errors import Interrupted, MissingExtraError

__all__ = ["PlotFile", "Seed", "Settings", "Threads", "guarded", "optional"]

_INTERRUPTED = 130  # what shells report of a program that Ctrl-C ended

Threads = Annotated[
    Optional[int],  # noqa: UP045 - typer before 0.15 reads no other spelling
    typer.Option(metavar="N", min=1, help="Threads to use; all that it may use unless given."),
]


def optional(help_text: str, *names: str, metavar: str = "X", panel: str | None = None) -> Any:
    """Return an option without a default of its own; its help says what holds then."""
    return typer.Option(*names, metavar=metavar, help=help_text, rich_help_panel=panel)


Settings = Annotated[
    Optional[list[str]],  # noqa: UP045
    optional(
        "A parameter of the landscape, such as rank=2 or L=1.5; may be repeated.",
        "--set",
        metavar="NAME=VALUE",
    ),
]

Seed = Annotated[
    int, typer.Option(metavar="N", min=0, help="One seed always gives the same numbers.")
]

PlotFile = Annotated[
    Optional[Path],  # noqa: UP045
    optional("Draw a picture: .png, .pdf or .svg.", metavar="FILE", panel="Output"),
]


def guarded(command: Callable[[], None]) -> None:
    """Run a command; turn what users can put right into a line of text and an exit code."""
    try:
        command()
    except Interrupted as stop:
        typer.echo(f"\n{str(stop).partition(';')[0]}", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except MissingExtraError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except (TypeError, ValueError) as error:
        raise typer.BadParameter(str(error)) from None
