"""A grid whose blocks are run by the workers of a Dask cluster.

Results come back to the process of the client, which alone decides and keeps: what is stored, and
what a precision stops at, is what one process would have had.
"""

from __future__ import annotations

import contextlib
import time
from asyncio import CancelledError
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from saddlesim.progress import Report
from saddlesim.result import EscapeTimes
from saddlesim.study.engine import Grid, StudyProgress
from saddlesim.study.keepers import Keeper
from saddlesim.study.plan import Plan
from saddlesim.study.remote import dask, packed, run_block, unpacked

if TYPE_CHECKING:
    from saddlesim.study.study import Study

__all__ = ["ClientGrid", "require_client"]

_A_WORKER = 2  # blocks a worker is given: one that it runs, and one that waits for it
_AHEAD = 4  # blocks of a cell, per worker, that may be there before it is known they are needed
_ATTEMPTS = 4  # of a block that Dask has lost
_PATIENCE = 1.0  # seconds after which it is looked whether there are new workers


def require_client(client: Any) -> None:
    """Raise unless this is a client that blocks can be sent through.

    Raises
    ------
    MissingExtraError
        If distributed is not installed.
    TypeError, ValueError
        If it is something else, or an asynchronous client.
    """
    if not isinstance(client, dask().Client):
        raise TypeError(
            "client must be a dask.distributed.Client, such as Client() for this machine, got "
            f"{client!r:.80}"
        )
    if client.asynchronous:
        raise ValueError(
            f"client must not be asynchronous, got {client!r:.80}; make it with asynchronous=False"
        )


@dataclass
class _Line:
    """The blocks of a cell, one after the other.

    Attributes
    ----------
    cell
        Its number.
    next
        The first block that nobody was asked for.
    front
        How many blocks are there without a gap.
    ready
        What was run of blocks that are there but not yet kept, by their numbers.
    shut
        Whether no more is to be asked for in this round.
    open
        Whether another process has blocks of it.
    """

    cell: int
    next: int = 0
    front: int = 0
    ready: dict[int, list[EscapeTimes]] = field(default_factory=dict)
    shut: bool = False
    open: bool = False


@dataclass(frozen=True)
class _Job:
    """A block that was sent: whose it is, what of it is to be run, and by whom."""

    line: _Line
    index: int
    parts: list[range]
    worker: str
    attempt: int = 1


class ClientGrid(Grid):
    """One run of a study on a cluster.

    Parameters
    ----------
    study, plan, keeper, report
        As in `Grid`.
    client
        A ``dask.distributed.Client``.
    """

    def __init__(
        self, study: Study, plan: Plan, keeper: Keeper, client: Any, report: Report | None
    ) -> None:
        super().__init__(study, plan, keeper, None, report)
        self._client = client
        self._jobs: dict[Any, _Job] = {}  # by the future
        self._packed: dict[int, bytes] = {}

    def _round(self) -> Generator[StudyProgress, None, bool]:
        lines = [_Line(cell) for cell in range(len(self._study.cells))]
        try:
            while self._fill(lines) or self._jobs:
                for future in self._ended():
                    job = self._jobs.pop(future, None)
                    if job is not None:  # else it is no longer needed
                        yield from self._arrived(job, future)
        finally:
            self._cancel(list(self._jobs))
        return any(line.open for line in lines)

    def _fill(self, lines: list[_Line]) -> bool:
        """Give every worker enough to do; return whether there is more than they take."""
        counts = dict.fromkeys(self._client.nthreads(), 0)
        for job in self._jobs.values():
            if job.worker in counts:
                counts[job.worker] += 1
        self._window = _AHEAD * max(len(counts), 1)
        while True:
            worker = min(counts, key=counts.__getitem__, default=None)
            if worker is None or counts[worker] >= _A_WORKER:
                return any(not line.shut for line in lines)
            found = self._take(lines)
            if found is None:
                return False
            self._submit(_Job(*found, worker))
            counts[worker] += 1

    def _take(self, lines: list[_Line]) -> tuple[_Line, int, list[range]] | None:
        """Claim the next block that is worth running, with what is missing of it."""
        if self._plan.until is not None:
            # Least ahead of what its precision has been looked at for: the fewest in vain.
            lines = sorted(lines, key=lambda line: line.next - line.front)
        for line in lines:
            while not line.shut and (
                self._plan.until is None or line.next - line.front < self._window
            ):
                blocks = self._blocks[line.cell]
                if line.next == len(blocks):
                    line.shut = True
                    self._look_whether_finished(line)
                    break
                parts = self._keeper.take(line.cell, blocks[line.next])
                index, line.next = line.next, line.next + 1
                if parts:
                    return line, index, parts
                if parts is None:
                    line.open = True
                    line.shut = self._plan.until is not None  # what comes next depends on it
                else:
                    self._there(line, index, [])
        return None

    def _submit(self, job: _Job) -> None:
        cell = job.line.cell
        if cell not in self._packed:
            self._packed[cell] = packed(self._study, cell)
        # A preference only: should the worker die, the scheduler gives the block to another.
        future = self._client.submit(
            run_block,
            self._packed[cell],
            [(ids.start, ids.stop) for ids in job.parts],
            workers=[job.worker],
            allow_other_workers=True,
            retries=_ATTEMPTS - 1,
            pure=False,
        )
        self._jobs[future] = job

    def _ended(self) -> list[Any]:
        """Return the futures that are over, after a little while at most."""
        if not self._jobs:
            time.sleep(_PATIENCE)  # there is no worker yet
            return []
        # It raises, too, if one of them was cancelled by others.
        with contextlib.suppress(TimeoutError, CancelledError):
            dask().wait(list(self._jobs), _PATIENCE, "FIRST_COMPLETED")
        return [future for future in self._jobs if future.status != "pending"]

    def _arrived(self, job: _Job, future: Any) -> Iterator[StudyProgress]:
        cell = self._study.cells[job.line.cell]
        if future.status in ("cancelled", "lost"):
            if job.attempt == _ATTEMPTS:
                raise RuntimeError(
                    f"client: Dask has lost trajectories {job.parts} of {cell.label} "
                    f"{_ATTEMPTS} times; look at the logs of its workers, then run the same call "
                    "again"
                )
            again = _Job(job.line, job.index, job.parts, job.worker, job.attempt + 1)
            self._submit(again)
            return
        try:
            sent = future.result()
        except Exception as error:
            error.add_note(f"(a Dask worker ran trajectories {job.parts} of {cell.label})")
            raise
        found = [unpacked(cell, one) for one in sent]
        for times in found:
            self._session.ran(times)
        for index in self._there(job.line, job.index, found):
            self._session.closed(job.line.cell, self._blocks[job.line.cell][index])
            self._tell(job.line.cell)
            yield self._progress(job.line.cell)
        self._look_whether_finished(job.line)

    def _there(self, line: _Line, index: int, found: list[EscapeTimes]) -> list[int]:
        """Keep a block, or with a precision all whose turn it is; return those that were run."""
        blocks, kept = self._blocks[line.cell], []
        if self._plan.until is None:
            if found:
                self._keeper.keep(line.cell, blocks[index], found)
                return [index]
            self._session.closed(line.cell, blocks[index])
            return []
        line.ready[index] = found
        while line.front in line.ready:
            now = line.ready.pop(line.front)
            if now:
                self._keeper.keep(line.cell, blocks[line.front], now)
                kept.append(line.front)
            else:
                self._session.closed(line.cell, blocks[line.front])
            line.front += 1
            if line.front < len(blocks) and self._has_enough(line.cell, line.front):
                self._drop(line)
        return kept

    def _look_whether_finished(self, line: _Line) -> None:
        asked = line.shut or line.next == len(self._blocks[line.cell])
        if asked and not line.open and all(job.line is not line for job in self._jobs.values()):
            self._finished.add(line.cell)
            self._packed.pop(line.cell, None)

    def _drop(self, line: _Line) -> None:
        """Forget what was begun of a cell that has enough."""
        line.shut, line.open = True, False
        unneeded = {f: job.index for f, job in self._jobs.items() if job.line is line}
        claimed = {index for index, found in line.ready.items() if found}
        for index in claimed.union(unneeded.values()):
            self._keeper.keep(line.cell, self._blocks[line.cell][index], [])
        line.ready.clear()
        self._cancel(list(unneeded))

    def _cancel(self, futures: list[Any]) -> None:
        for future in futures:
            self._jobs.pop(future, None)
        if futures and self._client.status == "running":
            self._client.cancel(futures, force=True)

    def _tell(self, cell: int) -> None:
        listener = self._listener(cell)
        if callable(listener):
            listener(0, 0)
