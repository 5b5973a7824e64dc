"""A ReLU network that learns another one: nonlinear, and with bad local minima."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import validation
from saddlesim.escape import Escape, GradientBelow, ReachesMinimum
from saddlesim.initial import Gaussian, Initial
from saddlesim.landscapes import data, symmetries
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["StudentTeacher"]

_ORTHONORMAL = 1e-12


@dataclass(frozen=True, repr=False, eq=False)
class StudentTeacher(Landscape):
    """F(W) = 1/2 E (sum_i [w_i x]_+ - sum_j [v_j x]_+)^2 over Gaussian x; x is W, row by row.

    In closed form F = 1/2 sum kappa(w_i, w_j) - sum kappa(w_i, v_j) + 1/2 sum kappa(v_i, v_j) with
    kappa(w, v) = |w| |v| / (2 pi) (sin t + (pi - t) cos t), t the angle between w and v. F is twice
    continuously differentiable where no w_i is 0. With as many students as orthonormal teachers it
    has bad local minima from 6 on, and gradient descent finds them.

    Parameters
    ----------
    teacher
        v_j, shape (k, d), no row zero.
    students
        The number of rows of W.

    Notes
    -----
    Safran and Shamir, "Spurious local minima are common in two-layer ReLU neural networks", ICML
    2018. Near a zero of F, where the pairs cancel, values are computed in 106 bits.
    """

    dim: int = field(init=False)
    teacher: FloatArray
    students: int

    def __init__(self, teacher: Any, students: int) -> None:
        V = validation.matrix("teacher", teacher)
        for j, row in enumerate(V):
            if not row.any():
                raise ValueError(
                    f"teacher must have no row of zeros, but row {j} is one; leave that unit out"
                )
        object.__setattr__(self, "teacher", V)
        object.__setattr__(self, "students", validation.count("students", students))
        object.__setattr__(self, "dim", self.students * V.shape[1])

    @classmethod
    def random(
        cls,
        dim: int,
        *,
        students: int | None = None,
        teachers: int | None = None,
        orthonormal: bool = True,
        seed: int = 0,
    ) -> StudentTeacher:
        """Return the problem of Safran and Shamir, or that of a random teacher.

        Parameters
        ----------
        dim
            d, the dimension of the inputs.
        students
            Rows of W; None is as many as teachers.
        teachers
            k; None is d. At most d if they are orthonormal.
        orthonormal
            True: the teacher's rows are the first unit vectors, and the seed does not matter (all
            orthonormal teachers are rotations of one another). False: uniform on the sphere.
        seed
            Of a random teacher.
        """
        d = validation.count("dim", dim)
        most = d if orthonormal else 2**31
        k = (
            d
            if teachers is None
            else validation.integer(
                "teachers",
                teachers,
                minimum=1,
                maximum=most,
                remedy="orthonormal rows are at most d",
            )
        )
        n = k if students is None else validation.count("students", students)
        V = np.eye(k, d) if orthonormal else data.unit_rows(data.normals(seed, "teacher", (k, d)))
        return cls(V, n)

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        return core.StudentTeacher(self.teacher, self.students)

    @property
    def size(self) -> int:
        """The dimension d of the inputs."""
        return int(self.teacher.shape[1])

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """W, shape (students, d)."""
        return {"W": (self.students, self.size)}

    @cached_property
    def _spaces(self) -> tuple[FloatArray, FloatArray]:
        """Orthonormal rows that span the teacher's, and what is orthogonal to them.

        Where teachers may be permuted, the former are the teacher's rows but for their length.
        """
        beyond = symmetries.complement(self.teacher)
        if self._interchangeable:
            return self.teacher / self.length_scale, beyond
        return symmetries.complement(beyond) if len(beyond) else np.eye(self.size), beyond

    @cached_property
    def _interchangeable(self) -> bool:
        """Whether every permutation of the teacher's rows is a rotation of the inputs."""
        V = self.teacher / self.length_scale
        return bool(np.abs(V @ V.T - np.eye(len(V))).max() <= _ORTHONORMAL)

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return those of W -> W Q, Q a rotation of what is orthogonal to all teachers.

        k = c (c - 1) / 2, c = d minus the rank of the teacher; otherwise as in the base.
        """
        return symmetries.flat(symmetries.rotations(self.unflatten(X)["W"], self._spaces[1]))

    def invariants(self, X: Any) -> FloatArray:
        """Return what permutations of the students leave alone; as in the base.

        Rotations and reflections of what is orthogonal to all teachers leave it alone too, and so
        do permutations of teachers that are orthogonal and equally long. That it tells orbits apart
        is generic.
        """
        W = self.unflatten(X)["W"]
        span, beyond = self._spaces
        inside, outside = W @ span.T, W @ beyond.T
        if self._interchangeable:
            return symmetries.arrangement(inside, symmetries.lengths(outside), symmetries.apart(W))
        if len(beyond):
            further = [symmetries.lengths(outside), symmetries.apart(outside)]
            inside = np.concatenate([inside, *further], axis=-1)
        return symmetries.unordered(inside)

    def global_minimum(self) -> StationaryPoint:
        """Return the teacher itself; where students are more, the last unit is shared among them.

        Raises
        ------
        ValueError
            If there are fewer students than teachers; then the minimum is not known.
        """
        k, n = len(self.teacher), self.students
        if n < k:
            raise ValueError(
                f"global_minimum() is known for at least as many students as teachers, got {n} "
                f"and {k}; add students"
            )
        shares = np.full(n - k + 1, 1 / (n - k + 1))
        W = np.vstack([self.teacher[:-1], np.outer(shares, self.teacher[-1])])
        return self._stationary(W.ravel(), "global minimum", value=0.0, kind="minimum")

    def spurious_point(self) -> StationaryPoint:
        """Return the stationary point that turns into a bad local minimum from 6 units on.

        All students but the last are near a teacher of their own; the last one is opposite to the
        last teacher. By symmetry it has five different numbers, which Newton's method finds.

        Raises
        ------
        ValueError
            Unless there are as many students as teachers, at least 3, with orthonormal rows.
        """
        if not self._has_spurious_point:
            raise ValueError(
                "spurious_point() needs as many students as teachers, at least 3, with orthonormal "
                f"rows, got {self.students} students and {len(self.teacher)} teachers; use "
                "StudentTeacher.random(dim)"
            )
        W = _symmetric_point(self) @ self.teacher
        point = self._stationary(W.ravel(), "")
        name = "bad local minimum" if point.min_eigenvalue > 0 else "spurious saddle"
        return StationaryPoint(point.point, point.value, point.eigenvalues, name)

    @property
    def _has_spurious_point(self) -> bool:
        V = self.teacher
        orthonormal = np.abs(V @ V.T - np.eye(len(V))).max() <= _ORTHONORMAL
        return self.students == len(V) >= 3 and bool(orthonormal)

    def stationary_points(self) -> list[StationaryPoint]:
        """Return the global minimum and the spurious point, where they are known.

        Permutations of the students give all others of each kind.
        """
        points = [self.global_minimum()] if self.students >= len(self.teacher) else []
        return [*points, self.spurious_point()] if self._has_spurious_point else points

    @property
    def minimum_value(self) -> float:
        """0 if there are at least as many students as teachers; otherwise nan, it is not known."""
        return 0.0 if self.students >= len(self.teacher) else math.nan

    @property
    def smoothness(self) -> float:
        """Students / 2: a bound on the Hessian's norm where F = 0, and an estimate elsewhere.

        There the Hessian is E z z' with z_i = 1[w_i x > 0] x, and |sum_i d_i z_i|^2 is at most
        students times the sum of the squares. Where F > 0 it is unbounded as a w_i tends to 0.
        """
        return self.students / 2

    @property
    def hessian_lipschitz(self) -> float:
        """inf: the Hessian is unbounded as a w_i tends to 0."""
        return math.inf

    @property
    def length_scale(self) -> float:
        """The length of the longest teacher's row."""
        return float(np.linalg.norm(self.teacher, axis=1).max())

    def default_initial(self) -> Initial:
        """Return entries N(0, 1/d), as in the paper."""
        return Gaussian(1 / math.sqrt(self.size))

    def default_escape(self) -> Escape:
        """Return that F < 1e-3, which in the paper is what is not bad.

        Gradient descent stays in a bad minimum as long as it may. ``GradientBelow(1e-9 / 2 / pi)``
        ends it at a stationary point of any kind, about as in the paper; F tells which. It is the
        default where the minimum is not known.
        """
        if self.students >= len(self.teacher):
            return ReachesMinimum(1e-3)
        return GradientBelow(1e-9 / (2 * math.pi))


def _symmetric_point(landscape: StudentTeacher) -> FloatArray:
    """Return the spurious point's coordinates in the teacher's rows, shape (k, k), by Newton."""
    k = landscape.students
    main, last = slice(0, k - 1), k - 1
    patterns = np.zeros((5, k, k))
    patterns[0, main, main] = np.eye(k - 1)
    patterns[1, main, main] = 1 - np.eye(k - 1)
    patterns[2, main, last] = patterns[3, last, main] = patterns[4, last, last] = 1
    basis = (patterns @ landscape.teacher).reshape(5, -1)
    p = np.array([1.0, 0.0, 0.1, 0.2, -1.0])
    for _ in range(100):
        x = p @ basis
        step = np.linalg.solve(basis @ landscape.hvp(x, basis).T, basis @ landscape.gradient(x))
        p = p - step * min(1.0, 0.5 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-14:
            break
    point: FloatArray = np.tensordot(p, patterns, axes=1)
    return point
