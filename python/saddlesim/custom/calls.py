"""How functions in Python are called by the core: all rows at once, in arrays of one shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from saddlesim.errors import LandscapeError
from saddlesim.validation import FloatArray

__all__ = ["Call", "Functions", "rows_of_block"]

_PADDING = -2  # what the core writes as the trajectory of a row at whose answer nobody looks

Function = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Functions:
    """What is called, each with points of shape (rows, dim).

    Attributes
    ----------
    described
        Whose functions they are, for messages.
    value, gradient, value_and_gradient, hvp
        None where there is none; `value_and_gradient` stands in place of the first two.
    predicate
        Whether `value` is one: it then answers by truth values.
    read_only
        Whether they are shown points that they cannot write to.
    """

    described: str
    value: Function | None = None
    gradient: Function | None = None
    value_and_gradient: Function | None = None
    hvp: Function | None = None
    predicate: bool = False
    read_only: bool = True


class Call:
    """One run's use of some functions, with the arrays that the core fills and reads."""

    def __init__(self, functions: Functions, rows: int, dim: int) -> None:
        self._functions = functions
        self.points: FloatArray = np.zeros((rows, dim))
        self.vectors: FloatArray = np.zeros((rows, dim))
        self.trajectories = np.zeros(rows, dtype=np.int64)
        self.values: FloatArray = np.zeros(rows)
        self.gradients: FloatArray = np.zeros((rows, dim))
        self.products: FloatArray = np.zeros((rows, dim))
        self._seen = self.points.view(), self.vectors.view()
        for array in self._seen:
            array.flags.writeable = not functions.read_only

    def __call__(self, value: bool, gradient: bool, product: bool) -> None:
        """Compute what is wanted at all rows.

        The gradient comes from one and the same function whatever else is wanted, so that its bits
        do not depend on what other rows are asked for.
        """
        f = self._functions
        X, V = self._seen
        with np.errstate(all="ignore"):  # a NaN or an infinity ends its trajectory, as `diverged`
            if f.value_and_gradient is not None and (value or gradient):
                self._put_pair(self._ask("value_and_gradient", f.value_and_gradient, X))
            elif value and f.value is not None:
                name = "predicate" if f.predicate else "value"
                self._put(name, self._ask(name, f.value, X), self.values)
            if gradient and f.gradient is not None:
                self._put("gradient", self._ask("gradient", f.gradient, X), self.gradients)
            if product and f.hvp is not None:
                self._put("hvp", self._ask("hvp", f.hvp, X, V), self.products)

    def _ask(self, name: str, function: Function, *arrays: FloatArray) -> Any:
        try:
            return function(*arrays)
        except Exception as error:
            raise self._explained(name, function, arrays, error) from error

    def _put_pair(self, answer: Any) -> None:
        try:
            value, gradient = answer
        except (TypeError, ValueError):
            raise LandscapeError(
                f"value_and_gradient of {self._functions.described} must return a pair (value, "
                f"gradient), got {type(answer).__name__}"
            ) from None
        self._put("value_and_gradient's value", value, self.values)
        self._put("value_and_gradient's gradient", gradient, self.gradients)

    def _put(self, name: str, answer: Any, to: FloatArray) -> None:
        array = np.asarray(answer)
        kind = np.dtype(np.bool_ if self._functions.predicate else np.float64)
        if array.shape != to.shape:
            what = "one number a row" if to.ndim == 1 else "one row a point"
            raise LandscapeError(
                f"{name} of {self._functions.described} must return an array of shape {to.shape}, "
                f"{what} of X, got {array.shape}; X has shape {self.points.shape}, "
                "whatever the number of trajectories"
            )
        if array.dtype != kind:
            remedy = "compare, as in `X[:, 0] > 1`" if kind == np.bool_ else "compute in float64"
            raise LandscapeError(
                f"{name} of {self._functions.described} must return dtype {kind}, got "
                f"{array.dtype}; {remedy}"
            )
        np.copyto(to, array)

    def _explained(
        self, name: str, function: Function, arrays: tuple[FloatArray, ...], error: Exception
    ) -> LandscapeError:
        """Return the exception that says at which trajectory and point a function raised."""
        live = np.flatnonzero(self.trajectories != _PADDING)
        row = _first_failing(function, arrays, live)
        what = f"{name} of {self._functions.described} raised {type(error).__name__}: {error}"
        if row is None:
            return LandscapeError(
                f"{what}; asked for the same points again, it raised nothing at a single one"
            )
        point, number = self.points[row].copy(), int(self.trajectories[row])
        trajectory = number if number >= 0 else None
        whose = "" if trajectory is None else f" of trajectory {trajectory}"
        text = np.array2string(point, threshold=6, precision=6)
        return LandscapeError(f"{what}; at x = {text}{whose}", trajectory=trajectory, point=point)


def _first_failing(function: Function, arrays: tuple[FloatArray, ...], live: Any) -> int | None:
    """Return the first row at which a function raises, by bisection; None if it raises nowhere.

    Each half fills all rows, so that shapes are what they always are.
    """

    def fails(rows: Any) -> bool:
        filled = np.resize(rows, len(arrays[0]))
        try:
            function(*(array[filled] for array in arrays))
        except Exception:
            return True
        return False

    while len(live) > 1:
        half = len(live) // 2
        live = live[:half] if fails(live[:half]) else live[half:]
    return int(live[0]) if len(live) and fails(live) else None


def rows_of_block(block: Any, lanes: int) -> int:
    """Return the argument `block`, a multiple of the lanes of the core."""
    from saddlesim import validation

    rows = validation.integer("block", block, minimum=lanes, remedy=f"a multiple of {lanes}")
    if rows % lanes:
        raise ValueError(
            f"block must be a multiple of {lanes}, got {rows}; "
            f"for example {rows - rows % lanes + lanes}"
        )
    return rows
