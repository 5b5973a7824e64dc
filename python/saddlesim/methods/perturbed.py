"""Gradient descent that kicks itself where the gradient is small."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

from saddlesim import validation
from saddlesim.methods.base import Descent

if TYPE_CHECKING:
    from saddlesim import _core
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
        smoothness: float,
        hessian_lipschitz: float,
        accuracy: float,
        *,
        dim: int,
        value_gap: float,
        failure_probability: float = 0.1,
        c: float = 1.0,
    ) -> PerturbedGradientDescent:
        """Return Algorithm 2 of Jin et al. (2017) with the paper's constants, termination included.

        Parameters
        ----------
        smoothness
            l, the gradient's Lipschitz constant.
        hessian_lipschitz
            rho, the Hessian's Lipschitz constant.
        accuracy
            epsilon: the point returned has a gradient of at most epsilon and curvature of at least
            -sqrt(rho epsilon).
        dim
            The dimension d.
        value_gap
            An upper bound on f(x_0) - min f.
        failure_probability
            delta.
        c
            The paper's absolute constant, at most 1; the theorem holds for c small enough.
        """
        l = validation.number("smoothness", smoothness, positive=True)  # noqa: E741
        rho = validation.number("hessian_lipschitz", hessian_lipschitz, positive=True)
        eps = validation.number("accuracy", accuracy, positive=True)
        gap = validation.number("value_gap", value_gap, positive=True)
        delta = validation.number(
            "failure_probability", failure_probability, positive=True, below=1
        )
        c = validation.number("c", c, positive=True)
        dim = validation.count("dim", dim)
        chi = 3 * max(math.log(dim * l * gap / (c * eps**2 * delta)), 4.0)
        wait = math.ceil(chi / c**2 * l / math.sqrt(rho * eps))
        return cls(
            step_size=c / l,
            radius=math.sqrt(c) / chi**2 * eps / l,
            gradient_threshold=math.sqrt(c) / chi**2 * eps,
            min_interval=wait + 1,
            value_threshold=c / chi**3 * math.sqrt(eps**3 / rho),
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
