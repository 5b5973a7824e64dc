"""Gradient descent in the limit of small steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saddlesim.methods.base import Method

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["GradientFlow"]


@dataclass(frozen=True, repr=False, eq=False)
class GradientFlow(Method):
    """x' = -gradient(x): gradient descent in the limit of small steps, in continuous time.

    On the octopus every dwell has a closed form. Results count time, not steps: ``steps`` is -1
    and ``log10_steps`` the decimal logarithm of the time.
    """

    def lower(self, core: Core, key: int) -> _core.Method:
        """Refuse: there are no steps to take."""
        raise ValueError(
            "GradientFlow has no steps to take in plain arithmetic; it has an exact path on the "
            "Octopus with PastLastSaddle and no budget; elsewhere use GradientDescent with a "
            "small step_size"
        )
