"""How long a quadratic saddle holds: laws of the exit time in closed form, and what is measured.

Near a strict saddle every function is a quadratic one, and there the escaping part of x grows by
a = 1 + step * gamma at every step. The law of the exit time so is that of the start, or that of the
noise; a kick of a given length leaves only 1/sqrt(d) of it to the escaping part, which is why
perturbed gradient descent pays for the dimension with half its logarithm (Jin et al. 2017).
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.exit_law import kicks, noise, starts
from saddlesim.reproduce.finding import Effort, Section

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Exit times from a quadratic saddle have the laws of their starts or of their noise, and after "
    "a kick they grow by half the logarithm of the dimension"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run part after part."""
    for part in (starts, noise, kicks):
        yield part.section(effort)
