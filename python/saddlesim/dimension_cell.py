"""One cell of a grid over dimension and method: its numbers, and its row of the table."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from saddlesim import validation
from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate

__all__ = ["STATISTICS", "estimate", "last_step", "quantile", "restricted_mean", "row"]

STATISTICS = ("median", "restricted_mean")


def estimate(times: EscapeTimes, statistic: str = "median") -> Estimate:
    """Escape time of a cell in steps, as growth laws need it: a value, or a lower bound.

    Parameters
    ----------
    times
        The cell.
    statistic
        ``"median"``, or ``"restricted_mean"``, which is the mean if every trajectory escaped and
        otherwise a lower bound of it.

    Returns
    -------
    Estimate
        With the value inf where only the lower bound ``low`` is known.

    Raises
    ------
    ValueError
        If the statistic is not one of these.
    """
    if validation.choice("statistic", statistic, STATISTICS) == "median":
        return quantile(times, 0.5)
    mean = restricted_mean(times)
    if times.escaped.all() and not times.underflowed.any():
        return mean
    return Estimate(math.inf, mean.low, math.inf, mean.confidence)


def quantile(times: EscapeTimes, q: float) -> Estimate:
    """Step by which a share q of a cell has escaped, whatever became of its underflowed rows.

    The step count of an underflowed trajectory is wrong. Its true one is not earlier than the count
    says, because all that went wrong is that a coordinate stopped shrinking; but it can be
    later by any amount. The interval reaches from one case to the other.
    """
    if not times.underflowed.any():
        return times.quantile(q)
    earliest, latest = _either_way(times)
    late = latest.quantile(q)
    return Estimate(late.value, earliest.quantile(q).low, late.high, late.confidence)


def restricted_mean(times: EscapeTimes) -> Estimate:
    """Mean of min(T, horizon); the value is nan if underflow leaves it open (not so the ends)."""
    limit = horizon(times)
    if not times.underflowed.any():
        return times.restricted_mean(limit)
    earliest, latest = _either_way(times)
    early, late = earliest.restricted_mean(limit), latest.restricted_mean(limit)
    return Estimate(math.nan, early.low, late.high, late.confidence)


def horizon(times: EscapeTimes) -> float:
    """Return the horizon of the restricted mean: the budget, or the last step there is data on."""
    if times.max_steps is None or times.interrupted:
        return last_step(times)
    return float(times.max_steps)


def last_step(times: EscapeTimes) -> float:
    """Return the largest step at which a trajectory of the cell ended."""
    if times.steps_exact.all():
        return float(times.steps.max())
    return float(10.0 ** times.log10_steps.max())  # counts beyond int64


def row(label: str, dim: int, times: EscapeTimes) -> dict[str, Any]:
    """Return the cell's row of the tidy table; inf is a quantile that is not reached."""
    numbers = {
        "median": quantile(times, 0.5),
        "q10": quantile(times, 0.1),
        "q90": quantile(times, 0.9),
        "restricted_mean": restricted_mean(times),
    }
    cells: dict[str, Any] = {"method": label, "dim": dim, "trials": len(times)}
    cells |= {outcome.label: times.count(outcome) for outcome in Outcome}
    cells["underflowed"] = int(np.count_nonzero(times.underflowed))
    for name, number in numbers.items():
        cells |= {name: number.value, f"{name}_low": number.low, f"{name}_high": number.high}
    return cells | {
        "horizon": horizon(times),
        "max_steps": times.max_steps,
        "seed": times.seed,
        "interrupted": times.interrupted,
        "arithmetic": times.diagnostics.get("arithmetic", ""),
        "landscape": repr(times.landscape),
        "rule": repr(times.method),
    }


def _either_way(times: EscapeTimes) -> tuple[EscapeTimes, EscapeTimes]:
    """Return the cell with its underflowed trajectories as early, and as late, as may be."""
    wrong = times.underflowed
    # Of one that was still underway nothing is known: it may have been due before its budget ended.
    open_ended = wrong & (times.outcome == Outcome.CENSORED)
    earliest = replace(
        times,
        steps=np.where(open_ended, 0, times.steps),
        outcome=np.where(wrong, Outcome.ESCAPED, times.outcome).astype(np.int8),
    )
    never = np.where(wrong, Outcome.STALLED, times.outcome).astype(np.int8)
    return earliest, replace(times, outcome=never)
