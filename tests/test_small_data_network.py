"""Yun, Sra and Jadbabaie's network: formulas for every activation, a bad minimum, a good one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from references.network import SmallDataNetwork

ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "tanh", "arctan")


@pytest.mark.parametrize("activation", ACTIVATIONS)
@given(seed=st.integers(0, 1000))
def test_it_is_the_reference(activation: str, seed: int) -> None:
    f = ss.SmallDataNetwork(activation)
    X, V = np.random.default_rng(seed).normal(size=(2, 18, 9))
    check.agrees(f, SmallDataNetwork(activation), X, V)
    check.symmetric(f, X[0])
    check.round_trip(f, X)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_bad_minimum_and_the_good_one(activation: str) -> None:
    f = ss.SmallDataNetwork(activation)
    check.describes_itself(f)
    check.differences(f, np.random.default_rng(0).normal(size=9), np.eye(9))
    bad, good = f.stationary_points()
    check.stationary(f, [bad, good])
    assert float(f.value(bad.point)) == pytest.approx(1 / 3, abs=1e-15)
    assert float(f.value(good.point)) == pytest.approx(0, abs=1e-15)
    assert bad.kind == good.kind == "minimum"
    assert bad.min_eigenvalue >= 0
    # the network answers 1/3 at every point, and the hidden units do not see the input
    if activation == "sigmoid":
        expected = [0.01877, 0.04846, 3.5676]
        np.testing.assert_allclose(bad.eigenvalues[-3:], expected, rtol=3e-4)
    smooth = activation not in ("relu", "leaky_relu")  # flat in 6 directions, or in 7
    assert np.count_nonzero(bad.eigenvalues) == (3 if smooth else 2)
    # no sample is on a kink there: the Hessian is that of either side
    H, h = f.hvp(good.point, np.eye(9)), 1e-6
    for side in (h, -h):
        found = f.gradient(good.point + side * np.eye(9)) / side
        np.testing.assert_allclose(found, H, atol=1e-4 * np.abs(H).max())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nothing_near_the_bad_minimum_is_lower_and_descent_stays(activation: str) -> None:
    f = ss.SmallDataNetwork(activation)
    bad = f.bad_minimum().point
    near = bad + 0.01 * np.random.default_rng(2).normal(size=(5000, 9))
    assert f.value(near).min() >= 1 / 3 - 1e-12
    times = ss.escape_times(
        f,
        ss.GradientDescent(0.05),
        initial=ss.Gaussian(0.01, center=bad),
        escape=ss.ValueBelow(1 / 3 - 1e-12),
        trials=200,
        max_steps=2000,
        seed=3,
    )
    assert not times.escaped.any()
    assert np.all(times.value < 1 / 3 + 1e-2)


def test_descent_from_random_starts_finds_both() -> None:
    f = ss.SmallDataNetwork("leaky_relu")
    times = check.runs_alike(f, ss.GradientDescent(0.05), trials=40, max_steps=5000)
    assert 0 < np.count_nonzero(times.escaped) < 40


def test_errors_say_what_and_what_to_do() -> None:
    with pytest.raises(
        ValueError, match=r"activation must be one of .* got 'tang'; did you mean 'tanh'"
    ):
        ss.SmallDataNetwork("tang")
    with pytest.raises(
        TypeError, match="must have a dimension to vary, which SmallDataNetwork has"
    ):
        ss.escape_time_vs_dimension(ss.SmallDataNetwork, dims=[9], methods=ss.GradientDescent(0.1))
