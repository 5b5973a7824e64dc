"""How far a long run is: one calm line on stderr, or a call to a function of yours."""

from __future__ import annotations

import builtins
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

__all__ = ["Report", "report_to"]

_INTERVAL = 0.1  # seconds between two changes of the line
_DELAY = 0.5  # a run that is over sooner shows no line at all


class Report:
    """What a run calls with (done, total); ``note`` says what it is at."""

    def __init__(self, show: Callable[[int, int, str], object]) -> None:
        self._show = show
        self.note = ""

    def __call__(self, done: int, total: int) -> None:
        """Say that `done` of `total` trajectories have ended."""
        self._show(done, total, self.note)


@contextmanager
def report_to(
    progress: bool | Callable[[int, int], object], total: int, unit: str = "trajectories"
) -> Iterator[Report | None]:
    """Yield what a run is to call with (done, total); None if nobody wants to know.

    Parameters
    ----------
    progress
        True for one line on stderr, which is silent unless stderr is a terminal or the cell of a
        notebook, is drawn by tqdm if that is installed (in notebooks as a widget if ipywidgets is
        too), and disappears when the run is over; or a callable(done, total).
    total
        The number of trajectories of the whole run.
    unit
        What is counted, where that is not trajectories.

    Raises
    ------
    TypeError
        If `progress` is neither a bool nor callable.
    """
    if callable(progress):
        call = progress
        yield Report(lambda done, total, _: call(done, total))
        return
    if not isinstance(progress, bool):
        raise TypeError(
            f"progress must be True, False or a callable(done, total), got {progress!r:.80}"
        )
    if not progress or not (sys.stderr.isatty() or _in_notebook()):
        yield None
        return
    line = _line(total, unit)
    try:
        yield Report(line.show)
    finally:
        line.close()


def _in_notebook() -> bool:
    # IPython puts it there for as long as a cell runs; its terminal has another shell.
    shell = getattr(builtins, "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _tqdm() -> Any:
    """Return tqdm's bar, in a notebook as a widget where there are widgets."""
    if _in_notebook() and find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm
    return tqdm


def _line(total: int, unit: str) -> _TqdmLine | _PlainLine:
    try:
        return _TqdmLine(total, unit)
    except ImportError:
        return _PlainLine(unit)


class _TqdmLine:
    """The bar that tqdm draws."""

    def __init__(self, total: int, unit: str) -> None:
        self._bar = _tqdm()(
            total=total,
            leave=False,
            delay=_DELAY,
            mininterval=_INTERVAL,
            miniters=1,
            file=sys.stderr,
            dynamic_ncols=True,
            bar_format="{percentage:3.0f} % |{bar}| {n_fmt}/{total_fmt} "
            + unit
            + ", {elapsed}{postfix}",
        )

    def show(self, done: int, total: int, note: str) -> None:
        """Move the bar; tqdm itself keeps to the interval."""
        self._bar.set_postfix_str(note, refresh=False)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


class _PlainLine:
    """A line of text that is written over itself."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._begin = time.monotonic()
        self._next = self._begin + _DELAY
        self._width = 0

    def show(self, done: int, total: int, note: str) -> None:
        """Write the line anew if it is time to."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _INTERVAL
        share, spent = done / total, now - self._begin
        text = f"{share:4.0%}  {done:,}/{total:,} {self._unit}, {spent:.0f} s"
        self._write(f"{text}, {note}" if note else text)

    def close(self) -> None:
        """Blank the line out."""
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)
