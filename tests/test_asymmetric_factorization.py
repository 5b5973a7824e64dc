"""Factorisation into two factors: formulas, exact spectra, and what flow conserves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from references.matrix import AsymmetricFactorization

Factorization = ss.AsymmetricMatrixFactorization


@given(
    seed=st.integers(0, 100),
    shape=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    data=st.data(),
    balance=st.sampled_from([0.0, 1.0, 0.3]),
)
def test_it_is_the_reference(
    seed: int, shape: tuple[int, int], data: st.DataObject, balance: float
) -> None:
    rank = data.draw(st.integers(1, min(shape)))
    rng = np.random.default_rng(seed)
    M = rng.normal(size=shape) if seed % 2 else np.outer(*(rng.normal(size=n) for n in shape))
    f = Factorization(M, rank, balance)
    X, V = rng.normal(size=(2, 18, f.dim))
    check.agrees(f, AsymmetricFactorization(M, rank, balance), X, V)
    check.symmetric(f, X[0])
    check.round_trip(f, X)


def test_derivatives_are_differences_and_it_describes_itself() -> None:
    f = Factorization.random(4, 2, columns=3, seed=1, singular_values=[2.0, 1.0, 0.5])
    check.differences(f, np.random.default_rng(0).normal(size=f.dim), np.eye(f.dim))
    check.describes_itself(f)


@pytest.mark.parametrize("balance", [0.0, 1.0, 0.25])
@pytest.mark.parametrize(("columns", "rank"), [(4, 1), (4, 2), (6, 3), (3, 3)])
def test_all_stationary_points_have_their_exact_spectrum(
    balance: float, columns: int, rank: int
) -> None:
    f = Factorization.random(
        4, rank, columns=columns, balance=balance, seed=3, singular_values=[3.0, 2.0, 1.0]
    )
    points = f.stationary_points()
    assert len(points) == sum(math.comb(3, k) for k in range(rank + 1))
    check.stationary(f, points)
    for p in points:
        assert (p.kind == "minimum") == (p.value <= f.minimum_value + 1e-12)
        assert (p.kind == "minimum") == (p.min_eigenvalue >= 0)


@pytest.mark.parametrize("balance", [0.0, 1.0, 3.0])
def test_the_constants_bound_the_hessian_where_they_say(balance: float) -> None:
    f = Factorization.random(4, 2, columns=5, seed=2, balance=balance, singular_values=[2.0, 1.0])
    rng, radius = np.random.default_rng(1), math.sqrt(2 * f.spectral_norm)

    def point() -> np.ndarray:
        factors = [rng.normal(size=shape) for shape in f.parts.values()]
        return np.concatenate([(radius / np.linalg.norm(F, 2) * F).ravel() for F in factors])

    for _ in range(50):
        x, y = point(), point()
        H, K = (f.hvp(p, np.eye(f.dim)) for p in (x, y))
        assert np.linalg.norm(H, 2) <= f.smoothness
        assert np.linalg.norm(H - K, 2) <= f.hessian_lipschitz * np.linalg.norm(x - y)


def test_flow_conserves_the_imbalance_up_to_the_step() -> None:
    f = Factorization.random(5, 2, columns=4, balance=0.0, seed=4, singular_values=[2.0, 1.0, 0.5])
    start, drifts = np.random.default_rng(2).normal(size=f.dim) / 2, []

    def imbalance(x: np.ndarray) -> np.ndarray:
        U, V = f.unflatten(x).values()
        return U.T @ U - V.T @ V

    for step in (0.01, 0.005):
        run = ss.escape_times(
            f,
            ss.GradientDescent(step),
            initial=ss.At(start),
            trials=1,
            escape=ss.ValueBelow(-1.0),
            max_steps=round(5 / step),
            record=("points",),
        )
        drifts.append(np.linalg.norm(imbalance(run.points[0]) - imbalance(start)))
    assert 0 < drifts[0] < 0.02
    assert drifts[0] / drifts[1] == pytest.approx(2.0, abs=0.1)


def test_runs_depend_on_ids_alone_and_find_the_minimum() -> None:
    f = Factorization.random(6, 2, columns=4, seed=5)
    step = 1 / f.smoothness
    times = check.runs_alike(f, ss.GradientDescent(step), escape=ss.ReachesMinimum(1e-8))
    assert times.escaped.all()
    assert check.runs_alike(f, ss.NoisyGradientDescent(step, 1e-3)).escaped.all()
    minimum = f.stationary_point([0, 1]).point
    for size in (1e-1, 1e-4):  # values near the minimum keep their digits
        x = minimum + size * np.random.default_rng(1).normal(size=f.dim)
        slow = AsymmetricFactorization(f.M, 2, 1.0).value(x)
        assert float(f.value(x)) == pytest.approx(slow, rel=1e-15 / size + 1e-13)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Factorization(np.ones((2, 3)), 3), "rank must be a whole number <= 2, got 3"),
        (lambda: Factorization(np.eye(2), 1, -1), "balance must be a number >= 0 and finite, got"),
        (
            lambda: Factorization([[math.nan]], 1),
            r"M must be finite, but M\[0, 0\] is nan; remove or replace the 1 entries",
        ),
        (
            lambda: Factorization.random(2, 1, singular_values=[1, -1]),
            r"singular_values must be at most 2 numbers >= 0, got \[1.0, -1.0\]",
        ),
        (
            lambda: Factorization(np.eye(2), 1).flatten(U=np.ones((3, 2, 1)), V=[[1.0], [2.0]]),
            r"all arrays must stand for the same number of points, got U \(3, 2, 1\), V \(2, 1\)",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(make: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()
