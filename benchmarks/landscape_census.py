"""Measure whether every saddle is strict, and every local minimum global.

Where both hold, noisy gradient descent finds a global minimum in polynomial time (Ge et al. 2015,
Jin et al. 2017). For each landscape stationary points are looked for from many starts and
classified. The first table has those for which theory promises both, the second those that break
one: deep linear networks and the unconstrained tensor have saddles that are not strict, the network
of Safran and Shamir (2018) and that of Yun, Sra and Jadbabaie (2019) have bad local minima.

    python benchmarks/landscape_census.py --starts 1000
"""

from __future__ import annotations

import argparse
import csv
import textwrap
from pathlib import Path

import numpy as np

from saddlesim.reproduce import Effort
from saddlesim.reproduce.census.counts import count_stationary
from saddlesim.reproduce.census.landscapes import broken, guaranteed
from saddlesim.tables import text_table

NOTES = (
    "Saddles are strict if an eigenvalue of the Hessian, counted by inertia, is below minus the "
    "tolerance; 'weakest' is the smallest eigenvalue of the saddle with least curvature. Flat "
    "points are told apart by descent from beside them. Points that a symmetry takes into one "
    "another count once. What no start found is not here."
)


def show(title: str, rows: list[dict[str, object]]) -> None:
    def text(value: object) -> str:
        if isinstance(value, float):
            return "-" if np.isnan(value) else f"{value:.3g}"
        return str(value)

    keys = list(rows[0])
    head = [key.replace("_", " ") for key in keys]
    print(f"\n{title}\n")
    print(text_table([head, *([text(r[key]) for key in keys] for r in rows)]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=1000, help="starts a landscape (1000)")
    parser.add_argument("--seed", type=int, default=0, help="of data and starts (0)")
    parser.add_argument("--threads", type=int, default=None, help="threads to use (all)")
    parser.add_argument("--csv", type=Path, default=None, help="write both tables here")
    args = parser.parse_args()
    effort = Effort(quick=False, seed=args.seed, threads=args.threads)
    tables = []
    for title, landscapes in (
        ("Theory promises both conditions", guaranteed(args.seed)),
        ("One condition is broken", broken(args.seed)),
    ):
        rows = [
            count_stationary(name, f, starts=args.starts, effort=effort).as_dict()
            for name, f, _ in landscapes
        ]
        show(title, rows)
        tables += rows
    print("\n" + textwrap.fill(NOTES, 100))
    if args.csv is not None:
        with args.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(tables[0]))
            writer.writeheader()
            writer.writerows(tables)


if __name__ == "__main__":
    main()
