"""The settings of the experiments in section 5 of Du et al. (2017)."""

from __future__ import annotations

from saddlesim.landscapes import Octopus
from saddlesim.methods import GradientDescent, PerturbedGradientDescent

__all__ = ["CURVATURES", "gd", "pgd"]

# L, in units of gamma = 1.
CURVATURES = (1.0, 1.5, 2.0, 3.0)


def gd(octopus: Octopus) -> GradientDescent:
    """Return gradient descent with the paper's step, 1 / (4 L)."""
    return GradientDescent(1 / (4 * octopus.L))


def pgd(octopus: Octopus) -> PerturbedGradientDescent:
    """Return perturbed gradient descent with g_thres = gamma e / 100, r = e / 100, t_thres = 1."""
    return PerturbedGradientDescent(
        1 / (4 * octopus.L),
        radius=octopus.tau / 100,
        gradient_threshold=octopus.gamma * octopus.tau / 100,
        min_interval=2,  # kicks are more than t_thres steps apart
    )
