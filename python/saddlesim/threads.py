"""How many threads the process may use, and whether they stay where they are put."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from saddlesim import _core, validation

if TYPE_CHECKING:
    from saddlesim.precision import Core
    from saddlesim.validation import FloatArray

__all__ = ["available_threads", "block_threads", "pinned", "point_threads", "worker_count"]

_BLOCK = 16  # points that are worked on together
_LONG = 2**16  # coordinates of a point that several threads may work on


def available_threads() -> int:
    """Return how many threads a run uses by default.

    ``SADDLESIM_NUM_THREADS`` if it is set; otherwise the smaller of the process's affinity mask
    and its cgroup's CPU quota, at least 1.
    """
    override = os.environ.get("SADDLESIM_NUM_THREADS", "").strip()
    if override:
        try:
            return validation.count("SADDLESIM_NUM_THREADS", int(override))
        except ValueError:
            raise ValueError(
                f"SADDLESIM_NUM_THREADS must be a whole number >= 1, got {override!r}; "
                "set it to the number of threads to use, or unset it"
            ) from None
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = _cgroup_quota()
    return max(1, min(allowed or 1, quota or allowed or 1))


def worker_count(threads: int | None, core: Core = _core) -> int:
    """Return the number of threads that an argument asks for; None is `available_threads`.

    Tells the compiled core that will run them as well whether to bind them to processors.
    """
    workers = available_threads() if threads is None else validation.count("threads", threads)
    core.pin_threads(pinned())
    return workers


def block_threads(threads: int | None, points: int) -> int:
    """Return the same for work on so many points, a block at a time: no more than blocks."""
    return max(1, min(worker_count(threads), -(-points // _BLOCK)))


def point_threads(threads: int | None, points: FloatArray) -> int:
    """Return the same for points, shape (n, dim), of which long ones are worth a team each."""
    if points.shape[1] < _LONG:
        return block_threads(threads, len(points))
    return worker_count(threads)


def pinned() -> bool:
    """Return whether ``SADDLESIM_PIN_THREADS`` asks for threads bound to one processor each."""
    word = os.environ.get("SADDLESIM_PIN_THREADS", "").strip()
    if word not in {"", "0", "1"}:
        raise ValueError(
            f"SADDLESIM_PIN_THREADS must be 0 or 1, got {word!r}; set it to 1 to bind the i-th "
            "thread to the i-th processor that the process may use, or unset it"
        )
    return word == "1"


def _cgroup_quota() -> int | None:
    """Return the CPU quota of this process's control group in whole CPUs, if there is one."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else max(1, int(int(quota) / int(period)))
    except (OSError, ValueError):
        pass
    try:  # version 1
        root = Path("/sys/fs/cgroup/cpu")
        quota_us = int((root / "cpu.cfs_quota_us").read_text())
        period_us = int((root / "cpu.cfs_period_us").read_text())
        return max(1, quota_us // period_us) if quota_us > 0 else None
    except (OSError, ValueError):
        return None
