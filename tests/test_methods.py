"""Each update rule against a stepper of one point, driven by the same random words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import laws
import reference
import saddlesim as ss
from saddlesim import _core
from saddlesim.description import stream_key

EIGENVALUES = [-1.0, 0.5, 2.0, 1.0, 0.3]
SADDLE = ss.QuadraticSaddle(EIGENVALUES, rotation_seed=8)
SLOW_SADDLE = reference.Quadratic(EIGENVALUES, SADDLE.rotation)
STARTS = ss.Ball(0.5).sample(SADDLE, trials=12, seed=1)


def never(x: np.ndarray) -> bool:
    return False


def final_points_agree(times: ss.EscapeTimes, paths: list[reference.Path], atol: float) -> None:
    f = SLOW_SADDLE
    np.testing.assert_allclose(times.value, [f.value(p.x) for p in paths], atol=atol)
    norms = [np.linalg.norm(f.gradient(p.x)) for p in paths]
    np.testing.assert_allclose(times.gradient_norm, norms, atol=atol)


def test_gradient_descent_takes_the_references_steps() -> None:
    for steps in (0, 1, 2, 57):
        times = ss.escape_times(
            SADDLE,
            ss.GradientDescent(0.1),
            initial=ss.At(STARTS),
            escape=ss.LeavesBall(radius=1e6),
            max_steps=steps,
        )
        paths = [reference.descend(SLOW_SADDLE, x, 0.1, never, max_steps=steps) for x in STARTS]
        final_points_agree(times, paths, 1e-11)
        assert np.all(times.outcome == ss.Outcome.CENSORED)
        assert np.all(times.steps == steps)


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("noise", ["gaussian", "sphere", "ball"])
def test_noisy_descent_adds_its_noise_at_every_step(noise: str, scaled: bool) -> None:
    steps, step_size, scale = 40, 0.1, 0.3
    times = ss.escape_times(
        SADDLE,
        ss.NoisyGradientDescent(step_size, scale, noise=noise, scaled_by_step=scaled),
        initial=ss.At(STARTS),
        escape=ss.LeavesBall(radius=1e6),
        max_steps=steps,
        seed=5,
    )
    key, law = stream_key(5, SADDLE), _core.NoiseLaw.__members__[noise]
    size = scale * step_size if scaled else scale
    paths = []
    for trajectory, x in enumerate(STARTS):
        added = size * _core.noise(law, key, trajectory, steps, 5)  # -n has the law of n
        paths.append(
            reference.descend(SLOW_SADDLE, x, step_size, never, max_steps=steps, noise=added)
        )
    final_points_agree(times, paths, 1e-11)


@pytest.mark.parametrize("dim", [1, 2, 3, 4, 5, 11])
def test_noise_is_what_its_counter_says(dim: int) -> None:
    key = 0x0123456789ABCDEF
    for step in (0, 1, 6):
        draws = reference.Draws(key, reference.NOISE, trajectory=77, step=step)
        normal, ball = draws.normals(dim), draws.ball(dim)
        for law, expected in (
            (_core.NoiseLaw.gaussian, normal),
            (_core.NoiseLaw.sphere, normal / np.linalg.norm(normal)),
            (_core.NoiseLaw.ball, ball),
        ):
            drawn = _core.noise(law, key, 77, 7, dim)[step]
            np.testing.assert_allclose(drawn, expected, atol=2e-6)


@pytest.mark.parametrize("dim", [1, 2, 3, 10])
def test_noise_has_the_distribution_it_is_named_for(dim: int) -> None:
    n = 20_000
    gaussian, sphere, ball = (
        _core.noise(law, 42, 3, n, dim)
        for law in (_core.NoiseLaw.gaussian, _core.NoiseLaw.sphere, _core.NoiseLaw.ball)
    )
    limit = laws.ks_limit(n)
    for j in range(dim):
        assert stats.kstest(gaussian[:, j], "norm").statistic < limit
    np.testing.assert_allclose(np.linalg.norm(sphere, axis=1), 1, rtol=1e-6)
    radius = np.linalg.norm(ball, axis=1)
    assert stats.kstest(radius**dim, "uniform").statistic < limit
    if dim > 1:
        share = stats.beta(0.5, (dim - 1) / 2).cdf
        for x in (sphere, ball / radius[:, None]):
            assert stats.kstest(x[:, -1] ** 2, share).statistic < limit
        assert np.abs(np.corrcoef(gaussian.T) - np.eye(dim)).max() < 4.5 / math.sqrt(n)
    for x in (gaussian, sphere, ball):
        np.testing.assert_array_less(np.abs(x.mean(axis=0)), 4.5 * x.std(axis=0) / math.sqrt(n))
        following = np.corrcoef(x[:-1, 0], x[1:, 0])[0, 1]  # from one step to the next
        assert abs(following) < 4.5 / math.sqrt(n)


def test_gaussian_noise_has_its_tails() -> None:
    x = _core.noise(_core.NoiseLaw.gaussian, 1, 0, 250_000, 8)
    for sigmas in (2, 3, 4, 4.5):
        p = math.erfc(sigmas / math.sqrt(2))
        count = np.count_nonzero(np.abs(x) > sigmas)
        assert count == pytest.approx(p * x.size, abs=4.5 * math.sqrt(p * x.size))
    kurtosis_error = 4 * math.sqrt(24 / x.size)
    assert stats.kurtosis(x, axis=None) == pytest.approx(0, abs=kurtosis_error)


@pytest.mark.parametrize("interval", [1, 2, 7, 1000])
def test_perturbed_descent_takes_the_references_steps_and_kicks(interval: int) -> None:
    radius, threshold, step_size, steps = 0.05, 0.2, 0.1, 60
    times = ss.escape_times(
        SADDLE,
        ss.PerturbedGradientDescent(step_size, radius, threshold, interval),
        initial=ss.At(STARTS),
        escape=ss.LeavesSubspace(radius=1.0),
        max_steps=steps,
        seed=9,
    )
    key = stream_key(9, SADDLE)
    (row,) = SADDLE.escape_subspace(SADDLE.stationary_points()[0])
    paths = [
        reference.descend_perturbed(
            SLOW_SADDLE,
            x,
            step_size,
            lambda x: abs(row @ x) >= 1.0,
            max_steps=steps,
            gradient_threshold=threshold,
            min_interval=interval,
            kick=lambda t, i=i: radius * reference.Draws(key, reference.KICK, i, t).ball(5),
        )
        for i, x in enumerate(STARTS)
    ]
    assert list(times.perturbations) == [len(p.kicks) for p in paths]
    assert list(times.steps) == [p.steps for p in paths]
    assert list(times.outcome == ss.Outcome.ESCAPED) == [p.escaped for p in paths]
    final_points_agree(times, paths, 1e-5)
    assert any(p.kicks for p in paths)
    assert interval > 2 or max(len(p.kicks) for p in paths) > 5


def test_perturbed_descent_on_the_octopus_takes_the_references_steps() -> None:
    octopus, slow = ss.Octopus(5), reference.Octopus(5)
    method = ss.PerturbedGradientDescent(0.25, math.e / 100, math.e / 100, 2)
    times = ss.escape_times(octopus, method, trials=10, seed=4)
    starts = ss.Uniform(-1, 1).sample(octopus, trials=10, seed=4)
    key = stream_key(4, octopus)
    for i, x in enumerate(starts):
        path = reference.descend_perturbed(
            slow,
            x,
            0.25,
            lambda x: bool(np.all(np.abs(x) > 2 * math.e)),
            max_steps=1000,
            gradient_threshold=math.e / 100,
            min_interval=2,
            kick=lambda t, i=i: math.e / 100 * reference.Draws(key, reference.KICK, i, t).ball(5),
        )
        assert (times.steps[i], times.perturbations[i]) == (path.steps, len(path.kicks))


def kicks(start: list[float], threshold: float, interval: int, steps: int) -> int:
    times = ss.escape_times(
        ss.QuadraticSaddle([0.0, 0.0]) if start == [0.0, 0.0] else ss.QuadraticSaddle([2.0, 0.0]),
        ss.PerturbedGradientDescent(0.1, 1e-9, threshold, interval),
        initial=ss.At(start),
        escape=ss.LeavesBall(radius=100.0),
        max_steps=steps,
    )
    return int(times.perturbations[0])


def test_the_rule_of_the_kicks() -> None:
    # where the gradient is 0 for good, kicks come at t = 0, interval, 2 interval, ...
    assert [kicks([0.0, 0.0], 1e-3, 10, steps) for steps in (0, 1, 10, 11, 21)] == [0, 1, 1, 2, 3]
    assert kicks([0.0, 0.0], 1e-3, 1, 25) == 25
    # a gradient of exactly the threshold is small enough, one above it is not
    assert kicks([1.0, 0.0], 2.0, 100, 1) == 1
    assert kicks([1.0, 0.0], math.nextafter(2.0, 0.0), 100, 1) == 0


def test_a_kick_of_the_saddle_itself_is_uniform_in_the_ball() -> None:
    # f = 0 but for its dimension: one step leaves the kick untouched, and 1/2 |x|^2 shows its size
    n, dim, radius = 20_000, 3, 0.7
    flat = ss.QuadraticSaddle([1e-12] * dim)
    times = ss.escape_times(
        flat,
        ss.PerturbedGradientDescent(1e-6, radius, 1.0, 10),
        initial=ss.At(np.zeros(dim)),
        escape=ss.LeavesBall(radius=10.0),
        max_steps=1,
        trials=n,
    )
    size = np.sqrt(2 * times.value / 1e-12)
    assert stats.kstest((size / radius) ** dim, "uniform").statistic < laws.ks_limit(n)


def test_theory_sets_the_constants_of_algorithm_2() -> None:
    l, rho, eps, dim, gap, delta, c = 4.0, 3.0, 0.1, 10, 2.0, 0.05, 0.5  # noqa: E741
    method = ss.PerturbedGradientDescent.from_theory(
        ss.Octopus(dim),
        eps,
        smoothness=l,
        hessian_lipschitz=rho,
        value_gap=gap,
        failure_probability=delta,
        c=c,
    )
    chi = 3 * max(math.log(dim * l * gap / (c * eps**2 * delta)), 4)
    assert method.step_size == pytest.approx(c / l)
    assert method.radius == pytest.approx(math.sqrt(c) / chi**2 * eps / l)
    assert method.gradient_threshold == pytest.approx(math.sqrt(c) / chi**2 * eps)
    assert method.value_threshold == pytest.approx(c / chi**3 * math.sqrt(eps**3 / rho))
    wait = chi / c**2 * l / math.sqrt(rho * eps)  # kick again when more than this has passed
    assert wait < method.min_interval <= wait + 2
    # chi's floor of 12
    easy = ss.PerturbedGradientDescent.from_theory(
        ss.Octopus(1), 1.0, smoothness=1.0, hessian_lipschitz=1.0, value_gap=1e-3
    )
    assert easy.radius == pytest.approx(1 / 144)
    # the landscape's own constants, unless others are given
    own = ss.PerturbedGradientDescent.from_theory(ss.Octopus(2), 0.05)
    assert own.step_size == pytest.approx(1 / ss.Octopus(2).smoothness)
    assert own.guarantee is not None
    assert own.guarantee.iterations > 1e6  # theory is generous
    assert own == ss.PerturbedGradientDescent(  # what it promises is no part of what it is
        own.step_size,
        own.radius,
        own.gradient_threshold,
        own.min_interval,
        value_threshold=own.value_threshold,
    )


def test_theory_escapes_a_saddle_and_returns_at_a_minimum() -> None:
    octopus = ss.Octopus(2)
    method = ss.PerturbedGradientDescent.from_theory(octopus, 0.05, value_gap=130.0)
    at_saddle = ss.escape_times(
        octopus, method, initial=ss.At([0.0, 0.0]), trials=50, max_steps=None
    )
    assert np.all(at_saddle.outcome == ss.Outcome.ESCAPED)
    minimum = octopus.stationary_points()[-1].point
    at_minimum = ss.escape_times(
        octopus,
        method,
        initial=ss.At(minimum),
        escape=ss.ValueBelow(octopus.minimum_value - 1),
        trials=50,
        max_steps=None,
    )
    assert np.all(at_minimum.outcome == ss.Outcome.RETURNED)
    assert np.all(at_minimum.steps == method.min_interval - 1)
    # what is returned is the point before the kick
    np.testing.assert_allclose(at_minimum.value, octopus.minimum_value, rtol=1e-12)
    assert np.all(at_minimum.gradient_norm < 1e-12)
    assert at_minimum.median().value == math.inf


def test_the_termination_test_asks_for_a_fall_of_more_than_the_threshold() -> None:
    # From the saddle, a kick of radius r can lower f by at most 1/2 (a^3 r)^2 in three steps.
    f = ss.QuadraticSaddle([-1.0])
    fall = 0.5 * (1.1**3 * 0.1) ** 2

    def run(threshold: float) -> ss.EscapeTimes:
        method = ss.PerturbedGradientDescent(0.1, 0.1, 1e-9, 4, value_threshold=threshold)
        return ss.escape_times(f, method, initial=ss.At([0.0]), trials=200, seed=3)

    refused, loose = run(fall * 1.0001), run(0.0)
    assert np.all(refused.outcome == ss.Outcome.RETURNED)
    assert np.all(refused.steps == 3)
    assert np.all(refused.value == 0.0)
    assert np.all(loose.outcome == ss.Outcome.ESCAPED)
    # half the kicks are longer than r / 2, and lower f by more than a quarter of that
    half = run(fall / 4)
    assert half.count(ss.Outcome.RETURNED) == pytest.approx(100, abs=4 * math.sqrt(50))


def test_a_stalled_trajectory_is_one_that_a_step_does_not_change() -> None:
    f = ss.QuadraticSaddle([1.0, -1.0])
    method = ss.GradientDescent(0.5)
    at_once = ss.escape_times(f, method, initial=ss.At([0.0, 0.0]))
    assert np.all(at_once.outcome == ss.Outcome.STALLED)
    assert np.all(at_once.steps == 0)
    # halving 1 reaches the smallest denormal after 1074 steps, where x - x/2 rounds to 0 or stays
    later = ss.escape_times(f, method, initial=ss.At([1.0, 0.0]))
    assert np.all(later.outcome == ss.Outcome.STALLED)
    assert np.all(np.isin(later.steps, [1074, 1075]))
    # a method that kicks is never stalled
    kicked = ss.escape_times(
        f, ss.PerturbedGradientDescent(0.5, 0.1, 0.1, 50), initial=ss.At([0.0, 0.0]), trials=50
    )
    assert np.all(kicked.outcome == ss.Outcome.ESCAPED)
