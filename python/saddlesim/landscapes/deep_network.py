"""Fully-connected networks of any depth, wide or narrow, in two parametrisations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core, validation
from saddlesim.escape import Escape, ReachesMinimum, ValueBelow
from saddlesim.initial import Gaussian, Initial, Kaiming, SymmetrizedGaussian
from saddlesim.landscapes import deep_symmetries
from saddlesim.landscapes.curvature import largest_curvature
from saddlesim.landscapes.network import Network, weight_count
from saddlesim.landscapes.sphere_samples import none_parallel, sphere_samples
from saddlesim.landscapes.stationary import StationaryPoint, spectrum
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.precision import Core

__all__ = ["DeepNetwork"]

# 1 / sqrt(E act(g)^2), g ~ N(0, 1): closed forms, or the trapezoidal rule, which is exact here
_GAINS = {
    "relu": math.sqrt(2),
    "tanh": 1.5925374197228315,
    "softplus": 1.0418668355353017,
    "quadratic": 1 / math.sqrt(3),
}
_DEGREES = {"relu": 1, "quadratic": 2}  # act(c z) = c^degree act(z)


@dataclass(frozen=True, repr=False, eq=False)
class DeepNetwork(Network):
    """f = sum_i loss(u_i, y_i) of the outputs u_i = s_N W_N act(... s_2 W_2 act(W_1 x_i)).

    x is W_1, W_2, ..., W_N, each of shape (outputs, inputs) of its layer, row by row. There are no
    biases; append a constant to the inputs for those of the first layer.

    Parameters
    ----------
    X
        The inputs x_i, one a row, shape (n, d). The theory has them of length 1.
    Y
        The targets, shape (n,) or (n, outputs).
    hidden
        Widths of the hidden layers, at least one; N is one more than there are.
    activation
        ``"relu"``, ``"tanh"``, ``"softplus"`` (log(1 + e^z)) or ``"quadratic"`` (z^2).
    loss
        ``"squared"``, 1/2 |u_i - y_i|^2; or ``"logistic"``, log(1 + exp(-y u)) summed over the
        outputs, for targets +1 and -1.
    scaling
        ``"ntk"``: s_l = gain / sqrt(inputs) from the second layer on, for weights N(0, 1);
        ``"standard"``: all s_l = 1, for weights as `Kaiming` has them.
    gain
        None is 1 / sqrt(E act(g)^2), g ~ N(0, 1), sqrt(2) for ReLUs: wide layers of random weights
        then hand on vectors of the length they get.

    Notes
    -----
    Jacot, Gabriel and Hongler, "Neural tangent kernel", NeurIPS 2018; Arora, Du, Hu, Li,
    Salakhutdinov and Wang, "On exact computation with an infinitely wide neural net", NeurIPS 2019,
    for this scaling. The start `SymmetrizedGaussian` has all outputs 0, exactly.

    ReLUs are differentiated as on the side z >= 0 at kinks, and `hvp` multiplies by the Hessian
    almost everywhere.
    """

    dim: int = field(init=False)
    X: FloatArray
    Y: FloatArray
    hidden: tuple[int, ...]
    activation: str = "relu"
    loss: str = "squared"
    scaling: str = "ntk"
    gain: float | None = None

    def __init__(
        self,
        X: Any,
        Y: Any,
        hidden: Sequence[int],
        activation: str = "relu",
        loss: str = "squared",
        scaling: str = "ntk",
        gain: float | None = None,
    ) -> None:
        inputs = validation.matrix("X", X)
        widths = validation.widths("hidden", hidden)
        if not widths:
            raise ValueError(
                f"hidden must have at least one width, got {hidden!r}; "
                "DeepLinearNetwork needs no hidden layer"
            )
        object.__setattr__(self, "X", inputs)
        object.__setattr__(self, "Y", _targets(Y, len(inputs), loss))
        object.__setattr__(self, "hidden", widths)
        object.__setattr__(
            self, "activation", validation.choice("activation", activation, tuple(_GAINS))
        )
        object.__setattr__(self, "loss", validation.choice("loss", loss, ("squared", "logistic")))
        object.__setattr__(
            self, "scaling", validation.choice("scaling", scaling, ("ntk", "standard"))
        )
        if gain is not None:
            gain = validation.number("gain", gain, positive=True)
        object.__setattr__(self, "gain", gain)
        object.__setattr__(self, "dim", weight_count("hidden", self.parts.values()))

    @classmethod
    def random(
        cls,
        dim: int,
        *,
        samples: int | None = None,
        width: int | None = None,
        depth: int = 2,
        hidden: Sequence[int] | None = None,
        labels: str | None = None,
        activation: str = "relu",
        loss: str = "squared",
        scaling: str = "ntk",
        gain: float | None = None,
        seed: int = 0,
    ) -> DeepNetwork:
        """Return the problem of inputs that are uniform on the unit sphere, with one output.

        Parameters
        ----------
        dim
            d, the dimension of the inputs.
        samples
            n; None is 4 d.
        width
            Of all hidden layers; None is 4 n.
        depth
            N, the number of layers.
        hidden
            Widths of the hidden layers in place of `width` and `depth`.
        labels
            ``"normal"``, ``"teacher"`` or ``"random"`` as in `TwoLayerReLU.random`; None is
            ``"normal"`` for the squared and ``"teacher"`` for the logistic loss.
        activation, loss, scaling, gain
            As in the class.
        seed
            Of inputs and labels.
        """
        if labels is None:
            labels = "teacher" if loss == "logistic" else "normal"
        X, y = sphere_samples(dim, samples, labels, seed, "deep")
        if hidden is None:
            layers = validation.integer("depth", depth, minimum=2, remedy="hidden layers and one")
            each = validation.count("width", 4 * len(y) if width is None else width)
            hidden = [each] * (layers - 1)
        elif width is not None or depth != 2:
            raise ValueError("give either hidden, such as [8, 8], or width and depth")
        return cls(X, y, hidden, activation, loss, scaling, gain)

    @cached_property
    def core(self) -> _core.DeepNetwork:
        """The C++ object that computes, in double precision."""
        return self.lower(_core)

    def lower(self, core: Core) -> _core.DeepNetwork:
        """Return the object of a compiled core that computes."""
        return core.DeepNetwork(self.X, self._target_rows, self._layers(core))

    def lower_samples(self, core: Core) -> _core.Samples:
        """Return the object of a compiled core that has the raw samples, for minibatches."""
        return core.deep_samples(self.X, self._target_rows, self._layers(core))

    def _layers(self, core: Core) -> _core.Layers:
        scales = [
            self.activation_gain / math.sqrt(inputs) if self.scaling == "ntk" else 1.0
            for inputs in self.hidden
        ]
        return core.Layers(
            list(self.widths),
            scales,
            core.Activation.__members__[self.activation],
            core.Loss.__members__[self.loss],
        )

    @property
    def _target_rows(self) -> FloatArray:
        return self.Y.reshape(len(self.X), -1)

    @property
    def widths(self) -> tuple[int, ...]:
        """d, the hidden widths, and the number of outputs."""
        return (self.X.shape[1], *self.hidden, self._target_rows.shape[1])

    @property
    def depth(self) -> int:
        """N, the number of layers."""
        return len(self.hidden) + 1

    @property
    def activation_gain(self) -> float:
        """The gain that is used."""
        return _GAINS[self.activation] if self.gain is None else self.gain

    @property
    def samples(self) -> int:
        """The number of rows of X."""
        return len(self.X)

    @property
    def size(self) -> int:
        """The dimension d of the inputs."""
        return int(self.X.shape[1])

    @property
    def inputs(self) -> FloatArray:
        """X."""
        return self.X

    @property
    def targets(self) -> FloatArray:
        """Y."""
        return self.Y

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """W1, ..., WN, each of shape (outputs, inputs)."""
        w = self.widths
        return {f"W{j + 1}": (w[j + 1], w[j]) for j in range(self.depth)}

    @property
    def fans(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of each layer."""
        return {name: (shape[1], shape[0]) for name, shape in self.parts.items()}

    @property
    def residual_weight(self) -> float:
        """1 for the squared loss, whose gradient is J'(u - y).

        Raises
        ------
        ValueError
            For the logistic loss, whose gradient is no multiple of that.
        """
        if self.loss != "squared":
            raise ValueError(
                f"loss must be 'squared' for a linear system of outputs, got {self.loss!r}"
            )
        return 1.0

    def activation_patterns(self, x: Any) -> list[NDArray[np.bool_]]:
        """Return where units of ReLU are active at one point: shape (width, n) for each layer."""
        return self._patterns("x", x)

    def changed_patterns(self, x: Any, x0: Any) -> float:
        """Return the fraction of all units and samples on which x and x0 differ in activity."""
        pairs = zip(self._patterns("x", x), self._patterns("x0", x0), strict=True)
        return float(np.mean(np.concatenate([(a != b).ravel() for a, b in pairs])))

    def largest_movement(self, x: Any, x0: Any) -> float:
        """Return the largest distance that the weights of a hidden unit have moved."""
        moved = self.unflatten(self.one_point("x", x) - self.one_point("x0", x0))
        return max(float(np.linalg.norm(W, axis=1).max()) for W in list(moved.values())[:-1])

    def _patterns(self, name: str, x: Any) -> list[NDArray[np.bool_]]:
        if self.activation != "relu":
            raise ValueError(
                f"activation must be 'relu' for patterns, got {self.activation!r}, "
                "whose units are never switched off"
            )
        h, patterns = self.X.T, []
        for W in list(self.unflatten(self.one_point(name, x)).values())[:-1]:
            z = W @ h
            patterns.append(z >= 0)
            h = np.maximum(z, 0)  # scales are positive and leave patterns alone
        return patterns

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return what scales a unit's weights and undoes it in those from it on; as in the base.

        One for each hidden unit, layer by layer, of ReLU (c and 1 / c) and quadratic networks (c
        and 1 / c^2); none for the others.
        """
        if self.activation not in _DEGREES:
            return super().symmetry_directions(X)
        weights = list(self.unflatten(X).values())
        return deep_symmetries.scalings(weights, _DEGREES[self.activation])

    def invariants(self, X: Any) -> FloatArray:
        """Return what those and permutations of units leave alone; as in the base.

        Signs of units too, for tanh (with the weights from a unit on) and quadratic networks. That
        they tell orbits apart is generic; units that do not reach an output have none.
        """
        return deep_symmetries.invariants(
            list(self.unflatten(X).values()),
            degree=_DEGREES.get(self.activation),
            signs=self.activation in ("tanh", "quadratic"),
        )

    @cached_property
    def has_opposite_halves(self) -> bool:
        """Whether all hidden widths are even."""
        return all(width % 2 == 0 for width in self.hidden)

    def opposite_halves(self) -> tuple[NDArray[np.int64], FloatArray]:
        """Return W_1 as twice the same rows, then [[A, B], [B, A]], and W_N as [a, -a]."""
        sources, drawn = deep_symmetries.opposite_halves(list(self.parts.values()))
        deviations = [np.full(count, self._deviation(layer)) for layer, count in enumerate(drawn)]
        return sources, np.concatenate(deviations)

    def _deviation(self, layer: int) -> float:
        if self.scaling == "ntk":
            return 1.0
        return (self.activation_gain if layer else 1.0) / math.sqrt(self.widths[layer])

    def stationary_points(self) -> list[StationaryPoint]:
        """Return the origin, where all weights are 0; none for softplus, which is not 0 at 0.

        For two layers of ReLU or tanh its Hessian has eigenvalues +- those of the linear network:
        f falls as fast as its smallest says (for ReLUs, for which the origin is a kink of every
        unit, half as fast at least). Otherwise its Hessian is 0.
        """
        if self.activation == "softplus":
            return []
        x = np.zeros(self.dim)
        value, slopes = float(self.value(x)), self._target_rows
        slopes = slopes / 2 if self.loss == "logistic" else slopes
        if self.depth > 2 or self.activation == "quadratic":
            return [StationaryPoint(x, value, np.zeros(self.dim), "the origin")]
        scale = self.activation_gain / math.sqrt(self.hidden[0]) if self.scaling == "ntk" else 1.0
        cross = scale * np.linalg.svd(slopes.T @ self.X, compute_uv=False)
        zeros = np.zeros(self.dim - 2 * len(cross) * self.hidden[0])
        both = np.repeat(np.concatenate([cross, -cross]), self.hidden[0])
        return [StationaryPoint(x, value, spectrum(both, zeros), "the origin")]

    @cached_property
    def minimum_value(self) -> float:
        """0 for the squared loss where the targets can be fitted for certain, otherwise nan.

        They can if they are 0; or if no two inputs are parallel (or opposite), none is 0, and the
        hidden layer has n units or more, not quadratic ones: the vectors (act(w . x_i))_i of all w
        span R^n then, and W_N combines those of a basis. ReLUs of further layers of n units or more
        hand a basis on.
        """
        if self.loss != "squared":
            return math.nan
        if not self.Y.any():
            return 0.0
        known = self.activation == "relu" or (self.depth == 2 and self.activation != "quadratic")
        wide = min(self.hidden) >= len(self.X)
        return 0.0 if known and wide and none_parallel(self.X) else math.nan

    @cached_property
    def smoothness(self) -> float:
        """An estimate: twice the Hessian's norm at the worst of four default starts of seed 0.

        The Hessian is unbounded on all of R^dim; where it is 0 at all of them, as it is where no
        ReLU is active, the estimate is 1.
        """
        starts = self.default_initial().sample(self, trials=4)
        return 2 * max(largest_curvature(self, x, iterations=10) for x in starts) or 1.0

    @property
    def hessian_lipschitz(self) -> float:
        """Infinite: unbounded, and for ReLUs the Hessian jumps."""
        return math.inf

    def default_initial(self) -> Initial:
        """Return N(0, 1) weights, or `Kaiming`; symmetrised (outputs 0) where widths are even."""
        if self.has_opposite_halves:
            return SymmetrizedGaussian(1.0)
        return Gaussian(1.0) if self.scaling == "ntk" else Kaiming(1.0)

    def default_escape(self) -> Escape:
        """Return that f fell to 1 % of what it is at outputs 0; for the logistic loss below log 2.

        Every output then has the sign of its target.
        """
        if self.loss == "logistic":
            return ValueBelow(math.log(2))
        zero_output = math.fsum(self.Y.ravel() ** 2) / 2
        return ValueBelow(zero_output / 100) if zero_output > 0 else ReachesMinimum()


def _targets(Y: Any, samples: int, loss: str) -> FloatArray:
    given = validation.array("Y", Y)
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if given.ndim == 1:
        targets = validation.read_only(validation.vector("Y", given, samples))
    else:
        targets = validation.matrix("Y", given, rows=samples)
    if loss == "logistic" and (bad := np.argwhere(np.abs(targets) != 1)).size:
        at = tuple(int(k) for k in bad[0])
        raise ValueError(
            f"Y must be +1 or -1 for the logistic loss, but Y[{', '.join(map(str, at))}] is "
            f"{targets[at]:g}; pass np.where(Y > 0, 1.0, -1.0), or use loss='squared'"
        )
    return targets
