"""Du, Jin, Lee, Jordan, Poczos and Singh (2017): exponential time to escape saddle points.

"Gradient descent can take exponential time to escape saddle points", NeurIPS 2017,
arXiv 1705.10412: the construction and the experiments of its sections 4 and 5.
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.du2017 import factors, perturbed, plateaus, precision, scaling
from saddlesim.reproduce.finding import Effort, Section

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Du et al. (2017): on the octopus gradient descent takes exponentially long in the dimension, "
    "perturbed gradient descent does not"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (plateaus, factors, scaling, perturbed, precision):
        yield part.section(effort)
