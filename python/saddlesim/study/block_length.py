"""How many trajectories make a block, where nobody says: known before anything is run.

Nothing that is measured decides, so that all processes and shards of a study agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from saddlesim.custom.base import Custom
from saddlesim.custom.escape import CustomEscape
from saddlesim.exact import exact_path
from saddlesim.precision import dtype_name
from saddlesim.simulate import DEFAULT_BUDGET

if TYPE_CHECKING:
    from saddlesim.study.grid import Cell

__all__ = ["block_length", "default_block"]

_SHORTEST, _LONGEST = 1000, 100_000
_MINUTES = 1e11  # operations of steps that take one core some minutes
_RECORDED = 10_000_000  # numbers that a block may record


def default_block(trials: int, most: float = 0) -> int:
    """Return how many trajectories make a block: 1,000 to 100,000.

    A block is a file, and what is lost when a run is killed: neither should be tiny or huge. There
    are a hundred to a thousand a cell, or from ten on where they are no longer than `most`.
    """
    block = _SHORTEST
    while block < _LONGEST and (
        trials >= 1000 * block or (trials >= 100 * block and 10 * block <= most)
    ):
        block *= 10
    return block


def block_length(cells: Iterable[Cell], trials: int, policy: Mapping[str, Any]) -> int:
    """Return that of a study, whose trajectories may be known to be cheap."""
    if default_block(trials, math.inf) == default_block(trials):
        return default_block(trials)
    return default_block(trials, min(_most(cell, policy) for cell in cells))


def _most(cell: Cell, policy: Mapping[str, Any]) -> float:
    """Return of how many trajectories of a cell one can be sure that they are quick, and fit."""
    dim, escape = cell.landscape.dim, cell.escape or cell.landscape.default_escape()
    fit = _RECORDED / max(1, dim * len(policy["record"]))
    double = dtype_name(policy["dtype"]) == "float64" and policy["arithmetic"] != "float64"
    if double and not isinstance(exact_path(cell.landscape, cell.method, escape), str):
        return fit
    steps = DEFAULT_BUDGET if policy["max_steps"] == "auto" else policy["max_steps"]
    theirs = isinstance(cell.landscape, Custom) or isinstance(escape, CustomEscape)
    if theirs or not isinstance(steps, int):
        return 0  # what a step takes only its author knows, or there is no last step
    return min(fit, _MINUTES / max(1, steps * dim**2))
