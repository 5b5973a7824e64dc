"""What goes wrong in a function of yours arrives whole, with the trajectory, and loses nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from custom_landscapes import well, well_gradient, well_hvp, well_value

descent = ss.GradientDescent(step_size=0.25)
OPTIONS: dict[str, Any] = {"trials": 300, "seed": 4}


class MineError(Exception):
    pass


def raising_beyond(limit: float) -> Any:
    def gradient(X: Any) -> Any:
        if np.any(X[:, 0] > limit):
            raise MineError("too far")
        return well_gradient(X)

    return gradient


def test_an_exception_arrives_whole() -> None:
    points = np.random.default_rng(0).uniform(-0.5, 0.5, size=(300, 3))
    points[217] = [0.995, 0.1, 0.2]
    f = well(gradient=raising_beyond(0.99))
    with pytest.raises(ss.LandscapeError, match=r"gradient of .* raised MineError: too far;") as e:
        ss.escape_times(f, descent, initial=ss.At(points), escape=ss.ValueBelow(0.1))
    error = e.value
    assert isinstance(error.__cause__, MineError)
    frames = traceback.extract_tb(error.__cause__.__traceback__)
    assert frames[-1].name == "gradient"
    assert error.trajectory == 217
    np.testing.assert_array_equal(error.point, points[217])
    assert "; at x = [0.995 0.1   0.2  ] of trajectory 217" in str(error)


def test_the_trajectory_is_known_when_only_its_value_fails() -> None:
    def value(X: Any) -> Any:
        if np.any(X[:, 1] == 0.25):
            raise MineError("no value")
        return well_value(X)

    points = np.random.default_rng(0).uniform(0.3, 0.4, size=(40, 3))
    points[11, 1] = 0.25
    with pytest.raises(ss.LandscapeError, match="no value") as e:
        ss.escape_times(well(value=value), descent, initial=ss.At(points), max_steps=0)
    assert e.value.trajectory == 11


def test_what_had_ended_is_in_partial() -> None:
    calls = []

    def gradient(X: Any) -> Any:
        calls.append(1)
        if len(calls) == 40:
            raise MineError("enough")
        return well_gradient(X)

    with pytest.raises(ss.LandscapeError, match="it raised nothing at a single one") as e:
        ss.escape_times(well(gradient=gradient, block=32), descent, **OPTIONS)
    whole = ss.escape_times(well(), descent, **OPTIONS)
    partial = e.value.partial
    assert 0 < len(partial) < 300
    np.testing.assert_array_equal(partial.steps, whole.steps[partial.trajectory])
    np.testing.assert_array_equal(partial.outcome, whole.outcome[partial.trajectory])
    known = ~np.isnan(partial.value)
    np.testing.assert_array_equal(partial.value[known], whole.value[partial.trajectory[known]])
    assert (e.value.trajectory, e.value.point) == (None, None)
    assert len(calls) < 60


def test_nothing_happens_after_a_failure() -> None:
    def gradient(X: Any) -> Any:
        raise MineError("at once")

    # one more step with the gradients that were never written would end all as stalled
    with pytest.raises(ss.LandscapeError, match="at once") as e:
        ss.escape_times(
            well(gradient=gradient), descent, escape=ss.LeavesBall(radius=9.0), **OPTIONS
        )
    assert len(e.value.partial) == 0


@pytest.mark.parametrize("name", ["value", "gradient", "hvp"])
def test_outside_runs_too(name: str) -> None:
    def fails(*_: Any) -> Any:
        raise MineError("no")

    f = well(**({"hvp": well_hvp} | {name: fails}))
    x = np.ones((2, 3))
    with pytest.raises(
        ss.LandscapeError, match=f"^{name} of CustomLandscape.* raised MineError: no"
    ):
        f.hvp(x, x) if name == "hvp" else getattr(f, name)(x)


def test_a_failing_predicate_says_so() -> None:
    def predicate(X: Any) -> Any:
        raise MineError("no")

    with pytest.raises(
        ss.LandscapeError, match=r"predicate of CustomEscape.* raised MineError"
    ) as e:
        ss.escape_times(ss.QuadraticSaddle([-1.0, 1.0]), descent, trials=20,
                        escape=ss.CustomEscape(predicate))  # fmt: skip
    assert len(e.value.partial) == 0
    assert e.value.trajectory == 0


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        (
            {"value": lambda X: well_value(X)[:, None]},
            r"value of .* must return an array of shape \(1024,\), one number a row of X, got "
            r"\(1024, 1\); X has shape \(1024, 3\), whatever the number of trajectories",
        ),
        (
            {"gradient": lambda X: X[:5]},
            r"gradient of .* must return an array of shape \(1024, 3\), one row a point of X, got "
            r"\(5, 3\)",
        ),
        (
            {"value": lambda X: well_value(X).astype(np.float32)},
            "value of .* must return dtype float64, got float32; compute in float64",
        ),
        (
            {"gradient": lambda X: well_gradient(X).astype(int)},
            "gradient of .* must return dtype float64, got int64; compute in float64",
        ),
        (
            {"value": None, "gradient": None, "value_and_gradient": well_value},
            r"value_and_gradient of .* must return a pair \(value, gradient\), got ndarray",
        ),
        ({"value": lambda _: None}, r"value of .* must return an array of shape .*, got \(\)"),
    ],
)
def test_wrong_answers(functions: dict[str, Any], message: str) -> None:
    with pytest.raises(ss.LandscapeError, match=message):
        ss.escape_times(well(**functions), descent, trials=5)
    with pytest.raises(ss.LandscapeError, match=message):
        well(**functions, check=True)


def test_a_predicate_must_answer_with_truth_values() -> None:
    own = ss.QuadraticSaddle([-1.0, 1.0])
    with pytest.raises(ss.LandscapeError, match=r"must return dtype bool, got float64; compare"):
        ss.escape_times(own, descent, escape=ss.CustomEscape(lambda X: X[:, 0]), trials=5)


def test_points_cannot_be_written_to() -> None:
    def gradient(X: Any) -> Any:
        X[:, 0] = 0
        return X

    with pytest.raises(ss.LandscapeError, match="read-only"):
        ss.escape_times(well(gradient=gradient), descent, trials=5)


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        (
            {"gradient": lambda X: well_gradient(X) * [1.0, 1.0, 1.1]},
            r"gradient of .* disagrees with value at coordinate 2: the gradient is "
            r"-?\d\.\d+, differences of the value give -?\d\.\d+, at x = \[.*1 of 3 coordinates",
        ),
        (
            {"hvp": lambda X, V: well_hvp(X, V) + np.array([0.0, 0.5, 0.0])},
            r"hvp of .* disagrees with gradient at coordinate 1: the product is \S+, differences",
        ),
        ({"value": lambda X: np.full(len(X), np.nan)}, "value of .* is not finite at 3 random"),
        ({"gradient": lambda X: np.full(X.shape, np.nan)}, "gradient of .* disagrees with value"),
    ],
)
def test_derivatives_are_checked(functions: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        well(**functions, check=True)
    well(**functions, check=False)


def test_one_wrong_coordinate_of_many_is_noticed() -> None:
    factor = np.ones(5000)
    factor[4321] = 3.0
    wrong = {"gradient": lambda X: well_gradient(X) * factor, "block": 256, "check": True}
    with pytest.raises(ValueError, match=r"gradient of .* disagrees with value"):
        well(5000, **wrong)
    well(5000, block=256, check=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"gradient": None},
            "needs value and gradient, or value_and_gradient, and got no gradient",
        ),
        ({"value": None}, "and got no value; ss.from_jax"),
        ({"value_and_gradient": well_value}, "stands in place of value and gradient"),
        ({"hvp": 3}, r"hvp must be a function of points \(n, dim\), got 3"),
        ({"block": 100}, "block must be a multiple of 16, got 100; for example 112"),
        ({"block": 0}, "block must be a whole number >= 16, got 0"),
        ({"dim": 0}, "dim must be a whole number >= 1"),
        ({"name": 3}, "name must be a text, got 3"),
        ({"smooth": 3}, "CustomLandscape has no argument 'smooth'; it takes name, parameters"),
        ({"escape": 3}, "escape must be an Escape such as"),
        ({"initial": 3}, "initial must be an Initial such as"),
        ({"length_scale": 0.0}, "length_scale must be a positive number"),
        ({"parameters": 3}, "parameters must be a dict of numbers, texts and arrays, got 3"),
        ({"parameters": {"f": len}}, "parameters must be numbers, texts and arrays, which mean"),
        ({"stationary_points": [1.0]}, r"stationary_points must have shape \(3,\) or \(n, 3\)"),
    ],
)
def test_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        well(**arguments)


def test_what_a_custom_landscape_cannot_do_is_said() -> None:
    f = ss.CustomLandscape(3, value=well_value, gradient=well_gradient, check=False)
    with pytest.raises(ValueError, match=r"escape must be given on Custom.*no saddle is known"):
        ss.escape_times(f, descent)
    with pytest.raises(ValueError, match=r"dtype must be 'float64' with CustomLandscape"):
        ss.escape_times(well(), descent, dtype="float32", trials=5)
    own, escape = ss.QuadraticSaddle([-1.0, 1.0]), ss.CustomEscape(lambda X: X[:, 0] > 1, name="a")
    with pytest.raises(ValueError, match=r"dtype must be 'float64' with CustomEscape\(name='a'\)"):
        ss.escape_times(own, descent, escape=escape, dtype="float32", trials=5)
    with pytest.raises(ValueError, match="ReachesMinimum is not defined on"):
        ss.escape_times(well(), descent, escape=ss.ReachesMinimum())
    with pytest.raises(TypeError, match=r"predicate must be a function of points \(n, dim\)"):
        ss.CustomEscape(3)


def test_an_exception_of_progress_ends_the_run() -> None:
    def progress(done: int, total: int) -> None:
        raise MineError("progress")

    def slow(X: Any) -> Any:
        time.sleep(0.03)
        return well_gradient(X)

    with pytest.raises(MineError, match="progress"):
        ss.escape_times(well(gradient=slow), descent, trials=50, progress=progress)


INTERRUPTED = """
import json, os, signal, sys, threading, time
sys.path.insert(0, {tests!r})
import numpy as np
import saddlesim as ss
from custom_landscapes import well, well_gradient

def gradient(X):
    {work}
    return 0 * X

signal.signal(signal.SIGINT, signal.default_int_handler)
f = well(gradient=gradient)
sent = []
def send():
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(0.4, send).start()
try:
    method = ss.NoisyGradientDescent(step_size=1e-6, noise_scale=1e-9)
    ss.escape_times(f, method, trials=3000, max_steps=None, escape=ss.LeavesBall(radius=100.0))
except ss.Interrupted as stop:
    late = time.monotonic() - sent[0]
    partial = stop.partial
    known = bool(np.isfinite(partial.value).all())
    print(json.dumps([late, len(partial), sorted(set(partial.outcome.tolist())), known]))
"""


@pytest.mark.parametrize("work", ["pass", "time.sleep(0.05)"], ids=["quick", "slow"])
def test_ctrl_c_censors_what_is_in_flight(work: str) -> None:
    code = INTERRUPTED.format(tests=str(Path(__file__).parent), work=work)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    late, begun, outcomes, known = json.loads(done.stdout)
    assert late < 1.0
    assert begun == 1024
    assert outcomes == [ss.Outcome.CENSORED]
    assert known


def test_the_landscape_can_be_used_after_a_failure() -> None:
    f = well(gradient=raising_beyond(0.2))
    for _ in range(2):
        with pytest.raises(ss.LandscapeError):
            ss.escape_times(f, descent, trials=200)
    times = ss.escape_times(f, descent, trials=5, initial=ss.At([-0.1, 0.2, 0.3]))
    assert np.all(times.outcome == ss.Outcome.ESCAPED)


def test_system_exit_is_left_alone() -> None:
    def gradient(X: Any) -> Any:
        sys.exit(3)

    with pytest.raises(SystemExit):
        ss.escape_times(well(gradient=gradient), descent, trials=5)


def test_failures_of_several_threads_stay_apart() -> None:
    failures: dict[int, ss.LandscapeError] = {}

    def run(i: int) -> None:
        try:
            ss.escape_times(well(gradient=raising_beyond(0.3 + i / 10)), descent, trials=200)
        except ss.LandscapeError as error:
            failures[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(failures) == [0, 1, 2]
    for i, error in failures.items():
        assert error.point[0] > 0.3 + i / 10
        assert signal.getsignal(signal.SIGINT) is not None
