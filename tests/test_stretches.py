"""Stretches take the very steps that the engine takes one by one: every column is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from saddlesim import _core

COLUMNS = ("steps", "outcome", "underflowed", "perturbations", "value", "gradient_norm", "points")
DIMS = range(1, 13)
# Slopes that are powers of two, where multiplications may be exchanged, and slopes that are not.
OCTOPUSES: list[dict[str, float]] = [
    {},
    {"L": 1.3, "gamma": 1.1, "tau": 0.9},
    {"L": 4.0, "gamma": 0.5},
]


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    yield
    _core.use_stretches(True)


def check(landscape: ss.Landscape, method: ss.Method, threads: int = 1, **run: Any) -> Any:
    """Run with stretches and without, and return what both say."""
    run = {"trials": 37, "max_steps": 700, "seed": 3, "arithmetic": "float64", **run}
    _core.use_stretches(True)
    fast = ss.escape_times(landscape, method, threads=threads, record=("points",), **run)
    _core.use_stretches(False)
    slow = ss.escape_times(landscape, method, threads=1, record=("points",), **run)
    for column in COLUMNS:
        a, b = getattr(fast, column), getattr(slow, column)
        assert a.tobytes() == b.tobytes(), column
    return fast


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("shape", OCTOPUSES)
def test_descent_on_the_octopus(dim: int, shape: dict[str, float]) -> None:
    f = ss.Octopus(dim, **shape)
    tau = f.tau
    for step in (0.25, 0.013, 0.49, 5.0):  # the last is too long for a stretch, and diverges
        method = ss.GradientDescent(step / f.L)
        for escape in (
            ss.ReachesMinimum(0.1 * tau),
            ss.ReachesMinimum(1e-13),
            ss.ReachesMinimum(2.9 * tau),
            ss.PastLastSaddle(),
        ):
            for initial in (
                ss.Uniform(-tau, tau),
                ss.Uniform(-7 * tau, 7 * tau),  # many outside the domain
                ss.Gaussian(1e-300),  # underflow
                ss.At(np.zeros(dim)),
            ):
                # A seed of its own, and a budget that ends anywhere.
                check(f, method, 3, escape=escape, initial=initial, seed=dim, max_steps=300 + dim)


@pytest.mark.parametrize("budget", [0, 1, 2, 17, 999, 1000, 1001])
def test_budgets_end_anywhere(budget: int) -> None:
    method = ss.GradientDescent(0.01)
    times = check(ss.Octopus(3), method, initial=ss.Uniform(-1, 1), max_steps=budget, trials=50)
    assert times.steps.max() <= budget


@pytest.mark.parametrize("dim", [2, 5, 8])
def test_descent_agrees_with_the_run_that_records_exits(dim: int) -> None:
    run = {"initial": ss.Uniform(-1, 1), "trials": 300, "max_steps": 20_000}
    run |= {"escape": ss.ReachesMinimum(0.1), "arithmetic": "float64"}
    f, method = ss.Octopus(dim), ss.GradientDescent(0.25)
    fast = ss.escape_times(f, method, **run)
    slow = ss.escape_times(f, method, record=("saddle_exits",), **run)
    np.testing.assert_array_equal(fast.steps, slow.steps)
    np.testing.assert_array_equal(fast.value, slow.value)


def test_coordinates_that_start_at_zero_or_at_saddles() -> None:
    f = ss.Octopus(4)
    points = np.random.default_rng(1).uniform(-1, 1, (64, 4))
    points[::3, 2] = 0.0
    points[1::4, 1:] = 0.0
    points[2::5, 0] = 2 * f.tau
    points[3::7, 3] = 5e-324
    check(f, ss.GradientDescent(0.25), initial=ss.At(points), trials=None, max_steps=3000)


@pytest.mark.parametrize("dim", [*DIMS, 64, 67])
@pytest.mark.parametrize("escaping", [-1.0, -0.01, -30.0])
def test_quadratic_saddles(dim: int, escaping: float) -> None:
    f = ss.QuadraticSaddle([escaping, *np.linspace(0.3, 2.0, dim - 1)])
    for step in (0.1, 0.5, 3.0):
        for method in (
            ss.NoisyGradientDescent(step, 1e-3, noise="gaussian", scaled_by_step=False),
            ss.NoisyGradientDescent(step, 10.0, noise="ball"),
            ss.GradientDescent(step),
        ):
            for escape in (ss.LeavesSubspace(radius=1.0), ss.LeavesBall(radius=1e306)):
                for initial in (
                    ss.At(np.zeros(dim)),
                    ss.Gaussian(1e-3),
                    ss.Gaussian(1e-310),
                    ss.Uniform(-1e307, 1e307),
                ):
                    check(f, method, 3, escape=escape, initial=initial, max_steps=200, seed=dim)


def test_a_trajectory_alone_is_what_it_is_among_others() -> None:
    f, method = ss.QuadraticSaddle([-1.0, 1.0, 2.0]), ss.NoisyGradientDescent(0.1, 1e-3)
    run = {"initial": ss.Gaussian(0.1), "escape": ss.LeavesSubspace(radius=1.0), "max_steps": 5000}
    together = ss.escape_times(f, method, trials=20, **run)
    alone = [ss.escape_times(f, method, trials=range(i, i + 1), **run) for i in range(20)]
    np.testing.assert_array_equal(together.steps, [int(times.steps[0]) for times in alone])


@pytest.mark.parametrize("dim", [*DIMS, 61])
def test_kicks(dim: int) -> None:
    for shape in OCTOPUSES:
        f = ss.Octopus(dim, **shape)
        for radius, threshold, interval in ((0.01, 0.05, 10), (0.3, 1.0, 1)):
            method = ss.PerturbedGradientDescent(0.25 / f.L, radius, threshold, interval)
            for initial in (ss.Uniform(-1, 1), ss.At(np.zeros(dim))):
                check(f, method, 3, initial=initial, escape=ss.ReachesMinimum(0.1))
