"""Safran and Shamir (2018): spurious local minima are common in two-layer ReLU networks.

ICML 2018, arXiv 1712.08968. A network of n ReLU units learns another one of k units with
orthonormal weights from Gaussian inputs. For n = k from 6 on there are local minima that are not
global, and gradient descent ends in one the more often the larger k is.
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.finding import Effort, Section
from saddlesim.reproduce.safran2018 import frequency, levels

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Safran and Shamir (2018): two-layer ReLU networks have bad local minima from 6 units on, and "
    "gradient descent ends in them the more often the more units there are"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (levels, frequency):
        yield part.section(effort)
