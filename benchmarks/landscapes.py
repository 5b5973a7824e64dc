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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

import saddlesim as ss
from saddlesim import _core


@dataclass(frozen=True)
class Work:
    """A landscape, and the fused multiply-adds of one gradient and of one product."""

    label: str
    landscape: ss.Landscape
    gradient: float
    hvp: float


def factorization(d: int, r: int) -> Work:
    # Gram matrices, M through its factors, and the sum of the two products
    f, low = ss.MatrixFactorization.random(d, r), 2 * d * r * r
    gram = d * r * (r + 1) / 2
    return Work(f"factorisation {d} x {r}", f, gram + d * r * r + low, gram + 3 * d * r * r + low)


def asymmetric(d: int, r: int) -> Work:
    f, gram = ss.AsymmetricMatrixFactorization.random(d, r), d * r * (r + 1) / 2
    side = gram + d * r * r + 2 * d * r * r
    return Work(f"asymmetric {d} x {d} x {r}", f, 2 * side, 2 * (side + 2 * d * r * r))


def sensing(d: int, r: int) -> Work:
    f, D = ss.MatrixSensing.random(d, r), d * (d + 1) // 2
    n = min(len(f.targets), D)
    product = n * D if n < D else D * (D + 1) // 2
    small = D * r + d * d * r
    hvp = 4 * product + D * r + 3 * d * d * r
    return Work(f"sensing {d} x {r}, n = {len(f.targets)}", f, 2 * product + small, hvp)


def completion(d: int, r: int) -> Work:
    f = ss.MatrixCompletion.random(d, r)
    seen = int(np.count_nonzero(f.mask))
    return Work(f"completion {d} x {r}, half observed", f, 2 * r * seen, 5 * r * seen)


def tensor(d: int, objective: str) -> Work:
    f = ss.TensorDecomposition.random(d, objective)
    one = f.rows * d * d
    extra = f.rows**2 * d if objective == "cp" else 0
    return Work(f"tensor {objective}, d = {d}", f, 2 * one + 1.5 * extra, 3 * one + 3.5 * extra)


def quadratic_network(d: int, width: int) -> Work:
    f = ss.QuadraticNetwork.random(d, width=width)
    n, D = len(f.y), d * (d + 1) // 2
    if type(f.core).__name__ == "QuadraticNetwork":
        gradient, hvp = 2 * n * d * width + n * width, 3 * n * d * width + 3 * n * width
    else:
        product = n * D if n <= D else D * (D + 1) // 2
        gradient = 2 * product + D * width + d * d * width
        hvp = 4 * product + D * width + 3 * d * d * width
    return Work(f"quadratic network {d} x {width}, n = {n}", f, gradient, hvp)


def deep_linear(d: int, depth: int) -> Work:
    f, cube = ss.DeepLinearNetwork.random(dim=d, depth=depth), d**3
    # the samples are the identity: the first product and the last cost next to nothing
    return Work(
        f"deep linear {d} wide, {depth} deep", f, 3 * (depth - 1) * cube, 8 * (depth - 1) * cube
    )


def student_teacher(k: int) -> Work:
    f, pairs = ss.StudentTeacher.random(k), k * (k - 1) / 2 + k * k
    gradient = (0.5 + 1 + 1 + 1) * k**3 + 30 * pairs
    return Work(f"student-teacher {k} of {k}", f, gradient, 7.5 * k**3 + 60 * 2 * k * k)


def small_data() -> Work:
    # six hidden units at three points, some thirty operations each for the activation
    f = ss.SmallDataNetwork("tanh")
    return Work("small data, tanh", f, 6 * 40, 6 * 50)


def relu(d: int, width: int, n: int) -> Work:
    f = ss.TwoLayerReLU.random(d, width=width, samples=n)
    return Work(f"ReLU {width} wide, n = {n}, d = {d}", f, 2 * width * n * d, 3 * width * n * d)


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


def limit(threads: int) -> float:
    """Operations a second of as many threads that only multiply and add."""
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(_core.fma_flops, [0.2] * threads))


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
            limits.append(limit(options.threads))
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
