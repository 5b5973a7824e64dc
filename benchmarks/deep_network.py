"""Time steps and Hessian-vector products of one deep network, beside PyTorch and the limit.

One trajectory, one point: SIMD and threads run within it. The programs take turns, and ratios are
medians over the turns, because machines drift; results are compared before anything is measured.
One thread is timed by the processor time of the process, which others on the machine disturb least,
and shares are of the limit by the same clock.

    python benchmarks/deep_network.py
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
from peers.deep_network import clock

import saddlesim as ss
from saddlesim.tuning import multiply_adds

Array = NDArray[np.float64]
Program = Callable[[Array, Array, int, int], tuple[float, Array]]
STEP = 1e-3
# widths, samples, and how many steps and products a turn has: starting a run counts as steps do
SHAPES = {
    "large": ([64, 1024, 1024], 512, {"step": 20, "HVP": 5}),
    "small": ([64, 256, 256], 128, {"step": 200, "HVP": 50}),
}


def descent(f: ss.DeepNetwork) -> Program:
    """Return what takes so many steps from x: seconds a step, and the last point."""

    def run(x: Array, _: Array, steps: int, threads: int) -> tuple[float, Array]:
        now = clock(threads)
        begin = now()
        times = ss.escape_times(
            f,
            ss.GradientDescent(STEP),
            initial=ss.At(x),
            escape=ss.ValueBelow(-1.0),
            trials=1,
            max_steps=steps,
            threads=threads,
            record=("points",),
        )
        # one gradient more than steps: the criterion looks at the last point too
        return (now() - begin) / (steps + 1), times.points[0]

    return run


def products(f: ss.DeepNetwork) -> Program:
    """Return what multiplies v by the Hessian at x: seconds a product, and the product."""

    def run(x: Array, v: Array, repeats: int, threads: int) -> tuple[float, Array]:
        now = clock(threads)
        begin = now()
        for _ in range(repeats):
            result = f.hvp(x, v, threads=threads)
        return (now() - begin) / repeats, result

    return run


def contestants(f: ss.DeepNetwork) -> dict[str, dict[str, Program]]:
    """Return for each kind of work who does it."""
    found: dict[str, dict[str, Program]] = {
        "step": {"saddlesim": descent(f)},
        "HVP": {"saddlesim": products(f)},
    }
    if importlib.util.find_spec("torch"):
        from peers import deep_network as peers

        found["step"]["PyTorch by hand"] = peers.descent_by_hand(f, STEP)
        found["step"]["PyTorch autograd"] = peers.descent_with_autograd(f, STEP)
        found["HVP"]["PyTorch by hand"] = peers.hvp_by_hand(f)
        found["HVP"]["PyTorch autograd"] = peers.hvp_with_autograd(f)
    return found


def multiply_adds_of(f: ss.DeepNetwork) -> dict[str, int]:
    """Return how many a step and a product have: no work is done for the inputs' gradient."""
    first = f.widths[0] * f.widths[1]
    return {"step": f.samples * (3 * f.dim - first), "HVP": f.samples * (8 * f.dim - 5 * first)}


def limit(threads: int) -> float:
    """Return multiply-adds a second in FLOP/s, by the same clock as the programs'."""
    wall, now = time.perf_counter(), clock(threads)
    begin = now()
    rate = multiply_adds(threads, 0.1)
    return rate * (time.perf_counter() - wall) / (now() - begin)


def measure(f: ss.DeepNetwork, repeats: dict[str, int], turns: int, threads: int) -> None:
    """Print a line for everybody and each kind of work."""
    x = f.default_initial().sample(f, trials=1)[0]
    v = np.random.default_rng(0).normal(size=f.dim)
    for work, programs in contestants(f).items():
        truth = programs["saddlesim"](x, v, 2, threads)[1]
        for name, run in programs.items():
            error = np.abs(run(x, v, 2, threads)[1] - truth).max() / np.abs(truth).max()
            assert error < 1e-9, f"{name} is off by {error}"
        seconds: dict[str, list[float]] = {name: [] for name in programs}
        limits = []
        for _ in range(turns):
            limits.append(limit(threads))
            for name, run in programs.items():
                seconds[name].append(run(x, v, repeats[work], threads)[0])
        flop = 2.0 * multiply_adds_of(f)[work]
        for name, values in seconds.items():
            pairs = zip(seconds["saddlesim"], values, strict=True)
            ratio = statistics.median(b / a for a, b in pairs)
            share = flop / statistics.median(values) / statistics.median(limits)
            print(
                f"  {threads} threads, {work:4}  {name:16}"
                f" {1e3 * statistics.median(values):8.2f} ms (best {1e3 * min(values):7.2f}),"
                f" {share:4.0%} of the limit, {ratio:5.2f} times saddlesim's time",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="(1 2)")
    parser.add_argument("--turns", type=int, default=7, help="(7)")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--activations", nargs="+", default=["relu", "tanh"], help="(relu tanh)")
    args = parser.parse_args()
    print(", ".join(f"{key} {value}" for key, value in description().items()))
    for shape in args.shapes:
        (d, *hidden), samples, repeats = SHAPES[shape]
        for activation in args.activations:
            f = ss.DeepNetwork.random(d, samples=samples, hidden=hidden, activation=activation)
            print(
                f"\nwidths {f.widths}, n = {samples}, {activation}: medians of {args.turns} turns"
            )
            for threads in args.threads:
                measure(f, repeats, args.turns, threads)


if __name__ == "__main__":
    main()
