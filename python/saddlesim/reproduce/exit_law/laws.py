"""Laws of exit times that follow from the law of the start, or of the noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from saddlesim.reproduce.exit_times import ExitLaw
from saddlesim.validation import FloatArray

__all__ = [
    "NoisyLaw",
    "StartLaw",
    "ball",
    "cube",
    "gaussian",
    "gaussian_density",
    "momentum_growth",
    "power_growth",
    "sphere",
    "sphere_density",
]

Curve = Callable[[FloatArray], FloatArray]

_NODES = 400  # of the quadrature, whose gaps are then below every noise's width here


@dataclass(frozen=True)
class StartLaw:
    """T is the first t at which the escaping part of x, k coordinates, is at least 1 long.

    Parameters
    ----------
    shorter
        P(that part of the start is shorter than q), a function of q.
    growth
        How much longer the part is after t steps, a function of t that increases.
    """

    shorter: Curve
    growth: Curve

    def survival(self, t: ArrayLike) -> FloatArray:
        """P(T > t)."""
        return self.shorter(1 / self.growth(np.asarray(t, dtype=np.float64)))

    def mean(self, horizon: int = 2000) -> float:
        """Return the sum over t >= 0 of P(T > t)."""
        return float(self.survival(np.arange(horizon)).sum())

    def median(self, horizon: int = 2000) -> int:
        """Return the first t with P(T <= t) >= 1/2."""
        return int(np.argmax(self.survival(np.arange(horizon)) <= 0.5))


def cube(k: int) -> Curve:
    """Return P(|x_u| < q) for x uniform on [-1, 1]^d, q at most 1, at any d."""
    return lambda q: ExitLaw(math.e, k).survival(-np.log(q))


def ball(k: int, dim: int, radius: float = 1.0) -> Curve:
    """Return the same for x uniform in a ball."""
    return lambda q: special.betainc(k / 2, (dim - k) / 2 + 1, np.minimum(q / radius, 1) ** 2)


def sphere(k: int, dim: int) -> Curve:
    """Return the same for x uniform on the unit sphere, k < dim."""
    return lambda q: special.betainc(k / 2, (dim - k) / 2, np.minimum(q, 1) ** 2)


def gaussian(k: int, scale: float) -> Curve:
    """Return the same for x ~ N(0, scale^2 I), at any d."""
    return lambda q: special.chdtr(k, (q / scale) ** 2)


def power_growth(a: float) -> Curve:
    """Return a^t, the growth of gradient descent."""
    return lambda t: a**t


def momentum_growth(total: float, product: float) -> Curve:
    """Return the growth of a method with momentum that starts at rest.

    x_t obeys x_{t+1} = total * x_t - product * x_{t-1} with x_{-1} = x_0, whose characteristic
    roots have this sum and this product.
    """
    root = math.sqrt(total**2 - 4 * product)
    high, low = (total + root) / 2, (total - root) / 2
    return lambda t: (high * (1 - low) * high**t + low * (high - 1) * low**t) / (high - low)


@dataclass(frozen=True)
class NoisyLaw:
    """T is the first t with |x_t| >= radius, x_{t+1} = growth x_t + noise z_t from x_0 = 0.

    Such a law has no elementary form. The density of paths that have not left is carried from step
    to step on a Gauss-Legendre grid.

    Parameters
    ----------
    density
        Of z_t.
    growth, noise, radius
        Numbers.
    steps
        As far as the law is computed; P(T > t) counts as 0 beyond.
    """

    density: Curve
    growth: float
    noise: float
    radius: float
    steps: int = 1000

    @cached_property
    def _survival(self) -> FloatArray:
        x, weights = np.polynomial.legendre.leggauss(_NODES)
        y, weights = self.radius * x, self.radius * weights
        kernel = self.density((y[:, None] - self.growth * y) / self.noise) / self.noise * weights
        alive = self.density(y / self.noise) / self.noise
        left = np.zeros(self.steps + 1)
        left[0] = 1
        for t in range(1, self.steps + 1):
            left[t] = weights @ alive
            if left[t] < 1e-12:
                break
            alive = kernel @ alive
        return left

    def survival(self, t: ArrayLike) -> FloatArray:
        """P(T > t)."""
        at = np.minimum(np.asarray(t, dtype=np.int64), self.steps)
        left: FloatArray = self._survival[at]
        return left

    def variance(self, t: int) -> float:
        """Return the variance of x_t if nothing ends the path and z has variance 1."""
        return self.noise**2 * (self.growth ** (2 * t) - 1) / (self.growth**2 - 1)


def gaussian_density(z: FloatArray) -> FloatArray:
    """Return the density of N(0, 1)."""
    # beyond 20 it is cut off, because products with subnormal numbers are slow
    bell: FloatArray = np.exp(-np.minimum(z**2, 400.0) / 2) / math.sqrt(2 * math.pi)
    return np.where(np.abs(z) < 20, bell, 0.0)


def sphere_density(dim: int) -> Curve:
    """Return the density of a coordinate of a uniform point of the unit sphere.

    The dimension is at least 4, below which the density has jumps that no quadrature sees.
    A coordinate in the unit ball has that of a sphere with two dimensions more.
    """
    norm = float(special.beta(0.5, (dim - 1) / 2))
    return lambda z: (
        np.where(np.abs(z) < 1, np.maximum(1 - z**2, 0.0) ** ((dim - 3) / 2), 0.0) / norm
    )
