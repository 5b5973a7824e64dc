"""Smallest eigenvalues of the Hessian at many points a second, beside what people use today.

Matrix factorisation with U 16 x 4, so dimension 64, at random points. Everybody finds the smallest
eigenvalue and its eigenvector at each point; answers are compared. The programs take turns, and
ratios are medians over the turns, because machines drift.

    python benchmarks/certificates.py
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable

import numpy as np
from machine import description
from numpy.typing import NDArray
from peers.eigenpairs import dense, eigsh_loop, jax_lanczos, torch_lanczos

import saddlesim as ss

Array = NDArray[np.float64]

STEPS = 40  # of the peers' Lanczos iterations: as many as 64 dimensions need for 1e-8


def programs(
    f: ss.MatrixFactorization, threads: int
) -> dict[str, tuple[Callable[[Array], Array], int]]:
    """Return what finds smallest eigenvalues, and at how many of the points it is tried."""
    found: dict[str, tuple[Callable[[Array], Array], int]] = {
        "saddlesim, min_eigenpair": (
            lambda X: ss.min_eigenpair(f, X, threads=threads).eigenvalue,
            10_000,
        ),
        "saddlesim, classify": (
            lambda X: ss.classify(f, X, threads=threads).min_eigenvalue,
            10_000,
        ),
        "SciPy, eigsh a point": (eigsh_loop(f), 100),
        "NumPy, dense Hessians and eigh": (dense(f), 1000),
    }
    if importlib.util.find_spec("jax"):
        found["JAX, batched Lanczos"] = (jax_lanczos(f, STEPS), 10_000)
    if importlib.util.find_spec("torch"):
        found["PyTorch, batched Lanczos"] = (torch_lanczos(f, STEPS, threads), 10_000)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2, help="threads to use (2)")
    parser.add_argument("--repeats", type=int, default=5, help="turns (5)")
    args = parser.parse_args()
    f = ss.MatrixFactorization.random(16, 4)
    X = 0.5 * np.random.default_rng(0).normal(size=(10_000, f.dim))
    truth = np.linalg.eigvalsh(f.hessian(X[:100]))[:, 0]
    contestants = programs(f, args.threads)
    for name, (run, count) in contestants.items():  # compiles, and is compared
        error = np.abs(run(X[:count])[:100] - truth).max()
        assert error < 1e-7, f"{name} is off by {error}"
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(args.repeats):
        for name, (run, count) in contestants.items():
            start = time.perf_counter()
            run(X[:count])
            rates[name].append(count / (time.perf_counter() - start))
    print(", ".join(f"{key} {value}" for key, value in description().items()))
    print(f"{args.threads} threads, medians of {args.repeats}; points a second\n")
    ours = rates["saddlesim, min_eigenpair"]
    for name, values in rates.items():
        ratio = statistics.median(a / b for a, b in zip(ours, values, strict=True))
        print(f"{name:32}  {statistics.median(values):12,.0f}  {ratio:8.1f} times slower")


if __name__ == "__main__":
    main()
