"""The core's own elementary functions, on which counts, random numbers and networks rest."""

from __future__ import annotations

import math

import numpy as np
import pytest

from saddlesim import _core

RNG = np.random.default_rng(0)
TINY = 2.0**-1022


def ulps(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.max(np.abs(found - expected) / np.spacing(np.abs(expected))))


@pytest.mark.parametrize(
    "x",
    [
        RNG.uniform(0.5, 2.0, 100_000),
        1 + RNG.uniform(-1e-3, 1e-3, 100_000),
        np.exp(RNG.uniform(-700, 700, 100_000)),
        2.0 ** np.arange(-1022.0, 1024.0),
        np.nextafter(1.0, [0.0, 2.0]),
        TINY * RNG.uniform(1e-15, 1.0, 1000),  # subnormal
    ],
    ids=["near 1", "very near 1", "everywhere", "powers of 2", "next to 1", "subnormal"],
)
def test_logarithm(x: np.ndarray) -> None:
    assert ulps(_core.log(x), np.log(x)) <= 4


@pytest.mark.parametrize(
    "x",
    [
        RNG.uniform(-1, 1, 100_000),
        RNG.uniform(-708, 709, 100_000),
        RNG.uniform(-1e-10, 1e-10, 1000),
        math.log(2) * (np.arange(-2000, 2000) / 2),
        RNG.uniform(-745, -709, 1000),  # the result is subnormal: a spacing is 2^-1074
    ],
    ids=["near 0", "everywhere", "tiny", "between polynomials", "subnormal"],
)
def test_exponential(x: np.ndarray) -> None:
    x = x[np.abs(x) < 709.7] if x.max() > 0 else x
    assert ulps(_core.exp(x), np.exp(x)) <= 4


SIGNED = [
    RNG.uniform(-1, 1, 100_000),
    RNG.uniform(-30, 30, 100_000),
    RNG.choice([-1, 1], 10_000) * np.exp(RNG.uniform(-300, 300, 10_000)),
]


@pytest.mark.parametrize("x", SIGNED, ids=["near 0", "everywhere", "all sizes"])
def test_the_activations_functions(x: np.ndarray) -> None:
    assert ulps(_core.atan(x), np.arctan(x)) <= 3
    assert ulps(_core.tanh(x), np.tanh(x)) <= 8  # some ulps of e^-2|x| - 1 twice
    inner = x[np.abs(x) < 700]
    assert ulps(_core.expm1(inner), np.expm1(inner)) <= 6
    # its relative error is that of e^-x
    np.testing.assert_allclose(_core.logistic(inner), 1 / (1 + np.exp(-inner)), rtol=1e-15)


@pytest.mark.parametrize("x", SIGNED, ids=["near 0", "everywhere", "all sizes"])
def test_softplus(x: np.ndarray) -> None:
    # log1p(e^-|x|) loses nothing where e^-|x| is known, and that is added to 0 or to x > 0
    e = np.exp(-np.abs(x))
    normal = e > 1e-300
    assert ulps(_core.softplus(x[normal]), (np.maximum(x, 0) + np.log1p(e))[normal]) <= 6
    near, far = 1 / (1 + e), e / (1 + e)
    assert ulps(_core.softplus_slope(x[normal]), np.where(x >= 0, near, far)[normal]) <= 6
    assert ulps(_core.softplus_curvature(x[normal]), (near * far)[normal]) <= 7
    rest = x[~normal]
    np.testing.assert_allclose(_core.softplus(rest), np.maximum(rest, 0), rtol=0, atol=1e-299)


def test_special_values_of_softplus() -> None:
    x = np.array([0.0, -0.0, 1e300, -1e300, math.inf, -math.inf, math.nan])
    log2, nan = math.log(2), math.nan
    np.testing.assert_array_equal(_core.softplus(x), [log2, log2, 1e300, 0.0, math.inf, 0.0, nan])
    np.testing.assert_array_equal(_core.softplus_slope(x), [0.5, 0.5, 1.0, 0.0, 1.0, 0.0, nan])
    np.testing.assert_array_equal(_core.softplus_curvature(x), [0.25, 0.25, 0, 0, 0, 0, nan])


def test_special_values_of_the_activation_functions() -> None:
    x = np.array([0.0, -0.0, math.inf, -math.inf, math.nan])
    np.testing.assert_array_equal(_core.atan(x), np.arctan(x))
    np.testing.assert_array_equal(np.signbit(_core.tanh(x)), np.signbit(np.tanh(x)))
    np.testing.assert_array_equal(_core.tanh(x), np.tanh(x))
    np.testing.assert_array_equal(_core.logistic(x), [0.5, 0.5, 1.0, 0.0, math.nan])


def test_special_values() -> None:
    inf, nan = math.inf, math.nan
    np.testing.assert_array_equal(
        _core.log([0.0, -0.0, 1.0, inf, -1.0, -inf, nan]), [-inf, -inf, 0.0, inf, nan, nan, nan]
    )
    np.testing.assert_array_equal(
        _core.exp([0.0, -0.0, inf, -inf, nan, 710.0, -746.0, 1e300, -1e300]),
        [1.0, 1.0, inf, 0.0, nan, inf, 0.0, inf, 0.0],
    )
    assert _core.log([5e-324])[0] == pytest.approx(math.log(5e-324), rel=1e-15)
    assert _core.exp([709.78])[0] == pytest.approx(math.exp(709.78), rel=1e-15)


def test_they_are_monotonic_and_inverse() -> None:
    x = np.sort(RNG.uniform(0.01, 100, 100_000))
    assert np.all(np.diff(_core.log(x)) >= 0)
    y = np.sort(RNG.uniform(-10, 10, 100_000))
    assert np.all(np.diff(_core.exp(y)) >= 0)
    np.testing.assert_allclose(_core.log(_core.exp(y)), y, rtol=0, atol=1e-15 + 3e-16 * 10)
