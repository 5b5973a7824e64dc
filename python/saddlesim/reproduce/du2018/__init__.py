"""Du, Zhai, Poczos and Singh (2018): gradient descent fits over-parameterised networks.

ICLR 2019, arXiv 1810.02054. A two-layer ReLU network with a fixed second layer and a random start,
inputs of length 1, no two of them parallel: if the width is large enough gradient descent drives
the training loss to 0 at a linear rate, because the Gram matrix H hardly changes. Jacot, Gabriel
and Hongler (NeurIPS 2018) say what the outputs do meanwhile: they follow a linear system.
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.du2018 import movement, prediction, start
from saddlesim.reproduce.finding import Effort, Section

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Du et al. (2018), Jacot et al. (2018): wide networks are trained to zero loss while weights, "
    "activation patterns and Gram matrix hardly move, and outputs follow a linear system"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (start, movement, prediction):
        yield part.section(effort)
