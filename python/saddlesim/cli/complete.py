"""What shells offer when a word is being typed."""

from __future__ import annotations

from saddlesim.cli.choices import METHODS
from saddlesim.cli.families import FAMILIES

__all__ = ["landscape_names", "method_names", "reproduction_names"]


def landscape_names(incomplete: str) -> list[str]:
    """Return the names of landscapes that begin so."""
    return [name for name in FAMILIES if name.startswith(incomplete)]


def method_names(incomplete: str) -> list[str]:
    """Return lists such as ``gd,pgd`` that begin so: each with one more method."""
    before, comma, last = incomplete.rpartition(",")
    there = before.split(",")
    return [
        f"{before}{comma}{name}" for name in METHODS if name.startswith(last) and name not in there
    ]


def reproduction_names(incomplete: str) -> list[str]:
    """Return the names of reproductions that begin so."""
    from saddlesim.reproduce import ALL, REPRODUCTIONS  # all of them, and so not at once

    return [name for name in (*REPRODUCTIONS, ALL) if name.startswith(incomplete)]
