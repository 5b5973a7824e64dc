"""Escape time against dimension, for people: the table and the verdicts behind the reprs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from saddlesim.dimension_cell import beyond_floats, log10_estimate, log10_quantile, quantile
from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate

if TYPE_CHECKING:
    from saddlesim.dimension import DimensionResult

__all__ = ["cell_rows", "summary", "title"]

_WIDTH = 80  # of what is sentences
_TO_THE_LEFT = (0, 6)


def title(result: DimensionResult) -> str:
    """Give the heading: how much was run, and the seed that brings it back."""
    runs = list(result.cells.values())
    if not runs:
        return "Escape time against dimension: nothing was run"
    counts = {len(times) for times in runs}
    cells = f"{len(runs)} cell{'s' if len(runs) > 1 else ''}"
    if len(counts) == 1:
        much = f"{cells} of {counts.pop():,} trajectories"
    else:
        much = f"{sum(map(len, runs)):,} trajectories in {cells}"
    seeds = ", ".join(str(seed) for seed in dict.fromkeys(times.seed for times in runs))
    return f"Escape time against dimension: {much}, seed {seeds}"


def summary(result: DimensionResult) -> str:
    """Return what was run, the aligned table, and a verdict on each method's growth."""
    parts = [title(result)]
    if result.cells:
        parts += [_described(result), "", _aligned(cell_rows(result)), ""]
        parts += [_verdict(result, label) for label in result.methods]
        parts += _warnings(list(result.cells.values()))
    return "\n".join(parts)


def cell_rows(result: DimensionResult) -> list[list[str]]:
    """Return the table as text cells, a heading and a row for each cell."""
    units = dict.fromkeys(times.unit for times in result.cells.values())
    median = f"median {' or '.join(units)}"
    rows = [["method", "d", median, "10 - 90 %", "x per d", "escaped", "otherwise"]]
    for label in result.methods:
        before: tuple[int, Estimate] | None = None
        for dim in result.dims(label):
            times = result.cells[label, dim]
            middle = log10_estimate(times)
            rows.append(
                [
                    label,
                    str(dim),
                    _time(times, 0.5, interval=True),
                    _band(times),
                    _factor(before, dim, middle),
                    _percent(times),
                    _otherwise(times),
                ]
            )
            before = dim, middle
    return rows


def _time(times: EscapeTimes, q: float, *, interval: bool = False) -> str:
    """Format a quantile; ``> 100,000`` for a lower bound, ``never`` if no budget would do."""
    beyond = beyond_floats(times)
    found = log10_quantile(times, q) if beyond else quantile(times, q)

    def number(time: float) -> str:
        return _power(time, found) if beyond else _number(time, whole=times.unit != "time")

    if math.isinf(found.value):
        if math.isinf(found.low):
            return "never"
        return f"> {number(found.low)}" if beyond or found.low > 0 else "unknown"
    text = number(found.value)
    return f"{text} [{number(found.low)}, {number(found.high)}]" if interval else text


def _number(time: float, *, whole: bool) -> str:
    """Return all digits of a count, unless these are more than one can read; else four."""
    if time >= 1e9 and not math.isinf(time):
        return f"{time:.3e}"
    decimals = (
        0 if whole or time <= 0 or math.isinf(time) else max(3 - math.floor(math.log10(time)), 0)
    )
    return f"{time:,.{decimals}f}"


def _power(log10_time: float, among: Estimate) -> str:
    """Return 10^433.43, with as many decimals as tell an interval's ends apart."""
    width = among.high - among.low
    decimals = max(2, -math.floor(math.log10(width))) if 0 < width < math.inf else 2
    return f"10^{log10_time:.{decimals}f}"


def _band(times: EscapeTimes) -> str:
    """Return from where to where the middle 80 % of the escape times lie."""
    ends = [_time(times, q) for q in (0.1, 0.9)]
    return " - ".join(dict.fromkeys(ends))


def _factor(before: tuple[int, Estimate] | None, dim: int, median: Estimate) -> str:
    """Return by which factor the median grew a dimension, since the one before in the table."""
    if before is None or not (math.isfinite(median.value) and math.isfinite(before[1].value)):
        return ""
    return f"{10 ** ((median.value - before[1].value) / (dim - before[0])):.2f}"


def _percent(times: EscapeTimes) -> str:
    """Return the share that escaped, rounded down: 100 % means every single one."""
    per_mille = 1000 * times.count(Outcome.ESCAPED) // len(times)
    return "100 %" if per_mille == 1000 else f"{per_mille / 10:.1f} %"


def _otherwise(times: EscapeTimes) -> str:
    parts = [
        f"{times.count(outcome):,} {outcome.label}"
        for outcome in Outcome
        if outcome is not Outcome.ESCAPED and times.count(outcome)
    ]
    if times.underflowed.any():
        parts.append(f"({np.count_nonzero(times.underflowed):,} underflowed)")
    if times.interrupted:
        parts.append("(interrupted)")
    return " ".join(parts)


def _description(result: DimensionResult) -> list[tuple[str, str]]:
    runs = list(result.cells.values())
    by_dim = sorted(runs, key=lambda times: getattr(times.landscape, "dim", 0))
    return [
        ("landscape", _range([repr(times.landscape) for times in by_dim])),
        ("start", _range([repr(times.initial) for times in runs])),
        ("escape", _range([repr(times.escape) for times in runs])),
    ] + [
        (label, _range([_rule(result.cells[label, dim]) for dim in result.dims(label)]))
        for label in result.methods
    ]


def _described(result: DimensionResult) -> str:
    """Return a line on each noun and method, or more where a method has many settings."""
    rows = _description(result)
    margin = max(len(name) for name, _ in rows) + 4
    return "\n".join(
        textwrap.fill(
            text,
            _WIDTH,
            initial_indent=f"  {name}".ljust(margin),
            subsequent_indent=" " * margin,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for name, text in rows
    )


def _rule(times: EscapeTimes) -> str:
    """Return the method, and how its steps are counted, or its time."""
    budget = "no step budget" if times.max_steps is None else f"max_steps {times.max_steps:,}"
    parts = [repr(times.method)]
    if times.unit == "time":
        parts.append("continuous time")
    if times.unit != "time" or times.max_steps is not None:
        parts.append(budget)
    if "arithmetic" in times.diagnostics:
        parts.append(f"{times.diagnostics['arithmetic']} arithmetic")
    return ", ".join(parts)


def _range(texts: list[str]) -> str:
    """Return one text if all agree, otherwise the first and the last."""
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} ... {texts[-1]}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i in _TO_THE_LEFT else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def _verdict(result: DimensionResult, label: str) -> str:
    found = result.growth(label)
    sentences = [f"{label}: {found.verdict}", *(f"Note: {note}." for note in found.notes)]
    factor = result.growth_factor(label)
    if factor is not None:
        sentences.append(f"Theory: a factor {factor:.4f} a dimension for large d.")
    return _wrapped(" ".join(sentences))


def _warnings(runs: list[EscapeTimes]) -> list[str]:
    wrong = sum(int(np.count_nonzero(times.underflowed)) for times in runs)
    if not wrong:
        return []
    single = runs[0].dtype == "float32"
    precision = "single" if single else "double"
    remedy = 'dtype="float64"' if single else 'arithmetic="auto" where there is an exact path'
    return [
        _wrapped(
            f"WARNING: {wrong:,} trajectories underflowed: {precision} precision lost a coordinate "
            "that matters later, so they may have escaped at any step after the one recorded. The "
            "intervals allow for that; a median that it leaves open is shown as a lower bound. For "
            f"values use {remedy}, or smaller dimensions."
        )
    ]


def _wrapped(text: str) -> str:
    """Break a paragraph into lines, but not between a number and its per cent sign."""
    glued = text.replace(" %", "\N{NO-BREAK SPACE}%")
    lines = textwrap.fill(glued, _WIDTH, subsequent_indent="    ", break_on_hyphens=False)
    return lines.replace("\N{NO-BREAK SPACE}", " ")
