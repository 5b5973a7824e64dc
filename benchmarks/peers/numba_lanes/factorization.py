"""Low-rank factorisation in lanes: descent in M's eigenbasis, and products in low-rank form.

With M = Q diag(values) Q', the descent for U is that for Q' U with the diagonal matrix: there, row i
of a step is (1 + h value_i) u_i - h u_i G with the Gram matrix G = U' U, and
4 f = |G|^2 - 2 sum_i value_i |u_i|^2 + |values|^2, whose rounding errors are avoided near the end.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import njit, prange
from peers.numba_lanes.memory import LINE, aligned, load, registers, splat, store, transpose
from peers.numba_lanes.refill import Steps, parts_of, refill, share
from peers.numba_lanes.vectors import Vector, f64x8, mask_bits
from problems import Array, Factorization, FactorizationHvp

LANES = f64x8.count
ROUNDING = 1e-12  # of |M|^2, what the value through Gram matrices is surely good to
_load, _splat = load(f64x8), splat(f64x8)


@cache
def _descent(d: int, r: int, charged: int) -> Any:
    """Compile the descent for points (d, r) where only the first eigenvalues are not zero."""
    declare_gram, declare_row = registers(f64x8, r * r), registers(f64x8, r)

    @njit(forceinline=True)
    def small(U: Array, values: Array, bound: float) -> int:
        """Return which lanes' f is below the bound, without cancellation."""
        total = _splat(0.0)
        for i in range(d):
            for j in range(i + 1):
                entry = _splat(-values[i] if i == j else 0.0)
                for k in range(r):
                    entry = entry + _load(U, (i * r + k) * LANES) * _load(U, (j * r + k) * LANES)
                total = total + entry * entry * (1.0 if i == j else 2.0)
        return mask_bits(total * 0.25 < bound)

    @njit
    def run(
        starts: Array,
        first: int,
        end: int,
        values: Array,
        step_size: float,
        below: float,
        max_steps: int,
        steps: Steps,
    ) -> None:
        U = aligned(d * r * LANES)
        U[:] = 0.0
        owners, births = np.full(LANES, -1), np.zeros(LANES, dtype=np.int64)
        waiting = np.array([first, end])
        clock, ended = 0, 0
        busy, deadline = refill(
            ended, clock, max_steps, waiting, owners, births, starts, U, steps
        )
        G, u = declare_gram(), declare_row()
        norm2 = (values * values).sum()
        bound = 4 * below + ROUNDING * norm2 - norm2
        while busy:
            aligned_part = _splat(0.0)
            for k in range(r):
                for l in range(k + 1):
                    G[k * r + l] = _splat(0.0)
            for i in range(charged):
                weight = -2 * values[i]
                for k in range(r):
                    u[k] = _load(U, (i * r + k) * LANES)
                square = u[0] * u[0]
                for k in range(1, r):
                    square = square + u[k] * u[k]
                aligned_part = aligned_part + square * weight
                for k in range(r):
                    for l in range(k + 1):
                        G[k * r + l] = G[k * r + l] + u[k] * u[l]
            for i in range(charged, d):
                for k in range(r):
                    u[k] = _load(U, (i * r + k) * LANES)
                for k in range(r):
                    for l in range(k + 1):
                        G[k * r + l] = G[k * r + l] + u[k] * u[l]
            for k in range(r):
                aligned_part = aligned_part + G[k * r + k] * G[k * r + k]
                for l in range(k):
                    aligned_part = aligned_part + G[k * r + l] * G[k * r + l] * 2.0
            if mask_bits(aligned_part < bound) & busy or clock >= deadline:
                ended = small(U, values, below) & busy
                if ended or clock >= deadline:
                    busy, deadline = refill(
                        ended, clock, max_steps, waiting, owners, births, starts, U, steps
                    )
                    continue
            for k in range(r):
                for l in range(k + 1):
                    G[k * r + l] = G[k * r + l] * -step_size
                    G[l * r + k] = G[k * r + l]
            for i in range(d):
                keep = 1 + step_size * values[i]
                for k in range(r):
                    u[k] = _load(U, (i * r + k) * LANES)
                for k in range(r):
                    new = u[k] * keep
                    for l in range(r):
                        new = new + u[l] * G[l * r + k]
                    store(U, (i * r + k) * LANES, new)
            clock += 1

    @njit(parallel=True)
    def run_parts(
        starts: Array,
        values: Array,
        step_size: float,
        below: float,
        max_steps: int,
        parts: int,
    ) -> Steps:
        steps = np.empty(len(starts), dtype=np.int64)
        for part in prange(parts):
            first, end = share(len(starts), part, parts)
            run(starts, first, end, values, step_size, below, max_steps, steps)
        return steps

    return run_parts


def _spectrum(M: Array) -> tuple[Array, Array, int]:
    """Return M's eigenvalues, the largest first, its eigenvectors, and how many are not rounding."""
    values, Q = np.linalg.eigh(M)
    order = np.argsort(-np.abs(values))
    values, Q = values[order], Q[:, order]
    charged = int(np.count_nonzero(np.abs(values) > 1e-14 * len(M) * np.abs(values[:1])))
    values[charged:] = 0
    return values, Q, charged


def factorization(problem: Factorization) -> Callable[[Array], Steps]:
    p = problem
    values, Q, charged = _spectrum(p.M)

    def run(starts: Array) -> Steps:
        n, d, r = starts.shape
        rotated = np.matmul(Q.T, starts).reshape(n, d * r)
        return _descent(d, r, charged)(
            rotated, values, p.step_size, p.below, p.max_steps, parts_of(n)
        )

    return run
