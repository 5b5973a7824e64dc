"""Features of wide random layers of smooth activations, by their expansions in Hermite polynomials.

For jointly normal u, v of variance 1 and correlation r the normalised Hermite polynomials have
E he_j(u) he_k(v) = r^k if j = k, else 0, so that E F(u) G(v) = sum_k F_k G_k r^k.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from saddlesim.validation import FloatArray

__all__ = ["SMOOTH", "Smooth", "smooth_layers"]

_TERMS = 2048
_STEP, _END = (
    1 / 64,
    13,
)  # of the trapezoidal rule: exact for what is analytic and falls like a normal
_LOST = 1e-12  # of a variance that all terms may leave out
_NEGLIGIBLE = 1e-17  # the same of terms that are not worth summing
_AT_ONCE = 2**15  # entries of the result that are summed together


@dataclass(frozen=True)
class Smooth:
    """An activation that is analytic near the real line, with its slope."""

    value: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]

    @cached_property
    def gain(self) -> float:
        """1 / sqrt(E act(g)^2), g ~ N(0, 1)."""
        nodes, weights = _nodes()
        return 1 / math.sqrt(math.fsum(weights * self.value(nodes) ** 2))


SMOOTH = {
    "tanh": Smooth(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "softplus": Smooth(lambda z: np.logaddexp(0.0, z), lambda z: (1 + np.tanh(z / 2)) / 2),
    "quadratic": Smooth(np.square, lambda z: 2 * z),
}


def smooth_layers(
    X: FloatArray, depth: int, activation: Smooth, gain: float
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield what each layer does to slopes and features: their covariances, shape (n, n) each."""
    covariance: FloatArray = X @ X.T
    for layer in range(1, depth + 1):
        sizes = np.sqrt(np.diag(covariance))
        products = sizes[:, None] * sizes
        correlations = np.zeros_like(products)
        np.divide(covariance, products, out=correlations, where=products > 0)
        np.clip(correlations, -1, 1, out=correlations)
        slopes = gain**2 * _mean_products(activation.slope, sizes, correlations, layer)
        covariance = gain**2 * _mean_products(activation.value, sizes, correlations, layer)
        yield slopes, covariance


def _mean_products(
    f: Callable[[FloatArray], FloatArray], sizes: FloatArray, correlations: FloatArray, layer: int
) -> FloatArray:
    """Return E f(s_i u) f(s_j v) for all pairs (i, j), u and v with the pair's correlation."""
    nodes, weights = _nodes()
    values = f(sizes[:, None] * nodes)
    squares: FloatArray = values**2 @ weights
    terms: FloatArray = _expansion() @ values.T  # a row a polynomial
    left = np.cumsum(terms[::-1] ** 2, axis=0)[::-1]  # of the variance, from each term on
    lost = squares - left[0]
    if np.any(lost > _LOST * squares):
        worst = int(np.argmax(lost / squares))
        raise ValueError(
            f"X must have inputs of a length of about 1 for this activation, but what X[{worst}] "
            f"gives to layer {layer} has standard deviation {sizes[worst]:.3g}; "
            "scale X, or lower gain"
        )
    terms = terms[np.any(left > _NEGLIGIBLE * squares, axis=1)]
    result = np.zeros_like(correlations)
    high = max(1, _AT_ONCE // len(sizes))
    for first in range(0, len(sizes), high):  # rows that stay in the cache
        rows = slice(first, first + high)
        for term in terms[::-1]:
            result[rows] *= correlations[rows]
            result[rows] += term[rows, None] * term
    np.fill_diagonal(result, squares)
    return result


@cache
def _nodes() -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights for means over N(0, 1)."""
    nodes = np.arange(-_END, _END + _STEP / 2, _STEP)
    return nodes, _STEP / math.sqrt(2 * math.pi) * np.exp(-(nodes**2) / 2)


@cache
def _expansion() -> FloatArray:
    """Return what takes values at the nodes to the coefficients, shape (terms, nodes)."""
    nodes, weights = _nodes()
    found = [np.ones_like(nodes), nodes]
    for k in range(1, _TERMS - 1):
        found.append((nodes * found[k] - math.sqrt(k) * found[k - 1]) / math.sqrt(k + 1))
    return np.array(found) * weights
