"""The report of a stored study."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from saddlesim.axes import noun
from saddlesim.dimension_cell import log10_quantile
from saddlesim.dimension_text import cell_rows, description, notes, verdict
from saddlesim.outcome import Outcome
from saddlesim.report.curves import curve_figure
from saddlesim.report.figures import escape_figure, ratio_figure
from saddlesim.report.page import figure, page, paragraphs, plotly_library, section, table, terms
from saddlesim.report.provenance import provenance
from saddlesim.study.status_text import finished, status_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from saddlesim.dimension import DimensionResult
    from saddlesim.growth import GrowthComparison
    from saddlesim.study.manifest import Manifest
    from saddlesim.study.stored import StoredStudy

__all__ = ["study_page"]


def study_page(stored: StoredStudy, folder: Path, manifest: Manifest) -> str:
    """Return the report as HTML.

    Raises
    ------
    ValueError
        If no block is finished.
    MissingExtraError
        If plotly is not installed.
    """
    library = plotly_library()
    result = stored.result()
    if not result.cells:
        raise ValueError(
            f"{folder} has no finished block yet, so there is nothing to report; look at: "
            f"saddlesim study status {folder}"
        )
    cells = stored.status()
    kinds = dict.fromkeys(repr(cell.landscape).partition("(")[0] for cell in stored.cells)
    growth = result.growth() if result.counts_up else {}
    sections = [
        section("Verdicts", _verdicts(result, growth), paragraphs(notes(result))),
        section("Escape time", *_escape(result)),
        section("Cells", _cells(result)),
        section("How many have not escaped", _curves(result)),
    ]
    ratios = ratio_figure(result, growth) if growth else None
    if ratios is not None:
        caption = _growth_caption(result)
        sections.insert(2, section("Growth", figure("growth", caption, ratios)))
    if any(cell["done"] < cell["total"] for cell in cells):
        sections.append(section("Not finished yet", _missing(cells, stored)))
    sections.append(section("What was run", terms(description(result))))
    sections.append(provenance(stored, folder, manifest, cells))
    return page(
        f"Escape time on {', '.join(kinds)}", _lead(result, cells), sections, library=library
    )


def _lead(result: DimensionResult, cells: list[dict[str, Any]]) -> list[str]:
    return [f"{', '.join(result.methods)} against {noun(result.axis)}: {finished(cells)}."]


def _verdicts(result: DimensionResult, growth: Mapping[str, GrowthComparison]) -> str:
    if not growth:
        return paragraphs(
            [f"There are no laws of growth in {noun(result.axis)}; see table and pictures."]
        )
    return terms(
        [(label, verdict(found, result.growth_factor(label))) for label, found in growth.items()]
    )


def _escape(result: DimensionResult) -> list[str]:
    caption = (
        f"Medians of the escape time against {noun(result.axis)} with 95 % intervals; bands hold "
        "the middle 80 % of the trajectories."
    )
    return [figure("escape", caption, escape_figure(result))]


def _growth_caption(result: DimensionResult) -> str:
    if result.axis == "dim":
        return (
            "By which factor a dimension the median grew since the dimension before, with 95 % "
            "intervals. It is constant where growth is exponential, and tends to 1 where it is "
            "polynomial."
        )
    return (
        f"With which power of {noun(result.axis)} the median grew since the value before, with "
        "95 % intervals. It is constant where growth is polynomial."
    )


def _curves(result: DimensionResult) -> str:
    caption = (
        "The share of trajectories that has not escaped by t, with pointwise 95 % bands. A click "
        "in the legend hides a curve, a double click all others."
    )
    return figure("curves", caption, curve_figure(result))


def _cells(result: DimensionResult) -> str:
    rows = cell_rows(result)
    order = [(label, dim) for label in result.methods for dim in result.dims(label)]
    keys = [_keys(rows[0], row, result, *cell) for row, cell in zip(rows[1:], order, strict=True)]
    rows[0] = [_HEADS.get(name, name) for name in rows[0]]
    told = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    return table(
        _caption(result),
        [[row[i] for i in told] for row in rows],
        [[row[i] for i in told] for row in keys],
    )


_HEADS = {"x per d": "factor a dimension", "d": "dimension"}


def _caption(result: DimensionResult) -> str:
    counts = sorted({len(times) for times in result.cells.values()})
    many = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    return f"{many} trajectories a cell. Medians have 95 % intervals; headings sort when clicked."


def _keys(
    head: list[str], row: list[str], result: DimensionResult, label: str, value: Any
) -> list[float | None]:
    """Return the number by which each cell of a row is sorted."""
    times = result.cells[label, value]
    number = None if isinstance(value, str) else float(value)
    found: dict[str, float | None] = {
        head[1]: number,
        head[2]: log10_quantile(times, 0.5).value,
        "10 - 90 %": log10_quantile(times, 0.1).value,
        "escaped": times.count(Outcome.ESCAPED) / len(times),
    }
    keys: list[float | None] = []
    for name, text in zip(head, row, strict=True):
        if name in found:
            key = found[name]
        elif name in ("method", "otherwise"):
            key = None
        else:
            key = float(text) if text else -math.inf
        # As JavaScript's Number reads it.
        keys.append(key if key is None or math.isfinite(key) else math.copysign(1e308, key))
    return keys


def _missing(cells: list[dict[str, Any]], stored: StoredStudy) -> str:
    missing = [cell for cell in cells if cell["done"] < cell["total"]]
    return table(
        "Of each cell this report has what comes before the first trajectory that is missing.",
        status_rows(missing, list(stored.cells[0].parameters)),
    )
