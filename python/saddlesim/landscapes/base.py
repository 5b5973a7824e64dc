"""What every landscape offers."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core, validation
from saddlesim.description import Description
from saddlesim.landscapes.frame import Frame
from saddlesim.landscapes.stationary import ROUNDING, StationaryPoint, spectrum
from saddlesim.threads import worker_count
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator

    from saddlesim.escape import Escape
    from saddlesim.initial import Initial
    from saddlesim.methods import Method
    from saddlesim.precision import Core

__all__ = ["Landscape"]

_MOST_BYTES = 2**32  # of Hessians that are written out
_WORTH_THREADS = 2**16  # numbers in all points below which one thread is quickest


@dataclass(frozen=True, repr=False, eq=False)
class Landscape(Description):
    """The mathematics of a function f on R^dim: value, gradient, Hessian-vector product.

    Points are given one a row: an array of shape (dim,) or (n, dim). Where f is not defined the
    answers are NaN.
    """

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
    def parts(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the arrays that make up a point, in the order of its numbers."""
        return {"x": (self.dim,)}

    @property
    def fans(self) -> dict[str, tuple[int, int]] | None:
        """Inputs and outputs of each layer, by the name of its weights; None if there are none."""
        return None

    def enter(self, points: FloatArray) -> FloatArray:
        """Return points of shape (dim,) or (n, dim) as runs hold them."""
        if self.frame is None:
            return points
        return self.frame.turn(_core).enter(np.atleast_2d(points)).reshape(points.shape)

    def leave(self, points: FloatArray) -> FloatArray:
        """Return points, shape (n, dim), that a run holds in the coordinates of x."""
        return points if self.frame is None else self.frame.turn(_core).leave(points)

    def unflatten(self, X: Any) -> dict[str, FloatArray]:
        """Return the named arrays that make up each point, as views where possible.

        Parameters
        ----------
        X
            One point, shape (dim,), or n points, shape (n, dim).

        Returns
        -------
        dict of ndarray
            By name, of the shape in `parts`, with a leading axis n for n points.
        """
        points = validation.points("X", X, self.dim)
        arrays, at = {}, 0
        for name, shape in self.parts.items():
            size = math.prod(shape)
            arrays[name] = points[..., at : at + size].reshape(*points.shape[:-1], *shape)
            at += size
        return arrays

    def flatten(self, **arrays: Any) -> FloatArray:
        """Return the points made of named arrays, the inverse of `unflatten`.

        Parameters
        ----------
        **arrays
            One array for each name of `parts`, of its shape; or all with a leading axis n.

        Returns
        -------
        ndarray
            Shape (dim,) or (n, dim).
        """
        if arrays.keys() != self.parts.keys():
            raise TypeError(
                f"flatten takes {', '.join(self.parts)}, got {', '.join(arrays) or 'nothing'}; "
                "pass each of them once, by name"
            )
        flat: list[FloatArray] = []
        for name, shape in self.parts.items():
            array = validation.array(name, arrays[name])
            leading = array.shape[: array.ndim - len(shape)]
            if array.shape[len(leading) :] != shape or len(leading) > 1:
                raise ValueError(
                    f"{name} must have shape {shape} or (n, {', '.join(map(str, shape))}), "
                    f"got {array.shape}; see .parts"
                )
            flat.append(array.reshape(*leading, math.prod(shape)))
        if len({array.shape[:-1] for array in flat}) > 1:
            shapes = ", ".join(f"{name} {np.shape(a)}" for name, a in arrays.items())
            raise ValueError(f"all arrays must stand for the same number of points, got {shapes}")
        return np.concatenate(flat, axis=-1)

    def value(self, X: Any, *, threads: int | None = None) -> FloatArray:
        """Return f at each point: shape () for one point, (n,) for n.

        Parameters
        ----------
        X
            The points.
        threads
            How many threads to use; None is one for few points and otherwise as `escape_times`.
        """
        rows, one = self._rows("X", X)
        return _first(self.core.value(rows, self._threads(threads, rows)), one)

    def gradient(self, X: Any, *, threads: int | None = None) -> FloatArray:
        """Return the gradient at each point, in the shape of `X`; `threads` as in `value`.

        On a landscape that lives on spheres this is the Riemannian gradient.
        """
        rows, one = self._rows("X", X)
        return _first(self.core.gradient(rows, self._threads(threads, rows)), one)

    def hvp(self, X: Any, V: Any, *, threads: int | None = None) -> FloatArray:
        """Return the Hessian at each point times the vector in the same row of `V`.

        `X` and `V` may each be one vector for all rows of the other; `threads` as in `value`. On a
        landscape that lives on spheres this is the Riemannian Hessian, 0 on what is not tangent.
        """
        points, vectors, one = self._pairs(X, V)
        return _first(self.core.hvp(points, vectors, self._threads(threads, points)), one)

    def hessian(self, X: Any, *, threads: int | None = None) -> FloatArray:
        """Return the Hessian at each point: shape (dim, dim) for one point, (n, dim, dim) for n.

        Symmetric to the last bit. On spheres it is the Riemannian one, 0 along the normals.
        `threads` as in `value`.

        Raises
        ------
        ValueError
            If all of them would take more than 4 GiB.
        """
        points, one = self._rows("X", X)
        if 8 * len(points) * self.dim**2 > _MOST_BYTES:
            raise ValueError(
                f"X has {len(points):,} points, whose Hessians of {self.dim:,} x {self.dim:,} "
                "numbers would take more than 4 GiB; pass fewer, or use hessian_operator, "
                "ss.min_eigenpair or ss.extreme_eigenpairs"
            )
        unit = np.eye(self.dim)
        rows = [self.hvp(point, unit, threads=threads) for point in points]
        hessians = np.array(rows).reshape(-1, self.dim, self.dim)
        hessians = (hessians + hessians.transpose(0, 2, 1)) / 2
        return hessians[0] if one else hessians

    def hessian_operator(self, x: Any) -> LinearOperator:
        """Return the Hessian at x, shape (dim,), as a SciPy LinearOperator of its HVPs.

        So ``scipy.sparse.linalg.eigsh(landscape.hessian_operator(x), 1, which="SA")`` works, and
        cg and minres do. Products with many vectors at once (matmat) are the quick ones.
        """
        from saddlesim.landscapes.hessian import hessian_operator

        return hessian_operator(self, validation.vector("x", x, self.dim))

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

    def _threads(self, threads: int | None, rows: FloatArray) -> int:
        if threads is None and rows.size < _WORTH_THREADS:
            return 1
        return worker_count(threads)

    def _rows(self, name: str, X: Any) -> tuple[FloatArray, bool]:
        points = validation.points(name, X, self.dim)
        return points.reshape(-1, self.dim), points.ndim == 1

    def _pairs(self, X: Any, V: Any) -> tuple[FloatArray, FloatArray, bool]:
        """Return points and vectors, a row each, and whether there is one pair only."""
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
        return points, vectors, one_point and one_vector


def _first(result: FloatArray, one: bool) -> FloatArray:
    return result[0] if one else result
