"""How quickly one run of a study goes, and how long it will take."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.study.keepers import Keeper
from saddlesim.study.ranges import missing
from saddlesim.verdict import magnitude

__all__ = ["Session", "duration"]


class Session:
    """Counts of a run; rates are those of this session's own work.

    Parameters
    ----------
    keeper
        What is there already.
    blocks
        The blocks of each cell.
    """

    def __init__(self, keeper: Keeper, blocks: Sequence[Sequence[range]]) -> None:
        self._open: dict[tuple[int, int], int] = {}  # trajectories missing, by cell and block
        self._seen = self._escaped = 0
        for cell, wanted in enumerate(blocks):
            present = keeper.present(cell)
            self._seen += sum(map(len, present))
            self._escaped += keeper.escaped(cell)
            for ids in wanted:
                self._open[cell, ids.start] = sum(map(len, missing(ids, present)))
        self.total = sum(len(ids) for wanted in blocks for ids in wanted)
        self.done = self.total - sum(self._open.values())
        self._expected: dict[int, int] = {}  # trajectories to go, of cells where that is known
        self._begin = time.monotonic()
        self._ran = self._steps = 0

    def ran(self, times: EscapeTimes) -> None:
        """Take note of trajectories that were run."""
        self._seen += len(times)
        self._escaped += times.count(Outcome.ESCAPED)
        self._ran += len(times)
        self._steps += times.diagnostics.get("trajectory_steps", 0)

    def closed(self, cell: int, block: range) -> None:
        """Take note of a block that is there, whoever has run it."""
        there = self._open.pop((cell, block.start), 0)
        self.done += there
        if cell in self._expected:
            self._expected[cell] = max(self._expected[cell] - there, 0)

    def expect(self, cell: int, trajectories: float) -> None:
        """Take note of how many more trajectories a cell will probably need."""
        if math.isfinite(trajectories):
            self._expected[cell] = max(0, int(trajectories))

    def settled(self, cell: int) -> None:
        """Take note that a cell needs no more."""
        for key in [key for key in self._open if key[0] == cell]:
            self.total -= self._open.pop(key)

    @property
    def escaped(self) -> float:
        """The share that escaped of the trajectories that are there; 0 if none are."""
        return self._escaped / self._seen if self._seen else 0.0

    @property
    def steps_per_second(self) -> float:
        """Steps that were taken; exact paths take none."""
        return self._steps / self._seconds

    @property
    def trajectories_per_second(self) -> float:
        """Trajectories that were run."""
        return self._ran / self._seconds

    @property
    def seconds_left(self) -> float:
        """The time that what is missing takes at the rate so far; inf before there is a rate."""
        if not self._ran:
            return math.inf
        left: dict[int, int] = {}
        for (cell, _), count in self._open.items():
            left[cell] = left.get(cell, 0) + count
        counts = [min(n, self._expected.get(cell, n)) for cell, n in left.items()]
        return sum(counts) / self.trajectories_per_second

    @property
    def note(self) -> str | None:
        """What a line of progress says beside counts; None before anything was run."""
        if not self._ran:
            return None
        steps = self.steps_per_second
        rate = (
            f"{magnitude(steps)} steps/s"
            if steps
            else f"{magnitude(self.trajectories_per_second)} trajectories/s"
        )
        return f"{self.escaped:.0%} escaped, {rate}, {duration(self.seconds_left)} left"

    @property
    def _seconds(self) -> float:
        return max(time.monotonic() - self._begin, 1e-9)


def duration(seconds: float) -> str:
    """Format a time with the one unit that says enough."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
