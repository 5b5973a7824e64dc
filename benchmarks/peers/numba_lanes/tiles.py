"""What the network's gradient and its products share: tiles of samples and neurons, in registers.

Lanes are neurons here: a point is W by columns, (dimensions, neurons), the samples come by blocks,
and where neurons are active is a bit each.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from peers.numba_lanes.masks import bits_mask
from peers.numba_lanes.memory import LINE, load, registers, splat, transpose
from peers.numba_lanes.vectors import f64x8, select
from problems import Array

LANES = f64x8.count
SAMPLES, GROUP = 4, 4  # a forward tile: so many samples, and vectors of neurons
DIMS, PAIR = 8, 2  # a backward tile: so many dimensions, and vectors of neurons
NEURONS = GROUP * LANES
Masks = NDArray[np.uint8]
Tile = Any  # registers

load_lanes, fill, to_mask = load(f64x8), splat(f64x8), bits_mask(LANES)
declare_tile, declare_sums = registers(f64x8, SAMPLES * GROUP), registers(f64x8, SAMPLES)
declare_gradient = registers(f64x8, DIMS * PAIR)


class Samples(NamedTuple):
    """The samples, padded with zeros, as compiled functions take them."""

    forward: Array  # (n / SAMPLES, d, SAMPLES)
    backward: Array  # (d / DIMS, n, DIMS)
    signs: Array  # (neurons,) over sqrt(m)
    stride: int  # between the columns of a point, which do not compete for cache sets


def samples_of(X: Array, signs: Array) -> Samples:
    n, d = X.shape
    padded = np.zeros((-(-n // SAMPLES) * SAMPLES, -(-d // DIMS) * DIMS))
    padded[:n, :d] = X
    forward = padded.reshape(-1, SAMPLES, padded.shape[1]).transpose(0, 2, 1)[:, :d]
    backward = padded.reshape(len(padded), -1, DIMS).transpose(1, 0, 2)
    scaled = np.zeros(-(-signs.size // NEURONS) * NEURONS)
    scaled[: signs.size] = signs / math.sqrt(signs.size)
    return Samples(
        np.ascontiguousarray(forward), np.ascontiguousarray(backward), scaled, scaled.size + LINE
    )


@njit
def to_columns(rows: Array, columns: Array, stride: int) -> None:
    """Write a matrix by columns."""
    m, d = rows.shape
    for r in range(0, m - m % LINE, LINE):
        for j in range(0, d - d % LINE, LINE):
            transpose(rows, r * d + j, d, columns, j * stride + r, stride)
    for r in range(m):
        for j in range(d - d % LINE if r < m - m % LINE else 0, d):
            columns[j * stride + r] = rows[r, j]


@njit
def from_columns(columns: Array, rows: Array, stride: int) -> None:
    """Write what `to_columns` has read."""
    m, d = rows.shape
    for r in range(0, m - m % LINE, LINE):
        for j in range(0, d - d % LINE, LINE):
            transpose(columns, j * stride + r, stride, rows, r * d + j, d)
    for r in range(m):
        for j in range(d - d % LINE if r < m - m % LINE else 0, d):
            rows[r, j] = columns[j * stride + r]


@njit(forceinline=True)
def products(h: Tile, W: Array, neuron: int, samples: Samples, block: int) -> None:
    """Take the products w . x of a tile."""
    for k in range(SAMPLES * GROUP):
        h[k] = fill(0.0)
    for j in range(samples.forward.shape[1]):
        for k in range(GROUP):
            w = load_lanes(W, j * samples.stride + neuron + k * LANES)
            for a in range(SAMPLES):
                h[k * SAMPLES + a] = h[k * SAMPLES + a] + w * samples.forward[block, j, a]


@njit
def weigh_samples(weights: Array, samples: Samples, weighted: Array) -> None:
    """Write weights_i x_i: the masks are then those of additions, which costs no selection."""
    for block in range(samples.backward.shape[0]):
        for i in range(weights.size):
            for j in range(DIMS):
                weighted[block, i, j] = weights[i] * samples.backward[block, i, j]


@njit(forceinline=True)
def add_active(g: Tile, masks: Masks, neuron: int, weighted: Array, block: int) -> None:
    """Take the sums of the weighted samples where active, for a tile of W's entries."""
    for k in range(DIMS * PAIR):
        g[k] = fill(0.0)
    for i in range(weighted.shape[1]):
        for k in range(PAIR):
            mask = to_mask(masks[i, neuron // LANES + k])
            for j in range(DIMS):
                at = k * DIMS + j
                g[at] = select(mask, g[at] + weighted[block, i, j], g[at])
