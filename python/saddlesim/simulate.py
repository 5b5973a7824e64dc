"""``escape_times``: arguments in, one result per trajectory out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.certificate import Certificate
from saddlesim.description import stream_key
from saddlesim.errors import Interrupted, LandscapeError
from saddlesim.escape import Escape
from saddlesim.exact import Policy, Runner, exact_path
from saddlesim.initial import Initial
from saddlesim.landscapes import Landscape, Octopus
from saddlesim.methods import GradientDescent, GradientFlow, Method, require_manifold
from saddlesim.precision import Core, compiled, dtype_name
from saddlesim.progress import report_to
from saddlesim.result import COSTS, EscapeTimes
from saddlesim.threads import available_threads, worker_count

__all__ = ["DEFAULT_BUDGET", "RECORDS", "available_threads", "escape_times"]

DEFAULT_BUDGET = 100_000
RECORDS = ("saddle_exits", "points")


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
    arithmetic: str = "auto",
    dtype: Any = "float64",
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
        Budget of steps a trajectory (of a flow, steps of its integration); None is no budget;
        ``"auto"`` is 100,000 for plain stepping and no budget on the exact path.
    seed
        A whole number from 0 to 2**64 - 1. Results depend on (seed, landscape, trajectory id), on
        nothing else; different methods on one landscape share their start points.
    threads
        How many threads to use; None is what the process may use, or ``SADDLESIM_NUM_THREADS``.
    arithmetic
        ``"float64"`` steps in plain double precision; ``"exact"`` takes the exact path, which
        counts steps without taking them (on the octopus only); ``"auto"`` takes it where there is
        one.
    dtype
        ``"float64"`` or ``"float32"``, or NumPy's type: the numbers that trajectories are made of.
        Single precision is about twice as fast where arithmetic binds, and it has no exact path.
        Starts and noise are those of double precision, rounded, so that a run of either is paired
        with one of the other. A trajectory stalls once steps are below its rounding, 2^-24 of the
        coordinate, and underflows below 2^-126.
    record
        Names of extra columns: ``"saddle_exits"``, the step at which each saddle was left;
        ``"points"``, the final points. Both are arrays of shape (trials, dim).
    progress
        True for one calm line on stderr when that is a terminal, or a callable(done, total).

    Returns
    -------
    EscapeTimes
        One row a trajectory.

    Raises
    ------
    Interrupted
        On Ctrl-C, within a fraction of a second (beyond the call in flight of a function of
        yours); its ``partial`` holds what there is.
    LandscapeError
        If a function of yours raised or answered with something of another shape or type; its
        ``partial`` holds the trajectories that had ended.
    ValueError, TypeError
        If an argument is not allowed; the text says which, and what to do.
    """
    validation.instance("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    validation.instance("method", method, Method, "ss.GradientDescent(step_size=0.25)")
    start = landscape.default_initial() if initial is None else initial
    goal = landscape.default_escape() if escape is None else escape
    validation.instance("initial", start, Initial, "ss.Uniform(-1, 1)")
    validation.instance("escape", goal, Escape, "ss.LeavesBall(radius=1.0)")
    require_manifold(landscape, method)
    ids = start.trial_ids(trials, default=1000)
    numbers = dtype_name(dtype)
    core = compiled(numbers)
    runner, why_not = _path(arithmetic, numbers, landscape, method, goal)
    budget = _budget(max_steps, None if runner else DEFAULT_BUDGET)
    records = _records(record, landscape)
    workers = worker_count(threads, core)
    key = stream_key(validation.seed(seed), landscape)
    held = landscape if method.isotropic else landscape.unframed()
    first_start, predicate = start.lower_run(core, held), goal.lower(core, held, start)

    with report_to(progress, len(ids)) as callback:
        policy = Policy(
            key=key,
            first=ids.start,
            count=len(ids),
            max_steps=-1 if budget is None else budget,
            threads=workers,  # several may work on one trajectory
            record=core.Records(*(name in records for name in RECORDS)),
            progress=callback,
        )
        if runner:
            # no more threads than trajectories: the others would have nothing to do
            policy["threads"] = min(workers, len(ids))
            columns = runner(first_start, predicate, policy)
        elif isinstance(method, GradientFlow):
            columns = _core.integrate_flow(
                landscape.lowered_run(core),
                first_start,
                predicate,
                method.relative_tolerance,
                method.absolute_tolerance,
                **policy,
            )
        else:
            lowered = method.lower_on(core, key, landscape)
            columns = core.simulate(
                held.lowered_run(core), first_start, lowered, predicate, **policy
            )
    times = EscapeTimes(
        **_rows(held, columns, ids),
        landscape=landscape,
        method=method,
        initial=start,
        escape=goal,
        seed=seed,
        max_steps=budget,
        dtype=numbers,
        interrupted=columns.interrupted,
        diagnostics={
            "threads": columns.threads,
            "isa": core.build_info()["isa"],
            "seconds": columns.seconds,
            "dtype": numbers,
            "arithmetic": "exact" if runner else numbers,
            **landscape.diagnostics,
            **(_walked(columns) if runner else _stepped(columns, core, why_not)),
        },
    )
    if isinstance(columns.failure, LandscapeError):
        columns.failure.partial = times
    if columns.failure is not None:
        raise columns.failure
    if times.interrupted:
        raise Interrupted(
            f"interrupted with {len(times):,} of {len(ids):,} trajectories begun; "
            "what there is, is in .partial",
            times,
        )
    return times


def _path(
    arithmetic: str, dtype: str, landscape: Landscape, method: Method, escape: Escape
) -> tuple[Runner | None, str | None]:
    """Return what runs the exact path if that is to be taken, and what is worth saying if not."""
    validation.choice("arithmetic", arithmetic, ("auto", "float64", "exact"))
    if dtype == "float32":
        _check_single(arithmetic, method)
        return None, None
    if arithmetic == "float64":
        return None, None
    path = exact_path(landscape, method, escape)
    if not isinstance(path, str):
        return path, None
    if arithmetic == "exact":
        raise ValueError(f"arithmetic must be 'float64' or 'auto' here, got 'exact': {path}")
    # Where no exact path could be expected there is nothing to explain.
    expected = isinstance(landscape, Octopus) and isinstance(
        method, (GradientDescent, GradientFlow)
    )
    return None, path if expected else None


def _check_single(arithmetic: str, method: Method) -> None:
    if arithmetic != "auto":
        why = "exact paths are" if arithmetic == "exact" else "that is plain stepping"
        raise ValueError(
            f"arithmetic must be 'auto' with dtype='float32', got {arithmetic!r}: {why} in double "
            "precision; leave it out, or use dtype='float64'"
        )
    if isinstance(method, GradientFlow):
        raise ValueError(
            "dtype must be 'float64' with GradientFlow, got 'float32': a flow is integrated, or "
            "has its exact path, in double precision only"
        )


def _budget(max_steps: int | str | None, automatic: int | None) -> int | None:
    if max_steps is None or max_steps == "auto":
        return None if max_steps is None else automatic
    if isinstance(max_steps, str):
        raise ValueError(
            f"max_steps must be a whole number, None for no budget, or 'auto', got {max_steps!r}"
        )
    return validation.integer(
        "max_steps", max_steps, minimum=0, maximum=2**53, remedy="or pass None for no budget"
    )


def _records(record: Iterable[str], landscape: Landscape) -> tuple[str, ...]:
    records = validation.choices("record", record, RECORDS)
    if "saddle_exits" in records and not landscape.has_saddle_exits:
        raise ValueError(
            f'record=("saddle_exits",) is not defined on {type(landscape).__name__}, whose saddles '
            "are not passed one after the other; the escape itself is in times.steps"
        )
    return records


def _rows(landscape: Landscape, columns: _core.Columns, ids: range) -> dict[str, Any]:
    """Return the columns of the trajectories that were begun: all, unless interrupted."""
    begun = np.flatnonzero(columns.outcome >= 0)
    whole = len(begun) == 0 or begun[-1] == len(begun) - 1
    rows: Any = slice(len(begun)) if whole else begun
    names = ["steps", "outcome", "underflowed", "value", "gradient_norm", "perturbations"]
    out: dict[str, Any] = {name: getattr(columns, name)[rows] for name in (*names, *COSTS)}
    out["trajectory"] = np.arange(ids.start, ids.stop, dtype=np.int64)[rows]
    if columns.saddle_exits is not None:
        out["saddle_exits"] = columns.saddle_exits[rows]
    if columns.points is not None:
        out["points"] = landscape.leave(columns.points[rows])
    if isinstance(columns, _core.LogColumns):
        out["log10_steps"] = columns.log10_steps[rows]
        if columns.log10_saddle_exits is not None:
            out["log10_saddle_exits"] = columns.log10_saddle_exits[rows]
    if isinstance(columns, _core.ExactColumns):
        out["certificate"] = Certificate(
            columns.tie_distance[rows], columns.underflow_margin[rows], columns.redone[rows]
        )
    return out


def _walked(columns: _core.Columns) -> dict[str, Any]:
    begun, seconds = int(np.count_nonzero(columns.outcome >= 0)), columns.seconds
    return {"trajectories_per_second": begun / seconds if seconds > 0 else 0.0}


def _stepped(columns: _core.Columns, core: Core, why_not: str | None) -> dict[str, Any]:
    steps, lane_steps, seconds = columns.trajectory_steps, columns.lane_steps, columns.seconds
    known: dict[str, Any] = {
        "lanes": 1 if columns.solo else int(core.build_info()["lanes"]),
        "occupancy": steps / lane_steps if lane_steps else 1.0,
        "trajectory_steps": steps,
        "steps_per_second": steps / seconds if seconds > 0 else 0.0,
    }
    return known | ({"why_not_exact": why_not} if why_not else {})
