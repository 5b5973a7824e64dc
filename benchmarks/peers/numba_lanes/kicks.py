"""Perturbed gradient descent on the octopus: the descent's step, and kicks from a pool.

Kicks are drawn 16 at a time and kept by coordinate, so that the lanes that need one take the next
ones with an expanding load.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from peers.numba_lanes import random
from peers.numba_lanes.masks import mask_bits, population
from peers.numba_lanes.memory import aligned, convert, expand, load, splat, store
from peers.numba_lanes.octopus import LANES, Point, Shape, functions, load_lanes, shape_of
from peers.numba_lanes.octopus import splat_lanes as fill
from peers.numba_lanes.refill import Steps, parts_of, refill, share
from peers.numba_lanes.vectors import Vector, f32x16, f64x16, root, select
from problems import Array, OctopusKicks

POOL = 256
_double, _load_double, _single = convert(f64x16), load(f64x16), splat(f32x16)


@njit
def refresh(state: random.State, pool: Array, dim: int, radius: float) -> None:
    """Draw points uniform in the ball: `dim` coordinates of ones on the sphere of dim + 2.

    The squares of the two coordinates that are left out sum to -2 log of a uniform number.
    """
    for first in range(0, POOL, random.LANES):
        length2 = random.minus_two_log(random.next_words(state))
        for j in range(0, dim, 2):
            a, b = random.normals(state, 1.0)
            store(pool, j * POOL + first, _double(a))
            length2 = length2 + a * a
            if j + 1 < dim:
                store(pool, (j + 1) * POOL + first, _double(b))
                length2 = length2 + b * b
        scale = _double(_single(radius) / root(length2))
        for j in range(dim):
            at = j * POOL + first
            store(pool, at, _load_double(pool, at) * scale)


@cache
def _kicked(dim: int) -> Any:
    step, at_minimum, declare = functions(dim)

    @njit(forceinline=True)
    def small_gradients(x: Point, y: Point, limit2: float) -> Vector:
        """Return which lanes' steps are no longer than the limit."""
        even, odd = fill(0.0), fill(0.0)
        for j in range(0, dim - 1, 2):
            a, b = y[j] - x[j], y[j + 1] - x[j + 1]
            even = even + a * a
            odd = odd + b * b
        if dim % 2:
            a = y[dim - 1] - x[dim - 1]
            even = even + a * a
        return even + odd <= limit2

    @njit
    def run(
        starts: Array,
        first: int,
        end: int,
        words: NDArray[np.uint32],
        shape: Shape,
        radius: float,
        threshold: float,
        min_interval: int,
        max_steps: int,
        steps: Steps,
    ) -> None:
        kept, pool = aligned(dim * LANES), aligned(dim * POOL)
        ready = aligned(LANES)  # when each lane may be kicked again
        kept[:] = 0.0
        ready[:] = 0.0
        owners, births = np.full(LANES, -1), np.zeros(LANES, dtype=np.int64)
        waiting = np.array([first, end])
        state = random.declare_state()
        random.begin(state, words)
        used = POOL
        x, y = declare(), declare()
        limit2 = (shape.step_size * threshold) ** 2
        clock, ended = 0, 0
        while True:
            busy, deadline = refill(
                ended, clock, max_steps, waiting, owners, births, starts, kept, steps
            )
            if not busy:
                break
            for lane in range(LANES):
                if births[lane] == clock:
                    ready[lane] = clock
            for j in range(dim):
                x[j] = load_lanes(kept, j * LANES)
            ended = at_minimum(x, shape) & busy
            while not ended and clock < deadline:
                step(x, y, shape)
                small = small_gradients(x, y, limit2)
                if mask_bits(small) & busy:
                    waits = load_lanes(ready, 0)
                    small = small & (waits <= clock)
                    count = population(mask_bits(small))
                    if count:
                        store(ready, 0, select(small, fill(clock + min_interval), waits))
                        if used + count > POOL:
                            refresh(state, pool, dim, radius)
                            used = 0
                        for j in range(dim):
                            x[j] = x[j] + expand(pool, j * POOL + used, small, fill(0.0))
                        used += count
                        step(x, y, shape)
                for j in range(dim):
                    x[j] = y[j]
                clock += 1
                ended = at_minimum(x, shape) & busy
            for j in range(dim):
                store(kept, j * LANES, x[j])

    @njit(parallel=True)
    def run_parts(
        starts: Array,
        words: NDArray[np.uint32],
        shape: Shape,
        radius: float,
        threshold: float,
        min_interval: int,
        max_steps: int,
    ) -> Steps:
        steps = np.empty(len(starts), dtype=np.int64)
        for part in prange(len(words)):
            first, end = share(len(starts), part, len(words))
            run(
                starts,
                first,
                end,
                words[part],
                shape,
                radius,
                threshold,
                min_interval,
                max_steps,
                steps,
            )
        return steps

    return run_parts


def octopus_kicks(problem: OctopusKicks) -> Callable[[Array], Steps]:
    p = problem
    return lambda starts: _kicked(starts.shape[1])(
        starts,
        random.streams(parts_of(len(starts))),
        shape_of(p),
        p.radius,
        p.threshold,
        p.min_interval,
        p.max_steps,
    )
