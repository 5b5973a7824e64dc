"""Kawaguchi (2016): deep linear networks have no poor local minima, but saddles that are flat.

NIPS 2016, arXiv 1605.07110. Every local minimum of a deep linear network is global. With two layers
every saddle has a negative eigenvalue; from three on there are some with none, the origin first of
all, and leaving that takes a time that is a power of one over the weights, no longer a logarithm.
Saxe, McClelland and Ganguli (ICLR 2014) solve the dynamics of two layers.
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.finding import Effort, Section
from saddlesim.reproduce.kawaguchi2016 import escape, minima, origin, sigmoid

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Kawaguchi (2016): in deep linear networks every local minimum is global, but from three "
    "layers on some saddles have no negative curvature and hold algebraically long"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (origin, escape, sigmoid, minima):
        yield part.section(effort)
