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
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import saddlesim as ss
from saddlesim.tables import text_table

NOTES = (
    "Saddles are strict if an eigenvalue of the Hessian, counted by inertia, is below minus the "
    "tolerance; 'weakest' is the smallest eigenvalue of the saddle with least curvature. Flat "
    "points are told apart by descent from beside them. Points that a symmetry takes into one "
    "another count once. What no start found is not here."
)

BAD = ("local minimum", "flat minimum")


def guaranteed(seed: int) -> Iterator[tuple[str, ss.Landscape]]:
    for d, r in ((8, 3), (16, 4), (40, 4)):
        values = np.linspace(2, 1, r + 1)
        f = ss.MatrixFactorization.random(d, r, seed=seed, eigenvalues=values)
        yield f"matrix factorisation, {d} x {r}", f
    for d, r in ((6, 2), (16, 3)):
        f = ss.AsymmetricMatrixFactorization.random(d, r, seed=seed)
        yield f"asymmetric factorisation, {d} x {d} x {r}", f
    for d, r in ((8, 1), (12, 2)):
        yield (
            f"matrix sensing, {d} x {r}, n = {10 * d * r}",
            ss.MatrixSensing.random(d, r, seed=seed),
        )
    for d, r in ((20, 1), (30, 2)):
        f = ss.MatrixCompletion.random(d, r, observed=0.8, seed=seed)
        yield f"matrix completion, {d} x {r}, 80 % seen", f
    for d in (5, 10):
        yield (
            f"tensor on one sphere, d = {d}",
            ss.TensorDecomposition.random(d, objective="one", seed=seed),
        )
    for d in (3, 5):
        yield f"tensor, all components, d = {d}", ss.TensorDecomposition.random(d, seed=seed)
    for d in (4, 8):
        yield f"quadratic network, d = {d}, width {d}", ss.QuadraticNetwork.random(d, seed=seed)
    for d in (3, 6):
        yield f"octopus, d = {d}", ss.Octopus(dim=d)
    f = ss.DeepLinearNetwork.random((4, 4, 3), seed=seed)
    yield "linear network, 2 layers", f


def broken(seed: int) -> Iterator[tuple[str, ss.Landscape]]:
    yield "linear network, 3 layers", ss.DeepLinearNetwork.random((4, 4, 4, 3), seed=seed)
    yield "linear network, 4 layers", ss.DeepLinearNetwork.random((3, 3, 3, 3, 3), seed=seed)
    yield (
        "tensor without spheres, d = 4",
        ss.TensorDecomposition.random(4, objective="cp", seed=seed),
    )
    for k in (6, 8, 10):
        yield f"student-teacher, k = {k}", ss.StudentTeacher.random(k)
    for activation in ("relu", "leaky_relu", "sigmoid", "tanh", "arctan"):
        yield f"three samples, {activation}", ss.SmallDataNetwork(activation)
    f = ss.MatrixCompletion.random(10, 2, observed=0.5, seed=seed)
    yield "matrix completion, 10 x 2, 50 % seen", f


def row(name: str, census: ss.Census, seconds: float) -> dict[str, object]:
    families = census.families
    of = {
        kind: sum(f.points for f in families if f.kind == kind)
        for kind in ("strict saddle", "maximum", "non-strict saddle", "global minimum", *BAD)
    }
    strict = [f for f in families if f.kind in ("strict saddle", "maximum")]
    bad = [f for f in families if f.kind in BAD]
    return {
        "landscape": name,
        "starts": census.tried,
        "lost": census.lost + census.outside,
        "strict saddles": of["strict saddle"] + of["maximum"],
        "weakest": max((f.min_eigenvalue[1] for f in strict), default=float("nan")),
        "not strict": of["non-strict saddle"],
        "global minima": of["global minimum"],
        "bad minima": sum(of[kind] for kind in BAD),
        "lowest bad value": min((f.value for f in bad), default=float("nan")),
        "undecided": int(np.count_nonzero(census.classification.kind == "undecided")),
        "tolerance": float(census.classification.curvature_tolerance.max(initial=0.0)),
        "seconds": round(seconds, 2),
    }


def show(title: str, rows: list[dict[str, object]]) -> None:
    def text(value: object) -> str:
        if isinstance(value, float):
            return "-" if np.isnan(value) else f"{value:.3g}"
        return str(value)

    head = list(rows[0])
    print(f"\n{title}\n")
    print(text_table([head, *([text(r[key]) for key in head] for r in rows)]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=1000, help="starts a landscape (1000)")
    parser.add_argument("--seed", type=int, default=0, help="of data and starts (0)")
    parser.add_argument("--threads", type=int, default=None, help="threads to use (all)")
    parser.add_argument("--csv", type=Path, default=None, help="write both tables here")
    args = parser.parse_args()
    tables = []
    for title, landscapes in (
        ("Theory promises both conditions", guaranteed(args.seed)),
        ("One condition is broken", broken(args.seed)),
    ):
        rows = []
        for name, f in landscapes:
            start = time.perf_counter()
            census = ss.find_stationary_points(
                f, starts=args.starts, seed=args.seed, threads=args.threads
            )
            rows.append(row(name, census, time.perf_counter() - start))
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
