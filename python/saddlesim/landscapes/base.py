"""What every landscape offers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import validation
from saddlesim.description import Description
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.escape import Escape
    from saddlesim.initial import Initial
    from saddlesim.methods import Method

__all__ = ["Landscape", "StationaryPoint"]


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
        Eigenvalues of the Hessian there, ascending, shape (dim,).
    kind
        ``"minimum"``, ``"maximum"``, ``"strict saddle"`` (some eigenvalue is negative) or
        ``"degenerate"`` (none is negative and some are zero).
    """

    point: FloatArray
    value: float
    eigenvalues: FloatArray

    @property
    def kind(self) -> str:
        """What kind of stationary point this is, by the signs of the Hessian's eigenvalues."""
        if self.eigenvalues[-1] < 0:
            return "maximum"
        if self.eigenvalues[0] < 0:
            return "strict saddle"
        return "minimum" if self.eigenvalues[0] > 0 else "degenerate"

    @property
    def min_eigenvalue(self) -> float:
        """The smallest eigenvalue of the Hessian."""
        return float(self.eigenvalues[0])


@dataclass(frozen=True, repr=False, eq=False)
class Landscape(Description):
    """The mathematics of a function f on R^dim: value, gradient, Hessian-vector product.

    Points are given one a row: an array of shape (dim,) or (n, dim). Where f is not defined the
    answers are NaN.
    """

    dim: int

    @property
    @abstractmethod
    def core(self) -> _core.Landscape:
        """The C++ object that computes."""

    def value(self, X: Any) -> FloatArray:
        """Return f at each point: shape () for one point, (n,) for n."""
        rows, one = self._rows("X", X)
        return _first(self.core.value(rows), one)

    def gradient(self, X: Any) -> FloatArray:
        """Return the gradient at each point, in the shape of `X`."""
        rows, one = self._rows("X", X)
        return _first(self.core.gradient(rows), one)

    def hvp(self, X: Any, V: Any) -> FloatArray:
        """Return the Hessian at each point times the vector in the same row of `V`.

        `X` and `V` may each be one vector for all rows of the other.
        """
        points, one_point = self._rows("X", X)
        vectors, one_vector = self._rows("V", V)
        if one_point and not one_vector:
            points = np.ascontiguousarray(np.broadcast_to(points, vectors.shape))
        if one_vector and not one_point:
            vectors = np.ascontiguousarray(np.broadcast_to(vectors, points.shape))
        if points.shape != vectors.shape:
            raise ValueError(
                f"V must have the shape of X, got {vectors.shape} and {points.shape}; "
                "pass one vector for each point, or one vector for all"
            )
        return _first(self.core.hvp(points, vectors), one_point and one_vector)

    @abstractmethod
    def stationary_points(self) -> list[StationaryPoint]:
        """Return the known stationary points, up to the landscape's symmetries."""

    @property
    @abstractmethod
    def minimum_value(self) -> float:
        """The global minimum of f; -inf where f is unbounded below."""

    @property
    @abstractmethod
    def smoothness(self) -> float:
        """The gradient's Lipschitz constant: the supremum of the Hessian's spectral norm."""

    @property
    @abstractmethod
    def hessian_lipschitz(self) -> float:
        """The Hessian's Lipschitz constant."""

    @abstractmethod
    def default_initial(self) -> Initial:
        """Return where trajectories start unless told otherwise."""

    @abstractmethod
    def default_escape(self) -> Escape:
        """Return what ends a trajectory unless told otherwise."""

    def growth_factor(self, method: Method) -> float | None:
        """Return theory's factor of growth of escape time per dimension; None if unknown."""
        return None

    # How the escape criteria look here; a landscape that has no such notion says so.

    def lower_past_last_saddle(self) -> _core.Escape:
        """Return the core's predicate for having passed the last saddle."""
        raise ValueError(
            f"PastLastSaddle is not defined on {type(self).__name__}, whose saddles are not passed "
            "one after the other; use LeavesSubspace, LeavesBall or ValueBelow"
        )

    def lower_reaches_minimum(self, tolerance: float) -> _core.Escape:
        """Return the core's predicate for max_j |x_j - x*_j| <= tolerance at a minimum x*."""
        raise ValueError(
            f"ReachesMinimum is not defined on {self!r}, which has no minimum; "
            "use LeavesSubspace, LeavesBall or ValueBelow"
        )

    @property
    def has_saddle_exits(self) -> bool:
        """Whether ``record=("saddle_exits",)`` means something here."""
        return False

    def saddles(self) -> list[StationaryPoint]:
        """Return the strict saddles and maxima among the known stationary points."""
        return [p for p in self.stationary_points() if p.min_eigenvalue < 0]

    def escape_subspace(self, saddle: StationaryPoint) -> FloatArray:
        """Return orthonormal rows that span the Hessian's negative eigenspace, shape (k, dim)."""
        hessian = self.hvp(saddle.point, np.eye(self.dim))
        eigenvalues, eigenvectors = np.linalg.eigh((hessian + hessian.T) / 2)
        return np.ascontiguousarray(eigenvectors[:, eigenvalues < 0].T)

    def _rows(self, name: str, X: Any) -> tuple[FloatArray, bool]:
        points = validation.points(name, X, self.dim)
        return points.reshape(-1, self.dim), points.ndim == 1


def _first(result: FloatArray, one: bool) -> FloatArray:
    return result[0] if one else result
