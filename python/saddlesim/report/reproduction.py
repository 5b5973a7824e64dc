"""The report of a reproduction: its claims beside what was measured, and its pictures."""

from __future__ import annotations

import base64
import json
import math
from html import escape
from pathlib import Path
from typing import Any

from saddlesim.report.page import page, section, terms
from saddlesim.report.provenance import page_made
from saddlesim.statistics import Estimate

__all__ = ["reproduction_file", "reproduction_page"]


def reproduction_file(folder: Path) -> Path | None:
    """Return the file with a reproduction's numbers; None if the folder has none."""
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict) and {"claims", "holds", "quick"} <= set(content):
            return path
    return None


def reproduction_page(path: Path) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    path
        The JSON file; pictures are those beside it.
    """
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    findings = [found for claim in content["claims"] for found in claim["findings"]]
    agreeing = sum(found["holds"] for found in findings)
    effort = "quick look" if content["quick"] else "full run"
    lead = [
        content["claim"],
        f"{agreeing} of {len(findings)} findings agree ({effort}, seed {content['seed']}). A "
        "number agrees if the expected one is in its interval, a range if the interval is in it.",
    ]
    sections = [_claim(claim) for claim in content["claims"]]
    pictures = [_picture(picture) for picture in sorted(path.parent.glob("*.png"))]
    if pictures:
        sections.append(section("Pictures", *pictures))
    rows = [
        ("folder", str(path.parent.resolve())),
        ("run by", f"saddlesim {content['version']} in {content['seconds']:.1f} s"),
        ("seed", str(content["seed"])),
        ("again", f"saddlesim reproduce {content['name']}{' --quick' * content['quick']}"),
        *page_made(),
    ]
    sections.append(section("Where this is from", terms(rows, code=("folder", "again"))))
    return page(f"Reproduction: {content['name']}", lead, sections)


def _claim(claim: dict[str, Any]) -> str:
    rows = []
    for found in claim["findings"]:
        value, low, high = (_number(found[name]) for name in ("measured", "low", "high"))
        measured = str(Estimate(value, low, high, found["confidence"]))
        kind, word = ("holds", "agrees") if found["holds"] else ("differs", "differs")
        rows.append(
            f"<tr><td>{escape(found['case'])}</td><td>{escape(_expected(found['expected']))}</td>"
            f'<td>{escape(measured)}</td><td class="{kind}">{word}</td></tr>'
        )
    heads = "".join(f'<th scope="col">{name}</th>' for name in _HEADS)
    table = (
        f'<div class="wide"><table><caption>{escape(claim["source"])}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
    return section(claim["claim"], table)


_HEADS = ("case", "expected", "measured", "verdict")


def _picture(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    name = path.stem.replace("_", " ").replace("-", " ")
    return (
        f'<figure><img alt="{escape(name)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(name)}</figcaption></figure>"
    )


def _number(value: float | None) -> float:
    return math.inf if value is None else value


def _expected(expected: Any) -> str:
    if not isinstance(expected, list):
        return f"{expected:.7g}"
    low, high = expected
    return f">= {low:g}" if high is None else f"{low:g} to {high:g}"
