"""Landscapes with a planted minimum, and quadratic measurements of a factor in particular."""

from __future__ import annotations

import math
from abc import abstractmethod
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from saddlesim import validation
from saddlesim.escape import Escape, ValueBelow
from saddlesim.initial import Gaussian, Initial
from saddlesim.landscapes import symmetries
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.curvature import largest_curvature
from saddlesim.landscapes.stationary import StationaryPoint, spectrum
from saddlesim.validation import FloatArray

__all__ = ["Measurements", "Planted"]

_FITS = 1e-12  # of the largest target: a residual that is rounding


class Planted(Landscape):
    """A landscape with a saddle at the origin and, perhaps, a planted minimum with f = 0.

    A point is one factor U, and f depends on U U' alone.
    """

    @property
    @abstractmethod
    def origin_eigenvalues(self) -> FloatArray:
        """The spectrum of the Hessian at the origin."""

    @property
    @abstractmethod
    def value_at_origin(self) -> float:
        """F at the origin."""

    @property
    @abstractmethod
    def planted_minimum(self) -> FloatArray | None:
        """A point with f = 0; None if none is known."""

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return those of U -> U R, R orthogonal: a pair of columns each, as in the base."""
        (U,) = self.unflatten(X).values()
        return symmetries.flat(symmetries.rotations(U))

    def invariants(self, X: Any) -> FloatArray:
        """Return U U' as its upper triangle, which tells all orbits apart; as in the base."""
        (U,) = self.unflatten(X).values()
        return symmetries.gram(U)

    @property
    def minimum_value(self) -> float:
        """0 if a planted minimum is known; otherwise nan, it is not known."""
        return math.nan if self.planted_minimum is None else 0.0

    def origin(self) -> StationaryPoint:
        """Return the origin, with the exact spectrum."""
        eigenvalues = self.origin_eigenvalues
        return StationaryPoint(np.zeros(self.dim), self.value_at_origin, eigenvalues, "the origin")

    def stationary_points(self) -> list[StationaryPoint]:
        """Return the origin and, if it is known, the planted global minimum.

        All its rotations are global minima too. The spectrum there is found numerically from the
        whole Hessian, which takes long in large dimensions.
        """
        points, x = [self.origin()], self.planted_minimum
        if x is not None:
            points.append(self._stationary(x, "global minimum", value=0.0, kind="minimum"))
        return points

    def saddles(self) -> list[StationaryPoint]:
        """Return the origin, if it is one."""
        origin = self.origin()
        return [origin] if origin.min_eigenvalue < 0 else []

    def default_initial(self) -> Initial:
        """Return entries of a thousandth of the length scale: near the saddle at the origin."""
        return Gaussian(1e-3 * self.length_scale)

    def default_escape(self) -> Escape:
        """Return that f has fallen to half of its value at the origin."""
        return ValueBelow(self.value_at_origin / 2)


class Measurements(Planted):
    """f(U) = 1/(4 n) sum_i (q_i(U) - b_i)^2, q_i(U) = <A_i, U U'>, with U* possibly known.

    The Hessian at the origin is V -> -C V with C = 1/n sum_i b_i S_i, S_i = (A_i + A_i') / 2.
    """

    solution: FloatArray | None  # a field of every subclass

    # What the subclass calls its data, its targets and the number of columns.
    data_name: ClassVar[str]
    targets_name: ClassVar[str]
    columns_name: ClassVar[str]

    def _settle(self, data: FloatArray, targets: Any, columns: int, solution: Any) -> None:
        """Check and set the fields; every item of `data` is a measurement of a d x d matrix."""
        n, d = len(data), data.shape[-1]
        b = validation.vector(self.targets_name, targets, n)
        object.__setattr__(self, self.data_name, validation.read_only(data))
        object.__setattr__(self, self.targets_name, validation.read_only(b))
        object.__setattr__(self, self.columns_name, columns)
        object.__setattr__(self, "dim", d * columns)
        if solution is not None:
            solution = validation.matrix("solution", solution, d, columns)
        object.__setattr__(self, "solution", solution)

    @property
    def _targets(self) -> FloatArray:
        targets: FloatArray = getattr(self, self.targets_name)
        return targets

    @property
    def _columns(self) -> int:
        columns: int = getattr(self, self.columns_name)
        return columns

    @abstractmethod
    def predictions(self, x: Any) -> FloatArray:
        """Return q_i at one point: shape (n,)."""

    @abstractmethod
    def _weighted_mean(self, weights: FloatArray) -> FloatArray:
        """Return 1/n sum_i weights_i S_i, shape (d, d)."""

    @property
    @abstractmethod
    def measurement_norm(self) -> float:
        """kappa, the largest eigenvalue of P -> 1/n sum_i <S_i, P> S_i on symmetric matrices."""

    @cached_property
    def _curvature_at_origin(self) -> FloatArray:
        """The eigenvalues of C."""
        return np.linalg.eigvalsh(self._weighted_mean(self._targets)).astype(np.float64)

    @property
    def value_at_origin(self) -> float:
        """F at the origin."""
        return math.fsum(self._targets**2) / (4 * len(self._targets))

    @cached_property
    def planted_minimum(self) -> FloatArray | None:
        """The planted solution, if it fits all targets up to rounding."""
        if self.solution is None:
            return None
        misfit = np.abs(self.predictions(self.solution.ravel()) - self._targets).max()
        return self.solution.ravel() if misfit <= _FITS * np.abs(self._targets).max() else None

    @property
    def origin_eigenvalues(self) -> FloatArray:
        """The spectrum of -C, as often as U has columns."""
        return spectrum(np.repeat(-self._curvature_at_origin, self._columns))

    @property
    def length_scale(self) -> float:
        """The square root of |C|, the size of a planted column."""
        return math.sqrt(float(np.abs(self._curvature_at_origin).max()))

    @cached_property
    def smoothness(self) -> float:
        """An estimate: twice the Hessian's spectral norm at the planted factor.

        Where none is known, at sqrt(|C| / d) times the identity's first columns. Found by power
        iteration, exact to a percent or so. The Hessian is unbounded on all of R^dim.
        """
        if self.solution is None:
            U = self.length_scale / math.sqrt(self.size) * np.eye(self.size, self._columns)
        else:
            U = self.solution
        at_origin = float(np.abs(self._curvature_at_origin).max())
        return max(2 * largest_curvature(self, U.ravel()), at_origin)

    @property
    def hessian_lipschitz(self) -> float:
        """6 kappa sqrt(2 |C|): a bound on its Lipschitz constant where |U|^2 <= 2 |C|."""
        return 6 * self.measurement_norm * math.sqrt(2) * self.length_scale
