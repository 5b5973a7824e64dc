"""The octopus workloads again, the gradient fused into the step: still a trajectory at a time.

Updating coordinates in place, region by region, spares the gradient array and lets the compiler see
the whole step. It takes rewriting the method for this one landscape.
"""

# ruff: noqa: NPY002 - in parallel loops Numba has NumPy's old functions, one state a thread

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from peers.numba_plain import at_minimum, octopus_gradient


@njit(fastmath=False, inline="always")
def octopus_step(
    x: NDArray[np.float64], step_size: float, L: float, gamma: float, tau: float
) -> None:
    """Replace x by x - step_size * gradient."""
    dim = x.size
    i = 0
    while i < dim and abs(x[i]) > 2 * tau:
        x[i] -= step_size * 2 * L * (x[i] - math.copysign(4 * tau, x[i]))
        i += 1
    if i == dim:
        return
    a = abs(x[i])
    if a <= tau:
        x[i] -= -step_size * 2 * gamma * x[i]
        for j in range(i + 1, dim):
            x[j] -= step_size * 2 * L * x[j]
        return
    for j in range(i + 2, dim):
        x[j] -= step_size * 2 * L * x[j]
    s, u = a - tau, (2 * tau - a) / tau
    slope = -2 * gamma * a + s * s / tau * (10 * gamma - 14 * L + (10 * L - 6 * gamma) / tau * s)
    if i + 1 < dim:
        b = x[i + 1]
        slope -= 30 * (L + gamma) / tau * (u * (1 - u)) ** 2 * b * b
        x[i + 1] -= step_size * 2 * b * ((L + gamma) * u**3 * (10 - 15 * u + 6 * u * u) - gamma)
    x[i] -= step_size * (slope if x[i] > 0 else -slope)


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
    trials = starts.shape[0]
    steps = np.empty(trials, dtype=np.int64)
    for i in prange(trials):
        x = starts[i].copy()
        t = 0
        while t < max_steps and not at_minimum(x, tau, tolerance):
            octopus_step(x, step_size, L, gamma, tau)
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
        vector = np.empty(dim)
        kicked = -min_interval
        t = 0
        while t < max_steps and not at_minimum(x, tau, tolerance):
            if t - kicked >= min_interval:
                octopus_gradient(x, vector, L, gamma, tau)
                norm2 = 0.0
                for j in range(dim):
                    norm2 += vector[j] * vector[j]
                if norm2 <= threshold * threshold:
                    kicked = t
                    norm2 = 0.0
                    for j in range(dim):
                        vector[j] = np.random.standard_normal()
                        norm2 += vector[j] * vector[j]
                    scale = radius * np.random.random() ** (1 / dim) / math.sqrt(norm2)
                    for j in range(dim):
                        x[j] += scale * vector[j]
            octopus_step(x, step_size, L, gamma, tau)
            t += 1
        steps[i] = t
    return steps
