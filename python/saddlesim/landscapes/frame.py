"""Coordinates in which the runs of a landscape are cheaper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["Frame"]


@dataclass(frozen=True, eq=False)
class Frame:
    """Coordinates in which runs are cheaper: U is held as Q'U, which keeps distances.

    Attributes
    ----------
    Q
        Orthogonal.
    columns
        Those of U.
    lower
        Makes the landscape in these coordinates of a compiled core.
    """

    Q: FloatArray
    columns: int
    lower: Callable[[Core], _core.Landscape]

    def turn(self, core: Core) -> _core.Frame:
        """Return the core's object that takes points there and back."""
        return core.Frame(self.Q, self.columns)
