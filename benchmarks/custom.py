"""Steps a second of gradient descent on the octopus that one brings along, beside the built-in one.

All routes take the same steps of the same trajectories; a step is timed by the processor time of
the process, in turn, and a ratio is the median of those within one round. The loops in Python
take one trajectory at a time and look at no criterion: one asks the NumPy route's own function for
one row, the other a function that was written for one point.

    python benchmarks/custom.py
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import saddlesim as ss

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
import octopus_functions as functions

STEPS = 60  # in the tube, before a coordinate that waits is subnormal
DESCENT = ss.GradientDescent(0.25)
NEVER = ss.LeavesBall(radius=1e6)


def rate(landscape: ss.Landscape, starts: ss.At) -> float:
    """Return the steps a second of one thread."""
    begin = time.process_time()
    times = ss.escape_times(
        landscape, DESCENT, initial=starts, escape=NEVER, max_steps=STEPS, threads=1,
        arithmetic="float64",
    )  # fmt: skip
    return float(times.steps.sum()) / (time.process_time() - begin)


def call_cost(dim: int, starts: ss.At, block: int | None = None) -> str:
    """Return what a call costs beside its function, in words: that of one that does nothing."""
    f = ss.CustomLandscape(
        dim,
        value=lambda X: X[:, 0],
        gradient=lambda _: slope,
        block=block,
        check=False,
        name="nothing",
    )
    slope = np.full((f.block, dim), 1e-3)
    microseconds = min(1e6 * f.block / rate(f, starts) for _ in range(7))
    return f"{microseconds:.1f} us a call of {f.block} rows, function apart"


def loop_rate(gradient: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> float:
    """Return the same of a loop in Python over a few trajectories; `points` are their starts."""
    begin = time.process_time()
    for start in points:
        x = start.copy()
        for _ in range(STEPS):
            x -= 0.25 * gradient(x)
    return len(points) * STEPS / (time.process_time() - begin)


def routes(dim: int, folder: Path, wanted: list[str]) -> dict[str, ss.Landscape]:
    """Return the landscapes that are wanted and whose library is installed."""
    found: dict[str, ss.Landscape] = {"built in": ss.Octopus(dim)}
    library = functions.library(folder)
    makers: dict[str, Callable[..., ss.Landscape]] = {
        "C, block": lambda d, **facts: functions.with_c(d, library, "block", **facts),
        "C, point": lambda d, **facts: functions.with_c(d, library, "point", **facts),
        **dict(reversed(functions.IN_PYTHON.items())),
    }
    for name, make in makers.items():
        if wanted and name not in wanted:
            continue
        try:
            found[name] = make(dim, check=False)
        except ImportError:
            print(f"{name} is not installed and left out")
    if "torch" in found:
        import torch

        torch.set_num_threads(1)  # as the others
    return found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=7, help="rounds (7)")
    parser.add_argument("--dims", type=int, nargs="+", default=[10, 100], help="(10 100)")
    parser.add_argument("--routes", nargs="+", default=[], help="only these, beside the built-in")
    parser.add_argument("--trials", type=int, default=4096, help="trajectories a run (4096)")
    chosen = parser.parse_args()
    print(f"{'dim':>4}  {'route':14} {'steps/s':>9}  built in is so many times as fast")
    for dim in chosen.dims:
        own = ss.Octopus(dim)
        points = own.default_initial().sample(own, trials=chosen.trials)
        starts = ss.At(points)
        with tempfile.TemporaryDirectory() as folder:
            landscapes = routes(dim, Path(folder), chosen.routes)
            for landscape in landscapes.values():
                rate(landscape, starts)  # compiled, and in the caches
            rounds = [
                {name: rate(f, starts) for name, f in landscapes.items()}
                | {
                    "loop, rows": loop_rate(functions.gradient, points[:8, None]),
                    "loop, points": loop_rate(functions.gradient_of_one, points[:8]),
                }
                for _ in range(chosen.repeats)
            ]
        for name in rounds[0]:
            median = statistics.median(one[name] for one in rounds)
            ratio = statistics.median(one["built in"] / one[name] for one in rounds)
            print(f"{dim:4}  {name:14} {median:9.2e}  {ratio:8.2f}")
        print(f"{dim:4}  {call_cost(dim, starts)}; {call_cost(dim, starts, block=16)}")


if __name__ == "__main__":
    main()
