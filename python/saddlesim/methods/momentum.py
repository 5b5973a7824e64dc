"""Gradient descent with momentum: heavy ball, and Nesterov's method with a constant factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saddlesim import validation
from saddlesim.methods.base import Method

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["HeavyBall", "Nesterov"]


@dataclass(frozen=True, repr=False, eq=False)
class _Momentum(Method):
    """A method that remembers where it came from."""

    step_size: float
    momentum: float = 0.9

    def __post_init__(self) -> None:
        self._check("step_size", positive=True)
        momentum = validation.number("momentum", self.momentum, nonnegative=True, below=1)
        object.__setattr__(self, "momentum", momentum)


@dataclass(frozen=True, repr=False, eq=False)
class HeavyBall(_Momentum):
    """x+ = x - step_size * gradient(x) + momentum * (x - x_before), at rest at the start.

    Parameters
    ----------
    step_size
        The step; on a quadratic stable below 2 (1 + momentum) / smoothness.
    momentum
        beta, from 0 (gradient descent) to below 1.

    Notes
    -----
    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964. Along an
    eigenvector with eigenvalue lambda x_t combines powers of the roots of
    mu^2 - (1 - step_size lambda + beta) mu + beta.
    """

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        return core.HeavyBall(self.step_size, self.momentum)


@dataclass(frozen=True, repr=False, eq=False)
class Nesterov(_Momentum):
    """y = x + momentum * (x - x_before), x+ = y - step_size * gradient(y), at rest at the start.

    Parameters
    ----------
    step_size
        The step.
    momentum
        beta, from 0 (gradient descent) to below 1.

    Notes
    -----
    Nesterov, "A method for solving the convex programming problem with convergence rate
    O(1/k^2)", 1983. Along an eigenvector with eigenvalue lambda x_t combines powers of the roots of
    mu^2 - (1 - step_size lambda) (1 + beta) mu + (1 - step_size lambda) beta.
    """

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        return core.Nesterov(self.step_size, self.momentum)
