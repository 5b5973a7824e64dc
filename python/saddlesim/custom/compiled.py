"""Compiled functions as landscapes: called by all threads, without Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Unpack

from saddlesim import _core, validation
from saddlesim.custom.addresses import data_address, function_address, user_data_of
from saddlesim.custom.base import Custom, Facts

__all__ = ["CompiledLandscape", "get_include"]

# The arguments of a function and of its HVP, and whether the function returns f.
_SIGNATURES = {"point": ("ddnu", "dddnu", True), "block": ("dddnnu", "dddnnu", False)}


def get_include() -> str:
    """Return the folder of ``saddlesim.h``, which has the signatures of compiled functions."""
    return str(Path(__file__).parents[1] / "include")


@dataclass(frozen=True, repr=False, eq=False, init=False)
class CompiledLandscape(Custom):
    """A compiled function of yours, called by all threads at once without Python's lock.

    Parameters
    ----------
    dim
        The dimension.
    function
        With ``signature="point"`` a ``double f(const double *x, double *gradient, int64_t dim,
        void *user_data)`` that answers f and writes the gradient; with ``"block"`` a ``void
        f(const double *x, double *gradient, double *value, int64_t dim, int64_t lanes, void
        *user_data)`` of many points at once, coordinate by coordinate, which a compiler can
        vectorise; there `gradient` or `value` may be null. As ``numba.cfunc`` or ctypes made it, a
        ``scipy.LowLevelCallable``, or an address. ``saddlesim.h`` (`get_include`) says more.
    hvp
        ``void hvp(const double *x, const double *v, double *product, int64_t dim, [int64_t lanes,]
        void *user_data)``; None takes central differences of the gradient.
    user_data
        What is handed on as a pointer: None, a C-contiguous NumPy array, a ctypes pointer, array or
        structure, or an address. It is kept alive.
    signature
        ``"point"`` or ``"block"``.
    **facts
        What else is known: see `saddlesim.custom.base.Facts`.

    Raises
    ------
    ValueError
        If gradient or HVP disagree with differences (``check=True``).
    TypeError
        If a function is not compiled, or takes other arguments, where that can be seen. What cannot
        be seen ends the process, as in C.

    Notes
    -----
    With ``"point"`` the function is called only at points that are finite; with ``"block"`` lanes
    without a trajectory may hold anything. NaN or an infinity ends a trajectory as ``diverged``.
    """

    # Of the object; class variables are no fields, so that they are no part of its content.
    signature: ClassVar[str]
    _addresses: ClassVar[tuple[int, int, int]]
    _alive: ClassVar[tuple[Any, ...]]

    def __init__(
        self,
        dim: int,
        function: Any,
        *,
        hvp: Any = None,
        user_data: Any = None,
        signature: str = "point",
        **facts: Unpack[Facts],
    ) -> None:
        validation.choice("signature", signature, tuple(_SIGNATURES))
        of_function, of_hvp, returns = _SIGNATURES[signature]
        user_data = user_data_of(function, user_data)
        addresses = (
            function_address("function", function, of_function, returns),
            0 if hvp is None else function_address("hvp", hvp, of_hvp, False),
            data_address(user_data),
        )
        object.__setattr__(self, "_addresses", addresses)
        object.__setattr__(self, "_alive", (function, hvp, user_data))
        object.__setattr__(self, "signature", signature)
        self._describe(dim, function, facts)

    @property
    def has_hvp(self) -> bool:
        """Whether Hessian-vector products are yours, not differences of gradients."""
        return self._addresses[1] != 0

    def _lower(self) -> _core.Landscape:
        make = _core.PointLandscape if self.signature == "point" else _core.BlockLandscape
        return make(self.dim, *self._addresses, self.length_scale)
