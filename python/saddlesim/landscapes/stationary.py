"""Stationary points that are known beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.validation import FloatArray

__all__ = ["ROUNDING", "StationaryPoint", "spectrum"]

ROUNDING = 1e-12  # of the largest eigenvalue: what is smaller counts as zero


@dataclass(frozen=True, eq=False)
class StationaryPoint:
    """A point at which the gradient vanishes.

    Attributes
    ----------
    point
        The point, shape (dim,).
    value
        f there.
    eigenvalues
        Eigenvalues of the Hessian there, ascending, shape (dim,). On spheres those of the
        Riemannian Hessian, with one for each dimension of the manifold.
    name
        What it is, for people; may be empty.
    known_kind
        What kind it is, where the signs of the eigenvalues leave it open: minima that are connected
        have zero eigenvalues.
    """

    point: FloatArray
    value: float
    eigenvalues: FloatArray
    name: str = ""
    known_kind: str | None = None

    @property
    def kind(self) -> str:
        """What kind of stationary point this is.

        ``"minimum"``, ``"maximum"``, ``"strict saddle"`` (some eigenvalue is negative) or
        ``"degenerate"`` (none is negative, some are zero, and nothing more is known).
        """
        if self.known_kind is not None:
            return self.known_kind
        if self.eigenvalues[-1] < 0:
            return "maximum"
        if self.eigenvalues[0] < 0:
            return "strict saddle"
        return "minimum" if self.eigenvalues[0] > 0 else "degenerate"

    @property
    def min_eigenvalue(self) -> float:
        """The smallest eigenvalue of the Hessian."""
        return float(self.eigenvalues[0])


def spectrum(*eigenvalues: NDArray[np.floating[Any]]) -> FloatArray:
    """Return all the given eigenvalues, ascending; those within rounding of 0 are 0."""
    values = np.sort(np.concatenate([np.ravel(part) for part in eigenvalues])).astype(np.float64)
    values[np.abs(values) <= ROUNDING * np.abs(values).max()] = 0.0
    return values
