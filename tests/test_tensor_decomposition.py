"""Orthogonal tensors: formulas, the geometry of the spheres, saddles, runs that stay on them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import landscape_checks as check
import saddlesim as ss
from references.tensor import TensorDecomposition

OBJECTIVES = ("one", "all", "cp")


def some(objective: str, d: int, seed: int = 0, m: int | None = None) -> ss.TensorDecomposition:
    f = ss.TensorDecomposition.random(d, objective, seed=seed)
    return f if m is None else ss.TensorDecomposition(f.components[:m], objective)


class Euclidean:
    """The same landscape with the derivatives of f on all of R^dim."""

    def __init__(self, f: ss.TensorDecomposition) -> None:
        self.f, self.dim, self.value = f, f.dim, f.value
        self.gradient, self.hvp = f.euclidean_gradient, f.euclidean_hvp


@pytest.mark.parametrize("objective", OBJECTIVES)
@given(seed=st.integers(0, 100), d=st.integers(1, 5), data=st.data())
def test_it_is_the_reference(objective: str, seed: int, d: int, data: st.DataObject) -> None:
    m = d if objective == "all" else data.draw(st.integers(1, d))
    f = some(objective, d, seed, m)
    slow = TensorDecomposition(f.components, objective, f.rows)
    X, V = np.random.default_rng(seed).normal(size=(2, 17, f.dim))
    check.agrees(Euclidean(f), slow, X, V)
    check.symmetric(Euclidean(f), X[0])
    check.round_trip(f, X)


def test_any_number_of_factors() -> None:
    for factors in (1, 5):
        f = ss.TensorDecomposition.random(3, "cp", factors=factors, seed=1)
        X, V = np.random.default_rng(1).normal(size=(2, 17, f.dim))
        check.agrees(f, TensorDecomposition(f.components, "cp", factors), X, V)
        check.stationary(f, f.stationary_points())
    assert ss.TensorDecomposition.random(3, "cp", factors=1).minimum_value == 0.5


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_derivatives_are_differences_and_it_describes_itself(objective: str) -> None:
    f = some(objective, 4)
    check.differences(Euclidean(f), np.random.default_rng(0).normal(size=f.dim), np.eye(f.dim))
    check.describes_itself(f)


@pytest.mark.parametrize("objective", ["one", "all"])
def test_the_riemannian_derivatives_are_those_along_retracted_curves(objective: str) -> None:
    # f(R(x + s v)) = f(x) + s <grad, v> + s^2 / 2 <v, Hess v> + O(s^3): the retraction is of
    # second order
    f, rng = some(objective, 4, seed=2), np.random.default_rng(3)
    x, h = f.retract(rng.normal(size=f.dim)), 1e-4
    for v in f.tangent_basis(x):
        ahead, here, behind = (float(f.value(f.retract(x + s * v))) for s in (h, 0, -h))
        assert v @ f.gradient(x) == pytest.approx((ahead - behind) / (2 * h), abs=1e-6)
        curvature = (ahead - 2 * here + behind) / h**2
        assert v @ f.hvp(x, v) == pytest.approx(curvature, abs=1e-5)
    # both are tangent, and do not see what is not
    v, normal = rng.normal(size=f.dim), x.copy()
    for found in (f.gradient(x), f.hvp(x, v)):
        np.testing.assert_allclose(f.project(x, found), found, atol=1e-13)
    np.testing.assert_allclose(f.hvp(x, normal), 0, atol=1e-13)
    np.testing.assert_allclose(f.project(x, f.euclidean_gradient(x)), f.gradient(x), atol=1e-13)
    check.symmetric(f, x)


@pytest.mark.parametrize(
    ("objective", "d", "m"),
    [(o, d, d) for o in OBJECTIVES for d in (2, 4)] + [("one", 5, 3), ("cp", 5, 3)],
)
def test_stationary_points_have_their_exact_spectrum(objective: str, d: int, m: int) -> None:
    f = some(objective, d, seed=4, m=m)
    points = f.stationary_points()
    check.stationary(f, points)
    assert len(points) == {"one": m, "all": 3, "cp": 2}[objective]
    best = min(points, key=lambda p: p.value)
    assert best.kind == "minimum"
    assert best.value == f.minimum_value
    for p in points:
        assert len(p.eigenvalues) == len(f.tangent_basis(p.point))
        assert np.abs(p.eigenvalues).max() <= f.smoothness
    if objective == "one" and d == m == 4:
        kinds = [p.kind for p in points]
        assert kinds == ["minimum", "strict saddle", "strict saddle", "maximum"]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_smoothness_bounds_the_hessian(objective: str) -> None:
    f, rng = some(objective, 4, seed=6), np.random.default_rng(2)
    largest = 0.0
    for _ in range(300):
        U = rng.normal(size=(f.rows, 4)) * np.exp(2 * rng.normal(size=(f.rows, 4)))
        x = f.retract(U.ravel()) if f.on_spheres else U.ravel() / np.linalg.norm(U, 2)
        largest = max(largest, float(np.linalg.norm(f.hvp(x, np.eye(f.dim)), 2)))
    assert f.smoothness / 3 < largest <= f.smoothness


def test_cp_has_local_minima_that_are_not_global() -> None:
    # with as many rows as components some runs end with two rows on one of them, with twice as
    # many rows none do
    shares = []
    for factors in (4, 8):
        f = ss.TensorDecomposition.random(4, "cp", factors=factors, seed=3)
        times = ss.escape_times(
            f,
            ss.GradientDescent(0.05),
            escape=ss.ReachesMinimum(1e-3),
            trials=200,
            max_steps=20_000,
            seed=4,
        )
        shares.append(times.escaped.mean())
        if factors == 4:
            stuck = times.value[~times.escaped]
            assert np.all(stuck > 0.2)  # a component that is left out costs 1/4
    assert 0.5 < shares[0] < 0.99
    assert shares[1] > 0.97


def test_the_origin_of_cp_is_no_minimum_although_its_hessian_is_zero() -> None:
    f = some("cp", 3)
    origin = f.stationary_points()[0]
    assert origin.kind == "degenerate"
    down = 0.1 * f.stationary_points()[1].point
    assert float(f.value(down)) < origin.value


@pytest.mark.parametrize("objective", ["one", "all"])
def test_retraction(objective: str) -> None:
    f, rng = some(objective, 5), np.random.default_rng(6)
    X = rng.normal(size=(300, f.dim)) * np.exp(rng.normal(size=(300, 1)) * 20)
    Y = f.retract(X)
    rows, given = (A.reshape(300, f.rows, 5) for A in (Y, X))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=2), 1, rtol=4e-16)
    np.testing.assert_allclose(
        rows, given / np.linalg.norm(given, axis=2, keepdims=True), rtol=0, atol=4e-16
    )
    np.testing.assert_array_equal(f.retract(Y), Y)  # what is there stays there


def test_starts_are_uniform_on_the_spheres() -> None:
    f, trials = some("all", 3), 20_000
    starts = f.default_initial().sample(f, trials=trials, seed=3).reshape(trials, 3, 3)
    np.testing.assert_allclose(np.linalg.norm(starts, axis=2), 1, rtol=4e-16)
    for i in range(3):  # a coordinate of a uniform point in three dimensions is uniform
        for k in range(3):
            law = stats.uniform(-1, 2).cdf
            assert stats.kstest(starts[:, i, k], law).statistic < 1.95 / math.sqrt(trials)
    assert abs(np.mean(starts[:, 0, 0] * starts[:, 1, 0])) < 4 / 3 / math.sqrt(trials)


@pytest.mark.parametrize("objective", ["one", "all"])
def test_steps_are_those_of_numpy(objective: str) -> None:
    f, step = some(objective, 4, seed=7), 0.02
    (x,) = f.default_initial().sample(f, trials=1, seed=9)
    run = ss.escape_times(
        f,
        ss.GradientDescent(step),
        escape=ss.ValueBelow(-2.0),
        trials=1,
        seed=9,
        max_steps=50,
        record=("points",),
    )
    for _ in range(50):
        u = (x - step * f.project(x, f.euclidean_gradient(x))).reshape(-1, 4)
        x = (u / np.linalg.norm(u, axis=1, keepdims=True)).ravel()
    np.testing.assert_allclose(run.points[0], x, rtol=0, atol=1e-13)
    along = ss.trajectories(f, ss.GradientDescent(step), steps=[0, 50], trials=1, seed=9)
    assert along.value[0, 1] == run.value[0]


@pytest.mark.parametrize("objective", ["one", "all"])
@pytest.mark.parametrize(
    "method",
    [
        ss.GradientDescent(0.02),
        ss.NoisyGradientDescent(0.02, 0.05),
        ss.PerturbedGradientDescent(0.02, 1e-3, 1e-3, 20),
    ],
    ids=lambda m: type(m).__name__,
)
def test_every_method_stays_on_the_spheres_and_finds_the_minimum(
    objective: str, method: ss.Method
) -> None:
    f = some(objective, 4, seed=8)
    times = check.runs_alike(f, method, max_steps=20_000)
    assert times.escaped.all()
    lengths = np.linalg.norm(times.points.reshape(-1, f.rows, 4), axis=2)
    np.testing.assert_allclose(lengths, 1, rtol=1e-15)
    limit = 0.1 - 1 if objective == "one" else 4 / 400
    assert np.all(times.value < limit)


def test_noisy_descent_solves_the_problem_of_ge_et_al() -> None:
    f = some("all", 10, seed=1)
    times = ss.escape_times(
        f, ss.NoisyGradientDescent(1 / 120, 0.1), trials=100, seed=2, record=("points",)
    )
    assert times.escaped.all()
    assert np.median(f.reconstruction_error(times.points)) < 0.015


def test_kicks_leave_a_saddle_and_rest_is_noticed() -> None:
    f = some("one", 3, seed=5)
    saddle = ss.At(f.stationary_points()[1].point)
    kicked = ss.escape_times(
        f, ss.PerturbedGradientDescent(0.02, 1e-3, 1e-6, 50), initial=saddle, trials=50, seed=1
    )
    assert kicked.escaped.all()
    assert kicked.perturbations.min() >= 1
    minimum = f.components[0]
    resting = ss.escape_times(
        f,
        ss.GradientDescent(0.05),
        initial=ss.Gaussian(0.1, center=minimum),
        escape=ss.ValueBelow(-2.0),
        trials=20,
        max_steps=20_000,
    )
    assert np.all(resting.outcome == ss.Outcome.STALLED)


def test_leaving_the_origin_of_cp_takes_the_inverse_square_of_the_start() -> None:
    # along a component u' = 2 u^3, so that leaving |u| = w takes 1 / (4 w^2) in time
    f, medians = some("cp", 3, seed=2), []
    for w in (0.04, 0.02):
        start = ss.At((w * f.components).ravel())
        times = ss.escape_times(f, ss.GradientDescent(0.05), initial=start, trials=1)
        assert times.escaped.all()
        medians.append(0.05 * int(times.steps[0]))
        assert medians[-1] == pytest.approx(1 / (4 * w**2), rel=0.05)
    assert medians[1] / medians[0] == pytest.approx(4, rel=0.05)


def test_the_reconstruction_error() -> None:
    f = some("all", 3, seed=3)
    slow = TensorDecomposition(f.components, "cp", 3)
    X = f.retract(np.random.default_rng(1).normal(size=(5, 9)))
    expected = [4 * slow.value(x) / 3 for x in X]
    np.testing.assert_allclose(f.reconstruction_error(X), expected, rtol=1e-12)
    assert float(f.reconstruction_error(f.components.ravel())) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: ss.TensorDecomposition([[1.0, 0.0], [1.0, 1.0]]),
            "components must have orthonormal rows, but A A' differs from the identity by 1; orth",
        ),
        (
            lambda: ss.TensorDecomposition(np.eye(2, 3), "all"),
            "components must be as many as their dimension for objective='all', got 2 in dimension",
        ),
        (
            lambda: ss.TensorDecomposition(np.eye(2), "al"),
            "objective must be one of 'one', 'all', 'cp', got 'al'; did you mean 'all'",
        ),
        (
            lambda: ss.TensorDecomposition(np.eye(2), factors=3),
            "factors can be chosen for objective='cp' only, got 3 for 'all'; leave it out",
        ),
        (
            lambda: ss.escape_times(
                some("all", 2), ss.GradientDescent(0.1), initial=ss.At(np.array([1.0, 0, 0, 0]))
            ),
            "At: row 1 of point 0 is zero and has no direction; start elsewhere",
        ),
        (
            lambda: ss.escape_times(some("all", 2), ss.HeavyBall(0.1)),
            "method must be one that can be retracted onto spheres, on which TensorDecomposition",
        ),
        (
            lambda: ss.trajectories(some("one", 2), ss.HeavyBall(0.1), steps=[0, 1]),
            "use GradientDescent, NoisyGradientDescent, PerturbedGradientDescent or GradientFlow",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(make: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()
