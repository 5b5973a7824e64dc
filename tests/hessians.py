"""Hessians to order: a landscape with a given one, and symmetric matrices that are hard."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

import saddlesim as ss

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)


def with_hessian(H: Floats) -> ss.Landscape:
    """|u u' - M|^2 / 4 has the Hessian -M at 0.

    To the last bit, unless M is of so low a rank that products are with its factors.
    """
    return ss.MatrixFactorization(-H, 1)


def rotated(eigenvalues: Floats, seed: int) -> Floats:
    n = len(eigenvalues)
    Q = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]
    H = Q * eigenvalues @ Q.T
    return np.asarray((H + H.T) / 2)


def spectrum_like(kind: str, n: int, gap: float, rng: np.random.Generator) -> Floats:
    values = np.sort(rng.normal(size=n))
    low, high = values[0], values[-1]
    match kind:
        case "clustered":
            values = rng.choice([low, high, 0.5], n) + gap * rng.normal(size=n)
        case "tiny gap at the end":
            values[: 1 + n // 3] = low + gap * np.arange(1 + n // 3)
        case "repeated":
            values = np.round(2 * values) / 2
        case "all equal":
            values[:] = high
        case "nearly equal":
            values = high + gap * values
        case "zero":
            values[:] = 0
        case "rank one":
            values[:-1] = 0
        case "outlier":
            values[rng.integers(n)] = rng.choice([-1e6, 1e6])
        case "graded":
            values = rng.choice([-1, 1], n) * 10.0 ** -np.arange(n)
    return values


KINDS = (
    *("normal", "clustered", "tiny gap at the end", "repeated", "all equal", "nearly equal"),
    *("zero", "rank one", "outlier", "graded"),
)


@st.composite
def matrices(draw: st.DrawFn, largest: int = 60, scales: tuple[int, ...] = (0,)) -> Floats:
    n, seed = draw(st.integers(1, largest)), draw(st.integers(0, 10**6))
    kind, gap = draw(st.sampled_from(KINDS)), 10.0 ** draw(st.integers(-13, -6))
    values = spectrum_like(kind, n, gap, np.random.default_rng(seed))
    return 10.0 ** draw(st.sampled_from(scales)) * rotated(values, seed)
