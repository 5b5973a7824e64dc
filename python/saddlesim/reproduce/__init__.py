"""Published experiments, run again: what was claimed beside what is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from saddlesim import validation
from saddlesim.errors import MissingExtraError
from saddlesim.reproduce import (
    census,
    du2017,
    du2018,
    exit_law,
    global_minimum,
    kawaguchi2016,
    lee2016,
    safran2018,
    yun2019,
    zhang2017,
)
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, share
from saddlesim.reproduce.report import Report
from saddlesim.tables import text_table

__all__ = [
    "ALL",
    "REPRODUCTIONS",
    "Claim",
    "Effort",
    "Finding",
    "Report",
    "Section",
    "reproduce",
    "reproduce_all",
    "share",
]

ALL = "all"  # what the command calls every one of them

# By name: what the work claims, and what runs it part after part.
REPRODUCTIONS: dict[str, tuple[str, Callable[[Effort], Iterator[Section]]]] = {
    "census": (census.CLAIM, census.sections),
    "du2017": (du2017.CLAIM, du2017.sections),
    "du2018": (du2018.CLAIM, du2018.sections),
    "exit_law": (exit_law.CLAIM, exit_law.sections),
    "global_minimum": (global_minimum.CLAIM, global_minimum.sections),
    "kawaguchi2016": (kawaguchi2016.CLAIM, kawaguchi2016.sections),
    "lee2016": (lee2016.CLAIM, lee2016.sections),
    "safran2018": (safran2018.CLAIM, safran2018.sections),
    "yun2019": (yun2019.CLAIM, yun2019.sections),
    "zhang2017": (zhang2017.CLAIM, zhang2017.sections),
}


def reproduce(
    name: str,
    folder: str | Path,
    *,
    quick: bool = False,
    seed: int = 0,
    threads: int | None = None,
    say: Callable[[str], object] = print,
) -> Report:
    """Run a published experiment again; say what comes out, part after part, and write it down.

    Parameters
    ----------
    name
        A key of ``REPRODUCTIONS``.
    folder
        Where the pictures (PNG), the tables (CSV) and all numbers (JSON, named after the work) are
        written; made if new.
    quick
        Whether to run fewer trajectories, which takes seconds and gives wider intervals.
    seed, threads
        As in `escape_times`.
    say
        Called with each paragraph of text.

    Returns
    -------
    Report
        Every claim with what was measured.

    Raises
    ------
    Interrupted
        On Ctrl-C; files of the parts that were finished are there.
    ValueError
        If the name is unknown or the folder cannot be written.
    MissingExtraError
        If matplotlib is not installed.
    """
    claim, sections = REPRODUCTIONS[validation.choice("name", name, tuple(REPRODUCTIONS))]
    threads = None if threads is None else validation.count("threads", threads)
    effort = Effort(quick, validation.seed(seed), threads)
    try:
        import matplotlib.figure  # noqa: F401 - before a long run rather than after it
    except ImportError:
        raise MissingExtraError("matplotlib", extra="plot", purpose="reproducing") from None
    report = Report(name, claim, effort, Path(folder))
    say(report.heading())
    for section in sections(effort):
        say(report.add(section))
    say(report.finish())
    return report


def reproduce_all(
    folder: str | Path,
    *,
    quick: bool = False,
    seed: int = 0,
    threads: int | None = None,
    say: Callable[[str], object] = print,
) -> list[Report]:
    """Run all of them; say how each one came out, and all of it in a table at the end.

    Parameters
    ----------
    folder
        Each one's files are in a folder of its name in here, with its text in ``report.txt``.
    quick, seed, threads, say
        As in `reproduce`.

    Returns
    -------
    list of Report
        In the order of ``REPRODUCTIONS``.

    Raises
    ------
    Interrupted, ValueError, MissingExtraError
        As in `reproduce`; files of those that were finished are there.
    """
    reports = []
    for number, name in enumerate(REPRODUCTIONS, start=1):
        say(f"{name} ({number} of {len(REPRODUCTIONS)})")
        text: list[str] = []
        report = reproduce(
            name, Path(folder) / name, quick=quick, seed=seed, threads=threads, say=text.append
        )
        (report.folder / "report.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
        say(f"    {report.agreement} findings agree; {report.seconds:.1f} s")
        for difference in report.differences():
            say(f"    DIFFERS: {difference}")
        reports.append(report)
    say("\n" + _summary(reports))
    return reports


def _summary(reports: list[Report]) -> str:
    rows = [["name", "claims", "findings that agree", "verdict", "seconds"]]
    rows += [
        [r.name, str(len(r.claims)), r.agreement, _verdict(r.holds), f"{r.seconds:.1f}"]
        for r in reports
    ]
    findings = [finding.holds for r in reports for finding in r.findings]
    rows.append(
        [
            ALL,
            str(sum(len(r.claims) for r in reports)),
            f"{sum(findings)} of {len(findings)}",
            _verdict(all(findings)),
            f"{sum(r.seconds for r in reports):.1f}",
        ]
    )
    return text_table(rows)


def _verdict(holds: bool) -> str:
    return "agrees" if holds else "DIFFERS"
