"""Steps a second in single precision beside double precision, on one thread.

Each ratio is the median of ratios of runs that followed one another at once. What draws noise is
bound by random numbers, which cost the same in both; what takes few operations a step, by the
bookkeeping.

    python benchmarks/precision.py
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator

from costs import factorization, relu, sensing

import saddlesim as ss

NEVER = ss.LeavesBall(radius=1e6)


def works() -> Iterator[tuple[str, ss.Landscape, ss.Method, dict[str, object]]]:
    for work in (factorization(16, 4), factorization(64, 8), sensing(16, 2), relu(16, 256, 64)):
        f = work.landscape
        yield work.label, f, ss.GradientDescent(1e-3 / f.smoothness), {"escape": NEVER}
    still = {"escape": NEVER, "initial": ss.Gaussian(1e-9)}
    for label, rotated in (("axes", False), ("rotated", True)):
        f = ss.QuadraticSaddle.random(64, rotated=rotated, seed=1)
        yield f"quadratic d = 64, {label}", f, ss.GradientDescent(1e-3), still
    noisy = ss.NoisyGradientDescent(1e-3, 1e-3, noise="gaussian")
    yield "quadratic d = 64, rotated, noise", f, noisy, still
    yield "octopus d = 4", ss.Octopus(4), ss.GradientDescent(0.25), {"trials": 4096}
    pgd = ss.PerturbedGradientDescent(0.25, 0.027, 0.027, 2)
    yield "octopus d = 5, kicks", ss.Octopus(5), pgd, {"trials": 4096}


def rate(f: ss.Landscape, method: ss.Method, dtype: str, **options: object) -> float:
    arithmetic = "float64" if dtype == "float64" else "auto"
    settings = {"trials": 64, "threads": 1, "arithmetic": arithmetic, "dtype": dtype}
    times = ss.escape_times(f, method, **(settings | options))
    return float(times.diagnostics["steps_per_second"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=15, help="medians are of so many (15)")
    parser.add_argument("--seconds", type=float, default=0.1, help="about as long each (0.1)")
    parser.add_argument("--only", default="", help="landscapes whose label has this word")
    chosen = parser.parse_args()
    print(f"{'landscape':34} {'float64':>10} {'float32':>10} {'ratio':>6}   (steps/s)")
    for label, f, method, options in works():
        if chosen.only not in label:
            continue
        guess = rate(f, method, "float64", **(options | {"max_steps": 20}))
        if "trials" not in options:
            options = options | {"max_steps": max(20, int(chosen.seconds * guess / 64))}
        pairs = [
            [rate(f, method, dtype, **options) for dtype in ("float64", "float32")]
            for _ in range(chosen.repeats)
        ]
        double, single = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(after / before for before, after in pairs)
        print(f"{label:34} {double:>10.3g} {single:>10.3g} {ratio:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
