"""Ends of the spectrum, held against full decompositions, and what a residual promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import saddlesim as ss
from hessians import EPS, Floats, matrices, with_hessian
from test_symmetries import CASES, some_points

SCALES = (-100, -3, 0, 5, 100)


def rounding(H: Floats) -> float:
    """What a product with H loses, in norm, in sums of so many terms; eigvalsh loses no more."""
    return float((len(H) + 10) * EPS * np.linalg.norm(H, 2))


@settings(max_examples=200)
@given(M=matrices(scales=SCALES), seed=st.integers(0, 1000))
def test_both_ends_are_those_of_the_full_decomposition(M: Floats, seed: int) -> None:
    f, origin = with_hessian(M), np.zeros(len(M))
    H = f.hessian(origin)
    expected, norm = np.linalg.eigvalsh(H), np.linalg.norm(H, 2)
    exact = ss.extreme_eigenpairs(f, origin, tolerance=0.0, seed=seed)
    # A Krylov space ends where what is new in it is 64 units of rounding. Of a direction in which
    # the start has a 64th of what is usual, what is new looks smaller by as much.
    assert abs(exact.smallest.eigenvalue - expected[0]) <= 64 * 64 * EPS * norm
    assert abs(exact.largest.eigenvalue - expected[-1]) <= 64 * 64 * EPS * norm
    # 1e-10 of the norm is the residual at which a search ends; clusters that narrow look like one
    quick = ss.extreme_eigenpairs(f, origin, seed=seed)
    assert abs(quick.smallest.eigenvalue - expected[0]) <= 4e-10 * norm
    assert abs(quick.largest.eigenvalue - expected[-1]) <= 4e-10 * norm
    alone = ss.min_eigenpair(f, origin, seed=seed)
    assert abs(alone.eigenvalue - expected[0]) <= 4e-10 * norm


@settings(max_examples=200)
@given(M=matrices(scales=SCALES), steps=st.integers(1, 60), seed=st.integers(0, 1000))
def test_residuals_are_what_they_say_however_early_the_search_ends(
    M: Floats, steps: int, seed: int
) -> None:
    f, origin = with_hessian(M), np.zeros(len(M))
    H = f.hessian(origin)
    expected = np.linalg.eigvalsh(H)
    found = ss.extreme_eigenpairs(f, origin, max_steps=steps, seed=seed)
    for pair in found:
        theta, y = pair.eigenvalue, pair.eigenvector
        assert abs(y @ y - 1) <= (len(H) + 4) * EPS
        assert abs(y @ H @ y - theta) <= rounding(H)
        assert abs(np.linalg.norm(H @ y - theta * y) - pair.residual) <= rounding(H)
        assert np.abs(expected - theta).min() <= pair.residual + rounding(H)
        assert pair.steps <= min(steps, len(H))
    low, high = found.smallest, found.largest
    assert expected[0] - rounding(H) <= low.eigenvalue <= high.eigenvalue + rounding(H)
    assert high.eigenvalue <= expected[-1] + rounding(H)
    assert abs(high.eigenvalue - low.eigenvalue - low.width) <= 2 * rounding(H)
    if low.eigenvalue + low.residual < -rounding(H):
        assert expected[0] < 0


def test_a_search_that_ends_early_says_so_by_its_residual() -> None:
    H = np.diag(np.linspace(-1.0, 1, 50))
    found = ss.min_eigenpair(with_hessian(H), np.zeros(50), max_steps=6)
    assert found.steps == 6
    assert found.residual > 0.01
    assert found.eigenvalue > -0.999


LARGER: dict[str, ss.Landscape] = {
    f"{type(f).__name__} {f.dim}": f
    for f in (
        ss.Octopus(1),
        ss.Octopus(30),
        ss.QuadraticSaddle([3.0]),
        ss.QuadraticSaddle.random(100, escape_directions=3),
        ss.MatrixFactorization(np.zeros((20, 20)), 2),
        ss.MatrixFactorization.random(20, 4, seed=3),
        ss.AsymmetricMatrixFactorization.random(9, 3, columns=12, seed=3),
        ss.MatrixSensing.random(10, 2, seed=3),
        ss.MatrixCompletion.random(20, 2, row_bound=0.4, seed=3),
        ss.QuadraticNetwork.random(8, width=3, seed=3),
        ss.DeepLinearNetwork.random([6, 5, 4, 6], seed=3),
        ss.TensorDecomposition.random(12, "one", seed=3),
        ss.TensorDecomposition.random(8, "all", seed=3),
        ss.TensorDecomposition.random(9, "cp", seed=3),
        ss.StudentTeacher.random(12),
    )
}
FAMILIES = {name: f for name, (f, _, _) in CASES.items()} | LARGER


@pytest.mark.parametrize("name", FAMILIES)
def test_ends_at_stationary_points_are_the_listed_ones(name: str) -> None:
    f = FAMILIES[name]
    points = f.stationary_points()
    found = ss.extreme_eigenpairs(f, np.array([p.point for p in points]).reshape(-1, f.dim))
    for pairs, end in zip(found, (0, -1), strict=True):
        assert len(pairs.eigenvalue) == len(points)
        for p, eigenvalue, y in zip(points, pairs.eigenvalue, pairs.eigenvector, strict=True):
            error = 1e-8 * np.abs(p.eigenvalues).max()
            assert abs(eigenvalue - p.eigenvalues[end]) <= error, p.name
            basis = f.tangent_basis(p.point)
            np.testing.assert_allclose(y @ basis.T @ basis, y, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_ends_elsewhere_are_those_of_the_hessian_on_the_tangent_space(name: str) -> None:
    f = FAMILIES[name]
    X = some_points(f, seed=4)
    found = ss.extreme_eigenpairs(f, X)
    for i, (x, H) in enumerate(zip(X, f.hessian(X), strict=True)):
        basis = f.tangent_basis(x)
        expected = np.linalg.eigvalsh(basis @ H @ basis.T)
        norm = np.abs(expected).max()
        for pairs, end in zip(found, (0, -1), strict=True):
            assert abs(pairs.eigenvalue[i] - expected[end]) <= 1e-9 * norm
            y = pairs.eigenvector[i]
            np.testing.assert_allclose(y @ basis.T @ basis, y, rtol=0, atol=1e-12)
            off = np.linalg.norm(H @ y - pairs.eigenvalue[i] * y)
            assert abs(off - pairs.residual[i]) <= 1e-13 * norm
            assert pairs.residual[i] <= 1e-9 * norm
