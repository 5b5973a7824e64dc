"""One cell of a grid over dimension and method: its numbers, and its row of the table."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from saddlesim import statistics, validation
from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate

__all__ = [
    "STATISTICS",
    "beyond_floats",
    "estimate",
    "last_step",
    "log10_estimate",
    "log10_quantile",
    "promised",
    "quantile",
    "restricted_mean",
    "row",
]

STATISTICS = ("median", "restricted_mean")


def beyond_floats(times: EscapeTimes) -> bool:
    """Whether escape times of the cell reach beyond 10^308, where only logarithms go on."""
    return bool(times.log10_steps.max() > 308)


def estimate(times: EscapeTimes, statistic: str = "median") -> Estimate:
    """Escape time of a cell, as growth laws need it: a value, or a lower bound.

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
    return _bounded(times, restricted_mean(times))


def log10_estimate(times: EscapeTimes, statistic: str = "median") -> Estimate:
    """Return the decimal logarithm of `estimate`, at any size of the escape times."""
    if validation.choice("statistic", statistic, STATISTICS) == "median":
        return log10_quantile(times, 0.5)
    return _bounded(times, _log10_restricted_mean(times))


def _bounded(times: EscapeTimes, mean: Estimate) -> Estimate:
    """Return the mean if every trajectory escaped, otherwise what is known of it."""
    if times.escaped.all() and not times.underflowed.any():
        return mean
    return Estimate(math.inf, mean.low, math.inf, mean.confidence)


def quantile(times: EscapeTimes, q: float, *, confidence: float = 0.95) -> Estimate:
    """Step by which a share q of a cell has escaped, whatever became of its underflowed rows.

    The step count of an underflowed trajectory is wrong. Its true one is not earlier than the count
    says, because all that went wrong is that a coordinate stopped shrinking; but it can be
    later by any amount. The interval reaches from one case to the other.
    """
    if not times.underflowed.any():
        return times.quantile(q, confidence=confidence)
    earliest, latest = _either_way(times)
    early = earliest.quantile(q, confidence=confidence)
    late = latest.quantile(q, confidence=confidence)
    return Estimate(late.value, early.low, late.high, confidence)


def log10_quantile(times: EscapeTimes, q: float) -> Estimate:
    """Return the decimal logarithm of `quantile`, at any size; -inf for a quantile of 0."""
    # What is beyond floats comes from an exact path, on which nothing underflows.
    return times.log10_quantile(q) if beyond_floats(times) else _log10(quantile(times, q))


def restricted_mean(
    times: EscapeTimes, limit: float | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Mean of min(T, limit); the value is nan if underflow leaves it open (not so the ends).

    The limit is the cell's own `horizon` unless given.
    """
    limit = horizon(times) if limit is None else limit
    if not times.underflowed.any():
        return times.restricted_mean(limit, confidence=confidence)
    earliest, latest = _either_way(times)
    early = earliest.restricted_mean(limit, confidence=confidence)
    late = latest.restricted_mean(limit, confidence=confidence)
    return Estimate(math.nan, early.low, late.high, confidence)


def _log10_restricted_mean(times: EscapeTimes) -> Estimate:
    if not beyond_floats(times):
        return _log10(restricted_mean(times))
    # In units of the largest escape time. There is no budget: no budget is as large.
    last = float(times.log10_steps.max())
    relative = statistics.restricted_mean(10.0 ** (times.log10_steps - last), times.outcome)
    found = _log10(relative)
    return Estimate(found.value + last, found.low + last, found.high + last, found.confidence)


def _log10(time: Estimate) -> Estimate:
    with np.errstate(divide="ignore"):
        value, low, high = map(float, np.log10([time.value, time.low, time.high]))
    return Estimate(value, low, high, time.confidence)


def horizon(times: EscapeTimes) -> float:
    """Return the horizon of the restricted mean: the budget, or the last step there is data on."""
    # the budget of a flow is one of integration steps, not of time
    if times.max_steps is None or times.interrupted or times.unit == "time":
        return last_step(times)
    return float(times.max_steps)


def last_step(times: EscapeTimes) -> float:
    """Return the largest step at which a trajectory of the cell ended."""
    return float(times.float_steps.max())


def promised(times: EscapeTimes) -> float:
    """Return the iterations that a theorem promises the cell's method; nan without one."""
    guarantee = getattr(times.method, "guarantee", None)
    return math.nan if guarantee is None else float(guarantee.iterations)


def row(label: str, axis: str, value: Any, times: EscapeTimes) -> dict[str, Any]:
    """Return the cell's row of the tidy table.

    inf is a quantile that is not reached; nan stands for numbers of a cell that is beyond floats,
    which has its logarithms alone.
    """
    beyond = beyond_floats(times)
    shares = {"median": 0.5, "q10": 0.1, "q90": 0.9}
    if beyond:
        logarithms = {name: log10_quantile(times, q) for name, q in shares.items()}
        logarithms["restricted_mean"] = _log10_restricted_mean(times)
        unknown = Estimate(math.nan, math.nan, math.nan, math.nan)
        numbers = dict.fromkeys(logarithms, unknown)
    else:
        numbers = {name: quantile(times, q) for name, q in shares.items()}
        numbers["restricted_mean"] = restricted_mean(times)
        logarithms = {name: _log10(number) for name, number in numbers.items()}
    cells: dict[str, Any] = {"method": label, axis: value, "trials": len(times)}
    cells |= {outcome.label: times.count(outcome) for outcome in Outcome}
    cells["underflowed"] = int(np.count_nonzero(times.underflowed))
    cells["unit"] = times.unit
    for name, number in numbers.items():
        cells |= {name: number.value, f"{name}_low": number.low, f"{name}_high": number.high}
    for name, number in logarithms.items():
        cells |= {
            f"log10_{name}": number.value,
            f"log10_{name}_low": number.low,
            f"log10_{name}_high": number.high,
        }
    return cells | {
        "horizon": math.nan if beyond else horizon(times),
        "promised": promised(times),
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
