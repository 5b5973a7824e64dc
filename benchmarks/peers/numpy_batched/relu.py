"""The ReLU network, a trajectory's weights a matrix."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from problems import ReLU, ReLUHvp

from .blocks import Array, by_blocks

LANES = 2


def relu(p: ReLU) -> Callable[[Array], Array]:
    """Descend; where units are active multiplies residuals * X, so that no mask is multiplied."""
    n, d = p.X.shape
    m = p.signs.size
    output = p.signs * m**-0.5
    scale = (p.step_size * output)[:, None]
    xt = np.ascontiguousarray(p.X.T)

    def run(starts: Array) -> Array:
        w = np.array(starts, order="C")
        trials = w.shape[0]
        z = np.empty((trials, m, n))
        positive = np.empty(z.shape, dtype=bool)
        step = np.empty_like(w)
        for _ in range(p.steps):
            np.matmul(w.reshape(-1, d), xt, out=z.reshape(-1, n))
            np.greater_equal(z, 0.0, out=positive)
            np.maximum(z, 0.0, out=z)
            residuals = np.matmul(output, z)
            residuals -= p.y
            np.copyto(z, positive)
            np.matmul(z, residuals[:, :, None] * p.X, out=step)
            step *= scale
            w -= step
        return w

    return lambda starts: by_blocks(run, LANES, starts)


def relu_hvp(p: ReLUHvp) -> Callable[[Array, Array], Array]:
    n, d = p.X.shape
    m = p.signs.size
    output = p.signs * m**-0.5
    xt = np.ascontiguousarray(p.X.T)

    def run(w: Array, v: Array) -> Array:
        active = np.empty((w.shape[0], m, n))
        change = np.empty_like(active)
        np.matmul(w.reshape(-1, d), xt, out=active.reshape(-1, n))
        np.matmul(v.reshape(-1, d), xt, out=change.reshape(-1, n))
        np.copyto(active, active >= 0.0)
        change *= active
        product = np.matmul(active, np.matmul(output, change)[:, :, None] * p.X)
        product *= output[:, None]
        return product

    return lambda w, v: by_blocks(run, LANES, w, v)
