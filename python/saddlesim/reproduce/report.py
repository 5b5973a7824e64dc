"""The report of a reproduction: text for people, files for everything else."""

from __future__ import annotations

import csv
import json
import math
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saddlesim import _core
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section

__all__ = ["Report"]

_WIDTH = 88
_DPI = 150


@dataclass(eq=False)
class Report:
    """What a reproduction came to, written to its folder section by section.

    Attributes
    ----------
    name, claim
        The work's name, and what it claims.
    effort
        How it was run.
    folder
        Where files are.
    claims
        Those of all sections so far.
    tables
        By name, a dict a row.
    files
        Those written so far; the first one is the JSON, whose numbers come last.
    seconds
        What it took; nan until it is finished.
    """

    name: str
    claim: str
    effort: Effort
    folder: Path
    claims: list[Claim] = field(default_factory=list)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    seconds: float = math.nan
    _begin: float = field(default_factory=time.perf_counter, init=False)

    def __post_init__(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file(f"{self.name}.json").touch()
        except OSError as error:
            raise ValueError(
                f"folder must be one that can be written, got '{self.folder}' ({error.strerror}); "
                "name another one"
            ) from None

    @property
    def findings(self) -> list[Finding]:
        """The findings of all claims."""
        return [finding for claim in self.claims for finding in claim.findings]

    @property
    def holds(self) -> bool:
        """Whether everything that was measured agrees with what is claimed."""
        return all(finding.holds for finding in self.findings)

    @property
    def agreement(self) -> str:
        """How many findings agree, of how many."""
        agreeing = sum(finding.holds for finding in self.findings)
        return f"{agreeing} of {len(self.findings)}"

    def heading(self) -> str:
        """Say what is run, and how to read it."""
        effort = "quick look" if self.effort.quick else "full run"
        return "\n".join(
            [
                *_wrapped(self.claim),
                *_wrapped(
                    f"{effort}, seed {self.effort.seed}; intervals are four standard errors either "
                    "way, and a number agrees if the expected one is in its interval, a range if "
                    "the interval is in the range"
                ),
            ]
        )

    def differences(self) -> list[str]:
        """Say each finding that does not agree, a line each."""
        rows = [finding.cells() for finding in self.findings if not finding.holds]
        return [f"{row[0]}: expected {row[1]}, measured {row[2]}" for row in rows]

    def add(self, section: Section) -> str:
        """Write a section's files; return its claims as text."""
        self.claims += section.claims
        self.tables |= section.tables
        for name, rows in section.tables.items():
            path = self._file(f"{name}.csv")
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(
                    file, fieldnames=list(dict.fromkeys(k for r in rows for k in r))
                )
                writer.writeheader()
                writer.writerows(rows)
        for name, figure in section.pictures.items():
            figure.savefig(self._file(f"{name}.png"), dpi=_DPI)
        return "\n".join(_paragraph(claim) for claim in section.claims)

    def finish(self) -> str:
        """Write all numbers as JSON; return the verdict and what was written."""
        self.seconds = time.perf_counter() - self._begin
        numbers = {
            "name": self.name,
            "claim": self.claim,
            "quick": self.effort.quick,
            "seed": self.effort.seed,
            "version": _core.build_info()["version"],
            "seconds": self.seconds,
            "holds": self.holds,
            "claims": [claim.as_dict() for claim in self.claims],
            "tables": self.tables,
        }
        text = json.dumps(_without_infinities(numbers), indent=1, allow_nan=False)
        self.files[0].write_text(text + "\n", encoding="utf-8")
        lines = [f"\n{self.agreement} findings agree; {self.seconds:.1f} s"]
        return "\n".join(lines + [f"written: {path}" for path in self.files])

    def _file(self, name: str) -> Path:
        path = self.folder / name
        self.files.append(path)
        return path


def _paragraph(claim: Claim) -> str:
    rows = [("", "expected", "measured", ""), *(finding.cells() for finding in claim.findings)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "    " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(["", *_wrapped(f"{claim.text}."), *_wrapped(f"[{claim.source}]"), *lines])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


def _without_infinities(value: Any) -> Any:
    """Replace what JSON does not have: inf and nan become null."""
    if isinstance(value, dict):
        return {key: _without_infinities(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_infinities(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
