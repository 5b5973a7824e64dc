"""Gradient descent on matrix sensing, 16 trajectories a block, with symmetric matrices packed.

With p the packed lower triangle of U U', the packed gradient before it is multiplied by U is
K p - q, where K = A' diag(weights) / n has no more than d (d + 1) / 2 rows and columns however many
measurements A has. With few measurements the two factors of K are applied in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from peers.numba_lanes.memory import aligned, load, registers, splat, store
from peers.numba_lanes.vectors import f64x16
from problems import Array, Sensing

LANES = f64x16.count
ROWS = 8  # whose sums are kept in registers: two for a row and its 16 lanes
_load, _splat, _declare_rows = load(f64x16), splat(f64x16), registers(f64x16, ROWS)


class Affine(NamedTuple):
    """p -> matrix p - offset, by blocks of rows that are padded with zeros."""

    matrix: Array  # (blocks, columns, ROWS)
    offset: Array  # (blocks * ROWS,)


def affine(matrix: Array, offset: Array) -> Affine:
    rows, columns = matrix.shape
    padded, shift = np.zeros((-(-rows // ROWS) * ROWS, columns)), np.zeros(-(-rows // ROWS) * ROWS)
    padded[:rows], shift[:rows] = matrix, offset
    blocks = padded.reshape(-1, ROWS, columns).transpose(0, 2, 1)
    return Affine(np.ascontiguousarray(blocks), shift)


@njit
def apply(change: Affine, source: Array, target: Array) -> None:
    """Write what the vectors of lanes are taken to."""
    total = _declare_rows()
    for block in range(change.matrix.shape[0]):
        for a in range(ROWS):
            total[a] = _splat(-change.offset[block * ROWS + a])
        for c in range(change.matrix.shape[1]):
            p = _load(source, c * LANES)
            for a in range(ROWS):
                total[a] = total[a] + p * change.matrix[block, c, a]
        for a in range(ROWS):
            store(target, (block * ROWS + a) * LANES, total[a])


@cache
def _descent(d: int, r: int, in_turn: bool) -> Any:
    """Compile the descent; the gradient is `outer` of p, or of `inner` of p."""
    size, packed = d * r, d * (d + 1) // 2
    declare_row = registers(f64x16, r)

    @njit
    def pack(U: Array, p: Array) -> None:
        """Write the lower triangle of U U'."""
        u = declare_row()
        for a in range(d):
            for k in range(r):
                u[k] = _load(U, (a * r + k) * LANES)
            for b in range(a + 1):
                entry = u[0] * _load(U, b * r * LANES)
                for k in range(1, r):
                    entry = entry + u[k] * _load(U, (b * r + k) * LANES)
                store(p, (a * (a + 1) // 2 + b) * LANES, entry)

    @njit
    def descend(U: Array, g: Array, moved: Array) -> None:
        """Write U - g U for the packed g."""
        u = declare_row()
        for a in range(d):
            for k in range(r):
                u[k] = _load(U, (a * r + k) * LANES)
            for b in range(d):
                low, high = min(a, b), max(a, b)
                entry = _load(g, (high * (high + 1) // 2 + low) * LANES)
                for k in range(r):
                    u[k] = u[k] - entry * _load(U, (b * r + k) * LANES)
            for k in range(r):
                store(moved, (a * r + k) * LANES, u[k])

    @njit(parallel=True)
    def run(starts: Array, inner: Affine, outer: Affine, steps: int) -> Array:
        trials = len(starts)
        ends = np.empty((trials, size))
        for block in prange((trials + LANES - 1) // LANES):
            first = block * LANES
            count = min(LANES, trials - first)
            U, moved, p = aligned(size * LANES), aligned(size * LANES), aligned(packed * LANES)
            g = aligned(outer.offset.size * LANES)
            residuals = aligned(inner.offset.size * LANES)
            U[:] = 0.0
            for lane in range(count):
                for j in range(size):
                    U[j * LANES + lane] = starts[first + lane, j]
            for _ in range(steps):
                pack(U, p)
                if in_turn:
                    apply(inner, p, residuals)
                    apply(outer, residuals, g)
                else:
                    apply(outer, p, g)
                descend(U, g, moved)
                U, moved = moved, U
            for lane in range(count):
                for j in range(size):
                    ends[first + lane, j] = U[j * LANES + lane]
        return ends

    return run


def sensing(problem: Sensing) -> Callable[[Array], Array]:
    n, d, _ = problem.A.shape
    rows, columns = np.tril_indices(d)
    A = problem.A[:, rows, columns]
    weighted = np.where(rows == columns, 1.0, 2.0) * A
    back = A.T * (problem.step_size / n)
    inner = affine(weighted, problem.b)
    in_turn = 2 * n < len(rows)
    outer = (
        affine(back, np.zeros(len(rows))) if in_turn else affine(back @ weighted, back @ problem.b)
    )

    def run(starts: Array) -> Array:
        trials, _, r = starts.shape
        ends: Array = _descent(d, r, in_turn)(
            starts.reshape(trials, d * r), inner, outer, problem.steps
        )
        return ends.reshape(starts.shape)

    return run
