"""Sensing and quadratic networks: formulas in every form, the origin, the limit of much data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from references.matrix import MatrixFactorization, MatrixSensing
from references.network import QuadraticNetwork


@given(seed=st.integers(0, 100), d=st.integers(1, 5), n=st.integers(1, 40), data=st.data())
def test_sensing_is_the_reference(seed: int, d: int, n: int, data: st.DataObject) -> None:
    # n below and above d (d + 1) / 2: as given, and reduced
    rank = data.draw(st.integers(1, d))
    f = ss.MatrixSensing.random(d, rank, measurements=n, noise=0.1, seed=seed)
    X, V = np.random.default_rng(seed).normal(size=(2, 18, f.dim))
    check.agrees(f, MatrixSensing(f.measurements, f.targets, rank), X, V)
    check.symmetric(f, X[0])
    check.round_trip(f, X)


@pytest.mark.parametrize(("d", "rank", "n"), [(17, 3, 90), (24, 2, 160), (17, 2, 40)])
def test_sensing_of_several_tiles_is_the_reference(d: int, rank: int, n: int) -> None:
    f = ss.MatrixSensing.random(d, rank, measurements=n, noise=0.1)
    X, V = np.random.default_rng(d).normal(size=(2, 18, f.dim))
    check.agrees(f, MatrixSensing(f.measurements, f.targets, rank), X, V)
    check.symmetric(f, X[0])


def test_estimates_of_sensing_settle_no_threshold_wrongly() -> None:
    # beside the gradient f cancels: near its zero the exact value must decide
    f = ss.MatrixSensing.random(6, 2, seed=1)
    method = ss.GradientDescent(0.2 / f.smoothness)
    for threshold in (1e-4, 1e-12, 1e-20):
        times = ss.escape_times(
            f,
            method,
            initial=ss.Gaussian(0.3),
            escape=ss.ValueBelow(threshold),
            trials=5,
            max_steps=100_000,
            record=("points",),
        )
        assert times.points is not None
        assert np.all(f.value(times.points[times.escaped]) < threshold)
        assert np.any(times.escaped)


@given(seed=st.integers(0, 100), d=st.integers(1, 5), n=st.integers(1, 70), width=st.integers(1, 9))
def test_quadratic_networks_are_the_reference(seed: int, d: int, n: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    f = ss.QuadraticNetwork(rng.normal(size=(n, d)), rng.normal(size=n), width)
    X, V = rng.normal(size=(2, 18, f.dim))
    check.agrees(f, QuadraticNetwork(f.X, f.y, width), X, V)
    check.symmetric(f, X[0])
    check.round_trip(f, X)


def test_quadratic_networks_take_the_cheaper_form_and_both_agree() -> None:
    rng = np.random.default_rng(3)
    wide = ss.QuadraticNetwork.random(6, width=12, samples=200)
    narrow = ss.QuadraticNetwork.random(6, width=1, samples=15)
    assert type(wide.core).__name__ == "MatrixSensing"
    assert type(narrow.core).__name__ == "QuadraticNetwork"
    for f in (wide, narrow):
        outer = f.X[:, :, None] * f.X[:, None, :]
        x, v = rng.normal(size=(2, f.dim))
        W = x.reshape(f.size, f.width)
        np.testing.assert_allclose(f.predictions(x), np.sum((f.X @ W) ** 2, axis=1), rtol=1e-12)
        if f.width <= f.size:
            same = ss.MatrixSensing(outer, f.y, f.width)
            np.testing.assert_allclose(f.gradient(x), same.gradient(x), rtol=1e-10, atol=1e-10)
            np.testing.assert_allclose(f.hvp(x, v), same.hvp(x, v), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "f",
    [
        ss.MatrixSensing.random(4, 2, seed=1),
        ss.MatrixSensing.random(4, 2, measurements=7, seed=1),
        ss.QuadraticNetwork.random(4, seed=1),
        ss.QuadraticNetwork.random(4, width=2, planted=2, seed=1),
    ],
    ids=repr,
)
def test_derivatives_constants_and_stationary_points(f: ss.Landscape) -> None:
    rng = np.random.default_rng(0)
    check.differences(f, rng.normal(size=f.dim), np.eye(f.dim))
    check.describes_itself(f)
    origin, planted = f.stationary_points()
    check.stationary(f, [origin, planted])
    assert origin.kind in ("strict saddle", "maximum")  # by the signs of -C
    assert planted.kind == "minimum"
    assert planted.value == f.minimum_value == 0.0
    # the estimate of smoothness holds on the way to the minimum
    point = planted.point
    for x in [t * point for t in (0.25, 0.5, 1.0)]:
        assert np.linalg.norm(f.hvp(x, np.eye(f.dim)), 2) <= f.smoothness
    H, K = (f.hvp(x, np.eye(f.dim)) for x in (point, 0.5 * point))
    assert np.linalg.norm(H - K, 2) <= f.hessian_lipschitz * np.linalg.norm(point / 2)


def test_many_measurements_are_matrix_factorisation() -> None:
    # E grad = (U U' - M) U; the error of a mean over n is O(1 / sqrt(n)), here within a few
    # standard errors of each entry
    rng, d, rank = np.random.default_rng(1), 4, 2
    U = rng.normal(size=(d, rank)) / 2
    errors = []
    for n in (1000, 16_000):
        f = ss.MatrixSensing.random(d, rank, measurements=n, seed=3)
        M = f.solution @ f.solution.T
        limit = MatrixFactorization(M, rank)
        errors.append(np.linalg.norm(f.gradient(U.ravel()) - limit.gradient(U.ravel())))
        spread = np.linalg.norm(U @ U.T - M) * np.linalg.norm(U) * math.sqrt(2 * d)
        assert errors[-1] < 4 * spread / math.sqrt(n)
        assert float(f.value(U.ravel())) == pytest.approx(
            limit.value(U.ravel()), rel=4 * math.sqrt(2 / n) * 2
        )
    assert errors[1] < errors[0]


def test_many_gaussian_samples_are_the_population_loss() -> None:
    # 1/2 |D|^2 + 1/4 (tr D)^2 by Isserlis' theorem, D = W W' - W* W*'
    f = ss.QuadraticNetwork.random(3, width=2, samples=40_000, seed=2)
    W = np.random.default_rng(5).normal(size=(3, 2))
    D = W @ W.T - f.solution @ f.solution.T
    population = np.sum(D**2) / 2 + np.trace(D) ** 2 / 4
    squares = (f.predictions(W.ravel()) - f.y) ** 2 / 4
    error = 4 * squares.std() / math.sqrt(len(squares))
    assert float(f.value(W.ravel())) == pytest.approx(population, abs=error)


def test_noise_leaves_the_minimum_unknown() -> None:
    f = ss.MatrixSensing.random(3, 1, noise=0.5, seed=4)
    assert math.isnan(f.minimum_value)
    assert [p.name for p in f.stationary_points()] == ["the origin"]
    with pytest.raises(ValueError, match="whose global minimum is not known; use ValueBelow or"):
        ss.escape_times(f, ss.GradientDescent(0.1), escape=ss.ReachesMinimum())


@pytest.mark.parametrize(
    "f", [ss.MatrixSensing.random(6, 2, seed=5), ss.QuadraticNetwork.random(5, seed=5)], ids=repr
)
def test_runs_depend_on_ids_alone_and_find_the_minimum(f: ss.Landscape) -> None:
    step = 1 / f.smoothness
    times = check.runs_alike(f, ss.GradientDescent(step), escape=ss.ReachesMinimum(1e-8))
    assert times.escaped.all()
    assert check.runs_alike(f, ss.NoisyGradientDescent(step, 1e-3)).escaped.all()
    pgd = ss.PerturbedGradientDescent(step, 1e-2, 1e-3, 5)
    kicked = check.runs_alike(f, pgd, initial=ss.At(np.zeros(f.dim)), trials=40)
    assert kicked.escaped.all()
    assert kicked.perturbations.min() >= 1


def test_data_belong_to_their_seed() -> None:
    a, b = (ss.MatrixSensing.random(3, 1, seed=s) for s in (1, 2))
    assert a == ss.MatrixSensing.random(3, 1, seed=1)
    assert a != b
    assert abs(np.corrcoef(a.measurements.ravel(), b.measurements.ravel())[0, 1]) < 4 / 270**0.5
    assert a.measurements.std() == pytest.approx(1, abs=4 / (2 * 270) ** 0.5)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: ss.MatrixSensing(np.ones((3, 2)), np.ones(3), 1),
            r"measurements must have shape \(n, d, d\), one matrix a measurement, got \(3, 2\)",
        ),
        (
            lambda: ss.MatrixSensing(np.ones((3, 2, 2)), np.ones(2), 1),
            r"targets must have shape \(3,\), got \(2,\)",
        ),
        (
            lambda: ss.MatrixSensing(np.ones((3, 2, 2)), np.ones(3), 3),
            "rank must be a whole number <= 2, got 3; the matrix has 2 rows",
        ),
        (
            lambda: ss.MatrixSensing(np.ones((3, 2, 2)), np.ones(3), 1, solution=np.ones((2, 2))),
            r"solution must have shape \(2, 1\), got \(2, 2\)",
        ),
        (lambda: ss.QuadraticNetwork(np.ones((3, 2)), np.ones(3), 0), "width must be a whole numb"),
        (
            lambda: ss.QuadraticNetwork.random(4, width=2, planted=3),
            "planted must be a whole number <= 2, got 3",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(make: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()
