"""Minibatches: gradients against slow sums over samples, which samples they are, their bits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import saddlesim as ss
from digests import digest
from saddlesim import _core
from saddlesim.description import stream_key
from saddlesim.precision import compiled
from sampled import LANDSCAPES, Array, parts, point


@pytest.mark.parametrize("name", LANDSCAPES)
def test_the_mean_over_all_samples_is_the_gradient(name: str) -> None:
    f = LANDSCAPES[name]
    samples = f.lower_samples(_core)
    assert samples.count == f.samples
    x, one_each = point(f), np.arange(f.samples)[:, None]
    single = samples.gradient(np.tile(x, (f.samples, 1)), one_each)
    gradient = f.gradient(x)
    size = np.abs(single).max()
    np.testing.assert_allclose(single.mean(axis=0), gradient, atol=1e-12 * size)
    whole = samples.gradient(x[None], one_each.T)  # in tiles, in one batch
    np.testing.assert_allclose(whole[0], gradient, atol=1e-12 * size)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", LANDSCAPES)
def test_a_minibatch_is_the_mean_of_its_samples(name: str, dtype: str) -> None:
    f = LANDSCAPES[name]
    x = np.array([point(f, seed) for seed in range(40)])
    which = (np.arange(40)[:, None] * 7 + np.arange(13) ** 2) % f.samples
    ours = f.lower_samples(compiled(dtype)).gradient(x, which)
    slow = np.array([parts(f, p)[rows].mean(axis=0) for p, rows in zip(x, which, strict=True)])
    atol = (1e-13 if dtype == "float64" else 2e-5) * np.abs(slow).max()
    np.testing.assert_allclose(ours, slow, atol=atol)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("name", LANDSCAPES)
def test_steps_follow_the_minibatches_of_their_counters(name: str, replacement: bool) -> None:
    f, steps, trials = LANDSCAPES[name], 7, 5
    batch = min(3, f.samples)
    eta = 0.05 / (np.abs(parts(f, point(f))).max() + 1)
    starts = np.array([point(f, seed) for seed in range(trials)])
    method = ss.StochasticGradientDescent(eta, batch, replacement=replacement, noise_scale=0.1)
    times = ss.escape_times(
        f,
        method,
        initial=ss.At(starts),
        escape=ss.ValueBelow(-1.0),
        max_steps=steps,
        seed=3,
        record=("points",),
    )
    key = stream_key(3, f)
    for i, x in enumerate(starts):
        which = _core.minibatch_indices(key, i, 0, steps, f.samples, batch, replacement)
        noise = _core.noise(_core.NoiseLaw.gaussian, key, i, steps, f.dim)
        for rows, n in zip(which, noise, strict=True):
            x = x - eta * parts(f, x)[rows].mean(axis=0) + 0.1 * eta * n
        assert times.points is not None
        np.testing.assert_allclose(times.points[i], x, atol=1e-10)
    np.testing.assert_array_equal(times.gradient_evaluations, steps)


def test_independent_indices_are_what_philox_says() -> None:
    key, n, step = 0x0123456789ABCDEF, 37, 2**33 + 5
    for trajectory in (0, 2**32 + 9):
        ours = _core.minibatch_indices(key, trajectory, step, 1, n, 11, True)[0]
        for i, index in enumerate(ours):
            high = (step >> 32) | (trajectory >> 32) << 16
            counter = [(i // 2) | 4 << 28, step % 2**32, high, trajectory % 2**32]
            words = _core.philox(counter, [key % 2**32, key >> 32])
            first, second = words[2 * (i % 2) : 2 * (i % 2) + 2]
            assert index == ((first << 32 | second) * n) >> 64


@pytest.mark.parametrize("n", [1, 2, 3, 7, 10, 320, 1000])
def test_independent_indices_are_uniform_and_do_not_follow_one_another(n: int) -> None:
    draws = _core.minibatch_indices(5, 3, 0, 40 * n + 1000, n, 5, True)
    counts = np.bincount(draws.ravel(), minlength=n)
    assert counts.shape == (n,)
    if n == 1:
        return
    assert stats.chisquare(counts).pvalue > 1e-4
    if n <= 10:
        for first, second in ((draws[:, 0], draws[:, 1]), (draws[:-1, 4], draws[1:, 0])):
            pairs = np.bincount(first * n + second, minlength=n * n)
            assert stats.chisquare(pairs).pvalue > 1e-4


@pytest.mark.parametrize("n", [1, 2, 3, 5, 16, 17, 97, 320, 1021])
@pytest.mark.parametrize("batch", [1, 3, 8, 11])
def test_an_epoch_has_every_sample_once(n: int, batch: int) -> None:
    batch = min(batch, n)
    epochs = 6
    steps = math.ceil(epochs * n / batch)
    drawn = _core.minibatch_indices(11, 4, 0, steps, n, batch, False).ravel()
    orders = drawn[: epochs * n].reshape(epochs, n)
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(n), (epochs, 1)))
    if n > 10:
        assert len(np.unique(orders, axis=0)) == epochs
    later = _core.minibatch_indices(11, 4, steps - 1, 1, n, batch, False)[0]
    np.testing.assert_array_equal(later, drawn[-batch:])  # a function of the step


def orders(n: int, count: int) -> Array:
    return _core.minibatch_indices(6, 1, 0, count, n, n, False)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_all_orders_are_equally_frequent(n: int) -> None:
    count = 400 * math.factorial(n)
    codes = orders(n, count) @ n ** np.arange(n)
    _, counts = np.unique(codes, return_counts=True)
    assert len(counts) == math.factorial(n)
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("n", [9, 17, 30])
def test_samples_and_pairs_of_them_are_uniform_in_orders(n: int) -> None:
    drawn = orders(n, 60 * n * n)
    for position in (0, 1, n - 1):
        assert stats.chisquare(np.bincount(drawn[:, position], minlength=n)).pvalue > 1e-4
    for i, j in ((0, 1), (0, n - 1), (3, 5)):
        pairs = np.bincount(drawn[:, i] * n + drawn[:, j], minlength=n * n)
        assert stats.chisquare(pairs[pairs > 0]).pvalue > 1e-4
        assert np.count_nonzero(pairs) == n * (n - 1)
    # neither does an order say something of the next
    following = np.bincount(drawn[:-1, 0] * n + drawn[1:, 0], minlength=n * n)
    assert stats.chisquare(following).pvalue > 1e-4


def test_whole_batches_without_replacement_are_gradient_descent() -> None:
    f = LANDSCAPES["deep linear"]
    points = [
        ss.escape_times(
            f,
            method,
            initial=ss.Gaussian(0.3),
            escape=ss.ValueBelow(-1.0),
            trials=20,
            max_steps=50,
            record=("points",),
        ).points
        for method in (
            ss.GradientDescent(0.01),
            ss.StochasticGradientDescent(0.01, f.samples, replacement=False),
        )
    ]
    np.testing.assert_allclose(points[0], points[1], atol=1e-12)


GOLDEN_MINIBATCHES = {
    "sensing": ["9472559372a47a39", "6a6c2e143c2448cb"],
    "sensing, one": ["4d755582b3e76500", "fd748be9796fc11d"],
    "completion": ["8f5c6c4721f4ef3e", "411cc1257e38ef9f"],
    "quadratic network": ["a91f49d167983aeb", "59fc736a21f46413"],
    "quadratic network, entries": ["212a82c1dc07f679", "0397687920d79dc6"],
    "deep linear": ["a52e68810abf3ee1", "8077c3d6b31696bf"],
    "linear": ["91519fdd9aacedc5", "d089b635851e0f05"],
    "ReLU": ["b85988d2164e2c1b", "a2ef4d9cffc8a600"],
}


@pytest.mark.parametrize("name", LANDSCAPES)
def test_golden_bits_of_minibatches(name: str) -> None:
    f = LANDSCAPES[name]
    x = np.array([point(f, seed) for seed in range(20)])
    which = (np.arange(20)[:, None] * 5 + np.arange(11)) % f.samples
    cores = [_core, compiled("float32")]
    found = [digest([f.lower_samples(core).gradient(x, which)]) for core in cores]
    assert found == GOLDEN_MINIBATCHES[name]
