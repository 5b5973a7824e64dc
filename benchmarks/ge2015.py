"""Ge, Huang, Jin and Yuan (COLT 2015): orthogonal tensor decomposition by noisy gradient descent.

All components of a fourth-order tensor in dimension 10 are looked for at once, as minima of the
sum of T(u_i, u_i, u_j, u_j) over pairs of rows on spheres. Noise on the unit sphere is added to
every gradient. Printed and drawn is the reconstruction error |T - sum u_i^4|^2 / |T|^2 against
iterations: medians and the middle 80 % over trajectories, for noise of several sizes, from random
starts and from the saddle at which all rows are the mean of all components.

    python benchmarks/ge2015.py --output ge2015.png
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import saddlesim as ss

NEVER = ss.ValueBelow(-1.0)  # f is a sum of squares

Curve = NDArray[np.float64]


def checkpoints(steps: int) -> list[int]:
    """Return some forty numbers of steps, closer together at the beginning."""
    return sorted({0, *np.unique(np.geomspace(1, steps, 40).astype(int)).tolist()})


def errors(
    f: ss.TensorDecomposition, noise: float, start: ss.Initial, steps: list[int], trials: int
) -> Curve:
    """Return the reconstruction error of each trajectory at each of the steps."""
    method = ss.NoisyGradientDescent(1 / f.smoothness, noise_scale=noise)
    columns = []
    for budget in steps:  # the same trajectories every time, cut off later
        times = ss.escape_times(
            f, method, initial=start, escape=NEVER, trials=trials, max_steps=budget,
            record=("points",), seed=0,
        )  # fmt: skip
        columns.append(f.reconstruction_error(times.points))
    return np.stack(columns, axis=1)


def runs(
    f: ss.TensorDecomposition, steps: list[int], trials: int
) -> Iterator[tuple[str, str, Curve]]:
    mean = f.components.mean(axis=0) * np.sqrt(len(f.components))
    saddle = ss.At(np.tile(mean, f.rows))
    for begin, start in (("random starts", f.default_initial()), ("from the saddle", saddle)):
        for noise in (1e-3, 1e-1, 10.0):
            yield begin, f"noise {noise:g}", errors(f, noise, start, steps, trials)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dim", type=int, default=10, help="dimension of the tensor (10)")
    parser.add_argument("--steps", type=int, default=3000, help="iterations (3000)")
    parser.add_argument("--trials", type=int, default=100, help="trajectories (100)")
    parser.add_argument("--output", type=Path, default=None, help="draw a picture here")
    args = parser.parse_args()
    f = ss.TensorDecomposition.random(args.dim, seed=0)
    steps = checkpoints(args.steps)
    found = list(runs(f, steps, args.trials))
    print(f"reconstruction error, d = {args.dim}, step size {1 / f.smoothness:.4g}, medians\n")
    shown = [i for i, t in enumerate(steps) if t in (0, steps[-1]) or i % 8 == 0]
    print(f"{'':30}" + "".join(f"{steps[i]:>10,}" for i in shown))
    for begin, noise, curve in found:
        middle = np.median(curve, axis=0)
        print(f"{begin + ', ' + noise:30}" + "".join(f"{middle[i]:10.2e}" for i in shown))
    if args.output is not None:
        draw(found, steps, args.output, args.dim)


def draw(found: list[tuple[str, str, Curve]], steps: list[int], path: Path, dim: int) -> None:
    from matplotlib.figure import Figure

    from saddlesim.plot import COLORS

    figure = Figure(figsize=(10, 4.4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for ax, begin in zip(panels, dict.fromkeys(b for b, _, _ in found), strict=True):
        curves = [(noise, curve) for b, noise, curve in found if b == begin]
        for (noise, curve), color in zip(curves, COLORS, strict=False):
            low, middle, high = np.quantile(curve, [0.1, 0.5, 0.9], axis=0)
            ax.fill_between(steps, low, high, color=color, alpha=0.2, linewidth=0)
            ax.plot(steps, middle, color=color, label=noise)
        ax.set_xscale("symlog", linthresh=1)
        ax.set_yscale("log")
        ax.set_xlim(0, steps[-1])
        ax.set_title(begin, fontsize="medium")
        ax.set_xlabel("iterations (logarithmic)")
        ax.grid(color="0.92", linewidth=0.6)
    panels[0].set_ylabel("reconstruction error")
    panels[0].legend(frameon=False)
    figure.suptitle(
        f"Orthogonal tensor decomposition, d = {dim}: medians, and the middle 80 %",
        x=0.01, ha="left",
    )  # fmt: skip
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
