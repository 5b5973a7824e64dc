"""Gradient flow on the octopus: the limit of gradient descent for small steps."""

from __future__ import annotations

import math

import numpy as np
import pytest

import saddlesim as ss


def flow(octopus: ss.Octopus, trials: int = 200, **options: object) -> ss.EscapeTimes:
    return ss.escape_times(
        octopus, ss.GradientFlow(), trials=trials, seed=5, record=("saddle_exits",), **options
    )


@pytest.mark.parametrize("L", [1.0, 1.5, 3.0])
def test_is_the_limit_of_descent(L: float) -> None:
    octopus = ss.Octopus(4, L=L)
    exact = 10 ** flow(octopus).log10_saddle_exits
    errors = []
    for step in (2e-4, 1e-4):
        descent = ss.escape_times(
            octopus, ss.GradientDescent(step), trials=200, seed=5, record=("saddle_exits",)
        )
        errors.append(descent.saddle_exits * step - exact)
    # first order: halving the step halves the error, up to the rounding of times to whole steps
    assert np.all(np.abs(errors[1]) < 5e-3 * exact)
    np.testing.assert_allclose(errors[0], 2 * errors[1], rtol=0, atol=4 * 2e-4)


def test_first_dwell_has_its_closed_form() -> None:
    octopus = ss.Octopus(1)
    start = np.linspace(0.01, 2.0, 50)[:, None]
    times = ss.escape_times(octopus, ss.GradientFlow(), initial=ss.At(start))
    dwell = np.log(octopus.tau / start[:, 0]) / 2
    passage = times.float_steps - dwell
    np.testing.assert_allclose(passage, passage[0], rtol=1e-12)
    # through the connecting region by quadrature of da / |g1'(a)|
    a = np.linspace(octopus.tau, 2 * octopus.tau, 200_001)
    s = a - octopus.tau
    slope = -2 * a - 4 / octopus.tau * s**2 + 4 / octopus.tau**2 * s**3
    np.testing.assert_allclose(passage[0], np.trapezoid(-1 / slope, a), rtol=1e-9)


@pytest.mark.parametrize("L", [1.0, 2.0])
def test_growth_factor_is_that_of_the_paper(L: float) -> None:
    octopus = ss.Octopus(60, L=L)
    assert octopus.growth_factor(ss.GradientFlow()) == 1 + L
    exits = flow(octopus).log10_saddle_exits
    np.testing.assert_allclose(10 ** (exits[:, -1] - exits[:, -2]), 1 + L, rtol=1e-12)


def test_times_beyond_the_largest_float() -> None:
    times = flow(ss.Octopus(1500), trials=20)
    assert np.all(times.escaped)
    steps = np.diff(times.log10_saddle_exits, axis=1)[:, -100:]
    np.testing.assert_allclose(steps, math.log10(2), rtol=1e-12)
    with pytest.raises(OverflowError, match=r"log10_quantile\(q\)"):
        times.median()


def test_counts_time_and_no_steps() -> None:
    times = flow(ss.Octopus(3))
    assert times.unit == "time"
    assert np.all(times.steps == -1)
    assert " time (95 % interval)" in repr(times)
    assert times.median().value == pytest.approx(10 ** times.log10_quantile(0.5).value)


def test_a_zero_coordinate_is_never_left() -> None:
    start = np.array([[0.5, 0.2, 0.3], [0.5, 0.0, 0.3], [0.0, 0.2, 0.3], [9.0, 0.5, 20.0]])
    times = ss.escape_times(
        ss.Octopus(3), ss.GradientFlow(), initial=ss.At(start), record=("points", "saddle_exits")
    )
    outcomes = ["ESCAPED", "STALLED", "STALLED", "OUTSIDE"]
    assert [ss.Outcome(code).name for code in times.outcome] == outcomes
    saddles = ss.Octopus(3).stationary_points()
    np.testing.assert_array_equal(times.points[1], saddles[1].point)
    np.testing.assert_array_equal(times.points[2], saddles[0].point)
    assert np.isnan(times.log10_saddle_exits[1, 1])


def test_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match="max_steps must be None or 'auto' with GradientFlow"):
        flow(ss.Octopus(3), max_steps=100)
    with pytest.raises(ValueError, match="GradientFlow does not know ValueBelow"):
        flow(ss.Octopus(3), escape=ss.ValueBelow(0.0), arithmetic="exact")
