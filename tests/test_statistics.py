"""Estimates from censored escape times: against exact laws, SciPy, and their measured coverage."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from saddlesim.errors import CensoredMeanError
from saddlesim.outcome import Outcome
from saddlesim.statistics import Estimate, mean, quantile, restricted_mean, survival

ESCAPED, CENSORED, STALLED = Outcome.ESCAPED, Outcome.CENSORED, Outcome.STALLED


# --- Estimate -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((24, 23, 25), "24 [23, 25]"),
        ((24, 0, math.inf), "24 [0, inf]"),
        ((math.inf, 100_000, math.inf), ">100000"),
        ((math.inf, 0, math.inf), "not reached"),
        ((math.inf, math.inf, math.inf), "never"),
        ((2.73735, 2.71461, 2.76026), "2.737 [2.715, 2.760]"),
        ((24.2, 24.2, 24.2), "24.20 [24.20, 24.20]"),
        ((78826.4, 78102.2, 79550.1), "78826 [78102, 79550]"),
        ((8.66e43, 8.5e43, 8.8e43), "8.66e+43 [8.50e+43, 8.80e+43]"),
        ((0.5, -math.inf, math.inf), "0.5000 [-inf, inf]"),
    ],
)
def test_estimate_text(numbers: tuple[float, float, float], text: str) -> None:
    assert str(Estimate(*numbers, confidence=0.95)) == text


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=40),
    st.floats(0.5, 0.999),
)
def test_any_data_give_ordered_intervals(records: list[tuple[int, int]], confidence: float) -> None:
    steps, outcome = np.array(records).T
    curve = survival(steps, outcome, confidence=confidence)
    assert np.all(np.diff(curve.probability) <= 1e-12)
    assert np.all((curve.low >= 0) & (curve.high <= 1))
    assert np.all(curve.low <= curve.probability + 1e-12)
    assert np.all(curve.high >= curve.probability - 1e-12)
    for q in (0.1, 0.5, 0.9):
        e = quantile(steps, outcome, q, confidence=confidence)
        assert 0 <= e.low <= e.value <= e.high
    e = restricted_mean(steps, outcome, confidence=confidence)
    assert 0 <= e.low <= e.value + 1e-9
    assert e.value <= e.high + 1e-9
    assert e.high <= steps.max() + 1e-9


# --- Quantiles ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 5, 6, 10, 73, 500])
@pytest.mark.parametrize("q", [0.05, 0.5, 0.9])
def test_quantile_interval_is_between_binomial_order_statistics(n: int, q: float) -> None:
    rng = np.random.default_rng(n)
    time, budget = rng.integers(0, 1000, n), 800
    steps, outcome = np.minimum(time, budget), np.where(time <= budget, ESCAPED, CENSORED)
    count = stats.binom(n, q)
    ordered = np.sort(np.where(time <= budget, time, np.inf))
    ranks = np.arange(1, n + 1)
    # T_(l) > x needs fewer than l below, T_(u) < x at least u: each with probability <= 2.5 %.
    low_rank = np.max(ranks[count.cdf(ranks - 1) <= 0.025], initial=0)
    high_rank = np.min(ranks[count.sf(ranks - 1) <= 0.025], initial=n + 1)
    low = ordered[low_rank - 1] if low_rank else 0.0
    expected = Estimate(
        value=ordered[math.ceil(n * q - 1e-9) - 1],
        low=min(low, budget),
        high=ordered[high_rank - 1] if high_rank <= n else np.inf,
        confidence=0.95,
    )
    found = quantile(steps, outcome, q)
    assert (found.value, found.high) == (expected.value, expected.high)
    # Without a rank the bound is trivial, 0 or the first step at which anything is known.
    assert found.low == (expected.low if low_rank else 0.0)


def test_quantile_of_ten_is_the_ninth() -> None:
    assert quantile(np.arange(1, 11), np.zeros(10), 0.9).value == 9


@pytest.mark.parametrize(
    ("steps", "outcome", "low"),
    [
        ([100] * 10, [CENSORED] * 10, 100),
        ([100] * 5, [CENSORED] * 5, 0),  # 0.5^5 > 2.5 %: five trajectories bound no median
        ([0] * 10, [CENSORED] * 10, 0),
        ([7], [CENSORED], 0),
        ([10, 20, 30] * 10, [CENSORED] * 30, 30),
        ([10, 20, 30] * 2, [CENSORED] * 6, 10),  # only four outlive step 10
        ([10] * 20, [STALLED] * 20, math.inf),
    ],
)
def test_median_of_none_escaped_is_a_lower_bound(
    steps: list[int], outcome: list[int], low: float
) -> None:
    assert quantile(steps, outcome, 0.5) == Estimate(math.inf, low, math.inf, 0.95)


def test_median_all_at_start() -> None:
    assert quantile([0] * 10, [ESCAPED] * 10, 0.5) == Estimate(0, 0, 0, 0.95)
    assert quantile([5], [ESCAPED], 0.5) == Estimate(5, 0, math.inf, 0.95)


# --- Means ----------------------------------------------------------------------------------------


def test_restricted_mean_is_the_sample_mean_under_one_budget() -> None:
    rng = np.random.default_rng(5)
    time = rng.integers(0, 200, 400)
    steps, outcome = np.minimum(time, 150), np.where(time <= 150, ESCAPED, CENSORED)
    e = restricted_mean(steps, outcome, 100)
    clipped = np.minimum(time, 100)
    theirs = stats.ttest_1samp(clipped, 0).confidence_interval()
    assert e.value == clipped.mean()
    np.testing.assert_allclose((e.low, e.high), theirs)


def test_restricted_mean_is_the_area_under_the_curve() -> None:
    rng = np.random.default_rng(6)
    steps, outcome = rng.integers(0, 30, 300), rng.choice([0, 1, 2], 300, p=[0.5, 0.3, 0.2])
    curve = survival(steps, outcome)
    # T is an integer, so E min(T, h) is the sum of P(T > t) over t < h.
    assert restricted_mean(steps, outcome, 20).value == pytest.approx(curve(np.arange(20)).sum())
    assert restricted_mean(steps, outcome, 20.5).value == pytest.approx(
        curve(np.arange(20)).sum() + 0.5 * curve(20)
    )


def test_restricted_mean_variance_without_censoring_is_that_of_the_mean() -> None:
    # One late censoring makes the general formula apply; before it nobody is censored.
    rng = np.random.default_rng(7)
    steps, outcome = rng.integers(0, 30, 500), 2 * rng.integers(0, 2, 500)
    steps[:2], outcome[:2] = (40, 50), (CENSORED, ESCAPED)
    e = restricted_mean(steps, outcome, 25)
    clipped = np.minimum(np.where(outcome == ESCAPED, steps, np.inf), 25)
    assert e.value == pytest.approx(clipped.mean())
    assert (e.high - e.value) / 1.959964 == pytest.approx(clipped.std() / math.sqrt(500), rel=1e-6)


@pytest.mark.parametrize(
    ("steps", "outcome", "horizon", "expected"),
    [
        ([0] * 5, [ESCAPED] * 5, None, (0, 0, 0)),
        ([0] * 5, [CENSORED] * 5, None, (0, 0, 0)),
        ([10] * 5, [STALLED] * 5, 100, (100, 100 * 0.025 ** (1 / 5), 100)),
        ([100] * 5, [CENSORED] * 5, None, (100, 100 * 0.025 ** (1 / 5), 100)),
        ([5], [ESCAPED], None, (5, 5 * 0.025, 5)),
        ([5] * 9, [ESCAPED] * 9, 10, (5, 5 * 0.025 ** (1 / 9), 10 - 5 * 0.025 ** (1 / 9))),
        ([3, 4], [CENSORED] * 2, None, (4, 4 * 0.025, 4)),
    ],
)
def test_restricted_mean_without_spread(
    steps: list[int],
    outcome: list[int],
    horizon: float | None,
    expected: tuple[float, float, float],
) -> None:
    e = restricted_mean(steps, outcome, horizon)
    assert (e.value, e.low, e.high) == pytest.approx(expected)


def test_mean_of_all_escaped() -> None:
    steps = np.arange(1, 31)
    e = mean(steps, np.zeros(30), confidence=0.9)
    assert e.value == 15.5
    theirs = stats.ttest_1samp(steps, 0).confidence_interval(0.9)
    np.testing.assert_allclose((e.low, e.high), theirs)
    assert mean([5], [ESCAPED]) == Estimate(5, 0, math.inf, 0.95)
    assert mean([5, 5], [ESCAPED] * 2) == Estimate(5, 5, 5, 0.95)


def test_mean_refuses_censored_data_and_says_why() -> None:
    with pytest.raises(CensoredMeanError) as caught:
        mean([10, 20, 30, 100, 100, 7, 9, 9], [0, 0, 0, 1, 1, 2, 5, 5])
    assert str(caught.value) == (
        "mean: 5 of 8 trajectories did not escape (25.00% censored, 12.50% stalled, "
        "25.00% diverged), so the mean escape time is unknown; the finishers' mean, 20, is biased "
        "low; use restricted_mean(horizon) with horizon <= 100, or median()"
    )
    assert caught.value.finishers_mean == 20


def test_mean_refuses_when_nobody_escaped() -> None:
    with pytest.raises(CensoredMeanError) as caught:
        mean([10, 10], [STALLED] * 2)
    assert str(caught.value) == (
        "mean: 2 of 2 trajectories did not escape (100.00% stalled), so the mean escape time is "
        "unknown; no trajectory escaped; use restricted_mean(horizon), or median()"
    )
    assert math.isnan(caught.value.finishers_mean)


# --- Messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: survival([], []),
            "steps: no trajectories, but statistics need at least one; run some trials",
        ),
        (
            lambda: survival([1, 2], [0]),
            "steps, outcome: shapes (2,) and (1,) must be equal and one-dimensional; "
            "pass one step and one outcome code a trajectory",
        ),
        (
            lambda: mean([3, -1], [0, 0]),
            "steps: smallest value -1, but steps count from 0; "
            "pass the step at which each trajectory ended",
        ),
        (
            lambda: quantile([1], [0], 90),
            "q: 90 must lie strictly between 0 and 1; for the 90 % quantile pass 0.9",
        ),
        (
            lambda: mean([1], [0], confidence=95),
            "confidence: 95 must lie strictly between 0 and 1; for 95 % intervals pass 0.95",
        ),
        (
            lambda: restricted_mean([1, 7], [0, 0], math.inf),
            "horizon: inf must be a finite number of steps, at least 0; "
            "for example the largest step at which a trajectory ended, 7",
        ),
        (
            lambda: restricted_mean([1, 100], [0, 1], 200),
            "horizon: 200 is beyond what the data carry; the largest allowed value is 100, where "
            "the last trajectories were censored; lower the horizon or raise max_steps and run "
            "again",
        ),
    ],
)
def test_messages(call: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        call()


# --- Coverage -------------------------------------------------------------------------------------

SCALE = 100.0
TRIALS = 300
REPLICATIONS = 1500
NOMINAL = 0.95
SLACK = 4 * math.sqrt(NOMINAL * (1 - NOMINAL) / REPLICATIONS)


def integer_times(rng: np.random.Generator, scale: float = SCALE) -> np.ndarray:
    """Integer parts of exponential times: P(T > t) = exp(-(t + 1) / scale)."""
    return np.floor(rng.exponential(scale, TRIALS))


def end(
    time: np.ndarray, censor: np.ndarray | float, never: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Steps and outcome codes of times with censoring; ``never`` end by stalling."""
    kind = np.zeros(TRIALS) if never is None else np.where(never, STALLED, ESCAPED)
    return np.minimum(time, censor), np.where(time > censor, CENSORED, kind)


def with_competition(
    rng: np.random.Generator, censor: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    never = rng.random(TRIALS) < 0.3
    return end(np.where(never, integer_times(rng, 30.0), integer_times(rng)), censor, never)


SCENARIOS: dict[
    str, tuple[float, Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]]
] = {
    "one budget": (1.0, lambda rng: end(integer_times(rng), 120)),
    "random censoring": (
        1.0,
        lambda rng: end(integer_times(rng), np.minimum(integer_times(rng, 200.0), 150)),
    ),
    "one budget, competing": (0.7, lambda rng: with_competition(rng, 150)),
    "random censoring, competing": (
        0.7,
        lambda rng: with_competition(rng, np.minimum(integer_times(rng, 300.0), 150)),
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_measured_coverage(name: str) -> None:
    escaping, draw = SCENARIOS[name]

    def not_escaped(t: np.ndarray | float) -> np.ndarray:
        return 1 - escaping + escaping * np.exp(-(np.asarray(t) + 1) / SCALE)

    truth = {
        "median": math.ceil(-SCALE * math.log(1 - 0.5 / escaping)) - 1,
        "restricted mean": float(not_escaped(np.arange(60)).sum()),
        "survival": float(not_escaped(50)),
    }
    rng = np.random.default_rng(8)
    hits = dict.fromkeys(truth, 0)
    for _ in range(REPLICATIONS):
        steps, outcome = draw(rng)
        curve = survival(steps, outcome)
        k = np.searchsorted(curve.time, 50, side="right") - 1
        m, r = quantile(steps, outcome, 0.5), restricted_mean(steps, outcome, 60)
        hits["survival"] += curve.low[k] <= truth["survival"] <= curve.high[k]
        hits["median"] += m.low <= truth["median"] <= m.high
        hits["restricted mean"] += r.low <= truth["restricted mean"] <= r.high
    coverage = {what: count / REPLICATIONS for what, count in hits.items()}
    for what, share in coverage.items():
        assert NOMINAL - SLACK <= share <= NOMINAL + SLACK, f"{what}: {coverage}"


def test_quantile_coverage_is_conservative_when_steps_are_few() -> None:
    # Geometric times with success 0.4: P(T <= 0) = 0.4, P(T <= 1) = 0.64, so the median is 1.
    rng = np.random.default_rng(9)
    draws = rng.geometric(0.4, (REPLICATIONS, 50)) - 1
    found = [quantile(steps, np.zeros(50), 0.5) for steps in draws]
    assert np.mean([e.low <= 1 <= e.high for e in found]) >= NOMINAL - SLACK


def test_means_near_the_largest_float() -> None:
    steps = np.array([1.0, 2.0, 3.0, 4.0])
    outcome = np.zeros(4, dtype=np.int8)
    small = mean(steps, outcome)
    large = mean(steps * 2.0**1000, outcome)
    assert (large.value, large.high) == (small.value * 2.0**1000, small.high * 2.0**1000)
    restricted = restricted_mean(steps * 2.0**1021, outcome)
    assert restricted.value == small.value * 2.0**1021
