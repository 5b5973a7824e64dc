"""Networks, straight from their formulas: one sample after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class QuadraticNetwork:
    """1/(4 n) sum_i (|W'x_i|^2 - y_i)^2."""

    X: Array
    y: Array
    width: int

    def value(self, x: Array) -> float:
        W = x.reshape(-1, self.width)
        errors = [np.sum((W.T @ s) ** 2) - y for s, y in zip(self.X, self.y, strict=True)]
        return float(sum(e**2 for e in errors)) / (4 * len(self.y))

    def gradient(self, x: Array) -> Array:
        W, total = x.reshape(-1, self.width), np.zeros((self.X.shape[1], self.width))
        for s, y in zip(self.X, self.y, strict=True):
            total += (np.sum((W.T @ s) ** 2) - y) * np.outer(s, s @ W)
        return total.ravel() / len(self.y)

    def hvp(self, x: Array, v: Array) -> Array:
        W, V = x.reshape(-1, self.width), v.reshape(-1, self.width)
        total = np.zeros_like(W)
        for s, y in zip(self.X, self.y, strict=True):
            r = np.sum((W.T @ s) ** 2) - y
            total += r * np.outer(s, s @ V) + 2 * (s @ W @ V.T @ s) * np.outer(s, s @ W)
        return total.ravel() / len(self.y)
