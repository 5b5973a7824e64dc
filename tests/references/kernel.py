"""Tangent kernels and linear dynamics, straight from their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

PAIRS = ((0, 0), (0, 1), (1, 1))


def difference_jacobian(outputs: Callable[[Array], Array], x: Array, h: float = 1e-5) -> Array:
    """The derivatives of the outputs by central differences, a column a coordinate."""
    columns = []
    for j in range(len(x)):
        step = h * np.eye(len(x))[j]
        columns.append((outputs(x + step) - outputs(x - step)).ravel() / (2 * h))
    return np.array(columns).T


def deep_kernel(
    x: Array, z: Array, depth: int, gain: float, trained: str, digits: int = 40
) -> mpmath.mpf:
    """One entry of the kernel of rectifiers, by the recursion for covariances in many digits."""
    with mpmath.workdps(digits):
        c = mpmath.mpf(gain) ** 2
        a, b = ([mpmath.mpf(float(v)) for v in row] for row in (x, z))
        inner = mpmath.fsum(p * q for p, q in zip(a, b, strict=True))
        length = mpmath.sqrt(mpmath.fsum(p * p for p in a) * mpmath.fsum(q * q for q in b))
        if length == 0:
            return mpmath.mpf(0)
        covariances, slopes = [inner], []
        for _ in range(depth):
            cosine = max(min(covariances[-1] / length, mpmath.mpf(1)), mpmath.mpf(-1))
            angle = mpmath.acos(cosine)
            slopes.append(c * (mpmath.pi - angle) / (2 * mpmath.pi))
            moment = mpmath.sin(angle) + (mpmath.pi - angle) * cosine
            covariances.append(c * length * moment / (2 * mpmath.pi))
            length *= c / 2
        terms = [covariances[h] * mpmath.fprod(slopes[h:]) for h in range(depth)]
        return mpmath.fsum(terms) + (covariances[-1] if trained == "all" else 0)


def random_deep_kernel(
    X: Array, depth: int, gain: float, width: int, rng: np.random.Generator
) -> Array:
    """J J' of a network of finite width with N(0, 1) weights, by passing gradients back."""
    features, masks, weights = [X], [], []
    for _ in range(depth):
        W = rng.normal(size=(width, features[-1].shape[1]))
        z = features[-1] @ W.T
        weights.append(W)
        masks.append((z > 0) * gain / math.sqrt(width))
        features.append(z * masks[-1])
    total = features[-1] @ features[-1].T  # the output's weights
    back = np.tile(rng.normal(size=width), (len(X), 1))
    for layer in reversed(range(depth)):
        back = back * masks[layer]
        total += (back @ back.T) * (features[layer] @ features[layer].T)
        back = back @ weights[layer]
    return total


def some_gram(seed: int, n: int, rank: int | None = None) -> Array:
    """A random Gram matrix, of full rank unless told otherwise."""
    A = np.random.default_rng(seed).normal(size=(n, rank or n))
    return A @ A.T / n


def residuals(gram: Array, start: Array, step: float, steps: int) -> list[Array]:
    """Start, and what each of so many steps makes of it, one product after the other."""
    found = [start]
    for _ in range(steps):
        found.append(found[-1] - step * gram @ found[-1])
    return found


def deep_kernel_by_quadrature(
    x: Array, z: Array, depth: int, gain: float, act: Function, slope: Function
) -> float:
    """One entry for smooth activations, means over pairs of normals by a grid in the plane."""
    g = np.arange(-9, 9.01, 0.06)
    weights = np.exp(-(g**2) / 2) * 0.06 / math.sqrt(2 * math.pi)

    def mean(f: Function, K: Array) -> float:
        a, b = math.sqrt(K[0, 0]), K[0, 1] / math.sqrt(K[0, 0])
        rest = math.sqrt(max(K[1, 1] - b * b, 0.0))
        return float(weights @ (f(a * g)[:, None] * f(b * g[:, None] + rest * g)) @ weights)

    K = np.array([[x @ x, x @ z], [x @ z, z @ z]])
    theta = 0.0
    for _ in range(depth):
        theta = (theta + K[0, 1]) * gain**2 * mean(slope, K)
        pairs = [np.array([[K[i, i], K[i, j]], [K[i, j], K[j, j]]]) for i, j in PAIRS]
        xx, xz, zz = (gain**2 * mean(act, pair) for pair in pairs)
        K = np.array([[xx, xz], [xz, zz]])
    return theta + float(K[0, 1])
