"""Completing a low-rank matrix of which some entries are observed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import validation
from saddlesim.landscapes import data
from saddlesim.landscapes.planted import Planted
from saddlesim.landscapes.stationary import spectrum
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["MatrixCompletion"]

_FITS = 1e-12


@dataclass(frozen=True, repr=False, eq=False)
class MatrixCompletion(Planted):
    """f(X) = 1/2 |P(X X' - M)|_F^2 + penalty sum_i (|X_i| - row_bound)_+^4, X of shape (d, rank).

    P keeps the observed entries. The gradient is 2 P(X X' - M) X plus, in row i,
    4 penalty s^3 / |X_i| X_i with s = (|X_i| - row_bound)_+; the regulariser keeps rows from
    becoming long, and is three times continuously differentiable. At the origin the Hessian is
    V -> -2 P(M) V. f is twice what `MatrixFactorization` has for the same matrix. x is X, row by
    row.

    Parameters
    ----------
    M
        Symmetric, shape (d, d); entries that are not observed are not looked at, except to tell
        whether M has a factor that fits.
    mask
        Which entries are observed: booleans, symmetric, shape (d, d).
    rank
        Columns of X, from 1 to d.
    penalty
        Weight of the regulariser, at least 0.
    row_bound
        Length up to which a row costs nothing, positive.

    Notes
    -----
    Ge, Lee and Ma, "Matrix completion has no spurious local minimum", NIPS 2016. (They print the
    regulariser's derivative with exponent 4 for 3.) Their theory wants a row_bound of a multiple of
    the longest row and a penalty of the order of |mask - p|, p the share of observed entries.
    """

    dim: int = field(init=False)
    M: FloatArray
    mask: NDArray[np.bool_]
    rank: int
    penalty: float
    row_bound: float

    def __init__(self, M: Any, mask: Any, rank: int, penalty: float, row_bound: float) -> None:
        matrix = validation.symmetric("M", M)
        observed = np.array(mask)
        if observed.dtype != bool or observed.shape != matrix.shape:
            raise ValueError(
                f"mask must be booleans of the shape {matrix.shape} of M, got {observed.dtype} of "
                f"shape {observed.shape}"
            )
        if not np.array_equal(observed, observed.T) or not observed.any():
            raise ValueError(
                "mask must be symmetric with an entry that is True, as M is; pass mask | mask.T"
            )
        observed.flags.writeable = False
        object.__setattr__(self, "M", matrix)
        object.__setattr__(self, "mask", observed)
        object.__setattr__(self, "rank", validation.rank("rank", rank, len(matrix)))
        penalty = validation.number("penalty", penalty, nonnegative=True)
        row_bound = validation.number("row_bound", row_bound, positive=True)
        object.__setattr__(self, "penalty", penalty)
        object.__setattr__(self, "row_bound", row_bound)
        object.__setattr__(self, "dim", self.rank * len(matrix))

    @classmethod
    def random(
        cls,
        dim: int,
        rank: int,
        *,
        observed: float = 0.5,
        penalty: float | None = None,
        row_bound: float | None = None,
        seed: int = 0,
    ) -> MatrixCompletion:
        """Return the problem of a random projection of rank `rank`.

        Parameters
        ----------
        dim
            d.
        rank
            Of the projection, and columns of X.
        observed
            Probability with which each entry on and below the diagonal is observed, at most 1.
        penalty
            None is 2 sqrt(d p (1 - p)), about |mask - p|, with p = `observed`, and at least 1.
        row_bound
            None is three times the longest row of the planted factor.
        seed
            Of the eigenvectors, which are uniform (Haar) and so incoherent, and of the mask.
        """
        d = validation.count("dim", dim)
        r = validation.rank("rank", rank, d)
        p = validation.number("observed", observed, positive=True)
        if p > 1:
            raise ValueError(f"observed must be a probability, at most 1, got {p:g}")
        X = data.orthogonal(seed, "planted factor", d)[:r].T
        lower = np.tril(data.uniforms(seed, "observed entries", (d, d)) < p)
        if not lower.any():
            lower[0, 0] = True
        if penalty is None:
            penalty = max(2 * math.sqrt(d * p * (1 - p)), 1.0)
        if row_bound is None:
            row_bound = 3 * math.sqrt(float(data.square_lengths(X).max()))
        return cls(data.symmetric(X.T, np.ones(r)), lower | lower.T, r, penalty, row_bound)

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        return core.MatrixCompletion(self.M, self.mask, self.rank, self.penalty, self.row_bound)

    @property
    def samples(self) -> int:
        """The number of entries observed on and below the diagonal; the penalty belongs to none."""
        return int(np.count_nonzero(np.tril(self.mask)))

    def lower_samples(self, core: Core) -> _core.Samples:
        """Return the object of a compiled core that has the raw samples, for minibatches."""
        return core.completion_samples(self.M, self.mask, self.rank, self.penalty, self.row_bound)

    @property
    def size(self) -> int:
        """The size d of M."""
        return len(self.M)

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """X, shape (d, rank)."""
        return {"X": (self.size, self.rank)}

    @cached_property
    def _known(self) -> FloatArray:
        """The eigenvalues of P(M), ascending."""
        return np.linalg.eigvalsh(np.where(self.mask, self.M, 0.0)).astype(np.float64)

    @property
    def value_at_origin(self) -> float:
        """Half the sum of the squares of what is observed."""
        return math.fsum(self.M[self.mask] ** 2) / 2

    @cached_property
    def planted_minimum(self) -> FloatArray | None:
        """A factor of M with no row beyond the bound, at which f = 0; None if M has none."""
        values, vectors = np.linalg.eigh(self.M)
        top = np.maximum(values[::-1][: self.rank], 0)
        X = vectors[:, ::-1][:, : self.rank] * np.sqrt(top)
        misfit = np.abs(X @ X.T - self.M).max()
        fits = misfit <= _FITS * np.abs(self.M).max()
        short = np.linalg.norm(X, axis=1).max() <= self.row_bound
        return validation.read_only(X.ravel()) if fits and short else None

    @property
    def origin_eigenvalues(self) -> FloatArray:
        """The spectrum of -2 P(M), as often as X has columns."""
        return spectrum(np.repeat(-2 * self._known, self.rank))

    @property
    def _norm(self) -> float:
        return float(np.linalg.norm(self.M, 2))

    @property
    def smoothness(self) -> float:
        """A bound on the Hessian's norm where |X|^2 <= 2 |M| and no row is beyond the bound.

        8 |M| from the change of X X', twice 2 sqrt(rank) |M| + |P(M)| from the residual.
        """
        residual = 2 * math.sqrt(self.rank) * self._norm + float(np.abs(self._known).max())
        return 8 * self._norm + 2 * residual

    @property
    def hessian_lipschitz(self) -> float:
        """12 sqrt(2 |M|): a bound on its Lipschitz constant on the same set."""
        return 12 * math.sqrt(2 * self._norm)

    @property
    def length_scale(self) -> float:
        """The square root of |M|: the size of a column of a factor."""
        return math.sqrt(self._norm)
