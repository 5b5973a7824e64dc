"""Several eigenpairs at an end, the complement of symmetries, how likely an end is missed."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from hessians import EPS, Floats, matrices, with_hessian
from saddlesim.spectrum import symmetry_basis

FACTORISATIONS: dict[str, ss.Landscape] = {
    "symmetric": ss.MatrixFactorization.random(5, 2, seed=1, eigenvalues=[4, 3, 2, -1, -2]),
    "symmetric, planted": ss.MatrixFactorization.random(6, 3, seed=1),
    "balanced": ss.AsymmetricMatrixFactorization.random(
        5, 2, seed=1, singular_values=[5, 4, 3, 2, 1]
    ),
    "not balanced": ss.AsymmetricMatrixFactorization.random(
        5, 2, seed=1, balance=0.0, singular_values=[5, 4, 3, 2, 1]
    ),
    "linear network": ss.DeepLinearNetwork.random([5, 2, 5], seed=1, singular_values=[5, 4, 3, 2]),
    "sensing": ss.MatrixSensing.random(4, 3, seed=1),
    "quadratic network": ss.QuadraticNetwork.random(4, width=3, planted=3, seed=1),
}


def minimum(f: ss.Landscape) -> ss.StationaryPoint:
    return min(f.stationary_points(), key=lambda p: p.value)


@settings(max_examples=150)
@given(M=matrices(largest=30, scales=(-100, 0, 100)), data=st.data())
def test_several_ends_have_their_multiplicities_and_are_orthonormal(
    M: Floats, data: st.DataObject
) -> None:
    f, n = with_hessian(M), len(M)
    count = data.draw(st.integers(1, max(n // 2, 1)))
    H = f.hessian(np.zeros(n))
    expected, norm = np.linalg.eigvalsh(H), np.linalg.norm(H, 2)
    found = ss.extreme_eigenpairs(f, np.zeros(n), count=count, tolerance=0.0)
    for pairs, wanted in zip(found, (expected[:count], expected[::-1][:count]), strict=True):
        theta, Y = pairs.eigenvalue, pairs.eigenvector
        assert Y.shape == (count, n)
        np.testing.assert_allclose(Y @ Y.T, np.eye(count), rtol=0, atol=1e-10)
        # every search may be off by as much as one, and hand it on
        np.testing.assert_allclose(theta, wanted, rtol=0, atol=count * 64 * 64 * EPS * norm)
        residuals = np.linalg.norm(Y @ H - theta[:, None] * Y, axis=1)
        np.testing.assert_allclose(pairs.residual, residuals, rtol=0, atol=(n + 10) * EPS * norm)


def test_multiplicities_are_found_out_of_few_steps_each() -> None:
    f = ss.QuadraticSaddle.random(50, escape_directions=3, seed=1)
    low, high = ss.extreme_eigenpairs(f, np.zeros((2, 50)), count=5)
    for i in range(2):
        np.testing.assert_allclose(low.eigenvalue[i], [-1, -1, -1, 1, 1], rtol=0, atol=1e-12)
        np.testing.assert_allclose(high.eigenvalue[i], 1, rtol=0, atol=1e-12)
        np.testing.assert_allclose(low.eigenvector[i] @ low.eigenvector[i].T, np.eye(5), atol=1e-12)
    assert low.steps.shape == (2, 5)
    assert low.steps.max() <= 8


@pytest.mark.parametrize("n", [8, 12])
def test_the_identity_has_orthonormal_eigenvectors(n: int) -> None:
    f = with_hessian(np.eye(n))
    for pairs in ss.extreme_eigenpairs(f, np.zeros(n), count=n // 2):
        np.testing.assert_allclose(pairs.eigenvalue, 1, rtol=0, atol=4 * EPS)
        Y = pairs.eigenvector
        np.testing.assert_allclose(Y @ Y.T, np.eye(n // 2), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("f", "off_symmetries", "most"),
    [
        (ss.QuadraticSaddle([-1.0]), False, 1),
        (ss.QuadraticSaddle(np.arange(5.0)), False, 2),
        (ss.QuadraticSaddle([-1.0, 0, 0, 0, 2.0, 3.0]), True, 1),
        (ss.TensorDecomposition.random(5, "all", seed=1), False, 10),
        (ss.MatrixFactorization.random(4, 3, seed=1), True, 4),
    ],
    ids=["one", "five", "translations", "spheres", "rotations"],
)
def test_count_is_limited_by_the_directions_there_are(
    f: ss.Landscape, off_symmetries: bool, most: int
) -> None:
    X = np.tile(minimum(f).point, (3, 1))
    text = f"count must be at most {most}, half of the directions that are searched, got {most + 1}"
    with pytest.raises(ValueError, match=re.escape(text)):
        ss.extreme_eigenpairs(f, X, count=most + 1, off_symmetries=off_symmetries)
    for pairs in ss.extreme_eigenpairs(f, X, count=most, off_symmetries=off_symmetries):
        for Y in pairs.eigenvector:
            np.testing.assert_allclose(Y @ Y.T, np.eye(most), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", FACTORISATIONS)
def test_off_the_symmetries_minima_are_positive(name: str) -> None:
    f = FACTORISATIONS[name]
    p = minimum(f)
    expected = p.eigenvalues[p.eigenvalues > 0][0]
    norm = p.eigenvalues[-1]
    zeros = np.count_nonzero(p.eigenvalues == 0)
    assert zeros == check.symmetry_rank(f, p.point) > 0
    hidden = ss.min_eigenpair(f, p.point)
    assert abs(hidden.eigenvalue) <= 1e-10 * norm
    for seed in range(5):
        found = ss.min_eigenpair(f, p.point, off_symmetries=True, seed=seed)
        assert abs(found.eigenvalue - expected) <= 1e-9 * norm
        assert found.residual <= 1e-9 * norm
        directions = f.symmetry_directions(p.point)
        assert np.abs(directions @ found.eigenvector).max() <= 1e-10 * np.abs(directions).max()


def test_the_positive_eigenvalue_at_a_minimum_is_that_of_theory() -> None:
    f = FACTORISATIONS["symmetric"]
    found = ss.min_eigenpair(f, minimum(f).point, off_symmetries=True)
    assert abs(found.eigenvalue - min(3 - 2, 2 * 3)) <= 1e-9  # lambda_2 - lambda_3, 2 lambda_2


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e-17, 1e-9])
@pytest.mark.parametrize("name", FACTORISATIONS)
def test_near_the_origin_nothing_is_left_out(name: str, size: float) -> None:
    f = FACTORISATIONS[name]
    x = size * np.random.default_rng(0).normal(size=f.dim)
    assert not symmetry_basis(f, x[None]).any()
    expected = np.linalg.eigvalsh(f.hessian(x))
    found = ss.min_eigenpair(f, x, off_symmetries=True)
    assert found.eigenvalue == ss.min_eigenpair(f, x).eigenvalue
    assert abs(found.eigenvalue - expected[0]) <= 1e-9 * np.abs(expected).max()


@pytest.mark.parametrize("name", FACTORISATIONS)
def test_the_basis_of_symmetries_is_orthonormal_and_spans_them(name: str) -> None:
    f = FACTORISATIONS[name]
    p = minimum(f)
    near = p.point + 1e-10 * np.random.default_rng(0).normal(size=f.dim)
    for x, basis in zip([p.point, near], symmetry_basis(f, np.array([p.point, near])), strict=True):
        rows = basis[basis.any(axis=1)]
        assert len(rows) == check.symmetry_rank(f, p.point)
        np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), rtol=0, atol=1e-13)
        directions = f.symmetry_directions(x)
        inside = directions @ rows.T @ rows
        np.testing.assert_allclose(inside, directions, atol=1e-9 * np.abs(directions).max())


def test_a_constant_function_hides_nothing_behind_its_translations() -> None:
    found = ss.min_eigenpair(ss.QuadraticSaddle(np.zeros(4)), np.ones(4), off_symmetries=True)
    assert found.eigenvalue == 0
    assert found.residual == 0


def test_failure_probability_falls_with_gap_and_steps() -> None:
    f = ss.QuadraticSaddle(np.linspace(-1.0, 1, 200))
    gaps = np.geomspace(1e-6, 10, 50)
    rows = []
    for steps in (5, 10, 20, 40, 80):
        found = ss.min_eigenpair(f, np.zeros(f.dim), max_steps=steps, tolerance=0.0)
        bounds = np.array([found.failure_probability(gap) for gap in gaps])
        assert np.all(np.diff(bounds) <= 0)
        assert np.all((bounds >= 0) & (bounds <= 1))
        rows.append(bounds)
    assert np.all(np.diff(rows, axis=0) <= 0)
    assert rows[0][0] == 1
    assert rows[-1][-1] < 1e-9
    full = ss.min_eigenpair(f, np.zeros(f.dim), tolerance=0.0)
    assert full.steps == f.dim
    assert full.failure_probability(1e-300) == 0
    several = ss.min_eigenpair(f, np.zeros((2, f.dim)), max_steps=30)
    assert several.failure_probability([1e-9, 3.0]).tolist() == [1.0, pytest.approx(0, abs=1e-6)]


def hard(dim: int, apart: float) -> Floats:
    """One eigenvalue at 0, the others where polynomials that are small on them grow least to it."""
    inside = np.cos(np.pi * (np.arange(dim - 1) + 0.5) / (dim - 1))
    return np.concatenate([[0.0], apart + (1 - apart) * (1 + inside) / 2])


@pytest.mark.parametrize(
    ("apart", "steps", "informative"),
    [(0.3, 5, False), (0.1, 10, True), (0.1, 12, True), (0.03, 18, True), (0.03, 20, True)],
)
def test_an_end_is_missed_no_more_often_than_that(
    apart: float, steps: int, informative: bool
) -> None:
    f, runs = ss.QuadraticSaddle(hard(200, apart)), 4000
    found = ss.min_eigenpair(f, np.zeros((runs, f.dim)), max_steps=steps, tolerance=0.0)
    assert np.all(found.steps == steps)
    shares = []
    for gap in apart * np.array([0.5, 0.7, 0.9, 0.99]):
        missed = np.mean(found.eigenvalue > gap)
        bound = np.mean(found.failure_probability(gap))
        assert missed <= bound + 4 * np.sqrt(missed * (1 - missed) / runs) + 1 / runs
        shares.append((missed, bound))
    assert (shares[-1][1] < 0.5) == informative
    assert shares[0][0] > 0  # some are
    assert np.all(found.eigenvalue >= -1e-15)
