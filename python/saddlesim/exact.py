"""The exact paths of the octopus, which count steps without taking them.

Inside each region of the octopus gradient descent is linear, so a trajectory is a chain of
closed-form jumps and a few explicit steps; waiting coordinates are held as logarithms, which do not
underflow. Perturbed gradient descent is linear between kicks, gradient flow in continuous time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from saddlesim import _core
from saddlesim.escape import LeavesBall, LeavesSubspace, PastLastSaddle, ReachesMinimum, ValueBelow
from saddlesim.landscapes import Octopus
from saddlesim.methods import GradientDescent, GradientFlow, PerturbedGradientDescent

if TYPE_CHECKING:
    from saddlesim.escape import Escape
    from saddlesim.landscapes import Landscape
    from saddlesim.methods import Method

__all__ = ["Policy", "exact_path"]

_SMALLEST_STEP = 1e-8  # some 10^8 steps through each connecting region


class Policy(TypedDict):
    """What the core wants to know of a run beside the mathematics."""

    key: int
    first: int
    count: int
    max_steps: int
    threads: int
    record: _core.Records
    progress: Callable[[int, int], object] | None


Runner = Callable[[_core.Initial, _core.Escape, Policy], _core.Columns]


def exact_path(landscape: Landscape, method: Method, escape: Escape) -> Runner | str:
    """Return what runs a method exactly, or why nothing can."""
    if isinstance(landscape, Octopus):
        if isinstance(method, GradientDescent):
            return _step_obstacle(landscape, method.step_size) or _walk(landscape, method, escape)
        if isinstance(method, PerturbedGradientDescent):
            return _step_obstacle(landscape, method.step_size) or _kicks(landscape, method, escape)
        if isinstance(method, GradientFlow):
            return _flow(landscape, escape)
    return (
        "exact paths are those of GradientDescent, PerturbedGradientDescent and GradientFlow on "
        f"the Octopus, not of {type(method).__name__} on {type(landscape).__name__}"
    )


def _step_obstacle(octopus: Octopus, step: float) -> str | None:
    if not 1 - 2 * step * octopus.L > 0:
        return (
            f"the exact path needs step_size < 1 / (2 L) = {1 / (2 * octopus.L):g}, "
            f"got {step:g}: waiting coordinates must not change sign"
        )
    if 1 + 2 * step * octopus.gamma > 2:
        return (
            f"the exact path needs step_size <= 1 / (2 gamma) = {1 / (2 * octopus.gamma):g}, "
            f"got {step:g}: no step may skip a connecting region"
        )
    if step * min(octopus.L, octopus.gamma) < _SMALLEST_STEP:
        return (
            f"the exact path needs step_size * min(L, gamma) >= {_SMALLEST_STEP:g}, got "
            f"{step * min(octopus.L, octopus.gamma):g}: connecting regions are passed step by "
            "step; GradientFlow is the limit of small steps"
        )
    return None


def _walk(octopus: Octopus, method: GradientDescent, escape: Escape) -> Runner | str:
    if isinstance(escape, LeavesBall):
        if escape.center is not None and np.any(escape.center != 0):
            return "the exact path knows LeavesBall about the origin only"
    elif not isinstance(escape, (PastLastSaddle, ReachesMinimum, ValueBelow, LeavesSubspace)):
        return f"the exact path does not know {type(escape).__name__}"
    search, tolerance = _core.Search.first_hold, 0.0
    if isinstance(escape, PastLastSaddle):
        search = _core.Search.past_last_saddle
    if isinstance(escape, ReachesMinimum):
        # a coordinate that waits, at most tau, must not count as being at 4 tau
        if escape.tolerance >= 3 * octopus.tau:
            return (
                f"the exact path needs a tolerance below 3 tau = {3 * octopus.tau:g}, got "
                f"{escape.tolerance:g}: coordinates that wait would count as being there"
            )
        if escape.tolerance < 2 * octopus.tau:
            search, tolerance = _core.Search.reaches_minimum, escape.tolerance

    def run(start: _core.Initial, predicate: _core.Escape, policy: Policy) -> _core.Columns:
        return _core.simulate_exactly(
            octopus.core, start, method.step_size, predicate, search, tolerance, **policy
        )

    return run


def _kicks(octopus: Octopus, method: PerturbedGradientDescent, escape: Escape) -> Runner | str:
    if not isinstance(escape, PastLastSaddle):
        return f"the exact path of PerturbedGradientDescent does not know {type(escape).__name__}"
    if method.value_threshold is not None:
        return "the exact path does not know the termination test of a value_threshold"
    reach = method.radius + method.gradient_threshold / (2 * min(octopus.L, octopus.gamma))
    if reach >= octopus.tau or method.gradient_threshold >= octopus.smallest_connecting_gradient:
        return (
            f"the exact path needs kicks that stay near a saddle: radius {method.radius:g} and "
            f"gradient_threshold {method.gradient_threshold:g} are too large for "
            f"tau = {octopus.tau:g}"
        )

    def run(start: _core.Initial, _: _core.Escape, policy: Policy) -> _core.Columns:
        return _core.simulate_kicks(
            octopus.core,
            start,
            method.step_size,
            method.radius,
            method.gradient_threshold,
            method.min_interval,
            **policy,
        )

    return run


def _flow(octopus: Octopus, escape: Escape) -> Runner | str:
    if not isinstance(escape, PastLastSaddle):
        return f"the exact path of GradientFlow does not know {type(escape).__name__}"

    def run(start: _core.Initial, _: _core.Escape, policy: Policy) -> _core.Columns:
        if policy["max_steps"] >= 0:
            raise ValueError(
                "max_steps must be None or 'auto' with GradientFlow on its exact path, got "
                f"{policy['max_steps']}; it has no steps to count; arithmetic='float64' "
                "integrates, in steps"
            )
        return _core.simulate_flow(
            octopus.core,
            start,
            key=policy["key"],
            first=policy["first"],
            count=policy["count"],
            threads=policy["threads"],
            record=policy["record"],
            progress=policy["progress"],
        )

    return run
