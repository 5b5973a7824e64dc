"""Gradient descent on the octopus, the gradient fused into the step, masks for the regions.

All lanes take the linear part of the step. Only if one crosses from a saddle's box into the next,
where the landscape is a polynomial, are the polynomials evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from peers.numba_lanes.masks import bits_mask, invert, mask_bits
from peers.numba_lanes.memory import aligned, load, registers, splat, store
from peers.numba_lanes.refill import Steps, parts_of, refill, share
from peers.numba_lanes.vectors import Vector, copysign, f64x8, magnitude, select
from problems import Array, OctopusDescent, OctopusKicks

KIND = f64x8
LANES = KIND.count
load_lanes, splat_lanes, _mask = load(KIND), splat(KIND), bits_mask(LANES)
Point = Any  # registers, one a coordinate


class Shape(NamedTuple):
    """The landscape and the step, as compiled functions take them."""

    L: float
    gamma: float
    tau: float
    step_size: float
    tolerance: float


def shape_of(p: OctopusDescent | OctopusKicks) -> Shape:
    return Shape(p.L, p.gamma, p.tau, p.step_size, p.tolerance)


@njit(forceinline=True)
def cross(a: Vector, b: Vector, shape: Shape) -> tuple[Vector, Vector]:
    """Return where the crossing coordinate a and the one after it, b, go."""
    L, gamma, tau, h = shape.L, shape.gamma, shape.tau, shape.step_size
    m = magnitude(a)
    s = m - tau
    u = (2 * tau - m) * (1 / tau)
    bump = u - u * u
    cubic = s * ((10 * L - 6 * gamma) / tau**2) + (10 * gamma - 14 * L) / tau
    slope = m * (-2 * gamma) + s * s * cubic - bump * bump * b * b * (30 * (L + gamma) / tau)
    bend = u * u * u * ((u * u) * 6 - u * 15 + 10) * (L + gamma) - gamma
    return copysign(m - slope * h, a), b - b * bend * (2 * h)


@cache
def functions(dim: int) -> tuple[Any, Any, Any]:
    """Return the step, the test for a minimum, and the declaration of points in this dimension."""
    last = dim - 1

    @njit(forceinline=True)
    def step(x: Point, y: Point, shape: Shape) -> None:
        """Write into y where the lanes at x go."""
        tau, h = shape.tau, shape.step_size
        shrink, grow = 1 - 2 * shape.L * h, 1 + 2 * shape.gamma * h
        pull = 8 * shape.L * tau * h
        before, crossing = _mask(-1), _mask(0)
        for j in range(dim):
            m = magnitude(x[j])
            beyond = before & (m > 2 * tau)
            pivot = before & invert(beyond)
            crossing = crossing | (pivot & (m > tau))
            linear = x[j] * shrink
            linear = select(beyond, linear + copysign(splat_lanes(pull), x[j]), linear)
            y[j] = select(pivot, x[j] * grow, linear)
            before = beyond
        if mask_bits(crossing):
            step_crossing(x, y, shape)

    @njit(forceinline=True)
    def step_crossing(x: Point, y: Point, shape: Shape) -> None:
        """Correct y where a lane crosses."""
        tau = shape.tau
        a, b = splat_lanes(0.0), splat_lanes(0.0)
        before, preceding = _mask(-1), _mask(0)
        for j in range(dim):
            m = magnitude(x[j])
            inside = before & (m > tau)
            before = inside & (m > 2 * tau)
            b = select(preceding, x[j], b)
            preceding = inside & invert(before)
            a = select(preceding, x[j], a)
        a, b = cross(a, b, shape)
        before, preceding = _mask(-1), _mask(0)
        for j in range(dim):
            m = magnitude(x[j])
            inside = before & (m > tau)
            before = inside & (m > 2 * tau)
            y[j] = select(preceding, b, y[j])
            preceding = inside & invert(before)
            y[j] = select(preceding, a, y[j])

    @njit(forceinline=True)
    def at_minimum(x: Point, shape: Shape) -> int:
        """Return which lanes are at a minimum, looking first at the coordinate that decides."""
        there = magnitude(magnitude(x[last]) - 4 * shape.tau) <= shape.tolerance
        if mask_bits(there):
            for j in range(last):
                there = there & (magnitude(magnitude(x[j]) - 4 * shape.tau) <= shape.tolerance)
        return mask_bits(there)

    return step, at_minimum, registers(KIND, dim)


@cache
def _descent(dim: int) -> Any:
    step, at_minimum, declare = functions(dim)

    @njit
    def run(
        starts: Array, first: int, end: int, shape: Shape, max_steps: int, steps: Steps
    ) -> None:
        kept = aligned(dim * LANES)
        kept[:] = 0.0
        owners, births = np.full(LANES, -1), np.zeros(LANES, dtype=np.int64)
        waiting = np.array([first, end])
        x, y = declare(), declare()
        clock, ended = 0, 0
        while True:
            busy, deadline = refill(
                ended, clock, max_steps, waiting, owners, births, starts, kept, steps
            )
            if not busy:
                break
            for j in range(dim):
                x[j] = load_lanes(kept, j * LANES)
            ended = at_minimum(x, shape) & busy
            while not ended and clock < deadline:
                step(x, y, shape)
                for j in range(dim):
                    x[j] = y[j]
                clock += 1
                ended = at_minimum(x, shape) & busy
            for j in range(dim):
                store(kept, j * LANES, x[j])

    @njit(parallel=True)
    def run_parts(starts: Array, shape: Shape, max_steps: int, parts: int) -> Steps:
        steps = np.empty(len(starts), dtype=np.int64)
        for part in prange(parts):
            first, end = share(len(starts), part, parts)
            run(starts, first, end, shape, max_steps, steps)
        return steps

    return run_parts


def octopus_descent(problem: OctopusDescent) -> Callable[[Array], Steps]:
    p = problem
    return lambda starts: _descent(starts.shape[1])(
        starts, shape_of(p), p.max_steps, parts_of(len(starts))
    )
