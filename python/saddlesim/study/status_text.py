"""How far a study is, for people: the cells and the line of text that tables are made of."""

from __future__ import annotations

from typing import Any

from saddlesim.axes import noun
from saddlesim.study.session import duration

__all__ = ["finished", "status_rows"]


def status_rows(cells: list[dict[str, Any]], names: list[str]) -> list[list[str]]:
    """Return `StoredStudy.status` as text, a heading and a row for each cell.

    Parameters
    ----------
    cells
        The status.
    names
        The axes.
    """
    rows = [["method", *map(noun, names), "done", "wanted", "escaped", "time"]]
    for cell in cells:
        done = cell["done"]
        rows.append(
            [
                cell["method"],
                *(_shown(cell[name]) for name in names),
                f"{done:,}",
                f"{cell['total']:,}",
                f"{cell['escaped']:.1%}".replace("%", " %") if done else "-",
                duration(cell["seconds"]),
            ]
        )
    return rows


def finished(cells: list[dict[str, Any]]) -> str:
    """Return how much of a study is there."""
    done, total = (sum(cell[name] for cell in cells) for name in ("done", "total"))
    whole = sum(cell["done"] == cell["total"] for cell in cells)
    return f"{done:,} of {total:,} trajectories, {whole} of {len(cells)} cells finished"


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
