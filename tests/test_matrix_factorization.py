"""Symmetric factorisation: formulas, all stationary points, Riccati's flow, escape from 0."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from references.matrix import MatrixFactorization


def some(seed: int, d: int, rank: int, spectrum: object = None) -> ss.MatrixFactorization:
    values = np.linspace(2, -1, d) if spectrum is None else spectrum
    return ss.MatrixFactorization.random(d, rank, seed=seed, eigenvalues=values)


@given(seed=st.integers(0, 100), d=st.integers(1, 9), data=st.data(), low=st.booleans())
def test_it_is_the_reference(seed: int, d: int, data: st.DataObject, low: bool) -> None:
    rank = data.draw(st.integers(1, d))
    f = some(seed, d, rank, [1.0, 3.0][:d] if low else None)  # of low rank, or not
    rng = np.random.default_rng(seed)
    X, V = rng.normal(size=(2, 18, f.dim))
    check.agrees(f, MatrixFactorization(f.M, rank), X, V)
    check.symmetric(f, X[0])
    check.round_trip(f, X)


def test_derivatives_are_differences_and_it_describes_itself() -> None:
    f = some(1, 5, 2)
    check.differences(f, np.random.default_rng(0).normal(size=10), np.eye(10))
    check.describes_itself(f)


@pytest.mark.parametrize("rank", [1, 2, 3, 5])
@pytest.mark.parametrize(
    "spectrum", [[3.0, 2.0, 1.0, -1.0, -2.0], [1.0, 1.0, 1.0], [2.0, 1.0], [-1.0, -2.0]]
)
def test_all_stationary_points_have_their_exact_spectrum(rank: int, spectrum: list[float]) -> None:
    f = some(3, 5, rank, spectrum)
    points = f.stationary_points()
    positive = sum(v > 0 for v in spectrum)
    assert len(points) == sum(math.comb(positive, k) for k in range(min(rank, positive) + 1))
    check.stationary(f, points)
    # the global minima are the minima, and every other point is a strict saddle
    for p in points:
        assert (p.kind == "minimum") == (p.value <= f.minimum_value + 1e-12)
        assert (p.kind == "minimum") == (p.min_eigenvalue >= 0)


def test_the_constants_bound_the_hessian_where_they_say() -> None:
    f, rng = some(4, 6, 3), np.random.default_rng(1)
    for _ in range(50):
        U, W = rng.normal(size=(2, 6, 3))
        U *= math.sqrt(2 * f.spectral_norm) / np.linalg.norm(U, 2)
        W *= math.sqrt(2 * f.spectral_norm) / np.linalg.norm(W, 2)
        H, K = (f.hvp(P.ravel(), np.eye(f.dim)) for P in (U, W))
        assert np.linalg.norm(H, 2) <= f.smoothness
        assert np.linalg.norm(H - K, 2) <= f.hessian_lipschitz * np.linalg.norm(U - W)


def riccati(f: ss.MatrixFactorization, U0: np.ndarray, t: float) -> np.ndarray:
    """U U' at time t of gradient flow: P' = M P + P M - 2 P^2 has a closed form."""
    values, vectors = np.linalg.eigh(f.M)

    def of_m(g: np.ndarray) -> np.ndarray:
        return (vectors * g) @ vectors.T

    grown = of_m(np.exp(t * values)) @ U0
    with np.errstate(invalid="ignore"):
        integral = np.where(values == 0, 2 * t, np.expm1(2 * t * values) / values)
    inner = np.eye(f.rank) + U0.T @ of_m(integral) @ U0
    return grown @ np.linalg.solve(inner, grown.T)


def test_gradient_descent_follows_riccatis_flow_up_to_the_step() -> None:
    f = ss.MatrixFactorization.random(6, 2, seed=2, eigenvalues=[3.0, 2.0, 1.0, 0.0, -0.5, -1.0])
    U0 = np.random.default_rng(3).normal(size=(6, 2)) / 4
    t, errors = 2.0, []
    for step in (0.01, 0.005, 0.0025):
        run = ss.escape_times(
            f,
            ss.GradientDescent(step),
            initial=ss.At(U0.ravel()),
            trials=1,
            escape=ss.ValueBelow(-1.0),
            max_steps=round(t / step),
            record=("points",),
        )
        U = f.unflatten(run.points[0])["U"]
        truth = riccati(f, U0, t)
        errors.append(np.linalg.norm(U @ U.T - truth) / np.linalg.norm(truth))
    assert errors[0] < 0.01
    for coarse, fine in itertools.pairwise(errors):
        assert coarse / fine == pytest.approx(2.0, abs=0.1)


def test_leaving_the_origin_is_the_law_of_the_quadratic_saddle() -> None:
    # |q_1' U| grows by a = 1 + step lambda_1 until it is no longer small, and its square is
    # sigma^2 chi^2 with `rank` degrees of freedom
    from scipy import stats

    f = ss.MatrixFactorization.random(8, 2, seed=1, eigenvalues=[1.0])
    sigma, radius, a = 1e-6, 1e-3, 1.1
    times = ss.escape_times(
        f,
        ss.GradientDescent(0.1),
        initial=ss.Gaussian(sigma),
        escape=ss.LeavesSubspace(radius),
        trials=20_000,
        seed=1,
    )
    t = np.arange(times.steps.max() + 1)
    law = stats.chi2.sf((radius * a ** -t.astype(float) / sigma) ** 2, 2)
    empirical = np.searchsorted(np.sort(times.steps), t, side="right") / len(times)
    assert np.abs(empirical - law).max() < 1.95 / math.sqrt(len(times))


def test_runs_depend_on_ids_alone_and_find_the_minimum() -> None:
    f = some(5, 6, 2, [2.0, 1.0])
    step = 1 / f.smoothness
    times = check.runs_alike(f, ss.GradientDescent(step), escape=ss.ReachesMinimum(1e-8))
    assert times.escaped.all()
    assert np.all(times.value < 1e-8)
    check.runs_alike(f, ss.NoisyGradientDescent(step, 1e-3))
    check.runs_alike(
        f,
        ss.PerturbedGradientDescent(step, 1e-2, 1e-3, 5),
        initial=ss.At(np.zeros(f.dim)),
        trials=40,
    )
    assert check.runs_alike(
        f, ss.GradientDescent(step)
    ).escaped.all()  # start and escape by default


def test_values_near_the_minimum_keep_their_digits() -> None:
    f = ss.MatrixFactorization.random(12, 3, seed=7)
    minimum = f.stationary_point([0, 1, 2]).point
    for size in (1e-1, 1e-3, 1e-6):
        x = minimum + size * np.random.default_rng(1).normal(size=f.dim)
        slow = MatrixFactorization(f.M, 3).value(x)
        assert float(f.value(x)) == pytest.approx(slow, rel=1e-15 / size + 1e-13)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: ss.MatrixFactorization(np.ones((2, 3)), 1),
            r"M must be square, got shape \(2, 3\)",
        ),
        (lambda: ss.MatrixFactorization([1.0], 1), r"M must have shape \(n, d\), got \(1,\)"),
        (
            lambda: ss.MatrixFactorization([[1.0, 2.0], [0.0, 1.0]], 1),
            r"M must be symmetric, but M\[0, 1\] is 2 and M\[1, 0\] is 0; pass \(M \+ M.T\) / 2",
        ),
        (lambda: ss.MatrixFactorization(np.eye(2), 3), "rank must be a whole number <= 2, got 3"),
        (
            lambda: ss.MatrixFactorization.random(2, 1, eigenvalues=[1, 2, 3]),
            "eigenvalues must be at most dim = 2 numbers, got 3; raise dim",
        ),
        (
            lambda: ss.MatrixFactorization.random(4, 2).stationary_point([3]),
            "captured must be at most 2 different positions of positive eigenvalues or singular "
            r"values, 0 to 1, got \[3\]",
        ),
        (
            lambda: ss.MatrixFactorization(np.eye(40), 4).stationary_points(),
            r"would list 102,091 points, more than 4,096; use iter_stationary_points\(\)",
        ),
        (
            lambda: ss.MatrixFactorization(np.eye(2), 1).flatten(V=[1.0]),
            "flatten takes U, got V; pass each of them once, by name",
        ),
        (
            lambda: ss.MatrixFactorization(np.eye(2), 1).flatten(U=[1.0, 2.0]),
            r"U must have shape \(2, 1\) or \(n, 2, 1\), got \(2,\)",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(make: object, text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        make()
