"""Simulated exit times follow the closed-form laws; the laws themselves follow brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest

import laws
import saddlesim as ss

TRIALS = 100_000
GAMMA, STEP = 1.0, 0.1
GROWTH = 1 + STEP * GAMMA


def saddle(dim: int, k: int, rotated: bool = False) -> ss.QuadraticSaddle:
    return ss.QuadraticSaddle.random(dim, escape_directions=k, seed=5, rotated=rotated)


STARTS = {
    "cube": (ss.Uniform(-1, 1), lambda k, _: laws.reach_cube(k)),
    "ball": (ss.Ball(0.5), lambda k, d: laws.reach_ball(k, d, 0.5)),
    "sphere": (ss.Sphere(0.5), lambda k, d: laws.reach_sphere(k, d, 0.5)),
    "gaussian": (ss.Gaussian(0.3), lambda k, _: laws.reach_gaussian(k, 0.3)),
}


ORIENTED = [(start, False) for start in STARTS] + [
    (start, True)
    for start in STARTS
    if start != "cube"  # which a rotation does not map to itself
]


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize(("start", "rotated"), ORIENTED)
def test_gradient_descent_leaves_a_quadratic_saddle_by_the_law(
    start: str, k: int, rotated: bool
) -> None:
    initial, reach = STARTS[start]
    times = ss.escape_times(
        saddle(5, k, rotated), ss.GradientDescent(STEP), initial=initial, trials=TRIALS, seed=k
    )
    assert np.all(times.outcome == ss.Outcome.ESCAPED)
    law = laws.exit_law(reach(k, 5), GROWTH)
    assert laws.ks_distance(times.steps, law) < laws.ks_limit(TRIALS)
    # the test has teeth: the laws of one direction more, and of another growth, are refused
    assert laws.ks_distance(times.steps, laws.exit_law(reach(k + 1, 5), GROWTH)) > 0.05
    assert laws.ks_distance(times.steps, laws.exit_law(reach(k, 5), 1.09)) > 0.01


def test_the_cubes_law_knows_no_dimension_and_its_mean_is_exact() -> None:
    times = ss.escape_times(
        saddle(40, 1), ss.GradientDescent(STEP), trials=TRIALS, seed=1, initial=ss.Uniform(-1, 1)
    )
    law = laws.exit_law(laws.reach_cube(1), GROWTH)
    assert laws.mean_exit(law) == pytest.approx(GROWTH / (GROWTH - 1), rel=1e-12)
    assert laws.ks_distance(times.steps, law) < laws.ks_limit(TRIALS)
    error = 4 * times.steps.std() / math.sqrt(TRIALS)
    assert times.steps.mean() == pytest.approx(GROWTH / (GROWTH - 1), abs=error)


def test_unequal_eigenvalues_wait_and_flip_as_they_should() -> None:
    # Along the stable direction x is multiplied by 1 - 0.1 * 15 = -1/2: that delays nothing.
    f = ss.QuadraticSaddle([-2.0, 15.0, 0.0])
    times = ss.escape_times(
        f, ss.GradientDescent(STEP), initial=ss.Gaussian(0.1), trials=TRIALS, seed=2
    )
    law = laws.exit_law(laws.reach_gaussian(1, 0.1), 1 + STEP * 2)
    assert laws.ks_distance(times.steps, law) < laws.ks_limit(TRIALS)


NOISES = {
    "gaussian": laws.gaussian_density,
    "sphere": laws.sphere_density(10),
    "ball": laws.ball_density(10),
}


@pytest.mark.parametrize("scaled", [True, False], ids=["scaled", "unscaled"])
@pytest.mark.parametrize("noise", NOISES)
def test_noise_at_every_step_leaves_by_the_killed_kernel(noise: str, scaled: bool) -> None:
    size = 0.05  # what multiplies n in x+ = a x + size n
    method = ss.NoisyGradientDescent(
        STEP, size / STEP if scaled else size, noise=noise, scaled_by_step=scaled
    )
    times = ss.escape_times(
        saddle(10, 1), method, initial=ss.At(np.zeros(10)), trials=TRIALS, seed=3
    )
    assert np.all(times.outcome == ss.Outcome.ESCAPED)
    law, other = (
        laws.noisy_exit_law(NOISES[noise], GROWTH, s, 1.0, steps=int(times.steps.max()), nodes=800)
        for s in (size, 1.05 * size)
    )
    assert laws.ks_distance(times.steps, lambda t: law[t]) < laws.ks_limit(TRIALS)
    assert laws.ks_distance(times.steps, lambda t: other[t]) > 0.01


def test_noise_in_a_plane_is_told_from_its_gaussian_limit() -> None:
    # At d = 2 the sphere's law differs visibly from the Gaussian's of the same variance.
    size = 0.05
    times = ss.escape_times(
        saddle(2, 1),
        ss.NoisyGradientDescent(0.05, 1.0),
        initial=ss.At([0.0, 0.0]),
        escape=ss.LeavesSubspace(radius=0.5),
        trials=TRIALS,
        seed=4,
    )
    gaussian = laws.noisy_exit_law(
        laws.gaussian_density, 1.05, size / math.sqrt(2), 0.5, steps=int(times.steps.max())
    )
    assert 0.003 < laws.ks_distance(times.steps, lambda t: gaussian[t]) < 0.0064 + 0.0062


@pytest.mark.parametrize("dim", [2, 10, 100, 1000])
def test_a_kick_from_the_saddle_leaves_by_the_balls_law(dim: int) -> None:
    trials = 20_000 if dim < 1000 else 5_000
    method = ss.PerturbedGradientDescent(STEP, 0.1, 0.05, 10_000)
    times = ss.escape_times(
        saddle(dim, 1), method, initial=ss.At(np.zeros(dim)), trials=trials, seed=5
    )
    law = laws.exit_law(laws.reach_ball(1, dim, 0.1), GROWTH)
    assert laws.ks_distance(times.steps, law) < laws.ks_limit(trials)
    assert np.all(times.perturbations == 1)


def test_the_first_saddle_of_the_octopus_is_left_by_the_law() -> None:
    octopus = ss.Octopus(4)
    times = ss.escape_times(
        octopus,
        ss.GradientDescent(0.25),
        escape=ss.LeavesSubspace(radius=octopus.tau),
        trials=TRIALS,
        seed=6,
    )
    law = laws.octopus_dwell_law(math.e, 1.5)
    assert laws.ks_distance(times.steps, law) < laws.ks_limit(TRIALS)
    assert laws.ks_distance(times.steps, laws.octopus_dwell_law(math.e, 1.49)) > 0.01


# The laws against brute force and against published constants.


@pytest.mark.parametrize("k", [1, 2, 3])
def test_reach_laws_are_those_of_sampled_points(k: int) -> None:
    n, dim = 200_000, 5
    rng = np.random.default_rng(k)
    normal = rng.standard_normal((n, dim))
    sphere = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    points = {
        laws.reach_cube(k): rng.uniform(-1, 1, (n, dim)),
        laws.reach_sphere(k, dim): sphere,
        laws.reach_ball(k, dim): sphere * rng.uniform(0, 1, (n, 1)) ** (1 / dim),
        laws.reach_gaussian(k): normal,
    }
    q = np.linspace(0.01, 1, 50)
    for reach, x in points.items():
        share = (np.linalg.norm(x[:, :k], axis=1) >= q[:, None]).mean(axis=1)
        assert np.abs(share - reach(q)).max() < laws.ks_limit(n)


def test_kicks_take_half_a_log_of_the_dimension_longer() -> None:
    exact = [
        laws.median_exit(laws.exit_law(laws.reach_ball(1, d, 0.1), GROWTH))
        for d in (2, 10, 100, 1000, 10_000)
    ]
    assert exact == [34, 41, 53, 65, 77]


@pytest.mark.parametrize(("dim", "distance"), [(2, 0.020), (3, 0.013), (10, 0.0043), (100, 0.0005)])
def test_the_killed_kernel_and_its_limit(dim: int, distance: float) -> None:
    noise = 0.05 / math.sqrt(dim)
    coarse, fine = (
        laws.noisy_exit_law(laws.gaussian_density, 1.05, noise, 0.5, steps=300, nodes=n)
        for n in (400, 600)
    )
    assert np.abs(coarse - fine).max() < 1e-9
    limit = laws.noisy_exit_asymptotic(np.arange(301), 1.05, noise, 0.5)
    assert np.abs(coarse - limit).max() == pytest.approx(distance, rel=0.1)


def test_noise_densities_are_those_of_their_laws() -> None:
    z = np.linspace(-1, 1, 20_001)
    for dim in (3, 10):
        for density, variance in (
            (laws.sphere_density(dim), 1 / dim),
            (laws.ball_density(dim), 1 / (dim + 2)),
        ):
            assert np.trapezoid(density(z), z) == pytest.approx(1, abs=1e-3)
            assert np.trapezoid(z**2 * density(z), z) == pytest.approx(variance, abs=1e-3)


@pytest.mark.parametrize("L", laws.RATIO)
def test_growth_ratio_of_the_octopus(L: float) -> None:
    assert laws.growth_ratio(0.25 / L, L, 1.0) == pytest.approx(laws.RATIO[L], abs=5e-7)
    octopus = ss.Octopus(3, L)
    assert octopus.growth_factor(ss.GradientDescent(0.25 / L)) == pytest.approx(laws.RATIO[L])
    assert octopus.growth_factor(ss.GradientDescent(0.5 / L)) is None  # c = 0: never escapes
    assert octopus.growth_factor(ss.NoisyGradientDescent(0.25 / L, 1.0)) is None
