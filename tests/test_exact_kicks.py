"""Perturbed gradient descent on the octopus, walked between kicks, against taking every step."""

from __future__ import annotations

import math

import numpy as np
import pytest

import saddlesim as ss

E = math.e


def both(octopus: ss.Octopus, method: ss.Method, **options: object) -> list[ss.EscapeTimes]:
    return [
        ss.escape_times(
            octopus, method, arithmetic=how, seed=3, record=("saddle_exits", "points"), **options
        )
        for how in ("float64", "exact")
    ]


def du(octopus: ss.Octopus) -> ss.PerturbedGradientDescent:
    threshold = octopus.gamma * octopus.tau / 100
    return ss.PerturbedGradientDescent(0.25 / octopus.L, octopus.tau / 100, threshold, 2)


CASES = [
    (1, 1.0, 500, {}),
    (2, 1.0, 500, {}),
    (5, 1.5, 500, {}),
    (10, 1.0, 500, {}),
    (63, 2.0, 64, {}),
    (64, 2.0, 64, {}),
    (65, 2.0, 64, {}),
    (100, 3.0, 64, {}),
    (8, 1.0, 500, {"max_steps": 100}),
    (4, 1.0, 2000, {"initial": ss.Uniform(-6, 6)}),
    (6, 1.0, 200, {"initial": ss.At(np.zeros(6))}),
    (3, 1.0, 9, {"initial": ss.At(np.array([[0, 0, 0], [8, 0, 1], [7, 7, 7]] * 3))}),
]


@pytest.mark.parametrize(("dim", "L", "trials", "options"), CASES)
def test_agrees_with_plain_stepping(dim: int, L: float, trials: int, options: dict) -> None:
    octopus = ss.Octopus(dim, L=L)
    plain, walked = both(octopus, du(octopus), trials=trials, **options)
    for column in ("steps", "outcome", "perturbations", "saddle_exits", "trajectory"):
        np.testing.assert_array_equal(getattr(walked, column), getattr(plain, column), column)
    scale = 1e-12 * octopus.drop * dim
    np.testing.assert_allclose(walked.value, plain.value, rtol=0, atol=scale)
    inside = np.isfinite(plain.value)
    np.testing.assert_allclose(walked.points[inside], plain.points[inside], rtol=0, atol=1e-10)
    assert walked.diagnostics["arithmetic"] == "exact"


@pytest.mark.parametrize(
    "method",
    [
        ss.PerturbedGradientDescent(0.25, 0.01, 0.05, 11),
        ss.PerturbedGradientDescent(0.25, 1e-3, 1e-3, 1),
        ss.PerturbedGradientDescent(0.05, 0.2, 1.0, 3),
    ],
    ids=repr,
)
def test_agrees_for_other_settings(method: ss.Method) -> None:
    plain, walked = both(ss.Octopus(7), method, trials=400)
    for column in ("steps", "outcome", "perturbations", "saddle_exits"):
        np.testing.assert_array_equal(getattr(walked, column), getattr(plain, column), column)


# Mean and standard deviation of 100 runs (40 at d = 100) by an independent simulation.
TABLE = {
    (50, 1.0): (1375.5, 20.4, 100),
    (50, 3.0): (2870.7, 45.6, 100),
    (100, 1.0): (2878.5, 31.2, 40),
    (100, 2.0): (4489.4, 49.1, 40),
    (100, 3.0): (6056.2, 82.5, 40),
}


@pytest.mark.parametrize(("dim", "L"), TABLE)
def test_mean_steps_are_those_of_the_table(dim: int, L: float) -> None:
    octopus = ss.Octopus(dim, L=L)
    times = ss.escape_times(octopus, du(octopus), trials=400, seed=1)
    mean, sd, runs = TABLE[dim, L]
    error = math.sqrt(times.steps.var() / 400 + sd**2 / runs)
    assert abs(times.steps.mean() - mean) < 4 * error


def test_dimension_five_thousand_runs() -> None:
    octopus = ss.Octopus(5000)
    times = ss.escape_times(octopus, du(octopus), trials=2)
    assert np.all(times.escaped)
    # d (alpha + ln d / (2 ln a)) with alpha from d = 100: the law of the kick, within 2 %
    alpha = 2878.5 / 100 - math.log(100) / (2 * math.log(1.5))
    expected = 5000 * (alpha + math.log(5000) / (2 * math.log(1.5)))
    np.testing.assert_allclose(times.steps, expected, rtol=0.02)


@pytest.mark.parametrize(
    ("method", "escape", "reason"),
    [
        (ss.PerturbedGradientDescent(0.25, 0.01, 0.01, 2), ss.ValueBelow(-1.0), "ValueBelow"),
        (
            ss.PerturbedGradientDescent(0.25, 0.01, 0.01, 2, value_threshold=0.1),
            None,
            "termination test of a value_threshold",
        ),
        (ss.PerturbedGradientDescent(0.25, 3.0, 0.01, 2), None, "kicks that stay near a saddle"),
        (ss.PerturbedGradientDescent(0.6, 0.01, 0.01, 2), None, "step_size < 1 / \\(2 L\\) = 0.5"),
    ],
)
def test_says_why_there_is_no_exact_path(
    method: ss.Method, escape: ss.Escape | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        ss.escape_times(ss.Octopus(3), method, escape=escape, arithmetic="exact", trials=1)
    times = ss.escape_times(ss.Octopus(3), method, escape=escape, trials=5, max_steps=1000)
    assert times.diagnostics["arithmetic"] == "float64"


def test_a_large_kick_is_stepped() -> None:
    assert du(ss.Octopus(3)).radius < 3.0 < ss.Octopus(3).smallest_connecting_gradient
