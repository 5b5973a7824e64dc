"""Value and gradient norm along single trajectories."""

from __future__ import annotations

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.trace import trajectories

STEPS = np.unique(np.r_[0:60, 60:1500:37])
PGD = ss.PerturbedGradientDescent(0.25, 0.027, 0.027, 2)


@pytest.mark.parametrize(
    ("landscape", "method"),
    [
        (ss.Octopus(5), ss.GradientDescent(0.25)),
        (ss.Octopus(5), PGD),
        (ss.QuadraticSaddle([1.0, 0.5], rotation_seed=1), ss.NoisyGradientDescent(0.1, 0.1)),
    ],
    ids=["gd", "pgd", "noisy"],
)
def test_a_trajectory_is_where_a_run_with_that_budget_ends(
    landscape: ss.Landscape, method: ss.Method
) -> None:
    never = ss.LeavesBall(radius=1e6)
    seen = trajectories(landscape, method, steps=STEPS, trials=20, seed=9, arithmetic="float64")
    for column in (0, 1, 17, 70, len(STEPS) - 1):
        run = ss.escape_times(
            landscape,
            method,
            escape=never,
            trials=20,
            seed=9,
            max_steps=int(STEPS[column]),
            arithmetic="float64",
        )
        # a run that stalls has stopped where the trajectory stays
        np.testing.assert_array_equal(seen.value[:, column], run.value)
        np.testing.assert_array_equal(seen.gradient_norm[:, column], run.gradient_norm)


def test_the_exact_path_is_the_same_trajectory() -> None:
    octopus, method = ss.Octopus(5), ss.GradientDescent(0.25)
    walked = trajectories(octopus, method, steps=STEPS, trials=40, seed=2)
    plain = trajectories(octopus, method, steps=STEPS, trials=40, seed=2, arithmetic="float64")
    assert (walked.arithmetic, plain.arithmetic) == ("exact", "float64")
    np.testing.assert_allclose(walked.value, plain.value, rtol=0, atol=1e-10)
    np.testing.assert_allclose(walked.gradient_norm, plain.gradient_norm, rtol=0, atol=1e-10)


def test_the_exact_path_goes_on_where_plain_stepping_stands_still() -> None:
    octopus = ss.Octopus(10)
    steps = [10**k for k in range(8)]
    walked = trajectories(octopus, ss.GradientDescent(0.25), steps=steps, trials=5)
    np.testing.assert_allclose(walked.value[:, -1], octopus.minimum_value, rtol=1e-12)
    plain = trajectories(
        octopus, ss.GradientDescent(0.25), steps=steps[:6], trials=5, arithmetic="float64"
    )
    assert np.all(plain.value[:, -1] > octopus.minimum_value + 2 * octopus.drop)


def test_nothing_depends_on_threads_or_the_split() -> None:
    def values(trials: int | range, threads: int) -> np.ndarray:
        return trajectories(
            ss.Octopus(6), PGD, steps=STEPS, trials=trials, threads=threads, seed=4
        ).value

    whole = values(50, 1)
    np.testing.assert_array_equal(values(50, 3), whole)
    np.testing.assert_array_equal(values(range(31, 32), 1), whole[31:32])


def test_outside_is_nan_from_then_on() -> None:
    start = ss.At(np.array([[0.1, 9.0], [0.1, 0.1]]))
    seen = trajectories(
        ss.Octopus(2), ss.GradientDescent(0.25), steps=[0, 5], trials=2, initial=start
    )
    assert np.array_equal(np.isnan(seen.value), [[True, True], [False, False]])
    plain = trajectories(
        ss.Octopus(2), PGD, steps=[0, 5], trials=2, initial=start, arithmetic="float64"
    )
    assert np.array_equal(np.isnan(plain.value), [[True, True], [False, False]])


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([], "steps must be whole numbers of shape"),
        ([0.5, 1.0], "got float64 of shape"),
        ([3, 2], "steps must increase from 0 on"),
        ([-1, 2], "steps must increase from 0 on"),
    ],
)
def test_bad_steps(steps: list, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        trajectories(ss.Octopus(2), PGD, steps=steps)


def test_every_trajectory_has_a_start_point() -> None:
    points = ss.At(np.full((3, 2), 0.1))
    assert trajectories(ss.Octopus(2), PGD, steps=[0], initial=points).value.shape == (3, 1)
    for trials in (10, range(2, 4)):
        with pytest.raises(ValueError, match="trials must be 3, one for each start point of At"):
            trajectories(ss.Octopus(2), PGD, steps=[0], initial=points, trials=trials)


def test_what_is_no_landscape_or_start_is_named() -> None:
    with pytest.raises(TypeError, match=r"landscape must be a Landscape .*, got the class itself"):
        trajectories(ss.Octopus, PGD, steps=[0])
    with pytest.raises(TypeError, match="initial must be an Initial such as"):
        trajectories(ss.Octopus(2), PGD, steps=[0], initial=[0.0, 0.0])
