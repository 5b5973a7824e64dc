"""Yun, Sra and Jadbabaie (2019): small nonlinearities create bad local minima.

ICLR 2019, arXiv 1802.03487. On three points in the plane a network with two hidden units has a
local minimum with the loss 1/3 of the best linear function, for ReLUs (theorem 1) and for smooth
activations (theorem 2), although it can bring the loss to 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.finding import Effort, Section
from saddlesim.reproduce.yun2019 import bad_minimum, random_starts

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Yun et al. (2019): for ReLUs and smooth activations alike a small network has a bad local "
    "minimum, which gradient descent does not leave"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (bad_minimum, random_starts):
        yield part.section(effort)
