"""Gradient-descent steps and Hessian-vector products a second on every landscape.

Each figure stands beside the rate of floating-point operations that it means, counted on the
algebraic form that is computed (two for a fused multiply-add), and its share of what the machine
does when it does nothing but fused multiply-adds, measured in the same minute.

    python benchmarks/landscapes.py --threads 1
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
from costs import (
    Work,
    asymmetric,
    completion,
    deep_linear,
    factorization,
    quadratic_network,
    relu,
    sensing,
    small_data,
    student_teacher,
    tensor,
)

import saddlesim as ss
from saddlesim import _core
from saddlesim.tuning import multiply_adds


def works() -> Iterator[Callable[[], Work]]:
    for d, r in ((16, 4), (64, 8)):
        yield lambda d=d, r=r: factorization(d, r)
        yield lambda d=d, r=r: asymmetric(d, r)
    for d, r in ((16, 2), (48, 2)):
        yield lambda d=d, r=r: sensing(d, r)
    for d, r in ((16, 2), (100, 4)):
        yield lambda d=d, r=r: completion(d, r)
    for d in (10, 64):
        for objective in ("one", "all", "cp"):
            yield lambda d=d, objective=objective: tensor(d, objective)
    for d, width in ((10, 10), (32, 4)):
        yield lambda d=d, width=width: quadratic_network(d, width)
    for d, depth in ((4, 3), (32, 4)):
        yield lambda d=d, depth=depth: deep_linear(d, depth)
    for k in (8, 32):
        yield lambda k=k: student_teacher(k)
    yield small_data
    for d, width, n in ((16, 256, 64), (64, 2048, 128)):
        yield lambda d=d, width=width, n=n: relu(d, width, n)


def steps_per_second(work: Work, threads: int, seconds: float) -> float:
    f, blocks = work.landscape, 16 * 2 * threads
    method = ss.GradientDescent(1e-3 / f.smoothness)

    def run(steps: int) -> float:
        times = ss.escape_times(
            f,
            method,
            escape=ss.ValueBelow(-1e9),
            trials=blocks,
            max_steps=steps,
            threads=threads,
        )
        return float(times.diagnostics["steps_per_second"])

    estimate = run(20)
    return run(max(20, int(seconds * estimate / blocks)))


def hvps_per_second(work: Work, threads: int, seconds: float) -> float:
    f, count = work.landscape, 512
    X, V = np.random.default_rng(0).normal(size=(2, count, f.dim))
    f.hvp(X, V, threads=threads)
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        f.hvp(X, V, threads=threads)
        calls += 1
    return calls * count / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1, help="threads to use (1)")
    parser.add_argument("--repeats", type=int, default=5, help="medians are of so many (5)")
    parser.add_argument("--seconds", type=float, default=0.2, help="about as long each (0.2)")
    parser.add_argument("--only", default="", help="landscapes whose label has this word")
    options = parser.parse_args()
    info = _core.build_info()
    print(f"{info['isa']}, {options.threads} thread(s), medians of {options.repeats}")
    columns = (
        f"{'steps/s':>10} {'GFLOP/s':>8} {'share':>6} {'HVPs/s':>11} {'GFLOP/s':>8} {'share':>6}"
    )
    print(f"{'landscape':38} {columns}  fused multiply-adds alone: GFLOP/s")
    for make in works():
        work = make()
        if options.only not in work.label:
            continue
        limits, steps, products = [], [], []
        for _ in range(options.repeats):
            limits.append(multiply_adds(options.threads, 0.2))
            steps.append(steps_per_second(work, options.threads, options.seconds))
            products.append(hvps_per_second(work, options.threads, options.seconds))
        peak = statistics.median(limits)
        cells = [f"{work.label:38}"]
        for rate, cost in ((steps, work.gradient), (products, work.hvp)):
            found = statistics.median(rate)
            flops = 2 * cost * found
            cells.append(f"{found:>10.3g} {flops / 1e9:>8.1f} {flops / peak:>6.0%}")
        print(" ".join(cells), f" {peak / 1e9:.0f}", flush=True)


if __name__ == "__main__":
    main()
