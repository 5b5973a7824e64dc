"""Every criterion on the exact path: the first step at which it holds, as plain stepping finds."""

from __future__ import annotations

import math

import numpy as np
import pytest

import saddlesim as ss
from exact_runs import TAU, both, exact, plain
from octopus_mpmath import walk

GD = ss.GradientDescent(0.25)
CRITERIA = [
    ss.PastLastSaddle(),
    *[ss.ReachesMinimum(t) for t in (2 * TAU, 1.0, 1e-3, 1e-9)],
    *[ss.ValueBelow(v) for v in (-0.1, -10.0, -65.0, -150.0, -210.0)],
    *[ss.LeavesSubspace(r) for r in (0.3, 1.0, 3.0, 6.0, 10.0)],
    *[ss.LeavesBall(radius=r) for r in (0.5, 2.0, 6.0, 12.0, 21.0)],
]
STEPS = [(1.0, 1.0, 0.25), (2.0, 1.0, 1 / 8), (1.0, 0.5, 0.4), (1.0, 1.0, 0.01)]


@pytest.mark.parametrize("escape", CRITERIA, ids=repr)
@pytest.mark.parametrize(("L", "gamma", "step"), STEPS)
def test_the_first_step_is_that_of_plain_stepping(
    L: float, gamma: float, step: float, escape: ss.Escape
) -> None:
    f, method = ss.Octopus(4, L, gamma), ss.GradientDescent(step)
    for start in (ss.Uniform(-1, 1), ss.Uniform(0.01, 7)):
        times, _ = both(f, method, initial=start, escape=escape, trials=500, seed=41)
        assert times.steps_exact.all()
        if start == ss.Uniform(-1, 1):
            assert times.escaped.all()
            assert len(np.unique(times.steps)) > 5


@pytest.mark.parametrize("escape", CRITERIA, ids=repr)
def test_budgets_censor_every_criterion_alike(escape: ss.Escape) -> None:
    f = ss.Octopus(4)
    steps = exact(f, GD, escape=escape, trials=500, seed=41).steps
    for budget in (0, 3, int(np.median(steps)), int(steps.max())):
        times, _ = both(f, GD, escape=escape, trials=500, seed=41, max_steps=budget)
        np.testing.assert_array_equal(times.escaped, steps <= budget)
        np.testing.assert_array_equal(times.steps, np.minimum(steps, budget))


@pytest.mark.parametrize("tolerance", [3 * TAU, 3.6 * TAU, 3.99 * TAU, 6 * TAU])
def test_large_tolerances_hold_of_waiting_coordinates_for_a_while(tolerance: float) -> None:
    f, escape = ss.Octopus(2), ss.ReachesMinimum(tolerance)
    options = {"initial": ss.Uniform(-TAU, TAU), "escape": escape, "trials": 2000, "seed": 42}
    times = ss.escape_times(f, GD, arithmetic="auto", **options)
    stepped = plain(f, GD, **options)
    np.testing.assert_array_equal(times.outcome, stepped.outcome)
    np.testing.assert_array_equal(times.steps, stepped.steps)


@pytest.mark.parametrize("tolerance", [1e-3, 1e-9, 1e-12, 1e-14, 1e-16, 1e-40, 1e-300])
def test_reaching_the_minimum_has_a_closed_form_at_every_tolerance(tolerance: float) -> None:
    f = ss.Octopus(3)
    times = exact(f, GD, escape=ss.ReachesMinimum(tolerance), trials=200, seed=43)
    starts = f.default_initial().sample(f, trials=200, seed=43)
    walks = [walk(start, 0.25) for start in starts.tolist()]
    assert times.escaped.all()
    np.testing.assert_array_equal(times.steps, [w.reaches_minimum(tolerance) for w in walks])


@pytest.mark.parametrize("dim", [10, 40])
def test_far_beyond_plain_stepping_the_minimum_is_reached_in_the_closed_form(dim: int) -> None:
    f = ss.Octopus(dim)
    escape = ss.ReachesMinimum(1e-6)
    times = exact(f, GD, escape=escape, trials=20, seed=44, record=("saddle_exits", "points"))
    starts = f.default_initial().sample(f, trials=20, seed=44)
    expected = [walk(start, 0.25).reaches_minimum(1e-6) for start in starts.tolist()]
    np.testing.assert_array_equal(times.steps, expected)
    assert np.all(times.saddle_exits[:, -1] < times.steps)
    assert np.abs(np.abs(times.points) - 4 * TAU).max() <= 1e-6
    np.testing.assert_allclose(times.value, f.minimum_value, rtol=1e-12)


def test_the_minimum_is_reached_beyond_int64() -> None:
    f = ss.Octopus(250)
    times = exact(
        f, GD, escape=ss.ReachesMinimum(1e-3), trials=10, seed=45, record=("saddle_exits",)
    )
    assert times.escaped.all()
    assert not times.steps_exact.any()
    np.testing.assert_allclose(times.log10_steps, times.log10_saddle_exits[:, -1], rtol=1e-12)
    # all coordinates but the last have long been there
    np.testing.assert_allclose(times.value, f.minimum_value, rtol=0, atol=1.1e-6)


def test_a_value_is_reached_beyond_int64() -> None:
    f = ss.Octopus(250)
    times = exact(f, GD, escape=ss.ValueBelow(-1e4), trials=10, seed=45, record=("saddle_exits",))
    assert times.escaped.all()
    assert not times.steps_exact.any()
    # each saddle lies as much deeper than the one before
    k = int(1e4 / (-f.minimum_value / 250))
    exits = exact(f, GD, trials=10, seed=45, record=("saddle_exits",)).log10_saddle_exits
    assert np.all(exits[:, k - 1] < times.log10_steps)
    assert np.all(times.log10_steps < exits[:, k] + 1e-9)
    passed = np.count_nonzero(~np.isnan(times.log10_saddle_exits), axis=1)
    assert set(passed) <= {k, k + 1}
    assert np.all(np.abs(times.value + 1e4) < 100)


@pytest.mark.parametrize(
    "escape",
    [ss.ValueBelow(-1000.0), ss.LeavesBall(radius=22.0), ss.LeavesSubspace(11.0)],
    ids=repr,
)
def test_what_never_holds_ends_as_stalled_at_the_minimum(escape: ss.Escape) -> None:
    f = ss.Octopus(4)
    times, _ = both(f, GD, escape=escape, trials=200, seed=46)
    assert np.all(times.outcome == ss.Outcome.STALLED)
    np.testing.assert_allclose(np.abs(times.points), 4 * TAU, rtol=1e-15)
    assert times.median().value == math.inf


def test_leaving_the_subspace_of_a_later_saddle() -> None:
    f, rng = ss.Octopus(5), np.random.default_rng(47)
    saddle = f.stationary_points()[2].point
    starts = saddle * rng.choice([-1, 1], (200, 5)) + rng.uniform(-0.2, 0.2, (200, 5))
    for radius in (0.1, 1.0, 4.0):
        times, _ = both(f, GD, initial=ss.At(starts), escape=ss.LeavesSubspace(radius))
        assert times.escaped.all()
        assert np.all(np.abs(times.points[:, 2]) >= radius)


@pytest.mark.parametrize("center", [None, np.zeros(3)])
def test_balls_about_the_origin_are_known(center: np.ndarray | None) -> None:
    escape = ss.LeavesBall(center, radius=3.0)
    times, _ = both(ss.Octopus(3), GD, escape=escape, trials=200, seed=48)
    assert times.escaped.all()
    assert np.all(np.linalg.norm(times.points, axis=1) >= 3.0)
