"""Methods, starts and criteria in a study file: by the command's names, or by class and fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from saddlesim import escape, initial, methods, validation
from saddlesim.cli import choices
from saddlesim.description import Description
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method

__all__ = ["escape_of", "initial_of", "methods_of"]

_EXAMPLE = '"gd", {name = "pgd", step_size = 0.1} or {class = "GradientDescent", step_size = 0.1}'


def methods_of(given: list[Any]) -> dict[str, Method | Callable[[Landscape], Method]]:
    """Return the methods of a study file by label.

    Parameters
    ----------
    given
        For each a name of `choices.METHODS`, or a table with ``name`` or ``class``, parameters and
        perhaps a ``label``.

    Raises
    ------
    ValueError, TypeError
        If something in it is not known or not allowed.
    """
    if not given:
        raise ValueError(f"methods must have at least one method, got []; write {_EXAMPLE}")
    found: dict[str, Method | Callable[[Landscape], Method]] = {}
    for number, entry in enumerate(given, start=1):
        where = f"methods entry {number}"
        table = {"name": entry} if isinstance(entry, str) else entry
        if not isinstance(table, Mapping) or ("name" in table) == ("class" in table):
            raise TypeError(
                f"{where} must have either a name or a class, got {entry!r:.80}; write {_EXAMPLE}"
            )
        known = choices.METHODS
        default = (
            known[validation.choice(f"{where} name", table["name"], tuple(known))].label
            if "name" in table
            else str(table["class"])
        )
        label = table.get("label", default)
        if not isinstance(label, str) or not label:
            raise TypeError(f'{where} label must be a text such as "noisy GD", got {label!r:.80}')
        if label in found:
            raise ValueError(
                f"methods must have different labels, but {label!r} occurs twice; add for example "
                f'label = "{label} 2" to one of them'
            )
        rest = {key: value for key, value in table.items() if key not in ("name", "label")}
        found[label] = (
            _named(where, table["name"], rest)
            if "name" in table
            else _described(where, rest, methods, Method)
        )
    return found


def initial_of(given: Mapping[str, Any]) -> Any:
    """Return the start that the table ``initial`` of a study file describes."""
    return _described("initial", given, initial, initial.Initial)


def escape_of(given: Mapping[str, Any]) -> Any:
    """Return the criterion that the table ``escape`` of a study file describes."""
    return _described("escape", given, escape, escape.Escape)


def _named(where: str, name: str, changes: Mapping[str, Any]) -> Callable[[Landscape], Method]:
    """Return what makes a method by the command's rule, with other values of some parameters."""

    def make(landscape: Landscape) -> Method:
        # Rules know what a step is; whatever else is given takes the place of what they choose.
        (rule,) = choices.methods([name], changes.get("step_size")).values()
        method = rule(landscape)
        _check_names(where, type(method), changes)
        return dataclasses.replace(method, **changes)

    return make


def _described(where: str, given: Mapping[str, Any], module: ModuleType, kind: type) -> Any:
    classes: dict[str, type[Description]] = {
        name: found
        for name in module.__all__
        if isinstance(found := getattr(module, name), type)
        and issubclass(found, kind)
        and issubclass(found, Description)
        and found is not kind
    }
    fields = {key: value for key, value in given.items() if key != "class"}
    made = classes[validation.choice(f"{where} class", given.get("class"), tuple(classes))]
    _check_names(where, made, fields)
    for field in dataclasses.fields(made):
        if field.init and field.name not in fields and _required(field):
            raise ValueError(
                f"{where} must have the {field.name} of {made.__name__}; add "
                f"{field.name} = ... to its table"
            )
    return made(**fields)


def _check_names(where: str, kind: type[Description], given: Mapping[str, Any]) -> None:
    known = [field.name for field in dataclasses.fields(kind) if field.init]
    for key in given:
        if key not in known:
            raise ValueError(
                f"{where} has {key} = {given[key]!r:.80}, which {kind.__name__} does not know: it "
                f"has {', '.join(known) or 'no parameters'}; leave it out"
            )


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
