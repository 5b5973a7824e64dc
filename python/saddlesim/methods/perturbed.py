"""Gradient descent that kicks itself where the gradient is small."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

from saddlesim import validation
from saddlesim.methods.base import Descent
from saddlesim.methods.theory import problem

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.landscapes.base import Landscape
    from saddlesim.precision import Core

__all__ = ["PerturbedGradientDescent"]


@dataclass(frozen=True, repr=False, eq=False)
class PerturbedGradientDescent(Descent):
    """Gradient descent that kicks itself where the gradient is small.

    At step t, if the gradient's norm is at most `gradient_threshold` and the last kick is at least
    `min_interval` steps ago (t = 0 is eligible): x is moved by a vector uniform in the ball of
    `radius` and the gradient is taken anew. Then x+ = x - step_size * gradient.

    Parameters
    ----------
    step_size
        The step.
    radius
        Radius of the kick.
    gradient_threshold
        Kick only where the gradient's norm is at most this.
    min_interval
        Steps between kicks, at least 1. (Jin et al. kick when more than t_thres steps have passed:
        min_interval = t_thres + 1.)
    value_threshold
        None, or the termination test of Jin et al. (2017), Algorithm 2: if f has not fallen by more
        than this min_interval - 1 steps after a kick, the point before the kick is returned.

    Notes
    -----
    Jin, Ge, Netrapalli, Kakade, Jordan, "How to escape saddle points efficiently", ICML 2017.
    """

    radius: float
    gradient_threshold: float
    min_interval: int
    _: KW_ONLY
    value_threshold: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("radius", positive=True)
        self._check("gradient_threshold", positive=True)
        interval = validation.integer("min_interval", self.min_interval, minimum=1, maximum=2**53)
        object.__setattr__(self, "min_interval", interval)
        if self.value_threshold is not None:
            self._check("value_threshold")
            if interval < 2:
                raise ValueError(
                    "min_interval must be at least 2 with a value_threshold, got 1; "
                    "the termination test looks min_interval - 1 steps after a kick"
                )

    @classmethod
    def from_theory(
        cls,
        landscape: Landscape,
        accuracy: float,
        *,
        smoothness: float | None = None,
        hessian_lipschitz: float | None = None,
        value_gap: float | None = None,
        failure_probability: float = 0.1,
        c: float = 1.0,
    ) -> PerturbedGradientDescent:
        """Return Algorithm 2 of Jin et al. (2017) with the paper's constants, termination included.

        ``.guarantee`` of what is returned says what was chosen, and the iterations promised.

        Parameters
        ----------
        landscape
            The function, whose own constants hold unless others are given.
        accuracy
            epsilon: the point returned has a gradient of at most epsilon and curvature of at least
            -sqrt(rho epsilon).
        smoothness, hessian_lipschitz
            l and rho: the Lipschitz constants of gradient and Hessian.
        value_gap
            An upper bound on f(x_0) - min f; None is from the landscape's reference saddle.
        failure_probability
            delta.
        c
            The paper's absolute constant, at most 1; the theorem holds for c small enough.

        Raises
        ------
        ValueError
            If a constant is neither given nor known.
        """
        p = problem(
            landscape, accuracy, smoothness, hessian_lipschitz, value_gap, failure_probability
        )
        c = validation.number("c", c, positive=True)
        chi = 3 * max(p.logarithm - math.log(c), 4.0)
        wait = math.ceil(chi / c**2 * p.smoothness / p.curvature)
        threshold = math.sqrt(c) / chi**2 * p.accuracy
        method = cls(
            step_size=c / p.smoothness,
            radius=threshold / p.smoothness,
            gradient_threshold=threshold,
            min_interval=wait + 1,
            value_threshold=c / chi**3 * math.sqrt(p.accuracy**3 / p.hessian_lipschitz),
        )
        assert method.value_threshold is not None
        # f falls by the one in so many steps after a kick, and by the other in every other step
        slowest = max(
            wait / method.value_threshold, 2 / (method.step_size * method.gradient_threshold**2)
        )
        return method._promising(
            "Jin, Ge, Netrapalli, Kakade, Jordan (ICML 2017), theorem 3: a point with |gradient| "
            "<= epsilon and curvature >= -sqrt(rho epsilon), with probability 1 - delta",
            p,
            {"chi": chi, "c": c},
            p.value_gap * slowest,
        )

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        return core.PerturbedGradientDescent(
            self.step_size,
            self.radius,
            self.gradient_threshold,
            self.min_interval,
            self.value_threshold,
            key,
        )
