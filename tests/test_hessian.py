"""Hessians written out, and as operators for SciPy's solvers."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.sparse.linalg import cg, eigsh, minres

import saddlesim as ss
from test_symmetries import CASES, some_points

LARGE: dict[str, ss.Landscape] = {
    "quadratic": ss.QuadraticSaddle(np.linspace(-1.0, 3, 300), rotation_seed=1),
    "factorisation": ss.MatrixFactorization.random(40, 10, seed=1),
    "students": ss.StudentTeacher.random(16),
    "spheres": ss.TensorDecomposition.random(15, "cp", seed=1),
}


@pytest.mark.parametrize("name", CASES)
def test_hessians_are_symmetric_and_their_columns_are_products(name: str) -> None:
    f = CASES[name][0]
    X = some_points(f, seed=1)
    for x, H in zip(X, f.hessian(X), strict=True):
        np.testing.assert_array_equal(H, H.T)
        np.testing.assert_array_equal(H, f.hessian(x))
        np.testing.assert_array_equal(H, f.hessian(x, threads=2))
        columns = f.hvp(x, np.eye(f.dim))
        np.testing.assert_array_equal(H, (columns + columns.T) / 2)
        np.testing.assert_allclose(H, columns, rtol=0, atol=1e-14 * np.abs(H).max() * f.dim)
    assert f.hessian(X[:0]).shape == (0, f.dim, f.dim)


@pytest.mark.parametrize("name", LARGE)
def test_the_operator_is_the_hessian(name: str) -> None:
    f = LARGE[name]
    x, rng = some_points(f, seed=2, n=1)[0], np.random.default_rng(0)
    A, V = f.hessian_operator(x), rng.normal(size=(f.dim, 5))
    assert A.shape == (f.dim, f.dim)
    assert A.dtype == np.float64
    np.testing.assert_array_equal(A @ V[:, 0], f.hvp(x, V[:, 0]))
    np.testing.assert_array_equal(A @ V, f.hvp(x, np.ascontiguousarray(V.T)).T)
    np.testing.assert_array_equal(A.H @ V, A @ V)
    np.testing.assert_array_equal(A.rmatvec(V[:, 1]), A @ V[:, 1])
    np.testing.assert_array_equal(A.matvec(V[:, 2:3]), (A @ V)[:, 2:3])
    scale = np.abs(f.hessian(x)).max()
    np.testing.assert_allclose(A @ V, f.hessian(x) @ V, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("name", LARGE)
def test_eigsh_finds_the_same_ends(name: str) -> None:
    f = LARGE[name]
    x = some_points(f, seed=2, n=1)[0]
    ours, start = ss.extreme_eigenpairs(f, x), np.random.default_rng(0).normal(size=f.dim)
    basis = f.tangent_basis(x)
    start = start @ basis.T @ basis
    norm = max(abs(ours.smallest.eigenvalue), abs(ours.largest.eigenvalue))
    for pair, which in zip(ours, ("SA", "LA"), strict=True):
        theta, y = eigsh(f.hessian_operator(x), 1, which=which, v0=start)
        assert abs(theta[0] - pair.eigenvalue) <= 1e-10 * norm
        assert abs(abs(y[:, 0] @ pair.eigenvector) - 1) <= 1e-6


@pytest.mark.parametrize("solver", [cg, minres])
def test_linear_solvers_take_the_operator(solver: object) -> None:
    f = ss.QuadraticSaddle(np.linspace(0.5, 3, 300), rotation_seed=1)
    b = np.random.default_rng(0).normal(size=f.dim)
    v, info = solver(f.hessian_operator(np.zeros(f.dim)), b, rtol=1e-10)
    assert info == 0
    assert np.linalg.norm(f.hvp(np.zeros(f.dim), v) - b) <= 1e-8 * np.linalg.norm(b)


def test_minres_solves_with_an_indefinite_hessian() -> None:
    f = LARGE["quadratic"]
    x, b = np.zeros(f.dim), np.random.default_rng(0).normal(size=f.dim)
    v, info = minres(f.hessian_operator(x), b, rtol=1e-10, maxiter=3000)
    assert info == 0
    assert np.linalg.norm(f.hvp(x, v) - b) <= 1e-6 * np.linalg.norm(b)


def test_too_many_hessians_are_refused() -> None:
    f = ss.QuadraticSaddle(np.ones(10_000))
    text = (
        "X has 6 points, whose Hessians of 10,000 x 10,000 numbers would take more than 4 GiB; "
        "pass fewer, or use hessian_operator, ss.min_eigenpair or ss.extreme_eigenpairs"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        f.hessian(np.zeros((6, f.dim)))


def test_the_operator_takes_one_finite_point() -> None:
    f = ss.Octopus(3)
    with pytest.raises(ValueError, match=re.escape("x must have shape (3,), got (2, 3)")):
        f.hessian_operator(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=re.escape("x must be finite, but x[1] is inf")):
        f.hessian_operator([0.0, np.inf, 0.0])
