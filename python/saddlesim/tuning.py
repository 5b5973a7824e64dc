"""How many threads a run is fastest with, beside what the machine itself scales by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core, validation
from saddlesim.escape import Escape
from saddlesim.initial import Initial
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method
from saddlesim.simulate import escape_times
from saddlesim.tables import html_table, text_table
from saddlesim.threads import available_threads, pinned

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["ThreadTuning", "multiply_adds", "tune_threads"]

_MOST_SHARED = 16  # threads a processor that are worth a look

# More threads than the fewest that come this near to the best are not worth having.
_NEAR_BEST = 0.95
_SECONDS = 0.3  # about what one measurement takes, on one thread
_MOST_TRIALS = 10**6


@dataclass(frozen=True, eq=False)
class ThreadTuning:
    """Throughput of a run against the number of threads.

    Attributes
    ----------
    threads
        The thread counts, increasing.
    rates
        Trajectory-steps a second (trajectories, on an exact path), shape (repeats, counts).
    multiply_adds
        Floating-point operations a second of as many threads that do nothing but fused
        multiply-adds, measured in turn with the rates; same shape. Two hardware threads of one
        core share its arithmetic units, so this, not the number of threads, is what a vector loop
        can scale by.
    unit
        ``"steps"`` or ``"trajectories"``.
    trials
        Trajectories of each measured run.
    pinned
        Whether threads were bound to processors (``SADDLESIM_PIN_THREADS=1``).
    """

    threads: tuple[int, ...]
    rates: NDArray[np.float64]
    multiply_adds: NDArray[np.float64]
    unit: str
    trials: int
    pinned: bool

    @property
    def recommended(self) -> int:
        """The fewest threads whose median rate is within 5 % of the best."""
        medians = np.median(self.rates, axis=0)
        return self.threads[int(np.argmax(medians >= _NEAR_BEST * medians.max()))]

    def speedup(self) -> NDArray[np.float64]:
        """Return the median, over repeats, of the rate relative to the fewest threads."""
        return _relative(self.rates)

    def machine_speedup(self) -> NDArray[np.float64]:
        """Return the same of multiply-adds alone."""
        return _relative(self.multiply_adds)

    def plot(self, ax: Axes | None = None) -> list[Artist]:
        """Draw both speed-ups against the number of threads.

        Parameters
        ----------
        ax
            Where to draw; None makes a new figure.
        """
        from saddlesim.plot_tuning import plot_tuning

        return plot_tuning(self, ax)

    def _rows(self) -> list[list[str]]:
        head = ["threads", f"{self.unit}/s", "speed-up", "of multiply-adds", "share"]
        rows = [head]
        medians = np.median(self.rates, axis=0)
        for n, rate, ours, machine in zip(
            self.threads, medians, self.speedup(), self.machine_speedup(), strict=True
        ):
            cells = [f"{rate:.3g}", f"{ours:.2f}", f"{machine:.2f}", f"{ours / machine:.0%}"]
            rows.append([str(n), *cells])
        return rows

    def _advice(self) -> str:
        bound = ", threads bound to processors" if self.pinned else ""
        return (
            f"recommended: threads={self.recommended}, the fewest within "
            f"{1 - _NEAR_BEST:.0%} of the best ({self.trials:,} trajectories a run{bound})"
        )

    def __repr__(self) -> str:
        title = f"ThreadTuning: medians of {len(self.rates)} runs in turn"
        return "\n".join([title, text_table(self._rows()), self._advice()])

    def _repr_html_(self) -> str:
        return html_table(f"ThreadTuning: {self._advice()}", self._rows())


def tune_threads(
    landscape: Landscape,
    method: Method,
    *,
    initial: Initial | None = None,
    escape: Escape | None = None,
    trials: int | None = None,
    max_steps: int | str | None = "auto",
    seed: int = 0,
    arithmetic: str = "auto",
    threads: Iterable[int] | None = None,
    repeats: int = 5,
) -> ThreadTuning:
    """Measure a run's throughput against its number of threads, and recommend one.

    Parameters
    ----------
    landscape, method, initial, escape, max_steps, seed, arithmetic
        The run, as `escape_times` takes it.
    trials
        Trajectories a run; None takes as many as keep one thread busy for about 0.3 s. Give the
        number that the real run has if it is small: its slowest trajectories then matter.
    threads
        The counts to try; None takes 1, 2, 3, 4, 6, 8, 12, ... up to what the process may use,
        which heeds its affinity mask and its control group's quota. At most 16 times that.
    repeats
        Each count is run so many times, in turn, so that what disturbs the machine disturbs all.

    Returns
    -------
    ThreadTuning
        Prints itself as a table; ``.recommended`` is the number.

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed; the text says which, and what to do.
    """
    counts = _counts(threads)
    times = validation.count("repeats", repeats)

    def run(n: int, trajectories: int) -> Mapping[str, Any]:
        return escape_times(
            landscape,
            method,
            initial=initial,
            escape=escape,
            trials=trajectories,
            max_steps=max_steps,
            seed=seed,
            threads=n,
            arithmetic=arithmetic,
        ).diagnostics

    many = _calibrate(run) if trials is None else validation.count("trials", trials)
    rates, limits = np.empty((2, times, len(counts)))
    unit = "steps"
    for i in range(times):
        for j, n in enumerate(counts):
            diagnostics = run(n, many)
            exact = diagnostics["arithmetic"] == "exact"
            unit = "trajectories" if exact else "steps"
            rates[i, j] = diagnostics[f"{unit}_per_second"]
            limits[i, j] = multiply_adds(n, 0.05)
    return ThreadTuning(counts, rates, limits, unit, many, pinned())


def multiply_adds(threads: int, seconds: float) -> float:
    """Return the operations a second of threads that only multiply and add, two to each."""
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(_core.fma_operations, [seconds] * threads)) / seconds


def _calibrate(run: Callable[[int, int], Mapping[str, Any]]) -> int:
    """Return how many trajectories keep one thread busy for about `_SECONDS`."""
    trials = 256
    while trials < _MOST_TRIALS:
        seconds = float(run(1, trials)["seconds"])
        if seconds > _SECONDS / 4:
            return max(trials, min(_MOST_TRIALS, math.ceil(trials * _SECONDS / seconds)))
        trials *= 4
    return _MOST_TRIALS


def _counts(threads: Iterable[int] | None) -> tuple[int, ...]:
    if threads is None:
        most = available_threads()
        powers = range(most.bit_length())
        steps = {1 << k for k in powers} | {3 << k for k in powers} | {most}
        return tuple(sorted(n for n in steps if n <= most))
    counts = sorted({validation.count("threads", n) for n in threads})
    if not counts:
        raise ValueError("threads names no thread count, got an empty list; try [1, 2]")
    most = _MOST_SHARED * available_threads()
    if counts[-1] > most:
        raise ValueError(
            f"threads must be at most {most:,}, {_MOST_SHARED} times what this process may use, "
            f"got {counts[-1]:,}; more threads than processors only wait for one another"
        )
    return tuple(counts)


def _relative(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.median(rates / rates[:, :1], axis=0))
