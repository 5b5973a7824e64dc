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


@dataclass(frozen=True)
class SmallDataNetwork:
    """Yun, Sra and Jadbabaie's three points; derivatives by sympy's way, one activation each."""

    activation: str

    POINTS = (((1.0, 0.0), 0.0), ((0.0, 1.0), 0.0), ((0.5, 0.5), 1.0))

    def h(self, z: Array) -> tuple[Array, Array, Array]:
        """The activation with its first two derivatives."""
        if self.activation == "sigmoid":
            s = 1 / (1 + np.exp(-z))
            return s, s * (1 - s), s * (1 - s) * (1 - 2 * s)
        if self.activation == "tanh":
            t = np.tanh(z)
            return t, 1 - t**2, -2 * t * (1 - t**2)
        if self.activation == "arctan":
            return np.arctan(z), 1 / (1 + z**2), -2 * z / (1 + z**2) ** 2
        slope = np.where(z >= 0, 1.0, 0.0 if self.activation == "relu" else 0.1)
        return slope * z, slope, 0 * z

    def value(self, x: Array) -> float:
        W1, b1, W2, b2 = x[:4].reshape(2, 2), x[4:6], x[6:8], x[8]
        errors = [W2 @ self.h(W1 @ p + b1)[0] + b2 - y for p, y in self.POINTS]
        return float(sum(e**2 for e in errors)) / 2

    def _jacobians(self, x: Array) -> list[tuple[float, Array, Array]]:
        """For every point: the error, its gradient and its Hessian in the nine numbers."""
        W1, b1, W2, b2 = x[:4].reshape(2, 2), x[4:6], x[6:8], x[8]
        found = []
        for p, y in self.POINTS:
            h, slope, curvature = self.h(W1 @ p + b1)
            inputs = np.zeros((2, 9))  # how the units' inputs depend on the nine numbers
            for unit in range(2):
                inputs[unit, 2 * unit : 2 * unit + 2] = p
                inputs[unit, 4 + unit] = 1
            gradient = (W2 * slope) @ inputs
            gradient[6:8] = h
            gradient[8] = 1
            hessian = inputs.T @ np.diag(W2 * curvature) @ inputs
            for unit in range(2):
                hessian[6 + unit] += slope[unit] * inputs[unit]
                hessian[:, 6 + unit] += slope[unit] * inputs[unit]
            found.append((float(W2 @ h + b2 - y), gradient, hessian))
        return found

    def gradient(self, x: Array) -> Array:
        return np.sum([e * g for e, g, _ in self._jacobians(x)], axis=0)

    def hvp(self, x: Array, v: Array) -> Array:
        return np.sum([g * (g @ v) + e * H @ v for e, g, H in self._jacobians(x)], axis=0)


@dataclass(frozen=True)
class DeepLinearNetwork:
    """1/2 sum_i |W_N ... W_1 x_i - y_i|^2 by products of all weights before and after each."""

    X: Array
    Y: Array
    widths: tuple[int, ...]

    def weights(self, x: Array) -> list[Array]:
        found, at = [], 0
        for inputs, outputs in zip(self.widths, self.widths[1:], strict=False):
            found.append(x[at : at + inputs * outputs].reshape(outputs, inputs))
            at += inputs * outputs
        return found

    def product(self, matrices: list[Array], size: int) -> Array:
        """The last times ... times the first; the identity if there are none."""
        total = np.eye(size)
        for W in matrices:
            total = W @ total
        return total

    def value(self, x: Array) -> float:
        A = self.product(self.weights(x), self.widths[0])
        return float(np.sum((self.X @ A.T - self.Y) ** 2)) / 2

    def gradient(self, x: Array) -> Array:
        W = self.weights(x)
        error = (self.product(W, self.widths[0]) @ self.X.T - self.Y.T) @ self.X
        parts = []
        for j in range(len(W)):
            before = self.product(W[:j], self.widths[0])
            after = self.product(W[j + 1 :], self.widths[j + 1])
            parts.append((after.T @ error @ before.T).ravel())
        return np.concatenate(parts)

    def hvp(self, x: Array, v: Array) -> Array:
        """The second derivative of a polynomial of degree 2 N along v, by interpolation."""
        size = np.linalg.norm(x) / np.linalg.norm(v)
        degree = 2 * len(self.widths)
        t = size * np.cos(np.pi * (np.arange(degree) + 0.5) / degree)
        slopes = np.array([self.gradient(x + s * v) for s in t])
        fit = np.polynomial.Polynomial.fit
        return np.array([fit(t, column, degree - 1).deriv()(0.0) for column in slopes.T])
