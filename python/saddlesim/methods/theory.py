"""What theorems promise: the constants that they give a method, and how long it may take."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from saddlesim import validation
from saddlesim.tables import text_table

if TYPE_CHECKING:
    from saddlesim.landscapes.base import Landscape

__all__ = ["Guarantee", "Problem", "problem"]


@dataclass(frozen=True)
class Guarantee:
    """A theorem, with the numbers that it was given and those that it gives.

    Attributes
    ----------
    theorem
        What it says, and where it is from.
    given
        The constants of the problem, by name.
    chosen
        The parameters of the method that follow, by name.
    iterations
        The number of iterations within which the theorem promises its point, with the constants of
        its proof. Proofs are generous; what is measured is usually orders of magnitude less.
    """

    theorem: str
    given: Mapping[str, float]
    chosen: Mapping[str, float]
    iterations: float

    def __repr__(self) -> str:
        rows = [["given", ", ".join(f"{k} = {v:.6g}" for k, v in self.given.items())]]
        rows.append(["chosen", ", ".join(f"{k} = {v:.6g}" for k, v in self.chosen.items())])
        rows.append(["promised", f"at most {self.iterations:.3g} iterations"])
        return f"{self.theorem}\n{text_table(rows)}"


class Problem(NamedTuple):
    """The constants that theorems are about."""

    dim: int
    smoothness: float  # l
    hessian_lipschitz: float  # rho
    value_gap: float  # f(x_0) - min f at most
    accuracy: float  # epsilon
    failure_probability: float  # delta

    @property
    def logarithm(self) -> float:
        """log(dim l value_gap / (accuracy^2 failure_probability)), as Jin et al. (2017) have it."""
        inside = self.dim * self.smoothness * self.value_gap / self.failure_probability
        return math.log(inside / self.accuracy**2)

    @property
    def curvature(self) -> float:
        """sqrt(rho epsilon): the most negative curvature that a second-order point may have."""
        return math.sqrt(self.hessian_lipschitz * self.accuracy)

    @property
    def given(self) -> dict[str, float]:
        """The constants by name."""
        return {name: float(value) for name, value in self._asdict().items()}


def problem(
    landscape: Landscape,
    accuracy: float,
    smoothness: float | None,
    hessian_lipschitz: float | None,
    value_gap: float | None,
    failure_probability: float,
) -> Problem:
    """Return the constants of a landscape, or those given instead, checked.

    Parameters
    ----------
    landscape
        Whose ``smoothness`` and ``hessian_lipschitz`` hold unless others are given. The gap is that
        between its reference saddle and its minimum.
    accuracy, smoothness, hessian_lipschitz, value_gap, failure_probability
        epsilon, l, rho, an upper bound on f(x_0) - min f, delta.

    Raises
    ------
    ValueError
        If a constant is neither given nor known.
    """

    def constant(name: str, given: float | None, own: Callable[[Landscape], float]) -> float:
        if given is not None:
            return validation.number(name, given, positive=True)
        value = own(landscape)
        if not (math.isfinite(value) and value > 0):
            raise ValueError(
                f"{name} must be given for {landscape!r}, which has {value:g}; theorems need a "
                f"positive number, so pass {name}=... that holds where trajectories are"
            )
        return value

    return Problem(
        dim=landscape.dim,
        smoothness=constant("smoothness", smoothness, lambda f: f.smoothness),
        hessian_lipschitz=constant(
            "hessian_lipschitz", hessian_lipschitz, lambda f: f.hessian_lipschitz
        ),
        value_gap=constant("value_gap", value_gap, _gap),
        accuracy=validation.number("accuracy", accuracy, positive=True),
        failure_probability=validation.number(
            "failure_probability", failure_probability, positive=True, below=1
        ),
    )


def _gap(landscape: Landscape) -> float:
    saddle = landscape.reference_saddle()
    return math.nan if saddle is None else saddle.value - landscape.minimum_value
