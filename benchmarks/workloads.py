"""The work on which programs are compared: as users give it to saddlesim, and as a problem.

A rate counts each trajectory's own steps until it ends, or the Hessian-vector products.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import costs
import numpy as np
from problems import (
    Array,
    Factorization,
    FactorizationHvp,
    NoisyQuadratic,
    OctopusDescent,
    OctopusKicks,
    Problem,
    ReLU,
    ReLUHvp,
    Sensing,
)

import saddlesim as ss
from saddlesim.landscapes import data

NEVER = ss.LeavesBall(radius=1e100)  # a criterion that costs next to nothing and does not hold

Inputs = tuple[Array, ...]
# How what two programs answer is compared: step counts that are the same but for rounding at a
# threshold, step counts of the same law, or numbers that agree to many digits.
Agreement = Literal["same steps", "same law", "same numbers"]
# What binds a rate: floating-point operations, two to a fused multiply-add; vector instructions of
# whatever kind, where most are comparisons and selections; or the making of normal deviates.
Limit = Literal["multiply-adds", "vector operations", "normals"]


@dataclass(frozen=True)
class Workload:
    """One problem with its inputs, for saddlesim and for its peers."""

    title: str
    landscape: Any
    problem: Problem
    agreement: Agreement
    trials: int
    limit: Limit
    work: float  # of the limit's operations, in one step or product
    shape: tuple[int, ...]  # of one point, as peers want it
    method: Any = None
    initial: ss.Initial | None = None
    escape: ss.Escape = field(default=NEVER)
    max_steps: int = 0
    equal: float = 0.999  # the share of step counts that are, but for rounding at a threshold
    exact: bool = False  # whether saddlesim has an exact path for it too

    @property
    def unit(self) -> str:
        """What a rate counts."""
        return "steps" if self.method is not None else "HVPs"

    @cached_property
    def inputs(self) -> Inputs:
        """The points, and for products the directions too."""
        if self.method is None:
            shape = (self.trials, self.landscape.dim)
            names = ("benchmark points", "benchmark directions")
            return tuple(data.normals(0, name, shape) for name in names)
        initial = self.initial or self.landscape.default_initial()
        return (initial.sample(self.landscape, trials=self.trials),)

    def peer_inputs(self) -> Inputs:
        """Return the same numbers in the shape that the problem says."""
        return tuple(np.ascontiguousarray(x.reshape(-1, *self.shape)) for x in self.inputs)

    def units(self, answer: Any) -> float:
        """How many steps or products an answer stands for."""
        if self.method is None:
            return float(self.trials)
        if self.agreement == "same numbers":
            return float(self.trials * self.max_steps)
        return float(np.sum(answer))

    def ours(self, threads: int, arithmetic: str = "float64") -> Callable[[], Any]:
        """Return what runs saddlesim: `float64` takes every step, as the peers do."""
        if self.method is None:
            X, V = self.inputs
            return lambda: self.landscape.hvp(X, V, threads=threads)

        points = self.agreement == "same numbers"
        given = ss.At(self.inputs[0])  # as the peers are given them

        def run() -> Any:
            times = ss.escape_times(
                self.landscape,
                self.method,
                initial=given,
                escape=self.escape,
                max_steps=self.max_steps,
                threads=threads,
                arithmetic=arithmetic,
                record=("points",) if points else (),
            )
            return times.points if points else times.steps

        return run


def noise() -> Workload:
    saddle = ss.QuadraticSaddle([-1.0] + [1.0] * 63)
    method = ss.NoisyGradientDescent(0.1, 1e-3, noise="gaussian", scaled_by_step=False)
    return Workload(
        title="W1 noise every step, d = 64",
        landscape=saddle,
        problem=NoisyQuadratic(saddle.eigenvalues, 0.1, 1e-3, 1.0, 100_000),
        agreement="same law",
        trials=16384,
        limit="normals",
        work=64,
        shape=(64,),
        method=method,
        initial=ss.At(np.zeros((16384, 64))),
        escape=ss.LeavesSubspace(radius=1.0),
        max_steps=100_000,
    )


# A coordinate of the octopus. Between connecting regions gradient descent takes many steps at
# once: a subtraction and a multiply-add each. One at a time they take eleven operations for the
# coordinate's part and its gradient, two more for the norm of the gradient, three for the step and
# what is watched, three for the criterion. Connecting regions come on top.
_LINEAR_STEP, _SINGLE_STEP = 2.0, 19.0


def octopus(dim: int) -> Workload:
    f = ss.Octopus(dim)
    tolerance = 0.1 * f.tau
    return Workload(
        title=f"W2 octopus, GD, d = {dim}",
        landscape=f,
        problem=OctopusDescent(f.L, f.gamma, f.tau, 0.25, tolerance, 200_000),
        agreement="same steps",
        trials=16384,
        limit="vector operations",
        work=_LINEAR_STEP * dim,
        shape=(dim,),
        method=ss.GradientDescent(0.25),
        initial=ss.Uniform(-1, 1),
        escape=ss.ReachesMinimum(tolerance),
        max_steps=200_000,
        # from here on some trajectories underflow, and rounding decides whether they ever escape
        equal=0.999 if dim < 6 else 0.99,
        exact=True,
    )


def kicks() -> Workload:
    f = ss.Octopus(10)
    tolerance = 0.1 * f.tau
    return Workload(
        title="W3 octopus, perturbed GD, d = 10",
        landscape=f,
        problem=OctopusKicks(f.L, f.gamma, f.tau, 0.25, tolerance, 100_000, 0.01, 0.05, 10),
        agreement="same law",
        trials=4096,
        limit="vector operations",
        work=_SINGLE_STEP * 10,
        shape=(10,),
        method=ss.PerturbedGradientDescent(0.25, 0.01, 0.05, min_interval=10),
        initial=ss.Uniform(-1, 1),
        escape=ss.ReachesMinimum(tolerance),
        max_steps=100_000,
    )


def factorization() -> Workload:
    work = costs.factorization(16, 4)
    f = work.landscape
    return Workload(
        title="W4 factorisation 16 x 4",
        landscape=f,
        problem=Factorization(f.M, 0.1, 1e-6, 100_000),
        agreement="same steps",
        trials=4096,
        limit="multiply-adds",
        work=2 * work.gradient,
        shape=(16, 4),
        method=ss.GradientDescent(0.1),
        initial=ss.Gaussian(1e-6),
        escape=ss.ValueBelow(1e-6),
        max_steps=100_000,
    )


def sensing(d: int, name: str, step_size: float, trials: int, steps: int) -> Workload:
    work = costs.sensing(d, 2)
    f = work.landscape
    symmetric = (f.measurements + f.measurements.transpose(0, 2, 1)) / 2
    return Workload(
        title=f"{name} sensing {d} x 2, n = {len(f.targets)}",
        landscape=f,
        problem=Sensing(symmetric, f.targets, step_size, steps),
        agreement="same numbers",
        trials=trials,
        limit="multiply-adds",
        work=2 * work.gradient,
        shape=(d, 2),
        method=ss.GradientDescent(step_size),
        initial=ss.Gaussian(0.1),
        max_steps=steps,
    )


def relu(d: int, width: int, n: int, name: str, trials: int, steps: int) -> Workload:
    work = costs.relu(d, width, n)
    f = work.landscape
    return Workload(
        title=f"{name} ReLU network, n = {n}, m = {width}",
        landscape=f,
        problem=ReLU(f.X, f.y, f.signs, 0.01, steps),
        agreement="same numbers",
        trials=trials,
        limit="multiply-adds",
        work=2 * work.gradient,
        shape=(width, d),
        method=ss.GradientDescent(0.01),
        initial=ss.Gaussian(1.0),
        max_steps=steps,
    )


def factorization_hvp() -> Workload:
    work = costs.factorization(16, 4)
    return Workload(
        title="W7a HVPs, factorisation 16 x 4",
        landscape=work.landscape,
        problem=FactorizationHvp(work.landscape.M),
        agreement="same numbers",
        trials=4096,
        limit="multiply-adds",
        work=2 * work.hvp,
        shape=(16, 4),
    )


def relu_hvp() -> Workload:
    work = costs.relu(16, 256, 64)
    f = work.landscape
    return Workload(
        title="W7b HVPs, ReLU, n = 64, m = 256",
        landscape=f,
        problem=ReLUHvp(f.X, f.signs),
        agreement="same numbers",
        trials=64,
        limit="multiply-adds",
        work=2 * work.hvp,
        shape=(256, 16),
    )


WORKLOADS: dict[str, Callable[[], Workload]] = {
    "noise": noise,
    "octopus": lambda: octopus(5),
    "octopus6": lambda: octopus(6),
    "kicks": kicks,
    "factorization": factorization,
    "sensing": lambda: sensing(16, "W5", 0.05, trials=512, steps=200),
    "relu": lambda: relu(16, 256, 64, "W6", trials=64, steps=100),
    "factorization-hvp": factorization_hvp,
    "relu-hvp": relu_hvp,
    "sensing64": lambda: sensing(64, "L1", 0.02, trials=32, steps=10),
    "relu4096": lambda: relu(64, 4096, 128, "L2", trials=32, steps=15),
}
