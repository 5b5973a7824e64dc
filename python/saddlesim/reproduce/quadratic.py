"""Quadratic saddles, and starts on their stable manifolds, that several works share."""

from __future__ import annotations

import numpy as np

from saddlesim.initial import At, Gaussian
from saddlesim.landscapes import QuadraticSaddle
from saddlesim.validation import FloatArray

__all__ = ["STEP", "off_saddle", "saddle", "stable_starts"]

STEP = 0.1  # a tenth of 1/l on the saddles below, which grow by a = 1.1 a step


def saddle(dim: int, k: int = 1, *, rotation_seed: int | None = None) -> QuadraticSaddle:
    """Return a saddle with k eigenvalues -1, the others 1; axis-aligned unless rotated."""
    return QuadraticSaddle(np.concatenate([-np.ones(k), np.ones(dim - k)]), rotation_seed)


def stable_starts(f: QuadraticSaddle, trials: int, seed: int) -> At:
    """Return N(0, I) starts projected on the stable subspace; exactly so on an axis-aligned one."""
    points = Gaussian(1.0).sample(f, trials=trials, seed=seed)
    rows = _escape_rows(f)
    return At(points - (points @ rows.T) @ rows)


def off_saddle(f: QuadraticSaddle, points: FloatArray) -> FloatArray:
    """Return the length of the points' component along the escape directions, shape (n,)."""
    lengths: FloatArray = np.linalg.norm(points @ _escape_rows(f).T, axis=1)
    return lengths


def _escape_rows(f: QuadraticSaddle) -> FloatArray:
    return f.escape_subspace(f.stationary_points()[0])
