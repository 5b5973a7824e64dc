"""A comparison of methods for people: the two tables, and what their columns mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from saddlesim.comparison_table import escaped_share
from saddlesim.dimension_cell import promised
from saddlesim.run_text import (
    PROMISES,
    aligned,
    band,
    described,
    escape_time,
    otherwise,
    promise,
    rule,
    underflow_warning,
    wrapped,
)
from saddlesim.statistics import Estimate

if TYPE_CHECKING:
    from saddlesim.comparison import Comparison

__all__ = ["factor", "summary", "tables", "title"]


def title(result: Comparison, by: str = "median") -> str:
    """Give the heading: how much was run, what is counted, and the seed that brings it back."""
    runs = [times for times in result.times.values() if len(times)]
    if not runs:
        return "Comparison of methods: nothing was run"
    counts = {len(times) for times in runs}
    much = f"{counts.pop():,}" if len(counts) == 1 else f"up to {max(map(len, runs)):,}"
    methods = f"{len(runs)} method{'s' if len(runs) > 1 else ''}"
    ranked = f"ranked by {by.replace('_', ' ')} {result.unit}"
    return f"Comparison of {methods}, {much} trajectories each, seed {runs[0].seed}, {ranked}"


def summary(result: Comparison, reference: str | None, by: str) -> str:
    """Return what was run, the ranked table, the paired table, and how to read them."""
    runs = [times for times in result.times.values() if len(times)]
    parts = [title(result, by)]
    if runs:
        parts += [described(_description(result))]
        for rows in tables(result, reference, by):
            parts += ["", aligned(rows)]
        parts += ["", *(wrapped(note) for note in _notes(result, reference, by))]
        parts += [wrapped(warning) for warning in underflow_warning(runs)]
    return "\n".join(parts)


def tables(
    result: Comparison, reference: str | None = None, by: str = "median"
) -> list[list[list[str]]]:
    """Return the ranked table and the paired one as text cells, each with a heading."""
    chosen = result.reference(reference, by)
    found = [_ranked_rows(result, by)]
    if chosen is not None and len(result.ranking(by)) > 1:
        found.append(_paired_rows(result, chosen, by))
    return found


def _ranked_rows(result: Comparison, by: str) -> list[list[str]]:
    ranks = result.ranks(by)
    labels = [*ranks, *(k for k, t in result.times.items() if k not in ranks and len(t))]
    unsettled = result.open_ended(by)
    theory = any(not math.isnan(promised(result.times[label])) for label in labels)
    head = ["rank", "method", f"median {result.unit}", "10 - 90 %", "escaped"]
    rows = [[*head, *(["promised iterations"] if theory else []), "otherwise"]]
    for label in labels:
        times = result.times[label]
        rank, tied = ranks.get(label, ("-", False))
        unit = "" if times.unit == result.unit else f" {times.unit}"
        rows.append(
            [
                f"{rank}{'=' if tied else ''}{'?' if label in unsettled else ''}",
                label,
                escape_time(times, 0.5, interval=True) + unit,
                band(times),
                share(escaped_share(times)),
                *([promise(times)] if theory else []),
                otherwise(times),
            ]
        )
    return rows


def _paired_rows(result: Comparison, chosen: str, by: str) -> list[list[str]]:
    rows = [["method", f"cost over {chosen}'s", "difference", "pairs", "faster", "decided"]]
    for label in result.ranking(by):
        if label == chosen:
            continue
        found = result.paired(label, chosen)
        rows.append(
            [
                label,
                ratio(found.ratio),
                _difference(found.difference, whole=result.unit != "time"),
                f"{found.finished:,}",
                share(found.share),
                f"{found.faster + found.slower:,}",
            ]
        )
    return rows


def _notes(result: Comparison, reference: str | None, by: str) -> list[str]:
    notes = []
    chosen = result.reference(reference, by)
    if chosen is not None and len(result.ranking(by)) > 1:
        notes.append(
            f"cost over {chosen}'s: geometric mean over the pairs, the starts from which both "
            "escaped. difference: median over them. faster: in which share of the decided starts "
            f"the method was faster than {chosen}; a start is decided once one has escaped at "
            "less than the other is known to have spent. Intervals are 95 %, each by itself."
        )
    if any(tied for _, tied in result.ranks(by).values()):
        notes.append("=: cannot be told from the first of its rank by the paired interval.")
    if result.open_ended(by):
        notes.append(
            "?: may rank higher: its trajectories ended, by their budget or by underflow, at less "
            "than the median of a method above; raise max_steps or choose a smaller dimension."
        )
    if any(not math.isnan(promised(times)) for times in result.times.values()):
        notes.append(PROMISES)
    if result.unranked:
        notes.append(
            f"-: {', '.join(result.unranked)} counts time, not {result.unit}, and is not ranked."
        )
    return notes


def share(estimate: Estimate) -> str:
    """Return a share in per cent with its interval; 0 and 100 % only if every single one."""
    if math.isnan(estimate.value):
        return "unknown"
    return f"{_percent(estimate.value)} % [{_percent(estimate.low)}, {_percent(estimate.high)}]"


def _percent(part: float) -> str:
    if part in (0.0, 1.0):
        return f"{100 * part:.0f}"
    if not 0.001 <= part <= 0.999:
        return "<0.1" if part < 0.5 else ">99.9"
    return f"{100 * part:.1f}"


def ratio(estimate: Estimate) -> str:
    """Return a ratio with its interval, to as many digits as tell the ends apart."""
    if math.isnan(estimate.value):
        return "unknown"
    ends = (estimate.value, estimate.low, estimate.high)
    value, low, high = (factor(end, among=estimate) for end in ends)
    return f"{value} [{low}, {high}]"


def factor(number: float, among: Estimate) -> str:
    """Return a ratio, to as many digits as its interval has room for, at least three."""
    if number == 0 or not 0 < number < math.inf:
        return f"{number:g}"
    spread = among.high / among.low - 1 if among.low > 0 and among.high < math.inf else 1.0
    digits = 3 if spread <= 0 else min(max(1 - math.floor(math.log10(spread)), 3), 5)
    if not 1e-4 <= number < 1e6:
        return f"{number:.{digits - 1}e}"
    decimals = max(digits - 1 - math.floor(math.log10(number)), 0)
    return f"{number:,.{decimals}f}"


def _difference(estimate: Estimate, *, whole: bool) -> str:
    """Return a difference with its sign, and its interval."""
    if math.isnan(estimate.value):
        return "unknown"

    def number(x: float) -> str:
        if math.isinf(x):
            return f"{x:+}"
        if abs(x) >= 1e9:
            return f"{x:+.3e}"
        decimals = 0 if x == round(x) else 1 if whole else 4
        return f"{x:+,.{decimals}f}" if x else "0"

    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"


def _description(result: Comparison) -> list[tuple[str, str]]:
    first = next(iter(result.runs.values()))
    nouns = {"landscape": first.landscape, "start": first.initial, "escape": first.escape}
    # as they were run: budgets are of steps, whatever is counted
    return [(name, repr(noun)) for name, noun in nouns.items()] + [
        (label, rule(times)) for label, times in result.runs.items()
    ]
