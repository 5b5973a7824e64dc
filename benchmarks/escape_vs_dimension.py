"""Escape time against dimension on the octopus, with the Python API.

Gradient descent, perturbed gradient descent and noisy gradient descent run from the same starts in
every dimension. Prints the table, the growth laws with all their constants and the speed of each
cell; draws a picture if asked to. `saddlesim escape octopus` does the same from the command line.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import saddlesim as ss


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--dims", nargs="+", type=int, default=[2, 3, 4, 5, 6], metavar="D", help="dimensions"
    )
    parser.add_argument("--trials", type=int, default=10_000, help="trajectories a cell")
    parser.add_argument("--seed", type=int, default=0, help="one seed, one result")
    parser.add_argument("--threads", type=int, help="threads; None is all that it may use")
    parser.add_argument(
        "--max-steps", type=int, default=100_000, help="budget of steps of a trajectory"
    )
    parser.add_argument(
        "--arithmetic",
        default="auto",
        help="auto counts the steps of gradient descent exactly, float64 takes them",
    )
    parser.add_argument("--L", type=float, default=1.0, help="half the attracting curvature")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="where to draw a picture")
    return parser.parse_args()


def gd(octopus: ss.Octopus) -> ss.GradientDescent:
    return ss.GradientDescent(step_size=1 / (4 * octopus.L))


def pgd(octopus: ss.Octopus) -> ss.PerturbedGradientDescent:
    # The settings of Du et al. (2017), section 5.
    return ss.PerturbedGradientDescent(
        step_size=1 / (4 * octopus.L),
        radius=octopus.tau / 100,
        gradient_threshold=octopus.gamma * octopus.tau / 100,
        min_interval=2,
    )


def noisy_gd(octopus: ss.Octopus) -> ss.NoisyGradientDescent:
    return ss.NoisyGradientDescent(
        step_size=1 / (4 * octopus.L), noise_scale=octopus.gamma * octopus.tau / 100
    )


def main() -> None:
    args = arguments()
    result = ss.escape_time_vs_dimension(
        ss.Octopus,
        dims=args.dims,
        methods={"GD": gd, "PGD": pgd, "noisy GD": noisy_gd},
        trials=args.trials,
        seed=args.seed,
        max_steps=args.max_steps,
        threads=args.threads,
        arithmetic=args.arithmetic,
        progress=True,
        L=args.L,
    )
    print(result)
    for label, growth in result.growth().items():
        print(f"\n{label}: {growth}")
    print("\nThousands of trajectories a second:")
    for label in result.methods:
        runs = {dim: result[label, dim] for dim in result.dims(label)}
        speeds = [
            f"d = {dim}: {len(times) / times.diagnostics['seconds'] / 1e3:,.0f}"
            for dim, times in runs.items()
        ]
        print(f"  {label}: {', '.join(speeds)}")
    if args.plot is not None:
        import matplotlib.pyplot as plt

        figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
        result.plot(ax)
        figure.savefig(args.plot, dpi=150)
        print(f"\npicture: {args.plot}")


if __name__ == "__main__":
    main()
