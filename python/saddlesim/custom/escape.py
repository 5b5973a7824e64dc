"""A criterion of yours: a predicate of many points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from saddlesim import _core
from saddlesim.custom.base import name_of
from saddlesim.custom.calls import Call, Functions, rows_of_block
from saddlesim.escape import Escape

if TYPE_CHECKING:
    from saddlesim.initial import Initial
    from saddlesim.landscapes import Landscape
    from saddlesim.precision import Core

__all__ = ["CustomEscape"]


@dataclass(frozen=True, repr=False, eq=False, init=False)
class CustomEscape(Escape):
    """A trajectory ends where ``predicate(X)`` is true, on any landscape.

    Parameters
    ----------
    predicate
        Takes points, shape (block, dim), as a `CustomLandscape`'s functions do, and answers with
        truth values of shape (block,), dtype bool.
    name
        What it is called, its identity; None is the import path ``module:function``.
    block
        The number of rows, a multiple of 16. None takes that of a `CustomLandscape`, and lets the
        dimension decide on others.

    Notes
    -----
    The run is then one of a single thread, the calling one, as on a `CustomLandscape`.
    """

    name: str
    # Of the object; class variables are no fields, so that they are no part of its content.
    _predicate: ClassVar[Callable[..., Any]]
    _block: ClassVar[int | None]

    def __init__(
        self,
        predicate: Callable[..., Any],
        *,
        name: str | None = None,
        block: int | None = None,
    ) -> None:
        if not callable(predicate):
            raise TypeError(
                f"predicate must be a function of points (n, dim), got {predicate!r:.80}"
            )
        if name is not None and (not isinstance(name, str) or not name):
            raise TypeError(f"name must be a text, got {name!r:.80}")
        object.__setattr__(self, "name", name or name_of(predicate))
        object.__setattr__(self, "_predicate", predicate)
        object.__setattr__(self, "_block", block if block is None else rows_of_block(block, 1))

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        """Return the core's predicate."""
        if core is not _core:
            raise ValueError(
                f"dtype must be 'float64' with {self!r}, got 'float32': the predicate is shown "
                "doubles; leave dtype out"
            )
        predicate, dim = self._predicate, landscape.dim
        rows = self._block or getattr(landscape, "block", None) or rows_of_block(None, dim)

        def unframed(X: Any) -> Any:
            return predicate(landscape.leave(X))

        shown = predicate if landscape.frame is None else unframed
        functions = Functions(repr(self), value=shown, predicate=True)
        return _core.BatchedEscape(
            _core.BatchFunction(dim, rows, lambda: Call(functions, rows, dim))
        )
