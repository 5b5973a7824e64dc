"""Reproduce the experiments of Du et al. (2017), with the Python API.

Prints each claim with what is expected and what was measured, and writes pictures, tables and all
numbers to a folder. `saddlesim reproduce du2017` does the same from the command line.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from saddlesim.reproduce import reproduce


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="fewer trajectories: seconds")
    parser.add_argument(
        "--output", type=Path, default=Path("saddlesim-du2017"), metavar="DIR", help="folder"
    )
    parser.add_argument("--seed", type=int, default=0, help="one seed, one result")
    parser.add_argument("--threads", type=int, help="threads; None is all that it may use")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    report = reproduce(
        "du2017", args.output, quick=args.quick, seed=args.seed, threads=args.threads
    )
    sys.exit(0 if report.holds else "Some findings do not agree.")


if __name__ == "__main__":
    main()
