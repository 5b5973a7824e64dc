"""The update rules: frozen descriptions that lower to the C++ core."""

from saddlesim.methods.accelerated import PerturbedAcceleratedGradientDescent
from saddlesim.methods.base import Method, require_manifold
from saddlesim.methods.curvature import NegativeCurvatureDescent
from saddlesim.methods.descent import GradientDescent, NoisyGradientDescent
from saddlesim.methods.flow import GradientFlow
from saddlesim.methods.langevin import Langevin
from saddlesim.methods.momentum import HeavyBall, Nesterov
from saddlesim.methods.perturbed import PerturbedGradientDescent
from saddlesim.methods.stochastic import (
    PerturbedStochasticGradientDescent,
    StochasticGradientDescent,
)
from saddlesim.methods.theory import Guarantee

__all__ = [
    "GradientDescent",
    "GradientFlow",
    "Guarantee",
    "HeavyBall",
    "Langevin",
    "Method",
    "NegativeCurvatureDescent",
    "Nesterov",
    "NoisyGradientDescent",
    "PerturbedAcceleratedGradientDescent",
    "PerturbedGradientDescent",
    "PerturbedStochasticGradientDescent",
    "StochasticGradientDescent",
    "require_manifold",
]
