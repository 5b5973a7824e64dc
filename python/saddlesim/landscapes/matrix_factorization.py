"""Symmetric matrix factorisation: every local minimum is global, every other saddle strict."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from saddlesim import _core, validation
from saddlesim.landscapes import data, symmetries
from saddlesim.landscapes.captured import Factorization
from saddlesim.landscapes.frame import Frame
from saddlesim.landscapes.stationary import StationaryPoint, spectrum
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["MatrixFactorization"]

_LARGEST_FRAME = 256  # sizes beyond which the eigenvectors of M take longer than they save


@dataclass(frozen=True, repr=False, eq=False)
class MatrixFactorization(Factorization):
    """f(U) = 1/4 |U U' - M|_F^2 over U of shape (d, rank); x is U, row by row.

    The gradient is (U U' - M) U, the Hessian takes V to (U V' + V U') U + (U U' - M) V. With
    eigenpairs (lambda_j, q_j) of M, the stationary points are, up to a rotation of the columns,
    U_S = [sqrt(lambda_j) q_j], j in S, for the sets S of at most `rank` positive eigenvalues. The
    global minima capture the largest ones, all other points are strict saddles.

    Parameters
    ----------
    M
        Symmetric, shape (d, d).
    rank
        Columns of U, from 1 to d.

    Notes
    -----
    Ge, Jin and Zheng, "No spurious local minima in nonconvex low rank problems", ICML 2017. Jin et
    al. (2017) scale f by 1/2 instead of 1/4. Runs are held in the coordinates of M's eigenvectors,
    where a step costs O(d rank^2).
    """

    weight: ClassVar[float] = 0.25

    dim: int = field(init=False)
    M: FloatArray
    rank: int

    def __init__(self, M: Any, rank: int) -> None:
        matrix = validation.symmetric("M", M)
        object.__setattr__(self, "M", matrix)
        object.__setattr__(self, "rank", validation.rank("rank", rank, len(matrix)))
        object.__setattr__(self, "dim", self.rank * len(matrix))

    @classmethod
    def random(
        cls, dim: int, rank: int, *, seed: int = 0, eigenvalues: Any = None
    ) -> MatrixFactorization:
        """Return the problem of a matrix with random eigenvectors.

        Parameters
        ----------
        dim
            d, the size of M.
        rank
            Columns of U.
        seed
            Of the eigenvectors, which are uniform (Haar).
        eigenvalues
            At most d numbers, the others being 0; None is `rank` ones.
        """
        d = validation.count("dim", dim)
        r = validation.rank("rank", rank, d)
        values = (
            np.ones(r) if eigenvalues is None else validation.vector("eigenvalues", eigenvalues)
        )
        if len(values) > d:
            raise ValueError(
                f"eigenvalues must be at most dim = {d} numbers, got {len(values)}; raise dim"
            )
        basis = data.orthogonal(seed, "matrix factorization", d)[: len(values)]
        return cls(data.symmetric(basis, values), r)

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        return core.MatrixFactorization(self.M, self.rank)

    @cached_property
    def frame(self) -> Frame | None:
        """M's eigenvectors: there M is diagonal, and a step costs a product with M less."""
        if self.size > _LARGEST_FRAME:
            return None
        values, vectors = _core.symmetric_eigen(self.M)
        return Frame(vectors, self.rank, lambda core: core.DiagonalFactorization(values, self.rank))

    @property
    def size(self) -> int:
        """The size d of M."""
        return len(self.M)

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """U, shape (d, rank)."""
        return {"U": (self.size, self.rank)}

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return those of U -> U R, R orthogonal: k = rank (rank - 1) / 2, as in the base."""
        return symmetries.flat(symmetries.rotations(self.unflatten(X)["U"]))

    def invariants(self, X: Any) -> FloatArray:
        """Return U U' as its upper triangle, which tells all orbits apart; as in the base."""
        return symmetries.gram(self.unflatten(X)["U"])

    @cached_property
    def eigen(self) -> tuple[FloatArray, FloatArray]:
        """Eigenvalues of M, descending, and its eigenvectors as rows; rounding is taken as 0."""
        values, vectors = np.linalg.eigh(self.M)
        values[np.abs(values) <= 1e-13 * np.abs(values).max()] = 0.0
        return values[::-1].copy(), np.ascontiguousarray(vectors.T[::-1])

    @property
    def strengths(self) -> FloatArray:
        """The eigenvalues of M, descending."""
        return self.eigen[0]

    def _at(self, S: list[int], value: float, name: str, kind: str | None) -> StationaryPoint:
        values, vectors = self.eigen
        U = np.zeros((self.size, self.rank))
        U[:, : len(S)] = (np.sqrt(values[S])[:, None] * vectors[S]).T
        inside, outside = values[S], np.delete(values, S)
        free = self.rank - len(S)
        eigenvalues = spectrum(
            inside[:, None] - outside,
            np.repeat(-outside, free),
            np.zeros(len(S) * free),
            # two columns: turning one into the other costs nothing, the opposite costs their sum
            (inside[:, None] + inside)[np.tril_indices(len(S))],
            np.zeros(len(S) * (len(S) - 1) // 2),
        )
        return StationaryPoint(U.ravel(), value, eigenvalues, name, kind)

    @property
    def smoothness(self) -> float:
        """A bound on the Hessian's norm where |U|^2 <= 2 |M| (spectral norms).

        6 |M| for positive semidefinite M; a negative eigenvalue adds its magnitude.
        """
        return 6 * self.spectral_norm + max(0.0, -float(self.eigen[0][-1]))

    @property
    def hessian_lipschitz(self) -> float:
        """6 sqrt(2 |M|): a bound on the Hessian's Lipschitz constant where |U|^2 <= 2 |M|."""
        return 6 * math.sqrt(2 * self.spectral_norm)
