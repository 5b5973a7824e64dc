"""Factorisation and sensing, with the small products written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from problems import Factorization, FactorizationHvp, Sensing

from .blocks import Array, by_threads, in_blocks, jax, jnp, lax, until_done

LANES, CHUNK = 128, 4


def symmetric(entries: dict[tuple[int, int], Any], r: int) -> Any:
    """Return (r, r, lanes) from the rows of the upper triangle, computed before they are used."""
    rows = [[entries[min(a, b), max(a, b)] for b in range(r)] for a in range(r)]
    return lax.optimization_barrier(jnp.stack([jnp.stack(row) for row in rows]))


def gram(u: Any) -> Any:
    """Return U' U for (d, r, lanes)."""
    d, r, _ = u.shape
    upper = [(a, b) for a in range(r) for b in range(a, r)]
    return symmetric({(a, b): sum(u[k, a] * u[k, b] for k in range(d)) for a, b in upper}, r)


def times(u: Any, g: Any) -> Any:
    """Return U G for (d, r, lanes) and (r, r, lanes)."""
    return sum(u[:, a, None] * g[a] for a in range(g.shape[0]))


def factorization(p: Factorization) -> Callable[[Array], NDArray[np.int64]]:
    """Descend in the eigenbasis of M, where the gradient is W (W' W) - eigenvalues * W.

    W is U times the square root of the step size, which spares a multiplication.
    """
    eigenvalues, basis = np.linalg.eigh(p.M)
    eta = p.step_size
    eigenvalues[np.abs(eigenvalues) < 1e-15 * np.abs(eigenvalues).max()] = 0.0
    used = [k for k in range(eigenvalues.size) if eigenvalues[k]]
    grow = (1.0 + eta * eigenvalues)[:, None, None]
    constant = float(np.sum(eigenvalues**2))
    doubt = 1e-13 * (1.0 + constant)

    def value(w: Any) -> Any:
        """Return f without cancellation."""
        gap = jnp.einsum("ian,jan->ijn", w, w) / eta - np.diag(eigenvalues)[:, :, None]
        return 0.25 * (gap * gap).sum(axis=(0, 1))

    def advance(w: Any, private: Any) -> Any:
        def step(_: Any, carry: Any) -> Any:
            w, count, alive = carry
            g = gram(w)
            inner = sum(eigenvalues[k] * (w[k] * w[k]).sum(axis=0) for k in used)
            cost = constant + (g * g).sum(axis=(0, 1)) / eta**2 - 2.0 / eta * inner
            below = cost < 4.0 * (p.below + doubt)
            near = alive & below
            accurate = lax.cond(near.any(), value, lambda w: jnp.zeros(w.shape[-1]), w)
            alive &= ~(below & (accurate < p.below))
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

    @jax.jit
    def product(u: Any, v: Any) -> Any:
        mixed = jnp.einsum("nka,nkb->nab", u, v)
        result = jnp.einsum("nka,nab->nkb", v, jnp.einsum("nka,nkb->nab", u, u))
        result += jnp.einsum("nka,nab->nkb", u, mixed + mixed.transpose(0, 2, 1))
        return result - jnp.einsum("ij,nja->nia", p.M, v)

    return lambda u, v: by_threads(lambda u, v: np.asarray(product(u, v)), u, v)
