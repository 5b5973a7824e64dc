"""The compiled objects behind a landscape, and the coordinates in which they hold a point."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from saddlesim import _core
from saddlesim.description import Description
from saddlesim.landscapes.frame import Frame
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.precision import Core

__all__ = ["Lowered"]


@dataclass(frozen=True, repr=False, eq=False)
class Lowered(Description):
    """A description that compiled cores compute with, possibly in a frame of its own."""

    dim: int

    @abstractmethod
    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""

    @cached_property
    def core(self) -> _core.Landscape:
        """The C++ object that computes, in double precision."""
        return self.lower(_core)

    def lowered(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core, which is made once."""
        if core.__name__ not in self._lowered:
            self._lowered[core.__name__] = self.lower(core)
        return self._lowered[core.__name__]

    def lowered_run(self, core: Core) -> _core.Landscape:
        """Return the object on which runs are: that in the frame, if there is one."""
        if self.frame is None:
            return self.lowered(core)
        name = f"{core.__name__}, in the frame"
        if name not in self._lowered:
            self._lowered[name] = self.frame.lower(core)
        return self._lowered[name]

    @cached_property
    def _lowered(self) -> dict[str, _core.Landscape]:
        return {_core.__name__: self.core}

    @cached_property
    def frame(self) -> Frame | None:
        """Coordinates in which runs are cheaper than in those of x; None where there are none."""
        return None

    def unframed(self) -> Self:
        """Return the same landscape without a frame: runs are held in the coordinates of x."""
        if self.frame is None:
            return self
        plain = object.__new__(type(self))
        # With what is remembered; a cached property is looked for there first.
        plain.__dict__.update({**vars(self), "frame": None})
        return plain

    def enter(self, points: FloatArray) -> FloatArray:
        """Return points of shape (dim,) or (n, dim) as runs hold them."""
        if self.frame is None:
            return points
        return self.frame.turn(_core).enter(np.atleast_2d(points)).reshape(points.shape)

    def leave(self, points: FloatArray) -> FloatArray:
        """Return points, shape (n, dim), that a run holds in the coordinates of x."""
        return points if self.frame is None else self.frame.turn(_core).leave(points)
