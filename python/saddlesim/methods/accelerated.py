"""Accelerated gradient descent that kicks itself and exploits negative curvature."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from saddlesim import validation
from saddlesim.methods.base import Descent
from saddlesim.methods.theory import problem

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.landscapes.base import Landscape
    from saddlesim.precision import Core

__all__ = ["PerturbedAcceleratedGradientDescent"]


@dataclass(frozen=True, repr=False, eq=False)
class PerturbedAcceleratedGradientDescent(Descent):
    """Nesterov's method that kicks itself where the gradient is small, and turns on curvature.

    At step t, if the gradient's norm at x is at most `gradient_threshold` and the last kick is at
    least `min_interval` steps ago (t = 0 is eligible): x is moved by a vector uniform in the ball
    of `radius`. Then y = x + (1 - theta) v, x+ = y - step_size * gradient(y), v+ = x+ - x.

    Where f(x) <= f(y) + <gradient(y), x - y> - gamma / 2 |x - y|^2 there is negative curvature, and
    instead v+ = 0 and x+ = x if |v| >= reach, otherwise the better of x +- reach v / |v|.

    Parameters
    ----------
    step_size
        eta; 1 / (4 smoothness) in theory.
    theta
        Momentum is 1 - theta; in (0, 1].
    radius
        Radius of the kick.
    gradient_threshold
        Kick only where the gradient's norm is at most this.
    min_interval
        Steps between kicks, at least 1.
    gamma
        Negative curvature that is exploited; None is theta^2 / step_size.
    reach
        s: how far along the velocity x moves then, in theory gamma / (4 rho); None is the radius.

    Notes
    -----
    Jin, Netrapalli, Jordan, "Accelerated gradient descent escapes saddle points faster than
    gradient descent", COLT 2018. Two traps are guarded: v = 0 fulfils the test of curvature with
    equality and gives no direction, and near a minimum the rounding of f fulfils it. Between kicks
    f(x_t) + |v_t|^2 / (2 step_size) never rises for step_size <= 1 / (4 smoothness) and theta <=
    1/2.
    """

    on_spheres: ClassVar[bool] = False  # a velocity would have to be carried along

    theta: float
    radius: float
    gradient_threshold: float
    min_interval: int
    gamma: float | None = None
    reach: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("theta", positive=True)
        if self.theta > 1:
            raise ValueError(f"theta must be at most 1, got {self.theta:g}; momentum is 1 - theta")
        self._check("radius", positive=True)
        self._check("gradient_threshold", positive=True)
        interval = validation.integer("min_interval", self.min_interval, minimum=1, maximum=2**53)
        object.__setattr__(self, "min_interval", interval)
        if self.gamma is not None:
            self._check("gamma", positive=True)
        if self.reach is not None:
            self._check("reach", positive=True)

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
    ) -> PerturbedAcceleratedGradientDescent:
        """Return Algorithm 2 of Jin, Netrapalli and Jordan (2018) with the paper's constants.

        ``.guarantee`` of what is returned says what was chosen, and the iterations promised.

        Parameters
        ----------
        landscape, accuracy, smoothness, hessian_lipschitz, value_gap, failure_probability
            As in `PerturbedGradientDescent.from_theory`.
        c
            The paper's absolute constant; the theorem holds for c large enough.

        Raises
        ------
        ValueError
            If a constant is neither given nor known.
        """
        p = problem(
            landscape, accuracy, smoothness, hessian_lipschitz, value_gap, failure_probability
        )
        c = validation.number("c", c, positive=True)
        kappa = p.smoothness / p.curvature
        inside = p.dim * p.smoothness * p.value_gap
        inside /= p.hessian_lipschitz * p.accuracy * p.failure_probability
        chi = max(1.0, math.log(inside))
        step = 1 / (4 * p.smoothness)
        theta = 1 / (4 * math.sqrt(kappa))
        gamma = theta**2 / step
        wait = math.ceil(math.sqrt(kappa) * chi * c)
        method = cls(
            step_size=step,
            theta=min(theta, 1.0),
            radius=step * p.accuracy * chi**-5 * c**-8,
            gradient_threshold=p.accuracy,
            min_interval=wait + 1,
            gamma=gamma,
            reach=gamma / (4 * p.hessian_lipschitz),
        )
        falls = math.sqrt(p.accuracy**3 / p.hessian_lipschitz) * chi**-5 * c**-7
        return method._promising(
            "Jin, Netrapalli, Jordan (COLT 2018), theorem 3: a point with |gradient| <= epsilon "
            "and curvature >= -sqrt(rho epsilon), with probability 1 - delta",
            p,
            {"kappa": kappa, "chi": chi, "c": c},
            p.value_gap / falls * wait,
        )

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        return core.PerturbedAccelerated(
            self.step_size,
            self.theta,
            self.theta**2 / self.step_size if self.gamma is None else self.gamma,
            self.radius if self.reach is None else self.reach,
            self.radius,
            self.gradient_threshold,
            self.min_interval,
            key,
        )
