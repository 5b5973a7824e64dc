"""Trajectory-steps per second beside plain Numba, on the same machine at the same time.

    python benchmarks/throughput.py                         # about two minutes
    python benchmarks/throughput.py --workloads octopus --threads 2 --repeats 9 --json speed.json

Each workload is run by saddlesim and by a well-written Numba program (benchmarks/peers) in turn, as
often as asked for; shown are medians, and the smallest and largest ratio of two neighbouring runs.
A rate counts each trajectory's own steps until it ends. Before anything is timed, both programs are
checked to compute the same thing.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import saddlesim as ss
from saddlesim import _core
from saddlesim.simulate import available_threads

Steps = NDArray[np.int64]
NO_PEER = (
    "Numba is not installed, so saddlesim is measured alone; for the comparison: "
    "pip install 'saddlesim[bench]'"
)


@dataclass(frozen=True)
class Workload:
    """One problem, for saddlesim and for its peer."""

    title: str
    landscape: ss.Landscape
    method: Any
    initial: ss.Initial
    escape: ss.Escape
    trials: int
    max_steps: int
    peer: Callable[[Any, Workload, NDArray[np.float64]], Steps]
    same_steps: bool  # whether the peer's steps are the same numbers, not just of the same law

    def run(self, threads: int, trials: int | None = None) -> ss.EscapeTimes:
        """Run saddlesim."""
        return ss.escape_times(
            self.landscape,
            self.method,
            initial=self.initial,
            escape=self.escape,
            trials=trials or self.trials,
            max_steps=self.max_steps,
            threads=threads,
        )

    def run_peer(self, numba_plain: Any, starts: NDArray[np.float64]) -> Steps:
        """Run the peer from the same starts."""
        return self.peer(numba_plain, self, starts)


def noisy_quadratic(peer: Any, w: Workload, starts: NDArray[np.float64]) -> Steps:
    f, m = w.landscape, w.method
    return peer.noisy_quadratic(
        f.eigenvalues, m.step_size, m.noise_scale, w.escape.radius, len(starts), w.max_steps
    )


def octopus(peer: Any, w: Workload, starts: NDArray[np.float64]) -> Steps:
    f = w.landscape
    return peer.octopus_descent(
        starts, w.method.step_size, f.L, f.gamma, f.tau, w.escape.tolerance, w.max_steps
    )


def perturbed_octopus(peer: Any, w: Workload, starts: NDArray[np.float64]) -> Steps:
    f, m = w.landscape, w.method
    rule = (m.step_size, m.radius, m.gradient_threshold, m.min_interval)
    return peer.octopus_perturbed_descent(
        starts, *rule, f.L, f.gamma, f.tau, w.escape.tolerance, w.max_steps
    )


def octopus_workload(dim: int, method: ss.Method, **rest: Any) -> Workload:
    f = ss.Octopus(dim)
    return Workload(
        landscape=f,
        method=method,
        initial=ss.Uniform(-1, 1),
        escape=ss.ReachesMinimum(0.1 * f.tau),
        **rest,
    )


WORKLOADS = {
    "noise": Workload(
        title="noisy GD, quadratic saddle, d = 64",
        landscape=ss.QuadraticSaddle([-1.0] + [1.0] * 63),
        method=ss.NoisyGradientDescent(0.1, 1e-3, noise="gaussian", scaled_by_step=False),
        initial=ss.At(np.zeros(64)),
        escape=ss.LeavesSubspace(radius=1.0),
        trials=16384,
        max_steps=100_000,
        peer=noisy_quadratic,
        same_steps=False,
    ),
    "octopus": octopus_workload(
        5,
        ss.GradientDescent(0.25),
        title="GD, octopus, d = 5",
        trials=16384,
        max_steps=200_000,
        peer=octopus,
        same_steps=True,
    ),
    "kicks": octopus_workload(
        10,
        ss.PerturbedGradientDescent(0.25, 0.01, 0.05, min_interval=10),
        title="perturbed GD, octopus, d = 10",
        trials=4096,
        max_steps=100_000,
        peer=perturbed_octopus,
        same_steps=False,
    ),
}


def check(name: str, ours: Steps, theirs: Steps, same_steps: bool) -> str:
    """Say how the steps of the two programs agree; raise SystemExit if they do not."""
    if same_steps:
        share = float(np.mean(ours == theirs))
        verdict = f"{share:.2%} of the step counts are equal"
        good = share >= 0.999  # rounding moves a trajectory across a threshold now and then
    else:
        error = math.sqrt(ours.var() / ours.size + theirs.var() / theirs.size)
        distance = float(abs(ours.mean() - theirs.mean())) / error
        verdict = f"means {ours.mean():.2f} and {theirs.mean():.2f}, {distance:.1f} standard errors"
        good = distance < 4
    if not good:
        raise SystemExit(f"{name}: the two programs do not compute the same thing: {verdict}")
    return verdict


def timed(run: Callable[[], Steps]) -> tuple[float, Steps]:
    begin = time.perf_counter()
    steps = run()
    return time.perf_counter() - begin, steps


def measure(name: str, threads: list[int], repeats: int, numba: Any) -> list[dict[str, Any]]:
    """Return a row for each thread count: rates of each repeat, and how the results agree."""
    w = WORKLOADS[name]
    starts = w.initial.sample(w.landscape, trials=w.trials)
    w.run(1, trials=64)
    agreement = ""
    if numba:
        w.run_peer(numba.peer, starts[:64])  # compiles
        theirs = w.run_peer(numba.peer, starts)
        agreement = check(name, w.run(threads[-1]).steps, theirs, w.same_steps)
    rates: dict[tuple[str, int], list[float]] = {}
    for _ in range(repeats):
        for n in threads:
            for who in ("saddlesim", "numba") if numba else ("saddlesim",):
                if who == "numba":
                    numba.set_threads(n)
                    seconds, steps = timed(lambda: w.run_peer(numba.peer, starts))
                else:
                    seconds, steps = timed(lambda n=n: w.run(n).steps)
                rates.setdefault((who, n), []).append(float(steps.sum()) / seconds)
    return [
        {
            "workload": name,
            "title": w.title,
            "threads": n,
            "trials": w.trials,
            "agreement": agreement,
            "saddlesim": rates["saddlesim", n],
            "numba": rates.get(("numba", n), []),
        }
        for n in threads
    ]


@dataclass(frozen=True)
class Numba:
    """The peer and its thread count."""

    peer: Any
    set_threads: Callable[[int], None]
    version: str


def load_numba() -> Numba | None:
    try:
        import numba
    except ImportError:
        return None
    from peers import numba_plain

    return Numba(numba_plain, numba.set_num_threads, numba.__version__)


def line(row: dict[str, Any]) -> str:
    text = f"{row['title']:36} {row['threads']:7} {median(row['saddlesim']) / 1e6:11.3g}"
    if not row["numba"]:
        return text
    ratios = [ours / theirs for ours, theirs in zip(row["saddlesim"], row["numba"], strict=True)]
    spread = f"({min(ratios):.1f} to {max(ratios):.1f})"
    return f"{text} {median(row['numba']) / 1e6:9.3g} {median(ratios):7.1f} x {spread}"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usable = available_threads()
    parser.add_argument("--repeats", type=int, default=5, help="runs of each program (default 5)")
    parser.add_argument(
        "--threads",
        type=int,
        nargs="+",
        default=sorted({1, min(2, usable)}),
        help=f"thread counts, 1 to {usable} here (default: 1 and 2)",
    )
    parser.add_argument(
        "--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), help="which (all)"
    )
    parser.add_argument("--json", type=Path, help="also write every rate to this file")
    options = parser.parse_args()
    if options.repeats < 1:
        parser.error(f"--repeats must be at least 1, got {options.repeats}")
    for n in options.threads:
        if not 1 <= n <= usable:
            parser.error(f"--threads must be from 1 to {usable}, which is what is here, got {n}")
    return options


def main() -> None:
    options = parse()
    numba = load_numba()
    info = _core.build_info()
    if numba is None:
        print(NO_PEER, file=sys.stderr)
    versions = f"saddlesim {ss.__version__} ({info['isa']}, {info['lanes']} lanes)"
    print(versions + (f", Numba {numba.version}" if numba else ""))
    print(f"million trajectory-steps per second, medians of {options.repeats} runs in turn\n")
    print(f"{'workload':36} threads   saddlesim" + ("     Numba     ratio" if numba else ""))
    rows = []
    for name in options.workloads:
        measured = measure(name, options.threads, options.repeats, numba)
        print("\n".join(line(row) for row in measured), flush=True)
        rows += measured
    if numba:
        print("\nboth compute the same thing:")
        for name, agreement in {row["title"]: row["agreement"] for row in rows}.items():
            print(f"  {name}: {agreement}")
    if options.json:
        machine = {"machine": platform.machine(), "python": platform.python_version(), **info}
        options.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
