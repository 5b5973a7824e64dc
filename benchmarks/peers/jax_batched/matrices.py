"""Factorisation and sensing, with the small products written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from problems import Factorization, FactorizationHvp, Sensing

from .blocks import Array, by_threads, in_blocks, jax, jnp, lax, until_done

LANES, CHUNK = 64, 8


def gram(u: Any) -> dict[tuple[int, int], Any]:
    """Return the upper triangle of U' U for (d, r, lanes)."""
    d, r, _ = u.shape
    return {(a, b): sum(u[k, a] * u[k, b] for k in range(d)) for a in range(r) for b in range(a, r)}


def full(upper: dict[tuple[int, int], Any], r: int) -> Any:
    """Return (r, r, lanes), computed before it is used."""
    rows = [[upper[min(a, b), max(a, b)] for b in range(r)] for a in range(r)]
    return lax.optimization_barrier(jnp.stack([jnp.stack(row) for row in rows]))


def times(u: Any, g: Any) -> Any:
    """Return U G for (d, r, lanes) and (r, r, lanes)."""
    return sum(u[:, a, None] * g[a] for a in range(g.shape[0]))


def factorization(p: Factorization) -> Callable[[Array], NDArray[np.int64]]:
    """Descend in the eigenbasis of M, where the gradient is W (W' W) - eigenvalues * W.

    W is U times the square root of the step size, which spares a multiplication. With V the rows of
    W whose eigenvalues are not 0 and Z the others, |U U' - M|^2 is, without cancellation,
    |V V' - eigenvalues|^2 + 2 <V' V, Z' Z> + |Z' Z|^2.
    """
    eta = p.step_size
    eigenvalues, basis = np.linalg.eigh(p.M)
    order = np.argsort(-np.abs(eigenvalues))
    eigenvalues, basis = eigenvalues[order], basis[:, order]
    eigenvalues[np.abs(eigenvalues) < 1e-15 * np.abs(eigenvalues).max()] = 0.0
    rank = np.count_nonzero(eigenvalues)
    grow = (1.0 + eta * eigenvalues)[:, None, None]

    def square(upper: dict[tuple[int, int], Any]) -> Any:
        return sum((1.0 if a == b else 2.0) * g for (a, b), g in upper.items())

    def advance(w: Any, private: Any) -> Any:
        r = w.shape[1]

        def step(_: Any, carry: Any) -> Any:
            w, count, alive = carry
            v, z = gram(w[:rank]), gram(w[rank:])
            gap = {
                (i, j): (sum(w[i, a] * w[j, a] for a in range(r)) - eta * eigenvalues[i] * (i == j))
                ** 2
                for i in range(rank)
                for j in range(i, rank)
            }
            rest = {k: z[k] * (z[k] + 2.0 * v[k]) for k in v}
            alive &= square(gap) + square(rest) >= 4.0 * eta**2 * p.below
            g = full({k: v[k] + z[k] for k in v}, r)
            return grow * w - times(w, g), count + jnp.where(alive, 1.0, 0.0), alive

        zero = jnp.zeros(w.shape[-1])
        w, count, _ = lax.fori_loop(0, CHUNK, step, (w, zero, zero == 0.0))
        return w, private, count

    compiled = in_blocks(advance, LANES)

    def run(starts: Array) -> NDArray[np.int64]:
        w = np.einsum("ki,nka->ian", eta**0.5 * basis, starts, optimize=True)
        return until_done(compiled, w, (), LANES, CHUNK, p.max_steps)

    return lambda starts: by_threads(run, starts)


def padded(a: Array, lanes: int) -> Array:
    """Return (n, d, r) as (d, r, places), with zeros behind."""
    n = a.shape[0]
    result = np.zeros((*a.shape[1:], -(-n // lanes) * lanes))
    result[..., :n] = a.transpose(1, 2, 0)
    return result


def sensing(p: Sensing) -> Callable[[Array], Array]:
    """Take the gradient from the upper triangle of U U': one product with a matrix for a block.

    The matrix is that of the normal equations, or where they are larger the measurements twice.
    """
    lanes = 512
    n, d, _ = p.A.shape
    rows, columns = np.triu_indices(d)
    packed = p.A[:, rows, columns]
    weighted = np.where(rows == columns, packed, 2.0 * packed)
    back = p.step_size / n * packed.T
    offset = (back @ p.b)[:, None]
    normal = back @ weighted
    twice = 2 * n < rows.size
    place = np.empty((d, d), dtype=np.intp)
    place[rows, columns] = place[columns, rows] = np.arange(rows.size)

    def advance(u: Any, private: Any) -> Any:
        r = u.shape[1]

        def step(_: Any, u: Any) -> Any:
            s = jnp.concatenate([sum(u[i, a] * u[i:, a] for a in range(r)) for i in range(d)])
            s = lax.optimization_barrier(s)  # or a slower product is fused with what follows
            h = back @ (weighted @ s) if twice else normal @ s
            h = lax.optimization_barrier(h - offset)
            return jnp.stack(
                [u[i] - sum(h[place[i, j]] * u[j] for j in range(d)) for i in range(d)]
            )

        return lax.fori_loop(0, p.steps, step, u), private, jnp.zeros(u.shape[-1])

    compiled = in_blocks(advance, lanes)

    def run(starts: Array) -> Array:
        u = padded(starts, lanes)
        ends = compiled(u, (), u.shape[-1] // lanes)[0]
        return np.asarray(ends)[..., : starts.shape[0]].transpose(2, 0, 1)

    return lambda starts: by_threads(run, starts)


def factorization_hvp(p: FactorizationHvp) -> Callable[[Array, Array], Array]:
    """Multiply from the right: V (U' U) + U (V' U + U' V) - M V."""

    def block(point: Any) -> Any:
        u, v = (a.transpose(1, 2, 0) for a in point)
        d, r, _ = u.shape
        mixed = {
            (a, b): sum(u[k, a] * v[k, b] + v[k, a] * u[k, b] for k in range(d))
            for a in range(r)
            for b in range(a, r)
        }
        product = times(v, full(gram(u), r)) + times(u, full(mixed, r))
        product -= jnp.einsum("ij,jan->ian", p.M, v)
        return product.transpose(2, 0, 1)

    @jax.jit
    def products(u: Any, v: Any) -> Any:
        blocks = (-1, LANES, *u.shape[1:])
        return lax.map(block, (u.reshape(blocks), v.reshape(blocks))).reshape(u.shape)

    def run(u: Array, v: Array) -> Array:
        ragged = ((0, -u.shape[0] % LANES), (0, 0), (0, 0))
        return np.asarray(products(np.pad(u, ragged), np.pad(v, ragged)))[: u.shape[0]]

    return lambda u, v: by_threads(run, u, v)
