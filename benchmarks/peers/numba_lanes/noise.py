"""Noisy gradient descent on a quadratic, 16 trajectories a block."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from peers.numba_lanes.masks import mask_bits
from peers.numba_lanes.memory import aligned, convert, load, store
from peers.numba_lanes.random import LANES, begin, declare_state, normals, streams
from peers.numba_lanes.refill import Steps, parts_of, refill, share
from peers.numba_lanes.vectors import f32x16, f64x16, magnitude
from problems import Array, NoisyQuadratic

_load, _load_single, _double = load(f64x16), load(f32x16), convert(f64x16)


@njit
def _run(
    starts: Array,
    first: int,
    last: int,
    words: NDArray[np.uint32],
    shrink: Array,
    noise: float,
    radius: float,
    max_steps: int,
    steps: Steps,
) -> None:
    dim = starts.shape[1]
    x = aligned(dim * LANES)
    x[:] = 0.0
    # a step's normals, an even number: doubling them is cheaper from memory than from registers
    kicks = aligned((dim + 1) * LANES // 2).view(np.float32)
    owners, births = np.full(LANES, -1), np.zeros(LANES, dtype=np.int64)
    waiting = np.array([first, last])
    clock = 0
    busy, deadline = refill(0, 0, max_steps, waiting, owners, births, starts, x, steps)
    state = declare_state()
    begin(state, words)
    while busy:
        ended = mask_bits(magnitude(_load(x, 0)) >= radius) & busy
        if ended or clock >= deadline:
            busy, deadline = refill(
                ended, clock, max_steps, waiting, owners, births, starts, x, steps
            )
            continue
        for at in range(0, dim * LANES, 2 * LANES):
            a, b = normals(state, noise)
            store(kicks, at, a)
            store(kicks, at + LANES, b)
        for j in range(dim):
            at = j * LANES
            store(x, at, _load(x, at) * shrink[j] + _double(_load_single(kicks, at)))
        clock += 1


@njit(parallel=True)
def _run_parts(
    starts: Array,
    words: NDArray[np.uint32],
    shrink: Array,
    noise: float,
    radius: float,
    max_steps: int,
) -> Steps:
    steps = np.empty(len(starts), dtype=np.int64)
    for part in prange(len(words)):
        first, last = share(len(starts), part, len(words))
        _run(starts, first, last, words[part], shrink, noise, radius, max_steps, steps)
    return steps


def noisy_quadratic(problem: NoisyQuadratic) -> Callable[[Array], Steps]:
    p = problem
    shrink = 1 - p.step_size * p.eigenvalues
    return lambda starts: _run_parts(
        starts, streams(parts_of(len(starts))), shrink, p.noise, p.radius, p.max_steps
    )
