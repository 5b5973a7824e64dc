"""What trajectories cost: gradients, values and Hessian-vector products, and statistics in them."""

from __future__ import annotations

import numpy as np
import pytest

import saddlesim as ss

OCTOPUS = ss.Octopus(dim=3)
PGD = ss.PerturbedGradientDescent(0.25, 0.03, 0.03, 2)


def test_gradient_descent_costs_a_gradient_a_step() -> None:
    for arithmetic in ("exact", "float64"):
        times = ss.escape_times(
            OCTOPUS, ss.GradientDescent(0.25), trials=100, arithmetic=arithmetic
        )
        np.testing.assert_array_equal(times.gradient_evaluations, times.steps)
        assert not times.value_evaluations.any()
        assert not times.hessian_vector_products.any()


def test_a_kick_costs_one_more_on_the_exact_path_too() -> None:
    exact = ss.escape_times(OCTOPUS, PGD, trials=100, arithmetic="exact")
    stepped = ss.escape_times(OCTOPUS, PGD, trials=100, arithmetic="float64")
    for times in (exact, stepped):
        np.testing.assert_array_equal(times.gradient_evaluations, times.steps + times.perturbations)
    np.testing.assert_array_equal(exact.gradient_evaluations, stepped.gradient_evaluations)


def test_the_termination_test_costs_values() -> None:
    f = ss.QuadraticSaddle([1.0, 2.0])
    method = ss.PerturbedGradientDescent(0.1, 0.1, 0.2, 4, value_threshold=0.0)
    times = ss.escape_times(
        f, method, initial=ss.At([0.0, 0.0]), escape=ss.ValueBelow(-1.0), trials=50
    )
    assert times.count(ss.Outcome.RETURNED) == 50
    # one before the kick, one at the test three steps later
    np.testing.assert_array_equal(times.value_evaluations, 2 * times.perturbations)
    unfinished = ss.escape_times(
        f, method, initial=ss.At([0.0, 0.0]), escape=ss.ValueBelow(-1.0), trials=5, max_steps=2
    )
    np.testing.assert_array_equal(unfinished.value_evaluations, 1)


def test_what_a_criterion_looks_at_does_not_count() -> None:
    f = ss.MatrixFactorization.random(4, 1, seed=0)
    for escape in (ss.ValueBelow(0.2), ss.GradientBelow(1e-6), ss.LeavesBall(radius=0.5)):
        times = ss.escape_times(f, ss.GradientDescent(0.1), escape=escape, trials=20)
        np.testing.assert_array_equal(times.gradient_evaluations, times.steps)


def test_statistics_take_a_cost_for_time() -> None:
    times = ss.escape_times(OCTOPUS, PGD, trials=400)
    costs = times.counted_in("gradient_evaluations")
    np.testing.assert_array_equal(costs.steps, times.gradient_evaluations)
    assert costs.unit == "gradient evaluations"
    assert costs.median().value == np.sort(times.gradient_evaluations)[199]
    assert costs.mean().value == pytest.approx(times.gradient_evaluations.mean())
    assert "gradient evaluations" in repr(costs)
    assert times.unit == "steps"
    everything = times.counted_in("evaluations")
    np.testing.assert_array_equal(everything.steps, times.gradient_evaluations)
    assert costs.select(costs.escaped).unit == "gradient evaluations"


def test_a_cost_must_be_known() -> None:
    with pytest.raises(ValueError, match="cost must be one of 'gradient_evaluations'"):
        ss.escape_times(OCTOPUS, PGD, trials=5).counted_in("seconds")
    flow = ss.escape_times(OCTOPUS, ss.GradientFlow(), trials=5)
    with pytest.raises(ValueError, match="known of every trajectory, got 'evaluations'"):
        flow.counted_in("evaluations")


def test_parts_of_a_run_in_different_units_do_not_merge() -> None:
    one = ss.escape_times(OCTOPUS, PGD, trials=range(5))
    two = ss.escape_times(OCTOPUS, PGD, trials=range(5, 10))
    merged = ss.EscapeTimes.merge([one, two])
    np.testing.assert_array_equal(merged.gradient_evaluations[5:], two.gradient_evaluations)
    with pytest.raises(ValueError, match="counted is"):
        ss.EscapeTimes.merge([one, two.counted_in("evaluations")])
