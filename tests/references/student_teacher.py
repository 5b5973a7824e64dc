"""Safran and Shamir's loss by its definition, and by pairs."""

from __future__ import annotations

from dataclasses import dataclass

import mpmath
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def kappa(w: Array, v: Array) -> float:
    """E [w x]_+ [v x]_+ for Gaussian x (Cho and Saul 2009)."""
    a, b = np.linalg.norm(w), np.linalg.norm(v)
    t = 2 * np.arctan2(np.linalg.norm(w / a - v / b), np.linalg.norm(w / a + v / b))
    return float(a * b / (2 * np.pi) * (np.sin(t) + (np.pi - t) * np.cos(t)))


def normal(w: Array, v: Array) -> Array:
    """The unit part of v across w; 0 for parallel vectors."""
    u = w / np.linalg.norm(w)
    across = v - (v @ u) * u
    length = np.linalg.norm(across)
    return across / length if length > 1e-12 * np.linalg.norm(v) else 0 * v


@dataclass(frozen=True)
class StudentTeacher:
    teacher: Array

    def rows(self, x: Array) -> Array:
        return x.reshape(-1, self.teacher.shape[1])

    def value(self, x: Array) -> float:
        W, V = self.rows(x), self.teacher
        among = sum(kappa(a, b) for a in W for b in W) + sum(kappa(a, b) for a in V for b in V)
        return among / 2 - sum(kappa(w, v) for w in W for v in V)

    def by_sampling(self, x: Array, samples: int, seed: int) -> tuple[float, float]:
        """The mean of the loss over random inputs, and its standard error."""
        inputs = np.random.default_rng(seed).normal(size=(samples, self.teacher.shape[1]))
        outputs = [np.maximum(inputs @ U.T, 0).sum(axis=1) for U in (self.rows(x), self.teacher)]
        losses = (outputs[0] - outputs[1]) ** 2 / 2
        return float(losses.mean()), float(losses.std() / np.sqrt(samples))

    @staticmethod
    def angle(w: Array, v: Array) -> float:
        a, b = w / np.linalg.norm(w), v / np.linalg.norm(v)
        return float(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b)))

    def slope(self, w: Array, v: Array) -> Array:
        """The gradient of kappa in w."""
        t = self.angle(w, v)
        along = np.linalg.norm(v) * np.sin(t) / np.linalg.norm(w)
        return (along * w + (np.pi - t) * v) / (2 * np.pi)

    def gradient(self, x: Array) -> Array:
        W = self.rows(x)
        rows = []
        for i, w in enumerate(W):
            g = w / 2
            for j, other in enumerate(W):
                g = g + (self.slope(w, other) if j != i else 0)
            rows.append(g - sum(self.slope(w, v) for v in self.teacher))
        return np.ravel(rows)

    def hvp(self, x: Array, d: Array) -> Array:
        W, D = self.rows(x), self.rows(d)
        eye = np.eye(W.shape[1])

        def own(w: Array, v: Array) -> Array:
            u, n = w / np.linalg.norm(w), normal(w, v)
            size = np.linalg.norm(v) * np.sin(self.angle(w, v)) / (2 * np.pi * np.linalg.norm(w))
            return size * (eye - np.outer(u, u) + np.outer(n, n))

        def mixed(w: Array, v: Array) -> Array:
            u, q = w / np.linalg.norm(w), v / np.linalg.norm(v)
            turn = (np.pi - self.angle(w, v)) * eye
            return (turn + np.outer(normal(w, v), u) + np.outer(normal(v, w), q)) / (2 * np.pi)

        rows = []
        for i, w in enumerate(W):
            block = eye / 2 - sum(own(w, v) for v in self.teacher)
            h = 0.0
            for j, other in enumerate(W):
                if j != i:
                    block = block + own(w, other)
                    h = h + mixed(w, other) @ D[j]
            rows.append(block @ D[i] + h)
        return np.ravel(rows)


def precise_value(W: Array, V: Array) -> float:
    """The loss in 60 digits, from all pairs of students and teachers with their signs."""
    with mpmath.workdps(60):
        rows = [[mpmath.mpf(float(a)) for a in row] for row in np.concatenate([W, V])]
        signs = [1] * len(W) + [-1] * len(V)

        def twice_kappa(w: list[mpmath.mpf], v: list[mpmath.mpf]) -> mpmath.mpf:
            size = mpmath.sqrt(mpmath.fdot(w, w) * mpmath.fdot(v, v))
            c = max(-mpmath.mpf(1), min(mpmath.mpf(1), mpmath.fdot(w, v) / size))
            return size * (mpmath.sqrt(1 - c * c) + (mpmath.pi - mpmath.acos(c)) * c)

        pairs = [
            s * t * twice_kappa(w, v)
            for s, w in zip(signs, rows, strict=True)
            for t, v in zip(signs, rows, strict=True)
        ]
        return float(mpmath.fsum(pairs) / (4 * mpmath.pi))
