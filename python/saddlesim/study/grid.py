"""The cells of a grid: for each combination of values a landscape and a method, ready to run."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from saddlesim.axes import Value, noun
from saddlesim.escape import Escape
from saddlesim.initial import Initial
from saddlesim.labelled import labelled, made
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method

__all__ = ["Cell", "cells_of"]


@dataclasses.dataclass(frozen=True, eq=False)
class Cell:
    """One combination of a grid.

    Attributes
    ----------
    method_label
        The method's label.
    parameters
        The value along each axis, by its name.
    landscape, method, initial, escape
        What is run; None is the landscape's default.
    origin
        The arguments of ``random`` of the landscape's class, where that has made it.
    """

    method_label: str
    parameters: Mapping[str, Value]
    landscape: Landscape
    method: Method
    initial: Initial | None
    escape: Escape | None
    origin: Mapping[str, Any] | None = None

    @property
    def label(self) -> str:
        """The method, and the values along all axes but the first: what tells curves apart."""
        others = list(self.parameters.items())[1:]
        return ", ".join([self.method_label, *(f"{name}={_shown(v)}" for name, v in others)])

    @property
    def value(self) -> Value:
        """The value along the first axis, which results are against."""
        return next(iter(self.parameters.values()))

    @property
    def key(self) -> tuple[str, Value]:
        """What the cell goes by in a result."""
        return self.label, self.value


def cells_of(
    family: Any,
    axes: Mapping[str, tuple[Value, ...]],
    methods: Any,
    *,
    seed: int,
    initial: Any,
    escape: Any,
    fixed: Mapping[str, Any],
) -> tuple[Cell, ...]:
    """Return all cells, smallest value first; a mistake in any of them shows here.

    Arguments are those of `Study`, with the axes' values as `axes_of` returns them.
    """
    rules = labelled(methods)
    on_landscape = [name for name in axes if _makes(family, name)]
    on_method = [name for name in axes if name not in on_landscape]
    landscapes: dict[tuple[Value, ...], tuple[Landscape, Mapping[str, Any] | None]] = {}
    cells = []
    for values in itertools.product(*axes.values()):
        point = dict(zip(axes, values, strict=True))
        of_landscape = {name: point[name] for name in on_landscape}
        where = tuple(of_landscape.values())
        if where not in landscapes:
            landscapes[where] = _landscape(family, of_landscape, seed, fixed)
        landscape, origin = landscapes[where]
        for label, rule in rules.items():
            method = made("methods", rule, landscape, Method)
            cells.append(
                Cell(
                    label,
                    point,
                    landscape,
                    _with(method, label, {name: point[name] for name in on_method}),
                    made("initial", initial, landscape, Initial),
                    made("escape", escape, landscape, Escape),
                    origin,
                )
            )
    return tuple(cells)


def _maker(family: Any) -> Callable[..., Any]:
    """Return what makes a landscape: a class that has a dimension, else its ``random``."""
    if "dim" not in inspect.signature(family).parameters and hasattr(family, "random"):
        return family.random  # type: ignore[no-any-return]
    return family  # type: ignore[no-any-return]


def _makes(family: Any, name: str) -> bool:
    """Whether an axis is a parameter of the landscape."""
    if isinstance(family, Landscape) and name != "dim":
        return False
    if isinstance(family, Landscape) or not callable(family):
        hint = "; pass the class, not an instance" if isinstance(family, Landscape) else ""
        raise TypeError(
            "landscape_family must be a Landscape class such as ss.Octopus or a callable of the "
            f"dimension, got {family!r:.80}{hint}"
        )
    known = inspect.signature(_maker(family)).parameters
    return name == "dim" or name in known or any(p.kind is p.VAR_KEYWORD for p in known.values())


def _landscape(
    family: Any, values: Mapping[str, Value], seed: int, fixed: Mapping[str, Any]
) -> tuple[Landscape, Mapping[str, Any] | None]:
    """Return the landscape and, if ``random`` of its class has made it, with which arguments."""
    if isinstance(family, Landscape):
        if fixed:
            raise TypeError(
                f"landscape_family must be a class where {next(iter(fixed))} is given, got the "
                f"instance {family!r:.80}; pass the class"
            )
        return family, None
    make = _maker(family)
    known = inspect.signature(make).parameters
    named = {**values, **fixed}
    if "seed" in known and "seed" not in named:
        named["seed"] = seed
    is_class = isinstance(family, type) and issubclass(family, Landscape)
    if "dim" in values and "dim" not in known and is_class:
        raise TypeError(
            f"landscape_family must have a dimension to vary, which {family.__name__} has not; "
            "use escape_times(landscape, method) for one landscape"
        )
    # A callable of the dimension may call it what it likes.
    first = [named.pop("dim")] if "dim" in values and "dim" not in known else []
    f = make(*first, **named)
    at = ", ".join(f"{noun(name)} {value}" for name, value in values.items())
    if not isinstance(f, Landscape):
        raise TypeError(
            f"landscape_family must make a Landscape, but at {at} it made "
            f"{f!r:.80}; return for example ss.Octopus(dim)"
        )
    if "dim" in values and f.size != values["dim"]:
        raise ValueError(
            f"landscape_family made dimension {f.size} when asked for dimension {values['dim']}; "
            "use its argument as the dimension"
        )
    return f, named if is_class and make is not family else None


def _with(method: Method, label: str, values: Mapping[str, Value]) -> Method:
    """Return the method with other parameters."""
    known = {field.name for field in dataclasses.fields(method) if field.init}
    for name in values:
        if name not in known:
            raise ValueError(
                f"vary has {name!r}, which is a parameter neither of the landscape nor of the "
                f"method {label!r}, {type(method).__name__}, which has "
                f"{', '.join(sorted(known)) or 'none'}; vary one that all methods have"
            )
    return dataclasses.replace(method, **values) if values else method  # type: ignore[arg-type]


def _shown(value: Value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
