"""Gradient descent on the two-layer network, a trajectory at a time with its neurons in lanes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit, prange
from peers.numba_lanes.masks import mask_bits
from peers.numba_lanes.memory import aligned, store
from peers.numba_lanes.tiles import (
    DIMS,
    GROUP,
    LANES,
    NEURONS,
    PAIR,
    SAMPLES,
    Masks,
    Samples,
    add_active,
    declare_gradient,
    declare_sums,
    declare_tile,
    fill,
    from_columns,
    load_lanes,
    products,
    samples_of,
    to_columns,
    weigh_samples,
)
from peers.numba_lanes.vectors import select, total
from problems import Array, ReLU


@njit
def _residuals(W: Array, samples: Samples, y: Array, masks: Masks, residuals: Array) -> None:
    h, sums = declare_tile(), declare_sums()
    for block in range(samples.forward.shape[0]):
        for a in range(SAMPLES):
            sums[a] = fill(0.0)
        for neuron in range(0, samples.signs.size, NEURONS):
            products(h, W, neuron, samples, block)
            for k in range(GROUP):
                sign = load_lanes(samples.signs, neuron + k * LANES)
                for a in range(SAMPLES):
                    v = h[k * SAMPLES + a]
                    active = v >= 0.0
                    masks[block * SAMPLES + a, neuron // LANES + k] = mask_bits(active)
                    sums[a] = select(active, sums[a] + v * sign, sums[a])
        for a in range(SAMPLES):
            i = block * SAMPLES + a
            residuals[i] = total(sums[a]) - y[i]


@njit
def _move(W: Array, samples: Samples, masks: Masks, weighted: Array, step_size: float) -> None:
    g = declare_gradient()
    for neuron in range(0, samples.signs.size, PAIR * LANES):
        for block in range(samples.backward.shape[0]):
            add_active(g, masks, neuron, weighted, block)
            for k in range(PAIR):
                sign = load_lanes(samples.signs, neuron + k * LANES) * step_size
                for j in range(DIMS):
                    at = (block * DIMS + j) * samples.stride + neuron + k * LANES
                    store(W, at, load_lanes(W, at) - g[k * DIMS + j] * sign)


@njit(parallel=True)
def _descent(starts: Array, samples: Samples, y: Array, step_size: float, steps: int) -> Array:
    ends = np.empty_like(starts)
    for i in prange(len(starts)):
        W = aligned(samples.backward.shape[0] * DIMS * samples.stride)
        W[:] = 0.0
        residuals, weighted = aligned(y.size), np.empty_like(samples.backward)
        masks = np.empty((y.size, samples.signs.size // LANES), dtype=np.uint8)
        to_columns(starts[i], W, samples.stride)
        for _ in range(steps):
            _residuals(W, samples, y, masks, residuals)
            weigh_samples(residuals, samples, weighted)
            _move(W, samples, masks, weighted, step_size)
        from_columns(W, ends[i], samples.stride)
    return ends


def relu(problem: ReLU) -> Callable[[Array], Array]:
    p, samples = problem, samples_of(problem.X, problem.signs)
    y = np.zeros(len(samples.forward) * SAMPLES)
    y[: p.y.size] = p.y
    return lambda starts: _descent(starts, samples, y, p.step_size, p.steps)
