"""Deep linear networks: formulas at any depth, saddles that are not strict, and their time laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

import landscape_checks as check
import saddlesim as ss
from references.network import DeepLinearNetwork


@given(
    seed=st.integers(0, 100),
    widths=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    n=st.integers(1, 9),
)
def test_it_is_the_reference(seed: int, widths: list[int], n: int) -> None:
    # fewer samples than inputs, or more, which are then reduced
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(n, widths[0])), rng.normal(size=(n, widths[-1]))
    f = ss.DeepLinearNetwork(X, Y, widths[1:-1])
    points, V = rng.normal(size=(2, 17, f.dim))
    slow = DeepLinearNetwork(X, Y, tuple(widths))
    check.close(f.value(points), np.array([slow.value(x) for x in points]), 1e-12)
    check.close(f.gradient(points), np.array([slow.gradient(x) for x in points]), 1e-12)
    expected = np.array([slow.hvp(x, v) for x, v in zip(points, V, strict=True)])
    check.close(f.hvp(points, V), expected, 1e-10)  # an interpolation's error
    check.symmetric(f, points[0])
    check.round_trip(f, points)


@pytest.mark.parametrize("widths", [[3, 2], [3, 2, 4], [2, 3, 3, 2], [2, 2, 2, 2, 2]])
def test_derivatives_are_differences_and_it_describes_itself(widths: list[int]) -> None:
    f = ss.DeepLinearNetwork.random(widths, samples=7, seed=1)
    check.differences(f, np.random.default_rng(0).normal(size=f.dim), np.eye(f.dim))
    check.describes_itself(f)
    assert f.widths == tuple(widths)


@pytest.mark.parametrize("samples", [None, 9])
@pytest.mark.parametrize("widths", [[4, 2], [3, 2, 4], [3, 3, 3], [3, 2, 2, 3], [2, 3, 4, 3, 2]])
def test_stationary_points(widths: list[int], samples: int | None) -> None:
    f = ss.DeepLinearNetwork.random(widths, samples=samples, seed=2, singular_values=[2.0, 1.0])
    points = f.stationary_points()
    check.stationary(f, points)
    best = [p for p in points if p.name == "global minimum"]
    assert len(best) == 1
    assert best[0].value == f.minimum_value
    assert best[0].kind == "minimum"
    if len(widths) == 2:
        return
    origin = points[0]
    if len(widths) == 3:  # every other point is a strict saddle
        assert all(p.kind == "strict saddle" for p in points if p is not best[0])
        sigma = np.linalg.svd(f.Y.T @ f.X, compute_uv=False)
        assert origin.min_eigenvalue == pytest.approx(-sigma[0], rel=1e-12)
    else:
        assert origin.kind == "degenerate"
        assert origin.name == "the origin, a saddle that is not strict"
        np.testing.assert_array_equal(f.hvp(np.zeros(f.dim), np.eye(f.dim)), 0)
        np.testing.assert_array_equal(origin.eigenvalues, 0)
        down = 0.3 * best[0].point
        assert float(f.value(down)) < origin.value  # it is no minimum


def test_what_no_linear_map_reaches_is_in_the_minimum() -> None:
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 3))
    f = ss.DeepLinearNetwork(X, Y, [2])
    A = np.linalg.lstsq(X, Y, rcond=None)[0]
    sigma = np.linalg.svd(X @ A, compute_uv=False)
    least = np.sum((X @ A - Y) ** 2) / 2 + sigma[2] ** 2 / 2
    assert f.minimum_value == pytest.approx(least, rel=1e-12)
    check.stationary(f, f.stationary_points())


def chain(depth: int) -> ss.DeepLinearNetwork:
    return ss.DeepLinearNetwork([[1.0]], [[1.0]], [1] * (depth - 1))


def time_to_leave(depth: int, start: float, step: float) -> float:
    """Time until the product of equal weights passes 1/2: f < 1/8."""
    times = ss.escape_times(
        chain(depth),
        ss.GradientDescent(step),
        initial=ss.At(np.full(depth, start)),
        escape=ss.ValueBelow(1 / 8),
        max_steps=None,
    )
    return step * int(times.steps[0])


@pytest.mark.parametrize(
    ("depth", "start", "step"),
    [
        *((2, w, 0.01) for w in (0.1, 0.01, 0.001)),
        *((3, w, 0.01) for w in (0.1, 0.01, 0.002)),
        *((4, w, 0.01) for w in (0.1, 0.03)),
        (4, 0.01, 0.1),
    ],
)
def test_leaving_the_origin_takes_the_integral_of_the_flow(
    depth: int, start: float, step: float
) -> None:
    # w' = w^(N-1) (1 - w^N), from `start` until w^N = 1/2
    end = 0.5 ** (1 / depth)
    flow = integrate.quad(
        lambda u: math.exp(u) ** (2 - depth) / (1 - math.exp(depth * u)),
        math.log(start),
        math.log(end),
        epsrel=1e-10,
        limit=500,
    )[0]
    found = time_to_leave(depth, start, step)
    assert abs(found - flow) <= 10 * step
    published = {(2, 0.1): 2.31, (3, 0.01): 99.19, (4, 0.1): 49.76}
    if (depth, start) in published:
        assert found == pytest.approx(published[depth, start], abs=0.011)


def test_time_grows_like_the_power_or_the_logarithm() -> None:
    logs = [time_to_leave(2, w, 0.01) for w in (0.1, 0.01, 0.001)]
    assert logs[1] - logs[0] == pytest.approx(math.log(10), abs=0.05)
    assert logs[2] - logs[1] == pytest.approx(math.log(10), abs=0.05)
    for depth in (3, 4):
        near, far = (time_to_leave(depth, w, 0.05) for w in (0.02, 0.01))
        assert far / near == pytest.approx(2.0 ** (depth - 2), rel=0.03)


def test_two_layers_follow_the_sigmoid_of_saxe_et_al() -> None:
    # u = w^2 is s e^(2 s t) / (e^(2 s t) - 1 + s / u0) for balanced weights, up to O(step)
    f, s, u0, t = chain(2), 1.0, 0.01, 3.0
    truth = s * math.exp(2 * s * t) / (math.exp(2 * s * t) - 1 + s / u0)
    errors = []
    for step in (0.01, 0.005, 0.0025):
        run = ss.escape_times(
            f,
            ss.GradientDescent(step),
            initial=ss.At(np.full(2, math.sqrt(u0))),
            escape=ss.ValueBelow(-1.0),
            max_steps=round(t / step),
            record=("points",),
        )
        errors.append(abs(float(np.prod(run.points[0])) - truth))
    assert errors[0] < 0.02
    assert errors[0] / errors[1] == pytest.approx(2.0, abs=0.1)
    assert errors[1] / errors[2] == pytest.approx(2.0, abs=0.1)


def test_starts() -> None:
    f = ss.DeepLinearNetwork.random([6, 3, 12, 6], seed=4)
    starts = f.unflatten(ss.Xavier(gain=2.0).sample(f, trials=4000, seed=1))
    for W, (inputs, outputs) in zip(starts.values(), f.fans.values(), strict=True):
        spread = 2 * math.sqrt(2 / (inputs + outputs))
        assert W.std() == pytest.approx(spread, rel=4 / math.sqrt(2 * W.size))
    A = np.random.default_rng(0).normal(size=(6, 3)) @ np.random.default_rng(1).normal(size=(3, 6))
    W1, W2, W3 = f.unflatten(f.balanced(A)).values()
    np.testing.assert_allclose(W3 @ W2 @ W1, A, atol=1e-12)
    np.testing.assert_allclose(W2.T @ W2, W1 @ W1.T, atol=1e-12)
    np.testing.assert_allclose(W3.T @ W3, W2 @ W2.T, atol=1e-12)
    assert f.unflatten(f.identity(0.5))["W2"][1, 1] == 0.5


def test_runs_depend_on_ids_alone_and_find_the_minimum() -> None:
    f = ss.DeepLinearNetwork.random(dim=4, depth=3, samples=9, seed=5)
    step = 1 / f.smoothness
    times = check.runs_alike(
        f, ss.GradientDescent(step), initial=ss.Xavier(), escape=ss.ReachesMinimum(1e-6)
    )
    assert np.count_nonzero(times.escaped) > 30
    assert check.runs_alike(f, ss.GradientDescent(step)).escaped.all()
    check.runs_alike(f, ss.NoisyGradientDescent(step, 1e-3), max_steps=300)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: ss.DeepLinearNetwork(np.eye(2), np.eye(3), [2]),
            r"Y must have shape \(2, d\), got \(3, 3\)",
        ),
        (
            lambda: ss.DeepLinearNetwork(np.eye(2), np.eye(2), 3),
            r"hidden must be widths such as \[4, 4\], got 3; for one layer write \[4\]",
        ),
        (lambda: ss.DeepLinearNetwork(np.eye(2), np.eye(2), [0]), "hidden must be a whole number"),
        (
            lambda: ss.DeepLinearNetwork.random(),
            r"give either widths, such as \[4, 4, 4\], or dim \(and depth\)",
        ),
        (
            lambda: ss.DeepLinearNetwork.random([3]),
            r"widths must be d_in, hidden widths and d_out, got \[3\]; at least two numbers",
        ),
        (
            lambda: ss.DeepLinearNetwork.random([3, 1, 3]).balanced(np.eye(3)),
            "A must have a rank of at most 1, the smallest width, got 3",
        ),
        (
            lambda: ss.Xavier().sample(ss.Octopus(2), trials=1),
            r"Xavier needs a network with layers, got Octopus\(dim=2\); use Gaussian\(scale\)",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(make: object, text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        make()
