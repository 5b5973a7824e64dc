"""Writing blocks while the next ones are run."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from saddlesim.study.claims import HEARTBEAT
from saddlesim.study.files import TOGETHER

__all__ = ["Writer"]


class Writer:
    """A thread that does one job after another.

    Parameters
    ----------
    settle
        What ends some jobs together, whether or not one of them has raised: as many as were there
        without a pause. Only then are they done.
    beat
        What is to be called every now and then, too.
    """

    def __init__(self, settle: Callable[[], None], beat: Callable[[], None]) -> None:
        self._settle = settle
        self._beat = beat
        # One waits while one is written: memory holds few blocks, however slow the disk.
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(maxsize=1)
        self._error: BaseException | None = None
        self._told = False
        self._thread = threading.Thread(target=self._work, name="saddlesim-store", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], None]) -> None:
        """Have a job done; raise what an earlier one has raised."""
        self._raise()
        self._jobs.put(job)

    def flush(self) -> None:
        """Wait until all is done; raise what a job has raised."""
        self._jobs.join()
        self._raise()

    def close(self) -> None:
        """Wait until all is done and end the thread; raise what a job has raised."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None and not self._told:
            self._told = True
            raise self._error

    def _work(self) -> None:
        begun = 0  # jobs that are not yet settled
        while True:
            try:
                job = self._jobs.get(timeout=0 if begun else HEARTBEAT)
            except queue.Empty:
                begun = self._end(begun)
                continue
            begun += 1
            # After an error the run is about to end: nothing more is written.
            if job is not None and self._error is None:
                self._try(job)
            if job is None or self._error is not None or begun == TOGETHER:
                begun = self._end(begun)
            if job is None:
                return

    def _end(self, begun: int) -> int:
        if begun:
            self._try(self._settle)
        for _ in range(begun):
            self._jobs.task_done()
        self._beat()
        return 0

    def _try(self, call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:
            self._error = self._error or error
