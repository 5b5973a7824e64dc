"""The update rules: frozen descriptions that lower to the C++ core."""

from saddlesim.methods.base import Method, require_manifold
from saddlesim.methods.descent import GradientDescent, NoisyGradientDescent
from saddlesim.methods.flow import GradientFlow
from saddlesim.methods.perturbed import PerturbedGradientDescent

__all__ = [
    "GradientDescent",
    "GradientFlow",
    "Method",
    "NoisyGradientDescent",
    "PerturbedGradientDescent",
    "require_manifold",
]
