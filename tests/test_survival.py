"""Survival curves and incidences: against SciPy, arithmetic by hand, and known laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from saddlesim.outcome import Outcome
from saddlesim.survival import Incidence, Observations, survival

ESCAPED, CENSORED, STALLED = Outcome.ESCAPED, Outcome.CENSORED, Outcome.STALLED


def random_records(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Integer times with many ties, all of escape, censoring and a competing outcome."""
    return rng.integers(0, 30, n), rng.choice([0, 1, 2], n, p=[0.5, 0.3, 0.2])


def test_kaplan_meier_and_its_band_are_scipys() -> None:
    rng = np.random.default_rng(1)
    time, censor = rng.integers(0, 20, 80), rng.integers(0, 25, 80)
    steps, outcome = np.minimum(time, censor), (time > censor).astype(int)
    curve = survival(steps, outcome, confidence=0.9)
    data = stats.CensoredData(
        uncensored=steps[outcome == 0].astype(float), right=steps[outcome == 1].astype(float)
    )
    theirs = stats.ecdf(data).sf
    np.testing.assert_allclose(curve(theirs.quantiles), theirs.probabilities, atol=1e-14)
    with pytest.warns(RuntimeWarning, match="undefined at some observations"):
        band = theirs.confidence_interval(confidence_level=0.9, method="log-log")
    at = np.searchsorted(curve.time, theirs.quantiles)
    defined = (theirs.probabilities > 1e-9) & (theirs.probabilities < 1)
    np.testing.assert_allclose(curve.low[at][defined], band.low.probabilities[defined])
    np.testing.assert_allclose(curve.high[at][defined], band.high.probabilities[defined])


def test_survival_is_a_step_function() -> None:
    curve = survival([2, 5, 5, 9], [ESCAPED, ESCAPED, CENSORED, CENSORED])
    np.testing.assert_allclose(curve([-1, 0, 1.9, 2, 4, 5, 9]), [1, 1, 1, 0.75, 0.75, 0.5, 0.5])
    assert np.isnan(curve(9.5)), "nothing is known after the last trajectory was censored"
    assert survival([2, 5], [ESCAPED, STALLED])(1e9) == 0.5


def test_without_censoring_the_incidence_is_the_proportion_with_binomial_variance() -> None:
    rng = np.random.default_rng(2)
    steps, outcome = rng.integers(0, 30, 200), 2 * rng.integers(0, 2, 200)
    incidence = Incidence.of(Observations.of(steps, outcome))
    p = np.array([np.mean((outcome == 0) & (steps <= t)) for t in incidence.time])
    np.testing.assert_allclose(incidence.probability, p, atol=1e-14)
    np.testing.assert_allclose(incidence.variance, p * (1 - p) / 200, atol=1e-15)


def test_incidence_variance_is_the_sum_of_its_terms() -> None:
    incidence = Incidence.of(Observations.of(*random_records(np.random.default_rng(3), 100)))
    F = incidence.probability
    direct = [
        incidence.variance_terms(incidence.running, F[k] - F)[: k + 1].sum() for k in range(F.size)
    ]
    np.testing.assert_allclose(incidence.variance, direct, atol=1e-15)


def test_aalen_johansen_by_hand() -> None:
    # At risk 4, 3, 2: escape at 1 (1/4), stall at 2, escape at 3 with 3/4 * 2/3 still running.
    curve = survival([1, 2, 3, 4], [ESCAPED, STALLED, ESCAPED, CENSORED])
    np.testing.assert_allclose(curve([1, 2, 3]), [0.75, 0.75, 0.5], atol=1e-15)
    # Censored first: each of the other three stands for 1/3.
    curve = survival([0, 1, 2, 4], [CENSORED, ESCAPED, STALLED, CENSORED])
    np.testing.assert_allclose(curve([0, 1, 2, 4]), [1, 2 / 3, 2 / 3, 2 / 3], atol=1e-15)


def test_competing_outcomes_are_not_censoring() -> None:
    rng = np.random.default_rng(4)
    n = 20_000
    never = rng.random(n) < 0.5
    time = np.where(never, 1, rng.integers(0, 100, n))
    censor = rng.integers(0, 120, n)
    steps = np.minimum(time, censor)
    outcome = np.where(time > censor, CENSORED, np.where(never, STALLED, ESCAPED))
    # P(T > 99) = 1/2: censoring the stalled gives 0, keeping them at risk for ever gives more.
    error = math.sqrt(0.25 / (n / 6))
    assert survival(steps, outcome)(99) == pytest.approx(0.5, abs=4 * error)
