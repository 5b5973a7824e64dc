"""Hessian-vector products of the factorisation, V (U'U) + U (V'U + U'V) - M V, 8 points a block.

M is applied through its eigenvectors if it has few eigenvalues other than zero.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import njit, prange
from peers.numba_lanes.memory import (
    LINE,
    aligned,
    from_lanes,
    load,
    prefetch,
    registers,
    splat,
    store,
    to_lanes,
)
from peers.numba_lanes.refill import parts_of, share
from peers.numba_lanes.spectrum import spectrum
from peers.numba_lanes.vectors import f64x8
from problems import Array, FactorizationHvp

LANES = f64x8.count
_load, _splat = load(f64x8), splat(f64x8)


@cache
def _products(d: int, r: int, rank: int) -> Any:
    declare_row, declare_square = registers(f64x8, r), registers(f64x8, r * r)
    declare_low = registers(f64x8, rank * r)

    @njit
    def block(
        U: Array,
        V: Array,
        left: Array,
        right: Array,
        product: Array,
        points: Array,
        directions: Array,
        products: Array,
        coming: int,
    ) -> None:
        """Write the products of a block, where M = left right', and fetch the coming block."""
        G, S, u, v = declare_square(), declare_square(), declare_row(), declare_row()
        for k in range(r * r):
            G[k] = _splat(0.0)
            S[k] = _splat(0.0)
        for i in range(d):
            for k in range(r):
                u[k] = _load(U, (i * r + k) * LANES)
                v[k] = _load(V, (i * r + k) * LANES)
                prefetch(points, coming + (i * r + k) * LINE, False)
            for k in range(r):
                for c in range(k + 1):
                    G[k * r + c] = G[k * r + c] + u[k] * u[c]
                    S[k * r + c] = S[k * r + c] + u[k] * v[c] + v[k] * u[c]
        for k in range(r):
            for c in range(k):
                G[c * r + k] = G[k * r + c]
                S[c * r + k] = S[k * r + c]
        K = declare_low()
        for k in range(rank * r):
            K[k] = _splat(0.0)
        for i in range(d):
            for k in range(r):
                v[k] = _load(V, (i * r + k) * LANES)
                prefetch(directions, coming + (i * r + k) * LINE, False)
            for a in range(rank):
                for k in range(r):
                    K[a * r + k] = K[a * r + k] - v[k] * right[i, a]
        for i in range(d):
            for k in range(r):
                u[k] = _load(U, (i * r + k) * LANES)
                v[k] = _load(V, (i * r + k) * LANES)
            for k in range(r):
                entry = v[0] * G[k]
                other = u[0] * S[k]
                for c in range(1, r):
                    entry = entry + v[c] * G[c * r + k]
                    other = other + u[c] * S[c * r + k]
                for a in range(rank):
                    entry = entry + K[a * r + k] * left[i, a]
                store(product, (i * r + k) * LANES, entry + other)
                prefetch(products, coming + (i * r + k) * LINE, True)

    @njit(parallel=True)
    def run(points: Array, directions: Array, left: Array, right: Array, parts: int) -> Array:
        n, size = points.shape
        products = np.empty((n, size))
        for part in prange(parts):
            first, end = share(n, part, parts)
            U, V, product = aligned(size * LANES), aligned(size * LANES), aligned(size * LANES)
            U[:] = 0.0
            V[:] = 0.0
            for i in range(first, end, LANES):
                count = min(LANES, end - i)
                to_lanes(points, i, count, U)
                to_lanes(directions, i, count, V)
                block(
                    U,
                    V,
                    left,
                    right,
                    product,
                    points,
                    directions,
                    products,
                    (i + LANES) * size,
                )
                from_lanes(product, products, i, count)
        return products

    return run


def factorization_hvp(problem: FactorizationHvp) -> Callable[[Array, Array], Array]:
    values, Q, rank = spectrum(problem.M)
    if 2 * rank < len(values):
        left, right = Q[:, :rank] * values[:rank], np.ascontiguousarray(Q[:, :rank])
    else:
        left, right, rank = np.ascontiguousarray(problem.M), np.eye(len(values)), len(values)

    def run(U: Array, V: Array) -> Array:
        n, d, r = U.shape
        products: Array = _products(d, r, rank)(
            U.reshape(n, d * r), V.reshape(n, d * r), left, right, parts_of(n)
        )
        return products.reshape(n, d, r)

    return run
