"""The criteria that end a trajectory: what they mean, to the step and to the last bit."""

from __future__ import annotations

import math

import numpy as np
import pytest

import reference
import saddlesim as ss

GD = ss.GradientDescent(0.25)


def first_step(f: ss.Landscape, start: object, escape: ss.Escape, **options: object) -> int:
    times = ss.escape_times(f, GD, initial=ss.At(start), escape=escape, trials=1, **options)
    assert times.outcome[0] == ss.Outcome.ESCAPED
    return int(times.steps[0])


def never(x: np.ndarray) -> bool:
    return False


SADDLE = ss.QuadraticSaddle([-2.0, 2.0])  # step 1/4 multiplies by 3/2 and by 1/2, exactly


def test_leaves_ball_is_a_distance_of_at_least_the_radius() -> None:
    assert first_step(SADDLE, [1.0, 0.0], ss.LeavesBall(radius=1.0)) == 0
    below = math.nextafter(1.0, 0.0)
    assert first_step(SADDLE, [below, 0.0], ss.LeavesBall(radius=1.0)) == 1
    assert first_step(SADDLE, [1.0, 0.0], ss.LeavesBall(radius=1.5)) == 1
    assert first_step(SADDLE, [0.3, 0.4], ss.LeavesBall(radius=0.499)) == 0
    # about (1, 0): from 0.9 away outwards, 1.9 grows by 3/2
    assert first_step(SADDLE, [1.9, 0.0], ss.LeavesBall([1.0, 0.0], radius=1.0)) == 1


@pytest.mark.parametrize("radius", [0.1, 0.3, 3.0, 7.0, 49.0, 1e-3, 1e-200, 1e150])
def test_a_start_at_exactly_the_radius_has_escaped(radius: float) -> None:
    assert first_step(SADDLE, [radius, 0.0], ss.LeavesBall(radius=radius)) == 0
    assert first_step(SADDLE, [radius, 0.0], ss.LeavesSubspace(radius=radius)) == 0
    below = math.nextafter(radius, 0.0)
    assert first_step(SADDLE, [below, 0.0], ss.LeavesBall(radius=radius)) == 1
    assert first_step(SADDLE, [below, 0.0], ss.LeavesSubspace(radius=radius)) == 1


def test_leaves_subspace_looks_at_the_escape_directions_only() -> None:
    assert first_step(SADDLE, [0.9, 50.0], ss.LeavesSubspace(radius=1.0)) == 1
    two = ss.QuadraticSaddle([-2.0, 1.0, -2.0])
    assert first_step(two, [0.6, 9.0, -0.8001], ss.LeavesSubspace(radius=1.0)) == 0
    assert first_step(two, [0.6, 9.0, -0.7999], ss.LeavesSubspace(radius=1.0)) == 1


def test_leaves_subspace_turns_with_the_landscape() -> None:
    eigenvalues = [-2.0, 1.0, -2.0, 3.0]
    f = ss.QuadraticSaddle(eigenvalues, rotation_seed=6)
    aligned = ss.QuadraticSaddle(eigenvalues)
    z = np.random.default_rng(1).uniform(-0.5, 0.5, (200, 4))
    turned, straight = (
        ss.escape_times(g, GD, initial=ss.At(x), escape=ss.LeavesSubspace(radius=2.0)).steps
        for g, x in ((f, z @ f.rotation), (aligned, z))
    )
    np.testing.assert_array_equal(turned, straight)


def test_leaves_subspace_takes_the_saddle_nearest_to_the_start() -> None:
    f = ss.Octopus(3)
    for k in range(3):
        saddle = f.stationary_points()[k].point
        start = saddle.copy()
        start[k] = 0.9  # grows by 3/2 a step
        assert first_step(f, start, ss.LeavesSubspace(radius=1.0)) == 1
        assert first_step(f, -start, ss.LeavesSubspace(radius=2.0)) == 2


def test_value_below_is_strict() -> None:
    f = ss.QuadraticSaddle([-2.0])  # f(1) = -1, and f(3/2) = -9/4
    assert first_step(f, [1.0], ss.ValueBelow(-1.0)) == 1
    assert first_step(f, [1.0], ss.ValueBelow(math.nextafter(-1.0, 0.0))) == 0
    assert first_step(f, [1.0], ss.ValueBelow(-2.25)) == 2


def test_past_the_last_saddle_is_the_last_saddles_exit() -> None:
    f = ss.Octopus(4)
    times = ss.escape_times(f, GD, trials=300, seed=3, record=("saddle_exits",))
    assert times.saddle_exits.shape == (300, 4)
    np.testing.assert_array_equal(times.steps, times.saddle_exits[:, -1])
    assert np.all(np.diff(times.saddle_exits, axis=1) > 0)
    assert times.escape == ss.PastLastSaddle()
    assert ss.escape_times(f, GD, trials=5).saddle_exits is None
    # every |x_j| > 2 tau, not >=
    tau = f.tau
    assert first_step(f, [3 * tau, 3 * tau, 3 * tau, 2 * tau], ss.PastLastSaddle()) == 1
    assert first_step(f, [3 * tau, -2.001 * tau, 3 * tau, 4 * tau], ss.PastLastSaddle()) == 0


def test_saddle_exits_not_reached_are_minus_one() -> None:
    times = ss.escape_times(
        ss.Octopus(4), GD, trials=200, seed=3, max_steps=100, record=("saddle_exits",)
    )
    full = ss.escape_times(ss.Octopus(4), GD, trials=200, seed=3, record=("saddle_exits",))
    expected = np.where(full.saddle_exits <= 100, full.saddle_exits, -1)
    np.testing.assert_array_equal(times.saddle_exits, expected)


@pytest.mark.parametrize("tolerance", [1.0, 0.1, 1e-9])
def test_reaching_the_minimum_takes_a_closed_number_of_steps_more(tolerance: float) -> None:
    f, slow = ss.Octopus(4), reference.Octopus(4)
    starts = ss.Uniform(-1, 1).sample(f, trials=20, seed=3)
    times = ss.escape_times(f, GD, initial=ss.At(starts), escape=ss.ReachesMinimum(tolerance))
    exits = ss.escape_times(f, GD, initial=ss.At(starts))
    assert np.all(times.value < f.minimum_value + 4 * tolerance**2 + 1e-9)
    for start, steps, entered in zip(starts, times.steps, exits.steps, strict=True):
        landed = reference.descend(slow, start, 0.25, never, max_steps=int(entered)).x
        distance = np.abs(np.abs(landed) - 4 * f.tau).max()
        more = math.ceil(math.log(distance / tolerance) / math.log(2))  # halved at every step
        assert steps == entered + max(0, more)


def test_the_start_counts_and_the_budget_includes_its_last_step() -> None:
    f = ss.QuadraticSaddle([-2.0])
    start, ball = [1.0], ss.LeavesBall(radius=1.5**3)
    assert first_step(f, start, ball, max_steps=3) == 3
    assert first_step(f, [9.0], ball, max_steps=0) == 0
    late = ss.escape_times(f, GD, initial=ss.At(start), escape=ball, max_steps=2, trials=1)
    assert late.outcome[0] == ss.Outcome.CENSORED
    assert late.steps[0] == 2
    assert late.value[0] == -(1.5**4)
    unlimited = ss.escape_times(f, GD, initial=ss.At(start), escape=ball, max_steps=None, trials=1)
    assert unlimited.steps[0] == 3
    assert unlimited.max_steps is None


def test_landscapes_end_trajectories_somewhere_sensible() -> None:
    assert ss.Octopus(3).default_escape() == ss.PastLastSaddle()
    assert SADDLE.default_escape() == ss.LeavesSubspace(radius=1.0)
    bowl = ss.QuadraticSaddle([1.0, 2.0])
    times = ss.escape_times(bowl, GD, trials=10, seed=1)
    assert times.escape == ss.ReachesMinimum()
    assert np.all(times.outcome == ss.Outcome.ESCAPED)
    assert np.all(times.value < 2e-6)


def test_a_criterion_that_is_not_defined_on_a_landscape_says_so() -> None:
    for escape, text in [
        (ss.PastLastSaddle(), "PastLastSaddle is not defined on QuadraticSaddle"),
        (ss.ReachesMinimum(), r"ReachesMinimum is not defined on QuadraticSaddle\(.*no minimum"),
    ]:
        with pytest.raises(ValueError, match=f"{text}.*use LeavesSubspace, LeavesBall"):
            ss.escape_times(SADDLE, GD, escape=escape)
    with pytest.raises(ValueError, match=r"LeavesSubspace needs a saddle.*none; use LeavesBall"):
        ss.escape_times(ss.QuadraticSaddle([1.0]), GD, escape=ss.LeavesSubspace())
    with pytest.raises(
        ValueError, match='record=\\("saddle_exits",\\) is not defined on Quadratic'
    ):
        ss.escape_times(SADDLE, GD, record=("saddle_exits",))
    f = ss.Octopus(2)
    scattered = ss.At([f.stationary_points()[0].point, f.stationary_points()[1].point])
    with pytest.raises(ValueError, match="nearest to 2 different ones; run them apart"):
        ss.escape_times(f, GD, initial=scattered, escape=ss.LeavesSubspace())
