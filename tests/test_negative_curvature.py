"""Negative-curvature descent: what it lowers f by, what its searches find, where it ends."""

from __future__ import annotations

import numpy as np
import pytest

import saddlesim as ss

NEVER = ss.LeavesBall(radius=1e300)
F = ss.MatrixFactorization.random(6, 2, seed=0)


def descent(search: str, f: ss.Landscape = F) -> ss.NegativeCurvatureDescent:
    return ss.NegativeCurvatureDescent(
        1 / f.smoothness, 1e-3, 0.05, f.hessian_lipschitz, search=search
    )


@pytest.mark.parametrize("search", ["lanczos", "neon"])
def test_it_leaves_every_saddle_and_ends_at_a_second_order_point(search: str) -> None:
    for saddle in F.saddles():
        times = ss.escape_times(
            F,
            descent(search),
            initial=ss.At(saddle.point),
            trials=20,
            escape=NEVER,
            record=("points",),
        )
        assert times.count(ss.Outcome.RETURNED) == 20
        assert np.all(times.perturbations >= 1)
        assert np.all(times.value < saddle.value - 0.05)
        assert np.all(np.linalg.norm(F.gradient(times.points), axis=1) <= 1e-3 * (1 + 1e-9))
        lowest = ss.min_eigenpair(F, times.points).eigenvalue
        assert lowest.min() >= -0.05 - 1e-9


@pytest.mark.parametrize("search", ["lanczos", "neon"])
def test_a_step_lowers_f_by_what_the_curvature_promises(search: str) -> None:
    saddle = F.saddles()[0]  # the origin: the smallest eigenvalue is -1
    rho = F.hessian_lipschitz
    times = ss.escape_times(
        F, descent(search), initial=ss.At(saddle.point), trials=50, escape=NEVER, max_steps=1
    )
    c = -saddle.min_eigenvalue if search == "lanczos" else 0.5 * 0.05
    assert np.all(saddle.value - times.value >= (1 - 1e-2) * 2 * c**3 / (3 * rho**2))


def test_neon_is_the_power_iteration_on_a_quadratic() -> None:
    eigenvalues = np.array([1.0, 0.3, -0.2, -0.5])
    f = ss.QuadraticSaddle(eigenvalues)
    step, start = 0.4, np.array([0.1, 0.0, 0.0, 0.0]) * 1e-9
    method = ss.NegativeCurvatureDescent(step, 1e-3, 0.1, 1.0, search="neon", probe_radius=1e-2)
    times = ss.escape_times(
        f, method, initial=ss.At(start), trials=200, escape=NEVER, max_steps=1, record=("points",)
    )
    moved = times.points - start
    directions = moved / np.linalg.norm(moved, axis=1)[:, None]
    # |u| grew by 10,000: (I - step H)^t u_0 with about that growth, so the ratio of components of
    # the two growing directions is that of u_0 times a power
    t = times.gradient_evaluations - 2  # one for the step, one for the curvature
    growth = (1 - step * eigenvalues[None, :]) ** t[:, None]
    first = directions / growth
    first /= np.linalg.norm(first, axis=1)[:, None]
    # what is left is uniform on the sphere: second moments 1/4 within 4 sigma
    second = (first**2).mean(axis=0)
    sigma = np.sqrt((3 / 24 - 1 / 16) / len(first))
    np.testing.assert_allclose(second, 0.25, atol=4 * sigma)
    assert np.all(np.abs(directions[:, 3]) > 0.9)  # and u has the most negative direction


def test_costs_are_those_of_the_searches() -> None:
    saddle = ss.At(F.saddles()[0].point)
    by_products = ss.escape_times(F, descent("lanczos"), initial=saddle, trials=30, escape=NEVER)
    by_gradients = ss.escape_times(F, descent("neon"), initial=saddle, trials=30, escape=NEVER)
    np.testing.assert_array_equal(by_products.gradient_evaluations, by_products.steps)
    np.testing.assert_array_equal(by_products.value_evaluations, 2 * by_products.perturbations)
    assert np.all(by_products.hessian_vector_products > 0)
    assert np.all(by_gradients.hessian_vector_products == 0)
    assert np.all(by_gradients.gradient_evaluations > by_gradients.steps)


@pytest.mark.parametrize("search", ["lanczos", "neon"])
def test_bits_do_not_depend_on_threads_lanes_or_splits(search: str) -> None:
    options = {"seed": 4, "escape": NEVER, "record": ("points",)}
    whole = ss.escape_times(F, descent(search), trials=50, threads=1, **options)
    for ids, threads in ((range(50), 3), (range(31, 32), 1), (range(17, 40), 2)):
        part = ss.escape_times(F, descent(search), trials=ids, threads=threads, **options)
        np.testing.assert_array_equal(part.steps, whole.steps[ids.start : ids.stop])
        np.testing.assert_array_equal(part.points, whole.points[ids.start : ids.stop])


def test_on_the_octopus_it_needs_few_steps_a_saddle() -> None:
    medians = {}
    for dim in (5, 10, 20):
        f = ss.Octopus(dim)
        method = ss.NegativeCurvatureDescent(0.06, 0.01 * f.tau, 0.1, 1.0)
        times = ss.escape_times(f, method, trials=100)
        assert times.escaped.all()
        medians[dim] = times.median().value
    assert medians[20] / medians[10] < 2.5  # in proportion, where gradient descent has 2.1^10


def test_the_bound_of_the_descent_lemmas_holds() -> None:
    method = ss.NegativeCurvatureDescent.from_theory(F, 1e-2)
    times = ss.escape_times(F, method, trials=100, escape=NEVER)
    assert method.guarantee is not None
    assert times.count(ss.Outcome.RETURNED) == 100
    assert times.steps.max() <= method.guarantee.iterations
    assert {"step_size", "curvature_tolerance"} <= set(method.guarantee.chosen)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"search": "power"}, "search must be one of 'lanczos', 'neon'"),
        ({"probe_radius": 0.0}, "probe_radius must be a positive number"),
        ({"hessian_lipschitz": -1.0}, "hessian_lipschitz must be a positive number"),
    ],
)
def test_errors_say_what_is_allowed(options: dict[str, object], text: str) -> None:
    good: dict[str, object] = {
        "step_size": 0.1,
        "gradient_threshold": 0.1,
        "curvature_tolerance": 0.1,
        "hessian_lipschitz": 1.0,
    }
    with pytest.raises(ValueError, match=text):
        ss.NegativeCurvatureDescent(**(good | options))  # type: ignore[arg-type]


def test_constants_that_are_not_known_must_be_given() -> None:
    f = ss.StudentTeacher.random(4)  # its Hessian has no Lipschitz constant
    with pytest.raises(ValueError, match="hessian_lipschitz must be given for StudentTeacher"):
        ss.NegativeCurvatureDescent.from_theory(f, 1e-2)
