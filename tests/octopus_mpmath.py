"""Gradient descent on the octopus in arbitrary precision, from the mathematics, for any count.

Between connecting regions it is linear: the escaping coordinate grows by a = 1 + 2 eta gamma, the
waiting ones shrink by c = 1 - 2 eta L. In connecting regions every step is taken, in fixed-point
numbers, because they are many when steps are small. Nothing here is copied from the core: the
connecting polynomials are solved for from the conditions that make f twice differentiable.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mpmath import mp, mpf


@dataclass(frozen=True)
class Walk:
    """When each coordinate first exceeds 2 tau, and how the trajectory goes on from there."""

    exits: list[int]
    landings: list[mpf]  # |x_i| at exits[i]
    tie_distance: mpf  # the smallest relative distance from a threshold that decided on a count
    c: mpf
    tau: mpf

    def reaches_minimum(self, tolerance: float) -> int:
        """First t with every | |x_j| - 4 tau | <= tolerance, a tolerance of at most 2 tau."""
        times = []
        with mp.workprec(144):
            for exit_, landing in zip(self.exits, self.landings, strict=True):
                distance = abs(landing - 4 * self.tau)
                more = mp.log(distance / mpf(tolerance)) / -mp.log(self.c)
                times.append(exit_ + max(0, int(mp.ceil(more))))
        return max(times)

    def final_magnitudes(self) -> list[float]:
        """|x_j| when the last coordinate has just left."""
        return [
            float(4 * self.tau + (landing - 4 * self.tau) * self.c ** (self.exits[-1] - exit_))
            for exit_, landing in zip(self.exits, self.landings, strict=True)
        ]


def walk(
    start: Sequence[float],
    step_size: float,
    L: float = 1.0,
    gamma: float = 1.0,
    tau: float = math.e,
) -> Walk:
    """Walk from a start in the domain with no coordinate at 0; 0 < 1 - 2 eta L, 2 eta gamma <= 1.

    The last exit is about ratio^dim, and a coordinate then is c^exit: to know that to 100 bits, its
    logarithm takes dim log2(ratio) bits more.
    """
    ratio = 1 - math.log1p(-2 * step_size * L) / math.log1p(2 * step_size * gamma)
    with mp.workprec(math.ceil(len(start) * math.log2(ratio)) + 144):
        eta, L_, gamma_, T = mpf(step_size), mpf(L), mpf(gamma), mpf(tau)
        log_a, log_c = mp.log(1 + 2 * eta * gamma_), mp.log(1 - 2 * eta * L_)
        region = Region(eta, L_, gamma_, T)
        steps, exits, landings, ties = 0, [], [], []
        log_x = mp.log(abs(mpf(start[0])))
        for following in [*start[1:], None]:
            jump = 0 if log_x > mp.log(T) else int(mp.floor((mp.log(T) - log_x) / log_a)) + 1
            above = log_x + jump * log_a - mp.log(T)
            steps += jump
            log_next = None if following is None else mp.log(abs(mpf(following))) + steps * log_c
            more, landing, log_factor = region.cross(T * mp.exp(above), log_next)
            ties.append(region.tie_distance)
            steps += more
            exits.append(steps)
            landings.append(landing)
            log_x = 0 if log_next is None else log_next + log_factor
        return Walk(exits, landings, min(ties), mp.exp(log_c), T)


def polynomial(degree: int, conditions: Iterable[tuple[int, int, mpf]]) -> list[mpf]:
    """Coefficients, lowest first: for each (order, t, v) the derivative of that order at t is v."""
    rows, values = [], []
    for order, t, value in conditions:
        rows.append([math.perm(k, order) * mpf(t) ** max(k - order, 0) for k in range(degree + 1)])
        values.append(value)
    return list(mp.lu_solve(mp.matrix(rows), mp.matrix(values)))


class Region:
    """Where the escaping |x_i| is in (tau, 2 tau]; s = (|x_i| - tau) / tau, in fixed point."""

    def __init__(self, eta: mpf, L: mpf, gamma: mpf, tau: mpf) -> None:
        self.bits = mp.prec + 32
        self.tau = tau
        self.tie_distance = mp.inf
        flat = [(order, t, mpf(0)) for t in (0, 1) for order in (1, 2)]
        g2 = polynomial(5, [(0, 0, L), (0, 1, -gamma), *flat])
        # g1' alone matters; it goes over from -2 gamma x to 2 L (x - 4 tau), with equal slopes
        left = [(order, 0, -2 * gamma * tau) for order in (0, 1)]
        g1_slope = polynomial(3, [*left, (0, 1, -4 * L * tau), (1, 1, 2 * L * tau)])
        # what a step adds to s, without and with the next coordinate, and to that, relatively
        self.own = [self.fixed(-eta * k / tau) for k in g1_slope]
        self.coupled = [self.fixed(-eta * j * k / tau**2) for j, k in enumerate(g2)][1:]
        self.growth = [self.fixed(-2 * eta * k) for k in g2]

    def fixed(self, x: mpf) -> int:
        return int(mp.nint(mp.ldexp(x, self.bits)))

    def horner(self, coefficients: list[int], s: int) -> int:
        total = 0
        for k in reversed(coefficients):
            total = (total * s >> self.bits) + k
        return total

    def cross(self, x: mpf, log_next: mpf | None) -> tuple[int, mpf, mpf]:
        """Steps until x > 2 tau, x then, and the logarithm of the next coordinate's growth."""
        one, steps = 1 << self.bits, 0
        s, factor = self.fixed(x / self.tau - 1), one
        next2 = 0 if log_next is None else self.fixed(mp.exp(2 * log_next))
        nearest = one
        while s <= one:
            square = (next2 * factor >> self.bits) * factor >> self.bits
            change = self.horner(self.own, s) + (self.horner(self.coupled, s) * square >> self.bits)
            factor += factor * self.horner(self.growth, s) >> self.bits
            s += change
            nearest = min(nearest, abs(s - one))
            steps += 1
        self.tie_distance = mp.ldexp(mpf(nearest), -self.bits - 1)  # relative to 2 tau
        growth = mp.ldexp(mpf(factor), -self.bits)
        return steps, self.tau * (1 + mp.ldexp(mpf(s), -self.bits)), mp.log(growth)
