"""A wide network with one hidden layer of rectifiers: gradient descent fits any labels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core, validation
from saddlesim.escape import Escape, ReachesMinimum, ValueBelow
from saddlesim.initial import Gaussian, Initial, SymmetrizedGaussian
from saddlesim.kernel.infinite import infinite_width_gram
from saddlesim.landscapes import symmetries
from saddlesim.landscapes.network import Network, weight_count
from saddlesim.landscapes.sphere_samples import none_parallel, sphere_samples
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.precision import Core

__all__ = ["TwoLayerReLU"]


@dataclass(frozen=True, repr=False, eq=False)
class TwoLayerReLU(Network):
    """f(W) = 1/2 sum_i (u_i - y_i)^2 with the outputs u_i = m^-1/2 sum_r a_r [w_r . x_i]_+.

    W has shape (m, d), m the width; x is W, row by row. The signs a_r of the second layer are
    fixed. Unit r is active on sample i where w_r . x_i >= 0; row r of the gradient is
    m^-1/2 a_r times the sum of (u_i - y_i) x_i over the samples on which unit r is active.

    Parameters
    ----------
    X
        The inputs x_i, one a row, shape (n, d). The theory has them of length 1.
    y
        The labels, shape (n,).
    width
        m, the number of hidden units.
    signs
        a_r, each +1 or -1, shape (m,); None is +1 for the first half and -1 for the second (the
        unit in the middle of an odd number has +1).

    Notes
    -----
    Du, Zhai, Poczos and Singh, "Gradient descent provably optimizes over-parameterized neural
    networks", ICLR 2019. A wide network hardly moves: its outputs follow the linear recursion
    u(k+1) - y = (I - step H)(u(k) - y), H the Gram matrix at the start, which tends to
    `infinite_width_gram()`. The start `SymmetrizedGaussian` has u(0) = 0 exactly.

    f is not differentiable where some w_r . x_i = 0. The gradient there is that of the active side,
    and `hvp` multiplies by the Hessian almost everywhere, which is positive semidefinite.
    """

    dim: int = field(init=False)
    X: FloatArray
    y: FloatArray
    width: int
    signs: FloatArray

    def __init__(self, X: Any, y: Any, width: int, signs: Any = None) -> None:
        inputs = validation.matrix("X", X)
        object.__setattr__(self, "X", inputs)
        object.__setattr__(self, "y", validation.read_only(validation.vector("y", y, len(inputs))))
        object.__setattr__(self, "width", validation.count("width", width))
        object.__setattr__(self, "dim", weight_count("width", self.parts.values()))
        object.__setattr__(self, "signs", _signs(signs, self.width))

    @classmethod
    def random(
        cls,
        dim: int,
        *,
        samples: int | None = None,
        width: int | None = None,
        labels: str = "normal",
        seed: int = 0,
    ) -> TwoLayerReLU:
        """Return the problem of inputs that are uniform on the unit sphere.

        Parameters
        ----------
        dim
            d, the dimension of the inputs.
        samples
            n; None is 4 d.
        width
            m; None is 4 n, which is enough to fit any labels.
        labels
            ``"normal"``, independent N(0, 1) as in the paper; ``"teacher"``, the side +-1 of a
            random hyperplane through 0 on which the input is; ``"random"``, a fair coin's +-1.
        seed
            Of inputs and labels.
        """
        X, y = sphere_samples(dim, samples, labels, seed, "two layer")
        return cls(X, y, validation.count("width", 4 * len(y) if width is None else width))

    @cached_property
    def core(self) -> _core.TwoLayerReLU:
        """The C++ object that computes, in double precision."""
        return self.lower(_core)

    def lower(self, core: Core) -> _core.TwoLayerReLU:
        """Return the object of a compiled core that computes."""
        return core.TwoLayerReLU(self.X, self.y, self.signs)

    @property
    def inputs(self) -> FloatArray:
        """X."""
        return self.X

    @property
    def targets(self) -> FloatArray:
        """The labels y."""
        return self.y

    @property
    def samples(self) -> int:
        """The number of rows of X."""
        return len(self.y)

    def lower_samples(self, core: Core) -> _core.Samples:
        """Return the object of a compiled core that has the raw samples, for minibatches."""
        return core.relu_samples(self.X, self.y, self.signs)

    @property
    def size(self) -> int:
        """The dimension d of the inputs."""
        return int(self.X.shape[1])

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """W, shape (width, d)."""
        return {"W": (self.width, self.size)}

    def invariants(self, X: Any) -> FloatArray:
        """Return what permutations of the units of either sign leave alone; as in the base.

        That they tell orbits apart is generic (see `symmetries.unordered`).
        """
        W = self.unflatten(X)["W"]
        either = [W[..., self.signs > 0, :], W[..., self.signs < 0, :]]
        return np.concatenate([symmetries.unordered(units) for units in either], axis=-1)

    @cached_property
    def has_opposite_halves(self) -> bool:
        """Whether the second half of the signs is the opposite of the first."""
        half = self.width // 2
        return self.width % 2 == 0 and bool(np.all(self.signs[:half] == -self.signs[half:]))

    def opposite_halves(self) -> tuple[NDArray[np.int64], FloatArray]:
        """Return that every unit of the second half has the weights of one of the first."""
        half = self.dim // 2
        return np.tile(np.arange(half), 2), np.ones(half)

    def activation_patterns(self, W: Any) -> NDArray[np.bool_]:
        """Return where w_r . x_i >= 0 at one point: shape (width, n)."""
        return self._weights("W", W) @ self.X.T >= 0

    def changed_patterns(self, W: Any, W0: Any) -> float:
        """Return the fraction of all (r, i) on which W and W0 differ in being active."""
        before = self._weights("W0", W0)
        return float(np.mean(self.activation_patterns(W) != self.activation_patterns(before)))

    def largest_movement(self, W: Any, W0: Any) -> float:
        """Return the largest distance max_r |w_r - w_r(0)| that a unit has moved."""
        moved = self._weights("W", W) - self._weights("W0", W0)
        return float(np.linalg.norm(moved, axis=1).max())

    def infinite_width_gram(self) -> FloatArray:
        """Return `ss.kernel.infinite_width_gram` of the inputs, shape (n, n).

        It is the mean of `gram` over Gaussian W, to which `gram` tends as the width grows.
        """
        return infinite_width_gram(self.X)

    def stationary_points(self) -> list[StationaryPoint]:
        """Return no point: none is known in closed form.

        Global minima are known to exist (see `minimum_value`) but not where. The origin is a kink
        of every unit; the gradient of the active side is -m^-1/2 a_r X'y there. Where the inputs
        lie in an open half-space, units that are active on none of them make a flat region.
        """
        return []

    @cached_property
    def minimum_value(self) -> float:
        """0 where the labels can be fitted for certain, otherwise nan.

        They can if y = 0; or if no two inputs are parallel (or opposite), none is 0, and there are
        n units of either sign. For then the vectors ([w . x_i]_+)_i span R^n: a linear functional
        that vanishes on all of them has no kink across the hyperplane w . x_i = 0, which belongs to
        x_i alone, and so does not involve sample i. n of these vectors are a basis, in which y has
        coefficients that are lengths and signs of n units; the others are 0.
        """
        if not self.y.any():
            return 0.0
        either = min(np.count_nonzero(self.signs > 0), np.count_nonzero(self.signs < 0))
        return 0.0 if either >= len(self.y) and none_parallel(self.X) else math.nan

    @cached_property
    def smoothness(self) -> float:
        """The largest eigenvalue of X X', a bound on the Hessian wherever there is one.

        The Hessian is J'J with J J' = H(W), and H(W) is X X' times, entry by entry, a positive
        semidefinite matrix with diagonal at most 1 (Schur). The gradient jumps at kinks and has no
        Lipschitz constant there.
        """
        return float(np.linalg.norm(self.X, 2)) ** 2

    @property
    def hessian_lipschitz(self) -> float:
        """Infinite: the Hessian jumps wherever a pattern changes."""
        return math.inf

    def default_initial(self) -> Initial:
        """Return N(0, 1) weights, symmetrised (outputs 0) where the signs allow."""
        return SymmetrizedGaussian(1.0) if self.has_opposite_halves else Gaussian(1.0)

    def default_escape(self) -> Escape:
        """Return that f has fallen to 1 % of what it is where all outputs are 0, |y|^2 / 2."""
        zero_output = math.fsum(self.y**2) / 2
        return ValueBelow(zero_output / 100) if zero_output > 0 else ReachesMinimum()

    def _weights(self, name: str, W: Any) -> FloatArray:
        return self.one_point(name, W).reshape(self.parts["W"])


def _signs(signs: Any, width: int) -> FloatArray:
    if signs is None:
        return validation.read_only(np.where(2 * np.arange(width) < width, 1.0, -1.0))
    given = validation.vector("signs", signs, width)
    if bad := np.flatnonzero(np.abs(given) != 1).tolist():
        raise ValueError(
            f"signs must be +1 or -1, but signs[{bad[0]}] is {given[bad[0]]:g}; "
            "scale the labels instead"
        )
    return validation.read_only(given)
