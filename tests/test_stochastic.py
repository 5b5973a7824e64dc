"""Stochastic gradient descent: its noise against its laws, its bits, its parameters and errors."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

import laws
import saddlesim as ss
from digests import digest
from saddlesim import _core
from saddlesim.landscapes import data
from saddlesim.methods.covariance import covariance_factor
from sampled import LANDSCAPES, Array

SHARED = "sensing"

TRIALS, STEPS, ETA, SCALE = 20_000, 25, 0.1, 0.4
EIGENVALUES = np.array([-1.0, 2.0, 0.5, -0.3, 1.0])
VARIANCES = np.array([1.0, 4.0, 0.0, 0.25, 2.0])
ROOT = data.normals(0, "stochastic, root", (5, 3))


def walk(method: ss.Method, eigenvalues: Array = EIGENVALUES, **options: object) -> Array:
    times = ss.escape_times(
        ss.QuadraticSaddle(eigenvalues),
        method,
        **{
            "initial": ss.At(np.zeros(5)),
            "escape": ss.LeavesBall(radius=1e6),
            "trials": TRIALS,
            "max_steps": STEPS,
            "seed": 8,
            "record": ("points",),
        }
        | options,
    )
    assert times.points is not None
    assert np.all(times.steps == STEPS)
    return times.points


def deviations(variances: Array, eigenvalues: Array = EIGENVALUES) -> Array:
    a2 = (1 - ETA * eigenvalues) ** 2
    s2 = (ETA * SCALE) ** 2 * variances
    return np.sqrt(s2 * np.where(a2 == 1, STEPS, (a2**STEPS - 1) / (a2 - 1)))


@pytest.mark.parametrize("variances", [None, VARIANCES], ids=["isotropic", "diagonal"])
def test_noise_at_every_step_is_an_autoregression(variances: Array | None) -> None:
    x = walk(ss.StochasticGradientDescent(ETA, noise_scale=SCALE, covariance=variances))
    expected = deviations(np.ones(5) if variances is None else variances)
    for j in range(5):
        if expected[j] == 0:
            assert not x[:, j].any()
            continue
        distance = stats.kstest(x[:, j] / expected[j], "norm").statistic
        assert distance < laws.ks_limit(TRIALS)
        wrong = stats.kstest(x[:, j] / (1.1 * expected[j]), "norm").statistic
        assert wrong > laws.ks_limit(TRIALS)
    assert np.abs(np.corrcoef(x[:, expected > 0].T) - np.eye(np.count_nonzero(expected))).max() < (
        4.5 / math.sqrt(TRIALS)
    )


def test_noise_has_its_covariance() -> None:
    # where all eigenvalues are the same, x_t has a multiple of the covariance of one step
    covariance, eigenvalues = ROOT @ ROOT.T, np.full(5, -0.7)
    method = ss.StochasticGradientDescent(ETA, noise_scale=SCALE, covariance=covariance)
    x = walk(method, eigenvalues)
    for direction in np.vstack([np.eye(5), data.normals(1, "stochastic, directions", (6, 5))]):
        variance = direction @ covariance @ direction
        along = x @ direction / deviations(np.array([variance]), eigenvalues[:1])
        assert stats.kstest(along, "norm").statistic < laws.ks_limit(TRIALS)
    # the covariance has rank 3
    nowhere = np.linalg.svd(ROOT)[0][:, 3:]
    assert np.abs(x @ nowhere).max() < 1e-6 * np.abs(x).max()


def test_an_identity_in_any_form_is_the_same_noise() -> None:
    plain, noisy, ones, matrix = (
        walk(method, trials=50)
        for method in (
            ss.StochasticGradientDescent(ETA, noise_scale=SCALE),
            ss.NoisyGradientDescent(ETA, SCALE, noise="gaussian"),
            ss.StochasticGradientDescent(ETA, noise_scale=SCALE, covariance=np.ones(5)),
            ss.StochasticGradientDescent(ETA, noise_scale=SCALE, covariance=np.eye(5)),
        )
    )
    np.testing.assert_array_equal(plain, noisy)
    np.testing.assert_allclose(ones, plain, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(matrix, plain, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("size", [1, 2, 7, 30])
def test_factors_of_covariances(size: int) -> None:
    for rank in {1, size // 2 + 1, size}:
        root = data.normals(size, "stochastic, factors", (size, rank))
        covariance = root @ root.T
        L = covariance_factor(covariance)
        assert L.shape == (size, rank)
        np.testing.assert_allclose(L @ L.T, covariance, atol=1e-11 * np.abs(covariance).max())
    assert covariance_factor(np.zeros((size, size))).shape == (size, 0)
    walk(ss.StochasticGradientDescent(ETA, noise_scale=1, covariance=np.zeros((5, 5))), trials=3)


@pytest.mark.parametrize("perturbed", [False, True])
def test_a_covariance_is_that_of_x_also_where_runs_have_a_frame(perturbed: bool) -> None:
    f = ss.MatrixFactorization.random(4, 2, seed=3, eigenvalues=[2.0, 1.0, 0.5])
    assert f.frame is not None
    root = data.normals(2, "stochastic, framed", (f.dim, 4))
    covariance, start = root @ root.T, data.normals(3, "stochastic, framed", (f.dim,))
    if perturbed:
        method: ss.Method = ss.PerturbedStochasticGradientDescent(
            ETA, 3.0, noise_scale=SCALE, covariance=covariance
        )
        whole = SCALE**2 * covariance + 9.0 / f.dim * np.eye(f.dim)
    else:
        method = ss.StochasticGradientDescent(ETA, noise_scale=SCALE, covariance=covariance)
        whole = SCALE**2 * covariance
    times = ss.escape_times(
        f,
        method,
        initial=ss.At(start),
        escape=ss.LeavesBall(radius=1e6),
        trials=TRIALS,
        max_steps=1,
        record=("points",),
    )
    assert times.points is not None
    added = (times.points - (start - ETA * f.gradient(start))) / ETA
    for direction in np.vstack([np.eye(f.dim), data.normals(4, "stochastic, framed", (4, f.dim))]):
        scaled = added @ direction / math.sqrt(direction @ whole @ direction)
        assert stats.kstest(scaled, "norm").statistic < laws.ks_limit(TRIALS)
    traced = ss.trajectories(f, method, steps=[0, 1], initial=ss.At(start), trials=5)
    np.testing.assert_allclose(traced.value[:, 1], times.value[:5], rtol=1e-10)
    assert f.frame is not None  # the landscape itself is what it was


def test_starts_are_those_of_other_methods() -> None:
    f = ss.MatrixFactorization.random(5, 2, seed=3)
    for g, methods in (
        (LANDSCAPES[SHARED], [ss.StochasticGradientDescent(0.1, 4)]),
        (f, [ss.StochasticGradientDescent(0.1, noise_scale=1, covariance=np.ones(f.dim))]),
    ):
        runs = [
            ss.escape_times(g, method, trials=30, max_steps=0, record=("points",)).points
            for method in [ss.GradientDescent(0.1), *methods]
        ]
        np.testing.assert_allclose(runs[0], runs[1], rtol=1e-12, atol=1e-15)


METHODS: dict[str, ss.Method] = {
    "with": ss.StochasticGradientDescent(0.02, 3),
    "without": ss.StochasticGradientDescent(0.02, 7, replacement=False),
    "noise": ss.StochasticGradientDescent(
        0.02, 2, noise_scale=0.3, covariance=np.linspace(0, 1, 12)
    ),
    "matrix": ss.StochasticGradientDescent(
        0.02, noise_scale=0.3, covariance=np.diag(np.linspace(0, 1, 12)) + 0.1
    ),
    "perturbed": ss.PerturbedStochasticGradientDescent(0.02, 0.1, 5, replacement=False),
    "perturbed, whole": ss.PerturbedStochasticGradientDescent(0.02, 0.1),
}
CUTS = ((0, 50), (50, 120), (77, 78))
GOLDEN = {
    "with": "0830ccdff30961e9",
    "without": "00bfdfb92a1be485",
    "noise": "1a2a888a57334669",
    "matrix": "3b85d63e29d8c6af",
    "perturbed": "8dd4ce6c302580e8",
    "perturbed, whole": "4d53cb35ee8b428c",
}


def run(name: str, **options: object) -> ss.EscapeTimes:
    f = LANDSCAPES[SHARED]
    good = {"escape": ss.ValueBelow(0.5 * f.value(np.zeros(f.dim))), "initial": ss.Gaussian(0.1)}
    fixed = {"trials": 120, "max_steps": 90, "seed": 4, "record": ("points",)}
    return ss.escape_times(f, METHODS[name], **(good | fixed | options))


def columns(times: ss.EscapeTimes, rows: slice = slice(None)) -> list[Array]:
    assert times.points is not None
    names = ("steps", "outcome", "points", "value", "gradient_norm", "gradient_evaluations")
    return [getattr(times, name)[rows] for name in names]


@pytest.mark.parametrize("name", METHODS)
def test_bits_depend_on_seed_and_trajectory_alone(name: str) -> None:
    whole = run(name, threads=1)
    assert len(np.unique(whole.steps)) > 5
    same = [(run(name, threads=3), slice(None))]
    same += [(run(name, trials=range(i, j)), slice(i, j)) for i, j in CUTS]
    for other, rows in same:
        for a, b in zip(columns(whole, rows), columns(other), strict=True):
            np.testing.assert_array_equal(a, b)
    assert digest(columns(run(name, seed=5))) != digest(columns(whole))


@pytest.mark.parametrize("name", METHODS)
def test_golden_bits(name: str) -> None:
    assert digest(columns(run(name))) == GOLDEN[name]


@pytest.mark.parametrize("name", METHODS)
def test_single_precision_is_near(name: str) -> None:
    options = {"max_steps": 20, "escape": ss.ValueBelow(-1.0)}
    double, single = run(name, **options), run(name, dtype="float32", **options)
    assert double.points is not None
    np.testing.assert_allclose(single.points, double.points, atol=2e-5)


def test_a_perturbation_of_no_size_would_be_none_and_sizes_add_up() -> None:
    # xi ~ N(0, r^2 / d): together with noise of scale s that is one of scale sqrt(s^2 + r^2 / d)
    together = walk(ss.PerturbedStochasticGradientDescent(ETA, 0.3, noise_scale=SCALE), trials=50)
    scale = math.hypot(SCALE, 0.3 / math.sqrt(5))
    alone = walk(ss.StochasticGradientDescent(ETA, noise_scale=scale), trials=50)
    np.testing.assert_array_equal(together, alone)
    only = walk(ss.PerturbedStochasticGradientDescent(ETA, 0.3), trials=50)
    alone = walk(ss.StochasticGradientDescent(ETA, noise_scale=0.3 / math.sqrt(5)), trials=50)
    np.testing.assert_array_equal(only, alone)


def test_theory_sets_the_parameters_of_psgd() -> None:
    f = ss.Octopus(6)
    l, rho = f.smoothness, f.hessian_lipschitz  # noqa: E741
    eps, variance, gap = 0.1, 0.02, 3.0
    theory = ss.PerturbedStochasticGradientDescent.from_theory
    loose = theory(f, eps, gradient_variance=variance, value_gap=gap, noise_scale=0.1)
    N = 1 + variance * 6 / eps**2
    assert loose.step_size == pytest.approx(1 / (l * N))
    assert loose.radius == pytest.approx(eps * math.sqrt(N))
    assert loose.noise_scale == 0.1
    smooth = theory(
        f, eps, gradient_variance=variance, value_gap=gap, stochastic_smoothness=l, iota=2.0
    )
    N = 1 + min(variance * 6 / eps**2, variance / eps**2 + l / math.sqrt(rho * eps))
    assert smooth.step_size == pytest.approx(1 / (2**9 * l * N))
    assert smooth.radius == pytest.approx(2 * eps * math.sqrt(N))
    promise = smooth.guarantee
    assert promise is not None
    assert promise.chosen["N"] == pytest.approx(N)
    assert promise.iterations == pytest.approx(gap * 2**6 * 2**9 * l * N / eps**2)
    assert "PSGD" in repr(promise)
    # without noise it is gradient descent with a perturbation of epsilon
    quiet = theory(f, eps, gradient_variance=0.0, value_gap=gap)
    assert (quiet.step_size, quiet.radius) == pytest.approx((1 / l, eps))


def test_psgd_leaves_a_saddle() -> None:
    f = ss.Octopus(3)
    method = ss.PerturbedStochasticGradientDescent.from_theory(f, 0.1, gradient_variance=0.01)
    times = ss.escape_times(f, method, initial=ss.At(np.zeros(3)), trials=50)
    assert np.all(times.outcome == ss.Outcome.ESCAPED)


def test_methods_describe_themselves() -> None:
    make, array = ss.StochasticGradientDescent, np.array([1.0, 2.0])
    assert repr(make(0.1, 8)) == "StochasticGradientDescent(step_size=0.1, batch_size=8)"
    full = make(0.1, 8, replacement=False, noise_scale=2, covariance=array)
    text = "step_size=0.1, batch_size=8, replacement=False, noise_scale=2, covariance=[1.0, 2.0]"
    assert repr(full) == f"StochasticGradientDescent({text})"
    assert full == make(0.1, 8, replacement=False, noise_scale=2, covariance=[1, 2])
    assert full != make(0.1, 8, replacement=False, noise_scale=2, covariance=[1, 3])
    assert hash(full) == hash(make(0.1, 8, replacement=False, noise_scale=2, covariance=array))
    assert full.content()["batch_size"] == 8
    perturbed = ss.PerturbedStochasticGradientDescent(0.1, 0.2, noise_scale=1)
    text = "PerturbedStochasticGradientDescent(step_size=0.1, radius=0.2, noise_scale=1)"
    assert repr(perturbed) == text
    array[0] = 7.0
    assert full.covariance is not None
    assert full.covariance[0] == 1.0  # a copy
    assert make(0.1, noise_scale=1).isotropic
    assert not full.isotropic


def on(f: ss.Landscape, method: ss.Method) -> Callable[[], object]:
    return lambda: ss.escape_times(f, method, trials=2, max_steps=1)


SGD, SADDLE = ss.StochasticGradientDescent, ss.QuadraticSaddle([-1.0, 1.0])
ERRORS: list[tuple[Callable[[], object], type[Exception], str]] = [
    (
        lambda: SGD(0.1),
        ValueError,
        "StochasticGradientDescent must have a batch_size or a positive noise_scale; "
        "use GradientDescent for neither",
    ),
    (
        lambda: SGD(0.1, 0),
        ValueError,
        "batch_size must be a whole number >= 1, got 0; or pass None for the whole gradient",
    ),
    (lambda: SGD(0.1, 2.5), TypeError, "batch_size must be a whole number >= 1, got 2.5; or pass"),
    (
        lambda: SGD(0.1, 3, replacement=1),  # type: ignore[arg-type]
        TypeError,
        "replacement must be True or False, got 1",
    ),
    (
        lambda: SGD(0.1, 3, noise_scale=-1),
        ValueError,
        "noise_scale must be a number >= 0 and finite, got -1",
    ),
    (
        lambda: SGD(0.1, 3, covariance=[1.0]),
        ValueError,
        "noise_scale must be positive with a covariance, got 0; pass noise_scale=1 for noise of "
        "that covariance",
    ),
    (
        lambda: SGD(0.1, noise_scale=1, covariance=[1.0, -2.0]),
        ValueError,
        "covariance must be variances >= 0, but covariance[1] is -2; give the squares",
    ),
    (
        lambda: SGD(0.1, noise_scale=1, covariance=[[0.0, 1.0], [1.0, 0.0]]),
        ValueError,
        "covariance must be positive semidefinite, but it has the eigenvalue -1; a covariance is "
        "L L' for some L",
    ),
    (
        lambda: SGD(0.1, noise_scale=1, covariance=[[1.0, 2.0], [0.0, 1.0]]),
        ValueError,
        "covariance must be symmetric, but covariance[0, 1] is 2 and covariance[1, 0] is 0",
    ),
    (
        on(SADDLE, SGD(0.1, noise_scale=1, covariance=np.ones(3))),
        ValueError,
        "covariance must have shape (2,) or (2, 2) on QuadraticSaddle(eigenvalues=[-1.0, 1.0]), "
        "got (3,); the landscape has dim = 2",
    ),
    (
        on(SADDLE, SGD(0.1, 4)),
        ValueError,
        "batch_size must be None on QuadraticSaddle, which is no sum over samples, got 4; "
        "noise_scale=... adds Gaussian noise instead",
    ),
    (
        on(LANDSCAPES["ReLU"], SGD(0.1, 10, replacement=False)),
        ValueError,
        "batch_size must be at most 9, the number of samples, without replacement, got 10; lower "
        "it, or pass replacement=True",
    ),
    (
        lambda: ss.PerturbedStochasticGradientDescent(0.1, 0.0),
        ValueError,
        "radius must be a positive number and finite, got 0.0",
    ),
    (
        lambda: SGD(0.1, 3).lower(_core, 0),
        TypeError,
        "StochasticGradientDescent is lowered for a landscape; use lower_on",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), ERRORS)
def test_errors_say_what_is_wrong(
    call: Callable[[], object], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=re.escape(text)):
        call()


def test_landscapes_without_samples_have_none() -> None:
    assert SADDLE.samples == 0
    with pytest.raises(NotImplementedError, match="QuadraticSaddle has no samples"):
        SADDLE.lower_samples(_core)
