"""The rows of a comparison: their order, and their numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from saddlesim import dimension_cell, statistics
from saddlesim.outcome import Outcome
from saddlesim.paired import Paired, wilson
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate
from saddlesim.survival import Observations

__all__ = ["escaped_share", "open_ended", "order", "row", "shared_horizon"]

_UNKNOWN = Estimate(math.nan, math.nan, math.nan, math.nan)


def escaped_share(times: EscapeTimes) -> Estimate:
    """Return the share that escaped, with Wilson's interval."""
    return wilson(times.count(Outcome.ESCAPED), len(times))


def shared_horizon(runs: Sequence[EscapeTimes]) -> float:
    """Return the horizon up to which all runs have data: the last step if nobody was censored."""
    known = [times for times in runs if not dimension_cell.beyond_floats(times)]
    if not known:
        return math.nan
    until = min(Observations.of(times.float_steps, times.outcome).until for times in known)
    return min(until, max(dimension_cell.last_step(times) for times in known))


def order(runs: Mapping[str, EscapeTimes], by: str) -> tuple[str, ...]:
    """Return the labels from the cheapest to the dearest, by a statistic and then by the other."""
    limit = shared_horizon(list(runs.values()))

    def key(label: str) -> tuple[float, float]:
        times = runs[label]
        median = dimension_cell.log10_estimate(times).value
        mean = _restricted_mean(times, limit)
        # underflow leaves a mean open: at worst it is the upper end
        spent = mean.high if math.isnan(mean.value) else mean.value
        spent = math.inf if math.isnan(spent) else spent
        return (median, spent) if by == "median" else (spent, median)

    return tuple(sorted(runs, key=key))


def open_ended(runs: Mapping[str, EscapeTimes], ranking: Sequence[str]) -> frozenset[str]:
    """Return the methods that longer runs might lift above one that is ranked higher.

    Their median is not reached, and all that is known is that it exceeds less than the other's.
    """
    medians = {label: dimension_cell.log10_estimate(runs[label]) for label in ranking}
    found, dearest = set(), -math.inf
    for label in ranking:
        if math.isfinite(medians[label].value):
            dearest = max(dearest, medians[label].value)
        elif medians[label].low < dearest:
            found.add(label)
    return frozenset(found)


def _restricted_mean(times: EscapeTimes, limit: float) -> Estimate:
    if not dimension_cell.beyond_floats(times):
        return dimension_cell.restricted_mean(times, limit)
    if math.isnan(limit):
        return _UNKNOWN
    # what is beyond floats comes from an exact path, on which nothing underflows
    steps = 10.0 ** np.minimum(times.log10_steps, 308.0)
    return statistics.restricted_mean(steps, times.outcome, limit)


def row(
    label: str,
    times: EscapeTimes,
    rank: tuple[int | None, bool],
    reference: str | None,
    found: Paired | None,
    limit: float,
    *,
    unsettled: bool,
) -> dict[str, Any]:
    """Return a method's row of the tidy table; nan stands for what is not known.

    Parameters
    ----------
    label, times
        The method.
    rank
        Its rank, and whether it shares it; None for a flow among steps.
    reference, found
        With which it is compared, and how; None for a flow among steps.
    limit
        The horizon of restricted means.
    unsettled
        Whether it may rank higher than it seems to: see `open_ended`.
    """
    cells = dimension_cell.row(label, "dim", times.landscape.size, times)  # type: ignore[attr-defined]
    share = escaped_share(times)
    front: dict[str, Any] = {
        "rank": rank[0],
        "tied": rank[1],
        "open_ended": unsettled,
        "method": label,
    }
    front |= _columns("escaped_share", share)
    paired = _columns("ratio", _UNKNOWN if found is None else found.ratio)
    paired |= _columns("difference", _UNKNOWN if found is None else found.difference)
    paired |= _columns("share_faster", _UNKNOWN if found is None else found.share)
    for name in ("pairs", "finished", "faster", "slower", "even", "undecided"):
        paired[name] = 0 if found is None else getattr(found, name)
    cells = {name: cell for name, cell in cells.items() if "log10_restricted" not in name}
    if found is not None:
        cells |= _columns("restricted_mean", _restricted_mean(times, limit)) | {"horizon": limit}
    return front | cells | {"reference": reference} | paired


def _columns(name: str, number: Estimate) -> dict[str, float]:
    return {name: number.value, f"{name}_low": number.low, f"{name}_high": number.high}
