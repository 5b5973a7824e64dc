"""Factorisation and sensing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from problems import Factorization, FactorizationHvp, Sensing

from .blocks import Array, Finishers, by_blocks

LANES = 512


def factorization(p: Factorization) -> Callable[[Array], NDArray[np.int64]]:
    """Descend in the eigenbasis of M, where the gradient is W (W' W) - eigenvalues * W.

    W is U times the square root of the step size, which spares a multiplication.
    """
    eigenvalues, basis = np.linalg.eigh(p.M)
    eta = p.step_size
    grow = (1.0 + eta * eigenvalues)[:, None]
    constant = float(np.sum(eigenvalues**2))
    # |U U' - M|^2 = |U' U|^2 - 2 <M U, U> + |M|^2 has lost this much to rounding at most
    doubt = 1e-13 * (1.0 + constant)

    def value(w: Array) -> Array:
        gap = w @ w.transpose(0, 2, 1) / eta
        gap -= np.diag(eigenvalues)
        return 0.25 * np.einsum("nij,nij->n", gap, gap)

    def run(starts: Array) -> NDArray[np.int64]:
        trials, d, r = starts.shape
        w = np.matmul(basis.T * eta**0.5, starts)
        factor = np.tile(grow, (trials, 1, r))
        grown, copy = np.empty_like(w), np.empty_like(w)
        gram = np.empty((trials, r, r))
        finish = Finishers(trials, p.max_steps)
        for t in range(p.max_steps):
            np.multiply(w, factor, out=grown)
            # matmul takes a slower path where it sees that both arguments are the same array
            np.copyto(copy, w)
            np.matmul(w.transpose(0, 2, 1), copy, out=gram)
            flat = w.reshape(-1, d * r)
            # eta times <M U, U>, and 4 f
            inner = np.vecdot(flat, grown.reshape(-1, d * r))
            inner -= np.trace(gram, axis1=1, axis2=2)
            cost = np.vecdot(gram.reshape(-1, r * r), gram.reshape(-1, r * r))
            cost -= 2.0 * inner
            cost *= 1.0 / eta**2
            cost += constant
            done = cost < 4.0 * (p.below + doubt)
            if done.any():
                (near,) = done.nonzero()
                done[near] = value(w[near]) < p.below
                if (keep := finish(done, t)) is not None:
                    if not keep.size:
                        break
                    w, grown, gram = w[keep], grown[keep], gram[keep]
                    factor, copy = factor[: keep.size], copy[: keep.size]
            np.matmul(w, gram, out=copy)
            np.subtract(grown, copy, out=w)
        return finish.steps

    return lambda starts: by_blocks(run, LANES, starts)


def sensing(p: Sensing) -> Callable[[Array], Array]:
    """Take the gradient from the upper triangle of U U': one product with a matrix for a block.

    The matrix is that of the normal equations, or where they are larger the measurements twice.
    """
    n, d, _ = p.A.shape
    rows, columns = np.triu_indices(d)
    packed = p.A[:, rows, columns]
    weighted = np.where(rows == columns, packed, 2.0 * packed)
    residual = np.column_stack([weighted, -p.b])  # of the triangle, and a one
    back = p.step_size / n * packed.T
    normal = back @ residual
    twice = 2 * n < rows.size
    begins = np.flatnonzero(rows == columns)
    spread = np.empty((d, d), dtype=np.intp)
    spread[rows, columns] = spread[columns, rows] = np.arange(rows.size)

    def run(starts: Array) -> Array:
        trials = starts.shape[0]
        u = np.array(starts.transpose(1, 2, 0), order="C")
        s, h = np.ones((rows.size + 1, trials)), np.empty((rows.size, trials))
        full, step = np.empty((d, d, trials)), np.empty_like(u)
        for _ in range(p.steps):
            for i, k in enumerate(begins):
                np.einsum("an,jan->jn", u[i], u[i:], out=s[k : k + d - i])
            if twice:
                np.matmul(back, residual @ s, out=h)
            else:
                np.matmul(normal, s, out=h)
            np.take(h, spread, axis=0, out=full, mode="clip")
            np.einsum("ijn,jan->ian", full, u, out=step)
            u -= step
        return u.transpose(2, 0, 1)

    return lambda starts: by_blocks(run, LANES, starts)


def factorization_hvp(p: FactorizationHvp) -> Callable[[Array, Array], Array]:
    """Multiply from the right: V (U' U) + U (V' U + U' V) - M V."""

    def run(u: Array, v: Array) -> Array:
        ut = u.transpose(0, 2, 1)
        product = np.matmul(v, np.matmul(ut, u.copy()))
        mixed = np.matmul(ut, v)
        product += np.matmul(u, mixed + mixed.transpose(0, 2, 1))
        product -= np.matmul(p.M, v)
        return product

    return lambda u, v: by_blocks(run, LANES, u, v)
