"""Orthogonal decomposition of a fourth-order tensor: on spheres, or unconstrained."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.escape import Escape, ReachesMinimum, ValueBelow
from saddlesim.initial import Gaussian, Initial
from saddlesim.landscapes import data, symmetries
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.stationary import StationaryPoint, spectrum
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.precision import Core

__all__ = ["TensorDecomposition"]

_ORTHONORMAL = 1e-10


@dataclass(frozen=True, repr=False, eq=False)
class TensorDecomposition(Landscape):
    """Finding the components of T = sum_k a_k (x) a_k (x) a_k (x) a_k, a_k orthonormal.

    With z_ik = u_i a_k, u_i the rows of x, there are three objectives.

    * ``"one"``: -T(u, u, u, u) = -sum_k z_k^4 over one u on the unit sphere. Minima are +-a_k,
      with value -1.
    * ``"all"``: sum_{i != j} T(u_i, u_i, u_j, u_j) = sum_{i != j} sum_k z_ik^2 z_jk^2 over as many
      u_i as components, each on the unit sphere. Minima, with value 0, are the components in any
      order, with any signs.
    * ``"cp"``: 1/4 |T - sum_i u_i (x) u_i (x) u_i (x) u_i|^2 over all U, without constraint. Its
      origin is a saddle with Hessian 0, and it has local minima that are not global: where two rows
      share a component another one is left out.

    On the spheres `gradient` and `hvp` are the Riemannian gradient and Hessian, for points whose
    rows have length 1, and steps are retracted: rows are divided by their length. (Ge et al. step
    along the Euclidean gradient before they project; this differs by the square of the step.)
    Noise and kicks are added in R^dim, as theirs, and retracted too. Costs are O(d^2) a row.

    Parameters
    ----------
    components
        a_k, one a row, shape (m, d), orthonormal; for ``"all"`` m = d.
    objective
        ``"one"``, ``"all"`` or ``"cp"``.
    factors
        For ``"cp"``: the number of rows of U; None is m.

    Notes
    -----
    Ge, Huang, Jin and Yuan, "Escaping from saddle points - online stochastic gradient for tensor
    decomposition", COLT 2015. The absolute error of a value of ``"cp"`` is about 1e-15 m.
    """

    dim: int = field(init=False)
    components: FloatArray
    objective: str = "all"
    factors: int | None = None

    def __init__(
        self, components: Any, objective: str = "all", *, factors: int | None = None
    ) -> None:
        A = validation.matrix("components", components)
        gram = A @ A.T
        if np.abs(gram - np.eye(len(A))).max() > _ORTHONORMAL:
            raise ValueError(
                "components must have orthonormal rows, but A A' differs from the identity by "
                f"{np.abs(gram - np.eye(len(A))).max():.2g}; orthonormalise them first"
            )
        validation.choice("objective", objective, tuple(_core.TensorObjective.__members__))
        if objective == "all" and A.shape[0] != A.shape[1]:
            raise ValueError(
                f"components must be as many as their dimension for objective='all', got "
                f"{len(A)} in dimension {A.shape[1]}: rows beside them all would be minima too; "
                "complete the basis"
            )
        if factors is not None:
            factors = validation.count("factors", factors)
            if objective != "cp":
                raise ValueError(
                    f"factors can be chosen for objective='cp' only, got {factors} for "
                    f"{objective!r}; leave it out"
                )
        object.__setattr__(self, "components", A)
        object.__setattr__(self, "objective", objective)
        object.__setattr__(self, "factors", factors)
        object.__setattr__(self, "dim", self.rows * A.shape[1])

    @classmethod
    def random(
        cls, dim: int, objective: str = "all", *, factors: int | None = None, seed: int = 0
    ) -> TensorDecomposition:
        """Return the problem of d random components (Haar) in dimension d.

        Parameters
        ----------
        dim
            d.
        objective, factors
            As in the constructor.
        seed
            Of the components.
        """
        d = validation.count("dim", dim)
        return cls(data.orthogonal(seed, "tensor components", d), objective, factors=factors)

    @property
    def rows(self) -> int:
        """The number of vectors that are looked for."""
        if self.objective == "one":
            return 1
        return len(self.components) if self.factors is None else self.factors

    def lower(self, core: Core, *, riemannian: bool = True) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        objective = core.TensorObjective.__members__[self.objective]
        return core.TensorDecomposition(self.components, self.rows, objective, riemannian)

    @cached_property
    def _euclidean(self) -> _core.Landscape:
        return self.lower(_core, riemannian=False)

    @property
    def size(self) -> int:
        """The dimension d."""
        return int(self.components.shape[1])

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """The vector u, shape (d,), or U, shape (rows, d)."""
        return {"u": (self.size,)} if self.objective == "one" else {"U": (self.rows, self.size)}

    @property
    def on_spheres(self) -> bool:
        """Whether the rows of x have length 1: for ``"one"`` and ``"all"``."""
        return self.objective != "cp"

    def check_starts(self, points: FloatArray) -> None:
        """Raise if a start cannot be moved onto the spheres."""
        if not self.on_spheres:
            return
        lengths = np.linalg.norm(points.reshape(-1, self.rows, self.size), axis=2)
        for point, row in np.argwhere(lengths == 0):
            raise ValueError(
                f"At: row {row} of point {point} is zero and has no direction; start elsewhere"
            )

    def retract(self, X: Any) -> FloatArray:
        """Return the points with every row divided by its length (for ``"cp"``: as they are)."""
        rows, one = self._rows("X", X)
        moved = self.core.retract(rows)
        return moved[0] if one else moved

    def project(self, X: Any, V: Any) -> FloatArray:
        """Return vectors projected onto the tangent space at the points (for ``"cp"``: all)."""
        points, vectors, one = self._pairs(X, V)
        if self.on_spheres:
            u, v = (a.reshape(-1, self.rows, self.size) for a in (points, vectors))
            along = np.sum(u * v, axis=2, keepdims=True)
            vectors = (v - along * u).reshape(vectors.shape)
        return vectors[0] if one else vectors

    def euclidean_gradient(self, X: Any) -> FloatArray:
        """Return the gradient of f as a function on all of R^dim."""
        rows, one = self._rows("X", X)
        found = self._euclidean.gradient(rows, 1)
        return found[0] if one else found

    def euclidean_hvp(self, X: Any, V: Any) -> FloatArray:
        """Return the Hessian of f as a function on all of R^dim, times vectors; as `hvp`."""
        points, vectors, one = self._pairs(X, V)
        found = self._euclidean.hvp(points, vectors, 1)
        return found[0] if one else found

    def reconstruction_error(self, X: Any) -> FloatArray:
        """Return |T - sum_i u_i (x) u_i (x) u_i (x) u_i|^2 / |T|^2 at each point."""
        points, one = self._rows("X", X)
        U = points.reshape(-1, self.rows, self.size)
        among = np.sum((U @ U.swapaxes(1, 2)) ** 4, axis=(1, 2))
        with_components = np.sum((U @ self.components.T) ** 4, axis=(1, 2))
        error: FloatArray = (among - 2 * with_components) / len(self.components) + 1
        return error[0] if one else error

    @property
    def manifold_dim(self) -> int:
        """`dim`, less one for each row of length 1."""
        return self.dim - self.rows if self.on_spheres else self.dim

    @cached_property
    def _beyond(self) -> FloatArray:
        """Orthonormal rows that span what is orthogonal to all components."""
        return symmetries.complement(self.components)

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return those of rotations of what is orthogonal to all components, as in the base.

        k = c (c - 1) / 2 with c = d - m; there are none where components are as many as d.
        """
        (U,) = self.unflatten(X).values()
        rows = U.reshape(*U.shape[: np.ndim(X) - 1], self.rows, self.size)
        return symmetries.flat(symmetries.rotations(rows, self._beyond))

    def invariants(self, X: Any) -> FloatArray:
        """Return what permutations and signs of rows and components leave alone; as in the base.

        Rotations and reflections of what is orthogonal to all components leave it alone too, and
        for ``"all"``, where only z_ik^2 matter, so do signs of single z_ik. For ``"one"`` it tells
        all orbits apart, otherwise that is generic.
        """
        (U,) = self.unflatten(X).values()
        U = U.reshape(*U.shape[: np.ndim(X) - 1], self.rows, self.size)
        inside, outside = U @ self.components.T, U @ self._beyond.T
        beside = [symmetries.lengths(outside)]
        if self.objective == "cp":
            parts = (U, inside, outside) if len(self._beyond) else (U,)
            beside += [symmetries.apart(part, signs=True) for part in parts]
        return symmetries.arrangement(np.abs(inside), *beside)

    def tangent_basis(self, x: FloatArray) -> FloatArray:
        """Return orthonormal rows that span the tangent space at a point."""
        if not self.on_spheres:
            return super().tangent_basis(x)
        d, rows = self.size, self.rows
        basis = np.zeros((rows * (d - 1), self.dim))
        for i, u in enumerate(x.reshape(rows, d)):
            across = np.linalg.qr(np.column_stack([u, np.eye(d)]))[0][:, 1:d]
            basis[i * (d - 1) : (i + 1) * (d - 1), i * d : (i + 1) * d] = across.T
        return basis

    def stationary_points(self) -> list[StationaryPoint]:
        """Return the known ones with the exact spectrum, one of each family of mirror images.

        ``"one"``: all of them, 1/sqrt(s) on s components; s = 1 are the minima. ``"all"``: a
        minimum; every row the same component; every row the mean of all components. ``"cp"``: the
        origin and, with enough rows, a minimum.
        """
        return getattr(self, f"_points_of_{self.objective}")()  # type: ignore[no-any-return]

    def _points_of_one(self) -> list[StationaryPoint]:
        d, points = self.size, []
        for s in range(1, len(self.components) + 1):
            u = self.components[:s].sum(axis=0) / math.sqrt(s)
            values = spectrum(np.full(s - 1, -8 / s), np.full(d - s, 4 / s))
            name = "global minimum" if s == 1 else f"between {s} components"
            points.append(StationaryPoint(u, -1 / s, values, name))
        return points

    def _points_of_all(self) -> list[StationaryPoint]:
        A, d = self.components, self.size
        # a minimum costs 4 in every direction, each of which is towards another component
        best = spectrum(np.full(d * (d - 1), 4.0))
        first = np.tile(A[0], (d, 1))
        same = spectrum(np.full(d * (d - 1), -4.0 * (d - 1)))
        mean = np.tile(A.sum(axis=0) / math.sqrt(d), (d, 1))
        # all rows together, or against one another
        middle = spectrum(np.full(d - 1, 8 * (d - 1) / d), np.full((d - 1) ** 2, -8 / d))
        return [
            StationaryPoint(A.ravel().copy(), 0.0, best, "global minimum"),
            StationaryPoint(first.ravel(), d * (d - 1.0), same, "every row the same component"),
            StationaryPoint(mean.ravel(), d - 1.0, middle, "every row the mean of all components"),
        ]

    def _points_of_cp(self) -> list[StationaryPoint]:
        A, d, rows = self.components, self.size, self.rows
        m = len(A)
        origin = "the origin, a saddle that is not strict"
        points = [StationaryPoint(np.zeros(self.dim), m / 4, np.zeros(self.dim), origin)]
        if rows >= m:
            U = np.zeros((rows, d))
            U[:m] = A
            values = spectrum(np.full(m, 8.0), np.full(m * (d - 1), 2.0), np.zeros((rows - m) * d))
            points.append(StationaryPoint(U.ravel(), 0.0, values, "global minimum", "minimum"))
        return points

    @property
    def minimum_value(self) -> float:
        """-1, 0, and 0; for ``"cp"`` with fewer rows than components (m - rows) / 4."""
        if self.objective == "one":
            return -1.0
        missing = len(self.components) - self.rows if self.objective == "cp" else 0
        return max(missing, 0) / 4

    @property
    def smoothness(self) -> float:
        """A bound on the Hessian's norm: 6, 8 (d - 1), and for ``"cp"`` 14 where |U| <= 1.

        sum_k z_k^2 v_k^2 is at most 1/2 for orthogonal unit vectors z and v. So for ``"one"``
        4 sum z^4 - 12 sum z^2 v^2 is between -6 and 4; for ``"all"`` S gives between 0 and
        4 (d - 1), the mixed terms between -4 and 4 (d - 1), and the sphere's curvature between
        -4 (d - 1) and 0. ``"cp"``: the three terms are within [0, 12], [0, 2] and [-6, 0].
        """
        return {"one": 6.0, "all": max(8.0 * (self.size - 1), 1.0), "cp": 14.0}[self.objective]

    @property
    def hessian_lipschitz(self) -> float:
        """An estimate: 40, 40 m, and for ``"cp"`` 100 where |U| <= 1.

        ``"one"``: the derivative of 4 sum z^4 - 12 sum z^2 v^2 is at most 16 + 24.
        """
        return {"one": 40.0, "all": 40.0 * self.rows, "cp": 100.0}[self.objective]

    def default_initial(self) -> Initial:
        """Return uniform points of the spheres, as retracted N(0, I); for ``"cp"`` N(0, 0.01 I)."""
        return Gaussian(1.0 if self.on_spheres else 0.1)

    def default_escape(self) -> Escape:
        """Return that a minimum is near, or for ``"cp"`` that the origin has been left.

        ``"one"``: f < -0.9, by which some z_k^2 exceeds 0.9. ``"all"``: f < m / 400, where the
        reconstruction error is about 0.01. ``"cp"``: f is below m/4 - 1/8, half of what one
        component is worth.
        """
        if self.objective == "one":
            return ReachesMinimum(0.1)
        m = len(self.components)
        return ReachesMinimum(m / 400) if self.objective == "all" else ValueBelow(m / 4 - 1 / 8)
