"""The ``saddlesim`` command."""

from __future__ import annotations

import sys

from saddlesim.errors import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """Run the command; without typer, say how to install it."""
    try:
        from saddlesim.cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "typer":
            raise
        sys.exit(str(MissingExtraError("typer", extra="cli", purpose="the saddlesim command")))
    except KeyboardInterrupt:  # importing takes a good half of a second
        sys.exit(130)
    app()
