"""How trajectories are divided among threads and into blocks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from threadpoolctl import threadpool_limits
except ImportError:
    threadpool_limits = None

Array = NDArray[np.float64]
_threads = 1


def set_threads(n: int) -> None:
    """Run blocks in n threads, each with a BLAS of one: blocks are too small to divide further."""
    if threadpool_limits is not None:
        threadpool_limits(1, user_api="blas")
    global _threads
    _threads = n


def by_blocks(run: Callable[..., Any], lanes: int, *inputs: Array) -> Any:
    """Return what `run` makes of the inputs, at most `lanes` trajectories at a time."""
    trials = inputs[0].shape[0]
    lanes = min(lanes, -(-trials // _threads))
    blocks = [[a[k : k + lanes] for a in inputs] for k in range(0, trials, lanes)]
    if _threads == 1:
        return np.concatenate([run(*block) for block in blocks])
    with ThreadPoolExecutor(_threads) as pool:
        return np.concatenate(list(pool.map(lambda block: run(*block), blocks)))


class Finishers:
    """Notes when each trajectory of a block finishes, and says which to keep.

    Removing the finished copies the rest, so that it waits until a sixteenth has finished.
    """

    def __init__(self, trials: int, max_steps: int) -> None:
        self.steps = np.full(trials, max_steps, dtype=np.int64)
        self._alive = np.arange(trials)
        self._finished = np.zeros(trials, dtype=bool)

    def __call__(self, done: NDArray[np.bool_], t: int) -> NDArray[np.int64] | None:
        """Tell which lanes to keep, if some are to be removed."""
        new = done > self._finished
        if not new.any():
            return None
        self.steps[self._alive[new]] = t
        self._finished |= new
        if 16 * np.count_nonzero(self._finished) < self._alive.size:
            return None
        keep = np.flatnonzero(~self._finished)
        self._alive = self._alive[keep]
        self._finished = np.zeros(keep.size, dtype=bool)
        return keep
