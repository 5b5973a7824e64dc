"""The estimate of a tail: its intervals, and what is shown of it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saddlesim.tail import TailEstimate, interval


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=30),
    st.floats(0.5, 0.999),
)
def test_an_interval_holds_its_estimate_and_stays_within_0_and_1(
    values: list[list[float]], confidence: float
) -> None:
    replicates = np.array(values)
    low, high = interval(replicates, 100, confidence)
    mean = replicates.mean(axis=0)
    assert np.all((low >= 0) & (low <= mean * (1 + 1e-12)))
    assert np.all((high <= 1) & (high >= mean * (1 - 1e-12)))


@pytest.mark.parametrize(("scatter", "coverage"), [(0.4, 0.943), (0.95, 0.915)])
def test_the_interval_covers_lognormal_means_as_documented(scatter: float, coverage: float) -> None:
    sigma2, trials = math.log1p(scatter**2), 20_000
    draws = np.random.default_rng(0).lognormal(-sigma2 / 2, math.sqrt(sigma2), (20, trials))
    low, high = interval(1e-9 * draws, 100, 0.95)
    covered = np.mean((low < 1e-9) & (high > 1e-9))
    assert covered == pytest.approx(coverage, abs=4 * math.sqrt(0.08 / trials))


def test_columns_without_scatter_are_bounded_as_by_independent_trials() -> None:
    low, high = interval(np.array([[1.0, 0.0]] * 5), 10, 0.9)
    assert low[0] == pytest.approx(0.05 ** (1 / 50))
    assert high[0] == 1
    assert low[1] == 0
    assert high[1] == high[0]  # all of them reached the time before


def test_lost_replicates_do_not_tighten_the_bound_on_what_follows() -> None:
    replicates = np.array([[0.1, 1e-9, 0.0], [0.2, 0.0, 0.0], [0.15, 0.0, 0.0]])
    _, high = interval(replicates, 10, 0.95)
    assert high[2] == high[0] > high[1]


def example() -> TailEstimate:
    replicates = np.array([[0.02, 2e-9], [0.03, 4e-9], [0.025, 3e-9]])
    low, high = interval(replicates, 100, 0.9)
    return TailEstimate(
        time=np.array([1000, 2000]),
        probability=replicates.mean(axis=0),
        low=low,
        high=high,
        replicates=replicates,
        never=np.zeros(2),
        particles=1234,
        confidence=0.9,
        stage=7,
        underflowed=0,
        landscape="the landscape",
        method="the method",
        initial="the start",
        escape="the escape",
        seed=5,
    )


def test_the_repr_has_the_numbers() -> None:
    assert repr(example()) == (
        "TailEstimate from 3 replicates of 1,234 particles, seed 5\n"
        "  landscape  'the landscape'\n"
        "  method     'the method'\n"
        "  start      'the start'\n"
        "  escape     'the escape'\n"
        "  splitting  every 7 steps\n"
        "\n"
        "  t      P(T > t)   90 % interval         log10  scatter\n"
        "  1,000  2.500e-02  [1.78e-02, 3.50e-02]  -1.60  0.20\n"
        "  2,000  3.000e-09  [1.71e-09, 5.26e-09]  -8.52  0.33"
    )
    html = example()._repr_html_()
    assert html.count("<table>") == 2
    assert "3.000e-09" in html
    many = dataclasses.replace(
        example(),
        time=np.arange(100),
        stage=1,
        **{name: np.full(100, 0.5) for name in ("probability", "low", "high", "never")},
        replicates=np.full((3, 100), 0.5),
    )
    assert len(repr(many).splitlines()) == 8 + 1 + 12  # with a line on `never`
    assert repr(many).splitlines()[-1].startswith("  99 ")
    assert "splitting  every step\n" in repr(many)


def test_logarithms_are_those_of_the_probabilities() -> None:
    found = dataclasses.replace(example(), low=np.array([0.0, 1e-9]), high=np.array([1.0, 1e-8]))
    assert found.log10_probability == pytest.approx(np.log10([0.025, 3e-9]))
    assert found.log10_low.tolist() == [-math.inf, pytest.approx(-9)]
    assert found.log10_high.tolist() == [0, pytest.approx(-8)]
    assert found.scatter == pytest.approx([0.2, 1 / 3])


def test_the_repr_warns() -> None:
    assert "warning" not in repr(example())
    bad = repr(dataclasses.replace(example(), underflowed=3, never=np.array([0, 1e-9])))
    assert "warning    3 paths underflowed, so that the estimate is wrong; more noise" in bad
    assert "never      1.00e-09 of all leave the domain or diverge: they never escape" in bad
    few = np.array([[0.075, 0], [0, 0], [0, 0]])
    lost = dataclasses.replace(
        example(), replicates=few, probability=few.mean(axis=0), low=np.zeros(2)
    )
    assert np.isnan(lost.scatter[1])
    assert (
        "warning    replicates scatter by 1.7 of their mean, so that intervals are too short; "
        "raise particles\n"
        "  warning    no particle reached t = 2,000: only a bound is known there; raise particles\n"
    ) in repr(lost)
