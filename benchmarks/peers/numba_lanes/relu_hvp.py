"""Hessian-vector products of the two-layer network, a point at a time with its neurons in lanes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit, prange
from peers.numba_lanes.masks import mask_bits
from peers.numba_lanes.memory import LINE, aligned, prefetch, store
from peers.numba_lanes.refill import parts_of, share
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
    declare_tile,
    from_columns,
    load_lanes,
    products,
    samples_of,
    to_columns,
    to_mask,
    weigh_samples,
)
from peers.numba_lanes.vectors import select, total
from problems import Array, ReLUHvp


@njit
def _changes(
    W: Array,
    V: Array,
    samples: Samples,
    masks: Masks,
    sums: Array,
    points: Array,
    directions: Array,
    coming: int,
) -> None:
    """Write the sums over neurons in as many lanes; few columns of W and V are in use at a time.

    The coming point and direction are fetched meanwhile, some lines a tile.
    """
    h = declare_tile()
    sums[:] = 0.0
    tiles = samples.signs.size // NEURONS * samples.forward.shape[0]
    fetched = -(-points.shape[1] * points.shape[2] // (tiles * LINE)) * LINE
    for neuron in range(0, samples.signs.size, NEURONS):
        for block in range(samples.forward.shape[0]):
            products(h, W, neuron, samples, block)
            for k in range(GROUP):
                for a in range(SAMPLES):
                    bits = mask_bits(h[k * SAMPLES + a] >= 0.0)
                    masks[block * SAMPLES + a, neuron // LANES + k] = bits
            for j in range(coming, coming + fetched, LINE):
                prefetch(points, j, False)
                prefetch(directions, j, False)
            coming += fetched
            products(h, V, neuron, samples, block)
            for a in range(SAMPLES):
                at = (block * SAMPLES + a) * LANES
                change = load_lanes(sums, at)
                for k in range(GROUP):
                    sign = load_lanes(samples.signs, neuron + k * LANES)
                    mask = to_mask(masks[block * SAMPLES + a, neuron // LANES + k])
                    change = select(mask, change + h[k * SAMPLES + a] * sign, change)
                store(sums, at, change)


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
def _products(points: Array, directions: Array, samples: Samples, parts: int) -> Array:
    results = np.empty_like(points)
    n, m, d = points.shape
    for part in prange(parts):
        first, end = share(n, part, parts)
        size = samples.backward.shape[0] * DIMS * samples.stride
        W, V, product = aligned(size), aligned(size), aligned(size)
        W[:] = 0.0
        V[:] = 0.0
        changes = np.empty(samples.forward.shape[0] * SAMPLES)
        sums, weighted = aligned(changes.size * LANES), np.empty_like(samples.backward)
        masks = np.empty((changes.size, samples.signs.size // LANES), dtype=np.uint8)
        for i in range(first, end):
            to_columns(points[i], W, samples.stride)
            to_columns(directions[i], V, samples.stride)
            _changes(W, V, samples, masks, sums, points, directions, (i + 1) * m * d)
            for k in range(changes.size):
                changes[k] = total(load_lanes(sums, k * LANES))
            weigh_samples(changes, samples, weighted)
            _weighed(samples, masks, weighted, product)
            from_columns(product, results[i], samples.stride)
    return results


def relu_hvp(problem: ReLUHvp) -> Callable[[Array, Array], Array]:
    samples = samples_of(problem.X, problem.signs)
    return lambda W, V: _products(W, V, samples, parts_of(len(W)))
