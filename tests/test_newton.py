"""Newton's method on the gradient: MINRES against dense least squares, and where points go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import saddlesim as ss
from saddlesim.newton import minres, polish
from test_symmetries import CASES

FACTORISATION = CASES["factorisation"][0]


def solved(f: ss.Landscape, X: np.ndarray, B: np.ndarray, accuracy: float = 1e-12) -> np.ndarray:
    return minres(f, X, B, np.full(len(B), accuracy), None)


def quadratic(seed: int, eigenvalues: np.ndarray) -> ss.QuadraticSaddle:
    return ss.QuadraticSaddle(np.random.default_rng(seed).permutation(eigenvalues), seed)


@given(seed=st.integers(0, 10**6), dim=st.integers(1, 25))
def test_indefinite_systems_are_solved(seed: int, dim: int) -> None:
    rng = np.random.default_rng(seed)
    f = quadratic(seed, rng.uniform(0.2, 2, dim) * rng.choice([-1, 1], dim))
    B = rng.normal(size=(7, dim))
    P = solved(f, np.zeros_like(B), B)
    expected = np.linalg.solve(f.hessian(np.zeros(dim)), B.T).T
    # dim + 2 steps of three-term recurrences, whose vectors are orthogonal to some digits only
    np.testing.assert_allclose(P, expected, atol=1e-7 * np.abs(expected).max(), rtol=0)


@given(seed=st.integers(0, 10**6), dim=st.integers(2, 25), zeros=st.integers(1, 10))
def test_singular_systems_are_solved_in_the_sense_of_least_squares(
    seed: int, dim: int, zeros: int
) -> None:
    rng = np.random.default_rng(seed)
    eigenvalues = rng.uniform(0.5, 2, dim) * rng.choice([-1, 1], dim)
    eigenvalues[: min(zeros, dim - 1)] = 0.0
    f = quadratic(seed, eigenvalues)
    H = f.hessian(np.zeros(dim))
    inside = rng.normal(size=(4, dim)) @ H  # of the range, in which the Krylov spaces stay
    P = solved(f, np.zeros_like(inside), inside)
    np.testing.assert_allclose(P, inside @ np.linalg.pinv(H, rcond=1e-9), atol=1e-6)

    B = rng.normal(size=(4, dim))
    P = solved(f, np.zeros_like(B), B)
    best = np.linalg.lstsq(H, B.T, rcond=1e-9)[0].T
    left, least = B - P @ H, B - best @ H
    # |H r| <= 1e-8 |H| |r|, over the smallest eigenvalue that is not 0, and the size of P's part
    # that H takes to 0 times its rounding
    np.testing.assert_allclose(left, least, atol=1e-5)
    np.testing.assert_allclose(
        np.linalg.norm(left, axis=1), np.linalg.norm(least, axis=1), rtol=1e-9, atol=1e-11
    )
    assert np.all(np.linalg.norm(P, axis=1) <= 1e6 * (1 + np.linalg.norm(best, axis=1)))


def test_rows_end_each_at_their_own_accuracy_and_do_not_know_of_one_another() -> None:
    f = FACTORISATION
    rng = np.random.default_rng(0)
    X, B = rng.normal(size=(2, 40, f.dim))
    accuracy = 10.0 ** rng.uniform(-12, -0.1, 40)
    P = minres(f, X, B, accuracy, None)
    left = np.linalg.norm(B - f.hvp(X, P), axis=1) / np.linalg.norm(B, axis=1)
    assert np.all(left <= accuracy + 1e-12)
    rough = accuracy > 1e-2
    assert np.median(left[rough] / accuracy[rough]) > 0.2  # no further than asked
    for i in (0, 7, 39):
        alone = minres(f, X[i : i + 1], B[i : i + 1], accuracy[i : i + 1], None)
        np.testing.assert_allclose(alone[0], P[i], rtol=1e-9, atol=1e-12)
    for threads in (1, 2, 3):
        np.testing.assert_array_equal(minres(f, X, B, accuracy, threads), P)


def test_residuals_are_those_of_dense_least_squares_at_stationary_points() -> None:
    """Hessians that symmetries make singular."""
    for name in ("factorisation", "asymmetric, not balanced", "deep linear", "tensor, all"):
        f = CASES[name][0]
        rng = np.random.default_rng(1)
        for p in f.stationary_points():
            H = f.hessian(p.point)
            if not H.any():
                continue
            B = rng.normal(size=(5, f.dim))
            P = solved(f, np.broadcast_to(p.point, B.shape).copy(), B)
            least = B - np.linalg.lstsq(H, B.T, rcond=1e-9)[0].T @ H
            np.testing.assert_allclose(
                np.linalg.norm(B - P @ H, axis=1),
                np.linalg.norm(least, axis=1),
                rtol=1e-7,
                atol=1e-9,
            )


def test_nothing_to_solve() -> None:
    f = ss.QuadraticSaddle([0.0, 0.0, 0.0])
    B = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(solved(f, np.zeros((2, 3)), B), 0)
    assert solved(f, np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)


# polishing


def polished(f: ss.Landscape, X: np.ndarray, iterations: int, tolerance: float = 1e-9) -> object:
    return polish(f, X, tolerance=np.full(len(X), tolerance), iterations=iterations, threads=None)


@pytest.mark.parametrize("captured", [[], [0], [1], [0, 2], [0, 1, 2]])
def test_near_a_saddle_or_minimum_convergence_is_quadratic(captured: list[int]) -> None:
    f = FACTORISATION
    x = f.stationary_point(captured).point
    steps = np.random.default_rng(2).normal(size=(10, f.dim))
    X = x + 0.02 * steps / np.linalg.norm(steps, axis=1)[:, None]
    sizes = np.array([polished(f, X, k).gradient_norm for k in range(7)])
    # |g+| <= (rho / 2) |p|^2 with p = -H^+ g, and the least of the eigenvalues is 1;
    # the solver's own accuracy, |g| / (1e8 tolerance), adds |g|^2 / 0.1
    factor = f.hessian_lipschitz / 2 + 10
    assert np.all(sizes[1:] <= np.maximum(factor * sizes[:-1] ** 2, 1e-10))
    assert np.all(sizes[-1] <= 1e-10)
    ends = polished(f, X, 20)
    assert ends.converged.all()
    np.testing.assert_allclose(
        f.invariants(ends.points), np.tile(f.invariants(x), (10, 1)), atol=1e-10
    )


@pytest.mark.parametrize("name", CASES)
def test_gradients_only_become_shorter(name: str) -> None:
    f = CASES[name][0]
    X = np.random.default_rng(5).normal(size=(12, f.dim))
    if f.on_spheres:
        X = f.core.retract(X)
    if isinstance(f, ss.Octopus):
        X = np.abs(X)
    before = np.linalg.norm(f.gradient(X), axis=1)
    for iterations in (1, 2, 4, 30):
        ends = polished(f, X, iterations)
        assert np.all(ends.gradient_norm[~ends.outside] <= before[~ends.outside])
        before = ends.gradient_norm
        np.testing.assert_allclose(
            ends.gradient_norm, np.linalg.norm(f.gradient(ends.points), axis=1), rtol=1e-12
        )
        np.testing.assert_array_equal(ends.converged, ~ends.outside & (ends.gradient_norm <= 1e-9))


def test_points_stay_on_spheres() -> None:
    f = CASES["tensor, all"][0]
    X = f.default_initial().sample(f, trials=50, seed=1)
    ends = polished(f, X, 50)
    assert ends.converged.mean() > 0.9
    rows = ends.points.reshape(50, f.rows, f.size)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=2), 1, atol=1e-14)
    saddles = ss.classify(f, ends.points[ends.converged]).counts
    assert saddles["strict saddle"] >= 5  # to which Newton's method goes as it does to minima


def test_starts_outside_stay_where_they_are() -> None:
    f = ss.Octopus(2)
    X = np.array([[0.1, 99.0], [0.1, 0.2], [-99.0, 0.0]])
    ends = polished(f, X, 50)
    np.testing.assert_array_equal(ends.outside, [True, False, True])
    np.testing.assert_array_equal(ends.converged, [False, True, False])
    np.testing.assert_array_equal(ends.points[[0, 2]], X[[0, 2]])
    np.testing.assert_allclose(ends.points[1], 0, atol=1e-15)
    assert polished(f, X[[0]], 50).outside.all()


def test_starts_without_a_gradient_are_there_already() -> None:
    f = ss.Octopus(3)
    X = np.array([p.point for p in f.stationary_points()])
    ends = polished(f, X, 50)
    np.testing.assert_array_equal(ends.points, X)
    np.testing.assert_array_equal(ends.gradient_norm, 0)
    assert ends.converged.all()
    start = X + 0.0
    polished(f, X + 0.01, 3)
    np.testing.assert_array_equal(X, start)  # what is given is not written to


def test_without_a_stationary_point_none_is_found() -> None:
    """f = -x on a line: |gradient| = 1 everywhere; the Hessian gives no direction."""

    class Slope(ss.QuadraticSaddle):
        def gradient(self, X: np.ndarray, *, threads: int | None = None) -> np.ndarray:
            return np.ones_like(X)

    ends = polished(Slope([0.0]), np.array([[2.0]]), 50)
    assert not ends.converged[0]
    assert ends.gradient_norm[0] == 1
    assert ends.points[0, 0] == 2


def test_a_step_is_no_longer_than_ten_times_the_way_to_the_start() -> None:
    f = ss.QuadraticSaddle([1e-6, 1.0])

    class Shifted(ss.QuadraticSaddle):
        def gradient(self, X: np.ndarray, *, threads: int | None = None) -> np.ndarray:
            return super().gradient(X, threads=threads) + 1.0

    one = polished(Shifted(f.eigenvalues), np.zeros((1, 2)), 1, 1e-12)
    assert np.linalg.norm(one.points[0]) <= 10 * (1 + 1e-12)


@pytest.mark.parametrize("threads", [2, 3])
def test_points_do_not_depend_on_threads(threads: int) -> None:
    f = CASES["students"][0]
    X = np.random.default_rng(0).normal(size=(60, f.dim))
    options = {"tolerance": np.full(60, 1e-10), "iterations": 30}
    one, more = (polish(f, X, threads=n, **options) for n in (1, threads))
    np.testing.assert_array_equal(more.points, one.points)
    np.testing.assert_array_equal(more.gradient_norm, one.gradient_norm)
