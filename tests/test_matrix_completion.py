"""Completion: formulas with and without rows beyond the bound, the origin, and runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from references.matrix import MatrixCompletion


@given(
    seed=st.integers(0, 100),
    d=st.integers(1, 12),
    observed=st.sampled_from([0.2, 0.7, 1.0]),
    data=st.data(),
)
def test_it_is_the_reference(seed: int, d: int, observed: float, data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, d))
    bound = math.sqrt(rank)  # some rows are longer, some are not
    f = ss.MatrixCompletion.random(
        d, rank, observed=observed, penalty=0.7, row_bound=bound, seed=seed
    )
    slow = MatrixCompletion(f.M, f.mask, rank, 0.7, bound)
    X, V = np.random.default_rng(seed).normal(size=(2, 18, f.dim))
    check.agrees(f, slow, X, V)
    check.symmetric(f, X[0])
    check.round_trip(f, X)


@pytest.mark.parametrize("bound", [0.5, 100.0])
def test_derivatives_are_differences_and_it_describes_itself(bound: float) -> None:
    f = ss.MatrixCompletion.random(5, 2, row_bound=bound, seed=1)
    check.differences(f, np.random.default_rng(0).normal(size=10), np.eye(10))
    check.describes_itself(f)


def test_all_observed_is_twice_factorisation() -> None:
    f = ss.MatrixCompletion.random(5, 2, observed=1.0, penalty=0.0, seed=2)
    g = ss.MatrixFactorization(f.M, 2)
    x, v = np.random.default_rng(0).normal(size=(2, 10))
    np.testing.assert_allclose(f.value(x), 2 * g.value(x), rtol=1e-13)
    np.testing.assert_allclose(f.gradient(x), 2 * g.gradient(x), rtol=1e-12)
    np.testing.assert_allclose(f.hvp(x, v), 2 * g.hvp(x, v), rtol=1e-12)


def test_stationary_points_and_constants() -> None:
    f = ss.MatrixCompletion.random(8, 2, observed=0.6, seed=3)
    origin, planted = f.stationary_points()
    check.stationary(f, [origin, planted])
    assert (origin.kind, planted.kind) == ("strict saddle", "minimum")
    assert f.minimum_value == planted.value == 0.0
    known = np.where(f.mask, f.M, 0)
    assert origin.min_eigenvalue == pytest.approx(-2 * np.linalg.eigvalsh(known)[-1], abs=1e-12)
    rng = np.random.default_rng(1)
    for _ in range(50):
        X, Y = rng.normal(size=(2, 8, 2))
        for Z in (X, Y):  # short enough, and no row beyond the bound
            Z *= math.sqrt(2) / np.linalg.norm(Z, 2)
            Z *= np.minimum(1, f.row_bound / np.linalg.norm(Z, axis=1))[:, None]
        H, K = (f.hvp(Z.ravel(), np.eye(f.dim)) for Z in (X, Y))
        assert np.linalg.norm(H, 2) <= f.smoothness
        assert np.linalg.norm(H - K, 2) <= f.hessian_lipschitz * np.linalg.norm(X - Y)


def test_masks_are_symmetric_and_as_dense_as_asked() -> None:
    f = ss.MatrixCompletion.random(100, 1, observed=0.3, seed=4)
    np.testing.assert_array_equal(f.mask, f.mask.T)
    share = f.mask[np.tril_indices(100)].mean()
    assert share == pytest.approx(0.3, abs=4 * math.sqrt(0.3 * 0.7 / 5050))
    assert f == ss.MatrixCompletion.random(100, 1, observed=0.3, seed=4)
    assert f != ss.MatrixCompletion.random(100, 1, observed=0.3, seed=5)


def test_an_unknown_minimum_is_nan() -> None:
    f = ss.MatrixCompletion(np.diag([1.0, 1.0, -1.0]), np.ones((3, 3), bool), 1, 1.0, 3.0)
    assert math.isnan(f.minimum_value)
    assert [p.name for p in f.stationary_points()] == ["the origin"]


def test_runs_depend_on_ids_alone_and_find_the_minimum() -> None:
    f = ss.MatrixCompletion.random(12, 1, observed=0.8, seed=6)
    step = 1 / f.smoothness
    times = check.runs_alike(f, ss.GradientDescent(step), escape=ss.ReachesMinimum(1e-8))
    assert times.escaped.all()
    check.runs_alike(f, ss.NoisyGradientDescent(step, 1e-3))
    kicked = ss.PerturbedGradientDescent(step, 1e-2, 1e-3, 5)
    check.runs_alike(f, kicked, initial=ss.At(np.zeros(f.dim)), trials=40)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: ss.MatrixCompletion(np.eye(2), np.eye(2), 1, 1, 1),
            r"mask must be booleans of the shape \(2, 2\) of M, got float64 of shape \(2, 2\)",
        ),
        (
            lambda: ss.MatrixCompletion(np.eye(2), np.triu(np.ones((2, 2), bool)), 1, 1, 1),
            r"mask must be symmetric .* pass mask \| mask.T",
        ),
        (
            lambda: ss.MatrixCompletion(np.eye(2), np.ones((2, 2), bool), 1, 1, 0),
            "row_bound must be a positive number and finite, got 0",
        ),
        (
            lambda: ss.MatrixCompletion.random(3, 1, observed=1.5),
            "observed must be a probability, at most 1, got 1.5",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(make: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()
