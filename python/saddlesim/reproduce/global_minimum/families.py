"""The families for which theory promises both conditions, and how they are run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from saddlesim.landscapes import (
    Landscape,
    MatrixCompletion,
    MatrixFactorization,
    MatrixSensing,
    QuadraticNetwork,
    StationaryPoint,
    TensorDecomposition,
)
from saddlesim.methods import (
    GradientDescent,
    Method,
    NoisyGradientDescent,
    PerturbedGradientDescent,
)

__all__ = ["FAMILIES", "METHODS", "Family", "start_saddle"]

_SHARE = 0.01  # of curvature times length scale at the saddle: noise, threshold; and kicks of L
_WAIT = 20  # steps between kicks


@dataclass(frozen=True)
class Family:
    """A landscape of every dimension.

    Parameters
    ----------
    name
        For people.
    make
        The landscape of a dimension and a seed.
    dims
        At least five dimensions, increasing.
    """

    name: str
    make: Callable[[int, int], Landscape]
    dims: tuple[int, ...]


FAMILIES = (
    Family(
        "matrix factorisation, rank 2",
        lambda d, seed: MatrixFactorization.random(d, 2, seed=seed),
        (4, 8, 16, 32, 64, 128),
    ),
    Family(
        "matrix sensing, rank 2, n = 10 d r",
        lambda d, seed: MatrixSensing.random(d, 2, seed=seed),
        (4, 6, 8, 12, 16, 24),
    ),
    Family(
        "matrix completion, rank 1, 80 % seen",
        lambda d, seed: MatrixCompletion.random(d, 1, observed=0.8, seed=seed),
        (10, 15, 20, 30, 40, 60),
    ),
    Family(
        "tensor, all components",
        lambda d, seed: TensorDecomposition.random(d, seed=seed),
        (3, 4, 5, 6, 8, 10),
    ),
    Family(
        "tensor, one component",
        lambda d, seed: TensorDecomposition.random(d, objective="one", seed=seed),
        (4, 8, 16, 32, 64, 128),
    ),
    Family(
        "quadratic network, width d",
        lambda d, seed: QuadraticNetwork.random(d, seed=seed),
        (3, 4, 6, 8, 12, 16),
    ),
)


def start_saddle(f: Landscape) -> StationaryPoint:
    """Return the saddle at which all trajectories start."""
    saddle = f.reference_saddle()
    assert saddle is not None  # each of these families has one
    return saddle


def _step(f: Landscape) -> float:
    return 1 / f.smoothness


def _push(f: Landscape) -> float:
    return _SHARE * abs(start_saddle(f).min_eigenvalue) * f.length_scale


METHODS: dict[str, Callable[[Landscape], Method]] = {
    "noisy GD": lambda f: NoisyGradientDescent(_step(f), noise_scale=_push(f)),
    "perturbed GD": lambda f: PerturbedGradientDescent(
        _step(f),
        radius=_SHARE * f.length_scale,
        gradient_threshold=_push(f),
        min_interval=_WAIT,
    ),
    "GD": lambda f: GradientDescent(_step(f)),
}
