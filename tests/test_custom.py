"""Functions in Python as landscapes: the same numbers as the built-in ones, in any company."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reference
import saddlesim as ss
from custom_landscapes import (
    octopus_functions,
    same_trajectories,
    well,
    well_gradient,
    well_hvp,
    well_value,
)

RECORD = {"record": ("points",)}
descent = ss.GradientDescent(step_size=0.25)


def starts(f: ss.Landscape, n: int, seed: int = 0) -> ss.At:
    return ss.At(f.default_initial().sample(f, trials=n, seed=seed))


def test_five_lines_are_enough() -> None:
    f = ss.CustomLandscape(2, value=lambda X: (X[:, 1] ** 2 - X[:, 0] ** 2) / 2,
                           gradient=lambda X: X * [-1, 1])  # fmt: skip
    times = ss.escape_times(f, descent, escape=ss.LeavesBall(radius=2.0), trials=100)
    assert np.all(times.outcome == ss.Outcome.ESCAPED)
    assert times.diagnostics["threads"] == 1
    assert times.diagnostics["rows_independent"] is True
    assert times.diagnostics["hvp"] == "central differences"
    assert repr(f) == (
        "CustomLandscape(dim=2, name='custom', hvp=<central differences>, rows_independent=True)"
    )


def test_the_quadratic_takes_the_very_steps_of_the_built_in() -> None:
    eigenvalues = np.array([-0.5, 1.0, 0.3, 2.0])
    own = ss.QuadraticSaddle(eigenvalues)
    f = ss.CustomLandscape(
        4,
        value=lambda X: (X**2 * eigenvalues).sum(axis=1) / 2,
        gradient=lambda X: X * eigenvalues,
        hvp=lambda _, V: V * eigenvalues,
        stationary_points=[0, 0, 0, 0],
    )
    first = starts(own, 500)
    for method in (descent, ss.HeavyBall(step_size=0.2, momentum=0.5)):
        ours = ss.escape_times(f, method, initial=first, **RECORD)
        theirs = ss.escape_times(own, method, initial=first, **RECORD)
        np.testing.assert_array_equal(ours.steps, theirs.steps)
        np.testing.assert_array_equal(ours.points, theirs.points)
        np.testing.assert_array_equal(ours.gradient_norm, theirs.gradient_norm)
        np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-13, atol=1e-15)


def test_the_numpy_octopus_takes_the_steps_of_the_built_in() -> None:
    own = ss.Octopus(dim=4)
    f = octopus_functions.with_numpy(4, initial=own.default_initial())
    level = 2 * math.e
    escape = ss.CustomEscape(lambda X: (np.abs(X) > level).all(axis=1), name="past")
    first = starts(own, 300)
    ours = ss.escape_times(f, descent, initial=first, escape=escape)
    theirs = ss.escape_times(own, descent, initial=first, arithmetic="float64")
    np.testing.assert_array_equal(ours.outcome, theirs.outcome)
    # in connecting regions the order of operations is another, so that a tie may fall otherwise
    assert np.count_nonzero(ours.steps != theirs.steps) <= 2
    assert np.abs(ours.steps - theirs.steps).max() <= 2


def test_a_factorisation_takes_the_steps_of_the_built_in() -> None:
    own = ss.MatrixFactorization.random(dim=5, rank=2, seed=3)
    M = np.asarray(own.M)

    def residuals(X: Any) -> Any:
        U = X.reshape(-1, 5, 2)
        return U, np.einsum("nik,njk->nij", U, U) - M

    f = ss.CustomLandscape(
        10,
        value=lambda X: (residuals(X)[1] ** 2).sum(axis=(1, 2)) / 4,
        gradient=lambda X: np.einsum("nij,njk->nik", *residuals(X)[::-1]).reshape(len(X), 10),
        initial=own.default_initial(),
        escape=own.default_escape(),
        smoothness=own.smoothness,
        stationary_points=np.zeros(10),
    )
    step = ss.GradientDescent(0.2 / own.smoothness)
    first = starts(own, 200)
    ours = ss.escape_times(f, step, initial=first)
    theirs = ss.escape_times(own, step, initial=first)
    np.testing.assert_array_equal(ours.outcome, theirs.outcome)
    assert np.abs(ours.steps - theirs.steps).max() <= 1


@settings(max_examples=20)
@given(points=st.lists(st.lists(st.floats(-3, 3), min_size=3, max_size=3), min_size=1, max_size=40))
def test_value_gradient_and_hvp_are_those_of_the_functions(points: list[list[float]]) -> None:
    X = np.array(points)
    V = X[::-1] + 0.5
    f, with_hvp = well(block=32), well(block=32, hvp=well_hvp)
    np.testing.assert_array_equal(f.value(X), well_value(X))
    np.testing.assert_array_equal(f.gradient(X), well_gradient(X))
    np.testing.assert_array_equal(with_hvp.hvp(X, V), well_hvp(X, V))
    # truncation: |f''''| / 6 (6e-6 size)^2; rounding: 1e-16 |gradient| / (6e-6 size)
    np.testing.assert_allclose(f.hvp(X, V), well_hvp(X, V), atol=3e-9 * (1 + np.abs(V).max()) * 27)


def test_products_with_nothing_and_of_many_sizes() -> None:
    f = well()
    x = np.array([0.5, 1.0, 2.0])
    np.testing.assert_array_equal(f.hvp(x, np.zeros(3)), 0.0)
    exact = well_hvp(x[None], np.ones((1, 3)))[0]
    for size in (1e-100, 1e-3, 1.0, 1e100):
        np.testing.assert_allclose(f.hvp(x, size * np.ones(3)) / size, exact, atol=1e-8)


@pytest.mark.parametrize(
    "method",
    [
        descent,
        ss.PerturbedGradientDescent(0.1, 0.1, 0.05, 20),
        ss.NoisyGradientDescent(step_size=0.1, noise_scale=0.01),
        ss.GradientFlow(),
        ss.NegativeCurvatureDescent(0.1, 0.1, 0.1, 1.0),
    ],
    ids=lambda m: type(m).__name__,
)
def test_bits_depend_on_the_trajectory_alone(method: ss.Method) -> None:
    f, options = well(block=64), {"seed": 3, "max_steps": 300, **RECORD}
    whole = ss.escape_times(f, method, trials=150, **options)
    assert f.rows_independent
    for ids in (range(150), range(7, 8), range(40, 123)):
        for block in (16, 64, 256):
            part = ss.escape_times(well(block=block), method, trials=ids, **options)
            for name in ("steps", "outcome", "value", "gradient_norm", "points"):
                np.testing.assert_array_equal(
                    getattr(part, name), getattr(whole, name)[ids.start : ids.stop], err_msg=name
                )


def test_functions_see_one_shape_and_points_of_trajectories_only() -> None:
    shapes: set[tuple[int, ...]] = set()
    alive = []

    def value(X: Any) -> Any:
        shapes.add(X.shape)
        alive.append(np.abs(X).min() > 0 and np.isfinite(X).all() and not X.flags.writeable)
        return well_value(X)

    def gradient(X: Any) -> Any:
        value(X)
        return well_gradient(X)

    f = well(value=value, gradient=gradient, block=48)
    start = ss.Uniform(0.5, 1.0)
    for trials in (1, 5, 100):
        ss.escape_times(f, descent, trials=trials, initial=start, escape=ss.GradientBelow(1e-3))
    grow = ss.escape_times(  # diverges: infinities are not shown either
        f, ss.GradientDescent(step_size=30.0), trials=20, initial=start,
        escape=ss.GradientBelow(1e-9),
    )  # fmt: skip
    assert np.all(grow.outcome == ss.Outcome.DIVERGED)
    assert shapes == {(48, 3)}
    assert all(alive)


def test_nan_and_infinity_end_a_trajectory_as_diverged() -> None:
    def gradient(X: Any) -> Any:
        G = well_gradient(X)
        G[X[:, 0] > 0.6, 1] = np.nan
        G[X[:, 0] < -0.6, 2] = np.inf
        return G

    f = well(gradient=gradient)
    times = ss.escape_times(f, descent, trials=64, escape=ss.LeavesBall(radius=5.0), max_steps=400)
    assert np.all(times.outcome == ss.Outcome.DIVERGED)
    assert np.all(np.isnan(times.gradient_norm))
    outside = well(value=lambda X: np.where(X[:, 0] > 0, np.nan, well_value(X)))
    end = ss.escape_times(outside, descent, trials=64, max_steps=3, **RECORD)
    np.testing.assert_array_equal(end.outcome == ss.Outcome.DIVERGED, end.points[:, 0] > 0)


def test_everything_that_takes_a_landscape_takes_it() -> None:
    f = well(hvp=well_hvp, minimum_value=0.0, smoothness=11.0, hessian_lipschitz=12.0)
    (saddle,) = f.stationary_points()
    assert saddle.kind == "strict saddle"
    np.testing.assert_allclose(saddle.eigenvalues, [-1, 1, 1])
    assert f.reference_saddle() is saddle
    assert ss.classify(f, np.zeros((1, 3))).kind[0] == "strict saddle"
    assert ss.min_eigenpair(f, np.zeros(3)).eigenvalue == pytest.approx(-1)
    np.testing.assert_allclose(f.hessian(np.zeros(3)), np.diag([-1.0, 1, 1]), atol=1e-12)
    np.testing.assert_allclose(f.hessian_operator(np.zeros(3)) @ np.ones(3), [-1, 1, 1])
    path = ss.trajectories(f, descent, steps=[0, 5, 50], trials=3, record=("min_eigenvalue",))
    np.testing.assert_array_equal(
        path.value[:, 0], f.value(f.default_initial().sample(f, trials=3))
    )
    assert path.min_eigenvalue is not None
    assert path.value.shape == (3, 3)
    second = ss.escape_times(
        f, descent, trials=20, escape=ss.SecondOrderStationary(1e-3, 0.1), seed=1
    )
    assert np.all(np.abs(second.value) < 1e-5)
    reached = ss.escape_times(f, descent, trials=20, escape=ss.ReachesMinimum(1e-6))
    assert np.all(reached.value < 1e-6)


def test_the_census_finds_the_points_of_a_custom_landscape() -> None:
    census = ss.find_stationary_points(
        well(2, block=64, smoothness=11.0, minimum_value=0.0), starts=40
    )
    found = {round(float(family.value), 6): family.kind for family in census.families}
    assert found == {0.0: "global minimum", 0.25: "strict saddle"}


def test_differences_find_the_same_saddles() -> None:
    (saddle,) = well(stationary_points=np.zeros(3)).stationary_points()
    np.testing.assert_allclose(saddle.eigenvalues, [-1, 1, 1], atol=1e-9)
    flat = ss.CustomLandscape(
        2,
        value=lambda X: -(X[:, 0] ** 2),
        gradient=lambda X: X * [-2.0, 0.0],
        stationary_points=[[0.0, 1.0]],
    )
    np.testing.assert_array_equal(flat.stationary_points()[0].eigenvalues == 0, [False, True])
    with pytest.raises(ValueError, match=r"stationary_points\[0\] has a gradient of norm 0\.375"):
        well(stationary_points=[[0.5, 0, 0]]).stationary_points()


def test_a_family_of_functions_against_dimension() -> None:
    result = ss.escape_time_vs_dimension(
        lambda dim: well(dim), dims=[2, 4], methods=descent, trials=50
    )
    assert [dim for _, dim in result.cells] == [2, 4]


def test_a_predicate_ends_trajectories_on_any_landscape() -> None:
    far = ss.CustomEscape(lambda X: np.add.reduce(X**2, axis=1) >= 1.0, name="far")
    assert repr(far) == "CustomEscape(name='far')"
    own = ss.QuadraticSaddle([-1.0, 1.0])
    for f, method in (
        (own, descent),
        (own, ss.GradientFlow()),
        (ss.MatrixFactorization.random(dim=4, rank=2, seed=1), ss.GradientDescent(0.01)),
        (well(), ss.NoisyGradientDescent(step_size=0.1, noise_scale=0.1)),
    ):
        options = {"trials": 100, "seed": 2, "max_steps": 2000}
        ours = ss.escape_times(f, method, escape=far, **options)
        theirs = ss.escape_times(
            f, method, escape=ss.LeavesBall(radius=1.0), arithmetic="float64", **options
        )
        np.testing.assert_array_equal(ours.outcome, theirs.outcome)
        np.testing.assert_allclose(ours.log10_steps, theirs.log10_steps, rtol=1e-9)


def test_a_predicate_sees_the_coordinates_of_x_in_a_frame() -> None:
    f = ss.MatrixFactorization.random(dim=4, rank=2, seed=1)
    assert f.frame is not None
    seen = []

    def predicate(X: Any) -> Any:
        seen.append(X.copy())
        return np.zeros(len(X), dtype=bool)

    ss.escape_times(f, ss.GradientDescent(0.01), escape=ss.CustomEscape(predicate), trials=5,
                    max_steps=1)  # fmt: skip
    np.testing.assert_allclose(seen[0][:5], f.default_initial().sample(f, trials=5), atol=1e-14)


def test_rows_that_are_not_independent_are_noticed() -> None:
    def mixes(X: Any) -> Any:
        return well_gradient(X) * (1 + 1e-15 * X[::-1] ** 2)

    f = well(gradient=mixes, check=True)
    assert f.rows_independent is False
    assert "rows_independent=False" in repr(f)
    times = ss.escape_times(f, descent, trials=10)
    assert times.diagnostics["rows_independent"] is False


def test_name_dimension_and_parameters_are_the_identity() -> None:
    one, same = well(), well(hvp=well_hvp, block=32)
    assert one == same
    assert hash(one) == hash(same)
    assert one.content()["class"] == "CustomLandscape"
    np.testing.assert_array_equal(
        one.default_initial().sample(one), same.default_initial().sample(same)
    )
    others = [
        well(4),
        well(name="other"),
        well(parameters={"depth": 2.0}),
        well(parameters={"A": np.eye(2)}),
    ]
    assert len({hash(f) for f in [one, *others]}) == 5
    named = ss.CustomLandscape(3, value=well_value, gradient=well_gradient)
    assert named.name == "custom_landscapes:well_value"
    assert well(name=None).name == "custom_landscapes:well_value"


def test_a_factor_of_seeds_is_independent_of_how_it_is_run() -> None:
    f = well(value_and_gradient=lambda X: (well_value(X), well_gradient(X)), value=None,
             gradient=None)  # fmt: skip
    same_trajectories(
        ss.escape_times(f, descent, trials=80, escape=ss.ValueBelow(0.1), **RECORD),
        ss.escape_times(well(), descent, trials=80, escape=ss.ValueBelow(0.1), **RECORD),
    )


def test_two_threads_run_at_once() -> None:
    alone = ss.escape_times(well(), descent, trials=500, **RECORD)
    f, results = well(), {}

    def run(name: int) -> None:
        results[name] = ss.escape_times(f, descent, trials=500, **RECORD)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for times in results.values():
        same_trajectories(times, alone)


def test_the_reference_octopus_agrees() -> None:
    slow = reference.Octopus(3)
    X = np.array([[1.0, 0.2, 0.1], [4.0, 1.0, -0.5], [-11.0, -4.5, 1.0], [12.0, 9.0, -10.0]])
    f = octopus_functions.with_numpy(3, check=False)
    np.testing.assert_allclose(f.value(X), [slow.value(x) for x in X], rtol=1e-12)
    np.testing.assert_allclose(f.gradient(X), [slow.gradient(x) for x in X], atol=1e-11)
    one_by_one = [octopus_functions.gradient_of_one(x) for x in X]
    np.testing.assert_allclose(one_by_one, f.gradient(X), atol=1e-11)
