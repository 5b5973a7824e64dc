"""Functions in Python as landscapes: many points a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Unpack

from saddlesim import _core
from saddlesim.custom.base import Custom, Facts, dimension
from saddlesim.custom.calls import Call, Functions, rows_of_block

__all__ = ["CustomLandscape"]

Function = Callable[..., Any]


@dataclass(frozen=True, repr=False, eq=False, init=False)
class CustomLandscape(Custom):
    """A function of yours: ``CustomLandscape(dim, value=f, gradient=g)``.

    Functions take many points, an array X of shape (block, dim), and answer all of them: with an
    array of shape (block,) for values, (block, dim) for gradients, both float64. X is always of
    that shape: rows for which there is no trajectory are copies of others, and what is answered
    there is not looked at. X is read-only and used again: copy what you keep.

    Parameters
    ----------
    dim
        The dimension.
    value, gradient
        ``value(X)`` and ``gradient(X)``.
    value_and_gradient
        ``value_and_gradient(X)``, a pair, in place of both.
    hvp
        ``hvp(X, V)``, the Hessian at each point times the vector in the same row of V. None takes
        central differences of the gradient, right to some nine digits.
    block
        The number of rows, a multiple of 16. None lets `dim` decide: 1024, and fewer from dimension
        32 on, so that arrays of NumPy stay in the caches. Ctrl-C waits for the call in flight.
    **facts
        What else is known: see `saddlesim.custom.base.Facts`.

    Raises
    ------
    ValueError
        If gradient or HVP disagree with differences (``check=True``).
    LandscapeError
        If a function raises, or answers with another shape or dtype.

    Notes
    -----
    Functions are called in the thread that started the run, one call at a time, so that settings
    of that thread hold (``jax.enable_x64``, ``torch.no_grad``, ``numpy.errstate``). They are never
    called at a point that is not finite: f is nan there. A value or a gradient that is not finite
    ends its trajectory as ``diverged``; floating-point warnings of NumPy are silent meanwhile.

    A trajectory's numbers depend on (seed, trajectory id) alone if the functions treat rows
    independently, to the last bit. Whether they do a probe tells (`rows_independent`); products
    with a matrix, ``X @ A``, often do not.
    """

    # Of the object; class variables are no fields, so that they are no part of its content.
    block: ClassVar[int]
    _functions: ClassVar[Functions]

    def __init__(
        self,
        dim: int,
        *,
        value: Function | None = None,
        gradient: Function | None = None,
        value_and_gradient: Function | None = None,
        hvp: Function | None = None,
        block: int | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        functions = Functions("", value, gradient, value_and_gradient, hvp)
        _require(functions)
        self._bring(dim, functions, block, facts)

    def _bring(self, dim: Any, functions: Functions, block: Any, facts: Facts) -> None:
        object.__setattr__(self, "_functions", functions)
        object.__setattr__(self, "block", rows_of_block(block, dimension(dim)))
        self._describe(dim, functions.value_and_gradient or functions.value, facts)

    @property
    def has_hvp(self) -> bool:
        """Whether Hessian-vector products are yours, not differences of gradients."""
        return self._functions.hvp is not None

    def _lower(self) -> _core.Landscape:
        functions = replace(self._functions, described=repr(self))
        rows, dim = self.block, self.dim
        opened = _core.BatchFunction(dim, rows, lambda: Call(functions, rows, dim))
        return _core.BatchedLandscape(opened, self.has_hvp, self.length_scale)


def _require(functions: Functions) -> None:
    """Raise TypeError unless what is needed is there, and is callable."""
    for name in ("value", "gradient", "value_and_gradient", "hvp"):
        function = getattr(functions, name)
        if function is not None and not callable(function):
            raise TypeError(f"{name} must be a function of points (n, dim), got {function!r:.80}")
    value, gradient = functions.value, functions.gradient
    if functions.value_and_gradient is not None:
        if value is not None or gradient is not None:
            raise TypeError(
                "value_and_gradient stands in place of value and gradient; pass one or the other"
            )
    elif value is None or gradient is None:
        missing = "gradient" if value is not None else "value"
        raise TypeError(
            "CustomLandscape needs value and gradient, or value_and_gradient, and got no "
            f"{missing}; ss.from_jax and ss.from_torch need the value of one point only"
        )
