"""Hessian-vector products of the two-layer network, a point at a time with its neurons in lanes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit, prange
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
    to_mask,
    weigh_samples,
)
from peers.numba_lanes.vectors import mask_bits, select, total
from problems import Array, ReLUHvp


@njit
def _changes(W: Array, V: Array, samples: Samples, masks: Masks, changes: Array) -> None:
    h, sums = declare_tile(), declare_sums()
    for block in range(samples.forward.shape[0]):
        for a in range(SAMPLES):
            sums[a] = fill(0.0)
        for neuron in range(0, samples.signs.size, NEURONS):
            products(h, W, neuron, samples, block)
            for k in range(GROUP):
                for a in range(SAMPLES):
                    bits = mask_bits(h[k * SAMPLES + a] >= 0.0)
                    masks[block * SAMPLES + a, neuron // LANES + k] = bits
            products(h, V, neuron, samples, block)
            for k in range(GROUP):
                sign = load_lanes(samples.signs, neuron + k * LANES)
                for a in range(SAMPLES):
                    mask = to_mask(masks[block * SAMPLES + a, neuron // LANES + k])
                    sums[a] = select(mask, sums[a] + h[k * SAMPLES + a] * sign, sums[a])
        for a in range(SAMPLES):
            changes[block * SAMPLES + a] = total(sums[a])


@njit
def _weighed(samples: Samples, masks: Masks, weighted: Array, product: Array) -> None:
    g = declare_gradient()
    for neuron in range(0, samples.signs.size, PAIR * LANES):
        for block in range(samples.backward.shape[0]):
            add_active(g, masks, neuron, weighted, block)
            for k in range(PAIR):
                sign = load_lanes(samples.signs, neuron + k * LANES)
                for j in range(DIMS):
                    at = (block * DIMS + j) * samples.stride + neuron + k * LANES
                    store(product, at, g[k * DIMS + j] * sign)


@njit(parallel=True)
def _products(points: Array, directions: Array, samples: Samples) -> Array:
    results = np.empty_like(points)
    for i in prange(len(points)):
        size = samples.backward.shape[0] * DIMS * samples.stride
        W, V, product = aligned(size), aligned(size), aligned(size)
        W[:] = 0.0
        V[:] = 0.0
        changes = aligned(samples.forward.shape[0] * SAMPLES)
        weighted = np.empty_like(samples.backward)
        masks = np.empty((changes.size, samples.signs.size // LANES), dtype=np.uint8)
        to_columns(points[i], W, samples.stride)
        to_columns(directions[i], V, samples.stride)
        _changes(W, V, samples, masks, changes)
        weigh_samples(changes, samples, weighted)
        _weighed(samples, masks, weighted, product)
        from_columns(product, results[i], samples.stride)
    return results


def relu_hvp(problem: ReLUHvp) -> Callable[[Array, Array], Array]:
    samples = samples_of(problem.X, problem.signs)
    return lambda W, V: _products(W, V, samples)
