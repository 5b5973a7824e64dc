"""The workloads as a careful Numba user writes them: one trajectory after the other, in parallel.

Compiled loops over trajectories with `prange`, no arrays allocated inside steps, NumPy's own
normals, and tests that first look at the coordinate that decides last. What it does not do is
rearrange the work into lanes of trajectories or bring its own generator.
"""

# ruff: noqa: NPY002 - in parallel loops Numba has NumPy's old functions, one state a thread

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(parallel=True, fastmath=False)
def noisy_quadratic(
    starts: NDArray[np.float64],
    eigenvalues: NDArray[np.float64],
    step_size: float,
    noise: float,
    radius: float,
    max_steps: int,
) -> NDArray[np.int64]:
    """Return when |x_0| >= radius, x+ = x - step_size * gradient + noise * N(0, I)."""
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


@njit(fastmath=False)
def octopus_gradient(
    x: NDArray[np.float64], gradient: NDArray[np.float64], L: float, gamma: float, tau: float
) -> None:
    """Write the octopus's gradient at x."""
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


@njit(fastmath=False)
def at_minimum(x: NDArray[np.float64], tau: float, tolerance: float) -> bool:
    """Return whether every |x_j| is within the tolerance of 4 tau, the last one first."""
    j = x.size - 1
    while j >= 0 and abs(abs(x[j]) - 4 * tau) <= tolerance:
        j -= 1
    return j < 0


@njit(parallel=True, fastmath=False)
def octopus_descent(
    starts: NDArray[np.float64],
    step_size: float,
    L: float,
    gamma: float,
    tau: float,
    tolerance: float,
    max_steps: int,
) -> NDArray[np.int64]:
    """Return the steps from each start to a minimum, or max_steps."""
    trials, dim = starts.shape
    steps = np.empty(trials, dtype=np.int64)
    for i in prange(trials):
        x = starts[i].copy()
        gradient = np.empty(dim)
        t = 0
        while t < max_steps and not at_minimum(x, tau, tolerance):
            octopus_gradient(x, gradient, L, gamma, tau)
            for j in range(dim):
                x[j] -= step_size * gradient[j]
            t += 1
        steps[i] = t
    return steps


@njit(parallel=True, fastmath=False)
def octopus_perturbed_descent(
    starts: NDArray[np.float64],
    step_size: float,
    radius: float,
    threshold: float,
    min_interval: int,
    L: float,
    gamma: float,
    tau: float,
    tolerance: float,
    max_steps: int,
) -> NDArray[np.int64]:
    """Return the same with kicks uniform in a ball where the gradient is small."""
    trials, dim = starts.shape
    steps = np.empty(trials, dtype=np.int64)
    for i in prange(trials):
        x = starts[i].copy()
        gradient = np.empty(dim)
        kick = np.empty(dim)
        kicked = -min_interval
        t = 0
        while t < max_steps and not at_minimum(x, tau, tolerance):
            octopus_gradient(x, gradient, L, gamma, tau)
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
                    octopus_gradient(x, gradient, L, gamma, tau)
            for j in range(dim):
                x[j] -= step_size * gradient[j]
            t += 1
        steps[i] = t
    return steps
