"""``escape_times``: arguments in, one result per trajectory out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from saddlesim import _core, validation
from saddlesim.description import stream_key
from saddlesim.errors import Interrupted
from saddlesim.escape import Escape
from saddlesim.initial import At, Initial, trial_range
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method
from saddlesim.progress import report_to
from saddlesim.result import EscapeTimes

__all__ = ["available_threads", "escape_times"]

_DEFAULT_BUDGET = 100_000
_RECORDS = ("saddle_exits",)


def escape_times(
    landscape: Landscape,
    method: Method,
    *,
    initial: Initial | None = None,
    escape: Escape | None = None,
    trials: int | range | None = None,
    max_steps: int | str | None = "auto",
    seed: int = 0,
    threads: int | None = None,
    record: Iterable[str] = (),
    progress: bool | Callable[[int, int], object] = False,
) -> EscapeTimes:
    """Run many trajectories, each until it escapes, and return when and how each one ended.

    Parameters
    ----------
    landscape
        The function.
    method
        The update rule.
    initial
        Where trajectories start; None takes the landscape's default. ``At`` of n points fixes
        trials to n.
    escape
        What ends a trajectory; None takes the landscape's default.
    trials
        How many trajectories (1000 unless given), or a range of trajectory ids:
        ``range(12345, 12346)`` runs that one alone, with the same bits.
    max_steps
        Budget of steps a trajectory; ``"auto"`` is 100,000, None is no budget.
    seed
        A whole number from 0 to 2**64 - 1. Results depend on (seed, landscape, trajectory id), on
        nothing else; different methods on one landscape share their start points.
    threads
        How many threads to use; None is what the process may use, or ``SADDLESIM_NUM_THREADS``.
    record
        Names of extra columns: ``"saddle_exits"``, the step at which each saddle was left.
    progress
        True for one calm line on stderr when that is a terminal, or a callable(done, total).

    Returns
    -------
    EscapeTimes
        One row a trajectory.

    Raises
    ------
    Interrupted
        On Ctrl-C, within a fraction of a second; its ``partial`` holds what there is.
    ValueError, TypeError
        If an argument is not allowed; the text says which, and what to do.
    """
    _require("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    _require("method", method, Method, "ss.GradientDescent(step_size=0.25)")
    start = landscape.default_initial() if initial is None else initial
    goal = landscape.default_escape() if escape is None else escape
    _require("initial", start, Initial, "ss.Uniform(-1, 1)")
    _require("escape", goal, Escape, "ss.LeavesBall(radius=1.0)")
    ids = _trials(trials, start)
    budget = _budget(max_steps)
    records = _records(record, landscape)
    workers = available_threads() if threads is None else validation.count("threads", threads)
    key = stream_key(validation.seed(seed), landscape)

    with report_to(progress, len(ids)) as callback:
        columns = _core.simulate(
            landscape.core,
            start.lower(landscape),
            method.lower(key),
            goal.lower(landscape, start),
            key=key,
            first=ids.start,
            count=len(ids),
            max_steps=-1 if budget is None else budget,
            # no more threads than trajectories: the others would have nothing to do
            threads=min(workers, len(ids)),
            record_saddle_exits="saddle_exits" in records,
            progress=callback,
        )
    times = _collect(columns, ids, workers, landscape, method, start, goal, seed, budget)
    if times.interrupted:
        raise Interrupted(
            f"interrupted with {len(times):,} of {len(ids):,} trajectories begun; "
            "what there is, is in .partial",
            times,
        )
    return times


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


def _cgroup_quota() -> int | None:
    """Return the CPU quota of this process's control group in whole CPUs, if there is one."""
    from pathlib import Path

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


def _require(name: str, value: Any, kind: type, example: str) -> None:
    if not isinstance(value, kind):
        what = "the class itself" if isinstance(value, type) else f"{value!r:.80}"
        raise TypeError(f"{name} must be a {kind.__name__} such as {example}, got {what}")


def _trials(trials: int | range | None, start: Initial) -> range:
    if isinstance(start, At):
        many = start.points.ndim == 2 and len(start.points) > 1
        return start.check_trials(
            (len(start.points) if many else 1000) if trials is None else trials
        )
    return trial_range(1000 if trials is None else trials)


def _budget(max_steps: int | str | None) -> int | None:
    if max_steps is None:
        return None
    if isinstance(max_steps, str):
        if max_steps == "auto":
            return _DEFAULT_BUDGET
        raise ValueError(
            f"max_steps must be a whole number, None for no budget, or 'auto', got {max_steps!r}"
        )
    return validation.integer(
        "max_steps", max_steps, minimum=0, maximum=2**53, remedy="or pass None for no budget"
    )


def _records(record: Iterable[str], landscape: Landscape) -> tuple[str, ...]:
    if isinstance(record, str):
        raise TypeError(f"record must be a tuple of names, got {record!r}; write ({record!r},)")
    records = tuple(validation.choice("record", name, _RECORDS) for name in record)
    if records and not landscape.has_saddle_exits:
        raise ValueError(
            f'record=("saddle_exits",) is not defined on {type(landscape).__name__}, whose saddles '
            "are not passed one after the other; the escape itself is in times.steps"
        )
    return records


def _begun(outcome: npt.NDArray[np.int8]) -> Any:
    """Return an index of the rows that were begun: all, unless the run was interrupted."""
    begun = np.flatnonzero(outcome >= 0)
    return slice(len(begun)) if len(begun) == 0 or begun[-1] == len(begun) - 1 else begun


def _collect(
    columns: _core.Columns,
    ids: range,
    threads: int,
    landscape: Landscape,
    method: Method,
    initial: Initial,
    escape: Escape,
    seed: int,
    budget: int | None,
) -> EscapeTimes:
    rows = _begun(columns.outcome)
    exits = columns.saddle_exits
    seconds, lane_steps = columns.seconds, columns.lane_steps
    info = _core.build_info()
    return EscapeTimes(
        steps=columns.steps[rows],
        outcome=columns.outcome[rows],
        trajectory=np.arange(ids.start, ids.stop, dtype=np.int64)[rows],
        underflowed=columns.underflowed[rows],
        value=columns.value[rows],
        gradient_norm=columns.gradient_norm[rows],
        perturbations=columns.perturbations[rows],
        saddle_exits=None if exits is None else exits[rows],
        landscape=landscape,
        method=method,
        initial=initial,
        escape=escape,
        seed=seed,
        max_steps=budget,
        interrupted=bool(columns.interrupted),
        diagnostics={
            "threads": min(threads, len(ids)),
            "isa": info["isa"],
            "lanes": int(info["lanes"]),
            "occupancy": columns.trajectory_steps / lane_steps if lane_steps else 1.0,
            "seconds": seconds,
            "trajectory_steps": columns.trajectory_steps,
            "steps_per_second": columns.trajectory_steps / seconds if seconds > 0 else 0.0,
            "arithmetic": "float64",
        },
    )
