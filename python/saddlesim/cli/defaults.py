"""The settings of the methods that the command knows by name: rules by a landscape's scales."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from saddlesim.landscapes import Landscape, Octopus, QuadraticSaddle
from saddlesim.methods import (
    GradientDescent,
    GradientFlow,
    HeavyBall,
    Langevin,
    Method,
    NegativeCurvatureDescent,
    Nesterov,
    NoisyGradientDescent,
    PerturbedAcceleratedGradientDescent,
    PerturbedGradientDescent,
)

__all__ = ["METHODS", "Known", "Scales"]


@dataclass(frozen=True)
class Scales:
    """What the methods' settings are made of.

    Attributes
    ----------
    L, gamma
        Half the positive curvature where trajectories go, and half the curvature by which the first
        saddle is left.
    tau
        The length over which the landscape changes.
    rho
        The Lipschitz constant of its Hessian; where there is none, such that curvature changes by
        all of 4 gamma over tau.
    """

    L: float
    gamma: float
    tau: float
    rho: float

    @classmethod
    def of(cls, landscape: Landscape) -> Scales:
        """Return the scales of a landscape."""
        if isinstance(landscape, Octopus):
            L, gamma, tau = landscape.L, landscape.gamma, landscape.tau
        elif isinstance(landscape, QuadraticSaddle):  # eigenvalues 1 and -1, left at distance 1
            L, gamma, tau = 0.5, 0.5, 1.0
        else:
            saddle = landscape.reference_saddle()
            escaping = -saddle.min_eigenvalue if saddle is not None else 0.0
            # where no curvature drives the escape, an eighth of the largest stands for it
            gamma = (escaping if escaping > 0 else landscape.smoothness / 8) / 2
            L, tau = landscape.smoothness / 4, landscape.length_scale
        rho = landscape.hessian_lipschitz
        return cls(L, gamma, tau, rho if 0 < rho < math.inf else 4 * gamma / tau)

    @property
    def step(self) -> float:
        """1 / (4 L): 1 / smoothness, but on the octopus and the quadratic 1/2 and 1/4 of 1 / L."""
        return 1 / (4 * self.L)

    @property
    def radius(self) -> float:
        """The length of kicks, as Du et al. (2017) have it."""
        return self.tau / 100

    @property
    def threshold(self) -> float:
        """The gradient that counts as small: about that within a kick of a saddle, halved."""
        return self.gamma * self.radius

    @property
    def condition(self) -> float:
        """kappa: 4 L, of which the step is the inverse, over the escaping curvature 2 gamma."""
        return max(2 * self.L / self.gamma, 1.0)


class Known(NamedTuple):
    """A method with its label in tables and pictures."""

    label: str
    make: Callable[[Scales, float], Method]  # of the scales and the step
    share: float = 1.0  # its step unless given, as a share of `Scales.step`


def _pgd(scales: Scales, step_size: float) -> Method:
    # The settings of Du et al. (2017), section 5, who have tau = e and t_thres = 1.
    return PerturbedGradientDescent(step_size, scales.radius, scales.threshold, min_interval=2)


def _noisy(scales: Scales, step_size: float) -> Method:
    # Noise as large as the gradient at which perturbed gradient descent would kick.
    return NoisyGradientDescent(step_size, noise_scale=scales.threshold)


def _langevin(scales: Scales, step_size: float) -> Method:
    # So cold that a coordinate in a valley of curvature 2 L fluctuates by the radius of a kick.
    return Langevin(step_size, inverse_temperature=1 / (2 * scales.L * scales.radius**2))


def _pagd(scales: Scales, step_size: float) -> Method:
    # theta is that of Jin, Netrapalli and Jordan (2018); kicks are those of pgd, but as far apart
    # as momentum remembers, 1 / theta steps, because the next one disturbs what it has gathered.
    theta = 1 / (4 * math.sqrt(scales.condition))
    return PerturbedAcceleratedGradientDescent(
        step_size, theta, scales.radius, scales.threshold, min_interval=math.ceil(1 / theta)
    )


def _curvature(search: str) -> Callable[[Scales, float], Method]:
    # Looks where pgd would kick, for at least half of the curvature by which the saddle is left.
    return lambda scales, step_size: NegativeCurvatureDescent(
        step_size, scales.threshold, scales.gamma, scales.rho, search=search
    )


METHODS: dict[str, Known] = {
    "gd": Known("GD", lambda _, step_size: GradientDescent(step_size)),
    "pgd": Known("PGD", _pgd),
    "noisy": Known("noisy GD", _noisy),
    "langevin": Known("Langevin", _langevin),
    # half of the usual momentum: with 0.9 it overshoots the valleys of the octopus, and leaves it
    "heavyball": Known("heavy ball", lambda _, step_size: HeavyBall(step_size, momentum=0.5)),
    "nesterov": Known("Nesterov", lambda _, step_size: Nesterov(step_size, momentum=0.9)),
    # a quarter of a step, for which its proof is: two gradients a step, and f is looked at
    "pagd": Known("PAGD", _pagd, share=0.25),
    "ncd": Known("NCD", _curvature("lanczos")),
    "neon": Known("Neon", _curvature("neon")),
    "flow": Known("flow", lambda _, __: GradientFlow()),
}
