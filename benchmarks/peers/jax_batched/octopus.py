"""The octopus. It is even in every coordinate, so that the absolute values are followed."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import and_, or_
from typing import Any

import numpy as np
from numpy.typing import NDArray
from problems import OctopusDescent, OctopusKicks

from .blocks import Array, by_threads, in_blocks, jnp, lax, places, until_done
from .normals import following, minus_log_uniform, pairs, seeds

LANES = 512


def gradient(p: OctopusDescent | OctopusKicks, x: list[Any]) -> list[Any]:
    """Return the gradient where no coordinate is negative.

    The connecting region's polynomials are evaluated once, wherever that region is.
    """
    L, gamma, tau = p.L, p.gamma, p.tau
    in_turn = x[0] == x[0]
    before = ~in_turn  # whether the coordinate before is escaping
    escaping, follows, plain = [], [], []
    a, b = jnp.zeros_like(x[0]), jnp.zeros_like(x[0])
    for c in x:
        past = c > 2.0 * tau
        left = in_turn & past
        escaping.append(in_turn & ~past)
        follows.append(before)
        plain.append(2.0 * L * (c - jnp.where(left, 4.0 * tau, 0.0)))
        a, b = jnp.where(escaping[-1], c, a), jnp.where(before, c, b)
        in_turn, before = left, escaping[-1]
    s, u = jnp.maximum(a - tau, 0.0), jnp.minimum((2.0 * tau - a) / tau, 1.0)
    own = s * s * ((10.0 * gamma - 14.0 * L) / tau + (10.0 * L - 6.0 * gamma) / tau**2 * s)
    own -= 2.0 * gamma * a + 30.0 * (L + gamma) / tau * (u * (1.0 - u) * b) ** 2
    next_ = 2.0 * b * ((L + gamma) * u**3 * (10.0 + u * (6.0 * u - 15.0)) - gamma)
    return [
        jnp.where(e, own, jnp.where(f, next_, g))
        for e, f, g in zip(escaping, follows, plain, strict=True)
    ]


def at_minimum(p: OctopusDescent | OctopusKicks, x: list[Any]) -> Any:
    return reduce(and_, [jnp.abs(c - 4.0 * p.tau) <= p.tolerance for c in x])


def descend(p: OctopusDescent | OctopusKicks, x: list[Any]) -> Any:
    moved = zip(x, gradient(p, x), strict=True)
    return jnp.stack([jnp.abs(c - p.step_size * g) for c, g in moved])


def octopus_descent(p: OctopusDescent) -> Callable[[Array], NDArray[np.int64]]:
    chunk = 32

    def advance(x: Any, private: Any) -> Any:
        def step(_: Any, carry: Any) -> Any:
            x, count, alive = carry
            rows = list(x)
            alive &= ~at_minimum(p, rows)
            return descend(p, rows), count + jnp.where(alive, 1.0, 0.0), alive

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
        ball = draw(random, d)

        def step(_: Any, carry: Any) -> Any:
            x, age, count, alive = carry
            rows = list(x)
            alive &= ~at_minimum(p, rows)
            small = sum(g * g for g in gradient(p, rows)) <= p.threshold**2
            kick = small & (age >= p.min_interval)
            x = jnp.stack([jnp.where(kick, jnp.abs(c + b), c) for c, b in zip(x, ball)])
            x = descend(p, list(x))
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
