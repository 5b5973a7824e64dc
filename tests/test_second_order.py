"""Second-order stationarity as a criterion, and curvature along trajectories."""

from __future__ import annotations

import math
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from saddlesim.krylov import most_products
from test_symmetries import CASES

GD = ss.GradientDescent(0.1)
FACTORISATION = ss.MatrixFactorization.random(5, 3, seed=1, eigenvalues=[3, 2, 1, -1, -2])
TENSOR = ss.TensorDecomposition.random(4, "all", seed=1)


def holds(f: ss.Landscape, x: object, escape: ss.Escape, **options: object) -> bool:
    times = ss.escape_times(
        f, GD, initial=ss.At(x), escape=escape, trials=1, max_steps=0, **options
    )
    return bool(times.escaped[0])


# the criterion


@given(
    seed=st.integers(0, 10**6),
    dim=st.integers(1, 20),
    turned=st.booleans(),
    smallest=st.sampled_from([-3.0, -0.1, -1e-3, 0.0, 1.0]),
)
def test_it_holds_where_gradient_and_curvature_are_within_their_tolerances(
    seed: int, dim: int, turned: bool, smallest: float
) -> None:
    rng = np.random.default_rng(seed)
    others = np.maximum(rng.uniform(-3, 3, dim - 1), smallest)
    f = ss.QuadraticSaddle(
        rng.permutation([smallest, *others]), rotation_seed=seed if turned else None
    )
    x = rng.normal(size=dim)
    gradient, norm = np.linalg.norm(f.gradient(x)), np.abs(f.eigenvalues).max()
    c = max(-smallest, 0.0)
    # rounding: eigenvalues within some eps of the norm, the gradient's norm within eps of itself
    above, below = c + 1e-12 * norm + 1e-300, c - 1e-12 * norm
    for tolerance, allowed in ((gradient * (1 + 1e-12) + 1e-300, True), (gradient * 0.999, False)):
        if tolerance > 0:
            assert holds(f, x, ss.SecondOrderStationary(tolerance, above)) == allowed
            if below > 0:
                assert not holds(f, x, ss.SecondOrderStationary(tolerance, below))


@pytest.mark.parametrize("tolerance", [0.1, 0.3, 7.0, 1e-3, 1e-200, 1e150])
def test_a_gradient_of_exactly_the_tolerance_is_small_enough(tolerance: float) -> None:
    f = ss.QuadraticSaddle([1.0])
    assert holds(f, [tolerance], ss.SecondOrderStationary(tolerance, 1.0))
    more = math.nextafter(tolerance, math.inf)
    assert not holds(f, [more], ss.SecondOrderStationary(tolerance, 1.0))


@given(seed=st.integers(0, 1000), dim=st.integers(2, 60), distinct=st.integers(1, 4))
def test_one_negative_direction_among_equal_ones_is_found(
    seed: int, dim: int, distinct: int
) -> None:
    """A Krylov space of some dimensions only: no direction of an eigenspace is left out."""
    rng = np.random.default_rng(seed)
    eigenvalues = rng.permutation([-1e-4, *rng.choice(rng.uniform(0, 9, distinct), dim - 1)])
    f = ss.QuadraticSaddle(eigenvalues, rotation_seed=seed)
    assert not holds(f, np.zeros(dim), ss.SecondOrderStationary(1e-3, 0.9999e-4))
    assert holds(f, np.zeros(dim), ss.SecondOrderStationary(1e-3, 1.0001e-4))


def test_it_passes_the_saddles_and_ends_at_a_minimum() -> None:
    f = ss.Octopus(3)
    start, tolerance = f.stationary_points()[0].point + 1e-5, 1e-3
    gd = ss.GradientDescent(0.25)
    options = {"initial": ss.At(start), "trials": 1}
    first = ss.escape_times(f, gd, escape=ss.GradientBelow(tolerance), **options)
    assert first.steps[0] == 0  # the gradient is tiny there
    times = ss.escape_times(
        f, gd, escape=ss.SecondOrderStationary(tolerance, 1e-3), record=("points",), **options
    )
    assert times.escaped[0]
    assert times.steps[0] > 20
    minimum = f.stationary_points()[-1].point
    # |gradient| = 2 L |x - minimum| there
    assert np.linalg.norm(np.abs(times.points[0]) - np.abs(minimum)) <= tolerance / 2

    f = FACTORISATION
    for p in f.saddles():
        start = p.point + 1e-6 * np.random.default_rng(0).normal(size=f.dim)
        options = {"initial": ss.At(start), "trials": 1, "max_steps": 20_000}
        escape = ss.SecondOrderStationary(1e-4, 1e-2)
        times = ss.escape_times(f, ss.GradientDescent(1 / f.smoothness), escape=escape, **options)
        assert times.escaped[0]
        assert times.steps[0] > 50
        assert times.value[0] == pytest.approx(f.minimum_value, abs=1e-7)


def test_with_a_large_curvature_tolerance_it_is_a_small_gradient() -> None:
    """GradientBelow is <, this is <=: the same, but for trajectories that hit a number exactly."""
    options = {"trials": 40, "seed": 3, "max_steps": 3000}
    for f in (FACTORISATION, TENSOR, ss.StudentTeacher.random(4)):
        gd = ss.GradientDescent(1 / f.smoothness)
        small = ss.escape_times(f, gd, escape=ss.GradientBelow(0.05), **options)
        both = ss.escape_times(f, gd, escape=ss.SecondOrderStationary(0.05, 1e9), **options)
        assert small.escaped.any()
        np.testing.assert_array_equal(both.steps, small.steps)
        np.testing.assert_array_equal(both.outcome, small.outcome)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["factorisation", "tensor, all", "quadratic", "students"])
def test_bits_depend_on_the_ids_alone(name: str, dtype: str) -> None:
    f = CASES[name][0]
    whole = check.runs_alike(
        f,
        ss.NoisyGradientDescent(0.5 / f.smoothness, 0.01),
        escape=ss.SecondOrderStationary(0.3, 0.2),
        max_steps=400,
        dtype=dtype,
    )
    if name != "quadratic":
        assert whole.escaped.sum() > 10


def test_the_order_of_given_starts_is_that_of_the_answers() -> None:
    f = FACTORISATION
    X = ss.Gaussian(1.0).sample(f, trials=50, seed=1)
    options = {"escape": ss.SecondOrderStationary(1e-2, 1e-2), "max_steps": 3000}
    method = ss.GradientDescent(1 / f.smoothness)
    forwards = ss.escape_times(f, method, initial=ss.At(X), **options)
    backwards = ss.escape_times(f, method, initial=ss.At(X[::-1]), **options)
    assert forwards.escaped.any()
    np.testing.assert_array_equal(forwards.steps, backwards.steps[::-1])
    np.testing.assert_array_equal(forwards.value, backwards.value[::-1])


@pytest.mark.parametrize("f", [FACTORISATION, TENSOR], ids=["factorisation", "tensor"])
def test_single_precision_takes_about_as_many_steps(f: ss.Landscape) -> None:
    """Both pass thresholds on a geometric decay, whose rounding moves them by a step or so."""
    options = {
        "escape": ss.SecondOrderStationary(1e-2, 1e-2),
        "trials": 100,
        "seed": 2,
        "max_steps": 5000,
    }
    gd = ss.GradientDescent(1 / f.smoothness)
    single = ss.escape_times(f, gd, dtype="float32", **options)
    double = ss.escape_times(f, gd, **options)
    assert single.escaped.all()
    assert double.escaped.all()
    # what is measured: the medians agree to a few per cent, and nearly all runs to a tenth
    assert np.median(single.steps) == pytest.approx(np.median(double.steps), rel=0.03)
    assert np.mean(np.abs(single.steps - double.steps) <= 1 + 0.1 * double.steps) >= 0.95


def descend(
    f: ss.Landscape, x: np.ndarray, step: float, gradient: float, curvature: float
) -> tuple[int, np.ndarray]:
    """Where plain NumPy first meets the criterion, in the coordinates of x."""
    for t in range(5000):
        g, basis = f.gradient(x), f.tangent_basis(x)
        if np.linalg.norm(g) <= gradient:
            hessian = basis @ f.hessian(x) @ basis.T
            if np.linalg.eigvalsh(hessian)[0] >= -curvature:
                return t, x
        x = x - step * g
        if f.on_spheres:
            x = f.core.retract(x[None])[0]
    raise AssertionError("never")


@pytest.mark.parametrize(
    "f",
    [
        FACTORISATION,  # whose runs are in the frame of M's eigenvectors
        TENSOR,  # on spheres
        ss.TensorDecomposition.random(5, "one", seed=2),
        ss.StudentTeacher.random(3),
        ss.DeepLinearNetwork.random([3, 2, 2, 3], seed=1),
    ],
    ids=["frame", "spheres", "one sphere", "students", "deep linear"],
)
def test_it_first_holds_where_numpy_says_so(f: ss.Landscape) -> None:
    step, gradient, curvature = 1 / f.smoothness, 0.05, 0.1
    starts = f.default_initial().sample(f, trials=8, seed=5)
    starts = np.concatenate([starts, ss.Gaussian(0.5).sample(f, trials=8, seed=6)])
    if f.on_spheres:
        starts = f.core.retract(starts)
    times = ss.escape_times(
        f,
        ss.GradientDescent(step),
        initial=ss.At(starts),
        escape=ss.SecondOrderStationary(gradient, curvature),
        max_steps=5000,
        record=("points",),
    )
    assert times.escaped.all()
    for start, steps, point in zip(starts, times.steps, times.points, strict=True):
        expected, x = descend(f, start, step, gradient, curvature)
        assert steps == expected
        np.testing.assert_allclose(point, x, atol=1e-8)
    assert times.steps.max() > 10


def test_a_landscape_without_a_saddle_in_the_way_needs_no_more() -> None:
    f = ss.QuadraticSaddle([1.0, 2.0, 3.0], rotation_seed=1)
    options = {"trials": 20, "seed": 1}
    small = ss.escape_times(f, GD, escape=ss.GradientBelow(1e-6), **options)
    both = ss.escape_times(f, GD, escape=ss.SecondOrderStationary(1e-6, 1e-9), **options)
    np.testing.assert_array_equal(small.steps, both.steps)


def test_on_the_octopus_every_step_is_taken() -> None:
    f, gd, escape = ss.Octopus(3), ss.GradientDescent(0.25), ss.SecondOrderStationary(1e-3, 1e-3)
    times = ss.escape_times(f, gd, trials=50, seed=1, escape=escape)
    assert times.diagnostics["arithmetic"] == "float64"
    assert times.escaped.all()
    np.testing.assert_allclose(times.value, f.minimum_value, atol=1e-6)
    with pytest.raises(ValueError, match="does not know SecondOrderStationary"):
        ss.escape_times(f, gd, trials=5, escape=escape, arithmetic="exact")


def test_it_describes_itself() -> None:
    escape = ss.SecondOrderStationary(1e-3, 0.03)
    text = "SecondOrderStationary(gradient_tolerance=0.001, curvature_tolerance=0.03)"
    assert repr(escape) == text
    assert escape.content() == {
        "class": "SecondOrderStationary",
        "gradient_tolerance": (1e-3).hex(),
        "curvature_tolerance": (0.03).hex(),
    }
    assert escape == ss.SecondOrderStationary(1e-3, np.float64(0.03))
    assert hash(escape) == hash(ss.SecondOrderStationary(1e-3, 0.03))
    assert escape != ss.SecondOrderStationary(1e-3, 0.02)
    assert escape != ss.GradientBelow(1e-3)
    assert pickle.loads(pickle.dumps(escape)) == escape
    times = ss.escape_times(ss.Octopus(2), ss.GradientDescent(0.25), escape=escape, trials=3)
    assert times.escape == escape


@pytest.mark.parametrize("name", ["gradient_tolerance", "curvature_tolerance"])
@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0, ValueError, "must be a positive number and finite, got 0"),
        (-1.0, ValueError, "must be a positive number and finite, got -1.0"),
        (math.nan, ValueError, "must be a positive number and finite, got nan"),
        (math.inf, ValueError, "must be a positive number and finite, got inf"),
        ("small", TypeError, "must be a positive number, got 'small'"),
    ],
)
def test_tolerances_that_are_not_allowed(
    name: str, value: object, error: type[Exception], text: str
) -> None:
    good = {"gradient_tolerance": 1.0, "curvature_tolerance": 1.0}
    with pytest.raises(error, match=re.escape(f"{name} {text}")):
        ss.SecondOrderStationary(**(good | {name: value}))


@pytest.mark.parametrize("dim", [1, 16, 1448, 1449, 10**5, 10**7])
def test_products_fit_into_memory(dim: int) -> None:
    most = most_products(dim)
    assert 1 <= most <= dim
    assert most <= 16 or 128 * most * dim <= 2**28


# curvature along trajectories


STEPS = [0, 1, 2, 5, 20, 100]
BOTH = ("min_eigenvalue", "max_eigenvalue")


def spectrum(f: ss.Landscape, x: np.ndarray) -> np.ndarray:
    basis = f.tangent_basis(x)
    return np.linalg.eigvalsh(basis @ f.hessian(x) @ basis.T)


@pytest.mark.parametrize(
    "f",
    [FACTORISATION, ss.StudentTeacher.random(4), TENSOR, CASES["small data, tanh"][0]],
    ids=["factorisation", "students", "tensor", "small data"],
)
def test_the_recorded_ends_of_the_spectrum_are_those_of_numpy(f: ss.Landscape) -> None:
    step = 1 / f.smoothness
    seen = ss.trajectories(f, ss.GradientDescent(step), steps=STEPS, trials=17, seed=4, record=BOTH)
    X = f.default_initial().sample(f, trials=17, seed=4)
    t = 0
    for column, until in enumerate(STEPS):
        while t < until:
            X = X - step * f.gradient(X)
            X = f.core.retract(X) if f.on_spheres else X
            t += 1
        np.testing.assert_allclose(seen.value[:, column], f.value(X), atol=1e-9)
        ends = np.array([spectrum(f, x)[[0, -1]] for x in X])
        error = np.abs(
            np.stack([seen.min_eigenvalue, seen.max_eigenvalue], axis=-1)[:, column] - ends
        )
        assert np.all(error <= 1e-8 * np.abs(ends).max(axis=1, keepdims=True))


def test_the_exact_path_of_the_octopus_has_its_curvatures_too() -> None:
    f, gd = ss.Octopus(5), ss.GradientDescent(0.25)
    steps = np.unique(np.r_[0:40, 40:400:7])
    walked = ss.trajectories(f, gd, steps=steps, trials=20, seed=2, record=BOTH)
    plain = ss.trajectories(
        f, gd, steps=steps, trials=20, seed=2, record=BOTH, arithmetic="float64"
    )
    assert (walked.arithmetic, plain.arithmetic) == ("exact", "float64")
    for name in BOTH:
        np.testing.assert_allclose(getattr(walked, name), getattr(plain, name), atol=1e-7)
    # near saddles -2 gamma and 2 L; when all is passed the least curvature is 2 L
    assert walked.min_eigenvalue[:, 0].max() < 0
    far = ss.trajectories(f, gd, steps=[10**6], trials=20, seed=2, record=BOTH)
    np.testing.assert_allclose(far.min_eigenvalue, 2 * f.L, rtol=1e-12)
    np.testing.assert_allclose(far.max_eigenvalue, 2 * f.L, rtol=1e-12)


def test_what_is_not_recorded_is_none() -> None:
    f = FACTORISATION
    both = ss.trajectories(f, GD, steps=STEPS, trials=3, record=BOTH)
    for record in ((), ("min_eigenvalue",), ("max_eigenvalue",), ["max_eigenvalue"]):
        seen = ss.trajectories(f, GD, steps=STEPS, trials=3, record=record)
        for name in BOTH:
            found = getattr(seen, name)
            if name in record:
                np.testing.assert_allclose(found, getattr(both, name), rtol=1e-8, atol=1e-8)
            else:
                assert found is None
        np.testing.assert_array_equal(seen.value, both.value)


@pytest.mark.parametrize("arithmetic", ["auto", "float64"])
def test_curvature_outside_the_domain_is_nan(arithmetic: str) -> None:
    start = ss.At(np.array([[0.1, 9.0], [0.1, 0.1]]))
    seen = ss.trajectories(
        ss.Octopus(2),
        ss.GradientDescent(0.25),
        steps=[0, 5],
        initial=start,
        record=BOTH,
        arithmetic=arithmetic,
    )
    for name in BOTH:
        np.testing.assert_array_equal(np.isnan(getattr(seen, name)), [[True, True], [False, False]])


def test_curvatures_do_not_depend_on_threads_or_the_split() -> None:
    f = ss.StudentTeacher.random(4)
    method = ss.NoisyGradientDescent(0.1, 0.01)

    def run(trials: int | range, threads: int) -> ss.Trajectories:
        return ss.trajectories(
            f, method, steps=STEPS, trials=trials, threads=threads, seed=4, record=BOTH
        )

    whole = run(50, 1)
    for trials, threads in ((50, 2), (50, 3), (range(31, 32), 1), (range(5, 40), 2)):
        ids = trials if isinstance(trials, range) else range(trials)
        part = run(trials, threads)
        for name in BOTH:
            np.testing.assert_array_equal(
                getattr(part, name), getattr(whole, name)[ids.start : ids.stop]
            )


def test_records_that_are_not_allowed() -> None:
    text = "record must be one of 'min_eigenvalue', 'max_eigenvalue', got 'min_eigenvalues'; did"
    with pytest.raises(ValueError, match=re.escape(text)):
        ss.trajectories(FACTORISATION, GD, steps=[0], record=("min_eigenvalues",))
    text = "record must be a tuple of names, got 'min_eigenvalue'; write ('min_eigenvalue',)"
    with pytest.raises(TypeError, match=re.escape(text)):
        ss.trajectories(FACTORISATION, GD, steps=[0], record="min_eigenvalue")
