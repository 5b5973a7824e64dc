"""What fixed Gram matrices foretell of outputs, and of which networks it holds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

import saddlesim as ss
from references import kernel as slow

EPS = np.finfo(float).eps


@pytest.mark.parametrize("outputs", [None, 2])
@pytest.mark.parametrize("factor", [0.3, 1.0, 2.0, 3.1])  # of 1 / (largest eigenvalue)
def test_residuals_are_those_of_one_step_after_the_other(
    outputs: int | None, factor: float
) -> None:
    rng, shape = np.random.default_rng(1), (6,) if outputs is None else (3, outputs)
    H, u0, y = slow.some_gram(2, 6), rng.normal(size=shape), rng.normal(size=shape)
    step = factor / np.linalg.norm(H, 2)
    steps = [0, 1, 2, 7, 40]
    found = ss.kernel.predicted_residual(H, u0, y, steps, step)
    slowly = slow.residuals(H, (u0 - y).ravel(), step, 40)
    assert found.shape == (5, *shape)
    for k, residual in zip(steps, found, strict=True):
        size = np.linalg.norm(slowly[k]) + np.linalg.norm(slowly[0])
        np.testing.assert_allclose(
            residual.ravel(), slowly[k], rtol=0, atol=10 * (k + 6) * EPS * size
        )


def test_long_times_neither_overflow_nor_lose_digits() -> None:
    Q = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0]
    y, zero = Q @ [1.0, 2.0, 3.0, 4.0], np.zeros(4)
    H = Q * [1.0, 1e-6, 0.0, 1e-3] @ Q.T
    # eigenvectors 1e-6 apart in eigenvalue are right to some 1e-16 / 1e-6
    slowest = ss.kernel.predicted_residual(H, zero, y, [10**9], 1.0)[0]
    np.testing.assert_allclose(Q.T @ slowest, [0, 0, -3, 0], atol=1e-9)
    # (1 - 1e-6)^k has the error of its eigenvalue, some 1e-16, k times
    middle = Q.T @ ss.kernel.predicted_residual(H, zero, y, [10**6], 1.0)[0]
    np.testing.assert_allclose(middle[1], -2 * math.exp(-1 - 0.5e-6), rtol=1e-9)
    np.testing.assert_allclose(middle[[0, 2, 3]], [0, -3, 0], atol=1e-9)
    growing = ss.kernel.predicted_residual(
        np.diag([3.0, 1.0]), [1.0, 1.0], [0.0, 0.0], [1023, 1025, 10**18 + 1, 10**18], 1.0
    )
    infinite = [[-(2.0**1023), 0], [-math.inf, 0], [-math.inf, 0], [math.inf, 0]]
    np.testing.assert_allclose(growing, infinite, rtol=1e-12)
    # one part within the range although its growth is not
    large = ss.kernel.predicted_residual([[3.0]], [1e-300], [0.0], [1500], 1.0)
    np.testing.assert_allclose(large, [[1e-300 * 2.0**750 * 2.0**750]], rtol=1e-12)


def test_flow_is_the_exponential() -> None:
    H, rng = slow.some_gram(4, 5, rank=3), np.random.default_rng(5)
    u0, y = rng.normal(size=(2, 5))
    times = [0.0, 0.5, 30.0]
    found = ss.kernel.predicted_residual_flow(H, u0, y, times)
    for t, residual in zip(times, found, strict=True):
        np.testing.assert_allclose(residual, expm(-t * H) @ (u0 - y), rtol=0, atol=1e-13)
    # small steps are nearly the flow
    small = ss.kernel.predicted_residual(H, u0, y, [5000], 1e-4)[0]
    np.testing.assert_allclose(small, found[1], atol=1e-3 * np.linalg.norm(u0 - y))


@given(
    seed=st.integers(0, 2**32 - 1),
    rank=st.integers(1, 4),
    factor=st.floats(0.01, 2.0),
    level=st.floats(1e-6, 10.0),
)
def test_steps_to_a_level_are_counted_as_they_are_taken(
    seed: int, rank: int, factor: float, level: float
) -> None:
    H, rng = slow.some_gram(seed, 4, rank), np.random.default_rng(seed)
    u0, y = rng.normal(size=(2, 4))
    y = u0 + H @ y  # in its range, so that all of it is learnt
    step = factor / np.linalg.norm(H, 2)
    slowly = slow.residuals(H, u0 - y, step, 300)
    halves = np.array([r @ r / 2 for r in slowly])
    reached = np.flatnonzero(halves < level)
    if len(reached) and np.all(np.abs(halves / level - 1) > 1e-9):
        assert ss.kernel.steps_to(H, u0, y, level, step) == reached[0]


def test_many_steps_are_counted_too() -> None:
    # |0.5 (1 - 1e-9)^k|^2 / 2 < 1e-6: k > log(0.5 / sqrt(2e-6)) / 1e-9
    H = np.diag([1.0, 1e-9])
    found = ss.kernel.steps_to(H, [0.0, 0.5], [0.0, 0.0], 1e-6, 1.0)
    expected = -math.log(0.5 / math.sqrt(2e-6)) / math.log1p(-1e-9)
    assert abs(found - expected) <= 1 + 1e-13 * expected
    assert ss.kernel.steps_to(H, [0.0, 0.5], [0.0, 0.0], 0.126, 1.0) == 0


WEIGHTED = {
    "rectifiers": lambda: ss.TwoLayerReLU.random(5, samples=7, width=9),
    "quadratic": lambda: ss.QuadraticNetwork.random(4, width=3, samples=9),
    "linear": lambda: ss.DeepLinearNetwork.random([4, 3, 5, 2], samples=11),
    "three points": lambda: ss.SmallDataNetwork("tanh"),
}


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_short_step_is_foretold_on_every_network(name: str) -> None:
    f = WEIGHTED[name]()
    x = np.random.default_rng(6).normal(size=f.dim) / 2
    H, u0 = ss.kernel.gram(f, x), f.predictions(x)
    errors = []
    for share in (1e-3, 1e-4):
        step = share / (f.residual_weight * np.linalg.norm(H, 2))
        (found,) = ss.kernel.predicted_residual(H, u0, f.targets, [1], step * f.residual_weight)
        moved = f.predictions(x - step * f.gradient(x)) - f.targets
        errors.append(np.linalg.norm(moved - found) / np.linalg.norm(u0 - f.targets) / share)
    assert errors[1] < 1e-12 / 1e-4 + errors[0] / 9  # of second order in the step
    assert errors[0] < 0.1


@pytest.mark.parametrize(("kappa", "most"), [(1.0, 0.02), (0.01, math.inf)])
def test_wide_networks_follow_their_kernel_unless_they_start_small(
    kappa: float, most: float
) -> None:
    f = ss.TwoLayerReLU.random(20, samples=50, width=16_000, labels="teacher", seed=1)
    start = ss.SymmetrizedGaussian(kappa)
    step = 1 / np.linalg.norm(f.infinite_width_gram(), 2)
    x0 = start.sample(f, trials=1)[0]
    steps = [3, 10]
    foretold = ss.kernel.predicted_residual(
        ss.kernel.gram(f, x0), f.predictions(x0), f.y, steps, step
    )
    for k, residual in zip(steps, foretold, strict=True):
        run = ss.escape_times(
            f,
            ss.GradientDescent(step),
            initial=ss.At(x0),
            escape=ss.LeavesBall(radius=1e300),
            trials=1,
            max_steps=k,
            record=("points",),
        )
        measured = f.predictions(run.points[0]) - f.y
        error = np.linalg.norm(measured - residual) / np.linalg.norm(residual)
        assert error < most
    if kappa < 1:
        assert error > 0.3


H, ONES = np.diag([1.0, 2.0]), np.ones(2)
SINGULAR = np.ones((2, 2))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: ss.kernel.predicted_residual(H, ONES, np.ones(3), [1], 0.1),
            r"y must have shape \(n,\) or \(n, outputs\) with 2 numbers in all, as gram has rows, "
            r"got \(3,\)",
        ),
        (
            lambda: ss.kernel.predicted_residual(H, 0.0, ONES, [1], 0.1),
            r"u0 must have the shape of y, \(2,\), got \(\)",
        ),
        (
            lambda: ss.kernel.predicted_residual(H, ONES, ONES, 3, 0.1),
            r"steps must be whole numbers >= 0, shape \(count,\), got 3; write \[k\] for one of",
        ),
        (
            lambda: ss.kernel.predicted_residual(H, ONES, ONES, [-1], 0.1),
            r"steps must be whole numbers >= 0, shape \(count,\), got \[-1\]",
        ),
        (
            lambda: ss.kernel.predicted_residual(H, ONES, ONES, [1], -0.1),
            "step_size must be a positive number and finite, got -0.1",
        ),
        (
            lambda: ss.kernel.predicted_residual_flow(H, ONES, ONES, [0.0, -1.0]),
            "times must be numbers >= 0, got -1; a flow starts at 0",
        ),
        (
            lambda: ss.kernel.steps_to(H, ONES, 0 * ONES, 0.1, 1.1),
            r"step_size must be at most 2 / \(largest eigenvalue of gram\) = 1, got 1.1; beyond it "
            "the residual grows",
        ),
        (
            lambda: ss.kernel.steps_to(SINGULAR, [1.0, -1.0], 0 * ONES, 0.5, 0.1),
            "level must be above 1, got 0.5; what lies along eigenvalues 0 of gram stays",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(call: Callable[[], object], text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        call()
