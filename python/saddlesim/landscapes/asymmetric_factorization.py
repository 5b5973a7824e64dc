"""Factorisation of any matrix into two factors, balanced or not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from saddlesim import validation
from saddlesim.landscapes import data, symmetries
from saddlesim.landscapes.captured import Factorization
from saddlesim.landscapes.stationary import StationaryPoint, spectrum
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["AsymmetricMatrixFactorization"]


@dataclass(frozen=True, repr=False, eq=False)
class AsymmetricMatrixFactorization(Factorization):
    """f(U, V) = 1/2 |U V' - M|_F^2 + balance/8 |U'U - V'V|_F^2; x is U, then V, row by row.

    U has shape (d1, rank), V (d2, rank). With E = U V' - M and B = U'U - V'V the gradients are
    E V + balance/2 U B and E'U - balance/2 V B. With singular triples (sigma_j, a_j, b_j) of M the
    balanced stationary points (the only ones where balance > 0) are, up to a common rotation of the
    columns, U_S = [sqrt(sigma_j) a_j], V_S = [sqrt(sigma_j) b_j], j in S, for the sets S of at most
    `rank` singular values. The global minima capture the largest, all others are strict saddles.

    Parameters
    ----------
    M
        Shape (d1, d2).
    rank
        Columns of U and of V, from 1 to min(d1, d2).
    balance
        At least 0. At 0, gradient flow conserves U'U - V'V.

    Notes
    -----
    Ge, Jin and Zheng, "No spurious local minima in nonconvex low rank problems", ICML 2017; for the
    conserved quantity Du, Hu and Lee, "Algorithmic regularization in learning deep homogeneous
    models", NeurIPS 2018.
    """

    weight: ClassVar[float] = 0.5

    dim: int = field(init=False)
    M: FloatArray
    rank: int
    balance: float = 1.0

    def __init__(self, M: Any, rank: int, balance: float = 1.0) -> None:
        matrix = validation.matrix("M", M)
        object.__setattr__(self, "M", matrix)
        object.__setattr__(self, "rank", validation.rank("rank", rank, min(matrix.shape)))
        balance = validation.number(
            "balance", balance, nonnegative=True, remedy="0 is no balancing"
        )
        object.__setattr__(self, "balance", balance)
        object.__setattr__(self, "dim", self.rank * sum(matrix.shape))

    @classmethod
    def random(
        cls,
        dim: int,
        rank: int,
        *,
        columns: int | None = None,
        balance: float = 1.0,
        seed: int = 0,
        singular_values: Any = None,
    ) -> AsymmetricMatrixFactorization:
        """Return the problem of a matrix with random singular vectors.

        Parameters
        ----------
        dim
            d1, the number of rows of M.
        rank
            Columns of U and V.
        columns
            d2; None is d1.
        balance
            As in the constructor.
        seed
            Of the singular vectors, which are uniform (Haar).
        singular_values
            At most min(d1, d2) numbers >= 0, the others being 0; None is `rank` ones.
        """
        d1 = validation.count("dim", dim)
        d2 = d1 if columns is None else validation.count("columns", columns)
        r = validation.rank("rank", rank, min(d1, d2))
        sigma = np.ones(r)
        if singular_values is not None:
            sigma = validation.singular_values(singular_values, min(d1, d2))
        left = data.orthogonal(seed, "left singular vectors", d1)[: len(sigma)]
        right = data.orthogonal(seed, "right singular vectors", d2)[: len(sigma)]
        return cls(data.product(left.T * sigma, right), r, balance)

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        return core.AsymmetricFactorization(self.M, self.rank, self.balance)

    @property
    def size(self) -> int:
        """The number d1 of rows of M."""
        return len(self.M)

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """U, shape (d1, rank), and V, shape (d2, rank)."""
        d1, d2 = self.M.shape
        return {"U": (d1, self.rank), "V": (d2, self.rank)}

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return those of (U, V) -> (U R, V R), R orthogonal, as in the base.

        Without balancing those of (U A^-1, V A'), A invertible: k = rank^2.
        """
        U, V = self.unflatten(X).values()
        if self.balance > 0:
            return symmetries.flat(symmetries.rotations(U), symmetries.rotations(V))
        outer, inner = symmetries.mixings(U, np.swapaxes(V, -1, -2))
        return symmetries.flat(outer, np.swapaxes(inner, -1, -2))

    def invariants(self, X: Any) -> FloatArray:
        """Return U U', U V' and V V', which tell all orbits apart, as in the base.

        Without balancing U V', of which all continuous invariants are functions. It tells orbits
        apart where U and V have the rank of U V', as at balanced points.
        """
        U, V = self.unflatten(X).values()
        if self.balance > 0:
            return symmetries.gram(np.concatenate([U, V], axis=-2))
        product: FloatArray = U @ np.swapaxes(V, -1, -2)
        return product.reshape(*product.shape[:-2], self.M.size)

    @cached_property
    def singular(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Singular values, descending, left and right singular vectors as rows; rounding is 0."""
        left, sigma, right = np.linalg.svd(self.M, full_matrices=False)
        sigma[sigma <= 1e-13 * sigma.max()] = 0.0
        return sigma, np.ascontiguousarray(left.T), right

    @property
    def strengths(self) -> FloatArray:
        """The singular values of M, descending."""
        return self.singular[0]

    def _at(self, S: list[int], value: float, name: str, kind: str | None) -> StationaryPoint:
        sigma, left, right = self.singular
        d1, d2 = self.M.shape
        U, V = np.zeros((d1, self.rank)), np.zeros((d2, self.rank))
        U[:, : len(S)] = (np.sqrt(sigma[S])[:, None] * left[S]).T
        V[:, : len(S)] = (np.sqrt(sigma[S])[:, None] * right[S]).T
        inside, outside = sigma[S], np.delete(sigma, S)
        free, extra = self.rank - len(S), abs(d1 - d2)  # directions that only one side has
        pairs = inside[:, None] + inside
        sums, off = pairs[np.tril_indices(len(S))], pairs[np.tril_indices(len(S), -1)]
        eigenvalues = spectrum(
            inside[:, None] - outside,
            inside[:, None] + outside,
            np.repeat(inside, extra),
            np.repeat(outside, free),
            np.repeat(-outside, free),
            np.zeros(extra * free),
            np.repeat(self.balance * inside, free),
            np.zeros(len(S) * free),
            # two columns: both sides changed alike, then both oppositely
            sums,
            np.zeros(len(off)),
            off,
            self.balance * sums,
        )
        return StationaryPoint(
            np.concatenate([U.ravel(), V.ravel()]), value, eigenvalues, name, kind
        )

    @property
    def smoothness(self) -> float:
        """(7 + 5 balance) |M|: a bound on the Hessian's norm where |U|^2, |V|^2 <= 2 |M|.

        By the triangle inequality: |dE V| and |dE'U| give 4 |M|, E at most 3 |M|, dB at most
        4 balance |M| and B, the difference of two positive matrices, balance |M|.
        """
        return (7 + 5 * self.balance) * self.spectral_norm

    @property
    def hessian_lipschitz(self) -> float:
        """6 (1 + balance) sqrt(|M|): a bound on its Lipschitz constant on the same set."""
        return 6 * (1 + self.balance) * math.sqrt(self.spectral_norm)
