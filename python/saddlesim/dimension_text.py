"""Escape time against dimension, for people: the table and the verdicts behind the reprs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from saddlesim.dimension_cell import log10_estimate, promised
from saddlesim.run_text import (
    PROMISES,
    aligned,
    band,
    described,
    escape_time,
    otherwise,
    percent,
    promise,
    rule,
    underflow_warning,
    wrapped,
)
from saddlesim.statistics import Estimate

if TYPE_CHECKING:
    from saddlesim.dimension import DimensionResult

__all__ = ["cell_rows", "summary", "title"]


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
    counted = dict.fromkeys(times.unit for times in runs if times.counted != "steps")
    unit = f", in {' or '.join(counted)}," if counted else ""
    return f"Escape time{unit} against dimension: {much}, seed {seeds}"


def summary(result: DimensionResult) -> str:
    """Return what was run, the aligned table, and a verdict on each method's growth."""
    parts = [title(result)]
    if result.cells:
        parts += [described(_description(result)), "", aligned(cell_rows(result)), ""]
        parts += [_verdict(result, label) for label in result.methods]
        if any(not math.isnan(promised(times)) for times in result.cells.values()):
            parts.append(wrapped(PROMISES))
        parts += underflow_warning(list(result.cells.values()))
    return "\n".join(parts)


def cell_rows(result: DimensionResult) -> list[list[str]]:
    """Return the table as text cells, a heading and a row for each cell."""
    theory = any(not math.isnan(promised(times)) for times in result.cells.values())
    head = ["method", "d", f"median {result.unit}", "10 - 90 %", "x per d", "escaped"]
    rows = [[*head, *(["promised iterations"] if theory else []), "otherwise"]]
    for label in result.methods:
        before: tuple[int, Estimate] | None = None
        for dim in result.dims(label):
            times = result.cells[label, dim]
            middle = log10_estimate(times)
            rows.append(
                [
                    label,
                    str(dim),
                    escape_time(times, 0.5, interval=True),
                    band(times),
                    _factor(before, dim, middle),
                    percent(times),
                    *([promise(times)] if theory else []),
                    otherwise(times),
                ]
            )
            before = dim, middle
    return rows


def _factor(before: tuple[int, Estimate] | None, dim: int, median: Estimate) -> str:
    """Return by which factor the median grew a dimension, since the one before in the table."""
    if before is None or not (math.isfinite(median.value) and math.isfinite(before[1].value)):
        return ""
    return f"{10 ** ((median.value - before[1].value) / (dim - before[0])):.2f}"


def _description(result: DimensionResult) -> list[tuple[str, str]]:
    runs = list(result.cells.values())
    by_dim = sorted(runs, key=lambda times: getattr(times.landscape, "dim", 0))
    return [
        ("landscape", _range([repr(times.landscape) for times in by_dim])),
        ("start", _range([repr(times.initial) for times in runs])),
        ("escape", _range([repr(times.escape) for times in runs])),
    ] + [
        (label, _range([rule(result.cells[label, dim]) for dim in result.dims(label)]))
        for label in result.methods
    ]


def _range(texts: list[str]) -> str:
    """Return one text if all agree, otherwise the first and the last."""
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} ... {texts[-1]}"


def _verdict(result: DimensionResult, label: str) -> str:
    found = result.growth(label)
    sentences = [f"{label}: {found.verdict}", *(f"Note: {note}." for note in found.notes)]
    factor = result.growth_factor(label)
    if factor is not None:
        sentences.append(f"Theory: a factor {factor:.4f} a dimension for large d.")
    return wrapped(" ".join(sentences))
