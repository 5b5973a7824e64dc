"""The quadratic strict saddle, whose escape times have closed forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.description import stream_key
from saddlesim.escape import Escape, LeavesSubspace, ReachesMinimum
from saddlesim.initial import Initial, Uniform
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.precision import Core

__all__ = ["QuadraticSaddle"]


@dataclass(frozen=True, repr=False, eq=False)
class QuadraticSaddle(Landscape):
    """f(x) = 1/2 sum_i eigenvalues_i z_i^2, z = x, or z = Q x for a seeded rotation Q.

    Parameters
    ----------
    eigenvalues
        The Hessian's eigenvalues, shape (dim,), any signs.
    rotation_seed
        None: the eigenvectors are the coordinate axes. Otherwise they are the rows of an orthogonal
        matrix Q drawn from the Haar measure by this seed (Stewart 1980).

    Notes
    -----
    An axis-aligned start with no component along the escape directions never leaves the saddle in
    floating point, just as in exact arithmetic; on a rotated landscape rounding re-injects about
    1e-16 at each step, and gradient descent leaves after some ln(1e16) / ln(1 + step_size * gamma)
    steps.
    """

    dim: int = field(init=False)
    eigenvalues: FloatArray
    rotation_seed: int | None = None

    def __init__(self, eigenvalues: Any, rotation_seed: int | None = None) -> None:
        values = validation.vector("eigenvalues", eigenvalues).copy()
        values.flags.writeable = False
        object.__setattr__(self, "eigenvalues", values)
        object.__setattr__(self, "dim", int(values.size))
        if rotation_seed is not None:
            rotation_seed = validation.seed(rotation_seed, "rotation_seed")
        object.__setattr__(self, "rotation_seed", rotation_seed)

    @classmethod
    def random(
        cls, dim: int, *, escape_directions: int = 1, seed: int = 0, rotated: bool = True
    ) -> QuadraticSaddle:
        """Return a saddle with eigenvalues -1 (`escape_directions` of them) and otherwise 1.

        Parameters
        ----------
        dim
            The dimension.
        escape_directions
            How many eigenvalues are negative, from 1 to `dim`.
        seed
            Seed of the rotation.
        rotated
            Whether to rotate at all.
        """
        dim = validation.count("dim", dim)
        k = validation.integer("escape_directions", escape_directions, minimum=1, maximum=dim)
        eigenvalues = np.concatenate([-np.ones(k), np.ones(dim - k)])
        return cls(eigenvalues, rotation_seed=validation.seed(seed) if rotated else None)

    @cached_property
    def rotation(self) -> FloatArray | None:
        """Q, shape (dim, dim), its rows the eigenvectors; None when axis-aligned."""
        if self.rotation_seed is None:
            return None
        key = stream_key(self.rotation_seed, "rotation", self.dim)
        return _core.random_rotation(key, self.dim)

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        return core.QuadraticSaddle(self.eigenvalues, self.rotation)

    @cached_property
    def _null_space(self) -> FloatArray:
        """The eigenvectors of the eigenvalue 0, as rows."""
        axes = np.eye(self.dim) if self.rotation is None else self.rotation
        return np.ascontiguousarray(axes[self.eigenvalues == 0])

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return the eigenvectors of the eigenvalue 0, along which x is translated.

        Reflections, and rotations among equal eigenvalues, leave the origin where it is and are
        left out, here and in `invariants`. Otherwise as in the base.
        """
        points, null = validation.points("X", X, self.dim), self._null_space
        return np.broadcast_to(null, (*points.shape[:-1], *null.shape)).copy()

    def invariants(self, X: Any) -> FloatArray:
        """Return x without its component in the null space; as in the base."""
        points, null = validation.points("X", X, self.dim), self._null_space
        return points - (points @ null.T) @ null

    def stationary_points(self) -> list[StationaryPoint]:
        """Return the origin, the only one where no eigenvalue is zero."""
        return [StationaryPoint(np.zeros(self.dim), 0.0, np.sort(self.eigenvalues))]

    @property
    def minimum_value(self) -> float:
        """-inf if some eigenvalue is negative, else 0."""
        return -np.inf if self.eigenvalues.min() < 0 else 0.0

    @property
    def smoothness(self) -> float:
        """The largest eigenvalue in magnitude."""
        return float(np.abs(self.eigenvalues).max())

    @property
    def hessian_lipschitz(self) -> float:
        """0: the Hessian is constant."""
        return 0.0

    def escape_subspace(self, saddle: StationaryPoint) -> FloatArray:
        """Return the eigenvectors of the negative eigenvalues as rows, shape (k, dim)."""
        axes = np.eye(self.dim) if self.rotation is None else self.rotation
        return np.ascontiguousarray(axes[self.eigenvalues < 0])

    def default_initial(self) -> Initial:
        """Return the uniform distribution on the cube [-1, 1]^dim."""
        return Uniform(-1.0, 1.0)

    def default_escape(self) -> Escape:
        """Return distance 1 along the escape directions; for a convex quadratic, its minimum."""
        return LeavesSubspace() if self.eigenvalues.min() < 0 else ReachesMinimum()

    def lower_reaches_minimum(self, core: Core, tolerance: float) -> _core.Escape:
        """Return the core's predicate for max_j |x_j| <= tolerance."""
        if self.eigenvalues.min() <= 0:
            return super().lower_reaches_minimum(core, tolerance)
        return core.NearMirroredPoint(0.0, tolerance)
