"""How functions in Python are called by the core: all rows at once, in arrays of one shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.errors import LandscapeError
from saddlesim.validation import FloatArray

__all__ = ["MOST_ROWS", "Call", "Functions", "rows_of_block"]

MOST_ROWS = 1024  # enough for a call in Python to cost little a row
_NUMBERS = 2**15  # in an array of points: a quarter of a megabyte
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
    """

    described: str
    value: Function | None = None
    gradient: Function | None = None
    value_and_gradient: Function | None = None
    hvp: Function | None = None
    predicate: bool = False


Answers = tuple[FloatArray | None, FloatArray | None, FloatArray | None]


class Call:
    """One run's use of some functions, with the arrays that the core fills."""

    def __init__(self, functions: Functions, rows: int, dim: int) -> None:
        self._functions = functions
        self.points: FloatArray = np.zeros((rows, dim))
        self.vectors: FloatArray = np.zeros((rows, dim))
        self.trajectories = np.zeros(rows, dtype=np.int64)
        self._seen = self.points.view(), self.vectors.view()
        for array in self._seen:
            array.flags.writeable = False

    def __call__(self, value: bool, gradient: bool, product: bool) -> Answers:
        """Return values, gradients and products at all rows, each None unless it is wanted.

        The gradient comes from one and the same function whatever else is wanted, so that its bits
        do not depend on what other rows are asked for. What a function answered is copied if
        another is called after it: they may work in the same array.
        """
        f = self._functions
        X, V = self._seen
        values = gradients = products = None
        with np.errstate(all="ignore"):  # a NaN or an infinity ends its trajectory, as `diverged`
            if f.value_and_gradient is not None and (value or gradient):
                values, gradients = self._pair(
                    self._ask("value_and_gradient", f.value_and_gradient, X)
                )
            elif value and f.value is not None:
                name = "predicate" if f.predicate else "value"
                values = self._checked(name, self._ask(name, f.value, X), X.shape[:1])
            if gradient and f.gradient is not None:
                values = None if values is None else values.copy()
                answer = self._ask("gradient", f.gradient, X)
                gradients = self._checked("gradient", answer, X.shape)
            if product and f.hvp is not None:
                values, gradients = (a if a is None else a.copy() for a in (values, gradients))
                products = self._checked("hvp", self._ask("hvp", f.hvp, X, V), X.shape)
        return values, gradients, products

    def _ask(self, name: str, function: Function, *arrays: FloatArray) -> Any:
        try:
            return function(*arrays)
        except Exception as error:
            raise self._explained(name, function, arrays, error) from error

    def _pair(self, answer: Any) -> tuple[FloatArray, FloatArray]:
        try:
            value, gradient = answer
        except (TypeError, ValueError):
            raise LandscapeError(
                f"value_and_gradient of {self._functions.described} must return a pair (value, "
                f"gradient), got {type(answer).__name__}"
            ) from None
        shape = self.points.shape
        return (
            self._checked("value_and_gradient's value", value, shape[:1]),
            self._checked("value_and_gradient's gradient", gradient, shape),
        )

    def _checked(self, name: str, answer: Any, shape: tuple[int, ...]) -> FloatArray:
        """Return an answer as the core reads it, without a copy where it is laid out so."""
        if isinstance(answer, np.ma.MaskedArray):
            raise LandscapeError(
                f"{name} of {self._functions.described} must return a plain array, got a masked "
                "one; put nan where f is not defined, as answer.filled(numpy.nan) does"
            )
        try:
            array = np.asarray(answer)
        except ValueError as error:
            raise LandscapeError(
                f"{name} of {self._functions.described} must return an array of shape {shape}, got "
                f"{type(answer).__name__}, of which NumPy makes none: {error}"
            ) from error
        kind = np.dtype(np.bool_ if self._functions.predicate else np.float64)
        if array.shape != shape:
            what = "one number a row" if len(shape) == 1 else "one row a point"
            raise LandscapeError(
                f"{name} of {self._functions.described} must return an array of shape {shape}, "
                f"{what} of X, got {array.shape}; X has shape {self.points.shape}, "
                "whatever the number of trajectories"
            )
        if array.dtype != kind:
            remedy = "compare, as in `X[:, 0] > 1`" if kind == np.bool_ else "compute in float64"
            raise LandscapeError(
                f"{name} of {self._functions.described} must return dtype {kind}, got "
                f"{array.dtype}; {remedy}"
            )
        readable = kind == np.float64 and array.flags.c_contiguous and array.flags.aligned
        return array if readable else np.array(array, dtype=np.float64, order="C")

    def _explained(
        self, name: str, function: Function, arrays: tuple[FloatArray, ...], error: Exception
    ) -> LandscapeError:
        """Return the exception that says at which trajectory and point a function raised."""
        what = f"{name} of {self._functions.described} raised {type(error).__name__}: {error}"
        if "read-only" in str(error):
            return LandscapeError(f"{what}; work on X.copy(): what it is given is not its own")
        live = np.flatnonzero(self.trajectories != _PADDING)
        row = _first_failing(function, arrays, live)
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


def rows_of_block(block: Any, dim: int) -> int:
    """Return the argument `block`, a multiple of the lanes of the core; None lets `dim` decide.

    Then there are as many rows as make a call in Python cheap a row while the arrays that a
    function of NumPy makes on its way stay in the caches.
    """
    lanes = int(_core.build_info()["lanes"])
    if block is None:
        return min(max(_NUMBERS // dim // lanes, 1) * lanes, MOST_ROWS)
    rows = validation.integer(
        "block", block, minimum=lanes, maximum=2**20, remedy=f"a multiple of {lanes}"
    )
    if rows % lanes:
        raise ValueError(
            f"block must be a multiple of {lanes}, got {rows}; "
            f"for example {rows - rows % lanes + lanes}"
        )
    return rows
