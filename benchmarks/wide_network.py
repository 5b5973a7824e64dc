"""Time a step of gradient descent of one wide network, beside PyTorch and the limit.

A two-layer network of rectifiers, 16,384 units on 512 samples of dimension 64, all weights of the
first layer trained: 2.1 GFLOP a step. The programs take turns, and ratios are medians over the
turns, because machines drift. Points are compared before anything is measured.

    python benchmarks/wide_network.py
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
from collections.abc import Callable

import numpy as np
from machine import description
from numpy.typing import NDArray
from peers.wide_network import autograd, by_hand

import saddlesim as ss
from saddlesim.tuning import multiply_adds

Array = NDArray[np.float64]
STEP = 0.1


def ours(f: ss.TwoLayerReLU, dtype: str) -> Callable[[Array, int, int], tuple[float, Array]]:
    """Return what takes so many steps from a point: seconds a step, and the last point."""

    def run(start: Array, steps: int, threads: int) -> tuple[float, Array]:
        times = ss.escape_times(
            f,
            ss.GradientDescent(STEP),
            initial=ss.At(start),
            escape=ss.ValueBelow(-1.0),
            trials=1,
            max_steps=steps,
            threads=threads,
            dtype=dtype,
            arithmetic="auto",
            record=("points",),
        )
        assert times.diagnostics["lanes"] == 1
        # one gradient more than steps: the criterion looks at the last point too
        return times.diagnostics["seconds"] / (steps + 1), times.points[0]

    return run


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="(1 2)")
    parser.add_argument("--repeats", type=int, default=7, help="turns (7)")
    parser.add_argument("--steps", type=int, default=10, help="steps a turn (10)")
    parser.add_argument("--width", type=int, default=16_384)
    args = parser.parse_args()
    f = ss.TwoLayerReLU.random(64, samples=512, width=args.width, seed=1)
    start = ss.Gaussian(1.0).sample(f, trials=1)[0]
    flop = 4.0 * f.width * f.samples * f.size
    contestants: dict[str, Callable[[Array, int, int], tuple[float, Array]]] = {
        "saddlesim, float64": ours(f, "float64"),
        "saddlesim, float32": ours(f, "float32"),
    }
    if importlib.util.find_spec("torch"):
        for dtype in ("float64", "float32"):
            contestants[f"PyTorch by hand, {dtype}"] = by_hand(f, STEP, dtype)
            contestants[f"PyTorch autograd, {dtype}"] = autograd(f, STEP, dtype)
    truth = contestants["saddlesim, float64"](start, 3, 1)[1]
    for name, run in contestants.items():  # compiles, and is compared
        error = np.abs(run(start, 3, 1)[1] - truth).max()
        # in single precision a unit may be on the other side of a kink
        assert error < (1e-12 if "64" in name else 5e-3), f"{name} is off by {error}"
    print(", ".join(f"{key} {value}" for key, value in description().items()))
    print(f"width {f.width:,}, medians of {args.repeats} turns of {args.steps} steps\n")
    for threads in args.threads:
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        limits = []
        for _ in range(args.repeats):
            limits.append(multiply_adds(threads, 0.2))
            for name, run in contestants.items():
                seconds[name].append(run(start, args.steps, threads)[0])
        limit = statistics.median(limits)
        print(
            f"{threads} threads; limit of fused multiply-adds {limit / 1e9:.1f} GFLOP/s (float64)"
        )
        for name, values in seconds.items():
            base = seconds[f"saddlesim, {name[-7:]}"]
            ratio = statistics.median(b / a for a, b in zip(base, values, strict=True))
            peak = [most * (1 if "64" in name else 2) for most in limits]
            share = statistics.median(flop / s / p for s, p in zip(values, peak, strict=True))
            best = min(values)
            print(
                f"  {name:26} {1e3 * statistics.median(values):8.1f} ms a step "
                f"(best {1e3 * best:6.1f}), {flop / statistics.median(values) / 1e9:6.1f} GFLOP/s, "
                f"{share:4.0%} of the limit, {ratio:5.2f} times saddlesim's time"
            )


if __name__ == "__main__":
    main()
