"""Minibatches of deep networks against slow sums over samples."""

from __future__ import annotations

import numpy as np
import pytest

import saddlesim as ss
from digests import digest
from references import deep
from saddlesim import _core
from saddlesim.description import stream_key
from saddlesim.landscapes import data
from saddlesim.precision import compiled
from test_deep_network import reference

CASES: dict[str, tuple[list[int], str, str, str]] = {
    "relu": ([3, 5, 4, 1], "relu", "squared", "ntk"),
    "relu, logistic": ([3, 6, 2], "relu", "logistic", "standard"),
    "tanh": ([2, 4, 3], "tanh", "squared", "standard"),
    "softplus": ([3, 1, 1], "softplus", "logistic", "ntk"),
    "quadratic": ([3, 2, 3, 2], "quadratic", "squared", "ntk"),
}
GOLDEN = {
    "relu": ["426e34c0adf9959c", "c4465157b4225daf"],
    "relu, logistic": ["4d636d37bf63867b", "53a5b7b57dabb18d"],
    "tanh": ["c6ef974e5e967635", "d53cab790bca627e"],
    "softplus": ["8f16e277ca496668", "129b21ae59848e7b"],
    "quadratic": ["3fd33c74690e8cab", "e9495788183b66c4"],
}


def case(name: str) -> tuple[ss.DeepNetwork, deep.DeepNetwork]:
    widths, activation, loss, scaling = CASES[name]
    X = data.normals(1, "deep, inputs", (11, widths[0]))
    Y = data.normals(1, "deep, targets", (11, widths[-1]))
    Y = np.where(Y > 0, 1.0, -1.0) if loss == "logistic" else Y
    f = ss.DeepNetwork(X, Y, widths[1:-1], activation, loss, scaling)
    return f, reference(f)


def points(f: ss.Landscape, count: int) -> np.ndarray:
    return 0.7 * data.normals(0, "deep, points", (count, f.dim))


def parts(slow: deep.DeepNetwork, x: np.ndarray) -> np.ndarray:
    """The gradients whose mean is that of f, one for each sample."""
    return len(slow.X) * np.array([slow.part(x, i) for i in range(len(slow.X))])


@pytest.mark.parametrize("name", CASES)
def test_the_mean_over_all_samples_is_the_gradient(name: str) -> None:
    f, _ = case(name)
    samples = f.lower_samples(_core)
    assert samples.count == f.samples == 11
    x = points(f, 1)
    whole = samples.gradient(x, np.arange(11)[None])  # in tiles, in one batch
    gradient = f.gradient(x)
    np.testing.assert_allclose(whole, gradient, atol=1e-12 * np.abs(gradient).max())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_a_minibatch_is_the_mean_of_its_samples(name: str, dtype: str) -> None:
    f, slow = case(name)
    x = points(f, 20)
    which = (np.arange(20)[:, None] * 7 + np.arange(13) ** 2) % 11
    ours = f.lower_samples(compiled(dtype)).gradient(x, which)
    expected = np.array(
        [parts(slow, p)[rows].mean(axis=0) for p, rows in zip(x, which, strict=True)]
    )
    atol = (1e-13 if dtype == "float64" else 2e-5) * np.abs(expected).max()
    np.testing.assert_allclose(ours, expected, atol=atol)


@pytest.mark.parametrize("name", CASES)
def test_steps_follow_the_minibatches_of_their_counters(name: str) -> None:
    f, slow = case(name)
    starts, steps, eta = points(f, 3), 5, 1e-3
    times = ss.escape_times(
        f,
        ss.StochasticGradientDescent(eta, 3, replacement=False),
        initial=ss.At(starts),
        escape=ss.ValueBelow(-1.0),
        max_steps=steps,
        seed=3,
        record=("points",),
    )
    key = stream_key(3, f)
    assert times.points is not None
    for i, x in enumerate(starts):
        for rows in _core.minibatch_indices(key, i, 0, steps, 11, 3, False):
            x = x - eta * parts(slow, x)[rows].mean(axis=0)
        np.testing.assert_allclose(times.points[i], x, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_golden_bits_of_minibatches(name: str) -> None:
    f, _ = case(name)
    which = (np.arange(20)[:, None] * 5 + np.arange(11)) % 11
    cores = [_core, compiled("float32")]
    found = [digest([f.lower_samples(core).gradient(points(f, 20), which)]) for core in cores]
    assert found == GOLDEN[name]
