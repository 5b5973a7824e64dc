"""What methods cost beside their gradients, and noise beside its generator.

Nanoseconds of processor time a step and trajectory, one thread, in turns, medians. Stretches (many
steps at once for some combinations) are off, so that every method goes through the same loop. The
gradient alone is that of one block of points again and again. What the criterion, |x| >= radius,
takes is measured beside one that looks at a single coordinate, and subtracted.

    python benchmarks/overheads.py
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from machine import normals

import saddlesim as ss
from saddlesim import _core

DIM = 64
NEVER = ss.LeavesBall(radius=1e60)  # not so far that x is subnormal beside it


def methods(f: ss.Landscape) -> dict[str, tuple[ss.Method, float]]:
    """Return the methods, and how many gradients each takes a step."""
    step = 1e-3 / f.smoothness
    never = 1e-200  # of the gradient: no kick, no search
    return {
        "GradientDescent": (ss.GradientDescent(step), 1),
        "PerturbedGradientDescent": (ss.PerturbedGradientDescent(step, 1e-3, never, 10), 1),
        "HeavyBall": (ss.HeavyBall(step), 1),
        "Nesterov": (ss.Nesterov(step), 1),
        "PerturbedAccelerated...": (
            ss.PerturbedAcceleratedGradientDescent(step, 0.1, 1e-3, never, 2**40),
            2,
        ),
        "NegativeCurvatureDescent": (ss.NegativeCurvatureDescent(step, never, 0.1, 1.0), 1),
        "Noisy, gaussian": (ss.NoisyGradientDescent(step, 1e-6, noise="gaussian"), 1),
        "Noisy, sphere": (ss.NoisyGradientDescent(step, 1e-6), 1),
        "Langevin": (ss.Langevin(step, 1e12), 1),
    }


def nanoseconds(run: Callable[[], int], seconds: float) -> float:
    """Return the processor time of each of the steps that `run` says that it takes."""
    begin, done = time.process_time(), 0
    while time.process_time() - begin < seconds:
        done += run()
    return 1e9 * (time.process_time() - begin) / done


def stepping(f: ss.Landscape, method: ss.Method, escape: ss.Escape = NEVER) -> Callable[[], int]:
    trials, steps = 32, 4000
    start = ss.Uniform(-1, 1)

    def run() -> int:
        times = ss.escape_times(
            f, method, initial=start, escape=escape, trials=trials, max_steps=steps, threads=1
        )
        return int(times.steps.sum())

    return run


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=7, help="turns (7)")
    args = parser.parse_args()
    _core.use_stretches(False)
    eigenvalues = np.concatenate([np.linspace(0.5, 1, DIM - 1), [-0.1]])
    normal = 1e9 / normals(1)
    print(f"a normal deviate of the generator alone: {normal:.2f} ns")
    aligned = ss.QuadraticSaddle(eigenvalues)
    plain = ss.GradientDescent(1e-3)
    looks = stepping(aligned, plain), stepping(aligned, plain, ss.LeavesSubspace(1e60))
    ball = statistics.median(
        nanoseconds(looks[0], 0.05) - nanoseconds(looks[1], 0.05) for _ in range(args.repeats)
    )
    print(f"the criterion: {ball:.1f} ns")
    for name, f in (
        ("rotated quadratic, d = 64", ss.QuadraticSaddle(eigenvalues, rotation_seed=0)),
        ("axis-aligned quadratic, d = 64", aligned),
    ):
        chosen = methods(f)
        runs = {label: stepping(f, method) for label, (method, _) in chosen.items()}
        times: dict[str, list[float]] = {label: [] for label in ("gradient alone", *runs)}
        for _ in range(args.repeats):
            times["gradient alone"].append(1e9 / _core.gradients(f.core, 0.05))
            for label, run in runs.items():
                times[label].append(nanoseconds(run, 0.05) - ball)
        print(f"\n{name}: ns a step")
        for label, values in times.items():
            print(f"  {label:26}{statistics.median(values):8.1f}{remark(label, times, chosen)}")


def remark(
    label: str, times: dict[str, list[float]], chosen: dict[str, tuple[ss.Method, float]]
) -> str:
    """Say what a method costs beside its gradients, and its noise beside no noise."""
    if label not in chosen:
        return ""
    gradients = chosen[label][1]
    pairs = zip(times[label], times["gradient alone"], strict=True)
    over = statistics.median(v / (gradients * g) - 1 for v, g in pairs)
    text = f"   {over:+5.0%} beside {gradients:g} gradient" + ("s" if gradients > 1 else "")
    if label.startswith(("Noisy", "Langevin")):
        without = times["GradientDescent"]
        noise = [(v - p) / DIM for v, p in zip(times[label], without, strict=True)]
        text += f", {statistics.median(noise):.2f} ns a normal"
    return text


if __name__ == "__main__":
    main()
