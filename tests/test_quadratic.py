"""The quadratic saddle: formulas, rotation, stationary point, and what rounding does to it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reference
import saddlesim as ss

coordinates = st.floats(-10, 10)
spectra = st.lists(st.floats(-5, 5), min_size=1, max_size=7)


@given(eigenvalues=spectra, data=st.data(), seed=st.none() | st.integers(0, 2**64 - 1))
def test_value_gradient_and_hvp_are_the_references(
    eigenvalues: list[float], data: st.DataObject, seed: int | None
) -> None:
    f = ss.QuadraticSaddle(eigenvalues, rotation_seed=seed)
    slow = reference.Quadratic(eigenvalues, f.rotation)
    row = st.lists(coordinates, min_size=f.dim, max_size=f.dim)
    X = np.array(data.draw(st.lists(row, min_size=1, max_size=20)))
    V = X[::-1] + 1
    close = {"rtol": 1e-12, "atol": 1e-11}
    np.testing.assert_allclose(f.value(X), [slow.value(x) for x in X], **close)
    np.testing.assert_allclose(f.gradient(X), [slow.gradient(x) for x in X], **close)
    np.testing.assert_allclose(f.hvp(X, V), V @ slow.H, **close)


def test_gradient_and_hvp_are_finite_differences() -> None:
    f = ss.QuadraticSaddle.random(6, escape_directions=2, seed=3)
    x, h = np.linspace(-1, 1, 6), 1e-5
    steps = h * np.eye(6)
    slope = (f.value(x + steps) - f.value(x - steps)) / (2 * h)
    np.testing.assert_allclose(f.gradient(x), slope, atol=1e-9)
    curvature = (f.gradient(x + steps) - f.gradient(x - steps)) / (2 * h)
    np.testing.assert_allclose(f.hvp(x, np.eye(6)), curvature, atol=1e-9)


@pytest.mark.parametrize("dim", [1, 2, 5, 64, 200])
def test_the_rotation_is_orthogonal_and_belongs_to_its_seed(dim: int) -> None:
    f = ss.QuadraticSaddle(np.linspace(-1, 2, dim), rotation_seed=9)
    Q = f.rotation
    assert Q is not None
    np.testing.assert_allclose(Q @ Q.T, np.eye(dim), atol=1e-12)
    spectrum = np.linalg.eigvalsh(f.hvp(np.zeros(dim), np.eye(dim)))
    np.testing.assert_allclose(spectrum, np.linspace(-1, 2, dim), atol=1e-12)
    again = ss.QuadraticSaddle(np.linspace(3, 4, dim), rotation_seed=9).rotation
    np.testing.assert_array_equal(Q, again)
    if dim > 1:
        assert np.abs(Q - ss.QuadraticSaddle(np.ones(dim), rotation_seed=10).rotation).max() > 0.1


def test_rotations_have_the_moments_of_the_haar_measure() -> None:
    # On O(4): E tr Q = 0, E (tr Q)^2 = 1, E tr Q^2 = 1, both signs of the determinant, E q_ij^2 =
    # 1/4; a missing sign correction (of Householder's or of QR's) shows in the first.
    trials = 4000
    Q = np.stack([ss.QuadraticSaddle(np.ones(4), rotation_seed=s).rotation for s in range(trials)])
    trace, square = np.trace(Q, axis1=1, axis2=2), np.trace(Q @ Q, axis1=1, axis2=2)
    for sample, mean in ((trace, 0), (trace**2, 1), (square, 1), (np.linalg.det(Q), 0)):
        assert sample.mean() == pytest.approx(mean, abs=4 * sample.std() / math.sqrt(trials))
    for entry in Q.reshape(trials, 16).T:
        assert entry.mean() == pytest.approx(0, abs=4 * 0.5 / math.sqrt(trials))
        assert (entry**2).mean() == pytest.approx(0.25, abs=4 * (entry**2).std() / trials**0.5)


def test_random_saddles_have_the_spectrum_asked_for() -> None:
    f = ss.QuadraticSaddle.random(5, escape_directions=2, seed=1)
    (saddle,) = f.stationary_points()
    np.testing.assert_array_equal(saddle.eigenvalues, [-1, -1, 1, 1, 1])
    np.testing.assert_array_equal(saddle.point, np.zeros(5))
    assert (saddle.value, saddle.kind, saddle.min_eigenvalue) == (0.0, "strict saddle", -1.0)
    basis = f.escape_subspace(saddle)
    np.testing.assert_allclose(f.hvp(np.zeros(5), basis), -basis, atol=1e-14)
    assert ss.QuadraticSaddle.random(3, rotated=False).rotation is None


@pytest.mark.parametrize(
    ("eigenvalues", "kind", "smoothness", "minimum"),
    [
        ([3.0, -4.0], "strict saddle", 4.0, -math.inf),
        ([1.0, 2.0], "minimum", 2.0, 0.0),
        ([-1.0, -2.0], "maximum", 2.0, -math.inf),
        ([0.0, 2.0], "degenerate", 2.0, 0.0),
    ],
)
def test_constants(eigenvalues: list[float], kind: str, smoothness: float, minimum: float) -> None:
    f = ss.QuadraticSaddle(eigenvalues, rotation_seed=1)
    assert f.stationary_points()[0].kind == kind
    assert f.smoothness == smoothness
    assert f.hessian_lipschitz == 0.0
    assert f.minimum_value == minimum


def test_arrays_of_any_number_type_and_layout_are_converted() -> None:
    f = ss.QuadraticSaddle([-1.0, 2.0, 3.0], rotation_seed=4)
    X = np.arange(24, dtype=np.float64).reshape(4, 6)
    expected = f.gradient(np.ascontiguousarray(X[:, ::2]))
    np.testing.assert_array_equal(f.gradient(X[:, ::2]), expected)
    np.testing.assert_array_equal(f.gradient(X[:, ::2].astype(np.float32)), expected)
    np.testing.assert_array_equal(f.gradient(X[:, ::2].astype(np.int8)), expected)
    np.testing.assert_array_equal(f.gradient(np.asfortranarray(X[:, ::2])), expected)
    np.testing.assert_array_equal(f.gradient(X[::-1, ::2])[::-1], expected)
    np.testing.assert_array_equal(f.gradient(X[:, ::2].tolist()), expected)
    for one in (f.value(X[0, ::2]), f.value(X[:1, ::2])[0]):
        assert one == f.value(X[:, ::2])[0]
    assert f.value(X[0, ::2]).shape == ()
    assert f.gradient(X[0, ::2]).shape == (3,)
    assert f.gradient(np.empty((0, 3))).shape == (0, 3)
    np.testing.assert_array_equal(
        f.hvp(X[:, ::2], X[0, ::2]), f.hvp(X[0, ::2], X[:1, ::2])[[0] * 4]
    )


def test_on_the_stable_manifold_an_axis_aligned_saddle_is_never_left() -> None:
    f = ss.QuadraticSaddle([-1.0, 1.0, 1.0])
    times = ss.escape_times(f, ss.GradientDescent(0.1), initial=ss.At([0.0, 0.7, -0.3]))
    assert np.all(times.outcome == ss.Outcome.STALLED)
    assert times.median().value == math.inf


@pytest.mark.parametrize("dim", [2, 10, 100])
def test_on_a_rotated_one_rounding_leaves_it_after_37_e_foldings(dim: int) -> None:
    f = ss.QuadraticSaddle.random(dim, seed=2)
    starts = np.random.default_rng(dim).standard_normal((50, dim))
    (row,) = f.escape_subspace(f.stationary_points()[0])
    starts -= np.outer(starts @ row, row)
    times = ss.escape_times(f, ss.GradientDescent(0.1), initial=ss.At(starts))
    predicted = math.log(1e16) / math.log(1.1)
    assert np.all(times.outcome == ss.Outcome.ESCAPED)
    assert 0.85 * predicted < np.median(times.steps) < 1.2 * predicted


def test_divergence_is_an_outcome_of_its_own() -> None:
    f = ss.QuadraticSaddle([100.0, 1.0])
    times = ss.escape_times(
        f, ss.GradientDescent(1.0), escape=ss.ReachesMinimum(1e-3), trials=100, seed=1
    )
    assert np.all(times.outcome == ss.Outcome.DIVERGED)
    # |x| grows by 99 at a step, and 1.8e308 is 154 such steps away
    assert np.all((times.steps >= 150) & (times.steps <= 160))
