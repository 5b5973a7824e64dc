"""Draw how GD and PGD walk through the octopus in three dimensions, and animate it.

python examples/octopus_walk.py walk.png walk.gif
"""

from __future__ import annotations

import sys

from matplotlib import pyplot as plt

import saddlesim as ss


def pgd(octopus: ss.Octopus) -> ss.Method:
    """Return perturbed gradient descent as the experiments of Du et al. (2017) set it."""
    threshold = octopus.gamma * octopus.tau / 100
    return ss.PerturbedGradientDescent(0.25, octopus.tau / 100, threshold, min_interval=2)


def main(picture: str, animation: str) -> None:
    """Write both files."""
    octopus = ss.Octopus(dim=3)
    methods = {"GD": ss.GradientDescent(step_size=0.25), "PGD": pgd}
    octopus.plot_walk(methods)
    plt.savefig(picture, dpi=120)
    octopus.animate_walk(methods).save(animation, writer="pillow", dpi=60)


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["walk.png", "walk.gif"]))
