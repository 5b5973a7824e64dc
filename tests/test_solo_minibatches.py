"""Minibatches of one trajectory at a time: the very bits of a lane, with any threads."""

from __future__ import annotations

import numpy as np
import pytest

import saddlesim as ss
from saddlesim import _core
from test_solo import DTYPES, both

RELU = ss.TwoLayerReLU.random(5, samples=150, width=44, seed=6)
DEEP = ss.DeepNetwork.random(3, samples=150, hidden=[24, 10], activation="tanh", seed=6)
TWO_OUTPUTS = ss.DeepNetwork(
    *np.split(np.random.default_rng(3).normal(size=(20, 5)), [3], axis=1), hidden=[7, 6]
)
EACH = pytest.mark.parametrize("f", [RELU, DEEP, TWO_OUTPUTS], ids=["relu", "deep", "outputs"])


pytestmark = pytest.mark.usefixtures("solo_again")


@EACH
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("replacement", [True, False])
def test_runs_are_those_of_lanes(
    f: ss.Landscape, replacement: bool, threads: int, dtype: str
) -> None:
    run = {"threads": threads, "dtype": dtype, "escape": ss.ValueBelow(-1.0), "max_steps": 7}
    # one sample, part of a register, some tiles of a lane, more than a tile of one alone
    for batch in (1, 5, 19, 150):
        if batch > f.samples:
            continue
        step = ss.StochasticGradientDescent(
            0.1 / f.smoothness, batch_size=batch, replacement=replacement
        )
        both(f, step, trials=range(40, 42), **run)


@EACH
@pytest.mark.parametrize("threads", [1, 3])
def test_they_end_alike(f: ss.Landscape, threads: int) -> None:
    step = ss.StochasticGradientDescent(0.1 / f.smoothness, batch_size=8)
    level = 0.97 * f.value(np.zeros(f.dim))
    assert both(f, step, escape=ss.ValueBelow(level), max_steps=5000, threads=threads).escaped.all()
    both(f, step, escape=ss.GradientBelow(0.3), threads=threads)
    wild = ss.StochasticGradientDescent(1e6, batch_size=8)
    diverged = both(f, wild, escape=ss.ValueBelow(-1.0), threads=threads)
    if f is RELU:
        assert diverged.count(ss.Outcome.DIVERGED) == 3
    # no step is the last one only because nothing moved: other samples come
    idle = ss.StochasticGradientDescent(1e-30, batch_size=8)
    still = both(f, idle, escape=ss.ValueBelow(-1.0), max_steps=9, threads=threads)
    assert still.count(ss.Outcome.CENSORED) == 3


def test_noise_stays_in_lanes() -> None:
    noisy = ss.StochasticGradientDescent(0.01, batch_size=5, noise_scale=0.1)
    both(RELU, noisy, escape=ss.ValueBelow(-1.0), max_steps=5, threads=1, lanes=16)


@EACH
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_training_is_that_of_a_lane(f: ss.TwoLayerReLU, threads: int) -> None:
    step = ss.StochasticGradientDescent(0.1 / f.smoothness, batch_size=11)
    seen = []
    for use in (True, False):
        _core.use_solo(use)
        seen.append(ss.train(f, step, steps=30, every=10, trajectory=7, seed=5, threads=threads))
    alone, together = seen
    assert alone.point.tobytes() == together.point.tobytes()
    assert alone.value.tobytes() == together.value.tobytes()
    assert alone.gradient_norm.tobytes() == together.gradient_norm.tobytes()
