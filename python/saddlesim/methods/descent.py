"""Gradient descent, plain and with noise at every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saddlesim import validation
from saddlesim.methods.base import Descent

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["GradientDescent", "NoisyGradientDescent"]


@dataclass(frozen=True, repr=False, eq=False)
class GradientDescent(Descent):
    """x+ = x - step_size * gradient(x).

    Parameters
    ----------
    step_size
        The step.
    """

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        return core.GradientDescent(self.step_size)


@dataclass(frozen=True, repr=False, eq=False)
class NoisyGradientDescent(Descent):
    """Gradient descent with fresh noise at every step.

    ``x+ = x - step_size * (gradient(x) + noise_scale * n)`` if `scaled_by_step`, otherwise
    ``x+ = x - step_size * gradient(x) + noise_scale * n``.

    Parameters
    ----------
    step_size
        The step.
    noise_scale
        What multiplies n.
    noise
        The law of n: ``"sphere"``, uniform on the unit sphere, as Ge, Huang, Jin and Yuan (2015);
        ``"gaussian"``, N(0, I); ``"ball"``, uniform in the unit ball.
    scaled_by_step
        Whether the noise is added to the gradient (and so multiplied by the step) or to x.

    Notes
    -----
    Noise has single-precision resolution: Box-Muller on 32-bit words, tails to 6.7 sigma.
    """

    noise_scale: float
    noise: str = "sphere"
    scaled_by_step: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("noise_scale")
        validation.choice("noise", self.noise, ("sphere", "gaussian", "ball"))
        if not isinstance(self.scaled_by_step, bool):
            raise TypeError(f"scaled_by_step must be True or False, got {self.scaled_by_step!r}")

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        scale = self.noise_scale * (self.step_size if self.scaled_by_step else 1.0)
        law = core.NoiseLaw.__members__[self.noise]
        return core.NoisyGradientDescent(self.step_size, scale, law, key)
