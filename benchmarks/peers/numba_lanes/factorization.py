"""Descent on the low-rank factorisation in lanes, in M's eigenbasis.

With M = Q diag(values) Q', the descent for U is that for Q' U with the diagonal matrix. There, a
step takes row u_i to (1 + h value_i) u_i - h u_i G with the Gram matrix G = U' U, and
4 f = |G|^2 - 2 sum_i value_i |u_i|^2 + |values|^2. Near the end f is computed without cancellation,
so that rounding does not decide which step is the last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import njit, prange
from peers.numba_lanes.masks import mask_bits
from peers.numba_lanes.memory import aligned, load, registers, splat, store
from peers.numba_lanes.refill import Steps, parts_of, refill, share
from peers.numba_lanes.spectrum import spectrum
from peers.numba_lanes.vectors import Vector, f64x8
from problems import Array, Factorization

LANES = f64x8.count
Gram = Row = Any  # registers, r x r (the lower triangle) and r
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

    @njit(forceinline=True)
    def add_row(G: Gram, u: Row) -> None:
        """Add u u' to the Gram matrix."""
        for k in range(r):
            for c in range(k + 1):
                G[k * r + c] = G[k * r + c] + u[k] * u[c]

    @njit(forceinline=True)
    def square(u: Row) -> Vector:
        result = u[0] * u[0]
        for k in range(1, r):
            result = result + u[k] * u[k]
        return result

    @njit(forceinline=True)
    def load_row(U: Array, i: int, u: Row) -> None:
        for k in range(r):
            u[k] = _load(U, (i * r + k) * LANES)

    @njit(forceinline=True)
    def move_row(U: Array, i: int, keep: float, G: Gram, u: Row, new: Row) -> None:
        """Replace the row u by keep u + u G, and return it in `new` too."""
        load_row(U, i, u)
        for k in range(r):
            new[k] = u[k] * keep
            for c in range(r):
                new[k] = new[k] + u[c] * G[c * r + k]
            store(U, (i * r + k) * LANES, new[k])

    @njit(forceinline=True)
    def add_norm(value: Vector, G: Gram) -> Vector:
        """Return the value with |G|^2."""
        for k in range(r):
            value = value + G[k * r + k] * G[k * r + k]
            for c in range(k):
                value = value + G[k * r + c] * G[k * r + c] * 2.0
        return value

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
        G, H, u, new = declare_gram(), declare_gram(), declare_row(), declare_row()
        norm2 = (values * values).sum()
        bound = 4 * below + ROUNDING * norm2 - norm2
        while True:
            busy, deadline = refill(
                ended, clock, max_steps, waiting, owners, births, starts, U, steps
            )
            if not busy:
                break
            for k in range(r * r):
                H[k] = _splat(0.0)
            value = _splat(0.0)
            for i in range(d):
                load_row(U, i, u)
                add_row(H, u)
                value = value + square(u) * (-2 * values[i])
            while True:
                if mask_bits(add_norm(value, H) < bound) & busy:
                    ended = small(U, values, below) & busy
                else:
                    ended = 0
                if ended or clock >= deadline:
                    break
                for k in range(r):
                    for c in range(k + 1):
                        G[k * r + c] = H[k * r + c] * -step_size
                        G[c * r + k] = G[k * r + c]
                        H[k * r + c] = _splat(0.0)
                value = _splat(0.0)
                for i in range(charged):
                    move_row(U, i, 1 + step_size * values[i], G, u, new)
                    add_row(H, new)
                    value = value + square(new) * (-2 * values[i])
                for i in range(charged, d):
                    move_row(U, i, 1.0, G, u, new)
                    add_row(H, new)
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


def factorization(problem: Factorization) -> Callable[[Array], Steps]:
    p = problem
    values, Q, charged = spectrum(p.M)

    def run(starts: Array) -> Steps:
        n, d, r = starts.shape
        rotated = np.matmul(Q.T, starts).reshape(n, d * r)
        return _descent(d, r, charged)(
            rotated, values, p.step_size, p.below, p.max_steps, parts_of(n)
        )

    return run
