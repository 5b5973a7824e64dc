"""The octopus, coordinates by trajectories.

It is even in every coordinate, and balls are symmetric, so that the absolute values are followed.
Where no coordinate connects two regions, a step multiplies the escaping coordinate by one number
and what each of the others lacks to its own center by another: most steps of a block are these two
multiplications. The rest (in connecting regions, at the minimum, at kicks) are few lanes at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from problems import OctopusDescent, OctopusKicks

from .blocks import Array, Finishers, by_blocks

LANES = 16384
Index = NDArray[np.int64]


@dataclass
class State:
    """A block: row j holds what x_j lacks to its center, or 0 where it is escaping."""

    offsets: Array  # (d, lanes)
    escaping: Array  # |x_i| of the escaping coordinate; infinite if there is none left
    stage: Index  # i

    def points(self, lanes: Index, tau: float) -> Array:
        """Return the absolute values of the coordinates there."""
        offsets, stage = self.offsets.take(lanes, axis=1), self.stage[lanes]
        d = offsets.shape[0]
        offsets += (np.arange(d)[:, None] < stage) * (4.0 * tau)
        (some,) = (stage < d).nonzero()
        offsets[stage[some], some] = self.escaping[lanes[some]]
        return offsets

    def put(self, lanes: Index, x: Array, tau: float) -> None:
        """Place points there."""
        left = np.logical_and.accumulate(x > 2.0 * tau, axis=0)
        stage = left.sum(axis=0)
        (some,) = (stage < x.shape[0]).nonzero()
        escaping = np.full(lanes.size, np.inf)
        escaping[some] = x[stage[some], some]
        offsets = x - left * (4.0 * tau)
        offsets[stage[some], some] = 0.0
        self.offsets[:, lanes] = offsets
        self.escaping[lanes] = escaping
        self.stage[lanes] = stage

    def keep(self, lanes: Index) -> None:
        """Remove the other lanes."""
        self.offsets = self.offsets.take(lanes, axis=1)
        self.escaping, self.stage = self.escaping[lanes], self.stage[lanes]


def gradient(p: OctopusDescent | OctopusKicks, x: Array) -> Array:
    """Return the gradient at points whose coordinates are not negative."""
    L, gamma, tau = p.L, p.gamma, p.tau
    d, lanes = x.shape
    left = np.logical_and.accumulate(x > 2.0 * tau, axis=0)
    stage = left.sum(axis=0)
    g = np.zeros((d + 2, lanes))  # with rows for what comes after the last coordinate
    np.subtract(x, left * (4.0 * tau), out=g[:d])
    g *= 2.0 * L
    (some,) = (stage < d).nonzero()
    row = stage[some]
    a, b = x[row, some], g[row + 1, some] / (2.0 * L)
    s, u = np.maximum(a - tau, 0.0), np.minimum((2.0 * tau - a) / tau, 1.0)
    own = s * s
    own *= (10.0 * gamma - 14.0 * L) / tau + (10.0 * L - 6.0 * gamma) / tau**2 * s
    own -= 2.0 * gamma * a
    own -= 30.0 * (L + gamma) / tau * np.square(u * (1.0 - u) * b)
    g[row, some] = own
    g[row + 1, some] = 2.0 * b * ((L + gamma) * u**3 * (10.0 + u * (6.0 * u - 15.0)) - gamma)
    return g[:d]


def ball(random: np.random.Generator, d: int, count: int) -> Array:
    """Return points uniform in the unit ball."""
    points = random.standard_normal((d, count))
    points *= random.random(count) ** (1.0 / d) / np.linalg.norm(points, axis=0)
    return points


def follow(p: OctopusDescent | OctopusKicks, starts: Array) -> NDArray[np.int64]:
    trials, d = starts.shape
    tau = p.tau
    shrink, grow = 1.0 - 2.0 * p.step_size * p.L, 1.0 + 2.0 * p.step_size * p.gamma
    if not 0.0 <= shrink <= 1.0:
        raise ValueError("a step longer than 1 / (2 L) could lead back over a region's border")
    kicks = p if isinstance(p, OctopusKicks) else None
    random = np.random.Generator(np.random.SFC64())
    state = State(np.empty((d, trials)), np.empty(trials), np.zeros(trials, dtype=np.int64))
    state.put(np.arange(trials), np.abs(starts.T), tau)
    since = np.full(trials, -(2**62))  # the last kick
    finish = Finishers(trials, p.max_steps)
    for t in range(p.max_steps):
        events = state.escaping > tau
        if kicks is not None:
            norm2 = np.einsum("jn,jn->n", state.offsets, state.offsets)
            norm2 *= 4.0 * p.L**2
            norm2 += 4.0 * p.gamma**2 * np.square(state.escaping)
            # a little more than the threshold: the gradient itself decides
            small = norm2 <= 1.000001 * kicks.threshold**2
            events |= small & (t - since >= kicks.min_interval)
        (lanes,) = events.nonzero()
        if lanes.size:
            x = state.points(lanes, tau)
            at_end = (np.abs(x - 4.0 * tau) <= p.tolerance).all(axis=0)
            if at_end.any():
                done = np.zeros(events.size, dtype=bool)
                done[lanes[at_end]] = True
                x[:, at_end] = 0.0  # where nothing happens until the lane is removed
                ended = finish(done, t)
            else:
                ended = None
            g = gradient(p, x)
            if kicks is not None:
                due = np.einsum("jn,jn->n", g, g) <= kicks.threshold**2
                due &= t - since[lanes] >= kicks.min_interval
                (due,) = due.nonzero()
                moved = np.abs(x[:, due] + kicks.radius * ball(random, d, due.size))
                x[:, due], g[:, due] = moved, gradient(p, moved)
                since[lanes[due]] = t
            g *= p.step_size
            x -= g
            state.offsets *= shrink
            state.escaping *= grow
            state.put(lanes, np.abs(x, out=x), tau)
            if ended is not None:
                if not ended.size:
                    break
                state.keep(ended)
                since = since[ended]
        else:
            state.offsets *= shrink
            state.escaping *= grow
    return finish.steps


def octopus_descent(p: OctopusDescent) -> Callable[[Array], NDArray[np.int64]]:
    return lambda starts: by_blocks(lambda block: follow(p, block), LANES, starts)


def octopus_kicks(p: OctopusKicks) -> Callable[[Array], NDArray[np.int64]]:
    return lambda starts: by_blocks(lambda block: follow(p, block), LANES, starts)
