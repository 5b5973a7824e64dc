"""Fully-connected networks, straight from their formulas: one sample after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DeepNetwork:
    """sum_i loss(u_i, y_i), u = s_N W_N act(... s_2 W_2 act(s_1 W_1 x))."""

    X: Array
    Y: Array
    widths: tuple[int, ...]
    scales: tuple[float, ...]
    activation: str
    loss: str

    def act(self, z: Array) -> tuple[Array, Array, Array]:
        """The activation with its first two derivatives."""
        if self.activation == "relu":
            return np.where(z >= 0, z, 0), np.where(z >= 0, 1.0, 0.0), 0 * z
        if self.activation == "tanh":
            return np.tanh(z), 1 - np.tanh(z) ** 2, -2 * np.tanh(z) * (1 - np.tanh(z) ** 2)
        if self.activation == "softplus":
            slope = expit(z)
            return np.logaddexp(0, z), slope, slope * expit(-z)
        return z**2, 2 * z, 2 + 0 * z

    def weights(self, x: Array) -> list[Array]:
        found, at = [], 0
        for inputs, outputs in zip(self.widths, self.widths[1:], strict=False):
            found.append(x[at : at + inputs * outputs].reshape(outputs, inputs))
            at += inputs * outputs
        return found

    def output(self, x: Array, sample: Array) -> Array:
        h = sample
        for layer, (W, s) in enumerate(zip(self.weights(x), self.scales, strict=True)):
            z = s * (W @ h)
            h = z if layer == len(self.scales) - 1 else self.act(z)[0]
        return h

    def jacobian(self, x: Array, sample: Array) -> Array:
        """The derivatives of the outputs on a sample, by the chain rule from the front."""
        h, dh = sample, np.zeros((len(sample), len(x)))
        at = 0
        for layer, (W, s) in enumerate(zip(self.weights(x), self.scales, strict=True)):
            z, dz = s * (W @ h), s * (W @ dh)
            for unit in range(len(W)):
                dz[unit, at : at + len(h)] += s * h
                at += len(h)
            if layer == len(self.scales) - 1:
                return dz
            h, slope, _ = self.act(z)
            dh = slope[:, None] * dz
        raise AssertionError

    def second(self, x: Array, v: Array, sample: Array) -> Array:
        """How that Jacobian changes along v, by the chain rule once more."""
        h, size = sample, len(x)
        dh, eh, deh = np.zeros((len(h), size)), np.zeros(len(h)), np.zeros((len(h), size))
        at = 0
        pairs = zip(self.weights(x), self.weights(v), self.scales, strict=True)
        for layer, (W, V, s) in enumerate(pairs):
            z, dz = s * (W @ h), s * (W @ dh)  # dz for all coordinates, ez along v
            ez, dez = s * (V @ h + W @ eh), s * (V @ dh + W @ deh)
            for unit in range(len(W)):
                dz[unit, at : at + len(h)] += s * h
                dez[unit, at : at + len(h)] += s * eh
                at += len(h)
            if layer == len(self.scales) - 1:
                return dez
            h, slope, curvature = self.act(z)
            dh, eh = slope[:, None] * dz, slope * ez
            deh = slope[:, None] * dez + (curvature * ez)[:, None] * dz
        raise AssertionError

    def losses(self, u: Array, y: Array) -> tuple[Array, Array, Array]:
        """The loss of each output with its first two derivatives."""
        if self.loss == "squared":
            return (u - y) ** 2 / 2, u - y, 1 + 0 * u
        p, q = expit(-y * u), expit(y * u)
        return np.logaddexp(0, -y * u), -y * p, p * q

    def value(self, x: Array) -> float:
        each = [
            self.losses(self.output(x, s), y)[0].sum() for s, y in zip(self.X, self.Y, strict=True)
        ]
        return float(sum(each))

    def part(self, x: Array, i: int) -> Array:
        """The gradient of one sample's loss."""
        slope = self.losses(self.output(x, self.X[i]), self.Y[i])[1]
        return slope @ self.jacobian(x, self.X[i])

    def gradient(self, x: Array) -> Array:
        return np.sum([self.part(x, i) for i in range(len(self.X))], axis=0)

    def hvp(self, x: Array, v: Array) -> Array:
        total = np.zeros_like(x)
        for s, y in zip(self.X, self.Y, strict=True):
            _, slope, curvature = self.losses(self.output(x, s), y)
            J = self.jacobian(x, s)
            total += (curvature * (J @ v)) @ J + slope @ self.second(x, v, s)
        return total
