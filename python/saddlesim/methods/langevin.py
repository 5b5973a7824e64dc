"""The unadjusted Langevin algorithm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saddlesim.methods.base import Descent

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["Langevin"]


@dataclass(frozen=True, repr=False, eq=False)
class Langevin(Descent):
    """x+ = x - step_size * gradient(x) + sqrt(2 step_size / inverse_temperature) N(0, I).

    Parameters
    ----------
    step_size
        The step.
    inverse_temperature
        beta: in the limit of small steps the stationary law has the density exp(-beta f).

    Notes
    -----
    Noise has single-precision resolution, as in `NoisyGradientDescent`.
    """

    inverse_temperature: float

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("inverse_temperature", positive=True)

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        scale = math.sqrt(2 * self.step_size / self.inverse_temperature)
        return core.NoisyGradientDescent(self.step_size, scale, core.NoiseLaw.gaussian, key)
