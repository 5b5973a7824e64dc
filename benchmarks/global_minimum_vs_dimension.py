"""From saddles to global minima by noise, against the dimension, with the Python API.

Noisy and perturbed gradient descent start at a saddle of the five families for which theory
promises a global minimum in polynomial time. Prints shares and how costs in gradients grow, and
writes a picture and tables to a folder. `saddlesim reproduce global_minimum` does the same.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from saddlesim.reproduce import reproduce


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer trajectories: seconds")
    parser.add_argument(
        "--output", type=Path, default=Path("saddlesim-global_minimum"), help="folder for the files"
    )
    parser.add_argument("--seed", type=int, default=0, help="of data, starts and noise (0)")
    parser.add_argument("--threads", type=int, default=None, help="threads to use (all)")
    args = parser.parse_args()
    report = reproduce(
        "global_minimum", args.output, quick=args.quick, seed=args.seed, threads=args.threads
    )
    sys.exit(0 if report.holds else "Some findings do not agree.")


if __name__ == "__main__":
    main()
