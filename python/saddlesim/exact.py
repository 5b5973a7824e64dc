"""Whether a run has an exact path, which counts steps without taking them.

Inside each region of the octopus gradient descent is linear, so a trajectory is a chain of
closed-form jumps and a few explicit steps; waiting coordinates are held as logarithms, which do not
underflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saddlesim.escape import LeavesBall, LeavesSubspace, PastLastSaddle, ReachesMinimum, ValueBelow
from saddlesim.landscapes import Octopus
from saddlesim.methods import GradientDescent

if TYPE_CHECKING:
    from saddlesim.escape import Escape
    from saddlesim.landscapes import Landscape
    from saddlesim.methods import Method

__all__ = ["obstacle"]


def obstacle(landscape: Landscape, method: Method, escape: Escape) -> str | None:
    """Return why a run has no exact path; None if it has one."""
    if not isinstance(landscape, Octopus) or not isinstance(method, GradientDescent):
        return (
            "the exact path is that of GradientDescent on the Octopus, "
            f"not of {type(method).__name__} on {type(landscape).__name__}"
        )
    step = method.step_size
    if not 1 - 2 * step * landscape.L > 0:
        return (
            f"the exact path needs step_size < 1 / (2 L) = {1 / (2 * landscape.L):g}, "
            f"got {step:g}: waiting coordinates must not change sign"
        )
    if 1 + 2 * step * landscape.gamma > 2:
        return (
            f"the exact path needs step_size <= 1 / (2 gamma) = {1 / (2 * landscape.gamma):g}, "
            f"got {step:g}: no step may skip a connecting region"
        )
    if isinstance(escape, LeavesBall):
        if escape.center is not None and np.any(escape.center != 0):
            return "the exact path knows LeavesBall about the origin only"
    elif not isinstance(escape, (PastLastSaddle, ReachesMinimum, ValueBelow, LeavesSubspace)):
        return f"the exact path does not know {type(escape).__name__}"
    return None
