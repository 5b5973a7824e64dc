"""Heavy ball and Nesterov's method against the roots of their recurrences, and a slow reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import saddlesim as ss

NEVER = ss.LeavesBall(radius=1e300)


def point_after(f: ss.Landscape, method: ss.Method, x0: np.ndarray, steps: int) -> np.ndarray:
    times = ss.escape_times(
        f, method, initial=ss.At(x0), escape=NEVER, trials=1, max_steps=steps, record=("points",)
    )
    assert times.points is not None
    return times.points[0]


def roots(trace: float, determinant: float) -> tuple[complex, complex]:
    root = np.sqrt(complex(trace**2 - 4 * determinant))
    return (trace + root) / 2, (trace - root) / 2


@pytest.mark.parametrize("kind", [ss.HeavyBall, ss.Nesterov])
@given(
    eigenvalue=st.floats(-2, 2),
    beta=st.floats(0, 0.99),
    step=st.floats(0.01, 0.4),
    t=st.integers(1, 60),
)
def test_a_coordinate_combines_powers_of_the_roots(
    kind: type, eigenvalue: float, beta: float, step: float, t: int
) -> None:
    shrink = 1 - step * eigenvalue
    if kind is ss.HeavyBall:
        one, other = roots(shrink + beta, beta)
    else:
        one, other = roots(shrink * (1 + beta), shrink * beta)
    if abs(one - other) < 1e-2:  # a double root: the two terms cancel
        return
    f = ss.QuadraticSaddle([eigenvalue, 1.0])
    # from rest x_1 = (1 - step lambda) x_0 for both
    a = (shrink - other) / (one - other)
    expected = (a * one**t + (1 - a) * other**t).real * 0.5
    found = point_after(f, kind(step, beta), np.array([0.5, 0.0]), t)[0]
    size = abs(a * one**t) + abs((1 - a) * other**t)
    assert abs(found - expected) <= 1e-12 * size + 1e-300


@pytest.mark.parametrize("kind", [ss.HeavyBall, ss.Nesterov])
def test_steps_are_those_of_a_slow_reference(kind: type) -> None:
    f = ss.MatrixFactorization.random(5, 2, seed=3)
    x = before = 0.3 * np.random.default_rng(0).normal(size=f.dim)
    step, beta, start = 0.05, 0.8, x
    for _ in range(40):
        at = x if kind is ss.HeavyBall else x + beta * (x - before)
        x, before = (
            (x if kind is ss.HeavyBall else at)
            - step * f.gradient(at)
            + (beta * (x - before) if kind is ss.HeavyBall else 0.0),
            x,
        )
    np.testing.assert_allclose(point_after(f, kind(step, beta), start, 40), x, rtol=1e-9)


@pytest.mark.parametrize("kind", [ss.HeavyBall, ss.Nesterov])
def test_without_momentum_it_is_gradient_descent(kind: type) -> None:
    f = ss.Octopus(dim=3)
    plain = ss.escape_times(f, ss.GradientDescent(0.1), trials=50, arithmetic="float64")
    times = ss.escape_times(f, kind(0.1, 0.0), trials=50)
    np.testing.assert_array_equal(times.steps, plain.steps)


def test_bits_do_not_depend_on_threads_lanes_or_splits() -> None:
    f = ss.Octopus(dim=6)
    for method in (ss.HeavyBall(0.05, 0.9), ss.Nesterov(0.05, 0.9)):
        whole = ss.escape_times(f, method, trials=100, seed=4, threads=1, record=("points",))
        for ids, threads in ((range(100), 3), (range(41, 42), 1), (range(17, 80), 2)):
            part = ss.escape_times(
                f, method, trials=ids, seed=4, threads=threads, record=("points",)
            )
            np.testing.assert_array_equal(part.steps, whole.steps[ids.start : ids.stop])
            np.testing.assert_array_equal(part.points, whole.points[ids.start : ids.stop])


def test_a_point_at_rest_stalls_and_a_moving_one_does_not() -> None:
    f = ss.QuadraticSaddle([1.0, -1.0])
    for method in (ss.HeavyBall(0.1, 0.9), ss.Nesterov(0.1, 0.9)):
        resting = ss.escape_times(f, method, initial=ss.At(np.zeros(2)), trials=1)
        assert resting.count(ss.Outcome.STALLED) == 1
        moving = ss.escape_times(f, method, initial=ss.At(np.array([1.0, 1e-8])), trials=1)
        assert moving.count(ss.Outcome.ESCAPED) == 1


def test_a_step_that_looks_outside_the_domain_ends_a_trajectory() -> None:
    f = ss.Octopus(dim=2)
    edge = np.array([6 * f.tau - 1e-3, 0.1])
    times = ss.escape_times(f, ss.Nesterov(0.9, 0.9), initial=ss.At(edge), trials=1, escape=NEVER)
    assert times.count(ss.Outcome.OUTSIDE) == 1
    assert np.isfinite(times.value).all() or np.isnan(times.value).all()


def test_it_escapes_faster_than_gradient_descent() -> None:
    f = ss.QuadraticSaddle([1.0, -0.01])
    medians = [
        ss.escape_times(f, m, initial=ss.Uniform(-0.1, 0.1), trials=500).median().value
        for m in (ss.GradientDescent(0.5), ss.HeavyBall(0.5, 0.9), ss.Nesterov(0.5, 0.9))
    ]
    assert medians[0] > 3 * medians[1]
    assert medians[0] > 3 * medians[2]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ss.HeavyBall(0.1, 1.0), r"momentum must be a number >= 0 below 1"),
        (lambda: ss.Nesterov(0.1, -0.1), r"momentum must be a number >= 0 below 1"),
        (lambda: ss.Nesterov(0.0), r"step_size must be a positive number"),
    ],
)
def test_errors_say_what_is_allowed(make: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()  # type: ignore[operator]


def test_momentum_is_refused_on_spheres() -> None:
    f = ss.TensorDecomposition.random(3)
    with pytest.raises(ValueError, match="must be one that can be retracted onto spheres"):
        ss.escape_times(f, ss.HeavyBall(0.01), trials=2)
