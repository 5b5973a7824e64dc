"""What ends a trajectory: predicates of x_t alone."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import validation
from saddlesim.description import Description
from saddlesim.krylov import most_products
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.initial import Initial
    from saddlesim.landscapes.base import Landscape
    from saddlesim.landscapes.stationary import StationaryPoint
    from saddlesim.precision import Core

__all__ = [
    "Escape",
    "GradientBelow",
    "LeavesBall",
    "LeavesSubspace",
    "PastLastSaddle",
    "ReachesMinimum",
    "SecondOrderStationary",
    "ValueBelow",
]


@dataclass(frozen=True, repr=False, eq=False)
class Escape(Description):
    """A criterion; a trajectory ends at the first t >= 0 at which it holds of x_t."""

    @abstractmethod
    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the predicate of a compiled core for this landscape and start."""


@dataclass(frozen=True, repr=False, eq=False)
class LeavesBall(Escape):
    """|x - center| >= radius; center None is the origin."""

    center: FloatArray | None = None
    radius: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", _radius(self.radius))
        if self.center is not None:
            center = validation.vector("center", self.center).copy()
            center.flags.writeable = False
            object.__setattr__(self, "center", center)

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the core's predicate."""
        center = np.zeros(landscape.dim) if self.center is None else self.center
        point = validation.vector("center", center, landscape.dim)
        return core.LeavesBall(landscape.enter(point), self.radius)


@dataclass(frozen=True, repr=False, eq=False)
class LeavesSubspace(Escape):
    """|P (x - z)| >= radius, P the projection on the Hessian's negative eigenspace at saddle z.

    The criterion of the closed-form laws. z is the landscape's only saddle, or else the one nearest
    to where trajectories start.
    """

    radius: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", _radius(self.radius))

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the core's predicate."""
        saddles = landscape.saddles()
        if not saddles:
            raise ValueError(
                f"LeavesSubspace needs a saddle, and {landscape!r} has none; "
                "use LeavesBall, ValueBelow or ReachesMinimum"
            )
        saddle = saddles[0] if len(saddles) == 1 else _nearest(saddles, landscape, initial)
        center, basis = landscape.enter(saddle.point), landscape.escape_subspace(saddle)
        return core.LeavesSubspace(center, landscape.enter(basis), self.radius)


@dataclass(frozen=True, repr=False, eq=False)
class PastLastSaddle(Escape):
    """All saddles have been passed: on the octopus, every |x_j| > 2 tau."""

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the core's predicate."""
        return landscape.lower_past_last_saddle(core)


@dataclass(frozen=True, repr=False, eq=False)
class ValueBelow(Escape):
    """f(x) < level."""

    level: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", validation.number("level", self.level))

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the core's predicate."""
        return core.ValueBelow(self.level)


@dataclass(frozen=True, repr=False, eq=False)
class GradientBelow(Escape):
    """|gradient(x)| < level: near a stationary point of any kind; on spheres the Riemannian one."""

    level: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", validation.number("level", self.level, positive=True))

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the core's predicate."""
        return core.GradientBelow(self.level)


@dataclass(frozen=True, repr=False, eq=False)
class ReachesMinimum(Escape):
    """A global minimum is reached up to `tolerance`.

    Where minima are isolated and known (octopus, convex quadratic) every coordinate is that near,
    on the octopus ||x_j| - 4 tau|; elsewhere the value is: f(x) - minimum_value < tolerance.
    """

    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        tolerance = validation.number("tolerance", self.tolerance, positive=True)
        object.__setattr__(self, "tolerance", tolerance)

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the core's predicate."""
        return landscape.lower_reaches_minimum(core, self.tolerance)


@dataclass(frozen=True, repr=False, eq=False)
class SecondOrderStationary(Escape):
    """|gradient(x)| <= gradient_tolerance and min_eigenvalue(x) >= -curvature_tolerance.

    A second-order stationary point up to (epsilon, sqrt(rho epsilon)), as the theorems on perturbed
    gradient descent promise. The eigenvalue is that of the Hessian, on spheres of the Riemannian
    one, by Lanczos's iteration in every step in which the gradient is that small. Its answer
    "below" is certain; "not below" is wrong with probability at most 1e-6 over random starts of the
    iteration, and needs up to `dim` Hessian-vector products (what 256 MiB hold, if that is less).

    Parameters
    ----------
    gradient_tolerance
        epsilon, positive.
    curvature_tolerance
        Positive.

    Notes
    -----
    Nesterov and Polyak, "Cubic regularization of Newton method and its global performance", Math.
    Program. 108 (2006); Jin et al. (2017), definition 5.
    """

    gradient_tolerance: float
    curvature_tolerance: float

    def __post_init__(self) -> None:
        for name in ("gradient_tolerance", "curvature_tolerance"):
            number = validation.number(name, getattr(self, name), positive=True)
            object.__setattr__(self, name, number)

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the core's predicate."""
        return core.SecondOrderStationary(
            self.gradient_tolerance, self.curvature_tolerance, most_products(landscape.dim)
        )


def _radius(value: Any) -> float:
    return validation.number("radius", value, positive=True)


def _nearest(
    saddles: list[StationaryPoint], landscape: Landscape, initial: Initial
) -> StationaryPoint:
    """Return the saddle nearest to the starts; mirror images count as the same saddle."""
    from saddlesim.initial import At

    given = isinstance(initial, At)
    starts = np.atleast_2d(
        initial.points if isinstance(initial, At) else initial.sample(landscape, trials=64)
    )
    starts = np.abs(starts)
    distances = np.stack([((starts - np.abs(s.point)) ** 2).sum(axis=1) for s in saddles])
    votes = np.bincount(distances.argmin(axis=0))
    if given and np.count_nonzero(votes) > 1:
        raise ValueError(
            f"LeavesSubspace means one saddle, but the {len(starts)} start points of At are "
            f"nearest to {np.count_nonzero(votes)} different ones; "
            "run them apart, or use LeavesBall"
        )
    return saddles[int(votes.argmax())]  # random starts may scatter: the one nearest to most
