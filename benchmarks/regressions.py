"""Compare two sets of rates and name what became slower.

    python benchmarks/throughput.py --json now.json
    python benchmarks/regressions.py now.json              # against the committed baseline

Machines differ and drift, so rates are never compared as such: a rate counts as a multiple of that
of a yardstick, measured in the same run. That is plain Numba where both files have it, else the
limit of the machine that binds the workload. Ends with status 1 if a multiple fell by more than the
tolerance.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

BASELINE = Path(__file__).parent / "baseline.json"
YARDSTICK = "Numba"


@dataclass(frozen=True)
class Change:
    """A workload at a number of threads: how a multiple changed."""

    title: str
    threads: str
    yardstick: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """After over before: below 1 is slower."""
        return self.after / self.before


def results(path: Path) -> dict[str, Any]:
    """Return the results of a file by workload; raise SystemExit if it is none of ours."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {result["workload"]: result for result in document["results"]}
    except OSError as error:
        raise SystemExit(f"{path} cannot be read: {error.strerror}") from None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise SystemExit(
            f"{path} is not what `throughput.py --json {path}` writes; make it again"
        ) from None


def multiple(result: dict[str, Any], threads: str, yardstick: str) -> float:
    """Return the median rate over that of the yardstick."""
    ours = result["rates"]["saddlesim"][threads]
    if yardstick == YARDSTICK:
        theirs = result["rates"][YARDSTICK][threads]
        return median(a / b for a, b in zip(ours, theirs, strict=True))
    limit = result["limit"]
    return median(ours) * limit["work"] / limit["best"][threads]


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return what both sets have in common."""
    found = []
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        both = YARDSTICK in old["rates"] and YARDSTICK in new["rates"]
        for threads in old["rates"]["saddlesim"].keys() & new["rates"]["saddlesim"].keys():
            yardstick = YARDSTICK if both else old["limit"]["name"]
            multiples = (multiple(result, threads, yardstick) for result in (old, new))
            found.append(Change(old["title"], threads, yardstick, *multiples))
    return sorted(found, key=lambda change: (change.title, change.threads))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("now", type=Path, help="what throughput.py --json wrote")
    parser.add_argument("--baseline", type=Path, default=BASELINE, help="the same of another time")
    parser.add_argument(
        "--tolerance", type=float, default=0.15, help="what a multiple may lose (0.15: 15 %%)"
    )
    options = parser.parse_args()
    found = changes(results(options.baseline), results(options.now))
    if not found:
        raise SystemExit("the two files have no workload in common; run throughput.py on the same")
    print(f"{'workload':40}{'threads':>8}{'before':>9}{'now':>9}{'ratio':>8}  in multiples of")
    slower = []
    for change in found:
        fell = change.ratio < 1 - options.tolerance
        slower += [change] * fell
        row = f"{change.title:40}{change.threads:>8}{change.before:>9.3g}{change.after:>9.3g}"
        mark = "  slower" if fell else ""
        print(f"{row}{change.ratio:>8.2f}  {change.yardstick}{mark}")
    if slower:
        sys.exit(f"{len(slower)} of {len(found)} became slower by more than the tolerance")


if __name__ == "__main__":
    main()
