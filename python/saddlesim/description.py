"""What landscapes, starts, methods and escapes have in common: they describe themselves.

A description is a frozen dataclass. Its repr is the call that makes it, its content (class name and
fields, as sorted JSON) is what seeds and stores are keyed by.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

__all__ = ["Description", "plain", "stream_key"]

# Part of every key; a change of what the random streams mean raises it, so that they never mix.
STREAM_VERSION = 1


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Description:
    """Base of the frozen, self-printing descriptions that lower to objects of the C++ core."""

    def __repr__(self) -> str:
        """Return the call that makes this object; fields at their default are left out."""
        parts = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not field.init or _same(value, field.default):
                continue
            parts.append(f"{field.name}={_show(value)}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def __eq__(self, other: object) -> bool:
        """Two descriptions are equal when their classes and contents are."""
        return type(self) is type(other) and self.content() == other.content()

    def __hash__(self) -> int:
        return hash(json.dumps(self.content(), sort_keys=True))

    def __getstate__(self) -> dict[str, Any]:
        # What is remembered stays behind: it has objects of the core, and can be made again.
        kind = type(self)
        return {
            name: value
            for name, value in vars(self).items()
            if not isinstance(getattr(kind, name, None), cached_property)
        }

    def content(self) -> dict[str, Any]:
        """Return class name and fields as plain numbers, strings and lists, machine-independent."""
        return {"class": type(self).__name__, **copy.deepcopy(self._plain_fields)}

    @cached_property
    def _plain_fields(self) -> dict[str, Any]:
        # Nothing in a description changes, and hashing many numbers takes as long as many steps.
        return {f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self) if f.init}


def stream_key(seed: int, *parts: Any) -> int:
    """Return the 64-bit key of a family of random streams, a hash of the seed and its purpose.

    Parameters
    ----------
    seed
        The user's seed.
    parts
        Descriptions, strings or numbers. Streams of a run are keyed by the landscape with all its
        parameters and its dimension, not by the method: cells are independent, methods are paired.
    """
    plain = [part.content() if isinstance(part, Description) else part for part in parts]
    text = json.dumps([STREAM_VERSION, seed, plain], sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def plain(value: Any) -> Any:
    """Return a field as numbers, strings, lists and dicts; a hash stands for an array."""
    if isinstance(value, np.ndarray):
        # A hash stands for the numbers: contents stay small, and exact to the last bit.
        digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).hexdigest()
        return {"shape": list(value.shape), "dtype": value.dtype.str, "blake2b": digest}
    if isinstance(value, Description):
        return value.content()
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    return value


def _same(value: Any, default: Any) -> bool:
    return default is not dataclasses.MISSING and type(value) is type(default) and value == default


def _show(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size <= 6:
            return str(value.tolist())
        return f"<array of shape {value.shape}>"
    if isinstance(value, float):
        return f"{value:.12g}"
    return repr(value)
