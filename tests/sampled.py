"""Landscapes that are sums over samples, and their gradients sample by sample, slowly."""

from __future__ import annotations

import math

import numpy as np

import saddlesim as ss
from saddlesim.landscapes import data

Array = np.ndarray

LANDSCAPES: dict[str, ss.Landscape] = {
    "sensing": ss.MatrixSensing.random(6, 2, measurements=30, noise=0.1, seed=1),
    "sensing, one": ss.MatrixSensing.random(1, 1, measurements=1, seed=1),
    "completion": ss.MatrixCompletion.random(9, 2, row_bound=0.4, seed=1),
    "quadratic network": ss.QuadraticNetwork.random(4, width=2, samples=9, seed=1),
    "quadratic network, entries": ss.QuadraticNetwork.random(4, width=6, samples=50, seed=1),
    "deep linear": ss.DeepLinearNetwork.random([4, 3, 5, 2], samples=11, seed=1),
    "linear": ss.DeepLinearNetwork.random([9, 2], samples=5, seed=1),
    "ReLU": ss.TwoLayerReLU.random(5, seed=1, samples=9, width=12),
}
SHARED = "sensing"


def parts(f: ss.Landscape, x: Array) -> Array:
    """The gradients whose mean is that of f, one for each sample, by slow loops."""
    shaped = f.unflatten(x)
    rows = []
    if isinstance(f, ss.MatrixSensing):
        U = shaped["U"]
        for A, b in zip(f.measurements, f.targets, strict=True):
            S = (A + A.T) / 2
            rows.append((np.sum(A * (U @ U.T)) - b) * S @ U)
    elif isinstance(f, ss.QuadraticNetwork):
        W = shaped["W"]
        for s, y in zip(f.X, f.y, strict=True):
            rows.append((np.sum((W.T @ s) ** 2) - y) * np.outer(s, s @ W))
    elif isinstance(f, ss.TwoLayerReLU):
        W, scale = shaped["W"], 1 / math.sqrt(f.width)
        for s, y in zip(f.X, f.y, strict=True):
            z = W @ s
            error = scale * np.sum(f.signs * np.maximum(z, 0)) - y
            rows.append(len(f.y) * error * scale * np.outer(f.signs * (z >= 0), s))
    elif isinstance(f, ss.DeepLinearNetwork):
        weights = list(shaped.values())
        for s, y in zip(f.X, f.Y, strict=True):
            outputs = [s]
            for W in weights:
                outputs.append(W @ outputs[-1])
            back, gradients = outputs[-1] - y, []
            for W, before in zip(weights[::-1], outputs[-2::-1], strict=True):
                gradients.append(np.outer(back, before).ravel())
                back = W.T @ back
            rows.append(len(f.X) * np.concatenate(gradients[::-1]))
    else:
        assert isinstance(f, ss.MatrixCompletion)
        X = shaped["X"]
        n = np.linalg.norm(X, axis=1)[:, None]
        fixed = 4 * f.penalty * np.maximum(n - f.row_bound, 0) ** 3 / n * X
        assert fixed.any()
        for i, j in zip(*np.nonzero(np.tril(f.mask)), strict=True):
            e, g = X[i] @ X[j] - f.M[i, j], np.zeros_like(X)
            for a, b in {(i, j), (j, i)}:  # two entries of f, off the diagonal
                g[a] += e * X[b]
                g[b] += e * X[a]
            rows.append(f.samples * g + fixed)
    return np.array([row.ravel() for row in rows])


def point(f: ss.Landscape, seed: int = 0) -> Array:
    return 0.7 * data.normals(seed, "stochastic, points", (f.dim,))
