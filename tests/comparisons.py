"""Comparisons made of invented runs, and what tests look at in their pictures."""

from __future__ import annotations

from matplotlib.axes import Axes

import saddlesim as ss
from grids import GD, PGD

OCTOPUS = ss.Octopus(4)
NOISY = ss.NoisyGradientDescent(0.25, 0.03)
METHODS = {"GD": GD, "PGD": PGD, "noisy": NOISY}


def runs(**cells: ss.EscapeTimes) -> ss.Comparison:
    return ss.Comparison(cells)


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]
