"""What it is worth to compute one point or trajectory of a wide network alone, not in a lane.

Processor time of one thread; both ways take turns, and ratios are medians over the turns. The
answers are compared bit for bit.

    python benchmarks/solo.py
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from machine import description

import saddlesim as ss
from saddlesim import _core

Work = Callable[[], Any]
STEPS = 8  # of a flow, and of minibatches
PRODUCTS = 16
BATCH = 32
NETWORKS: dict[str, ss.TwoLayerReLU | ss.DeepNetwork] = {
    "two layers of 4,096": ss.TwoLayerReLU.random(64, samples=128, width=4096, seed=1),
    "64, 256, 256, 1": ss.DeepNetwork.random(64, samples=128, hidden=[256, 256], seed=1),
    "two layers of 256": ss.TwoLayerReLU.random(10, samples=50, width=256, seed=1),
}


def contestants(f: ss.TwoLayerReLU | ss.DeepNetwork) -> dict[str, Work]:
    """Return what is done at one point, and with one trajectory."""
    x = np.random.default_rng(0).normal(size=f.dim)
    batches = ss.StochasticGradientDescent(0.01 / f.smoothness, batch_size=BATCH)
    flow = ss.GradientFlow(relative_tolerance=1e-6, absolute_tolerance=1e-9)

    def run(method: ss.Method, trials: int) -> Work:
        return lambda: (
            ss.escape_times(
                f,
                method,
                trials=trials,
                escape=ss.ValueBelow(-1.0),
                max_steps=STEPS,
                threads=1,
                record=("points",),
            ).points
        )

    def eigenpair() -> Any:
        return ss.min_eigenpair(f, x, max_steps=PRODUCTS, threads=1).eigenvector

    def density() -> Any:
        return ss.spectral_density(f, x, probes=1, steps=PRODUCTS, threads=1).nodes

    def training() -> Any:
        return ss.train(f, batches, steps=STEPS, every=STEPS, threads=1).point

    return {
        "min_eigenpair": eigenpair,
        "spectral_density": density,
        "train, minibatches": training,
        "escape_times, minibatches": run(batches, 1),
        "escape_times, minibatches, 4 trajectories": run(batches, 4),
        "escape_times, flow": run(flow, 1),
        "escape_times, flow, 4 trajectories": run(flow, 4),
    }


def seconds(work: Work, alone: bool) -> tuple[float, bytes]:
    """Return how long a way takes, and what it answers."""
    _core.use_solo(alone)
    begin = time.process_time()
    answer = work()
    return time.process_time() - begin, np.asarray(answer).tobytes()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    turns = parser.parse_args().turns
    print(description())
    for name, f in NETWORKS.items():
        print(f"\n{name}: dim {f.dim:,}, {f.samples} samples")
        for what, work in contestants(f).items():
            times = []
            for _ in range(turns):
                (alone, answer), (lanes, same) = seconds(work, True), seconds(work, False)
                if answer != same:
                    raise AssertionError(f"{what} has other bits in lanes")
                times.append((lanes / alone, alone))
            ratio, took = (statistics.median(column) for column in zip(*times, strict=True))
            print(f"  {what:<44} {1e3 * took:9.2f} ms, in lanes {ratio:5.1f} times as long")


if __name__ == "__main__":
    main()
