"""Escape time against dimension, for people: the table and the verdicts behind the reprs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from saddlesim.axes import noun, symbol
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
    from saddlesim.growth import GrowthComparison

__all__ = ["cell_rows", "description", "notes", "summary", "title", "verdict"]


def title(result: DimensionResult) -> str:
    """Give the heading: how much was run, and the seed that brings it back."""
    runs = list(result.cells.values())
    if not runs:
        return f"Escape time against {noun(result.axis)}: nothing was run"
    counts = {len(times) for times in runs}
    cells = f"{len(runs)} cell{'s' if len(runs) > 1 else ''}"
    if len(counts) == 1:
        many = counts.pop()
        much = f"{cells} of {many:,} {'trajectory' if many == 1 else 'trajectories'}"
    else:
        much = f"{sum(map(len, runs)):,} trajectories in {cells}"
    seeds = ", ".join(str(seed) for seed in dict.fromkeys(times.seed for times in runs))
    counted = dict.fromkeys(times.unit for times in runs if times.counted != "steps")
    unit = f", in {' or '.join(counted)}," if counted else ""
    return f"Escape time{unit} against {noun(result.axis)}: {much}, seed {seeds}"


def summary(result: DimensionResult) -> str:
    """Return what was run, the aligned table, and a verdict on each method's growth."""
    parts = [title(result)]
    if result.cells:
        parts += [described(description(result)), "", aligned(cell_rows(result)), ""]
        if result.counts_up:
            parts += [
                wrapped(f"{label}: {verdict(found, result.growth_factor(label))}")
                for label, found in result.growth().items()
            ]
        parts += [wrapped(note) for note in notes(result)]
    return "\n".join(parts)


def cell_rows(result: DimensionResult) -> list[list[str]]:
    """Return the table as text cells, a heading and a row for each cell."""
    theory = any(not math.isnan(promised(times)) for times in result.cells.values())
    short = symbol(result.axis)
    head = ["method", short, f"median {result.unit}", "10 - 90 %", "escaped"]
    if result.counts_up:
        head.insert(4, "x per d" if result.axis == "dim" else "power")
    rows = [[*head, *(["promised iterations"] if theory else []), "otherwise"]]
    for label in result.methods:
        before: tuple[int, Estimate] | None = None
        for dim in result.dims(label):
            times = result.cells[label, dim]
            middle = log10_estimate(times)
            rows.append(
                [
                    label,
                    f"{dim:g}" if isinstance(dim, float) else str(dim),
                    escape_time(times, 0.5, interval=True),
                    band(times),
                    *([_growth(result.axis, before, dim, middle)] if result.counts_up else []),
                    percent(times),
                    *([promise(times)] if theory else []),
                    otherwise(times),
                ]
            )
            before = dim, middle
    return rows


def _growth(axis: str, before: tuple[int, Estimate] | None, dim: int, median: Estimate) -> str:
    """Return how the median grew since the row before: a factor a dimension, or a power.

    Other parameters than the dimension, such as widths, are usually varied by factors.
    """
    if before is None or not (math.isfinite(median.value) and math.isfinite(before[1].value)):
        return ""
    if axis != "dim":
        return f"{(median.value - before[1].value) / math.log10(dim / before[0]):.2f}"
    return f"{10 ** ((median.value - before[1].value) / (dim - before[0])):.2f}"


def description(result: DimensionResult) -> list[tuple[str, str]]:
    """Return what was run: landscape, start, criterion and each method."""
    runs = list(result.cells.values())
    by_value = [times for _, times in sorted(result.cells.items(), key=lambda cell: cell[0][1])]
    return [
        ("landscape", _range([repr(times.landscape) for times in by_value])),
        ("start", _range([repr(times.initial) for times in runs])),
        ("escape", _range([repr(times.escape) for times in runs])),
    ] + [
        (label, _range([rule(result.cells[label, dim]) for dim in result.dims(label)]))
        for label in result.methods
    ]


def _range(texts: list[str]) -> str:
    """Return one text if all agree, otherwise the first and the last."""
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} ... {texts[-1]}"


def verdict(found: GrowthComparison, factor: float | None) -> str:
    """Return how the escape time of a method grows, and by which factor it should, if known."""
    sentences = [found.verdict, *(f"Note: {note}." for note in found.notes)]
    if factor is not None:
        sentences.append(f"Theory: a factor {factor:.4f} a dimension for large d.")
    return " ".join(sentences)


def notes(result: DimensionResult) -> list[str]:
    """Return what readers of the table are to know: promises, and trajectories that underflowed."""
    runs = list(result.cells.values())
    theory = any(not math.isnan(promised(times)) for times in runs)
    return [*([PROMISES] if theory else []), *underflow_warning(runs)]
