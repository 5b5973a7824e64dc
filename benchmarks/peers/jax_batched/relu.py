"""The ReLU network, one trajectory at a time: its weights are a matrix already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from problems import ReLU, ReLUHvp

from .blocks import Array, by_threads, jax, jnp, lax


def relu(p: ReLU) -> Callable[[Array], Array]:
    """Descend; where units are active multiplies residuals * X, so that no mask is multiplied."""
    output = p.signs * p.signs.size**-0.5
    scale = (p.step_size * output)[:, None]
    xt = np.ascontiguousarray(p.X.T)

    def step(_: Any, w: Any) -> Any:
        z = w @ xt
        residuals = output @ jnp.maximum(z, 0.0) - p.y
        return w - scale * (jnp.where(z >= 0.0, 1.0, 0.0) @ (residuals[:, None] * p.X))

    @jax.jit
    def descend(starts: Any) -> Any:
        return lax.map(lambda w: lax.fori_loop(0, p.steps, step, w), starts)

    return lambda starts: by_threads(lambda w: np.asarray(descend(w)), starts)


def relu_hvp(p: ReLUHvp) -> Callable[[Array, Array], Array]:
    output = p.signs * p.signs.size**-0.5
    xt = np.ascontiguousarray(p.X.T)

    def one(point: Any) -> Any:
        w, v = point
        active = jnp.where(w @ xt >= 0.0, 1.0, 0.0)
        change = output @ (active * (v @ xt))
        return output[:, None] * (active @ (change[:, None] * p.X))

    @jax.jit
    def products(w: Any, v: Any) -> Any:
        return lax.map(one, (w, v))

    return lambda w, v: by_threads(lambda w, v: np.asarray(products(w, v)), w, v)
