"""Lee, Simchowitz, Jordan and Recht (2016): gradient descent only converges to minimizers.

COLT 2016, arXiv 1602.04915. f is twice continuously differentiable with an l-Lipschitz gradient,
the step is between 0 and 1/l, x* a strict saddle. From a start that has a density
P(lim x_k = x*) = 0. The theorem is asymptotic: it does not say how long a saddle holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.finding import Effort, Section
from saddlesim.reproduce.lee2016 import (
    diffeomorphism,
    large_steps,
    no_time,
    rounding,
    stable_manifold,
    survival,
)

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Lee et al. (2016): gradient descent with a step below 1/l converges to a strict saddle from a "
    "set of starts of measure zero only"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (survival, diffeomorphism, large_steps, stable_manifold, rounding, no_time):
        yield part.section(effort)
