"""Where the numbers of a report come from, and how to go on."""

from __future__ import annotations

import datetime
import os
import platform
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import _core
from saddlesim.report.page import paragraphs, section, terms
from saddlesim.study.session import duration

if TYPE_CHECKING:
    from saddlesim.study.manifest import Manifest
    from saddlesim.study.stored import StoredStudy

__all__ = ["page_made", "provenance"]


def provenance(
    stored: StoredStudy, folder: Path, manifest: Manifest, cells: list[dict[str, Any]]
) -> str:
    """Return the section on where a study's numbers are from."""
    content = manifest.content
    policy = content["policy"]
    whole = folder.resolve()
    budget = policy["max_steps"]
    rows = [
        ("store", str(whole)),
        ("study", stored.hash),
        ("seed", str(content["seed"])),
        ("trajectories", f"ids {stored.trials.start:,} to {stored.trials.stop - 1:,} of each cell"),
        ("block", f"{manifest.block:,} trajectories"),
        ("step budget", "none" if budget is None else str(budget)),
        ("arithmetic", f"{policy['arithmetic']}, {policy['dtype']}"),
        ("store made by", f"saddlesim {content['saddlesim']}, {content['created']}"),
        ("time spent", f"{duration(sum(cell['seconds'] for cell in cells))} of computing"),
        *page_made(),
    ]
    parts = [terms(rows, code=("store", "study"))]
    if stored.study is None:
        parts.append(
            paragraphs(
                [
                    "To go on, make the study as before: it has a part that a store cannot make "
                    "again. Then study.run(store=...)."
                ]
            )
        )
    else:
        script = "import sys, saddlesim as ss; folder = sys.argv[1]; "
        script += "ss.load_study(folder).study.run(store=folder, progress=True)"
        at = shlex.quote(str(whole))
        lines = [
            ("look", f"saddlesim study status {at}"),
            ("go on", f"python -c {shlex.quote(script)} {at}"),
            ("report again", f"saddlesim report {at}"),
        ]
        parts.append(terms(lines, code=[name for name, _ in lines]))
    return section("Where this is from", *parts)


def page_made() -> list[tuple[str, str]]:
    """Return when, by what and on which machine a page is made."""
    built = _core.build_info()
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return [
        ("page made by", f"saddlesim {built['version']}, {now}"),
        (
            "page made on",
            f"{_processor()}, {os.cpu_count()} threads, {platform.system()} {platform.machine()}, "
            f"core for {built['isa']}, Python {sys.version.split()[0]}, NumPy {np.__version__}",
        ),
    ]


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown processor"
