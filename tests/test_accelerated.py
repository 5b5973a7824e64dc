"""Perturbed accelerated gradient descent: its reference, its energy, its two traps."""

from __future__ import annotations

import numpy as np
import pytest

import saddlesim as ss

NEVER = ss.LeavesBall(radius=1e300)


def run(f: ss.Landscape, method: ss.Method, x0: np.ndarray, steps: int) -> ss.EscapeTimes:
    return ss.escape_times(
        f, method, initial=ss.At(x0), escape=NEVER, trials=1, max_steps=steps, record=("points",)
    )


def reference(
    f: ss.Landscape, m: ss.PerturbedAcceleratedGradientDescent, x: np.ndarray, steps: int
) -> tuple[list[np.ndarray], list[float], int]:
    """Algorithm 2 of Jin, Netrapalli and Jordan (2018) where no kick is due."""
    gamma = m.theta**2 / m.step_size if m.gamma is None else m.gamma
    reach = m.radius if m.reach is None else m.reach
    v, turns = np.zeros_like(x), 0
    points, energies = [x], [float(f.value(x))]
    for _ in range(steps):
        y = x + (1 - m.theta) * v
        g, fx, fy = f.gradient(y), f.value(x), f.value(y)
        new = y - m.step_size * g
        vnew = new - x
        guard = 64 * 2.0**-52 * (abs(fx) + abs(fy))
        curved = fx <= fy + g @ (x - y) - gamma / 2 * ((x - y) @ (x - y)) - guard
        speed = float(np.linalg.norm(v))
        if curved and speed > 0:
            turns += 1
            vnew = np.zeros_like(x)
            if speed >= reach:
                new = x
            else:
                sides = [x + reach / speed * v, x - reach / speed * v]
                new = min(sides, key=lambda z: float(f.value(z)))
        x, v = new, vnew
        points.append(x)
        energies.append(float(f.value(x)) + float(v @ v) / (2 * m.step_size))
    return points, energies, turns


def unkicked(f: ss.Landscape, theta: float = 0.1, **options: float) -> ss.Method:
    """Kicks never come: the threshold is below any gradient."""
    return ss.PerturbedAcceleratedGradientDescent(
        1 / (4 * f.smoothness), theta, 1e-3 * f.length_scale, 1e-200, 10, **options
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_steps_are_those_of_a_slow_reference(seed: int) -> None:
    f = ss.MatrixFactorization.random(4, 2, seed=1)
    m = unkicked(f, reach=0.01)
    x0 = 0.05 * np.random.default_rng(seed).normal(size=f.dim)
    points, _, turns = reference(f, m, x0, 150)
    assert turns > 0  # negative curvature was exploited on the way
    times = run(f, m, x0, 150)
    np.testing.assert_allclose(times.points[0], points[-1], rtol=1e-6, atol=1e-9)


def test_its_energy_never_rises_between_kicks() -> None:
    for f in (ss.MatrixFactorization.random(6, 2, seed=0), ss.QuadraticNetwork.random(4, seed=0)):
        m = unkicked(f, theta=0.2)
        for seed in range(3):
            x0 = 0.1 * np.random.default_rng(seed).normal(size=f.dim)
            points = [run(f, m, x0, t).points[0] for t in range(0, 120, 1)]
            values = f.value(np.array(points))
            moves = np.diff(np.array(points), axis=0)
            energies = values[1:] + (moves**2).sum(axis=1) / (2 * m.step_size)
            # where it turns, the velocity is 0 and the energy less than this
            allowed = 1e-12 * np.abs(values).max()
            turned = reference(f, m, x0, 119)[1]
            assert np.all(np.diff(turned) <= allowed)
            assert energies[-1] <= energies[0] + allowed


def test_velocity_zero_is_no_direction() -> None:
    f, x0 = ss.QuadraticSaddle([1.0, -1.0]), np.array([0.0, 0.1])
    times = run(f, unkicked(f, reach=1.0), x0, 1)  # y = x, so the test holds with equality
    np.testing.assert_allclose(times.points[0], x0 - 0.25 * f.gradient(x0), rtol=1e-15)


def test_rounding_near_a_minimum_does_not_raise_f() -> None:
    f = ss.QuadraticSaddle([1.0, 2.0, 3.0])
    m = unkicked(f, reach=1.0)  # a false alarm would throw x far away
    times = run(f, m, np.array([1.0, -1.0, 0.5]), 4000)
    assert times.value[0] < 1e-20


def test_kicks_lead_off_a_saddle_and_are_paired_with_those_of_gradient_descent() -> None:
    f = ss.QuadraticSaddle([1.0, -0.05])
    saddle = ss.At(np.zeros(2))
    m = ss.PerturbedAcceleratedGradientDescent(0.25, 0.1, 0.01, 1e-3, 10)
    times = ss.escape_times(f, m, initial=saddle, trials=300)
    plain = ss.PerturbedGradientDescent(0.25, 0.01, 1e-3, 10)
    other = ss.escape_times(f, plain, initial=saddle, trials=300)
    assert times.escaped.all()
    assert times.median().value < other.median().value
    assert np.all(times.perturbations >= 1)
    one = ss.escape_times(f, m, initial=saddle, trials=300, max_steps=1, record=("points",))
    two = ss.escape_times(f, plain, initial=saddle, trials=300, max_steps=1, record=("points",))
    np.testing.assert_allclose(one.points, two.points, rtol=1e-12)  # one step from the same kick


def test_costs_are_counted() -> None:
    f = ss.MatrixFactorization.random(4, 2, seed=1)
    m = unkicked(f, reach=0.01)
    x0 = 0.05 * np.random.default_rng(0).normal(size=f.dim)
    times = run(f, m, x0, 100)
    # a gradient at y a step, and one at x wherever a kick could have come: at every step here
    assert times.gradient_evaluations[0] == 200
    assert times.value_evaluations[0] >= 200
    assert times.value_evaluations[0] % 2 == 0
    assert times.hessian_vector_products[0] == 0


def test_bits_do_not_depend_on_threads_lanes_or_splits() -> None:
    f = ss.Octopus(dim=5)
    m = ss.PerturbedAcceleratedGradientDescent(1 / (4 * f.smoothness), 0.1, 0.03, 0.03, 20)
    whole = ss.escape_times(f, m, trials=60, seed=4, threads=1, record=("points",))
    assert whole.escaped.all()
    for ids, threads in ((range(60), 3), (range(41, 42), 1), (range(17, 50), 2)):
        part = ss.escape_times(f, m, trials=ids, seed=4, threads=threads, record=("points",))
        np.testing.assert_array_equal(part.steps, whole.steps[ids.start : ids.stop])
        np.testing.assert_array_equal(part.points, whole.points[ids.start : ids.stop])


def test_the_papers_constants() -> None:
    f = ss.MatrixFactorization.random(16, 4)
    m = ss.PerturbedAcceleratedGradientDescent.from_theory(f, 1e-2, failure_probability=0.1)
    kappa = f.smoothness / np.sqrt(f.hessian_lipschitz * 1e-2)
    assert m.step_size == pytest.approx(1 / (4 * f.smoothness))
    assert m.theta == pytest.approx(1 / (4 * np.sqrt(kappa)))
    assert m.gamma == pytest.approx(m.theta**2 / m.step_size)
    assert m.reach == pytest.approx(m.gamma / (4 * f.hessian_lipschitz))
    assert m.guarantee is not None
    assert "at most" in repr(m.guarantee)
    assert m.guarantee.iterations > 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"theta": 1.5}, "theta must be at most 1, got 1.5"),
        ({"theta": 0.0}, "theta must be a positive number"),
        ({"min_interval": 0}, "min_interval must be a whole number >= 1"),
        ({"gamma": -1.0}, "gamma must be a positive number"),
    ],
)
def test_errors_say_what_is_allowed(options: dict[str, float], text: str) -> None:
    good = {"step_size": 0.1, "theta": 0.1, "radius": 0.1, "gradient_threshold": 0.1}
    with pytest.raises(ValueError, match=text):
        ss.PerturbedAcceleratedGradientDescent(**({"min_interval": 5} | good | options))
