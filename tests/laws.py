"""Closed-form laws of exit times, and the numbers that an independent implementation measured.

T is the first t at which the escaping part of x is at least `radius` long. Under gradient descent
on a quadratic with k equal negative eigenvalues -gamma it grows by a = 1 + step_size * gamma at
every step, so that P(T <= t) = P(|x_u(0)| >= q_t) with q_t = radius * a^-t.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
Law = Callable[[Array], Array]


def reach_cube(k: int, half_width: float = 1.0) -> Law:
    """P(|x_u| >= q), x uniform in a cube, k of its coordinates counted; right for q <= half_width.

    The ball of radius q is then inside the cube, so the probability is one less its share.
    """
    unit_ball = math.pi ** (k / 2) / math.gamma(k / 2 + 1)
    return lambda q: 1 - unit_ball * (np.minimum(q / half_width, 1) / 2) ** k


def reach_ball(k: int, dim: int, radius: float = 1.0) -> Law:
    """The same for x uniform in a ball."""
    return lambda q: 1 - special.betainc(k / 2, (dim - k) / 2 + 1, np.minimum(q / radius, 1) ** 2)


def reach_sphere(k: int, dim: int, radius: float = 1.0) -> Law:
    """The same for x uniform on a sphere, k < dim."""
    return lambda q: 1 - special.betainc(k / 2, (dim - k) / 2, np.minimum(q / radius, 1) ** 2)


def reach_gaussian(k: int, scale: float = 1.0) -> Law:
    """The same for x ~ N(0, scale^2 I)."""
    return lambda q: special.chdtrc(k, (q / scale) ** 2)


def exit_law(reach: Law, growth: float, radius: float = 1.0) -> Law:
    """P(T <= t) of gradient descent."""
    return lambda t: reach(radius * growth ** -np.asarray(t, dtype=float))


def mean_exit(law: Law, horizon: int = 2000) -> float:
    """E T = sum over t >= 0 of P(T > t)."""
    return float(np.sum(1 - law(np.arange(horizon))))


def median_exit(law: Law, horizon: int = 2000) -> int:
    """The first t with P(T <= t) >= 1/2."""
    return int(np.argmax(law(np.arange(horizon)) >= 0.5))


# Densities of one coordinate of the noise vector n.


def gaussian_density(z: Array) -> Array:
    # 0 beyond 20 sigma, because products with subnormal numbers are a hundred times slower
    bell = np.exp(-np.minimum(z**2, 400) / 2) / math.sqrt(2 * math.pi)
    return np.where(np.abs(z) < 20, bell, 0)


def sphere_density(dim: int) -> Law:
    """n uniform on the unit sphere, dim >= 2: n_1^2 ~ Beta(1/2, (dim - 1) / 2)."""
    power = (dim - 3) / 2
    norm = special.beta(0.5, (dim - 1) / 2)
    return lambda z: np.where(np.abs(z) < 1, np.maximum(1 - z**2, 0) ** power, 0) / norm


def ball_density(dim: int) -> Law:
    """n uniform in the unit ball: its law is that of two coordinates less of a larger sphere."""
    return sphere_density(dim + 2)


def noisy_exit_law(
    density: Law, growth: float, noise: float, radius: float, *, steps: int, nodes: int = 400
) -> Array:
    """P(T <= t), t = 0, ..., steps, of x+ = growth x + noise z from 0, z of the given density.

    The kernel of paths killed at |x| >= radius is iterated on a Gauss-Legendre grid. Its widest
    gap, about pi radius / nodes, must be below the standard deviation of a Gaussian step (errors of
    1e-9), and a tenth of the width of a density that ends at |z| = 1 (errors of 1e-6).
    """
    y, weights = np.polynomial.legendre.leggauss(nodes)
    y, weights = radius * y, radius * weights
    kernel = density((y[:, None] - growth * y) / noise) / noise * weights
    alive = density(y / noise) / noise
    survival = [1.0]
    for _ in range(steps):
        survival.append(float(weights @ alive))
        alive = kernel @ alive
    return 1 - np.array(survival)


def noisy_exit_asymptotic(t: Array, growth: float, noise: float, radius: float) -> Array:
    """Its limit for little noise: a^-t x_t tends to N(0, noise^2 / (a^2 - 1))."""
    level = radius * growth ** -np.asarray(t, dtype=float) * math.sqrt(growth**2 - 1) / noise
    return special.erfc(level / math.sqrt(2))


def octopus_dwell_law(tau: float, growth: float) -> Law:
    """P(first t with |x_1| > tau is <= t), x_1 uniform on [-1, 1], tau > 1."""
    return lambda t: np.maximum(0, 1 - tau * growth ** -np.asarray(t, dtype=float))


def growth_ratio(step_size: float, L: float, gamma: float) -> float:
    """The limit of exit[i + 1] / exit[i] on the octopus."""
    return 1 - math.log(1 - 2 * step_size * L) / math.log(1 + 2 * step_size * gamma)


# Measured on the octopus with gamma = 1, tau = e, step 1 / (4 L), from U[-1, 1]^d, keyed by L.
NU = {1: 61.5755, 1.5: 84.3584, 2: 107.1413, 3: 152.7072}
SMOOTHNESS = {1: 15.54, 1.5: 21.06, 2: 26.63, 3: 37.82}
RATIO = {1: 2.709511, 1.5: 3.409421, 2: 4.106284, 3: 5.496556}
# Gradient descent: means of exit[i], i = 1, 2, ..., over 20,000 runs.
MEAN_EXITS = {
    1: (7.104, 24.20, 70.60, 196.3, 536.9),
    1.5: (9.568, 39.19, 140.1, 484.3),
    2: (11.90, 56.80, 241.2, 998.5),
    3: (16.52, 101.6, 569.1),
}
# Perturbed gradient descent (kicks of radius e / 100 at gradients of at most e / 100, every second
# step at the most): mean and standard deviation of the steps to pass all saddles over 100 runs,
# keyed by dimension and L.
PERTURBED_STEPS = {
    (5, 1): (99.8, 7.6),
    (5, 1.5): (133.0, 8.7),
    (5, 2): (164.2, 9.7),
    (5, 3): (221.6, 11.9),
    (10, 1): (234.9, 9.3),
    (10, 1.5): (301.3, 9.2),
    (10, 2): (366.1, 11.3),
    (10, 3): (493.2, 14.7),
    (20, 1): (509.7, 10.3),
    (20, 1.5): (652.7, 13.0),
    (20, 2): (795.0, 20.0),
    (20, 3): (1070.5, 27.1),
}


# Comparing samples with laws.


def ks_distance(steps: NDArray[np.int64], law: Law) -> float:
    """The largest distance at whole t between the empirical distribution function and the law."""
    t = np.arange(int(steps.max()) + 1)
    share = np.searchsorted(np.sort(steps), t, side="right") / len(steps)
    return float(np.abs(share - law(t)).max())


def ks_limit(trials: int) -> float:
    """What the distance exceeds once in a thousand right samples, or less often for whole t."""
    return 1.95 / math.sqrt(trials)
