"""One trajectory at a time: the very bits of a lane, however many threads work on it."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import saddlesim as ss
from saddlesim.precision import compiled

COLUMNS = (
    "steps",
    "log10_steps",
    "outcome",
    "underflowed",
    "perturbations",
    "value",
    "gradient_norm",
    "points",
)
COSTS = ("gradient_evaluations", "value_evaluations", "hessian_vector_products")
DTYPES = {"float64": np.float64, "float32": np.float32}


pytestmark = pytest.mark.usefixtures("solo_again")


def use_solo(use: bool) -> None:
    for dtype in DTYPES:
        compiled(dtype).use_solo(use)


def network(seed: int, n: int, d: int, width: int) -> ss.TwoLayerReLU:
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], width)
    return ss.TwoLayerReLU(rng.normal(size=(n, d)), 3 * rng.normal(size=n), width, signs)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 70),
    d=st.integers(1, 30),
    width=st.integers(1, 40),
    threads=st.integers(1, 3),
    dtype=st.sampled_from(tuple(DTYPES)),
    zeros=st.booleans(),
)
def test_derivatives_are_those_of_a_lane(
    seed: int, n: int, d: int, width: int, threads: int, dtype: str, zeros: bool
) -> None:
    f = network(seed, n, d, width)
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(2, f.dim)).astype(DTYPES[dtype])
    if zeros:  # kinks, and units that are nowhere active
        x[rng.random(f.dim) < 0.5] = -0.0
        x[: d * (width // 2)] = -np.abs(x[: d * (width // 2)])
    lanes = compiled(dtype)
    lowered = f.lowered(lanes)
    value, again, gradient, product = lanes.solo_derivatives(lowered, x, v, threads)
    point = x[None].astype(np.float64)
    assert lowered.value(point, 1)[0] == value == again
    same_bits(lowered.gradient(point, 1)[0].astype(x.dtype), gradient)
    same_bits(lowered.hvp(point, v[None].astype(np.float64), 1)[0].astype(x.dtype), product)


def same_bits(a: Any, b: Any) -> None:
    assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_points_are_looked_at_one_at_a_time(threads: int, dtype: str) -> None:
    deep = ss.DeepNetwork.random(3, samples=11, hidden=[9, 7], activation="tanh", seed=2)
    for f in (network(4, 21, 5, 19), deep):
        lowered = f.lowered(compiled(dtype))
        for count in (1, 3, 40):
            X, V = np.random.default_rng(count).normal(size=(2, count, f.dim))
            seen = []
            for use in (True, False):
                use_solo(use)
                value, gradient = lowered.value(X, threads), lowered.gradient(X, threads)
                seen.append((value, gradient, lowered.hvp(X, V, threads)))
            for alone, together in zip(*seen, strict=True):
                np.testing.assert_array_equal(alone, together)


def test_ctrl_c_ends_products_at_points() -> None:
    f = ss.DeepNetwork.random(20, samples=100, hidden=[300, 300], seed=1)
    X = np.random.default_rng(0).normal(size=(300, f.dim))
    sent = interrupt_after(0.3)
    with pytest.raises(KeyboardInterrupt):
        f.hvp(X, X, threads=2)
    assert time.monotonic() - sent[0] < 0.5


def test_nothing_hides_a_nan() -> None:
    f = network(1, 20, 4, 9)
    x = np.ones(f.dim)
    x[3] = np.nan
    core = compiled("float64")
    value, _, gradient, _ = core.solo_derivatives(f.lowered(core), x, x, 2)
    assert np.isnan(value)
    assert np.isnan(gradient[:4]).all()
    with pytest.raises(ValueError, match="must be a Solo"):
        core.solo_derivatives(ss.Octopus(2).core, np.ones(2), np.ones(2), 1)


def both(f: ss.Landscape, method: ss.Method, *, lanes: int = 1, **run: Any) -> Any:
    """Run one at a time and in lanes, and return what both say."""
    run = {"seed": 3, "record": ("points",), "trials": 3, "max_steps": 400, **run}
    use_solo(True)
    alone = ss.escape_times(f, method, **run)
    use_solo(False)
    together = ss.escape_times(f, method, **(run | {"threads": 1}))
    assert (alone.diagnostics["lanes"], together.diagnostics["lanes"] > 1) == (lanes, True)
    for column in (*COLUMNS, *COSTS):
        assert getattr(alone, column).tobytes() == getattr(together, column).tobytes(), column
    return alone


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("dtype", DTYPES)
def test_runs_are_those_of_lanes(threads: int, dtype: str) -> None:
    f = ss.TwoLayerReLU.random(5, samples=21, width=44, seed=6)
    step = ss.GradientDescent(1 / f.smoothness)
    run = {"threads": threads, "dtype": dtype}
    escaped = both(f, step, escape=ss.ValueBelow(1.0), max_steps=2000, **run)
    assert escaped.escaped.all()
    assert both(f, step, escape=ss.GradientBelow(0.3), max_steps=2000, **run).escaped.all()
    budget = both(f, step, escape=ss.ValueBelow(-1.0), max_steps=17, **run)
    assert (budget.steps == 17).all()
    assert budget.count(ss.Outcome.CENSORED) == 3
    assert (both(f, step, max_steps=0, **run).steps == 0).all()
    wild = both(f, ss.GradientDescent(60.0), escape=ss.ValueBelow(-1.0), **run)
    assert wild.count(ss.Outcome.DIVERGED) == 3
    at_rest = ss.At(np.full(f.dim, 1e-3) * -np.sign(f.X.mean(axis=0)).repeat(44))
    tiny = ss.GradientDescent(1e-30)
    still = both(f, tiny, escape=ss.ValueBelow(-1.0), initial=at_rest, **run)
    assert still.count(ss.Outcome.STALLED) == 3
    part = both(f, step, trials=range(1000, 1003), **run)
    assert part.trajectory.tolist() == [1000, 1001, 1002]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rule", [ss.HeavyBall, ss.Nesterov])
def test_momentum_is_that_of_lanes(rule: type[ss.HeavyBall], threads: int, dtype: str) -> None:
    run = {"threads": threads, "dtype": dtype}
    relu = ss.TwoLayerReLU.random(5, samples=21, width=44, seed=6)
    deep = ss.DeepNetwork.random(3, samples=6, hidden=[24, 10], activation="tanh", seed=6)
    for f in (relu, deep):
        method = rule(0.2 / f.smoothness, 0.9)
        level = 0.2 * f.value(np.zeros(f.dim))
        escaped = both(f, method, escape=ss.ValueBelow(level), max_steps=2000, **run)
        assert escaped.escaped.all()
        both(f, method, escape=ss.GradientBelow(1e-3), **run)
        both(f, rule(90.0, 0.9), escape=ss.ValueBelow(-1.0), **run)
    # many pieces of a step
    wide = ss.TwoLayerReLU.random(40, samples=5, width=1003, seed=6)
    both(wide, rule(0.1, 0.5), escape=ss.ValueBelow(-1.0), max_steps=20, **run)
    still = both(deep, rule(1e-30, 0.5), escape=ss.ValueBelow(-1.0), **run)
    assert still.count(ss.Outcome.STALLED) == 3


def test_only_where_it_is_the_same() -> None:
    f = ss.TwoLayerReLU.random(5, samples=21, width=44, seed=6)
    wide = {"threads": 1, "max_steps": 5, "lanes": 16}
    both(f, ss.GradientDescent(0.1), trials=100, **wide)
    both(f, ss.NoisyGradientDescent(0.1, 0.1), **wide)
    both(f, ss.GradientDescent(0.1), escape=ss.LeavesBall(radius=1e9), **wide)
    both(ss.QuadraticSaddle([1.0, -1.0]), ss.GradientDescent(0.1), escape=ss.ValueBelow(-9), **wide)


def test_threads_work_on_one_trajectory() -> None:
    f = ss.TwoLayerReLU.random(5, samples=21, width=44, seed=6)
    run = ss.escape_times(f, ss.GradientDescent(0.1), trials=1, max_steps=5, threads=4)
    assert (run.diagnostics["threads"], run.diagnostics["lanes"]) == (4, 1)
    assert "4 threads" in repr(run)


def interrupt_after(seconds: float) -> list[float]:
    """Send Ctrl-C to this process; the list will say when."""
    sent: list[float] = []

    def send() -> None:
        time.sleep(seconds)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=send).start()
    return sent


def test_ctrl_c_censors_what_is_in_flight() -> None:
    f = ss.TwoLayerReLU.random(20, samples=100, width=1000, seed=1)
    sent = interrupt_after(0.3)
    with pytest.raises(ss.Interrupted) as caught:
        ss.escape_times(
            f,
            ss.GradientDescent(0.1),
            escape=ss.ValueBelow(-1.0),
            trials=3,
            max_steps=None,
            threads=2,
        )
    assert time.monotonic() - sent[0] < 0.5
    partial = caught.value.partial
    assert 1 <= len(partial) <= 3
    assert (partial.outcome == ss.Outcome.CENSORED).all()
    again = ss.escape_times(
        f,
        ss.GradientDescent(0.1),
        escape=ss.ValueBelow(-1.0),
        trials=1,
        max_steps=int(partial.steps[0]),
    )
    assert again.value[0] == partial.value[0]
