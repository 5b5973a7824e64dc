"""The problems as a careful Numba user programs them: one trajectory after the other, in parallel.

Compiled loops over trajectories with `prange`, no arrays allocated inside steps, NumPy's own
normals, tests that first look at the coordinate that decides last, and rounding left to the
compiler where sums gain from it. What it does not do is rearrange the work into lanes of
trajectories, rewrite the algebra or bring its own generator.
"""

# ruff: noqa: NPY002 - in parallel loops Numba has NumPy's old functions, one state a thread

from __future__ import annotations

import math
from collections.abc import Callable

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from problems import (
    Array,
    Factorization,
    FactorizationHvp,
    NoisyQuadratic,
    OctopusDescent,
    OctopusKicks,
    ReLU,
    ReLUHvp,
    Sensing,
)

Steps = NDArray[np.int64]


def version() -> str:
    return f"Numba {numba.__version__}"


def set_threads(count: int) -> None:
    numba.set_num_threads(count)


def noisy_quadratic(problem: NoisyQuadratic) -> Callable[[Array], Steps]:
    p = problem
    return lambda starts: _noisy_quadratic(
        starts, p.eigenvalues, p.step_size, p.noise, p.radius, p.max_steps
    )


@njit(parallel=True)
def _noisy_quadratic(
    starts: Array,
    eigenvalues: Array,
    step_size: float,
    noise: float,
    radius: float,
    max_steps: int,
) -> Steps:
    trials, dim = starts.shape
    steps = np.empty(trials, dtype=np.int64)
    for i in prange(trials):
        x = starts[i].copy()
        t = 0
        while t < max_steps and abs(x[0]) < radius:
            for j in range(dim):
                x[j] += noise * np.random.standard_normal() - step_size * eigenvalues[j] * x[j]
            t += 1
        steps[i] = t
    return steps


@njit
def _octopus_gradient(x: Array, gradient: Array, L: float, gamma: float, tau: float) -> None:
    dim = x.size
    i = 0
    while i < dim and abs(x[i]) > 2 * tau:
        gradient[i] = 2 * L * (x[i] - math.copysign(4 * tau, x[i]))
        i += 1
    if i == dim:
        return
    for j in range(i + 1, dim):
        gradient[j] = 2 * L * x[j]
    a = abs(x[i])
    if a <= tau:
        gradient[i] = -2 * gamma * x[i]
        return
    s, u = a - tau, (2 * tau - a) / tau
    slope = -2 * gamma * a + s * s / tau * (10 * gamma - 14 * L + (10 * L - 6 * gamma) / tau * s)
    if i + 1 < dim:
        b = x[i + 1]
        slope -= 30 * (L + gamma) / tau * (u * (1 - u)) ** 2 * b * b
        gradient[i + 1] = 2 * b * ((L + gamma) * u**3 * (10 - 15 * u + 6 * u * u) - gamma)
    gradient[i] = slope if x[i] > 0 else -slope


@njit
def _at_minimum(x: Array, tau: float, tolerance: float) -> bool:
    j = x.size - 1
    while j >= 0 and abs(abs(x[j]) - 4 * tau) <= tolerance:
        j -= 1
    return j < 0


def octopus_descent(problem: OctopusDescent) -> Callable[[Array], Steps]:
    p = problem
    return lambda starts: _octopus_descent(
        starts, p.step_size, p.L, p.gamma, p.tau, p.tolerance, p.max_steps
    )


@njit(parallel=True)
def _octopus_descent(
    starts: Array,
    step_size: float,
    L: float,
    gamma: float,
    tau: float,
    tolerance: float,
    max_steps: int,
) -> Steps:
    trials, dim = starts.shape
    steps = np.empty(trials, dtype=np.int64)
    for i in prange(trials):
        x = starts[i].copy()
        gradient = np.empty(dim)
        t = 0
        while t < max_steps and not _at_minimum(x, tau, tolerance):
            _octopus_gradient(x, gradient, L, gamma, tau)
            for j in range(dim):
                x[j] -= step_size * gradient[j]
            t += 1
        steps[i] = t
    return steps


def octopus_kicks(problem: OctopusKicks) -> Callable[[Array], Steps]:
    p = problem
    return lambda starts: _octopus_kicks(
        starts,
        p.step_size,
        p.radius,
        p.threshold,
        p.min_interval,
        p.L,
        p.gamma,
        p.tau,
        p.tolerance,
        p.max_steps,
    )


@njit(parallel=True)
def _octopus_kicks(
    starts: Array,
    step_size: float,
    radius: float,
    threshold: float,
    min_interval: int,
    L: float,
    gamma: float,
    tau: float,
    tolerance: float,
    max_steps: int,
) -> Steps:
    trials, dim = starts.shape
    steps = np.empty(trials, dtype=np.int64)
    for i in prange(trials):
        x = starts[i].copy()
        gradient = np.empty(dim)
        kick = np.empty(dim)
        kicked = -min_interval
        t = 0
        while t < max_steps and not _at_minimum(x, tau, tolerance):
            _octopus_gradient(x, gradient, L, gamma, tau)
            if t - kicked >= min_interval:
                norm2 = 0.0
                for j in range(dim):
                    norm2 += gradient[j] * gradient[j]
                if norm2 <= threshold * threshold:
                    kicked = t
                    length2 = 0.0
                    for j in range(dim):
                        kick[j] = np.random.standard_normal()
                        length2 += kick[j] * kick[j]
                    scale = radius * np.random.random() ** (1 / dim) / math.sqrt(length2)
                    for j in range(dim):
                        x[j] += scale * kick[j]
                    _octopus_gradient(x, gradient, L, gamma, tau)
            for j in range(dim):
                x[j] -= step_size * gradient[j]
            t += 1
        steps[i] = t
    return steps


def factorization(problem: Factorization) -> Callable[[Array], Steps]:
    p = problem
    return lambda starts: _factorization(starts, p.M, p.step_size, p.below, p.max_steps)


@njit(parallel=True, fastmath=True)
def _factorization(
    starts: Array, M: Array, step_size: float, below: float, max_steps: int
) -> Steps:
    trials, d, r = starts.shape
    steps = np.empty(trials, dtype=np.int64)
    for i in prange(trials):
        U = starts[i].copy()
        residual = np.empty((d, d))
        gradient = np.empty((d, r))
        t = 0
        while True:
            f = 0.0
            for a in range(d):
                for b in range(d):
                    entry = -M[a, b]
                    for k in range(r):
                        entry += U[a, k] * U[b, k]
                    residual[a, b] = entry
                    f += 0.25 * entry * entry
            if f < below or t == max_steps:
                break
            for a in range(d):
                for k in range(r):
                    gradient[a, k] = 0.0
                for b in range(d):
                    for k in range(r):
                        gradient[a, k] += residual[a, b] * U[b, k]
            for a in range(d):
                for k in range(r):
                    U[a, k] -= step_size * gradient[a, k]
            t += 1
        steps[i] = t
    return steps


def sensing(problem: Sensing) -> Callable[[Array], Array]:
    p = problem
    return lambda starts: _sensing(starts, p.A, p.b, p.step_size, p.steps)


@njit(parallel=True, fastmath=True)
def _sensing(starts: Array, A: Array, b: Array, step_size: float, steps: int) -> Array:
    trials, d, r = starts.shape
    n = b.size
    ends = starts.copy()
    flat = A.reshape(n, d * d)
    for i in prange(trials):
        U = ends[i]
        product = np.empty(d * d)
        weighted = np.empty(d * d)
        gradient = np.empty((d, r))
        for _ in range(steps):
            for j in range(d):
                for c in range(d):
                    entry = 0.0
                    for k in range(r):
                        entry += U[j, k] * U[c, k]
                    product[j * d + c] = entry
            weighted[:] = 0.0
            for q in range(n):
                residual = -b[q]
                for j in range(d * d):
                    residual += flat[q, j] * product[j]
                for j in range(d * d):
                    weighted[j] += residual * flat[q, j]
            for j in range(d):
                for k in range(r):
                    gradient[j, k] = 0.0
                for c in range(d):
                    for k in range(r):
                        gradient[j, k] += weighted[j * d + c] * U[c, k]
            for j in range(d):
                for k in range(r):
                    U[j, k] -= step_size / n * gradient[j, k]
    return ends


def relu(problem: ReLU) -> Callable[[Array], Array]:
    p = problem
    return lambda starts: _relu(starts, p.X, p.y, p.signs, p.step_size, p.steps)


@njit(parallel=True, fastmath=True)
def _relu(starts: Array, X: Array, y: Array, signs: Array, step_size: float, steps: int) -> Array:
    trials, m, d = starts.shape
    n = y.size
    ends = starts.copy()
    scale = 1 / math.sqrt(m)
    for i in prange(trials):
        W = ends[i]
        active = np.empty((m, n), dtype=np.bool_)
        residuals = np.empty(n)
        gradient = np.empty(d)
        for _ in range(steps):
            for q in range(n):
                residuals[q] = -y[q]
            for r in range(m):
                for q in range(n):
                    h = 0.0
                    for j in range(d):
                        h += W[r, j] * X[q, j]
                    active[r, q] = h >= 0
                    if h > 0:
                        residuals[q] += scale * signs[r] * h
            for r in range(m):
                gradient[:] = 0.0
                for q in range(n):
                    if active[r, q]:
                        for j in range(d):
                            gradient[j] += residuals[q] * X[q, j]
                for j in range(d):
                    W[r, j] -= step_size * scale * signs[r] * gradient[j]
    return ends


def factorization_hvp(problem: FactorizationHvp) -> Callable[[Array, Array], Array]:
    return lambda U, V: _factorization_hvp(U, V, problem.M)


@njit(parallel=True, fastmath=True)
def _factorization_hvp(points: Array, directions: Array, M: Array) -> Array:
    n, d, r = points.shape
    products = np.empty((n, d, r))
    for i in prange(n):
        U, V, product = points[i], directions[i], products[i]
        for a in range(d):
            for k in range(r):
                product[a, k] = 0.0
            for b in range(d):
                # the entry (a, b) of V U' + U V' and that of U U' - M
                change, residual = 0.0, -M[a, b]
                for k in range(r):
                    change += V[a, k] * U[b, k] + U[a, k] * V[b, k]
                    residual += U[a, k] * U[b, k]
                for k in range(r):
                    product[a, k] += change * U[b, k] + residual * V[b, k]
    return products


def relu_hvp(problem: ReLUHvp) -> Callable[[Array, Array], Array]:
    return lambda W, V: _relu_hvp(W, V, problem.X, problem.signs)


@njit(parallel=True, fastmath=True)
def _relu_hvp(points: Array, directions: Array, X: Array, signs: Array) -> Array:
    trials, m, d = points.shape
    n = X.shape[0]
    products = np.zeros((trials, m, d))
    scale = 1 / math.sqrt(m)
    for i in prange(trials):
        W, V, product = points[i], directions[i], products[i]
        active = np.empty((m, n), dtype=np.bool_)
        changes = np.zeros(n)
        for r in range(m):
            for q in range(n):
                h, change = 0.0, 0.0
                for j in range(d):
                    h += W[r, j] * X[q, j]
                    change += V[r, j] * X[q, j]
                active[r, q] = h >= 0
                if h >= 0:
                    changes[q] += scale * signs[r] * change
        for r in range(m):
            for q in range(n):
                if active[r, q]:
                    for j in range(d):
                        product[r, j] += scale * signs[r] * changes[q] * X[q, j]
    return products
