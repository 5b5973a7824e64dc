"""One HTML page that needs nothing else: no other file, and no request to anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from saddlesim.errors import MissingExtraError

__all__ = ["figure", "page", "paragraphs", "plotly_library", "section", "table", "terms"]

_HERE = Path(__file__).parent
# Plotly could ask others for maps and typesetting. Browsers keep to this line.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"
)
# Characters that HTML must not have, of those that programs and texts have.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def page(
    title: str, lead: Sequence[str], sections: Sequence[str], *, library: str | None = None
) -> str:
    """Return the whole page.

    Parameters
    ----------
    title
        Its heading.
    lead
        Paragraphs below it.
    sections
        HTML, as `section` makes it.
    library
        What draws figures, as `plotly_library` returns it; None where there are none.
    """
    body = "\n".join(sections)
    own = (_HERE / "page.js").read_text(encoding="utf-8")
    scripts = [own] if library is None else [library, own]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{(_HERE / 'page.css').read_text(encoding='utf-8')}</style>",
            "</head>",
            "<body>",
            f"<header><h1>{escape(title)}</h1>{paragraphs(lead)}</header>",
            f"<main>\n{body}\n</main>",
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )


def section(title: str, *parts: str) -> str:
    """Return a section of HTML below its heading."""
    return "\n".join(["<section>", f"<h2>{escape(title)}</h2>", *parts, "</section>"])


def paragraphs(texts: Sequence[str]) -> str:
    """Return plain texts as paragraphs."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def terms(rows: Sequence[tuple[str, str]], *, code: Sequence[str] = ()) -> str:
    """Return names and what they stand for; those named in `code` are set as code."""
    shown = [
        (name, f"<code>{escape(text)}</code>" if name in code else escape(text))
        for name, text in rows
    ]
    items = [f"<dt>{escape(name)}</dt><dd>{html}</dd>" for name, html in shown]
    return f"<dl>{''.join(items)}</dl>"


def table(
    caption: str,
    rows: Sequence[Sequence[str]],
    keys: Sequence[Sequence[float | None]] | None = None,
) -> str:
    """Return a table.

    Parameters
    ----------
    caption
        What it shows.
    rows
        Plain texts, the heading first.
    keys
        The number by which each cell below the heading is sorted, None where that is its text.
        Readers can sort the table by any column if this is given, and columns of numbers are set
        to the right.
    """
    head, *body = rows
    numeric = [keys is not None and any(k[i] is not None for k in keys) for i in range(len(head))]
    kinds = [' class="number"' if right else "" for right in numeric]
    heads = [
        f'<button type="button">{escape(name)}</button>' if keys is not None else escape(name)
        for name in head
    ]
    sortable = "" if keys is None else ' class="sortable"'
    columns = [f' scope="col"{kind}' for kind in kinds]
    lines = [
        f"<table{sortable}>",
        f"<caption>{escape(caption)}</caption>",
        f"<thead><tr>{_cells('th', heads, columns)}</tr></thead>",
        "<tbody>",
    ]
    for number, row in enumerate(body):
        sort = [""] * len(row) if keys is None else [_key(key) for key in keys[number]]
        marks = [kind + mark for kind, mark in zip(kinds, sort, strict=True)]
        lines.append(f"<tr>{_cells('td', [escape(text) for text in row], marks)}</tr>")
    return f'<div class="wide">{"".join([*lines, "</tbody></table>"])}</div>'


def figure(name: str, caption: str, picture: Mapping[str, Any]) -> str:
    """Return an interactive picture.

    Parameters
    ----------
    name
        Its id on the page.
    caption
        What it shows, in a sentence or two.
    picture
        Data and layout, as Plotly has them.
    """
    # "</script>" within data would end them.
    data = json.dumps(picture, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
    height = int(picture["layout"]["height"])
    return (
        f'<figure><div role="img" aria-label="{escape(caption)}" data-figure="{name}" '
        f'style="height:{height}px"></div><figcaption>{escape(caption)}</figcaption></figure>'
        "<noscript><p>This picture needs JavaScript; its numbers are in the table.</p></noscript>"
        f'<script type="application/json" id="{name}">{data}</script>'
    )


def _cells(tag: str, inner: Sequence[str], attributes: Sequence[str]) -> str:
    return "".join(
        f"<{tag}{mark}>{html}</{tag}>" for html, mark in zip(inner, attributes, strict=True)
    )


def _key(key: float | None) -> str:
    return "" if key is None else f' data-key="{key!r}"'


def plotly_library() -> str:
    """Return Plotly's program.

    Raises
    ------
    MissingExtraError
        If plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise MissingExtraError("plotly", extra="report", purpose="The report of a study") from None
    # Control characters in its texts are no part of valid HTML; escaped they say the same.
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", get_plotlyjs())
