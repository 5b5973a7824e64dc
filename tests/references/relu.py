"""A hidden layer of rectifiers, straight from its formulas: one sample after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TwoLayerReLU:
    """1/2 sum_i (u_i - y_i)^2, u_i = m^-1/2 sum_r a_r max(w_r . x_i, 0)."""

    X: Array
    y: Array
    signs: Array

    def _weights(self, x: Array) -> Array:
        return x.reshape(len(self.signs), -1)

    def output(self, x: Array, i: int) -> float:
        scale = math.sqrt(len(self.signs))
        units = zip(self.signs, self._weights(x), strict=True)
        return math.fsum(a * max(float(w @ self.X[i]), 0.0) for a, w in units) / scale

    def value(self, x: Array) -> float:
        return math.fsum((self.output(x, i) - self.y[i]) ** 2 for i in range(len(self.y))) / 2

    def gradient(self, x: Array) -> Array:
        return sum((self.output(x, i) - y) * self.slope(x, i) for i, y in enumerate(self.y))

    def hvp(self, x: Array, v: Array) -> Array:
        slopes = [self.slope(x, i) for i in range(len(self.y))]
        return sum((s @ v) * s for s in slopes)

    def slope(self, x: Array, i: int) -> Array:
        """The gradient of output i."""
        active = self._weights(x) @ self.X[i] >= 0
        return np.outer(self.signs * active, self.X[i]).ravel() / math.sqrt(len(self.signs))
