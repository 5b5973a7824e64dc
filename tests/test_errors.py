"""Bad input: every message has the argument, its value, what is allowed, and the remedy."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np
import pytest

import saddlesim as ss

OCTOPUS, SADDLE, GD = ss.Octopus(3), ss.QuadraticSaddle([-1.0, 1.0]), ss.GradientDescent(0.25)


def run(**options: object) -> ss.EscapeTimes:
    return ss.escape_times(**({"landscape": SADDLE, "method": GD, "trials": 3} | options))


def pgd(**options: object) -> ss.PerturbedGradientDescent:
    good = {"step_size": 0.1, "radius": 0.1, "gradient_threshold": 0.1, "min_interval": 5}
    return ss.PerturbedGradientDescent(**(good | options))


def theory(**options: object) -> ss.PerturbedGradientDescent:
    good = {"smoothness": 1.0, "hessian_lipschitz": 1.0, "accuracy": 0.1, "value_gap": 1.0}
    return ss.PerturbedGradientDescent.from_theory(ss.Octopus(3), **(good | options))


NAN, INF = math.nan, math.inf
STEP_REMEDY = "; a step of 1 / smoothness or less is what the theorems ask for"
SEED_REMEDY = "; pass any whole number from 0 to 2**64 - 1"

BAD_VALUES: list[tuple[Callable[[], object], str]] = [
    # landscapes
    (lambda: ss.Octopus(0), "dim must be a whole number >= 1, got 0"),
    (lambda: ss.Octopus(-3), "dim must be a whole number >= 1, got -3"),
    (lambda: ss.Octopus(3, L=0), "L must be a positive number and finite, got 0"),
    (lambda: ss.Octopus(3, gamma=-1.0), "gamma must be a positive number and finite, got -1.0"),
    (lambda: ss.Octopus(3, tau=INF), "tau must be a positive number and finite, got inf"),
    (lambda: ss.Octopus(3, L=NAN), "L must be a positive number and finite, got nan"),
    (lambda: ss.QuadraticSaddle([]), "eigenvalues must have shape (dim,) with dim >= 1, got (0,)"),
    (
        lambda: ss.QuadraticSaddle([[1.0]]),
        "eigenvalues must have shape (dim,) with dim >= 1, got (1, 1)",
    ),
    (
        lambda: ss.QuadraticSaddle([1.0, NAN]),
        "eigenvalues must be finite, but eigenvalues[1] is nan; remove or replace the 1 entries "
        "that are not finite",
    ),
    (
        lambda: ss.QuadraticSaddle([1.0], rotation_seed=-1),
        "rotation_seed must be a whole number >= 0, got -1" + SEED_REMEDY,
    ),
    (lambda: ss.QuadraticSaddle.random(0), "dim must be a whole number >= 1, got 0"),
    (
        lambda: ss.QuadraticSaddle.random(3, escape_directions=4),
        "escape_directions must be a whole number <= 3, got 4",
    ),
    (
        lambda: OCTOPUS.value(np.zeros(4)),
        "X must have shape (3,) or (n, 3), got (4,); the landscape has dim = 3, one point a row",
    ),
    (
        lambda: OCTOPUS.gradient(np.zeros((3, 4))),
        "X must have shape (3,) or (n, 3), got (3, 4); the landscape has dim = 3",
    ),
    (lambda: OCTOPUS.value(1.0), "X must have shape (3,) or (n, 3), got ()"),
    (lambda: OCTOPUS.value(np.zeros((1, 1, 3))), "X must have shape (3,) or (n, 3), got (1, 1, 3)"),
    (lambda: OCTOPUS.hvp(np.zeros(3), np.zeros(2)), "V must have shape (3,) or (n, 3), got (2,)"),
    (
        lambda: OCTOPUS.hvp(np.zeros((4, 3)), np.zeros((2, 3))),
        "V must have the shape of X, got (2, 3) and (4, 3); pass one vector for each point, or",
    ),
    # methods
    (
        lambda: ss.GradientDescent(-0.1),
        "step_size must be a positive number and finite, got -0.1" + STEP_REMEDY,
    ),
    (lambda: ss.GradientDescent(0), "step_size must be a positive number and finite, got 0"),
    (lambda: ss.GradientDescent(NAN), "step_size must be a positive number and finite, got nan"),
    (
        lambda: ss.NoisyGradientDescent(0.1, -1.0),
        "noise_scale must be a number >= 0 and finite, got -1.0",
    ),
    (
        lambda: ss.NoisyGradientDescent(0.1, 1.0, noise="spher"),
        "noise must be one of 'sphere', 'gaussian', 'ball', got 'spher'; did you mean 'sphere'?",
    ),
    (lambda: pgd(step_size=-1), "step_size must be a positive number and finite, got -1"),
    (lambda: pgd(radius=-0.5), "radius must be a positive number and finite, got -0.5"),
    (
        lambda: pgd(gradient_threshold=0),
        "gradient_threshold must be a positive number and finite, got 0",
    ),
    (lambda: pgd(min_interval=0), "min_interval must be a whole number >= 1, got 0"),
    (lambda: pgd(value_threshold=-1.0), "value_threshold must be a number >= 0 and finite, got"),
    (lambda: theory(smoothness=0), "smoothness must be a positive number and finite, got 0"),
    (lambda: theory(hessian_lipschitz=-1), "hessian_lipschitz must be a positive number and"),
    (lambda: theory(accuracy=0), "accuracy must be a positive number and finite, got 0"),
    (lambda: theory(value_gap=-1), "value_gap must be a positive number and finite, got -1"),
    (
        lambda: theory(failure_probability=1.5),
        "failure_probability must be a positive number below 1 and finite, got 1.5",
    ),
    (lambda: theory(c=0), "c must be a positive number and finite, got 0"),
    # starting points
    (
        lambda: ss.At([[1.0, 2.0], [3.0, NAN]]),
        "points must be finite, but points[1, 1] is nan; remove or replace the 1 entries",
    ),
    (lambda: ss.At([INF]), "points must be finite, but points[0] is inf"),
    (lambda: ss.At(3.0), "points must have shape (dim,) or (n, dim), got (); one point a row"),
    (lambda: ss.At([]), "points must have shape (dim,) or (n, dim), got (0,)"),
    (lambda: ss.Uniform(2, 1), "high must be at least low, got low=2, high=1; swap them"),
    (lambda: ss.Uniform(NAN, 1), "low must be a number and finite, got nan"),
    (lambda: ss.Ball(-1), "radius must be a positive number and finite, got -1"),
    (lambda: ss.Sphere(0), "radius must be a positive number and finite, got 0"),
    (lambda: ss.Gaussian(-2), "scale must be a positive number and finite, got -2"),
    (lambda: ss.Ball(1, center=[NAN]), "center must be finite, but center[0] is nan"),
    (lambda: run(initial=ss.Ball(1, center=[0.0])), "center must have shape (2,), got (1,)"),
    (
        lambda: run(initial=ss.At([1.0, 2.0, 3.0])),
        "points must have shape (2,) or (n, 2), got (3,); the landscape has dim = 2",
    ),
    (
        lambda: run(initial=ss.At(np.zeros((4, 2))), trials=3),
        "trials must be 4, one for each start point of At, got 3; leave trials out, or pass one",
    ),
    (lambda: ss.Uniform(0, 1).sample(SADDLE, trials=0), "trials must be a whole number >= 1, got"),
    # escapes
    (lambda: ss.LeavesBall(radius=0), "radius must be a positive number and finite, got 0"),
    (lambda: ss.LeavesSubspace(radius=-1), "radius must be a positive number and finite, got -1"),
    (lambda: ss.LeavesBall(center=[[0.0]]), "center must have shape (dim,) with dim >= 1, got"),
    (lambda: run(escape=ss.LeavesBall([0.0] * 3)), "center must have shape (2,), got (3,)"),
    (lambda: ss.ValueBelow(NAN), "level must be a number and finite, got nan"),
    (lambda: ss.ReachesMinimum(0), "tolerance must be a positive number and finite, got 0"),
    # runs
    (lambda: run(trials=0), "trials must be a whole number >= 1, got 0; run at least one"),
    (lambda: run(trials=-5), "trials must be a whole number >= 1, got -5"),
    (lambda: run(trials=range(3, 3)), "trials must be a count or a non-empty range of ids with"),
    (lambda: run(trials=range(0, 9, 2)), "with step 1 from 0 to 2**48, got range(0, 9, 2)"),
    (lambda: run(trials=range(-2, 3)), "with step 1 from 0 to 2**48, got range(-2, 3)"),
    (lambda: run(threads=0), "threads must be a whole number >= 1, got 0"),
    (lambda: run(threads=-2), "threads must be a whole number >= 1, got -2"),
    (lambda: run(seed=-1), "seed must be a whole number >= 0, got -1" + SEED_REMEDY),
    (lambda: run(seed=2**64), f"seed must be a whole number <= {2**64 - 1}, got {2**64}"),
    (
        lambda: run(max_steps=-1),
        "max_steps must be a whole number >= 0, got -1; or pass None for no budget",
    ),
    (
        lambda: run(max_steps="all"),
        "max_steps must be a whole number, None for no budget, or 'auto', got 'all'",
    ),
    (
        lambda: run(landscape=OCTOPUS, record=("saddle_exit",)),
        "record must be one of 'saddle_exits', 'points', got 'saddle_exit'; did you mean",
    ),
]

BAD_TYPES: list[tuple[Callable[[], object], str]] = [
    (lambda: ss.Octopus(2.5), "dim must be a whole number >= 1, got 2.5"),
    (lambda: ss.Octopus(True), "dim must be a whole number >= 1, got True"),
    (lambda: ss.Octopus(3, L="1"), "L must be a positive number, got '1'"),
    (lambda: ss.QuadraticSaddle("ab"), "eigenvalues must be an array of real numbers, got dtype"),
    (lambda: ss.QuadraticSaddle([1j]), "eigenvalues must be an array of real numbers, got dtype"),
    (lambda: OCTOPUS.value([[1.0, 2.0, 3.0], [1.0]]), "X must be an array of numbers, got [[1.0,"),
    (lambda: OCTOPUS.value(None), "X must be an array of real numbers, got dtype object"),
    (lambda: ss.GradientDescent("0.1"), "step_size must be a positive number, got '0.1'"),
    (lambda: ss.GradientDescent(None), "step_size must be a positive number, got None"),
    (
        lambda: ss.NoisyGradientDescent(0.1, 1.0, scaled_by_step="yes"),
        "scaled_by_step must be True or False, got 'yes'",
    ),
    (lambda: pgd(min_interval=2.5), "min_interval must be a whole number >= 1, got 2.5"),
    (lambda: run(trials=1.5), "trials must be a whole number >= 1, got 1.5; run at least one"),
    (lambda: run(threads="two"), "threads must be a whole number >= 1, got 'two'"),
    (lambda: run(seed=1.0), "seed must be a whole number >= 0, got 1.0" + SEED_REMEDY),
    (
        lambda: run(landscape="octopus"),
        "landscape must be a Landscape such as ss.Octopus(dim=6), got 'octopus'",
    ),
    (
        lambda: run(landscape=ss.Octopus),
        "landscape must be a Landscape such as ss.Octopus(dim=6), got the class itself",
    ),
    (
        lambda: run(method="gd"),
        "method must be a Method such as ss.GradientDescent(step_size=0.25), got 'gd'",
    ),
    (lambda: run(method=0.25), "method must be a Method such as ss.GradientDescent(step_size=0"),
    (
        lambda: run(initial=[0.0, 0.0]),
        "initial must be an Initial such as ss.Uniform(-1, 1), got [0.0, 0.0]",
    ),
    (
        lambda: run(escape=1.0),
        "escape must be an Escape such as ss.LeavesBall(radius=1.0), got 1.0",
    ),
    (
        lambda: run(record="saddle_exits"),
        "record must be a tuple of names, got 'saddle_exits'; write ('saddle_exits',)",
    ),
]


@pytest.mark.parametrize(("call", "text"), BAD_VALUES, ids=[text[:50] for _, text in BAD_VALUES])
def test_values_that_are_not_allowed(call: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


@pytest.mark.parametrize(("call", "text"), BAD_TYPES, ids=[text[:50] for _, text in BAD_TYPES])
def test_types_that_are_not_allowed(call: Callable[[], object], text: str) -> None:
    with pytest.raises(TypeError, match=re.escape(text)):
        call()


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_thread_override_that_is_not_allowed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SADDLESIM_NUM_THREADS", text)
    wanted = f"SADDLESIM_NUM_THREADS must be a whole number >= 1, got {text!r}; set it to"
    with pytest.raises(ValueError, match=re.escape(wanted)):
        run()


def test_a_thread_override_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SADDLESIM_NUM_THREADS", "3")
    assert run().diagnostics["threads"] == 3
    assert run(threads=2).diagnostics["threads"] == 2
    assert run(trials=1).diagnostics["threads"] == 1  # the others would have nothing to do


def test_an_exception_in_a_progress_callback_arrives_whole() -> None:
    def broken(done: int, total: int) -> None:
        raise RuntimeError(f"no more than {total}")

    with pytest.raises(RuntimeError, match="no more than 300000"):
        run(landscape=ss.Octopus(5), trials=300_000, arithmetic="float64", progress=broken)


def test_numpy_scalars_are_numbers() -> None:
    times = ss.escape_times(
        ss.Octopus(np.int64(3), np.float32(1.0)),
        ss.GradientDescent(np.float64(0.25)),
        trials=np.int32(5),
        seed=np.uint64(2**64 - 1),
        threads=np.int8(1),
        max_steps=np.int64(50),
    )
    assert len(times) == 5
    assert times.landscape == ss.Octopus(3)
