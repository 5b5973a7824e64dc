"""The octopus. It is even in every coordinate, so that the absolute values are followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from problems import OctopusDescent, OctopusKicks

from .blocks import Array, by_threads, in_blocks, jnp, lax, places, until_done
from .normals import following, minus_log_uniform, pairs, seeds

LANES = 256


def gradient(p: OctopusDescent | OctopusKicks, x: Any) -> Any:
    """Return the gradient where no coordinate is negative.

    The connecting region's polynomials are evaluated once, wherever that region is; the barriers
    keep XLA from evaluating them again in the loop of every coordinate.
    """
    L, gamma, tau = p.L, p.gamma, p.tau
    stage, a, b = jnp.zeros_like(x[0]), x[0], jnp.zeros_like(x[0])
    for j, (c, after) in enumerate(zip(x, [*x[1:], b], strict=True)):
        in_turn = stage == j
        a, b = jnp.where(in_turn, c, a), jnp.where(in_turn, after, b)
        stage = jnp.where(in_turn & (c > 2.0 * tau), j + 1.0, stage)
    stage, a, b = (stage, a, b)
    s, u = jnp.maximum(a - tau, 0.0), jnp.minimum((2.0 * tau - a) / tau, 1.0)
    own = s * s * ((10.0 * gamma - 14.0 * L) / tau + (10.0 * L - 6.0 * gamma) / tau**2 * s)
    own -= 2.0 * gamma * a + 30.0 * (L + gamma) / tau * (u * (1.0 - u) * b) ** 2
    next_ = 2.0 * b * ((L + gamma) * u**3 * (10.0 + u * (6.0 * u - 15.0)) - gamma)
    own, next_ = lax.optimization_barrier((own, next_))
    j = jnp.arange(x.shape[0], dtype=x.dtype)[:, None]
    plain = 2.0 * L * (x - jnp.where(j < stage, 4.0 * tau, 0.0))
    return jnp.where(j == stage, own, jnp.where(j == stage + 1.0, next_, plain))


def at_minimum(p: OctopusDescent | OctopusKicks, x: Any) -> Any:
    return jnp.abs(x - 4.0 * p.tau).max(axis=0) <= p.tolerance


def descend(p: OctopusDescent | OctopusKicks, x: Any) -> Any:
    return jnp.abs(x - p.step_size * gradient(p, x))


def octopus_descent(p: OctopusDescent) -> Callable[[Array], NDArray[np.int64]]:
    chunk = 32

    def advance(x: Any, private: Any) -> Any:
        def step(_: Any, carry: Any) -> Any:
            x, count, alive = carry
            alive &= ~at_minimum(p, x)
            return descend(p, x), count + jnp.where(alive, 1.0, 0.0), alive

        zero = jnp.zeros(x.shape[-1])
        x, count, _ = lax.fori_loop(0, chunk, step, (x, zero, zero == 0.0))
        return x, private, count

    compiled = in_blocks(advance, LANES)

    def run(starts: Array) -> NDArray[np.int64]:
        return until_done(compiled, np.abs(starts.T), (), LANES, chunk, p.max_steps)

    return lambda starts: by_threads(run, starts)


def octopus_kicks(p: OctopusKicks) -> Callable[[Array], NDArray[np.int64]]:
    """Kick at most once in a chunk, which is no longer than the interval: one draw for a chunk."""
    chunk = max(1, min(p.min_interval, 32))

    def draw(bits: Any, d: int) -> Any:
        """Return points uniform in the ball, of which the signs do not matter."""
        half = -(-d // 2)
        points = jnp.concatenate(pairs(bits[:half], bits[half : 2 * half]))[:d]
        length = p.radius * jnp.exp(minus_log_uniform(bits[-1]) / -d)
        return points * (length / jnp.sqrt((points * points).sum(axis=0)))

    def advance(points: Any, random: Any) -> Any:
        d = points.shape[0] - 1
        random = following(random)
        ball = lax.optimization_barrier(draw(random, d))

        def step(_: Any, carry: Any) -> Any:
            x, age, count, alive = carry
            alive &= ~at_minimum(p, x)
            small = (gradient(p, x) ** 2).sum(axis=0) <= p.threshold**2
            kick = lax.optimization_barrier(small & (age >= p.min_interval))
            x = descend(p, lax.optimization_barrier(jnp.where(kick, jnp.abs(x + ball), x)))
            age = jnp.where(kick, 0.0, age) + 1.0
            return x, age, count + jnp.where(alive, 1.0, 0.0), alive

        zero = jnp.zeros(points.shape[-1])
        x, age, count, _ = lax.fori_loop(0, chunk, step, (points[:d], points[d], zero, zero == 0.0))
        return jnp.concatenate([x, age[None]]), random, count

    compiled = in_blocks(advance, LANES)

    def run(starts: Array) -> NDArray[np.int64]:
        trials, d = starts.shape
        points = np.empty((d + 1, trials))
        points[:d], points[d] = np.abs(starts.T), np.inf
        random = seeds(2 * -(-d // 2) + 1, places(trials, LANES))
        return until_done(compiled, points, random, LANES, chunk, p.max_steps)

    return lambda starts: by_threads(run, starts)
