"""The two conditions of polynomial time, looked for: strict saddles, and global minima only.

Ge, Lee and Ma (NIPS 2016) for completion, Ge, Jin and Zheng (ICML 2017) for sensing, completion and
asymmetric factorisation, Ge, Huang, Jin and Yuan (COLT 2015) for tensors, Du and Lee (ICML 2018)
for quadratic networks. Where a condition is broken, in theory, a census should find that too.
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.census import broken, promised
from saddlesim.reproduce.finding import Effort, Section

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Ge et al. (2015, 2016, 2017), Du and Lee (2018): in factorisation, sensing, completion, "
    "tensors and quadratic networks every saddle is strict and every local minimum global"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (promised, broken):
        yield part.section(effort)
