"""How strongly a landscape curves at a point, from a few Hessian-vector products."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.landscapes.base import Landscape

__all__ = ["largest_curvature"]


def largest_curvature(landscape: Landscape, x: FloatArray, *, iterations: int = 60) -> float:
    """Return the Hessian's spectral norm at a point by power iteration, from below.

    Parameters
    ----------
    landscape
        The landscape.
    x
        The point, shape (dim,).
    iterations
        Hessian-vector products for each of a block's starting vectors. The estimate is low by a
        factor of about 1 - log(dim) / (2 iterations) at worst.
    """
    V = np.random.default_rng(0).normal(size=(16, landscape.dim))  # a block costs no more than one
    norm = 0.0
    for _ in range(iterations):
        V /= np.linalg.norm(V, axis=1)[:, None]
        V = landscape.hvp(x, V)
        norm = max(norm, float(np.linalg.norm(V, axis=1).max()))
        if norm == 0.0 or not math.isfinite(norm):
            break
        V[np.linalg.norm(V, axis=1) == 0] = 1.0
    return norm
