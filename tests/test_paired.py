"""Paired comparisons: values, what censoring leaves, and that intervals cover the truth."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import saddlesim as ss
from grids import cell
from saddlesim.outcome import Outcome
from saddlesim.paired import Paired, pair, wilson

ESCAPED, CENSORED, STALLED = Outcome.ESCAPED, Outcome.CENSORED, Outcome.STALLED


def sides(found: Paired) -> tuple[int, int, int, int]:
    return found.faster, found.slower, found.even, found.undecided


def test_ratio_and_difference_of_pairs_that_finished() -> None:
    a, b = np.array([2, 8, 9, 30, 50, 60]), np.array([4, 4, 9, 10, 25, 20])
    found = pair(cell(2, a), cell(2, b))
    logs = np.log(a / b)
    assert found.ratio.value == pytest.approx(math.exp(logs.mean()))
    ends = stats.t.interval(0.95, 5, logs.mean(), stats.sem(logs))
    assert (found.ratio.low, found.ratio.high) == pytest.approx(tuple(np.exp(ends)))
    # six pairs are the fewest for which the extremes enclose the median in 31 cases of 32
    assert found.difference == ss.Estimate(12.0, -2.0, 40.0, 0.95)
    assert (found.pairs, found.finished) == (6, 6)
    assert sides(found) == (1, 4, 1, 0)


def test_the_other_way_round_is_the_inverse() -> None:
    rng = np.random.default_rng(1)
    a, b = cell(2, rng.integers(1, 99, 50)), cell(2, rng.integers(1, 99, 50))
    one, other = pair(a, b), pair(b, a)
    assert one.ratio.value * other.ratio.value == pytest.approx(1)
    assert one.ratio.low * other.ratio.high == pytest.approx(1)
    assert one.difference.low == -other.difference.high
    assert sides(one) == (other.slower, other.faster, other.even, other.undecided)
    assert one.share.low == pytest.approx(1 - other.share.high)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((5, ESCAPED), (9, ESCAPED), (1, 0, 0, 0)),
        ((9, ESCAPED), (5, ESCAPED), (0, 1, 0, 0)),
        ((9, ESCAPED), (9, ESCAPED), (0, 0, 1, 0)),
        ((5, ESCAPED), (9, CENSORED), (1, 0, 0, 0)),  # escaped before the other was censored
        ((9, ESCAPED), (5, CENSORED), (0, 0, 0, 1)),  # the other may have escaped in between
        ((5, CENSORED), (9, CENSORED), (0, 0, 0, 1)),
        ((9, ESCAPED), (5, STALLED), (1, 0, 0, 0)),  # which never escapes
        ((5, CENSORED), (9, STALLED), (0, 0, 0, 1)),  # may never escape either
        ((5, STALLED), (9, Outcome.OUTSIDE), (0, 0, 1, 0)),
        ((0, ESCAPED), (0, ESCAPED), (0, 0, 1, 0)),
    ],
)
def test_what_decides_a_pair(
    a: tuple[int, int], b: tuple[int, int], expected: tuple[int, ...]
) -> None:
    one, other = cell(2, [a[0]], a[1]), cell(2, [b[0]], b[1])
    assert sides(pair(one, other)) == expected
    assert sides(pair(other, one)) == (expected[1], expected[0], *expected[2:])


def test_an_underflowed_count_is_a_lower_bound() -> None:
    wrong = cell(8, [50, 50, 50], [ESCAPED, STALLED, CENSORED], underflowed=True)
    found = pair(wrong, cell(8, [20, 20, 20]))
    assert found.finished == 0
    # of one that underflowed and ran out of budget not even a bound is known
    assert sides(found) == (0, 2, 0, 1)
    assert sides(pair(wrong, cell(8, [70, 70, 70]))) == (0, 0, 0, 3)


def test_counts_are_compared_exactly_and_beyond_any_float() -> None:
    big = 2**62
    assert sides(pair(cell(2, [1]), cell(2, [2]))) == (1, 0, 0, 0)
    one, other = (replace(cell(2, [1]), steps=np.array([n])) for n in (big, big + 1))
    assert sides(pair(one, other)) == (1, 0, 0, 0)
    far = ss.escape_times(ss.Octopus(1000), ss.GradientDescent(0.25), trials=20)
    near = ss.escape_times(
        ss.Octopus(1000), ss.PerturbedGradientDescent(0.25, 0.03, 0.03, 2), trials=20
    )
    found = pair(near, far)
    assert found.faster == 20
    assert found.ratio.value == 0.0  # below the smallest float, as 1 / 10^430 is
    assert found.distinguishable
    assert math.isnan(found.difference.value)


def test_costs_of_zero() -> None:
    zeros, ones = np.zeros(9), np.ones(9)
    same = pair(cell(2, zeros), cell(2, zeros))
    assert (same.ratio.value, same.even, same.distinguishable) == (1.0, 9, False)
    free = pair(cell(2, zeros), cell(2, ones))
    assert math.isnan(free.ratio.value)
    assert (free.difference.value, free.faster, free.distinguishable) == (-1.0, 9, True)


def test_one_pair_says_nothing_of_its_spread() -> None:
    found = pair(cell(2, [10]), cell(2, [5]))
    assert (found.ratio.value, found.ratio.low, found.ratio.high) == (2.0, 0.0, math.inf)
    assert (found.difference.low, found.difference.high) == (-math.inf, math.inf)
    assert not found.distinguishable


def test_all_censored() -> None:
    found = pair(cell(2, [9] * 5, CENSORED), cell(2, [9] * 5, CENSORED))
    assert sides(found) == (0, 0, 0, 5)
    assert math.isnan(found.ratio.value)
    assert math.isnan(found.share.value)
    assert not found.distinguishable


def test_a_ratio_that_leaves_out_the_losers_does_not_decide() -> None:
    # a is quick where it escapes, in a tenth of the pairs; elsewhere it never does
    outcome = np.where(np.arange(100) < 10, ESCAPED, STALLED)
    found = pair(cell(2, np.arange(100) + 10, outcome), cell(2, 5 * np.arange(100) + 50))
    assert found.ratio.high < 1
    assert found.share.high < 0.5
    assert found.distinguishable


def test_trajectories_are_paired_by_id() -> None:
    a = cell(2, [1, 2, 3, 4])
    later = replace(cell(2, [30, 20]), trajectory=np.array([2, 1]))
    found = pair(a, later)
    assert (found.pairs, found.finished) == (2, 2)
    assert found.ratio.value == pytest.approx(1 / 10)


def test_units_must_agree() -> None:
    a = cell(2, [1, 2])
    with pytest.raises(ValueError, match=r"other must be counted in steps, .*got gradient eval"):
        pair(a, a.counted_in("gradient_evaluations"))
    with pytest.raises(ValueError, match="confidence: 2 must lie strictly between 0 and 1"):
        pair(a, a, confidence=2)


def test_wilson() -> None:
    for count, of in ((3, 10), (0, 7), (7, 7), (500, 1000)):
        expected = stats.binomtest(count, of).proportion_ci(method="wilson")
        found = wilson(count, of)
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
        assert found.low <= found.value <= found.high


# Coverage. Along one direction of curvature -1 gradient descent takes the first t with
# |x_0| (1 + step)^t >= 1, so that all that the intervals are of is known for a uniform start.

STEPS = (0.1, 0.13)
BUDGET, TRIALS, REPEATS = 40, 40, 1000


def escape_step(x: np.ndarray, step: float) -> np.ndarray:
    return np.ceil(-np.log(np.abs(x)) / math.log1p(step))


def test_intervals_cover_what_is_known_in_closed_form() -> None:
    f = ss.QuadraticSaddle([-1.0])
    start, goal = ss.Uniform(-0.9, 0.9), ss.LeavesBall(radius=1.0)
    x = start.sample(f, trials=TRIALS * REPEATS, seed=3)[:, 0]
    columns = []
    for step in STEPS:
        times = ss.escape_times(
            f, ss.GradientDescent(step), initial=start, escape=goal, trials=x.size, seed=3
        )
        np.testing.assert_array_equal(times.steps, escape_step(x, step))
        columns.append(times.steps.reshape(REPEATS, TRIALS))
    # a third one whose luck is its own: the second from the starts of another repeat
    columns.append(np.roll(columns[1], 1, axis=0))
    grid = (np.arange(2_000_000) + 0.5) / 2_000_000 * 0.9
    a, b = (escape_step(grid, step) for step in STEPS)
    ratio, difference = math.exp(np.log(a).mean() - np.log(b).mean()), np.median(a - b)
    # of independent ones: P(a < b) and P(a > b) from the laws of both, up to the budget
    law_a, law_b = (np.bincount(t.astype(int)) / t.size for t in (a, b))
    upto_a, upto_b = np.cumsum(law_a), np.cumsum(law_b)
    within = np.arange(min(BUDGET, law_b.size))
    win = sum(law_a[t] * (1 - upto_b[t]) for t in within)
    loss = sum(law_b[t] * (1 - upto_a[t]) for t in within)
    hits = np.zeros(4)
    for rows in zip(*columns, strict=True):
        one, other, free = (cell(1, steps) for steps in rows)
        same, apart = pair(one, other), pair(one, free)
        budgeted = pair(_censored(one), _censored(free)).share
        hits += [
            same.ratio.low <= ratio <= same.ratio.high,
            apart.ratio.low <= ratio <= apart.ratio.high,
            same.difference.low <= difference <= same.difference.high,
            budgeted.low <= win / (win + loss) <= budgeted.high,
        ]
    error = math.sqrt(0.05 * 0.95 / REPEATS)
    assert hits.min() / REPEATS >= 0.95 - 4 * error, hits / REPEATS


def _censored(times: ss.EscapeTimes) -> ss.EscapeTimes:
    late = times.steps >= BUDGET
    return cell(1, np.minimum(times.steps, BUDGET), np.where(late, CENSORED, ESCAPED))


@pytest.mark.parametrize("n", [5, 6, 20, 101])
def test_the_median_of_a_skewed_law_is_covered(n: int) -> None:
    rng = np.random.default_rng(n)
    differences = np.rint(1000 * rng.exponential(size=(2000, n))).astype(int)
    base = cell(2, np.full(n, 10))
    hits = 0
    for row in differences:
        found = pair(replace(base, steps=row + 10, log10_steps=np.log10(row + 10)), base).difference
        hits += found.low <= 1000 * math.log(2) <= found.high
    assert hits / 2000 >= 0.95 - 4 * math.sqrt(0.05 * 0.95 / 2000)
