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


@dataclass(frozen=True)
class AsymmetricFactorization:
    """1/2 |U V' - M|^2 + balance/8 |U'U - V'V|^2."""

    M: Array
    rank: int
    balance: float

    def split(self, x: Array) -> tuple[Array, Array]:
        d1, d2 = self.M.shape
        return x[: d1 * self.rank].reshape(d1, -1), x[d1 * self.rank :].reshape(d2, -1)

    def value(self, x: Array) -> float:
        U, V = self.split(x)
        E, B = U @ V.T - self.M, U.T @ U - V.T @ V
        return float(np.sum(E**2) / 2 + self.balance / 8 * np.sum(B**2))

    def gradient(self, x: Array) -> Array:
        U, V = self.split(x)
        E, B, half = U @ V.T - self.M, U.T @ U - V.T @ V, self.balance / 2
        return np.concatenate([(E @ V + half * U @ B).ravel(), (E.T @ U - half * V @ B).ravel()])

    def hvp(self, x: Array, v: Array) -> Array:
        (U, V), (P, Q), half = self.split(x), self.split(v), self.balance / 2
        E, B = U @ V.T - self.M, U.T @ U - V.T @ V
        dE = P @ V.T + U @ Q.T
        dB = P.T @ U + U.T @ P - Q.T @ V - V.T @ Q
        return np.concatenate(
            [
                (dE @ V + E @ Q + half * (P @ B + U @ dB)).ravel(),
                (dE.T @ U + E.T @ P - half * (Q @ B + V @ dB)).ravel(),
            ]
        )


@dataclass(frozen=True)
class MatrixSensing:
    """1/(4 n) sum_i (<A_i, U U'> - b_i)^2, one measurement after the other."""

    A: Array
    b: Array
    rank: int

    def value(self, x: Array) -> float:
        U = x.reshape(-1, self.rank)
        squares = [(np.sum(A * (U @ U.T)) - b) ** 2 for A, b in zip(self.A, self.b, strict=True)]
        return float(sum(squares)) / (4 * len(self.b))

    def gradient(self, x: Array) -> Array:
        U, total = x.reshape(-1, self.rank), 0.0
        for A, b in zip(self.A, self.b, strict=True):
            S = (A + A.T) / 2
            total = total + (np.sum(S * (U @ U.T)) - b) * S @ U
        return np.ravel(total) / len(self.b)

    def hvp(self, x: Array, v: Array) -> Array:
        U, V, total = x.reshape(-1, self.rank), v.reshape(-1, self.rank), 0.0
        for A, b in zip(self.A, self.b, strict=True):
            S = (A + A.T) / 2
            rho = np.sum(S * (U @ U.T)) - b
            total = total + rho * S @ V + 2 * np.sum((S @ U) * V) * S @ U
        return np.ravel(total) / len(self.b)


@dataclass(frozen=True)
class MatrixCompletion:
    """1/2 sum over observed entries, one after the other, and the regulariser row by row."""

    M: Array
    mask: NDArray[np.bool_]
    rank: int
    penalty: float
    row_bound: float

    def value(self, x: Array) -> float:
        X, total = x.reshape(-1, self.rank), 0.0
        for i, j in np.argwhere(self.mask):
            total += (X[i] @ X[j] - self.M[i, j]) ** 2 / 2
        lengths = np.linalg.norm(X, axis=1)
        return float(total + self.penalty * np.sum(np.maximum(lengths - self.row_bound, 0) ** 4))

    def gradient(self, x: Array) -> Array:
        X = x.reshape(-1, self.rank)
        G = 2 * np.where(self.mask, X @ X.T - self.M, 0) @ X
        for i, row in enumerate(X):
            n = np.linalg.norm(row)
            G[i] += 4 * self.penalty * max(n - self.row_bound, 0) ** 3 * row / n
        return G.ravel()

    def hvp(self, x: Array, v: Array) -> Array:
        X, V = x.reshape(-1, self.rank), v.reshape(-1, self.rank)
        H = 2 * np.where(self.mask, X @ V.T + V @ X.T, 0) @ X
        H += 2 * np.where(self.mask, X @ X.T - self.M, 0) @ V
        for i, (row, d) in enumerate(zip(X, V, strict=True)):
            n = np.linalg.norm(row)
            u, s = row / n, max(n - self.row_bound, 0)
            radial, across = 12 * s**2 * (u @ d) * u, 4 * s**3 / n * (d - (u @ d) * u)
            H[i] += self.penalty * (radial + across)
        return H.ravel()
