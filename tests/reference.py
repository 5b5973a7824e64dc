"""The slow, obviously right counterpart of the core: one point, one trajectory, one word at a time.

Nothing here is copied from the core. The octopus's connecting polynomials are solved for from the
conditions that make f twice continuously differentiable, not typed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Predicate = Callable[[Vector], bool]


class Landscape(Protocol):
    def value(self, x: Vector) -> float: ...
    def gradient(self, x: Vector) -> Vector: ...
    def hessian(self, x: Vector) -> Vector: ...


class Quadratic:
    """1/2 x' H x with H = Q' diag(eigenvalues) Q; the rows of Q are the eigenvectors."""

    def __init__(self, eigenvalues: Sequence[float], rotation: Vector | None = None) -> None:
        Q = np.eye(len(eigenvalues)) if rotation is None else rotation
        self.H = Q.T @ np.diag(eigenvalues) @ Q

    def value(self, x: Vector) -> float:
        return float(x @ self.H @ x) / 2

    def gradient(self, x: Vector) -> Vector:
        return self.H @ x

    def hessian(self, x: Vector) -> Vector:
        return self.H


def solve_polynomial(degree: int, conditions: Iterable[tuple[int, float, float]]) -> Polynomial:
    """The polynomial of which, for each (order, t, v), the derivative of that order at t is v."""
    basis = [Polynomial.basis(k) for k in range(degree + 1)]
    wanted = list(conditions)
    rows = [[float((b.deriv(n) if n else b)(t)) for b in basis] for n, t, _ in wanted]
    return Polynomial(np.linalg.solve(rows, [v for _, _, v in wanted]))


@dataclass(frozen=True)
class Octopus:
    """Du et al.'s tube, by its conditions: f is C^2 wherever a coordinate passes tau or 2 tau.

    With s = (|x_i| - tau) / tau in [0, 1], the quartic g1 joins -gamma x^2 to L (x - 4 tau)^2 - nu
    (its height at s = 1, and by it nu, is what remains free), and the quintic g2 joins L to -gamma.
    """

    dim: int
    L: float = 1.0
    gamma: float = 1.0
    tau: float = math.e

    @cached_property
    def g1(self) -> Polynomial:
        L, g, T = self.L, self.gamma, self.tau
        left = [(0, 0, -g * T**2), (1, 0, -2 * g * T * T), (2, 0, -2 * g * T**2)]
        return solve_polynomial(4, [*left, (1, 1, 2 * L * (-2 * T) * T), (2, 1, 2 * L * T**2)])

    @cached_property
    def g2(self) -> Polynomial:
        flat = [(1, 0, 0.0), (2, 0, 0.0), (1, 1, 0.0), (2, 1, 0.0)]
        return solve_polynomial(5, [(0, 0, self.L), (0, 1, -self.gamma), *flat])

    @cached_property
    def nu(self) -> float:
        return 4 * self.L * self.tau**2 - float(self.g1(1.0))

    def stage(self, x: Vector) -> int:
        """Index of the first coordinate that has not left its saddle; dim if all have."""
        waiting = np.flatnonzero(np.abs(x) <= 2 * self.tau)
        return int(waiting[0]) if waiting.size else self.dim

    def inside(self, x: Vector) -> bool:
        a, i = np.abs(x), self.stage(x)
        return bool(np.all(a[:i] <= 6 * self.tau) and np.all(a[i + 1 :] <= self.tau))

    def value(self, x: Vector) -> float:
        return self._evaluate(x)[0]

    def gradient(self, x: Vector) -> Vector:
        return np.where(x < 0, -1.0, 1.0) * self._evaluate(x)[1]

    def hessian(self, x: Vector) -> Vector:
        sign = np.where(x < 0, -1.0, 1.0)
        return sign[:, None] * self._evaluate(x)[2] * sign

    def _evaluate(self, x: Vector) -> tuple[float, Vector, Vector]:
        """Value, gradient and Hessian at |x|."""
        a, i, T = np.abs(x), self.stage(x), self.tau
        curvature = np.full(self.dim, 2.0 * self.L)
        center = np.zeros(self.dim)
        center[:i] = 4 * T
        if i < self.dim:
            curvature[i] = -2 * self.gamma
        value = float(np.sum(curvature / 2 * (a - center) ** 2)) - i * self.nu
        gradient = curvature * (a - center)
        hessian = np.diag(curvature)
        if i < self.dim and a[i] > T:
            s = (a[i] - T) / T
            g1, g2 = self.g1, self.g2
            value += g1(s) + self.gamma * a[i] ** 2
            gradient[i] = g1.deriv(1)(s) / T
            hessian[i, i] = g1.deriv(2)(s) / T**2
            if i + 1 < self.dim:
                b = a[i + 1]
                value += (g2(s) - self.L) * b**2
                gradient[i] += g2.deriv(1)(s) / T * b**2
                gradient[i + 1] = 2 * g2(s) * b
                hessian[i, i] += g2.deriv(2)(s) / T**2 * b**2
                hessian[i, i + 1] = hessian[i + 1, i] = 2 * g2.deriv(1)(s) / T * b
                hessian[i + 1, i + 1] = 2 * g2(s)
        return value, gradient, hessian


@dataclass(frozen=True)
class Path:
    """How a trajectory went: `steps` is the first t at which the criterion held, or the budget."""

    steps: int
    escaped: bool
    x: Vector
    kicks: tuple[int, ...] = ()


def descend(
    f: Landscape,
    start: Vector,
    step_size: float,
    holds: Predicate,
    *,
    max_steps: int,
    noise: Vector | None = None,
) -> Path:
    """Gradient descent; row t of `noise`, if given, is added at step t as it is."""
    x = np.array(start, dtype=float)
    for t in range(max_steps):
        if holds(x):
            return Path(t, True, x)
        x = x - step_size * f.gradient(x) + (0.0 if noise is None else noise[t])
    return Path(max_steps, holds(x), x)


def descend_perturbed(
    f: Landscape,
    start: Vector,
    step_size: float,
    holds: Predicate,
    *,
    max_steps: int,
    gradient_threshold: float,
    min_interval: int,
    kick: Callable[[int], Vector],
) -> Path:
    """Jin et al.'s rule: `kick(t)` is the vector that a kick at step t adds."""
    x = np.array(start, dtype=float)
    kicks: list[int] = []
    for t in range(max_steps):
        if holds(x):
            return Path(t, True, x, tuple(kicks))
        rested = not kicks or t - kicks[-1] >= min_interval
        if rested and np.linalg.norm(f.gradient(x)) <= gradient_threshold:
            kicks.append(t)
            x = x + kick(t)
        x = x - step_size * f.gradient(x)
    return Path(max_steps, holds(x), x, tuple(kicks))


def octopus_exits(f: Octopus, start: Vector, step_size: float) -> list[int]:
    """First t with |x_i| > 2 tau, for each i, by logarithms that do not underflow.

    A coordinate waiting for its turn shrinks by c at every step and grows by a while its own saddle
    is left, so that all steps but the few in connecting regions are counted in closed form.
    """
    a, c, T = 1 + 2 * step_size * f.gamma, 1 - 2 * step_size * f.L, f.tau
    g1_slope, g2, g2_slope = f.g1.deriv(), f.g2, f.g2.deriv()
    steps, exits = 0, []
    log_x = math.log(abs(start[0]))
    for i in range(f.dim):
        dwell = 0 if log_x > math.log(T) else int((math.log(T) - log_x) // math.log(a)) + 1
        steps += dwell
        x = math.exp(log_x + dwell * math.log(a))
        log_y = math.log(abs(start[i + 1])) + steps * math.log(c) if i + 1 < f.dim else -math.inf
        while x <= 2 * T:
            s, y2 = (x - T) / T, math.exp(2 * log_y)
            x -= step_size * (g1_slope(s) + g2_slope(s) * y2) / T
            log_y += math.log1p(-2 * step_size * g2(s))
            steps += 1
        exits.append(steps)
        log_x = log_y
    return exits


def philox(counter: Sequence[int], key: Sequence[int]) -> tuple[int, int, int, int]:
    """Philox4x32-10 (Salmon et al. 2011) of four counter words and two key words."""
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * x0, 0xCD9E8D57 * x2
        x0, x1, x2, x3 = (p1 >> 32) ^ x1 ^ k0, p1 % 2**32, (p0 >> 32) ^ x3 ^ k1, p0 % 2**32
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return x0, x1, x2, x3


# The published known answers of Random123 (file kat_vectors): counter, key, words.
PHILOX_KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]

INITIAL, KICK, NOISE = 1, 2, 3  # the domains of the counter, part of what a seed means


@dataclass(frozen=True)
class Draws:
    """The words that a 64-bit key gives one trajectory at one step for one purpose."""

    key: int
    domain: int
    trajectory: int
    step: int = 0

    def words(self, index: int) -> tuple[int, int, int, int]:
        high = (self.step >> 32) | (self.trajectory >> 32) << 16
        counter = (index | self.domain << 28, self.step % 2**32, high, self.trajectory % 2**32)
        return philox(counter, (self.key % 2**32, self.key >> 32))

    def uniforms(self, dim: int) -> Vector:
        """On (0, 1), with 53 bits; two to a call of the generator."""
        flat = [w for index in range((dim + 1) // 2) for w in self.words(index)]
        pairs = [(flat[2 * j] << 21) + (flat[2 * j + 1] >> 11) for j in range(dim)]
        return np.array([(k + 0.5) / 2**53 for k in pairs])

    def normals(self, dim: int) -> Vector:
        """N(0, 1) by Box and Muller on 32-bit words; four to a call of the generator."""
        flat = [w for index in range((dim + 3) // 4) for w in self.words(index)]
        radius = np.sqrt(-2 * np.log((np.array(flat[::2]) + 0.5) / 2**32))
        angle = 2 * np.pi * np.array(flat[1::2]) / 2**32
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()[:dim]

    def ball(self, dim: int) -> Vector:
        """Uniform in the unit ball: a direction, and U^(1/dim) from the next call."""
        n = self.normals(dim)
        high, low = self.words((dim + 3) // 4)[:2]
        return n / np.linalg.norm(n) * (((high << 21) + (low >> 11) + 0.5) / 2**53) ** (1 / dim)
