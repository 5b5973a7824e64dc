"""What networks on samples have in common."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from saddlesim import validation
from saddlesim.landscapes.base import Landscape
from saddlesim.validation import FloatArray

__all__ = ["Network"]


@dataclass(frozen=True, repr=False, eq=False)
class Network(Landscape):
    """A landscape that is a loss of a network's outputs on samples."""

    @property
    @abstractmethod
    def inputs(self) -> FloatArray:
        """The samples, one a row, shape (n, d)."""

    @property
    @abstractmethod
    def targets(self) -> FloatArray:
        """What the outputs should be, shape (n,) for one output a sample, else (n, outputs)."""

    @abstractmethod
    def predictions(self, x: Any) -> FloatArray:
        """Return the outputs at one point, in the shape of `targets`."""

    def one_point(self, name: str, x: Any) -> FloatArray:
        """Return one point as shape (dim,); it may be given as its only part, as (width, d)."""
        point = validation.array(name, x)
        shapes = [(self.dim,), *(self.parts.values() if len(self.parts) == 1 else ())]
        if point.shape not in shapes:
            raise ValueError(
                f"{name} must be one point, of shape {' or '.join(map(str, shapes))}, "
                f"got {point.shape}; take the points one by one"
            )
        return point.ravel()
