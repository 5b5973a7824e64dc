"""Orthogonal tensor decomposition with the tensor itself, all d^4 numbers of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TensorDecomposition:
    """The three objectives as functions on all of R^dim."""

    components: Array
    objective: str
    rows: int

    @cached_property
    def T(self) -> Array:
        return np.einsum("ka,kb,kc,kd->abcd", *([self.components] * 4))

    def U(self, x: Array) -> Array:
        return x.reshape(self.rows, -1)

    def value(self, x: Array) -> float:
        U = self.U(x)
        if self.objective == "one":
            return -float(np.einsum("abcd,a,b,c,d", self.T, *([U[0]] * 4)))
        if self.objective == "cp":
            model = np.einsum("ia,ib,ic,id->abcd", U, U, U, U)
            return float(np.sum((self.T - model) ** 2)) / 4
        pairs = [(i, j) for i in range(self.rows) for j in range(self.rows) if i != j]
        return float(
            sum(np.einsum("abcd,a,b,c,d", self.T, U[i], U[i], U[j], U[j]) for i, j in pairs)
        )

    def gradient(self, x: Array) -> Array:
        U, T = self.U(x), self.T
        if self.objective == "one":
            return -4 * np.einsum("abcd,b,c,d->a", T, U[0], U[0], U[0])
        if self.objective == "cp":
            R = np.einsum("ia,ib,ic,id->abcd", U, U, U, U) - T
            return 2 * np.einsum("abcd,ib,ic,id->ia", R, U, U, U).ravel()
        # T(u_i, u_i, u_j, u_j) is met as (i, j) and as (j, i)
        total = np.einsum("jc,jd->cd", U, U)
        others = [total - np.outer(u, u) for u in U]
        rows = [4 * np.einsum("abcd,b,cd->a", T, u, o) for u, o in zip(U, others, strict=True)]
        return np.ravel(rows)

    def hvp(self, x: Array, v: Array) -> Array:
        U, V, T = self.U(x), self.U(v), self.T
        if self.objective == "one":
            return -12 * np.einsum("abcd,b,c,d->a", T, V[0], U[0], U[0])
        if self.objective == "cp":
            R = np.einsum("ia,ib,ic,id->abcd", U, U, U, U) - T
            dR = sum(
                np.einsum("ia,ib,ic,id->abcd", *[V if k == n else U for k in range(4)])
                for n in range(4)
            )
            first = 2 * np.einsum("abcd,ib,ic,id->ia", dR, U, U, U)
            return (first + 6 * np.einsum("abcd,ib,ic,id->ia", R, V, U, U)).ravel()
        rows = []
        for i in range(self.rows):
            h = np.zeros(U.shape[1])
            for j in range(self.rows):
                if j != i:
                    h += 4 * np.einsum("abcd,b,c,d->a", T, V[i], U[j], U[j])
                    h += 8 * np.einsum("abcd,b,c,d->a", T, U[i], U[j], V[j])
            rows.append(h)
        return np.ravel(rows)
