"""Progress of long runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["report_to"]


@contextmanager
def report_to(
    progress: bool | Callable[[int, int], object], total: int
) -> Iterator[Callable[[int, int], object] | None]:
    """Yield what the core is to call with (done, total), or None."""
    yield progress if callable(progress) else None
