"""Many threads at once for some time, for races to show: `make sanitize-threads` watches for them.

Each case has the results of one thread to compare with. SADDLESIM_STRESS_SECONDS says how long each
goes on.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from custom_landscapes import (
    octopus_functions,
    same_trajectories,
    well,
    well_gradient,
    well_hvp,
    well_value,
)

SECONDS = float(os.environ.get("SADDLESIM_STRESS_SECONDS", "0.2"))
noisy = ss.NoisyGradientDescent(step_size=0.1, noise_scale=0.05)
descent = ss.GradientDescent(step_size=0.25)


def go_on(work: Callable[[], None]) -> None:
    """Call `work` once, and then until the time is over."""
    end = time.monotonic() + SECONDS
    work()
    while time.monotonic() < end:
        work()


def at_once(count: int, work: Callable[[int], None]) -> None:
    """Run work(i) in as many threads of Python, and raise what one of them raised."""
    failures: list[BaseException] = []

    def guarded(i: int) -> None:
        try:
            work(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def run(f: ss.Landscape, method: ss.Method, threads: int, **options: Any) -> ss.EscapeTimes:
    defaults = {"trials": 300, "seed": 1, "max_steps": 200, "record": ("points",)}
    return ss.escape_times(f, method, threads=threads, **(defaults | options))


@pytest.mark.parametrize("signature", ["point", "block"])
def test_compiled_functions_on_eight_threads(signature: str, tmp_path: Any) -> None:
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    library = octopus_functions.library(tmp_path)
    f = octopus_functions.with_c(5, library, signature)
    options = {"escape": ss.ValueBelow(-60.0)}
    for method in (noisy, ss.GradientFlow()):
        one = run(f, method, 1, **options)
        go_on(lambda m=method, o=one: same_trajectories(run(f, m, 8, **options), o))
    X = f.default_initial().sample(f, trials=2000)
    hessians = ss.min_eigenpair(f, X, threads=1).eigenvalue
    go_on(
        lambda: np.testing.assert_array_equal(
            ss.min_eigenpair(f, X, threads=8).eigenvalue, hessians
        )
    )


@pytest.mark.parametrize(
    ("f", "method"),
    [
        (ss.Octopus(dim=5), ss.PerturbedGradientDescent(0.1, 0.1, 0.05, 20)),
        (ss.Octopus(dim=5), descent),
        (ss.QuadraticSaddle([-0.1, 1.0, 0.5]), noisy),
        (ss.MatrixFactorization.random(dim=6, rank=2, seed=0), ss.GradientDescent(0.01)),
        (
            ss.MatrixSensing.random(dim=6, rank=2, seed=0),
            ss.StochasticGradientDescent(0.01, batch_size=4),
        ),
    ],
    ids=["kicks", "stretch", "walk", "frame", "minibatches"],
)
def test_the_core_on_eight_threads(f: ss.Landscape, method: ss.Method) -> None:
    options = {"arithmetic": "float64"}
    one = run(f, method, 1, **options)
    go_on(lambda: same_trajectories(run(f, method, 8, **options), one))


def test_one_trajectory_on_a_team_of_threads() -> None:
    f = ss.TwoLayerReLU.random(dim=8, samples=16, width=512, seed=0)
    options = {"trials": 1, "max_steps": 20, "escape": ss.ValueBelow(1e-9)}
    step = ss.GradientDescent(0.1)
    one = run(f, step, 1, **options)
    go_on(lambda: same_trajectories(run(f, step, 8, **options), one))


@pytest.mark.parametrize("route", ["numpy", "jax", "torch"])
def test_functions_in_python_from_threads_at_once(
    request: pytest.FixtureRequest, route: str
) -> None:
    if route == "numpy":
        f = well(hvp=well_hvp, block=64)
    else:
        library = pytest.importorskip(route)
        if route == "jax":
            before = library.config.jax_enable_x64
            request.addfinalizer(lambda: library.config.update("jax_enable_x64", before))
        f = octopus_functions.IN_PYTHON[route](3, block=64, check=False)
    options = {"trials": 100, "max_steps": 30, "escape": ss.LeavesBall(radius=4.0)}
    one = run(f, descent, 1, **options)
    far = ss.CustomEscape(lambda X: np.sqrt((X**2).sum(axis=1)) >= 4.0, name="far")

    def work(i: int) -> None:
        escape = {"escape": far} if i == 1 else {}
        same_trajectories(run(f, descent, 8, **(options | escape)), one)

    go_on(lambda: at_once(3, work))


def test_functions_that_run_saddlesim_themselves() -> None:
    inner = well(block=32)
    reference = run(inner, descent, 1, trials=20).steps
    calls = []

    def gradient(X: Any) -> Any:
        if len(calls) % 16 == 0:
            steps = run(inner, descent, 2, trials=20).steps
            np.testing.assert_array_equal(steps, reference)
            inner.value(X[:3])
        calls.append(1)
        return well_gradient(X)

    f = well(gradient=gradient, value=well_value, block=64)
    one = run(well(), descent, 1)
    go_on(lambda: at_once(2, lambda _: same_trajectories(run(f, descent, 1), one)))
