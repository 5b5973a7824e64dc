"""Small aligned tables, in text and in HTML, for the reprs of results."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

__all__ = ["Tabular", "html_table", "span", "text_table"]


class Tabular:
    """A result that shows itself as a title and a small table."""

    @property
    def _title(self) -> str:
        raise NotImplementedError

    def _rows(self) -> Sequence[Sequence[str]]:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{self._title}\n{text_table(self._rows())}"

    def _repr_html_(self) -> str:
        return html_table(self._title, self._rows())


def text_table(rows: Sequence[Sequence[str]], indent: str = "  ") -> str:
    """Left-aligned columns, a row a line; a row may be shorter than the others."""
    columns = max((len(row) for row in rows), default=0)
    # The last cell of a row is never padded, so it does not widen its column either.
    widths = [max((len(r[i]) for r in rows if len(r) > i + 1), default=0) for i in range(columns)]
    return "\n".join(
        (
            indent + "  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row[:-1])) + "  "
            if len(row) > 1
            else indent
        )
        + row[-1]
        for row in rows
    )


def html_table(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Build a table whose first cell of each row is its heading; all text is escaped."""
    body = "".join(
        f'<tr><th style="text-align:left">{escape(row[0])}</th>'
        + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    caption = f'<caption style="text-align:left"><b>{escape(title)}</b></caption>'
    return f"<table>{caption}<tbody>{body}</tbody></table>"


def span(values: NDArray[np.float64]) -> str:
    """Return the range of some numbers as text."""
    seen = values[~np.isnan(values)]
    if not seen.size:
        return "-"
    low, high = f"{seen.min():.6g}", f"{seen.max():.6g}"
    return low if low == high else f"{low} to {high}"
