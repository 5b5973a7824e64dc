"""Steps and Hessian-vector products a second beside every other program that is installed.

    python benchmarks/throughput.py                          # all workloads, some minutes
    python benchmarks/throughput.py --workloads octopus sensing --threads 1 --repeats 9
    python benchmarks/throughput.py --json speed.json        # for regressions.py

Each workload is run in turn by saddlesim and by its peers (benchmarks/peers): what a competent
researcher writes with Numba, and what experts reach with Numba, NumPy, JAX, PyTorch and ensmallen.
Every program has a process of its own, bound to as many processors as it has threads. Shown are
medians over the repeats; of the ratio saddlesim to peer also the smallest and largest within a
repeat; and the share of what the machine can do at best, measured in the same run. Before anything
is timed, all programs are checked to compute the same thing.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from machine import description, limits
from worker import OURS, PEERS, Worker
from workloads import WORKLOADS, Workload

from saddlesim import isa
from saddlesim.threads import available_threads

Rates = dict[str, dict[int, list[float]]]  # program -> threads -> a rate for each repeat


def verdict(workload: Workload, ours: Any, theirs: Any) -> tuple[bool, str]:
    """Whether two programs' answers agree, and how."""
    if workload.agreement == "same steps":
        share = float(np.mean(ours == theirs))
        return share >= workload.equal, f"{share:.2%} of the step counts are equal"
    if workload.agreement == "same law":
        error = math.sqrt(ours.var() / ours.size + theirs.var() / theirs.size)
        distance = abs(float(ours.mean() - theirs.mean())) / error
        means = f"means {ours.mean():.2f} and {theirs.mean():.2f}"
        return distance < 4, f"{means}, {distance:.1f} standard errors apart"
    scale = np.abs(ours).max(axis=1, keepdims=True)
    difference = float((np.abs(ours - theirs) / scale).max())
    return difference < 1e-8, f"relative difference at most {difference:.1e}"


def check(workload: Workload, workers: list[Worker]) -> list[str]:
    """Say how all programs agree with the first; raise SystemExit if one does not."""
    first, *others = [(worker, worker.ask("answer")) for worker in workers]
    lines = []
    for worker, answer in others:
        same, how = verdict(workload, first[1], answer)
        if not same:
            raise SystemExit(
                f"{workload.title}: {worker.program} does not compute the same thing: {how}"
            )
        lines.append(f"  {worker.program}: {how}")
    return lines


def measure(workers: list[Worker], repeats: int) -> Rates:
    """Run all programs in turn, `repeats` times."""
    rates: Rates = {}
    for _ in range(repeats):
        for worker in workers:
            by_threads = rates.setdefault(worker.program, {})
            by_threads.setdefault(worker.threads, []).append(worker.ask("rate"))
    return rates


def rows(workload: Workload, rates: Rates, best: dict[int, dict[str, float]]) -> Iterable[str]:
    """Return the table's rows: a program and a thread count each."""
    for program, by_threads in rates.items():
        for n, values in by_threads.items():
            row = f"  {program:17}{n:>3}{median(values):>11.3g}"
            reached = share(workload, median(values), best[n])
            row += (
                f"{reached:>8.0%}" if program != "saddlesim, exact" else " " * 8
            )  # takes no steps
            if program != "saddlesim":
                ratios = [a / b for a, b in zip(rates["saddlesim"][n], values, strict=True)]
                spread = f"({min(ratios):.3g} to {max(ratios):.3g})"
                row += f"{median(ratios):>9.3g} x  {spread}"
            yield row


def share(workload: Workload, rate: float, best: dict[str, float]) -> float:
    """Return which part of the limit that binds it a rate is."""
    return rate * workload.work / best[workload.limit]


def run(name: str, workers: list[Worker], repeats: int) -> dict[str, Any]:
    """Check and time one workload on all programs that do it, and print what was found."""
    able = [worker for worker in workers if worker.ask("load", name)]
    workload = WORKLOADS[name]()
    print(f"\n{workload.title}: {workload.unit} a second; limit: {workload.limit}")
    most = max(worker.threads for worker in able)
    agreements = check(workload, [worker for worker in able if worker.threads == most])
    for worker in able:
        worker.ask("rate")  # once for nothing: many compile when they run for the first time
    counts = sorted({worker.threads for worker in able})
    best = {n: limits(n) for n in counts}
    rates = measure(able, repeats)
    print("\n".join(rows(workload, rates, best)))
    print(*agreements, sep="\n", end="\n" if agreements else "", flush=True)
    return {
        "workload": name,
        "title": workload.title,
        "unit": workload.unit,
        "limit": {
            "name": workload.limit,
            "work": workload.work,
            "best": {str(n): best[n][workload.limit] for n in counts},
        },
        "rates": rates,
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usable = available_threads()
    parser.add_argument("--repeats", type=int, default=7, help="runs of each program (default 7)")
    parser.add_argument(
        "--threads",
        type=int,
        nargs="+",
        metavar="N",
        default=sorted({1, usable}),
        help=f"thread counts, 1 to {usable} here (default: 1 and {usable})",
    )
    names = list(WORKLOADS)
    listed: dict[str, Any] = {"metavar": "NAME"}
    parser.add_argument(
        "--workloads", nargs="+", choices=names, default=names, help=f"{', '.join(names)}", **listed
    )
    peers = list(PEERS)
    parser.add_argument(
        "--peers", nargs="*", choices=peers, default=peers, help="; ".join(peers), **listed
    )
    parser.add_argument(
        "--builds",
        nargs="+",
        choices=isa.built(),
        default=[],
        help=f"also these builds of the core: {', '.join(isa.built())}",
        **listed,
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
    about = description()
    print(f"{about['processor']}, {about['isa']}; medians of {options.repeats} runs in turn")
    print("columns: threads, rate, share of the limit, how many times as fast saddlesim is")
    workers, versions = [], {}
    builds = [(f"saddlesim, {build}", build) for build in options.builds]
    for program, build in [*((name, None) for name in (*OURS, *options.peers)), *builds]:
        for n in options.threads:
            worker = Worker(program, n, build)
            if worker.version is None:
                print(f"not installed, and left out: {program}")
                break
            versions[program] = worker.version
            workers.append(worker)
    document: dict[str, Any] = {"machine": about, "programs": versions, "results": []}
    for name in options.workloads:
        document["results"] += [run(name, workers, options.repeats)]
        if options.json:  # at once: nothing that was measured is lost
            options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for worker in workers:
        worker.close()


if __name__ == "__main__":
    main()
