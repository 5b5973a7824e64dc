"""Grids of runs made by hand, for the tests of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

import saddlesim as ss
from saddlesim.dimension import DimensionResult
from saddlesim.outcome import Outcome

GD = ss.GradientDescent(step_size=0.25)
PGD = ss.PerturbedGradientDescent(0.25, radius=0.03, gradient_threshold=0.03, min_interval=2)


def cell(
    dim: int,
    steps: ArrayLike,
    outcome: ArrayLike = Outcome.ESCAPED,
    *,
    method: ss.Method = GD,
    underflowed: ArrayLike = False,
    max_steps: int | None = 100_000,
    interrupted: bool = False,
) -> ss.EscapeTimes:
    """Trajectories that ended at these steps, in these outcomes."""
    many = np.asarray(steps, dtype=np.int64)
    return ss.EscapeTimes(
        steps=many,
        outcome=np.broadcast_to(np.asarray(outcome, dtype=np.int8), many.shape),
        trajectory=np.arange(many.size),
        underflowed=np.broadcast_to(np.asarray(underflowed, dtype=np.bool_), many.shape),
        value=np.zeros(many.size),
        gradient_norm=np.zeros(many.size),
        perturbations=np.zeros(many.size, dtype=np.int64),
        landscape=ss.Octopus(dim),
        method=method,
        initial=ss.Uniform(-1, 1),
        escape=ss.PastLastSaddle(),
        seed=7,
        max_steps=max_steps,
        interrupted=interrupted,
    )


def around(median: float, trials: int = 1001) -> np.ndarray:
    """Steps spread by a factor 1.5 either way, with exactly this median."""
    return np.rint(median * 1.5 ** np.linspace(-1, 1, trials))


def growing(dims: Sequence[int], *, label: str = "GD") -> DimensionResult:
    """GD that takes 10 x 3^d steps, escaped in every trajectory."""
    return DimensionResult({(label, d): cell(d, around(10 * 3**d)) for d in dims})


def censored(dim: int, budget: int, trials: int = 1001) -> ss.EscapeTimes:
    """A cell in which the budget ran out every time."""
    return cell(dim, np.full(trials, budget), Outcome.CENSORED, max_steps=budget)
