"""The smallest eigenvalue of many Hessians of matrix factorisation, as people find it today.

H V = V U'U + U (V'U + U'V) - M V, a batch at a time where the library is batched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import saddlesim as ss

__all__ = ["dense", "eigsh_loop", "jax_lanczos", "torch_lanczos"]

Array = NDArray[np.float64]
Search = Callable[[Array], Array]


def eigsh_loop(f: ss.MatrixFactorization) -> Search:
    """ARPACK on a linear operator, a point at a time."""
    from scipy.sparse.linalg import eigsh

    def run(X: Array) -> Array:
        return np.array([eigsh(f.hessian_operator(x), 1, which="SA")[0][0] for x in X])

    return run


def dense(f: ss.MatrixFactorization) -> Search:
    """All Hessians written out, by NumPy's own products, and LAPACK on each."""
    d, r = f.size, f.rank
    units = np.eye(d * r).reshape(-1, d, r)

    def run(X: Array) -> Array:
        smallest = []
        for chunk in np.split(X, range(100, len(X), 100)):
            U = chunk.reshape(-1, 1, d, r)
            mixed = units.transpose(0, 2, 1) @ U
            H = units @ (U.transpose(0, 1, 3, 2) @ U) - f.M @ units
            H += U @ (mixed + mixed.transpose(0, 1, 3, 2))
            smallest.append(np.linalg.eigh(H.reshape(-1, d * r, d * r))[0][:, 0])
        return np.concatenate(smallest)

    return run


def jax_lanczos(f: ss.MatrixFactorization, steps: int) -> Search:
    """Lanczos's iteration with full reorthogonalisation, compiled for a batch of points."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    M, d, r = jnp.array(f.M), f.size, f.rank

    def value(x: Any) -> Any:
        U = x.reshape(d, r)
        return jnp.sum((U @ U.T - M) ** 2) / 4

    def product(x: Any, v: Any) -> Any:
        return jax.jvp(jax.grad(value), (x,), (v,))[1]

    def one(x: Any, start: Any) -> Any:
        def extend(k: Any, state: Any) -> Any:
            basis, alpha, beta, v = state
            basis = basis.at[k].set(v)
            w = product(x, v)
            alpha = alpha.at[k].set(v @ w)
            w = w - basis.T @ (basis @ w)
            w = w - basis.T @ (basis @ w)
            length = jnp.linalg.norm(w)
            return basis, alpha, beta.at[k].set(length), w / length

        state = (jnp.zeros((steps, d * r)), jnp.zeros(steps), jnp.zeros(steps), start)
        basis, alpha, beta, _ = jax.lax.fori_loop(0, steps, extend, state)
        T = jnp.diag(alpha) + jnp.diag(beta[:-1], 1) + jnp.diag(beta[:-1], -1)
        values, vectors = jnp.linalg.eigh(T)
        return values[0], basis.T @ vectors[:, 0]

    batched = jax.jit(jax.vmap(one))

    def run(X: Array) -> Array:
        start = np.random.default_rng(1).normal(size=X.shape)
        start /= np.linalg.norm(start, axis=1)[:, None]
        return np.asarray(batched(X, start)[0])

    return run


def torch_lanczos(f: ss.MatrixFactorization, steps: int, threads: int) -> Search:
    """Run the same in PyTorch, where products are the closed form in batched matrix products."""
    import torch

    torch.set_num_threads(threads)
    M, d, r = torch.tensor(np.array(f.M)), f.size, f.rank

    def run(X: Array) -> Array:
        start = torch.tensor(np.random.default_rng(1).normal(size=X.shape))
        smallest = []
        with torch.no_grad():
            for x, v in zip(torch.from_numpy(X).split(1024), start.split(1024), strict=True):
                U = x.view(-1, d, r)
                gram = U.mT @ U
                v = v / v.norm(dim=1, keepdim=True)
                basis = torch.zeros(len(x), steps, d * r, dtype=x.dtype)
                T = torch.zeros(len(x), steps, steps, dtype=x.dtype)
                for k in range(steps):
                    basis[:, k] = v
                    V = v.view(-1, d, r)
                    mixed = V.mT @ U
                    w = (V @ gram + U @ (mixed + mixed.mT) - M @ V).reshape(-1, d * r)
                    T[:, k, k] = (v * w).sum(dim=1)
                    known = basis[:, : k + 1]
                    for _ in range(2):
                        along = known @ w[:, :, None]
                        w = w - (known.mT @ along)[:, :, 0]
                    length = w.norm(dim=1, keepdim=True)
                    if k + 1 < steps:
                        T[:, k, k + 1] = T[:, k + 1, k] = length[:, 0]
                    v = w / length
                values, vectors = torch.linalg.eigh(T)
                _ = basis.mT @ vectors[:, :, :1]
                smallest.append(values[:, 0])
        return torch.cat(smallest).numpy()

    return run
