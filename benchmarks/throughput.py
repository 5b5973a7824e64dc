"""Trajectory-steps per second beside Numba, on the same machine at the same time.

    python benchmarks/throughput.py                         # about a minute
    python benchmarks/throughput.py --workloads octopus --threads 2 --repeats 9 --json speed.json

Each workload is run in turn by saddlesim and by well-written Numba programs (benchmarks/peers): one
that computes the gradient and takes the step, and on the octopus also one that fuses the two by
hand. Shown are medians over the repeats, and the smallest and largest ratio within a repeat. A rate
counts each trajectory's own steps until it ends. Before anything is timed, all programs are checked
to compute the same thing.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import time
from collections.abc import Callable, Mapping
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
Rates = dict[str, dict[int, list[float]]]  # program -> threads -> steps per second of each repeat
NO_PEER = (
    "Numba is not installed, so saddlesim is measured alone; for the comparison: "
    "pip install 'saddlesim[bench]'"
)


@dataclass(frozen=True)
class Workload:
    """One problem, for saddlesim and for its peers."""

    title: str
    landscape: Any
    method: Any
    initial: ss.Initial
    escape: Any
    trials: int
    max_steps: int
    peer: str  # the name of its function in the peers' modules
    peer_arguments: tuple[float, ...]  # between the starts and max_steps
    same_steps: bool  # whether the peers' steps are the same numbers, not just of the same law

    def run(self, threads: int) -> Steps:
        """Run saddlesim."""
        return ss.escape_times(
            self.landscape,
            self.method,
            initial=self.initial,
            escape=self.escape,
            trials=self.trials,
            max_steps=self.max_steps,
            threads=threads,
            arithmetic="float64",  # every step taken, as the peers do
        ).steps

    def starts(self) -> NDArray[np.float64]:
        """Return the points at which it starts."""
        return self.initial.sample(self.landscape, trials=self.trials)

    def run_peer(self, module: Any, starts: NDArray[np.float64]) -> Steps:
        """Run a peer from the same starts."""
        steps: Steps = getattr(module, self.peer)(starts, *self.peer_arguments, self.max_steps)
        return steps


def workloads() -> dict[str, Workload]:
    saddle = ss.QuadraticSaddle([-1.0] + [1.0] * 63)
    noisy = ss.NoisyGradientDescent(0.1, 1e-3, noise="gaussian", scaled_by_step=False)
    plain, kicked = ss.Octopus(5), ss.Octopus(10)
    shape = (plain.L, plain.gamma, plain.tau, 0.1 * plain.tau)
    pgd = ss.PerturbedGradientDescent(0.25, 0.01, 0.05, min_interval=10)
    rule = (pgd.step_size, pgd.radius, pgd.gradient_threshold, pgd.min_interval)
    return {
        "noise": Workload(
            title="noisy GD, quadratic, d = 64",
            landscape=saddle,
            method=noisy,
            initial=ss.At(np.zeros(64)),
            escape=ss.LeavesSubspace(radius=1.0),
            trials=16384,
            max_steps=100_000,
            peer="noisy_quadratic",
            peer_arguments=(saddle.eigenvalues, noisy.step_size, noisy.noise_scale, 1.0),
            same_steps=False,
        ),
        "octopus": Workload(
            title="GD, octopus, d = 5",
            landscape=plain,
            method=ss.GradientDescent(0.25),
            initial=ss.Uniform(-1, 1),
            escape=ss.ReachesMinimum(0.1 * plain.tau),
            trials=16384,
            max_steps=200_000,
            peer="octopus_descent",
            peer_arguments=(0.25, *shape),
            same_steps=True,
        ),
        "kicks": Workload(
            title="perturbed GD, octopus, d = 10",
            landscape=kicked,
            method=pgd,
            initial=ss.Uniform(-1, 1),
            escape=ss.ReachesMinimum(0.1 * kicked.tau),
            trials=4096,
            max_steps=100_000,
            peer="octopus_perturbed_descent",
            peer_arguments=(*rule, *shape),
            same_steps=False,
        ),
    }


def check(title: str, ours: Steps, theirs: Steps, same_steps: bool) -> str:
    """Say how the steps of two programs agree; raise SystemExit if they do not."""
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
        raise SystemExit(f"{title}: the programs do not compute the same thing: {verdict}")
    return verdict


def rate(run: Callable[[], Steps]) -> float:
    # the worker threads of the program before spin for a while before they sleep
    time.sleep(0.05)
    begin = time.perf_counter()
    steps = run()
    return float(steps.sum()) / (time.perf_counter() - begin)


def measure(w: Workload, threads: list[int], repeats: int, peers: Mapping[str, Any]) -> Rates:
    """Run all programs in turn, `repeats` times for each thread count."""
    starts = w.starts()
    rates: Rates = {who: {n: [] for n in threads} for who in ("saddlesim", *peers)}
    for _ in range(repeats):
        for n in threads:
            rates["saddlesim"][n].append(rate(lambda n=n: w.run(n)))
            for who, module in peers.items():
                set_numba_threads(n)
                rates[who][n].append(rate(lambda module=module: w.run_peer(module, starts)))
    return rates


def load_peers() -> dict[str, Any]:
    """Return the peers' modules by what the table calls them; none if Numba is absent."""
    try:
        import numba  # noqa: F401
    except ImportError:
        return {}
    from peers import numba_fused, numba_plain

    return {"Numba": numba_plain, "Numba, fused": numba_fused}


def set_numba_threads(count: int) -> None:
    import numba

    numba.set_num_threads(count)


def lines(w: Workload, rates: Rates) -> list[str]:
    """Return the table's rows: a program and a thread count each."""
    rows = []
    for who, by_threads in rates.items():
        for n, values in by_threads.items():
            row = f"{w.title:30} {who:13} {n:7} {median(values) / 1e6:10.3g}"
            if who != "saddlesim":
                ours = rates["saddlesim"][n]
                ratios = [a / b for a, b in zip(ours, values, strict=True)]
                spread = f"({min(ratios):.1f} to {max(ratios):.1f})"
                row += f"   saddlesim is {median(ratios):4.1f} x as fast {spread}"
            rows.append(row)
    return rows


def parse(names: list[str]) -> argparse.Namespace:
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
    parser.add_argument("--workloads", nargs="+", choices=names, default=names, help="which (all)")
    parser.add_argument("--json", type=Path, help="also write every rate to this file")
    options = parser.parse_args()
    if options.repeats < 1:
        parser.error(f"--repeats must be at least 1, got {options.repeats}")
    for n in options.threads:
        if not 1 <= n <= usable:
            parser.error(f"--threads must be from 1 to {usable}, which is what is here, got {n}")
    return options


def main() -> None:
    known = workloads()
    options = parse(list(known))
    modules = load_peers()
    info = _core.build_info()
    if not modules:
        print(NO_PEER, file=sys.stderr)
    print(
        f"saddlesim {ss.__version__} ({info['isa']}), medians of {options.repeats} runs in turn\n"
    )
    print(f"{'workload':30} {'program':13} threads    million trajectory-steps/s")
    results, agreements = [], []
    for name in options.workloads:
        w = known[name]
        peers = {who: module for who, module in modules.items() if hasattr(module, w.peer)}
        ours, starts = w.run(options.threads[-1]), w.starts()
        for who, module in peers.items():
            verdict = check(w.title, ours, w.run_peer(module, starts), w.same_steps)
            agreements.append(f"  {w.title}, {who}: {verdict}")
        rates = measure(w, options.threads, options.repeats, peers)
        print("\n".join(lines(w, rates)), flush=True)
        results.append({"workload": name, "title": w.title, "rates": rates})
    if agreements:
        print("\nAll compute the same thing as saddlesim:", *agreements, sep="\n")
    if options.json:
        machine = {"machine": platform.machine(), "python": platform.python_version(), **info}
        document = {"machine": machine, "results": results}
        options.json.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
