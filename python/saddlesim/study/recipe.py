"""Descriptions as names and plain numbers, and back: nothing in a store is ever executed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from saddlesim import escape, initial, landscapes, methods
from saddlesim.description import Description
from saddlesim.methods import Guarantee
from saddlesim.study.content import plain_json

__all__ = ["StandIn", "made_guarantee", "plain_guarantee", "recipe_of", "restored"]

_MOST_NUMBERS = 10_000  # of an array that is written out
_ARRAYS = ("float64", "int64", "bool")


class StandIn:
    """Stands for a description that cannot be made again; its repr is that of the original."""

    def __init__(self, text: str, content: Any) -> None:
        self._text = text
        self._content = content

    def __repr__(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Description):
            return bool(plain_json(self._content) == plain_json(other.content()))
        return isinstance(other, StandIn) and other._content == self._content

    def __hash__(self) -> int:
        return hash(plain_json(self._content))


def recipe_of(part: Description, origin: Mapping[str, Any] | None = None) -> Any:
    """Return the call that makes a description, as plain data; None where there is none.

    Parameters
    ----------
    part
        The description.
    origin
        The arguments of ``random`` of its class, where that has made it.
    """
    if type(part) is not _known().get(type(part).__name__):
        return None
    try:
        if origin is not None:
            return {
                "class": type(part).__name__,
                "random": {name: plain(value) for name, value in origin.items()},
            }
        return plain(part)
    except TypeError:
        return None


def restored(recipe: Any, text: str, content: Any) -> Any:
    """Return the description that a recipe makes, if it is the very one, else a `StandIn`."""
    try:
        part = _made(recipe)
        if isinstance(part, Description) and plain_json(part.content()) == plain_json(content):
            return part
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        pass  # written by another version, or by hand
    return StandIn(text, content)


def plain(value: Any) -> Any:
    """Return a value as strict JSON has it; TypeError if it cannot be."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return number if math.isfinite(number) else {"float": str(number)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray) and value.dtype.name in _ARRAYS and _small(value):
        return {"array": value.tolist(), "dtype": value.dtype.name}
    if isinstance(value, Description) and type(value) is _known().get(type(value).__name__):
        fields = [f.name for f in dataclasses.fields(value) if f.init]
        return {
            "class": type(value).__name__,
            "fields": {name: plain(getattr(value, name)) for name in fields},
        }
    raise TypeError(f"{value!r:.80} is not plain")


def plain_guarantee(promise: Guarantee) -> dict[str, Any]:
    """Return what a theorem promises of a method, as JSON has it; a recipe does not know it."""
    numbers = {"given": promise.given, "chosen": promise.chosen}
    return {
        "theorem": promise.theorem,
        "iterations": plain(promise.iterations),
        **{name: {key: plain(v) for key, v in d.items()} for name, d in numbers.items()},
    }


def made_guarantee(stored: Mapping[str, Any]) -> Guarantee:
    """Return what `plain_guarantee` was given."""
    given, chosen = (
        {key: _made(v) for key, v in stored[name].items()} for name in ("given", "chosen")
    )
    return Guarantee(stored["theorem"], given, chosen, _made(stored["iterations"]))


def _small(array: np.ndarray[Any, Any]) -> bool:
    return array.size <= _MOST_NUMBERS and bool(np.all(np.isfinite(array)))


def _made(recipe: Any) -> Any:
    if isinstance(recipe, list):
        return tuple(_made(item) for item in recipe)
    if not isinstance(recipe, dict):
        return recipe
    if "float" in recipe:
        return float(recipe["float"])
    if "array" in recipe:
        return np.array(recipe["array"], dtype=recipe["dtype"])
    kind = _known()[recipe["class"]]
    if "random" in recipe:
        named = {name: _made(value) for name, value in recipe["random"].items()}
        return kind.random(**named)  # type: ignore[attr-defined]
    return kind(**{name: _made(value) for name, value in recipe["fields"].items()})


def _known() -> dict[str, type[Description]]:
    """Return the descriptions that a recipe may name: those of saddlesim itself."""
    found = {}
    for module in (landscapes, methods, initial, escape):
        for name in module.__all__:
            kind = getattr(module, name)
            if isinstance(kind, type) and issubclass(kind, Description):
                found[name] = kind
    return found
