"""The octopus, on which gradient descent takes exponential time (Du et al. 2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.escape import Escape, PastLastSaddle
from saddlesim.initial import Initial, Uniform
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.methods import GradientDescent, GradientFlow, Method
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes

    from saddlesim.precision import Core

__all__ = ["Octopus"]


@dataclass(frozen=True, repr=False, eq=False)
class Octopus(Landscape):
    """The construction of Du, Jin, Lee, Jordan, Poczos and Singh (NeurIPS 2017, arXiv 1705.10412).

    A tube, mirrored in every coordinate, that passes dim saddles one after the other and ends in a
    minimum. With a = |x| and i the first coordinate with a_i <= 2 tau, coordinates before i sit in
    L (a_j - 4 tau)^2, coordinate i escapes along -gamma a_i^2 and through a connecting region
    tau <= a_i <= 2 tau, and those after i wait in L a_j^2. f is twice continuously differentiable
    on its domain (not three times).

    Parameters
    ----------
    dim
        The dimension, which is the number of saddles on the way.
    L
        Half the positive curvature.
    gamma
        Half the negative curvature; at most L in the paper.
    tau
        The length scale, e in the paper.

    Notes
    -----
    f is defined where every coordinate before i is at most 6 tau and every coordinate after i at
    most tau; elsewhere values are NaN and trajectories end as ``outside``.

    Plain double precision is wrong from about dim = 7 on (L = gamma = 1, step 1/4): the coordinate
    that must grow later has underflowed by then. Such trajectories are flagged ``underflowed``. In
    float32 that is 2.6 % of the trajectories of gradient descent at dim = 4 and nearly all from
    dim = 5 on (of 2,000 each); those that are not flagged took the very steps that the exact path
    counts. Kicks and noise lift waiting coordinates, so that PerturbedGradientDescent and
    NoisyGradientDescent are right in float32 at any dimension.
    """

    dim: int
    L: float = 1.0
    gamma: float = 1.0
    tau: float = math.e

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim", validation.count("dim", self.dim))
        for name in ("L", "gamma", "tau"):
            object.__setattr__(
                self, name, validation.number(name, getattr(self, name), positive=True)
            )

    @cached_property
    def core(self) -> _core.Octopus:
        """The C++ object that computes, in double precision."""
        return self.lower(_core)

    def lower(self, core: Core) -> _core.Octopus:
        """Return the object of a compiled core that computes."""
        return core.Octopus(self.dim, self.L, self.gamma, self.tau)

    @property
    def drop(self) -> float:
        """By how much f falls from one saddle to the next: (37 L + 13 gamma) tau^2 / 6."""
        return (37 * self.L + 13 * self.gamma) * self.tau**2 / 6

    def invariants(self, X: Any) -> FloatArray:
        """Return |x|: every coordinate is mirrored. It tells all orbits apart; as in the base."""
        return np.abs(validation.points("X", X, self.dim))

    def stationary_points(self) -> list[StationaryPoint]:
        """Return z_0, ..., z_dim: z_k has k coordinates at 4 tau and the others at 0.

        All others are mirror images: 2^dim - 1 saddles and 2^dim minima in all.
        """
        result = []
        for k in range(self.dim + 1):
            point = np.zeros(self.dim)
            point[:k] = 4 * self.tau
            eigenvalues = np.full(self.dim, 2 * self.L)
            if k < self.dim:
                eigenvalues[0] = -2 * self.gamma
            result.append(StationaryPoint(point, -k * self.drop, eigenvalues))
        return result

    def escape_subspace(self, saddle: StationaryPoint) -> FloatArray:
        """Return the direction in which a saddle is left, as one row: the first coordinate at 0."""
        row = np.zeros((1, self.dim))
        row[0, int(np.count_nonzero(saddle.point))] = 1.0
        return row

    @property
    def minimum_value(self) -> float:
        """F at the 2^dim minima: -dim * drop."""
        return -self.dim * self.drop

    @cached_property
    def smoothness(self) -> float:
        """The supremum of the Hessian's spectral norm over the domain.

        Much larger than 2 L: it is attained inside a connecting region (15.54 for L = gamma = 1).
        Found numerically, on the 2 x 2 block that a connecting region couples.
        """
        return max(2 * self.L, 2 * self.gamma, _largest_connector_norm(self))

    @cached_property
    def hessian_lipschitz(self) -> float:
        """A bound on the Hessian's Lipschitz constant over the domain, by the third derivatives.

        The Hessian varies only inside connecting regions, where its derivative in any unit
        direction has a spectral norm of at most the norm of the third-derivative tensor.
        """
        return _largest_third_derivative(self)

    @cached_property
    def smallest_connecting_gradient(self) -> float:
        """A lower bound on the gradient's norm in connecting regions: the minimum of |g1'|."""
        s = np.linspace(0.0, self.tau, 2001)
        p = (10 * self.gamma - 14 * self.L) / self.tau
        q = (10 * self.L - 6 * self.gamma) / self.tau**2
        return float(np.min(2 * self.gamma * (self.tau + s) - s**2 * (p + q * s)))

    def default_initial(self) -> Initial:
        """Return the uniform distribution on [-1, 1]^dim, as in the paper."""
        return Uniform(-1.0, 1.0)

    def default_escape(self) -> Escape:
        """Return the criterion that all saddles have been passed."""
        return PastLastSaddle()

    def growth_factor(self, method: Method) -> float | None:
        """Return the factor by which gradient descent's escape time grows per dimension.

        1 + ln(1 / c) / ln(a) with a = 1 + 2 step_size gamma and c = 1 - 2 step_size L, the rates at
        which an escaping coordinate grows and a waiting one shrinks. The (L + gamma) / gamma of the
        paper is its limit for small steps, and smaller; that is the factor of gradient flow.
        """
        if isinstance(method, GradientFlow):
            return (self.L + self.gamma) / self.gamma
        if not isinstance(method, GradientDescent):
            return None
        c = 1 - 2 * method.step_size * self.L
        if not 0 < c < 1:
            return None
        return 1 - math.log(c) / math.log1p(2 * method.step_size * self.gamma)

    def lower_past_last_saddle(self, core: Core) -> _core.Escape:
        """Return the core's predicate for every |x_j| > 2 tau."""
        return core.EveryCoordinateBeyond(2 * self.tau)

    def lower_reaches_minimum(self, core: Core, tolerance: float) -> _core.Escape:
        """Return the core's predicate for max_j ||x_j| - 4 tau| <= tolerance."""
        return core.NearMirroredPoint(4 * self.tau, tolerance)

    @property
    def has_saddle_exits(self) -> bool:
        """Saddles are passed one coordinate a time, so their exits can be recorded."""
        return True

    def plot_walk(self, methods: Any, ax: Axes | None = None, **which: Any) -> list[Any]:
        """Draw how methods walk through the tube, with dim=3: see ``saddlesim.plot_octopus``."""
        from saddlesim.plot_octopus import plot_walk

        return plot_walk(self, methods, ax, **which)

    def animate_walk(self, methods: Any, ax: Axes | None = None, **which: Any) -> FuncAnimation:
        """Return the same as an animation: see ``saddlesim.plot_octopus``."""
        from saddlesim.plot_octopus import animate_walk

        return animate_walk(self, methods, ax, **which)


def _connector_terms(octopus: Octopus, x: FloatArray) -> tuple[FloatArray, ...]:
    """Return g1'', g1''', g2, g2', g2'', g2''' at x, on [tau, 2 tau]."""
    L, gamma, tau = octopus.L, octopus.gamma, octopus.tau
    s, u = x - tau, (2 * tau - x) / tau
    p, q, k = 2 * (10 * gamma - 14 * L) / tau, 3 * (10 * L - 6 * gamma) / tau**2, L + gamma
    return (
        -2 * gamma + p * s + q * s**2,
        p + 2 * q * s,
        -gamma + k * u**3 * (10 - 15 * u + 6 * u**2),
        -30 * k / tau * (u * (1 - u)) ** 2,
        60 * k / tau**2 * u * (1 - u) * (1 - 2 * u),
        -60 * k / tau**3 * (1 - 6 * u + 6 * u**2),
    )


def _connector_grid(octopus: Octopus) -> tuple[FloatArray, FloatArray]:
    x = np.linspace(octopus.tau, 2 * octopus.tau, 1001)
    y = np.linspace(0.0, octopus.tau, 41) if octopus.dim > 1 else np.zeros(1)
    return x, y[:, None]


def _largest_connector_norm(octopus: Octopus) -> float:
    x, y = _connector_grid(octopus)
    g1_2, _, g2, g2_1, g2_2, _ = _connector_terms(octopus, x)
    a, b = g1_2 + g2_2 * y**2, 2 * g2_1 * y
    d = 2 * g2 if octopus.dim > 1 else 0 * g2
    return float((np.abs(a + d) / 2 + np.hypot((a - d) / 2, b)).max())


def _largest_third_derivative(octopus: Octopus) -> float:
    x, y = _connector_grid(octopus)
    _, g1_3, _, g2_1, g2_2, g2_3 = _connector_terms(octopus, x)
    two = octopus.dim > 1
    xxx, xxy, xyy = g1_3 + g2_3 * y**2 * two, 2 * g2_2 * y * two, 2 * g2_1 * two
    # The norm of a symmetric 2 x 2 x 2 tensor: the largest cubic form on the unit circle (Banach).
    angles = np.linspace(0, np.pi, 121)
    cos, sin = np.cos(angles), np.sin(angles)
    return max(
        float(np.abs(xxx * c**3 + 3 * xxy * c**2 * s + 3 * xyy * c * s**2).max())
        for c, s in zip(cos, sin, strict=True)
    )
