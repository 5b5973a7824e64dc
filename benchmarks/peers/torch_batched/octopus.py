"""The octopus. It is even in every coordinate, so that the absolute values are followed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from problems import OctopusDescent, OctopusKicks

from .blocks import Array, Tensor, compiled, torch, until_done

LANES = 2048
UNROLLED = 2  # steps in a compiled loop, between which the coordinates stay in registers


def gradient(p: OctopusDescent | OctopusKicks, x: list[Tensor]) -> list[Tensor]:
    """Return the gradient where no coordinate is negative.

    The connecting region's polynomials are evaluated once, wherever that region is. Choices are
    products with 0 or 1, since the compiled code converts masks between widths at every use.
    """
    L, gamma, tau = p.L, p.gamma, p.tau
    zero = torch.zeros_like(x[0])
    in_turn, before = zero + 1.0, zero  # before: whether the coordinate before is escaping
    escaping, follows, plain = [], [], []
    a, b = zero, zero
    for c in x:
        left = in_turn * torch.where(c > 2.0 * tau, 1.0, 0.0)
        escaping.append(in_turn - left)
        follows.append(before)
        plain.append(2.0 * L * (c - 4.0 * tau * left))
        a, b = a + escaping[-1] * c, b + before * c
        in_turn, before = left, escaping[-1]
    s, u = (a - tau).clamp(min=0.0), ((2.0 * tau - a) * (1.0 / tau)).clamp(max=1.0)
    own = s * s * ((10.0 * gamma - 14.0 * L) / tau + (10.0 * L - 6.0 * gamma) / tau**2 * s)
    bump = u * (1.0 - u) * b
    own = own - 2.0 * gamma * a - 30.0 * (L + gamma) / tau * (bump * bump)
    next_ = 2.0 * b * ((L + gamma) * (u * u * u) * (10.0 + u * (6.0 * u - 15.0)) - gamma)
    return [
        e * own + f * next_ + (1.0 - e - f) * g
        for e, f, g in zip(escaping, follows, plain, strict=True)
    ]


def going(p: OctopusDescent | OctopusKicks, x: list[Tensor]) -> Tensor:
    """Return 1 where the point is not at a minimum, 0 where it is."""
    farthest = (x[0] - 4.0 * p.tau).abs()
    for c in x[1:]:
        farthest = torch.maximum(farthest, (c - 4.0 * p.tau).abs())
    return torch.where(farthest <= p.tolerance, 0.0, 1.0)


def descend(p: OctopusDescent | OctopusKicks, x: list[Tensor]) -> list[Tensor]:
    return [(c - p.step_size * g).abs() for c, g in zip(x, gradient(p, x), strict=True)]


def octopus_descent(p: OctopusDescent) -> Callable[[Array], NDArray[np.int64]]:
    chunk = 32

    @compiled
    def some(rows: list[Tensor], count: Tensor, alive: Tensor) -> None:
        x, n, on = rows, count, alive
        for _ in range(UNROLLED):
            on = on * going(p, x)
            n = n + on
            x = descend(p, x)
        for row, new in zip([*rows, count, alive], [*x, n, on], strict=True):
            row.copy_(new)

    def advance(x: Tensor, count: Tensor, alive: Tensor) -> None:
        rows = list(x)
        for _ in range(chunk // UNROLLED):
            some(rows, count, alive)

    def run(starts: Array) -> NDArray[np.int64]:
        return until_done(advance, np.abs(starts.T), LANES, chunk, p.max_steps)

    return run


def octopus_kicks(p: OctopusKicks) -> Callable[[Array], NDArray[np.int64]]:
    """Kick at most once in a chunk, which is no longer than the interval: one draw for a chunk."""
    chunk = max(1, min(p.min_interval, 32))

    @compiled
    def one(rows: list[Tensor], age: Tensor, ball: list[Tensor], count: Tensor, on: Tensor) -> None:
        still = on * going(p, rows)
        small = sum(g * g for g in gradient(p, rows)) <= p.threshold**2
        kick = small & (age >= p.min_interval)
        x = [torch.where(kick, (c + b).abs(), c) for c, b in zip(rows, ball, strict=True)]
        new_age = torch.where(kick, 0.0, age) + 1.0
        new = [*descend(p, x), new_age, count + still, still]
        for row, value in zip([*rows, age, count, on], new, strict=True):
            row.copy_(value)

    def advance(points: Tensor, count: Tensor, alive: Tensor) -> None:
        *rows, age = points
        ball = torch.randn(len(rows), age.numel(), dtype=age.dtype)
        ball *= p.radius * torch.rand_like(age).pow_(1.0 / len(rows)) / ball.norm(dim=0)
        parts = list(ball)
        for _ in range(chunk):
            one(rows, age, parts, count, alive)

    def run(starts: Array) -> NDArray[np.int64]:
        trials, d = starts.shape
        points = np.empty((d + 1, trials))
        points[:d], points[d] = np.abs(starts.T), np.inf
        return until_done(advance, points, LANES, chunk, p.max_steps)

    return run
