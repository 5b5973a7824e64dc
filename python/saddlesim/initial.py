"""Where a trajectory starts: a function of (seed, landscape, trajectory id)."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.description import Description, stream_key
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.landscapes.base import Landscape
    from saddlesim.precision import Core

__all__ = [
    "At",
    "Ball",
    "Gaussian",
    "Initial",
    "Kaiming",
    "Sphere",
    "SymmetrizedGaussian",
    "Uniform",
    "Xavier",
    "trial_range",
]


@dataclass(frozen=True, repr=False, eq=False)
class Initial(Description):
    """A distribution of starting points.

    On a landscape that lives on spheres every row of a start is divided by its length; Gaussian
    starts about the origin so become independent uniform points of the spheres.
    """

    @abstractmethod
    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the object of a compiled core for this landscape."""

    def lower_onto(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object, moved onto the landscape's manifold if it lives on one."""
        lowered = self.lower(core, landscape)
        return core.retracted(lowered, landscape.lowered(core)) if landscape.on_spheres else lowered

    def lower_run(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object that starts where runs are held: in the landscape's frame."""
        lowered, frame = self.lower_onto(core, landscape), landscape.frame
        return lowered if frame is None else core.framed(lowered, frame.turn(core))

    def trial_ids(self, trials: int | range | None, default: int) -> range:
        """Return the trajectory ids that `trials` stands for; None stands for `default` of them."""
        return trial_range(default if trials is None else trials)

    def sample(
        self, landscape: Landscape, *, trials: int | range = 1000, seed: int = 0
    ) -> FloatArray:
        """Return the very points at which a run with this seed starts.

        Parameters
        ----------
        landscape
            The landscape that will be run on: different landscapes have independent starts.
        trials
            How many, or a range of trajectory ids.
        seed
            The run's seed.

        Returns
        -------
        ndarray
            One point a row, shape (trials, dim).
        """
        ids = trial_range(trials)
        key = stream_key(validation.seed(seed), landscape)
        return self.lower_onto(_core, landscape).sample(key, ids.start, len(ids), landscape.dim)


@dataclass(frozen=True, repr=False, eq=False)
class Uniform(Initial):
    """Every coordinate uniform on [low, high], independently."""

    low: float
    high: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", validation.number("low", self.low))
        object.__setattr__(self, "high", validation.number("high", self.high))
        if self.high < self.low:
            raise ValueError(
                f"high must be at least low, got low={self.low:g}, high={self.high:g}; swap them"
            )

    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object."""
        return core.uniform(self.low, self.high)


def _center(center: Any) -> FloatArray | None:
    if center is None:
        return None
    vector = validation.vector("center", center).copy()
    vector.flags.writeable = False
    return vector


def _lower_center(center: FloatArray | None, landscape: Landscape) -> FloatArray:
    if center is None:
        return np.zeros(landscape.dim)
    return validation.vector("center", center, landscape.dim)


@dataclass(frozen=True, repr=False, eq=False)
class _Centered(Initial):
    """A rotationally symmetric distribution about a center; None is the origin."""

    radius: float
    center: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", validation.number("radius", self.radius, positive=True))
        object.__setattr__(self, "center", _center(self.center))


@dataclass(frozen=True, repr=False, eq=False)
class Ball(_Centered):
    """Uniform in the ball of a radius about a center (None: the origin)."""

    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object."""
        return core.ball(self.radius, _lower_center(self.center, landscape))


@dataclass(frozen=True, repr=False, eq=False)
class Sphere(_Centered):
    """Uniform on the sphere of a radius about a center (None: the origin)."""

    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object."""
        return core.sphere(self.radius, _lower_center(self.center, landscape))


@dataclass(frozen=True, repr=False, eq=False)
class Gaussian(Initial):
    """N(center, scale^2 I): `scale` is the standard deviation of every coordinate."""

    scale: float
    center: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", validation.number("scale", self.scale, positive=True))
        object.__setattr__(self, "center", _center(self.center))

    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object."""
        return core.gaussian(self.scale, _lower_center(self.center, landscape))


@dataclass(frozen=True, repr=False, eq=False)
class Xavier(Initial):
    """Weights N(0, 2 gain^2 / (inputs + outputs)) of a network, each layer by its own widths.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", validation.number("gain", self.gain, positive=True))

    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object."""
        if landscape.fans is None:
            raise ValueError(
                f"Xavier needs a network with layers, got {landscape!r}; use Gaussian(scale)"
            )
        scales = [
            np.full(math.prod(landscape.parts[name]), self.gain * math.sqrt(2 / sum(fans)))
            for name, fans in landscape.fans.items()
        ]
        return core.scaled(np.concatenate(scales))


@dataclass(frozen=True, repr=False, eq=False)
class Kaiming(Initial):
    """Weights N(0, scale^2 gain^2 / inputs) of a network, which keep the size of what layers get.

    The gain is 1 in the first layer and the landscape's `activation_gain` in later ones: sqrt(2)
    after ReLUs, 1 in linear networks.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015; LeCun, Bottou, Orr and
    Mueller, "Efficient backprop", 1998, for linear units.
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", validation.number("scale", self.scale, positive=True))

    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object."""
        if landscape.fans is None:
            raise ValueError(
                f"Kaiming needs a network with layers, got {landscape!r}; use Gaussian(scale)"
            )
        scales = [
            np.full(
                math.prod(landscape.parts[name]),
                self.scale * (landscape.activation_gain if layer else 1.0) / math.sqrt(inputs),
            )
            for layer, (name, (inputs, _)) in enumerate(landscape.fans.items())
        ]
        return core.scaled(np.concatenate(scales))


@dataclass(frozen=True, repr=False, eq=False)
class SymmetrizedGaussian(Initial):
    """Gaussian weights for one half of a network's units, repeated in the other half.

    The halves enter the outputs with opposite signs, so that these are 0, exactly. Weights have
    `scale` times the standard deviation that the landscape's starts have: 1, or that of `Kaiming`
    for a `DeepNetwork` of standard scaling. There the second half of the first layer's rows equals
    the first, a layer in the middle is [[A, B], [B, A]], and the last one is [a, -a].
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", validation.number("scale", self.scale, positive=True))

    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object."""
        if not landscape.has_opposite_halves:
            raise ValueError(
                "SymmetrizedGaussian needs a network of even width the second half of whose signs "
                f"is the opposite of the first, and {landscape!r} is none; use Gaussian, or "
                "TwoLayerReLU of even width with its default signs, or DeepNetwork with even widths"
            )
        sources, deviations = landscape.opposite_halves()
        return core.repeated(core.scaled(self.scale * deviations), len(deviations), sources)


@dataclass(frozen=True, repr=False, eq=False)
class At(Initial):
    """Given points: one for all trajectories, shape (dim,), or one for each, shape (n, dim)."""

    points: FloatArray

    def __post_init__(self) -> None:
        points = validation.array("points", self.points)
        if points.ndim not in (1, 2) or 0 in points.shape:
            raise ValueError(
                f"points must have shape (dim,) or (n, dim), got {points.shape}; one point a row"
            )
        points = validation.points("points", points, points.shape[-1], finite=True).copy()
        points.flags.writeable = False
        object.__setattr__(self, "points", points)

    def lower(self, core: Core, landscape: Landscape) -> _core.Initial:
        """Return the core's object."""
        points = np.atleast_2d(validation.points("points", self.points, landscape.dim))
        landscape.check_starts(points)
        return core.at(points)

    def sample(
        self, landscape: Landscape, *, trials: int | range | None = None, seed: int = 0
    ) -> FloatArray:
        """Return the points; without `trials`, each given point once."""
        return super().sample(landscape, trials=self.trial_ids(trials, 1), seed=seed)

    def trial_ids(self, trials: int | range | None, default: int) -> range:
        """Return the trajectory ids; raise unless there is one start point for each of them."""
        n = len(self.points)
        if self.points.ndim == 1 or n == 1:
            return super().trial_ids(trials, default)
        ids = trial_range(n if trials is None else trials)
        if ids.stop > n or (not isinstance(trials, range) and len(ids) != n):
            raise ValueError(
                f"trials must be {n}, one for each start point of At, got {trials!r}; "
                "leave trials out, or pass one point for all"
            )
        return ids


def trial_range(trials: int | range) -> range:
    """Return the trajectory ids that `trials` stands for.

    Raises
    ------
    ValueError
        If it is not a positive count or a range of ids with step 1.
    """
    if isinstance(trials, range):
        if trials.step != 1 or len(trials) == 0 or trials.start < 0 or trials.stop > 2**48:
            raise ValueError(
                f"trials must be a count or a non-empty range of ids with step 1 from 0 to 2**48, "
                f"got {trials!r}"
            )
        return trials
    number = validation.integer(
        "trials", trials, minimum=1, maximum=2**48, remedy="run at least one trajectory"
    )
    return range(number)
