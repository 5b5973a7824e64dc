"""Keeping lanes busy: a lane whose trajectory has ended takes the next one.

The lanes of a block step together, so that the block's clock less a lane's birth is that
trajectory's step.
"""

from __future__ import annotations

import numpy as np
from numba import get_num_threads, njit
from numpy.typing import NDArray
from problems import Array

Steps = NDArray[np.int64]


@njit
def share(trials: int, part: int, parts: int) -> tuple[int, int]:
    """Return the first trajectory of a part, and the first that is not the part's."""
    return trials * part // parts, trials * (part + 1) // parts


def parts_of(trials: int) -> int:
    """Return into how many parts to divide trajectories: one a thread."""
    return max(1, min(trials, get_num_threads()))


@njit
def refill(
    ended: int,
    clock: int,
    max_steps: int,
    waiting: Steps,
    owners: Steps,
    births: Steps,
    starts: Array,
    x: Array,
    steps: Steps,
) -> tuple[int, int]:
    """Record the lanes of the mask and those out of steps, and start the next trajectories there.

    `waiting` has the next trajectory and the end of the share; owners are -1 in idle lanes, whose
    point stays as it is. Returns the mask of the busy lanes and when the first is out of steps.
    """
    busy, deadline = 0, np.iinfo(np.int64).max
    for lane in range(owners.size):
        if owners[lane] >= 0 and (ended >> lane & 1 or clock - births[lane] >= max_steps):
            steps[owners[lane]] = clock - births[lane]
            owners[lane] = -1
        if owners[lane] < 0 and waiting[0] < waiting[1]:
            owners[lane], births[lane] = waiting[0], clock
            for j in range(starts.shape[1]):
                x[j * owners.size + lane] = starts[waiting[0], j]
            waiting[0] += 1
        if owners[lane] >= 0:
            busy |= 1 << lane
            deadline = min(deadline, births[lane] + max_steps)
    return busy, deadline
