"""The update rules: frozen descriptions that lower to the C++ core."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, ClassVar

from saddlesim import validation
from saddlesim.description import Description

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.landscapes.base import Landscape
    from saddlesim.precision import Core

__all__ = [
    "GradientDescent",
    "GradientFlow",
    "Method",
    "NoisyGradientDescent",
    "PerturbedGradientDescent",
    "require_manifold",
]

_STEP_REMEDY = "a step of 1 / smoothness or less is what the theorems ask for"


@dataclass(frozen=True, repr=False, eq=False)
class Method(Description):
    """One update rule x_t -> x_{t+1}, or a flow in continuous time.

    On a landscape that lives on spheres a step follows the Riemannian gradient and is then
    retracted: every row of x is divided by its length.
    """

    on_spheres: ClassVar[bool] = False  # whether it means something on spheres

    @abstractmethod
    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the object of a compiled core, whose random draws are keyed by `key`."""


def require_manifold(landscape: Landscape, method: Method) -> None:
    """Raise unless the method means something on the landscape's manifold."""
    if landscape.on_spheres and not method.on_spheres:
        raise ValueError(
            f"method must be one that can be retracted onto spheres, on which "
            f"{type(landscape).__name__} lives, got {method!r}; use GradientDescent, "
            "NoisyGradientDescent or PerturbedGradientDescent"
        )


@dataclass(frozen=True, repr=False, eq=False)
class _Descent(Method):
    """A method that steps along the gradient."""

    on_spheres: ClassVar[bool] = True

    step_size: float

    def __post_init__(self) -> None:
        self._check("step_size", positive=True, remedy=_STEP_REMEDY)

    def _check(self, name: str, *, positive: bool = False, remedy: str = "") -> None:
        value = getattr(self, name)
        checked = validation.number(
            name, value, positive=positive, nonnegative=not positive, remedy=remedy
        )
        object.__setattr__(self, name, checked)


@dataclass(frozen=True, repr=False, eq=False)
class GradientFlow(Method):
    """x' = -gradient(x): gradient descent in the limit of small steps, in continuous time.

    On the octopus every dwell has a closed form. Results count time, not steps: ``steps`` is -1
    and ``log10_steps`` the decimal logarithm of the time.
    """

    def lower(self, core: Core, key: int) -> _core.Method:
        """Refuse: there are no steps to take."""
        raise ValueError(
            "GradientFlow has no steps to take in plain arithmetic; it has an exact path on the "
            "Octopus with PastLastSaddle and no budget; elsewhere use GradientDescent with a "
            "small step_size"
        )


@dataclass(frozen=True, repr=False, eq=False)
class GradientDescent(_Descent):
    """x+ = x - step_size * gradient(x).

    Parameters
    ----------
    step_size
        The step.
    """

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        return core.GradientDescent(self.step_size)


@dataclass(frozen=True, repr=False, eq=False)
class NoisyGradientDescent(_Descent):
    """Gradient descent with fresh noise at every step.

    ``x+ = x - step_size * (gradient(x) + noise_scale * n)`` if `scaled_by_step`, otherwise
    ``x+ = x - step_size * gradient(x) + noise_scale * n``.

    Parameters
    ----------
    step_size
        The step.
    noise_scale
        What multiplies n.
    noise
        The law of n: ``"sphere"``, uniform on the unit sphere, as Ge, Huang, Jin and Yuan (2015);
        ``"gaussian"``, N(0, I); ``"ball"``, uniform in the unit ball.
    scaled_by_step
        Whether the noise is added to the gradient (and so multiplied by the step) or to x.

    Notes
    -----
    Noise has single-precision resolution: Box-Muller on 32-bit words, tails to 6.7 sigma.
    """

    noise_scale: float
    noise: str = "sphere"
    scaled_by_step: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("noise_scale")
        validation.choice("noise", self.noise, ("sphere", "gaussian", "ball"))
        if not isinstance(self.scaled_by_step, bool):
            raise TypeError(f"scaled_by_step must be True or False, got {self.scaled_by_step!r}")

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        scale = self.noise_scale * (self.step_size if self.scaled_by_step else 1.0)
        law = core.NoiseLaw.__members__[self.noise]
        return core.NoisyGradientDescent(self.step_size, scale, law, key)


@dataclass(frozen=True, repr=False, eq=False)
class PerturbedGradientDescent(_Descent):
    """Gradient descent that kicks itself where the gradient is small.

    At step t, if the gradient's norm is at most `gradient_threshold` and the last kick is at least
    `min_interval` steps ago (t = 0 is eligible): x is moved by a vector uniform in the ball of
    `radius` and the gradient is taken anew. Then x+ = x - step_size * gradient.

    Parameters
    ----------
    step_size
        The step.
    radius
        Radius of the kick.
    gradient_threshold
        Kick only where the gradient's norm is at most this.
    min_interval
        Steps between kicks, at least 1. (Jin et al. kick when more than t_thres steps have passed:
        min_interval = t_thres + 1.)
    value_threshold
        None, or the termination test of Jin et al. (2017), Algorithm 2: if f has not fallen by more
        than this min_interval - 1 steps after a kick, the point before the kick is returned.

    Notes
    -----
    Jin, Ge, Netrapalli, Kakade, Jordan, "How to escape saddle points efficiently", ICML 2017.
    """

    radius: float
    gradient_threshold: float
    min_interval: int
    _: KW_ONLY
    value_threshold: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("radius", positive=True)
        self._check("gradient_threshold", positive=True)
        interval = validation.integer("min_interval", self.min_interval, minimum=1, maximum=2**53)
        object.__setattr__(self, "min_interval", interval)
        if self.value_threshold is not None:
            self._check("value_threshold")
            if interval < 2:
                raise ValueError(
                    "min_interval must be at least 2 with a value_threshold, got 1; "
                    "the termination test looks min_interval - 1 steps after a kick"
                )

    @classmethod
    def from_theory(
        cls,
        smoothness: float,
        hessian_lipschitz: float,
        accuracy: float,
        *,
        dim: int,
        value_gap: float,
        failure_probability: float = 0.1,
        c: float = 1.0,
    ) -> PerturbedGradientDescent:
        """Return Algorithm 2 of Jin et al. (2017) with the paper's constants, termination included.

        Parameters
        ----------
        smoothness
            l, the gradient's Lipschitz constant.
        hessian_lipschitz
            rho, the Hessian's Lipschitz constant.
        accuracy
            epsilon: the point returned has a gradient of at most epsilon and curvature of at least
            -sqrt(rho epsilon).
        dim
            The dimension d.
        value_gap
            An upper bound on f(x_0) - min f.
        failure_probability
            delta.
        c
            The paper's absolute constant, at most 1; the theorem holds for c small enough.
        """
        l = validation.number("smoothness", smoothness, positive=True)  # noqa: E741
        rho = validation.number("hessian_lipschitz", hessian_lipschitz, positive=True)
        eps = validation.number("accuracy", accuracy, positive=True)
        gap = validation.number("value_gap", value_gap, positive=True)
        delta = validation.number(
            "failure_probability", failure_probability, positive=True, below=1
        )
        c = validation.number("c", c, positive=True)
        dim = validation.count("dim", dim)
        chi = 3 * max(math.log(dim * l * gap / (c * eps**2 * delta)), 4.0)
        wait = math.ceil(chi / c**2 * l / math.sqrt(rho * eps))
        return cls(
            step_size=c / l,
            radius=math.sqrt(c) / chi**2 * eps / l,
            gradient_threshold=math.sqrt(c) / chi**2 * eps,
            min_interval=wait + 1,
            value_threshold=c / chi**3 * math.sqrt(eps**3 / rho),
        )

    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the core's object."""
        return core.PerturbedGradientDescent(
            self.step_size,
            self.radius,
            self.gradient_threshold,
            self.min_interval,
            self.value_threshold,
            key,
        )
