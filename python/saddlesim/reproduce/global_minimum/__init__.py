"""Noisy gradient descent finds global minima in polynomial time, where saddles are strict.

Ge, Huang, Jin and Yuan (COLT 2015) and Jin, Ge, Netrapalli, Kakade and Jordan (ICML 2017): with
noise gradient descent reaches a local minimum in a time polynomial in the dimension, if every
saddle is strict. On matrix factorisation, sensing, completion, orthogonal tensors and quadratic
networks every local minimum is global besides (`find_stationary_points` looks for others).
"""

from __future__ import annotations

from collections.abc import Iterator

from saddlesim.reproduce.finding import Effort, Section
from saddlesim.reproduce.global_minimum import runs

__all__ = ["CLAIM", "sections"]

CLAIM = (
    "Ge et al. (2015), Jin et al. (2017): where all saddles are strict and all minima global, "
    "noisy and perturbed gradient descent find a global minimum in polynomial time"
)


def sections(effort: Effort) -> Iterator[Section]:
    """Run everything at once: it is one grid."""
    yield runs.section(effort)
