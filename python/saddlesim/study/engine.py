"""Running a grid, a block at a time: the one engine of studies, in memory and in a store."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saddlesim.axes import noun
from saddlesim.dimension import DimensionResult
from saddlesim.errors import Interrupted
from saddlesim.progress import Report
from saddlesim.study.grid import Cell
from saddlesim.study.keepers import Keeper, joined
from saddlesim.study.plan import Plan
from saddlesim.study.ranges import prefix
from saddlesim.study.session import Session
from saddlesim.study.stopping import looks

if TYPE_CHECKING:
    from saddlesim.study.study import Study

__all__ = ["Grid", "StudyProgress"]


@dataclass(frozen=True)
class StudyProgress:
    """How far a study is, each time a block is finished.

    Attributes
    ----------
    cell
        Whose block it was.
    done, total
        Trajectories that are there, and that there will be; with ``until`` the latter is the most
        there may be.
    escaped
        The share of those that are there that escaped.
    steps_per_second, trajectories_per_second
        Of this session alone; the former is 0 on exact paths, which take no steps.
    seconds_left
        An estimate, by the trajectories that are missing and this session's rate.
    result
        A call returns the DimensionResult of what there is at the time of the call.
    """

    cell: Cell
    done: int
    total: int
    escaped: float
    steps_per_second: float
    trajectories_per_second: float
    seconds_left: float
    result: Callable[[], DimensionResult] = field(repr=False)


class Grid:
    """One run of a study.

    Parameters
    ----------
    study
        The grid.
    plan
        Which blocks.
    keeper
        Where they go.
    threads
        As in `escape_times`.
    report
        What is to hear of progress.
    """

    def __init__(
        self, study: Study, plan: Plan, keeper: Keeper, threads: int | None, report: Report | None
    ) -> None:
        self._study, self._plan, self._keeper = study, plan, keeper
        self._threads, self._report = threads, report
        self._blocks = [plan.blocks(cell) for cell in range(len(study.cells))]
        self._enough: dict[int, int] = {}  # how many blocks of a cell its precision needs
        self._looked: dict[int, int] = {}
        self._finished: set[int] = set()
        self._session = Session(keeper, self._blocks)

    def run(self) -> Iterator[StudyProgress]:
        """Run all that is missing, smallest value first; yield after every block.

        Raises
        ------
        Interrupted
            On Ctrl-C: finished blocks are kept, of the one under way only ``partial`` knows.
        """
        try:
            while (yield from self._round()):
                self._keeper.wait()
        except KeyboardInterrupt as stop:
            raise self._interrupted(stop) from None

    def result(self) -> DimensionResult:
        """Return what there is: of each cell its blocks up to the first gap."""
        return DimensionResult(self._keeper.cells(self._rows()), self._study.axis)

    def _round(self) -> Generator[StudyProgress, None, bool]:
        """Go through all cells once; return whether others still are at some of them."""
        busy = False
        for cell in range(len(self._study.cells)):
            open_blocks = False
            for index, block in enumerate(self._blocks[cell]):
                if self._has_enough(cell, index):
                    break
                parts = self._keeper.take(cell, block)
                if parts:
                    self._run(cell, block, parts)
                if parts is not None:
                    self._session.closed(cell, block)
                if parts:
                    yield self._progress(cell)
                open_blocks |= parts is None
                if parts is None and self._plan.until is not None:
                    break  # what comes next depends on it
            if not open_blocks:
                self._finished.add(cell)
            busy |= open_blocks
        return busy

    def _run(self, cell: int, block: range, parts: list[range]) -> None:
        done = []
        for ids in parts:
            self._at = (cell, ids)
            done.append(
                self._study.escape_times(
                    self._study.cells[cell], ids, self._threads, self._listener(cell)
                )
            )
            self._session.ran(done[-1])
        self._keeper.keep(cell, block, done)

    def _has_enough(self, cell: int, blocks: int) -> bool:
        """Whether the first so many blocks of a cell, which are there, are precise enough."""
        until = self._plan.until
        if until is None or blocks == 0:
            return False
        if cell not in self._enough and self._looked.get(cell, 0) < blocks:
            self._looked[cell] = blocks
            if blocks in looks(blocks):
                ids = range(self._plan.trials.start, self._blocks[cell][blocks - 1].stop)
                reached = until.reached(self._keeper.times(cell, ids))
                # Intervals narrow with the square root of the number.
                needed = len(ids) * (reached / until.relative) ** 2
                self._session.expect(cell, needed - len(ids))
                if reached <= until.relative:
                    self._enough[cell] = blocks
                    self._session.settled(cell)
        return self._enough.get(cell, blocks + 1) <= blocks

    def _rows(self) -> Mapping[int, range]:
        """Return which trajectories of each cell count: no gap, and no more than were needed."""
        rows = {}
        trials = self._plan.trials
        for cell, blocks in enumerate(self._blocks):
            stop = blocks[self._enough[cell] - 1].stop if cell in self._enough else trials.stop
            rows[cell] = prefix(range(trials.start, stop), self._keeper.present(cell))
        return rows

    def _listener(self, cell: int) -> Callable[[int, int], object] | bool:
        if self._report is None:
            return False
        report, where = self._report, self._study.cells[cell]
        before, total = self._session.done, self._session.total
        report.note = f"{where.label}, {noun(self._study.axis)} {where.value}"
        if (more := self._session.note) is not None:
            report.note += f", {more}"
        return lambda done, _: report(before + done, total)

    def _progress(self, cell: int) -> StudyProgress:
        session = self._session
        return StudyProgress(
            self._study.cells[cell],
            session.done,
            session.total,
            session.escaped,
            session.steps_per_second,
            session.trajectories_per_second,
            session.seconds_left,
            self.result,
        )

    def _interrupted(self, stop: KeyboardInterrupt) -> Interrupted:
        cells = dict(self._keeper.cells(self._rows()))
        # The block under way counts too: its trajectories in flight are censored.
        if isinstance(stop, Interrupted) and len(stop.partial):
            number, ids = self._at
            cell = self._study.cells[number]
            before = self._rows().get(number, range(0))
            if not before:
                cells[cell.key] = stop.partial
            elif before.stop == ids.start:
                parts = [self._keeper.times(number, before), stop.partial]
                cells[cell.key] = joined(parts)
        return Interrupted(
            f"interrupted with {len(self._finished)} of {len(self._study.cells)} cells finished; "
            "what there is, is in .partial",
            DimensionResult(cells, self._study.axis),
        )
