"""The smallest nonlinear network with a bad local minimum."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import validation
from saddlesim.escape import Escape, ValueBelow
from saddlesim.initial import Gaussian, Initial
from saddlesim.landscapes import symmetries
from saddlesim.landscapes.network import Network
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["SmallDataNetwork"]

_ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "tanh", "arctan")
_LEAK = 0.1  # slope of the leaky ReLU on the negative side
_BAD = 1 / 3  # the loss of the best linear function


def _logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


@dataclass(frozen=True, repr=False, eq=False)
class SmallDataNetwork(Network):
    """f = 1/2 sum_i (W2 h(W1 x_i + b1) + b2 - y_i)^2: three points in the plane, two hidden units.

    x_i = (1, 0), (0, 1), (1/2, 1/2) and y_i = 0, 0, 1: linear least squares answers 1/3 everywhere,
    with loss 1/3, and the network can do so by a local minimum, although a loss of 0 is within its
    reach. x is W1 (2, 2), b1 (2,), W2 (1, 2), b2 (1,), nine numbers.

    Parameters
    ----------
    activation
        h: ``"relu"``, ``"leaky_relu"`` (slope 0.1 on the negative side), ``"sigmoid"``, ``"tanh"``
        or ``"arctan"``.

    Notes
    -----
    Yun, Sra and Jadbabaie, "Small nonlinearities in activation functions create bad local minima in
    neural networks", ICLR 2019: Theorem 1 for ReLU-like activations, Theorem 2 for smooth ones.
    Derivatives of the ReLUs are those of the side z >= 0 at kinks.
    """

    dim: int = field(init=False)
    activation: str = "relu"

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim", 9)
        validation.choice("activation", self.activation, _ACTIVATIONS)

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        return core.SmallDataNetwork(core.Activation.__members__[self.activation])

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """W1 (2, 2), b1 (2,), W2 (1, 2) and b2 (1,)."""
        return {"W1": (2, 2), "b1": (2,), "W2": (1, 2), "b2": (1,)}

    @property
    def inputs(self) -> FloatArray:
        """The three points of the plane."""
        return np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])

    @property
    def targets(self) -> FloatArray:
        """0, 0 and 1."""
        return np.array([0.0, 0.0, 1.0])

    @property
    def _leak(self) -> float | None:
        """The slope on the negative side; None for a smooth activation."""
        return {"relu": 0.0, "leaky_relu": _LEAK}.get(self.activation)

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return a translation of each hidden unit and, for the ReLUs, a scaling; as in the base.

        The samples are on the line x_1 + x_2 = 1: weights may grow by (t, t) as their bias shrinks
        by t. ReLUs may have weights and bias times c > 0 and the outer weight divided by c.
        """
        points = validation.points("X", X, self.dim)
        result = np.zeros((*points.shape[:-1], 2 if self._leak is None else 4, self.dim))
        for unit in range(2):
            inner = [2 * unit, 2 * unit + 1, 4 + unit]  # weights and bias
            result[..., unit, inner] = [1.0, 1.0, -1.0]
            if self._leak is not None:
                result[..., 2 + unit, inner] = points[..., inner]
                result[..., 2 + unit, 6 + unit] = -points[..., 6 + unit]
        return result

    def invariants(self, X: Any) -> FloatArray:
        """Return what those and the discrete symmetries leave alone; as in the base.

        Discrete are the permutation of the units, the exchange of the first two samples, whose
        labels are equal, and, for smooth activations, which are odd up to a constant, the sign of a
        unit. That they tell orbits apart is generic; for the ReLUs no continuous numbers do where
        an outer weight is 0.
        """
        W1, b1, W2, b2 = self.unflatten(X).values()
        smooth, outer = self._leak is None, np.swapaxes(W2, -1, -2)
        inner = W1 + b1[..., None]  # what a unit gets from the first two samples
        if smooth:
            units = [np.concatenate([z, outer], axis=-1) for z in (inner, inner[..., ::-1])]
            rest = b2 + self._h(0.0) * W2.sum(axis=-1)
        else:
            inner = np.concatenate([np.abs(outer) * inner, outer * inner], axis=-1)
            units, rest = [inner, inner[..., [1, 0, 3, 2]]], b2
        either = [symmetries.unordered(rows, signs=smooth) for rows in units]
        return np.concatenate([np.minimum(*either), np.maximum(*either), rest], axis=-1)

    def bad_minimum(self) -> StationaryPoint:
        """Return a local minimum with loss 1/3.

        It is flat: some eigenvalues of the Hessian are 0, and it is a minimum by the theorem.
        """
        if self._leak is not None:
            # both units active on all points, so that the network is linear there
            x = self._point([[0, 0], [0, 0]], [4 / 3, 1], [1, 0], -1)
        elif self.activation == "sigmoid":
            outer = _BAD / (2 * self._h(-1))
            x = self._point([[0, 0], [0, 0]], [-1, -1], [outer, outer], 0)
        else:  # odd: u h'' > 0 for both units by opposite signs
            x = self._point([[0, 0], [0, 0]], [-1, 1], [0.5, -0.5], _BAD + self._h(1))
        return self._stationary(x, "bad local minimum", value=_BAD, kind="minimum")

    def global_minimum(self) -> StationaryPoint:
        """Return a global minimum, with loss 0 and no sample on a kink.

        The hidden inputs are (3/2, -1/2), (-1/2, 3/2) and (1/2, 1/2), so that the sum of the
        outputs is the same at the first two points; h is not linear, and it differs at the third.
        """
        outer = 1 / (2 * self._h(0.5) - self._h(1.5) - self._h(-0.5))
        x = self._point(
            [[1, -1], [-1, 1]], [0.5, 0.5], [outer, outer], 1 - 2 * outer * self._h(0.5)
        )
        return self._stationary(x, "global minimum", value=0.0, kind="minimum")

    def _h(self, z: float) -> float:
        if self._leak is not None:
            return z if z >= 0 else self._leak * z
        return {"sigmoid": _logistic, "tanh": math.tanh, "arctan": math.atan}[self.activation](z)

    def _point(self, W1: Any, b1: Any, W2: Any, b2: float) -> FloatArray:
        return self.flatten(W1=W1, b1=b1, W2=[W2], b2=[b2])

    def stationary_points(self) -> list[StationaryPoint]:
        """Return the bad local minimum and a global one."""
        return [self.bad_minimum(), self.global_minimum()]

    @property
    def minimum_value(self) -> float:
        """0."""
        return 0.0

    @property
    def smoothness(self) -> float:
        """An estimate: twice the larger of the Hessian's norms at the two listed minima.

        The Hessian is unbounded on all of R^9.
        """
        return 2 * max(float(p.eigenvalues[-1]) for p in self.stationary_points())

    @property
    def hessian_lipschitz(self) -> float:
        """inf: unbounded, and for the ReLUs the Hessian jumps."""
        return math.inf

    def default_initial(self) -> Initial:
        """Return N(0, I)."""
        return Gaussian(1.0)

    def default_escape(self) -> Escape:
        """Return that the loss is below 1/3 by a thousandth: better than a linear function."""
        return ValueBelow(_BAD - 1e-3)
