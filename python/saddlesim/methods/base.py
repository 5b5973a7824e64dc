"""What all update rules have in common."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, ClassVar, Self

from saddlesim import validation
from saddlesim.description import Description
from saddlesim.methods.theory import Guarantee, Problem

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.landscapes.base import Landscape
    from saddlesim.precision import Core

__all__ = ["Descent", "Method", "require_manifold"]

_STEP_REMEDY = "a step of 1 / smoothness or less is what the theorems ask for"


@dataclass(frozen=True, repr=False, eq=False)
class Method(Description):
    """One update rule x_t -> x_{t+1}, or a flow in continuous time.

    On a landscape that lives on spheres a step follows the Riemannian gradient and is then
    retracted: every row of x is divided by its length.
    """

    on_spheres: ClassVar[bool] = False  # whether it means something on spheres

    guarantee: Guarantee | None = field(default=None, init=False)  # set by from_theory

    @property
    def isotropic(self) -> bool:
        """Whether a rotation of x changes nothing: only then are runs held in a frame."""
        return True

    @abstractmethod
    def lower(self, core: Core, key: int) -> _core.Method:
        """Return the object of a compiled core, whose random draws are keyed by `key`."""

    def lower_on(self, core: Core, key: int, landscape: Landscape) -> _core.Method:
        """Return the core's object for runs on a landscape."""
        return self.lower(core, key)

    def _check(self, name: str, *, positive: bool = False, remedy: str = "") -> None:
        value = getattr(self, name)
        checked = validation.number(
            name, value, positive=positive, nonnegative=not positive, remedy=remedy
        )
        object.__setattr__(self, name, checked)

    def _promising(
        self, theorem: str, given: Problem, chosen: dict[str, float], iterations: float
    ) -> Self:
        """Return the method itself, with what a theorem says of it."""
        numbers = {
            f.name: float(getattr(self, f.name))
            for f in fields(self)
            if f.init and isinstance(getattr(self, f.name), (int, float))
        }
        promise = Guarantee(theorem, given.given, {**chosen, **numbers}, iterations)
        object.__setattr__(self, "guarantee", promise)
        return self


def require_manifold(landscape: Landscape, method: Method) -> None:
    """Raise unless the method means something on the landscape's manifold."""
    if landscape.on_spheres and not method.on_spheres:
        raise ValueError(
            f"method must be one that can be retracted onto spheres, on which "
            f"{type(landscape).__name__} lives, got {method!r}; use GradientDescent, "
            "NoisyGradientDescent, PerturbedGradientDescent or GradientFlow"
        )


@dataclass(frozen=True, repr=False, eq=False)
class Descent(Method):
    """A method that steps along the gradient."""

    on_spheres: ClassVar[bool] = True

    step_size: float

    def __post_init__(self) -> None:
        self._check("step_size", positive=True, remedy=_STEP_REMEDY)
