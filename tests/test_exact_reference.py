"""The exact path against arbitrary precision: the same integers up to the end of int64."""

from __future__ import annotations

import math

import numpy as np
import pytest

import laws
import saddlesim as ss
from exact_runs import TAU, exact
from octopus_mpmath import Walk, walk

# L, gamma, step size, dimension, trajectories: more than a thousand exits, up to 10^7 steps
LONG = [
    (1.0, 1.0, 0.25, 14, 40),
    (1.5, 1.0, 1 / 6, 11, 20),
    (2.0, 1.0, 1 / 8, 10, 20),
    (3.0, 1.0, 1 / 12, 8, 20),
    (1.0, 1.0, 0.4, 9, 20),
    (1.0, 0.5, 0.25, 9, 20),
    (0.3, 1.0, 0.5, 24, 20),
    (1.0, 1.0, 1e-3, 8, 10),
    (2.0, 1.0, 1e-4, 4, 10),
    (1.0, 1.0, 1e-5, 5, 4),
]
# counts of 10^16 to 10^18, beyond what a double can hold
FAR = [(1.0, 1.0, 0.25, 40, 20), (3.0, 1.0, 1 / 12, 22, 20), (1.0, 1.0, 1e-3, 46, 5)]


def compare(
    L: float, gamma: float, step: float, dim: int, trials: int
) -> tuple[ss.EscapeTimes, list[Walk]]:
    f, seed = ss.Octopus(dim, L, gamma), 31
    record = ("saddle_exits", "points")
    times = exact(f, ss.GradientDescent(step), trials=trials, seed=seed, record=record)
    starts = f.default_initial().sample(f, trials=trials, seed=seed)
    walks = [walk(start, step, L, gamma) for start in starts.tolist()]
    return times, walks


@pytest.mark.parametrize(("L", "gamma", "step", "dim", "trials"), LONG)
def test_every_exit_is_that_of_the_reference(
    L: float, gamma: float, step: float, dim: int, trials: int
) -> None:
    times, walks = compare(L, gamma, step, dim, trials)
    np.testing.assert_array_equal(times.saddle_exits, [w.exits for w in walks])
    np.testing.assert_array_equal(times.steps, times.saddle_exits[:, -1])
    assert 10**5 < times.steps.max() < 10**7
    assert times.steps_exact.all()
    # connecting regions amplify an error from saddle to saddle about as much as the count grows
    error = 10 * 2.0**-52 * times.steps.max()
    points = [w.final_magnitudes() for w in walks]
    np.testing.assert_allclose(np.abs(times.points), points, rtol=0, atol=error)
    ties = [float(w.tie_distance) for w in walks]
    np.testing.assert_allclose(times.certificate.tie_distance, ties, rtol=0, atol=error)


def test_the_reference_saw_more_than_a_thousand_exits() -> None:
    assert sum(dim * trials for *_, dim, trials in LONG) > 1000


@pytest.mark.parametrize(("L", "gamma", "step", "dim", "trials"), FAR)
def test_counts_up_to_int64_are_exact_where_they_are_certified(
    L: float, gamma: float, step: float, dim: int, trials: int
) -> None:
    times, walks = compare(L, gamma, step, dim, trials)
    exits = np.array([w.exits for w in walks], dtype=object)
    known = exits < 2**63
    np.testing.assert_array_equal(times.saddle_exits[known], exits[known].astype(np.int64))
    np.testing.assert_array_equal(times.saddle_exits[~known], -1)
    assert np.count_nonzero(exits[known] > 2**53) > trials
    assert times.certificate.redone.all()
    logs = [[math.log10(t) for t in row] for row in exits.tolist()]
    np.testing.assert_allclose(times.log10_saddle_exits, logs, rtol=1e-14)
    np.testing.assert_array_equal(times.log10_steps, times.log10_saddle_exits[:, -1])


def test_no_count_beyond_int64_wraps_or_rounds() -> None:
    # the counts at the 42nd and the 43rd saddle straddle 2^63 = 10^18.96
    times, walks = compare(1.0, 1.0, 0.25, 43, 60)
    last = np.array([w.exits[-2:] for w in walks], dtype=object)
    known = last < 2**63
    assert 0 < np.count_nonzero(known) < known.size
    expected = np.where(known, last, -1).astype(np.int64)
    np.testing.assert_array_equal(times.saddle_exits[:, -2:], expected)
    np.testing.assert_array_equal(times.steps_exact, known[:, 1])


def test_logarithms_are_right_at_any_size() -> None:
    times, walks = compare(1.0, 1.0, 0.25, 300, 3)
    logs = [[math.log10(t) for t in w.exits] for w in walks]
    # the position in (tau, a tau] is lost beyond 2^100, and with it some steps in 10^30
    np.testing.assert_allclose(times.log10_saddle_exits, logs, rtol=1e-13)


@pytest.mark.parametrize("dim", [60, 90, 200])
def test_final_points_are_right_at_any_size(dim: int) -> None:
    times, walks = compare(1.0, 1.0, 0.25, dim, 5)
    # of the last coordinate a count beyond 10^14 or so leaves no digits: it has passed 2 tau
    settled = np.array([w.final_magnitudes() for w in walks])
    np.testing.assert_allclose(np.abs(times.points)[:, :-1], settled[:, :-1], rtol=0, atol=1e-9)
    last = np.abs(times.points[:, -1])
    assert np.all((last > 2 * TAU) & (last < 4 * TAU))
    bottom = times.landscape.minimum_value
    np.testing.assert_allclose(times.value, bottom + (last - 4 * TAU) ** 2, rtol=1e-12)


@pytest.mark.parametrize("start", [1e-310, 5e-324, 2.3e-308])
def test_no_wrong_count_is_claimed_of_a_subnormal_start(start: float) -> None:
    times = exact(ss.Octopus(1), ss.GradientDescent(0.25), initial=ss.At([start]), trials=1)
    steps = walk([start], 0.25).exits[0]
    assert times.steps[0] in ((-1, steps) if start < 2.0**-1022 else (steps,))
    assert times.log10_steps[0] == pytest.approx(math.log10(steps), rel=0.01)


def test_a_passage_of_tau_within_rounding_is_counted() -> None:
    # f is smooth there, so it does not matter on which side of tau a coordinate is put
    starts = np.array([[TAU / 1.5**n] for n in range(1, 60)])  # tau after n steps, but for rounding
    times = exact(ss.Octopus(1), ss.GradientDescent(0.25), initial=ss.At(starts))
    exits = np.array([walk(x, 0.25).exits[0] for x in starts.tolist()])
    known = times.steps_exact
    np.testing.assert_array_equal(times.steps[known], exits[known])
    np.testing.assert_allclose(times.log10_steps, np.log10(exits), rtol=1e-14)
    assert np.count_nonzero(~known) <= 1  # 1.5 times the first start is tau to the last bit


def first_of_next_count(start: list[float]) -> float:
    """The last coordinate at which a trajectory takes a step less than slightly below."""

    def exit_(last: float) -> int:
        return walk([*start[:-1], last], 0.25).exits[-1]

    low, high, steps = start[-1], 1.6 * start[-1], exit_(start[-1])
    while math.nextafter(low, high) < high:
        middle = low + (high - low) / 2
        low, high = (middle, high) if exit_(middle) == steps else (low, middle)
    return high


@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e-149])
@pytest.mark.parametrize("dim", [1, 2])
def test_a_passage_of_2_tau_within_rounding_is_decided_right(dim: int, scale: float) -> None:
    rng = np.random.default_rng(dim)
    starts = []
    for start in scale * rng.uniform(0.1, 0.2, (6, dim)):
        last = first_of_next_count(start.tolist())
        starts += [[*start[:-1], last + k * math.ulp(last)] for k in range(-24, 25, 2)]
    times = exact(ss.Octopus(dim), ss.GradientDescent(0.25), initial=ss.At(starts))
    walks = [walk(start, 0.25) for start in starts]
    exits = np.array([w.exits[-1] for w in walks])
    ties = np.array([float(w.tie_distance) for w in walks])
    assert np.count_nonzero(ties < 1e-15) > 12
    assert times.certificate.redone[ties < 1e-15].all()
    np.testing.assert_array_equal(times.steps, exits)


def test_within_rounding_of_a_face_the_exact_path_is_right_and_plain_stepping_wrong() -> None:
    above, below = math.nextafter(TAU, 9), math.nextafter(TAU, 0)
    f, method = ss.Octopus(3, L=0.5), ss.GradientDescent(0.5)
    start = [math.nextafter(2 * TAU, 9), above, below]
    options = {"initial": ss.At(start), "trials": 1, "arithmetic": "exact"}
    times = ss.escape_times(f, method, **options)
    assert times.certificate.redone[0]
    assert times.steps[0] == walk(start, 0.5, L=0.5).exits[-1]
    stepped = ss.escape_times(f, method, **options | {"arithmetic": "float64"})
    assert stepped.steps[0] != times.steps[0]


@pytest.mark.parametrize(("L", "gamma", "step"), [case[:3] for case in LONG if case[2] > 0.05])
def test_consecutive_exits_are_in_the_closed_ratio(L: float, gamma: float, step: float) -> None:
    times = exact(
        ss.Octopus(60, L, gamma),
        ss.GradientDescent(step),
        trials=200,
        seed=32,
        record=("saddle_exits",),
    )
    ratio = laws.growth_ratio(step, L, gamma)
    logs = times.log10_saddle_exits
    np.testing.assert_allclose(10 ** (logs[:, 59] - logs[:, 58]), ratio, rtol=1e-9)
    # and the ratio is a limit: early on it is not yet reached
    assert np.abs(10 ** (logs[:, 2] - logs[:, 1]) / ratio - 1).min() > 1e-9
