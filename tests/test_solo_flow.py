"""Gradient flow of one trajectory at a time: the very bits of a lane, with any threads."""

from __future__ import annotations

import numpy as np
import pytest

import saddlesim as ss
from test_solo import both

RELU = ss.TwoLayerReLU.random(5, samples=21, width=44, seed=6)
DEEP = ss.DeepNetwork.random(3, samples=16, hidden=[24, 10], activation="tanh", seed=6)
EACH = pytest.mark.parametrize("f", [RELU, DEEP], ids=["relu", "deep"])


pytestmark = pytest.mark.usefixtures("solo_again")


@EACH
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_runs_are_those_of_lanes(f: ss.Landscape, threads: int) -> None:
    flow = ss.GradientFlow(relative_tolerance=1e-6, absolute_tolerance=1e-9)
    run = {"threads": threads, "max_steps": 3000}
    starts = f.default_initial().sample(f, trials=3, seed=3)
    steepest = np.linalg.norm(f.gradient(starts), axis=1).min()
    level = 0.99 * f.value(np.zeros(f.dim))
    escaped = both(f, flow, escape=ss.ValueBelow(level), **run)
    assert escaped.escaped.all()
    assert np.unique(escaped.log10_steps).size == 3
    flatter = both(f, flow, escape=ss.GradientBelow(0.9 * steepest), **run)
    assert flatter.escaped.all() or f is RELU  # whose flow slides along kinks
    both(f, flow, escape=ss.ValueBelow(level), **(run | {"trials": range(1000, 1002)}))


@EACH
@pytest.mark.parametrize("threads", [1, 3])
def test_they_end_alike(f: ss.Landscape, threads: int) -> None:
    flow = ss.GradientFlow(relative_tolerance=1e-6, absolute_tolerance=1e-9)
    run = {"threads": threads}
    budget = both(f, flow, escape=ss.ValueBelow(-1.0), max_steps=9, **run)
    assert budget.count(ss.Outcome.CENSORED) == 3
    assert both(f, flow, escape=ss.ValueBelow(1e9), max_steps=0, **run).escaped.all()
    both(f, flow, escape=ss.ValueBelow(-1.0), max_steps=0, **run)
    far = ss.At(1e200 * np.random.default_rng(1).normal(size=f.dim))
    assert both(f, flow, escape=ss.ValueBelow(-1.0), initial=far, **run).count(ss.Outcome.DIVERGED)
    flat = ss.DeepNetwork(DEEP.X, np.zeros(16), hidden=[24, 10])
    at_rest = ss.At(np.zeros(flat.dim))
    still = both(flat, flow, escape=ss.ValueBelow(-1.0), initial=at_rest, **run)
    assert still.count(ss.Outcome.STALLED) == 3


def test_only_where_it_is_the_same() -> None:
    flow = ss.GradientFlow()
    run = {"threads": 1, "max_steps": 5, "lanes": 16}
    both(RELU, flow, escape=ss.LeavesBall(radius=1e9), **run)
    both(RELU, flow, escape=ss.ValueBelow(-1.0), trials=40, **run)


def test_threads_work_on_one_trajectory() -> None:
    run = ss.escape_times(
        RELU, ss.GradientFlow(), escape=ss.ValueBelow(-1.0), trials=1, max_steps=5, threads=4
    )
    assert (run.diagnostics["threads"], run.diagnostics["lanes"]) == (4, 1)
    wide = ss.escape_times(
        ss.QuadraticSaddle([1.0, -1.0]), ss.GradientFlow(), trials=1, max_steps=5, threads=4
    )
    assert wide.diagnostics["threads"] == 1
