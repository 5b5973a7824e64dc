"""Runs for people: the cells and lines of text that tables of several runs are made of."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np

from saddlesim.dimension_cell import beyond_floats, log10_quantile, promised, quantile
from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate

__all__ = [
    "PROMISES",
    "aligned",
    "band",
    "described",
    "escape_time",
    "otherwise",
    "percent",
    "promise",
    "rule",
    "underflow_warning",
    "wrapped",
]

PROMISES = (
    "promised iterations: within which the theorem behind the method's settings promises a "
    "second-order stationary point, which escaping is only a part of."
)
_WIDTH = 80  # of what is sentences
_TO_THE_LEFT = ("rank", "method", "otherwise")


def escape_time(times: EscapeTimes, q: float, *, interval: bool = False) -> str:
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


def band(times: EscapeTimes) -> str:
    """Return from where to where the middle 80 % of the escape times lie."""
    ends = [escape_time(times, q) for q in (0.1, 0.9)]
    return " - ".join(dict.fromkeys(ends))


def promise(times: EscapeTimes) -> str:
    """Return the iterations within which a theorem promises its point; nothing without one."""
    iterations = promised(times)
    return "" if math.isnan(iterations) else f"{iterations:.2g}"


def percent(times: EscapeTimes) -> str:
    """Return the share that escaped, rounded down: 100 % means every single one."""
    per_mille = 1000 * times.count(Outcome.ESCAPED) // len(times)
    return "100 %" if per_mille == 1000 else f"{per_mille / 10:.1f} %"


def otherwise(times: EscapeTimes) -> str:
    """Return how many trajectories ended in which other way, and what else is to be known."""
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


def rule(times: EscapeTimes) -> str:
    """Return the method, and how its steps are counted, or its time."""
    budget = "no step budget" if times.max_steps is None else f"max_steps {times.max_steps:,}"
    if times.counted != "steps":
        budget = f"counted in {times.unit}"
    parts = [repr(times.method)]
    if times.unit == "time":
        parts.append("continuous time")
    if times.unit != "time" or times.max_steps is not None:
        parts.append(budget)
    if "arithmetic" in times.diagnostics:
        parts.append(f"{times.diagnostics['arithmetic']} arithmetic")
    return ", ".join(parts)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return a table, a heading and rows of as many cells: words to the left, numbers not."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if name in _TO_THE_LEFT else cell.rjust(width)
            for name, cell, width in zip(rows[0], row, widths, strict=True)
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def underflow_warning(runs: list[EscapeTimes]) -> list[str]:
    """Return a paragraph on trajectories whose counts are wrong, if there are any."""
    wrong = sum(int(np.count_nonzero(times.underflowed)) for times in runs)
    if not wrong:
        return []
    single = runs[0].dtype == "float32"
    precision = "single" if single else "double"
    remedy = 'dtype="float64"' if single else 'arithmetic="auto" where there is an exact path'
    return [
        f"WARNING: {wrong:,} trajectories underflowed: {precision} precision lost a coordinate "
        "that matters later, so they may have escaped at any step after the one recorded. The "
        "intervals allow for that; a median that it leaves open is shown as a lower bound. For "
        f"values use {remedy}, or smaller dimensions."
    ]


def wrapped(text: str) -> str:
    """Break a paragraph into lines, but not between a number and its per cent sign."""
    glued = text.replace(" %", "\N{NO-BREAK SPACE}%")
    lines = textwrap.fill(glued, _WIDTH, subsequent_indent="    ", break_on_hyphens=False)
    return lines.replace("\N{NO-BREAK SPACE}", " ")


def described(rows: Sequence[tuple[str, str]]) -> str:
    """Return a line on each named thing, or more where it takes more."""
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
