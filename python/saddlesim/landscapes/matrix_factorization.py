"""Symmetric matrix factorisation: every local minimum is global, every other saddle strict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.escape import Escape, ValueBelow
from saddlesim.initial import Gaussian, Initial
from saddlesim.landscapes import data
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.stationary import StationaryPoint, spectrum
from saddlesim.validation import FloatArray

__all__ = ["MatrixFactorization"]

MOST_POINTS = 4096  # stationary points that are listed at once


@dataclass(frozen=True, repr=False, eq=False)
class MatrixFactorization(Landscape):
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
    al. (2017) scale f by 1/2 instead of 1/4. Gradients cost O(d rank (rank + rank of M)).
    """

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

    @cached_property
    def core(self) -> _core.Landscape:
        """The C++ object that computes."""
        return _core.MatrixFactorization(self.M, self.rank)

    @property
    def size(self) -> int:
        """The size d of M."""
        return len(self.M)

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """U, shape (d, rank)."""
        return {"U": (self.size, self.rank)}

    @cached_property
    def eigen(self) -> tuple[FloatArray, FloatArray]:
        """Eigenvalues of M, descending, and its eigenvectors as rows; rounding is taken as 0."""
        values, vectors = np.linalg.eigh(self.M)
        values[np.abs(values) <= 1e-13 * np.abs(values).max()] = 0.0
        return values[::-1].copy(), np.ascontiguousarray(vectors.T[::-1])

    def stationary_point(self, captured: Sequence[int]) -> StationaryPoint:
        """Return U_S with the exact spectrum of its Hessian.

        Parameters
        ----------
        captured
            S: which eigenvalues of M are captured, counted from the largest, 0; each is positive.
        """
        values, vectors = self.eigen
        S = sorted({int(j) for j in captured})
        if (
            len(S) != len(captured)
            or len(S) > self.rank
            or any(not 0 <= j < self.size or values[j] <= 0 for j in S)
        ):
            raise ValueError(
                f"captured must be at most {self.rank} different positions of positive "
                f"eigenvalues, 0 to {int(np.count_nonzero(values > 0)) - 1}, got {captured!r}"
            )
        U = np.zeros((self.size, self.rank))
        U[:, : len(S)] = (np.sqrt(values[S])[:, None] * vectors[S]).T
        inside, outside = values[S], np.delete(values, S)
        free = self.rank - len(S)
        pairs = inside[:, None] + inside
        eigenvalues = spectrum(
            inside[:, None] - outside,
            np.repeat(-outside, free),
            np.zeros(len(S) * free),
            # two columns: turning one into the other costs nothing, the opposite costs their sum
            pairs[np.tril_indices(len(S))],
            np.zeros(len(S) * (len(S) - 1) // 2),
        )
        value = math.fsum(outside**2) / 4
        # to capture the largest ones is all that can be done
        best = value <= self.minimum_value * (1 + 1e-12)
        name = "global minimum" if best else f"captures {S}" if S else "the origin"
        return StationaryPoint(U.ravel(), value, eigenvalues, name, "minimum" if best else None)

    def iter_stationary_points(self) -> Iterator[StationaryPoint]:
        """Yield U_S for all S, the smallest sets first; they may be very many."""
        positive = range(int(np.count_nonzero(self.eigen[0] > 0)))
        for size in range(min(self.rank, len(positive)) + 1):
            for S in combinations(positive, size):
                yield self.stationary_point(S)

    def stationary_points(self) -> list[StationaryPoint]:
        """Return U_S for all sets S, the origin first; all others are their rotations U_S R.

        Raises
        ------
        ValueError
            If there are more than 4096.
        """
        positive = int(np.count_nonzero(self.eigen[0] > 0))
        number = sum(math.comb(positive, k) for k in range(min(self.rank, positive) + 1))
        if number > MOST_POINTS:
            raise ValueError(
                f"stationary_points() would list {number:,} points, more than {MOST_POINTS:,}; "
                "use iter_stationary_points(), or stationary_point(captured) for one of them"
            )
        return list(self.iter_stationary_points())

    @cached_property
    def minimum_value(self) -> float:
        """A quarter of the sum of the squares of the eigenvalues that cannot be captured."""
        values = self.eigen[0]
        captured = min(self.rank, int(np.count_nonzero(values > 0)))
        return math.fsum(values[captured:] ** 2) / 4

    @property
    def spectral_norm(self) -> float:
        """The largest eigenvalue of M in magnitude."""
        return float(np.abs(self.eigen[0]).max())

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

    @property
    def length_scale(self) -> float:
        """The square root of |M|: the size of a column that captures the largest eigenvalue."""
        return math.sqrt(self.spectral_norm)

    def default_initial(self) -> Initial:
        """Return entries N(0, 1e-6 |M|): near the saddle at the origin."""
        return Gaussian(1e-3 * self.length_scale)

    def default_escape(self) -> Escape:
        """Return that f has fallen halfway from the origin to the next lower critical value."""
        positive = self.eigen[0][self.eigen[0] > 0]
        if not len(positive):
            return ValueBelow((1 + 1e-6) * self.minimum_value)
        return ValueBelow(math.fsum(self.eigen[0] ** 2) / 4 - float(positive[-1]) ** 2 / 8)
