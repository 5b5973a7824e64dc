"""What every landscape offers."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core, validation
from saddlesim.landscapes.differentiable import Differentiable
from saddlesim.landscapes.stationary import ROUNDING, StationaryPoint, spectrum
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.escape import Escape
    from saddlesim.initial import Initial
    from saddlesim.methods import Method
    from saddlesim.precision import Core

__all__ = ["Landscape"]


class Landscape(Differentiable):
    """The mathematics of a function f on R^dim: value, gradient, Hessian-vector product.

    Points are given one a row: an array of shape (dim,) or (n, dim). Where f is not defined the
    answers are NaN.
    """

    @property
    def diagnostics(self) -> dict[str, Any]:
        """What a result's diagnostics say of the landscape."""
        return {}

    @property
    def samples(self) -> int:
        """The number of samples of which f is a mean or a sum; 0 where it is no such thing."""
        return 0

    def lower_samples(self, core: Core) -> _core.Samples:
        """Return the object of a compiled core that has the raw samples, for minibatches."""
        raise NotImplementedError(f"{type(self).__name__} has no samples")

    @property
    def size(self) -> int:
        """The dimension by which a family is indexed: that of the matrix or of the data, not of x.

        It is what ``escape_time_vs_dimension`` and the command line mean by dimension; `dim`, the
        number of parameters, where there is no other.
        """
        return self.dim

    @property
    def fans(self) -> dict[str, tuple[int, int]] | None:
        """Inputs and outputs of each layer, by the name of its weights; None if there are none."""
        return None

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return directions that span the tangent spaces of the orbits of continuous symmetries.

        f is constant along an orbit: the gradient is orthogonal to these directions, and at a
        stationary point the Hessian takes them to 0. Symmetries are those of the family; further
        ones that data may happen to have (equal eigenvalues, inputs that do not span) are left out.

        Parameters
        ----------
        X
            One point, shape (dim,), or n points, shape (n, dim).

        Returns
        -------
        ndarray
            Shape (k, dim) or (n, k, dim), a row a generator; k is the same for all points. Rows are
            not orthonormal, may depend on one another, and may be 0, up to rounding of x.
        """
        points = validation.points("X", X, self.dim)
        return np.zeros((*points.shape[:-1], 0, self.dim))

    def invariants(self, X: Any) -> FloatArray:
        """Return numbers that are the same for points which a symmetry takes into one another.

        Symmetries are continuous ones, as in `symmetry_directions`, and discrete ones such as
        permutations and signs. The numbers are continuous: near points have near ones. Points that
        no symmetry connects have different numbers, always or, where a landscape says so,
        generically: in general position.

        Parameters
        ----------
        X
            One point, shape (dim,), or n points, shape (n, dim).

        Returns
        -------
        ndarray
            Shape (m,) or (n, m).
        """
        return validation.points("X", X, self.dim).copy()

    @abstractmethod
    def stationary_points(self) -> list[StationaryPoint]:
        """Return the known stationary points, up to the landscape's symmetries."""

    @property
    @abstractmethod
    def minimum_value(self) -> float:
        """The global minimum of f; -inf where f is unbounded below, nan where it is not known."""

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

    @property
    def length_scale(self) -> float:
        """The distance over which f changes its shape, by which kicks and noise are measured."""
        return 1.0

    def growth_factor(self, method: Method) -> float | None:
        """Return theory's factor of growth of escape time per dimension; None if unknown."""
        return None

    @property
    def on_spheres(self) -> bool:
        """Whether x consists of rows of length 1, onto which every step is retracted."""
        return False

    @property
    def manifold_dim(self) -> int:
        """The number of directions in which x can move: `dim`, less on spheres."""
        return self.dim

    @property
    def has_opposite_halves(self) -> bool:
        """Whether x can be a network of two halves that cancel in every output."""
        return False

    def opposite_halves(self) -> tuple[NDArray[np.int64], FloatArray]:
        """Return how numbers make up a network of two halves that cancel: sources and deviations.

        Coordinate j is number i where source j is i, and its negative where source j is -i - 1; the
        deviation of number i is that of a start of scale 1.
        """
        raise NotImplementedError(f"{type(self).__name__} has no opposite halves")

    @property
    def activation_gain(self) -> float:
        """1 / sqrt(E act(g)^2) for a layer's activation and g ~ N(0, 1); 1 for linear layers."""
        return 1.0

    # How the escape criteria look here; a landscape that has no such notion says so.

    def lower_past_last_saddle(self, core: Core) -> _core.Escape:
        """Return the core's predicate for having passed the last saddle."""
        raise ValueError(
            f"PastLastSaddle is not defined on {type(self).__name__}, whose saddles are not passed "
            "one after the other; use LeavesSubspace, LeavesBall or ValueBelow"
        )

    def lower_reaches_minimum(self, core: Core, tolerance: float) -> _core.Escape:
        """Return the core's predicate for f(x) - minimum_value < tolerance."""
        if math.isnan(self.minimum_value):
            raise ValueError(
                f"ReachesMinimum is not defined on {self!r}, whose global minimum is not known; "
                "use ValueBelow or GradientBelow"
            )
        if math.isinf(self.minimum_value):
            raise ValueError(
                f"ReachesMinimum is not defined on {self!r}, which has no minimum; "
                "use LeavesSubspace, LeavesBall or ValueBelow"
            )
        return core.ValueBelow(self.minimum_value + tolerance)

    @property
    def has_saddle_exits(self) -> bool:
        """Whether ``record=("saddle_exits",)`` means something here."""
        return False

    def saddles(self) -> list[StationaryPoint]:
        """Return the strict saddles and maxima among the known stationary points."""
        return [p for p in self.stationary_points() if p.min_eigenvalue < 0]

    def reference_saddle(self) -> StationaryPoint | None:
        """Return the saddle near which trajectories start by default; None if there is none."""
        saddles = self.saddles()
        return saddles[0] if saddles else None

    def tangent_basis(self, x: FloatArray) -> FloatArray:
        """Return orthonormal rows that span the space of directions in which x can move."""
        return np.eye(self.dim)

    def check_starts(self, points: FloatArray) -> None:
        """Raise ValueError if a given start, one a row, is none for this landscape."""

    def escape_subspace(self, saddle: StationaryPoint) -> FloatArray:
        """Return orthonormal rows that span the Hessian's negative eigenspace, shape (k, dim)."""
        basis = self.tangent_basis(saddle.point)
        eigenvalues, eigenvectors = np.linalg.eigh(self._hessian(saddle.point, basis))
        negative = eigenvalues < -ROUNDING * np.abs(eigenvalues).max()
        return np.ascontiguousarray(eigenvectors[:, negative].T @ basis)

    def _hessian(self, point: FloatArray, basis: FloatArray) -> FloatArray:
        hessian = self.hvp(point, basis) @ basis.T
        return (hessian + hessian.T) / 2

    def _stationary(
        self, point: Any, name: str, *, value: float | None = None, kind: str | None = None
    ) -> StationaryPoint:
        """Return a stationary point with the spectrum of its Hessian, found numerically.

        Eigenvalues within rounding of 0 are set to 0.
        """
        point = np.ascontiguousarray(point, dtype=np.float64)
        hessian = self._hessian(point, self.tangent_basis(point))
        eigenvalues = spectrum(np.linalg.eigvalsh(hessian))
        at = float(self.value(point)) if value is None else value
        return StationaryPoint(point, at, eigenvalues, name=name, known_kind=kind)
