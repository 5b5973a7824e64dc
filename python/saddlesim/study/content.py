"""What a study is, as plain data: the hash that its store is known by."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from saddlesim.description import STREAM_VERSION, Description
from saddlesim.precision import dtype_name

if TYPE_CHECKING:
    from saddlesim.study.grid import Cell
    from saddlesim.study.study import Study

__all__ = ["NOUNS", "cell_parts", "plain_json", "study_content", "study_hash"]

# A change of the numbers that a run gives raises it, so that they never mix in one store.
RESULT_VERSION = 1
NOUNS = ("landscape", "method", "initial", "escape")


def cell_parts(cell: Cell) -> dict[str, Description]:
    """Return what a cell runs, by the names of `NOUNS`, with the landscape's defaults in place."""
    f = cell.landscape
    return {
        "landscape": f,
        "method": cell.method,
        "initial": f.default_initial() if cell.initial is None else cell.initial,
        "escape": f.default_escape() if cell.escape is None else cell.escape,
    }


def study_content(study: Study) -> dict[str, Any]:
    """Return all that decides about the numbers of a trajectory; not trials, threads, blocks."""
    policy = study.policy
    return {
        "result_version": RESULT_VERSION,
        "stream_version": STREAM_VERSION,
        "seed": study.seed,
        "axes": [[name, [_exact(v) for v in values]] for name, values in study.axes.items()],
        "max_steps": policy["max_steps"],
        "arithmetic": policy["arithmetic"],
        "dtype": dtype_name(policy["dtype"]),
        "record": sorted(policy["record"]),
        "cells": [
            {
                "label": cell.method_label,
                "parameters": {name: _exact(v) for name, v in cell.parameters.items()},
                **{name: part.content() for name, part in cell_parts(cell).items()},
            }
            for cell in study.cells
        ],
    }


def study_hash(study: Study) -> str:
    """Return the digest of `study_content`, 32 hexadecimal digits."""
    text = plain_json(study_content(study))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def plain_json(content: Any) -> str:
    """Return the one JSON text of plain data: sorted, without blanks."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _exact(value: Any) -> Any:
    return value.hex() if isinstance(value, float) else value
