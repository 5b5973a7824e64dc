"""Zhang, Bengio, Hardt, Recht and Vinyals (2017): networks fit random labels.

ICLR 2017, arXiv 1611.03530: over-parameterised networks reach zero training error on true labels
and on random ones, which take longer. Arora, Du, Hu, Li and Wang (ICML 2019) say why and by how
much: what lies along an eigenvector of the Gram matrix is learnt at the rate of its eigenvalue, and
true labels lie along the first ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.finding import Effort, Section
from saddlesim.reproduce.zhang2017 import complexity, training

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Zhang et al. (2017), Arora et al. (2019): a wide network reaches zero training error on true "
    "and on random labels, on the random ones later, as the Gram matrix foretells"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (complexity, training):
        yield part.section(effort)
