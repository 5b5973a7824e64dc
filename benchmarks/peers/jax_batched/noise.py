"""The noisy quadratic: its coordinates in two halves, for the two normals of a pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from problems import NoisyQuadratic

from .blocks import Array, by_threads, in_blocks, jnp, lax, places, until_done
from .normals import following, pairs, seeds

LANES, CHUNK = 128, 16


def noisy_quadratic(p: NoisyQuadratic) -> Callable[[Array], NDArray[np.int64]]:
    d = p.eigenvalues.size
    half = -(-d // 2)
    shrink = np.zeros((2, half, 1))
    shrink.flat[:d] = 1.0 - p.step_size * p.eigenvalues

    def advance(x: Any, random: Any) -> Any:
        def step(_: Any, carry: Any) -> Any:
            a, b, random, count, alive = carry
            alive &= jnp.abs(a[0]) < p.radius
            random = following(random)
            one, other = pairs(random[0], random[1])
            a = shrink[0] * a + p.noise * one
            b = shrink[1] * b + p.noise * other
            return a, b, random, count + jnp.where(alive, 1.0, 0.0), alive

        zero = jnp.zeros(x.shape[-1])
        a, b, random, count, _ = lax.fori_loop(0, CHUNK, step, (*x, random, zero, zero == 0.0))
        return jnp.stack([a, b]), random, count

    compiled = in_blocks(advance, LANES)

    def run(starts: Array) -> NDArray[np.int64]:
        trials = starts.shape[0]
        x = np.zeros((2 * half, trials))
        x[:d] = starts.T
        random = seeds(2, half, places(trials, LANES))
        x = x.reshape(2, half, trials)
        return until_done(compiled, x, random, LANES, CHUNK, p.max_steps)

    return lambda starts: by_threads(run, starts)
