"""Which blocks of a grid one run is to work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from saddlesim import validation
from saddlesim.study.ranges import blocks
from saddlesim.study.stopping import Precision

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """Blocks of all cells, or those of a shard.

    Parameters
    ----------
    trials
        The trajectories of a cell.
    block
        How many make a block; None takes each cell as one.
    shard
        (k, n): the k-th of n shares of the work, k from 1 on.
    until
        When a cell has enough.

    Raises
    ------
    ValueError, TypeError
        If the arguments are not allowed together.
    """

    trials: range
    block: int | None
    shard: tuple[int, int] | None = None
    until: Precision | None = None

    def __post_init__(self) -> None:
        if self.until is not None:
            validation.instance("until", self.until, Precision, "ss.Precision(relative=0.05)")
            if self.until.most is not None:
                first = self.trials.start
                last = min(self.trials.stop, first + self.until.most)
                object.__setattr__(self, "trials", range(first, last))
        if self.shard is None:
            return
        if self.until is not None:
            raise ValueError(
                f"until must be None with a shard, got {self.until!r}: a shard does not see the "
                "blocks of the others, by which a cell would have enough; let several processes "
                "share one store instead, without shard"
            )
        _check(self.shard)

    def blocks(self, cell: int) -> list[range]:
        """Return the blocks of a cell, in the order of ids.

        Block b of cell c belongs to shard (b + c) % n + 1, so that cells of few blocks are shared
        out too; more trials change nothing about that.
        """
        if self.block is None:
            return [self.trials]
        every = blocks(self.trials, self.block)
        if self.shard is None:
            return every
        k, n = self.shard
        return [ids for ids in every if (ids.start // self.block + cell) % n == k - 1]


def _check(shard: Any) -> None:
    fits = isinstance(shard, tuple) and len(shard) == 2
    if not fits or not all(type(number) is int for number in shard):
        raise TypeError(f"shard must be (k, n), such as (3, 64), got {shard!r:.80}")
    if not 1 <= shard[0] <= shard[1]:
        raise ValueError(f"shard must be (k, n) with 1 <= k <= n, got {shard!r}; the first is 1")
