"""What landscapes have in common whose function somebody else wrote."""

from __future__ import annotations

import inspect
import json
import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

import numpy as np

from saddlesim import _core, validation
from saddlesim.escape import Escape, LeavesSubspace
from saddlesim.initial import Initial, Uniform
from saddlesim.landscapes import Landscape, StationaryPoint
from saddlesim.landscapes.curvature import largest_curvature

if TYPE_CHECKING:
    from saddlesim.precision import Core

__all__ = ["Custom", "Facts", "dimension", "name_of"]

_DIFFERENCED = 1e-7  # of the largest eigenvalue: what differences of gradients leave of a zero
_STATIONARY = 1e-6  # of smoothness times length scale: gradients at what is said to be stationary


class Facts(TypedDict, total=False):
    """What may be said of a function, each as an argument; all are optional.

    Attributes
    ----------
    name
        What the function is called. Name, `dim` and `parameters` are its identity: they key seeds
        and stores. Two functions under one name share their starts and noise, compare equal, and
        are taken for one another by a store, so give different functions different names. Without
        it, the import path ``module:function``.
    parameters
        Numbers, texts and arrays by name on which the function depends; a part of its identity.
    minimum_value, smoothness, hessian_lipschitz
        As in `Landscape`. Unknown ones are nan; an estimate from below at eight starts; inf.
    stationary_points
        Known ones, shape (k, dim); they are classified by their Hessians when first needed.
    initial
        Where trajectories start unless told otherwise; without it, ``Uniform(-s, s)`` with the
        length scale s.
    escape
        What ends a trajectory unless told otherwise; without it, ``LeavesSubspace()`` if a saddle
        is among the stationary points, else it must be given with each run.
    length_scale
        As in `Landscape`; 1 unless given.
    check
        Whether to compare derivatives with differences at random points now, and see whether rows
        are independent; True unless given.
    """

    name: str
    parameters: Mapping[str, Any]
    minimum_value: float
    smoothness: float
    hessian_lipschitz: float
    stationary_points: Any
    initial: Initial
    escape: Escape
    length_scale: float
    check: bool


@dataclass(frozen=True, repr=False, eq=False, init=False)
class Custom(Landscape):
    """A landscape whose function somebody else wrote; its name says which it is."""

    dim: int
    name: str
    parameters: Mapping[str, Any]
    # Of the object; class variables are no fields, so that they are no part of its content.
    _facts: ClassVar[Facts]
    _length_scale: ClassVar[float]

    def _describe(self, dim: Any, function: Any, facts: Facts) -> None:
        unknown = sorted(facts.keys() - Facts.__annotations__.keys())
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no argument {unknown[0]!r}; "
                f"it takes {', '.join(Facts.__annotations__)}"
            )
        name = facts.get("name")
        if name is not None and (not isinstance(name, str) or not name):
            raise TypeError(f"name must be a text, got {name!r:.80}")
        fields = {
            "dim": dimension(dim),
            "name": name or name_of(function),
            "parameters": _parameters(facts.get("parameters", {})),
            "_facts": facts,
            "_length_scale": validation.number(
                "length_scale", facts.get("length_scale", 1.0), positive=True
            ),
        }
        _require_numbers(facts)
        for kind, argument, example in (
            (Initial, "initial", "ss.Uniform(-1, 1)"),
            (Escape, "escape", "ss.LeavesBall(radius=1.0)"),
        ):
            if argument in facts:
                validation.instance(argument, facts.get(argument), kind, example)
        for field, value in fields.items():
            object.__setattr__(self, field, value)
        if "stationary_points" in facts:
            points = validation.points(
                "stationary_points", facts["stationary_points"], self.dim, finite=True
            )
            object.__setattr__(self, "_points", np.atleast_2d(points))
        if facts.get("check", True):
            self.check()

    @property
    @abstractmethod
    def has_hvp(self) -> bool:
        """Whether Hessian-vector products are the function's own, not differences of gradients."""

    @abstractmethod
    def _lower(self) -> _core.Landscape:
        """Return the object of the core of double precision."""

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object that computes; functions of others are asked in double precision."""
        if core is not _core:
            raise ValueError(
                f"dtype must be 'float64' with {self!r}, got 'float32': its function computes in "
                "double precision; leave dtype out"
            )
        return self._lower()

    def content(self) -> dict[str, Any]:
        """Return the identity, which is the same however the function is called."""
        return super().content() | {"class": "CustomLandscape"}

    def __repr__(self) -> str:
        """Return name and parameters, how products are had, and whether rows are independent."""
        parts = [f"dim={self.dim}", f"name={self.name!r}"]
        if self.parameters:
            parts.append(f"parameters={dict(self.parameters)!r:.80}")
        if not self.has_hvp:
            parts.append("hvp=<central differences>")
        independent = self.__dict__.get("rows_independent")
        if independent is not None:
            parts.append(f"rows_independent={independent}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def check(self) -> None:
        """Compare gradient and HVP with differences at random points.

        Raises
        ------
        ValueError
            If one disagrees; the text has the coordinate and both numbers.
        """
        from saddlesim.custom import probe

        probe.check_derivatives(self)
        _ = self.rows_independent

    @cached_property
    def rows_independent(self) -> bool:
        """Whether a point's value and gradient have the same bits in any row, beside any others.

        As a probe found. Where they have not, a trajectory's numbers depend on which others run
        beside it, up to rounding, and not on (seed, trajectory id) alone.
        """
        from saddlesim.custom import probe

        return probe.rows_independent(self)

    @property
    def diagnostics(self) -> dict[str, Any]:
        """What a result's diagnostics say of the landscape."""
        return {
            "rows_independent": self.__dict__.get("rows_independent"),
            "hvp": "given" if self.has_hvp else "central differences",
        }

    def stationary_points(self) -> list[StationaryPoint]:
        """Return those that were given, with the spectra of their Hessians."""
        return list(self._stationary_points)

    @cached_property
    def _stationary_points(self) -> list[StationaryPoint]:
        found = []
        for i, point in enumerate(self.__dict__.get("_points", ())):
            norm, most = np.linalg.norm(self.gradient(point)), _STATIONARY * self.length_scale
            curvature = largest_curvature(self, point, iterations=10)
            if not norm <= most * max(curvature, 1e-300):
                raise ValueError(
                    f"stationary_points[{i}] has a gradient of norm {norm:.3g}, and the Hessian's "
                    f"norm is {curvature:.3g}; give points at which the gradient vanishes"
                )
            known = self._stationary(point, f"stationary_points[{i}]")
            if not self.has_hvp:
                values = known.eigenvalues.copy()
                values[np.abs(values) <= _DIFFERENCED * np.abs(values).max()] = 0.0
                known = StationaryPoint(point, known.value, values, known.name)
            found.append(known)
        return found

    @property
    def minimum_value(self) -> float:
        """What was given; nan otherwise."""
        return float(self._facts.get("minimum_value", math.nan))

    @cached_property
    def smoothness(self) -> float:
        """What was given; otherwise the largest curvature at eight starts, an estimate from below.

        So it is not what theorems ask for where curvature grows away from the starts.
        """
        if "smoothness" in self._facts:
            return float(self._facts["smoothness"])
        from saddlesim.custom import probe

        points = probe.starts(self, 8, seed=2)
        found = max(largest_curvature(self, x, iterations=20) for x in points)
        if not 0.0 < found < math.inf:
            raise ValueError(
                f"smoothness of {self!r} is estimated by the largest curvature at eight random "
                f"starts, and is {found:g} there; pass smoothness="
            )
        return found

    @property
    def hessian_lipschitz(self) -> float:
        """What was given; inf otherwise."""
        return float(self._facts.get("hessian_lipschitz", math.inf))

    @property
    def length_scale(self) -> float:
        """What was given; 1 otherwise."""
        return self._length_scale

    def default_initial(self) -> Initial:
        """Return what was given, or the uniform distribution on a cube of the length scale."""
        return self._facts.get("initial") or Uniform(-self.length_scale, self.length_scale)

    def default_escape(self) -> Escape:
        """Return what was given, or distance 1 along the escape directions of a known saddle."""
        if "escape" in self._facts:
            return self._facts["escape"]
        if self.saddles():
            return LeavesSubspace()
        raise ValueError(
            f"escape must be given on {self!r}, of which no saddle is known; pass for example "
            "escape=ss.LeavesBall(radius=1.0), or stationary_points= when making the landscape"
        )


def dimension(dim: Any) -> int:
    """Return the argument `dim`."""
    return validation.integer("dim", dim, minimum=1, maximum=2**31 - 1)


def _require_numbers(facts: Facts) -> None:
    """Raise TypeError or ValueError unless what is said of f are such numbers, or unknown."""
    remedy = "leave it out if it is unknown"
    lowest, lipschitz = facts.get("minimum_value", 0.0), facts.get("hessian_lipschitz", 0.0)
    if not (isinstance(lowest, float) and math.isnan(lowest)):
        validation.number("minimum_value", lowest, remedy=remedy)
    if not (isinstance(lipschitz, float) and lipschitz == math.inf):
        validation.number("hessian_lipschitz", lipschitz, nonnegative=True, remedy=remedy)
    if "smoothness" in facts:
        validation.number("smoothness", facts["smoothness"], positive=True, remedy=remedy)
    check = facts.get("check", True)
    if not isinstance(check, (bool, np.bool_)):
        raise TypeError(f"check must be True or False, got {check!r:.80}")


def name_of(function: Any) -> str:
    """Return ``module:function``, where a function has these names; its class's name otherwise."""
    named = inspect.unwrap(getattr(function, "func", function))
    name = getattr(named, "__qualname__", None)
    if name is None or "<" in name:
        return "custom"
    return f"{getattr(named, '__module__', '')}:{name}"


def _parameters(parameters: Any) -> dict[str, Any]:
    from saddlesim.description import plain

    if not isinstance(parameters, Mapping):
        raise TypeError(
            f"parameters must be a dict of numbers, texts and arrays, got {parameters!r:.80}"
        )
    kept = {
        str(name): validation.read_only(value) if isinstance(value, np.ndarray) else value
        for name, value in parameters.items()
    }
    try:
        json.dumps(plain(kept))
    except TypeError:
        raise TypeError(
            "parameters must be numbers, texts and arrays, which mean the same everywhere, got "
            f"{parameters!r:.80}"
        ) from None
    return kept
