"""Which trajectories there are and which are missing: ranges of ids, always sorted and disjoint."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

__all__ = ["blocks", "missing", "overlap", "prefix"]


def blocks(wanted: range, length: int) -> list[range]:
    """Cut a range at the multiples of a block's length, wherever it begins.

    Ids alone say which block a trajectory is in, so that more trials only add blocks.
    """
    cuts = range(wanted.start - wanted.start % length, wanted.stop, length)
    return [range(max(cut, wanted.start), min(cut + length, wanted.stop)) for cut in cuts]


def missing(wanted: range, present: Sequence[range]) -> list[range]:
    """Return the parts of a range that no range of `present` covers."""
    gaps, start = [], wanted.start
    for there in present[bisect_right(present, start, key=lambda ids: ids.stop) :]:
        if there.start >= wanted.stop:
            break
        if there.start > start:
            gaps.append(range(start, there.start))
        start = there.stop
    if start < wanted.stop:
        gaps.append(range(start, wanted.stop))
    return gaps


def prefix(wanted: range, present: Sequence[range]) -> range:
    """Return the beginning of a range that is there without a gap; it may be empty."""
    gaps = missing(wanted, present)
    return range(wanted.start, gaps[0].start if gaps else wanted.stop)


def overlap(present: Iterable[range]) -> tuple[range, range] | None:
    """Return two ranges, of those sorted by where they begin, that share an id; None if none do."""
    last: range | None = None
    for there in present:
        if last is not None and there.start < last.stop:
            return last, there
        if last is None or there.stop > last.stop:
            last = there
    return None
