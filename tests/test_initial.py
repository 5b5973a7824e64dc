"""Starting points: their distributions, the words they are made of, and that runs use them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import laws
import reference
import saddlesim as ss
from saddlesim.description import stream_key

N = 20_000
DIMS = [1, 2, 3, 10]


def flat(dim: int) -> ss.QuadraticSaddle:
    return ss.QuadraticSaddle(np.ones(dim))


def sample(initial: ss.Initial, dim: int) -> np.ndarray:
    x = initial.sample(flat(dim), trials=N, seed=21)
    assert x.shape == (N, dim)
    assert x.dtype == np.float64
    for j in range(min(dim, 3) - 1):
        assert abs(np.corrcoef(x[:, j], x[:, j + 1])[0, 1]) < 4 / math.sqrt(N)
    assert abs(np.corrcoef(x[1:, 0], x[:-1, 0])[0, 1]) < 4 / math.sqrt(N)
    return x


@pytest.mark.parametrize("dim", DIMS)
def test_uniform(dim: int) -> None:
    x = sample(ss.Uniform(-1, 3), dim)
    for column in x.T:
        assert stats.kstest(column, stats.uniform(-1, 4).cdf).statistic < laws.ks_limit(N)
    assert np.all((x > -1) & (x < 3))


@pytest.mark.parametrize("dim", DIMS)
def test_gaussian(dim: int) -> None:
    center = np.arange(dim) * 5.0
    x = sample(ss.Gaussian(0.2, center), dim)
    for column, c in zip(x.T, center, strict=True):
        assert stats.kstest(column, stats.norm(c, 0.2).cdf).statistic < laws.ks_limit(N)


@pytest.mark.parametrize("dim", DIMS)
def test_ball_and_sphere(dim: int) -> None:
    center = np.full(dim, -2.0)
    ball = sample(ss.Ball(0.5, center), dim) - center
    sphere = sample(ss.Sphere(0.5, center), dim) - center
    np.testing.assert_allclose(np.linalg.norm(sphere, axis=1), 0.5, rtol=1e-12)
    radius = np.linalg.norm(ball, axis=1)
    assert stats.kstest((radius / 0.5) ** dim, "uniform").statistic < laws.ks_limit(N)
    for x in (ball / radius[:, None], sphere / 0.5):
        if dim == 1:
            assert np.mean(x > 0) == pytest.approx(0.5, abs=2 / math.sqrt(N))
        else:  # a coordinate of a direction: its square is Beta, its sign a fair coin
            share = stats.beta(0.5, (dim - 1) / 2).cdf
            for column in x.T:
                assert stats.kstest(column**2, share).statistic < laws.ks_limit(N)
                assert np.mean(column > 0) == pytest.approx(0.5, abs=2 / math.sqrt(N))


def test_points_are_made_of_the_words_of_their_seed_and_id() -> None:
    octopus = ss.Octopus(5)
    key = stream_key(3, octopus)
    ids = range(2**33 + 7, 2**33 + 10)  # beyond what one counter word holds
    x = ss.Uniform(-1, 1).sample(octopus, trials=ids, seed=3)
    y = ss.Ball(2.0).sample(octopus, trials=ids, seed=3)
    for row, trajectory in enumerate(ids):
        draws = reference.Draws(key, reference.INITIAL, trajectory)
        np.testing.assert_array_equal(x[row], 2 * draws.uniforms(5) - 1)
        high, low = draws.words(3)[:2]  # the draw after the three that the normals take
        u = ((high << 21) + (low >> 11) + 0.5) / 2**53
        assert np.linalg.norm(y[row]) == pytest.approx(2 * u ** (1 / 5), rel=1e-12)


@pytest.mark.parametrize(
    "initial",
    [
        ss.Uniform(-1, 1),
        ss.Ball(0.5),
        ss.Sphere(0.5),
        ss.Gaussian(0.1, [0.3, 0.0, 0.1]),
        ss.At([0.1, 0.2, 0.3]),
        ss.At(np.linspace(-1, 1, 30).reshape(10, 3)),
    ],
)
def test_a_run_starts_where_sample_says(initial: ss.Initial) -> None:
    octopus = ss.Octopus(3)
    x = initial.sample(octopus, trials=10, seed=6)
    times = ss.escape_times(
        octopus, ss.GradientDescent(0.25), initial=initial, trials=10, max_steps=0, seed=6
    )
    np.testing.assert_array_equal(times.value, octopus.value(x))
    np.testing.assert_array_equal(times.outcome, ss.Outcome.CENSORED)


def test_a_run_from_sampled_points_is_the_run() -> None:
    octopus, method = ss.Octopus(4), ss.GradientDescent(0.25)
    x = ss.Uniform(-1, 1).sample(octopus, trials=50, seed=2)
    direct = ss.escape_times(octopus, method, trials=50, seed=2)
    given = ss.escape_times(octopus, method, initial=ss.At(x), seed=99)
    np.testing.assert_array_equal(direct.steps, given.steps)
    np.testing.assert_array_equal(direct.value, given.value)


def test_at_takes_one_point_for_all_or_one_for_each() -> None:
    f, method = ss.QuadraticSaddle([-1.0, 1.0]), ss.GradientDescent(0.1)
    assert len(ss.escape_times(f, method, initial=ss.At([0.5, 0.5]), trials=7)) == 7
    assert len(ss.escape_times(f, method, initial=ss.At([[0.5, 0.5], [1, 1]]))) == 2
    part = ss.escape_times(
        f, method, initial=ss.At([[0.5, 0], [0.2, 0], [2, 0]]), trials=range(1, 3)
    )
    assert list(part.steps) == [math.ceil(math.log(5) / math.log(1.1)), 0]
    assert ss.At([[0.5, 0.5]]).sample(f).shape == (1, 2)
    points = np.ones((2, 2))
    start = ss.At(points)
    points[:] = 5  # the description keeps what it was given
    np.testing.assert_array_equal(start.points, np.ones((2, 2)))
    with pytest.raises(ValueError, match="read-only"):
        start.points[0, 0] = 3


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.uint8])
def test_at_converts_other_numbers(kind: type) -> None:
    f = ss.QuadraticSaddle([-1.0, 1.0])
    points = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype=kind)[:, ::2]
    np.testing.assert_array_equal(ss.At(points).sample(f), [[1, 3], [5, 7]])


def test_landscapes_start_trajectories_somewhere_sensible() -> None:
    assert ss.Octopus(3).default_initial() == ss.Uniform(-1, 1)
    assert ss.QuadraticSaddle([-1.0]).default_initial() == ss.Uniform(-1, 1)
