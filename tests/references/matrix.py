"""Landscapes whose points are factors of a matrix: straight from their formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MatrixFactorization:
    """1/4 |U U' - M|^2."""

    M: Array
    rank: int

    def _residual(self, x: Array) -> tuple[Array, Array]:
        U = x.reshape(-1, self.rank)
        return U, U @ U.T - self.M

    def value(self, x: Array) -> float:
        return float(np.sum(self._residual(x)[1] ** 2) / 4)

    def gradient(self, x: Array) -> Array:
        U, E = self._residual(x)
        return (E @ U).ravel()

    def hvp(self, x: Array, v: Array) -> Array:
        (U, E), V = self._residual(x), v.reshape(-1, self.rank)
        return ((U @ V.T + V @ U.T) @ U + E @ V).ravel()
