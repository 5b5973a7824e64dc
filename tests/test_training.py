"""One trajectory of a network is that of a run, recorded where it was asked to be."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import saddlesim as ss
from saddlesim import _core
from test_solo import interrupt_after

NEVER = ss.LeavesBall(radius=1e300)


def ragged() -> Callable[[Any], list[int]]:
    """Return what has one number more each time."""
    seen: list[int] = []

    def look(_: Any) -> list[int]:
        seen.append(0)
        return seen

    return look


F = ss.TwoLayerReLU.random(6, samples=24, width=48, seed=2)
STEP = ss.GradientDescent(0.5 / F.smoothness)


@pytest.mark.parametrize("solo", [True, False])
@pytest.mark.parametrize(
    "method",
    [
        STEP,
        ss.HeavyBall(0.1 / F.smoothness, 0.9),
        ss.Nesterov(0.1 / F.smoothness, 0.9),
        ss.NoisyGradientDescent(0.1, 0.1),
        ss.StochasticGradientDescent(0.02, batch_size=5),
    ],
)
def test_it_is_the_trajectory_of_a_run(method: ss.Method, solo: bool) -> None:
    _core.use_solo(solo)
    try:
        training = ss.train(F, method, steps=300, trajectory=7, seed=5, every=50, threads=2)
    finally:
        _core.use_solo(True)
    assert training.step.tolist() == list(range(0, 301, 50))
    starts = F.default_initial().sample(F, trials=range(7, 8), seed=5)
    np.testing.assert_array_equal(training.start, starts[0])
    for row, step in enumerate(training.step):
        run = ss.escape_times(
            F,
            method,
            trials=range(7, 8),
            seed=5,
            escape=NEVER,
            max_steps=int(step),
            record=("points",),
        )
        assert run.value[0] == training.value[row]
        assert run.gradient_norm[0] == training.gradient_norm[row]
        np.testing.assert_array_equal(training.predictions[row], F.predictions(run.points[0]))
    assert run.points[0].tobytes() == training.point.tobytes()


def test_columns_are_what_they_are_said_to_be() -> None:
    training = ss.train(
        F,
        STEP,
        steps=1000,
        observe={
            "moved": lambda x: np.linalg.norm(x),
            "units": lambda x: np.linalg.norm(F.unflatten(x)["W"], axis=1),
        },
    )
    m = len(training)
    assert 100 < m <= 201
    assert (training.step[0], training.step[-1], training.step.dtype) == (0, 1000, np.int64)
    assert np.all(np.diff(training.step) > 0)
    residuals = training.predictions - F.y
    np.testing.assert_allclose(training.residual_norm, np.linalg.norm(residuals, axis=1))
    np.testing.assert_allclose(training.value, training.residual_norm**2 / 2, rtol=1e-12)
    wrong = np.sign(training.predictions) != np.sign(F.y)
    np.testing.assert_array_equal(training.training_error, wrong.mean(axis=1))
    assert training.training_error[0] == 1.0  # outputs of 0
    assert training.observed["units"].shape == (m, 48)
    assert training.observed["moved"][-1] == np.linalg.norm(training.point)
    table = training.table()
    assert len(table) == m
    assert table[-1] == {
        "step": 1000,
        "value": training.value[-1],
        "gradient_norm": training.gradient_norm[-1],
        "residual_norm": training.residual_norm[-1],
        "training_error": training.training_error[-1],
        "moved": training.observed["moved"][-1],
    }
    assert not training.diverged
    text = repr(training)
    assert text.startswith("Training over 1,000 steps, trajectory 0, seed 0\n")
    assert re.search(r"f +\S+ -> \S+\n", text)
    assert "diverged" not in text


def test_few_steps_are_all_recorded() -> None:
    assert ss.train(F, STEP, steps=9).step.tolist() == list(range(10))
    assert ss.train(F, STEP, steps=10, every=4).step.tolist() == [0, 4, 8, 10]
    alone = ss.train(F, STEP, steps=0)
    np.testing.assert_array_equal(alone.start, alone.point)
    assert "took" in repr(alone)


def test_divergence_is_an_outcome() -> None:
    training = ss.train(F, ss.GradientDescent(80.0), steps=5000)
    assert training.diverged
    assert training.step[-1] < 5000
    assert not np.isfinite(training.value[-1])
    assert "diverged" in repr(training)
    assert "is not finite; take a smaller step" in repr(training)


def test_a_flow_is_descent_in_small_steps() -> None:
    f = ss.TwoLayerReLU.random(4, samples=8, width=2000, labels="teacher", seed=3)
    flow = ss.train(
        f, ss.GradientFlow(relative_tolerance=1e-4, absolute_tolerance=1e-4), steps=2.0, every=0.5
    )
    assert flow.step.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]
    eta = 1 / 512
    steps = ss.train(f, ss.GradientDescent(eta), steps=1024, every=256)
    # Euler's method is off by about (1 - e^-a t) - ((1 - a eta)^(t / eta)) <= a^2 t eta / 2 of f's
    # change, a at most twice the smoothness
    np.testing.assert_allclose(flow.value, steps.value, rtol=f.smoothness**2 * 2 * eta)
    assert "Training over time 2" in repr(flow)
    assert ss.train(
        f, ss.GradientFlow(relative_tolerance=1e-4, absolute_tolerance=1e-4), steps=0.1
    ).step[1] == (pytest.approx(1e-5))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_flow_alone_is_that_of_lanes(activation: str) -> None:
    flow = ss.GradientFlow(relative_tolerance=1e-4, absolute_tolerance=1e-5)
    deep = ss.DeepNetwork.random(3, samples=7, hidden=[9, 5], activation=activation, seed=1)
    for f in (F, deep):
        seen = []
        for use in (True, False):
            _core.use_solo(use)
            try:
                seen.append(ss.train(f, flow, steps=2.0, every=0.5, threads=2))
            finally:
                _core.use_solo(True)
        for column in ("step", "value", "gradient_norm", "predictions", "point"):
            alone, together = (getattr(training, column) for training in seen)
            np.testing.assert_array_equal(alone, together)


def test_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    ss.train(F, STEP, steps=30, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (30, 30)


def test_ctrl_c_gives_what_there_is() -> None:
    f = ss.TwoLayerReLU.random(20, samples=100, width=1000, seed=1)
    sent = interrupt_after(0.3)
    with pytest.raises(ss.Interrupted, match=r"interrupted at step .* of 10,000,000") as caught:
        ss.train(f, ss.GradientDescent(0.1), steps=10_000_000, threads=2)
    assert time.monotonic() - sent[0] < 0.5
    partial = caught.value.partial
    again = ss.train(f, ss.GradientDescent(0.1), steps=int(partial.step[-1]), every=10**9)
    np.testing.assert_array_equal(again.point, partial.point)


def test_the_picture_shows_f_and_the_error() -> None:
    mpl.use("agg")
    training = ss.train(F, STEP, steps=500)
    loss, error = training.plot()
    np.testing.assert_array_equal(loss.get_ydata(), training.value)
    np.testing.assert_array_equal(error.get_ydata(), 100 * training.training_error)
    assert loss.axes.get_yscale() == "log"
    assert loss.axes.get_xlabel() == "gradient steps"


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"landscape": ss.Octopus(3)}, TypeError, "landscape must be a"),
        ({"steps": -1}, ValueError, "steps must be a whole number >= 0, got -1"),
        ({"steps": 1.5}, TypeError, "steps must be a whole number >= 0, got 1.5"),
        ({"every": 0}, ValueError, "every must be a whole number >= 1, got 0"),
        ({"trajectory": -1}, ValueError, "trajectory must be a whole number >= 0, got -1"),
        ({"observe": [np.linalg.norm]}, TypeError, "observe must be a dict of functions of x"),
        (
            {"observe": {"seen": ragged()}},
            ValueError,
            r"observe\['seen'\] must return the same shape at every record, got \(1,\) at first "
            r"and \(2,\) at 1; pad it",
        ),
        (
            {"method": ss.GradientFlow(), "steps": 0},
            ValueError,
            "steps must be a positive number .* of a flow it is the last time",
        ),
        (
            {"initial": ss.At(np.zeros((2, F.dim))), "trajectory": 2},
            ValueError,
            "one for each start point of At",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(
    change: dict[str, Any], kind: type[Exception], text: str
) -> None:
    options: dict[str, Any] = {"landscape": F, "method": STEP, "steps": 3, **change}
    with pytest.raises(kind, match=text):
        ss.train(options.pop("landscape"), options.pop("method"), **options)
