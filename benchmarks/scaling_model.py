"""A paper model of the speed-up on many cores, from what one thread of this machine needs.

    python benchmarks/scaling_model.py

A run takes the serial time of the call, the time to start its threads, and then as long as its last
block of lanes. Which trajectory each lane takes is simulated from the lengths of real trajectories:
a lane takes the next one when its last has ended, and all lanes of a block step together. A
piece of trajectories is handed out by one atomic addition and counted by another; these follow one
another, at what it costs a cache line to travel between cores (an assumption). Memory
bandwidth and clock rates that fall under load are left out: `saddlesim tune` measures those.
"""

from __future__ import annotations

import argparse
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray
from workloads import WORKLOADS, Workload

import saddlesim as ss
from saddlesim import _core

LANES = int(_core.build_info()["lanes"])
THREADS = (1, 2, 4, 8, 16, 32, 64, 128)
TRAVEL = 100e-9  # seconds for a cache line from one core to another, far away
NEAR = 20e-9  # the same where nobody else asks for it


@dataclass(frozen=True)
class Machine:
    """Seconds of what does not become faster with threads."""

    call: float  # of a run that has nothing to do, with one thread
    start: float  # for each further thread

    @classmethod
    def measured(cls, repeats: int = 200) -> Machine:
        """Time runs of one step a thread."""
        saddle, method = ss.QuadraticSaddle([1.0, -1.0]), ss.GradientDescent(0.1)

        def seconds(threads: int) -> float:
            begin = time.perf_counter()
            ss.escape_times(saddle, method, trials=64, max_steps=1, threads=threads)
            return time.perf_counter() - begin

        few, many = (median(seconds(n) for _ in range(repeats)) for n in (1, 33))
        return cls(few, max(0.0, (many - few) / 32))


def last_block(steps: NDArray[np.int64], threads: int) -> int:
    """Return the steps of the block that ends last."""
    lanes = [0] * min(LANES * threads, len(steps))
    for length in steps.tolist():
        heapq.heapreplace(lanes, lanes[0] + length)
    return max(lanes)


def predict(machine: Machine, steps: NDArray[np.int64], block_step: float, threads: int) -> float:
    """Return the seconds of a run whose trajectories take so many steps."""
    computing = last_block(steps, threads) * block_step
    share = len(steps) // (8 * threads * LANES)
    piece = min(max(1, share), 4 * LANES)  # as the engine has it
    atomics = 2 * len(steps) / piece * (NEAR if threads == 1 else TRAVEL)
    return machine.call + (threads - 1) * machine.start + max(computing, atomics)


def lengths(workload: Workload, trials: int) -> tuple[NDArray[np.int64], float]:
    """Return the steps of so many trajectories, drawn from a run, and the time of a block-step."""
    run: Callable[[], NDArray[np.int64]] = workload.ours(1)
    run()
    begin = time.perf_counter()
    steps = run()
    block_step = (time.perf_counter() - begin) * LANES / steps.sum()
    return np.random.default_rng(0).choice(steps, trials), block_step


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [name for name in WORKLOADS if WORKLOADS[name]().agreement != "same numbers"]
    parser.add_argument(
        "--workloads",
        nargs="+",
        metavar="NAME",
        choices=names,
        default=["octopus", "factorization"],
        help=f"some of {', '.join(names)}",
    )
    options = parser.parse_args()
    machine = Machine.measured()
    print(f"a call: {machine.call * 1e6:.0f} us; each thread: {machine.start * 1e6:.1f} us")
    head = "".join(f"{n:>8}" for n in THREADS)
    print(f"{'predicted speed-up with so many threads':44}{head}")
    for name in options.workloads:
        workload = WORKLOADS[name]()
        for trials in (10_000, 100_000, 1_000_000):
            steps, block_step = lengths(workload, trials)
            alone = predict(machine, steps, block_step, 1)
            cells = [alone / predict(machine, steps, block_step, n) for n in THREADS]
            label = f"{workload.title}, {trials:,} ({alone:.3g} s)"
            print(f"{label:44}" + "".join(f"{cell:>8.1f}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
