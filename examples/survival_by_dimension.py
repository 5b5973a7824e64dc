"""Draw which share of GD and PGD has not escaped the octopus by t, in growing dimensions.

python examples/survival_by_dimension.py survival.png
"""

from __future__ import annotations

import sys

from matplotlib import pyplot as plt
from octopus_walk import pgd

import saddlesim as ss


def main(picture: str) -> None:
    """Write the picture."""
    methods = {"GD": ss.GradientDescent(step_size=0.25), "PGD": pgd}
    result = ss.escape_time_vs_dimension(
        ss.Octopus, dims=range(2, 9), methods=methods, trials=2000, seed=0
    )
    result.plot_survival_by_dimension()
    plt.savefig(picture, dpi=120)


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["survival.png"]))
