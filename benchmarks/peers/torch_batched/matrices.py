"""Factorisation and sensing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, reduce
from operator import add

import numpy as np
from numpy.typing import NDArray
from problems import Factorization, FactorizationHvp, Sensing

from .blocks import Array, Tensor, compiled, torch, until_done

LANES, CHUNK = 1024, 8


Upper = dict[tuple[int, int], Tensor]


def total(terms: Iterable[Tensor]) -> Tensor:
    return reduce(add, terms)


def gram(rows: list[list[Tensor]]) -> Upper:
    """Return the upper triangle of W' W from the rows of W."""
    r = len(rows[0])
    return {(a, b): total([row[a] * row[b] for row in rows]) for a in range(r) for b in range(a, r)}


def square(upper: Upper) -> Tensor:
    """Return the sum over both triangles."""
    return total([g if a == b else g + g for (a, b), g in upper.items()])


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
    rank = int(np.count_nonzero(eigenvalues))
    target = (eta * eigenvalues).tolist()
    least = 4.0 * eta**2 * p.below

    # or the values of a step are divided among many loops
    @partial(compiled, max_fusion_size=1000)
    def step(w: list[list[Tensor]], count: Tensor, alive: Tensor) -> None:
        r = len(w[0])
        v = gram(w[:rank])
        z = gram(w[rank:]) if rank < len(w) else {k: torch.zeros_like(count) for k in v}
        gap = {
            (i, j): total([w[i][a] * w[j][a] for a in range(r)]) - (target[i] if i == j else 0.0)
            for i in range(rank)
            for j in range(i, rank)
        }
        value = square({k: g * g for k, g in gap.items()})
        value = value + square({k: z[k] * (z[k] + 2.0 * v[k]) for k in v})
        on = alive * torch.where(value < least, 0.0, 1.0)
        g = {k: v[k] + z[k] for k in v}
        new = [
            [
                (1.0 + target[i]) * row[b]
                - total([row[a] * g[min(a, b), max(a, b)] for a in range(r)])
                for b in range(r)
            ]
            for i, row in enumerate(w)
        ]
        for row, values in zip([*w, [count, alive]], [*new, [count + on, on]], strict=True):
            for old, value in zip(row, values, strict=True):
                old.copy_(value)

    def advance(w: Tensor, count: Tensor, alive: Tensor) -> None:
        rows = [list(row) for row in w]
        for _ in range(CHUNK):
            step(rows, count, alive)

    def run(starts: Array) -> NDArray[np.int64]:
        w = np.einsum("ki,nka->ian", eta**0.5 * basis, starts, optimize=True)
        return until_done(advance, np.ascontiguousarray(w), LANES, CHUNK, p.max_steps)

    return run


def sensing(p: Sensing) -> Callable[[Array], Array]:
    """Take the gradient from the upper triangle of U U': one product with a matrix for a block.

    The matrix is that of the normal equations, or where they are larger the measurements twice.
    """
    lanes = 2048  # operations are many and short
    n, d, _ = p.A.shape
    rows, columns = np.triu_indices(d)
    packed = p.A[:, rows, columns]
    weighted = np.where(rows == columns, packed, 2.0 * packed)
    residual = torch.from_numpy(np.column_stack([weighted, -p.b]))  # of the triangle, and a one
    back = torch.from_numpy(p.step_size / n * packed.T)
    normal = back @ residual
    twice = 2 * n < rows.size
    begins = np.flatnonzero(rows == columns).tolist()
    place = np.empty((d, d), dtype=np.int64)
    place[rows, columns] = place[columns, rows] = np.arange(rows.size)
    spread = torch.from_numpy(place.ravel())

    def run_block(u: Tensor) -> Tensor:
        r, trials = u.shape[1:]
        s = torch.ones(rows.size + 1, trials, dtype=u.dtype)
        h = torch.empty(rows.size, trials, dtype=u.dtype)
        full = torch.empty(d * d, trials, dtype=u.dtype)
        by_column = full.view(d, d, 1, trials)
        triangle = [s[k : k + d - i] for i, k in enumerate(begins)]
        for _ in range(p.steps):
            for i, part in enumerate(triangle):
                torch.mul(u[i:, 0], u[i, 0], out=part)
                for a in range(1, r):
                    part.addcmul_(u[i:, a], u[i, a])
            if twice:
                torch.mm(back, residual @ s, out=h)
            else:
                torch.mm(normal, s, out=h)
            torch.index_select(h, 0, spread, out=full)
            old = u.clone()
            for j in range(d):
                u.addcmul_(by_column[j], old[j], value=-1.0)
        return u

    def run(starts: Array) -> Array:
        with torch.no_grad():
            u = torch.from_numpy(starts).permute(1, 2, 0)
            blocks = [run_block(b.contiguous().clone()) for b in u.split(lanes, dim=2)]
            return torch.cat(blocks, dim=2).permute(2, 0, 1).numpy()

    return run


def factorization_hvp(p: FactorizationHvp) -> Callable[[Array, Array], Array]:
    """Multiply from the right: V (U' U) + U (V' U + U' V) - M V.

    Two products of matrices side by side, since each call costs more than its arithmetic.
    """
    M = torch.tensor(p.M)

    def run(points: Array, vectors: Array) -> Array:
        with torch.no_grad():
            u, v = torch.from_numpy(points), torch.from_numpy(vectors)
            both = torch.cat([v, u], dim=2)
            mixed, gram = torch.bmm(u.mT, both).split(u.shape[2], dim=2)
            product = torch.bmm(both, torch.cat([gram, mixed + mixed.mT], dim=1))
            product -= M @ v
            return product.numpy()

    return run
