"""The problems in JAX: compiled loops over steps of blocks of trajectories.

Trajectories are the last axis of every array and the sums over the small axes are written out, so
that XLA fuses a step into a few vectorised loops. Where trajectories end at different times, the
finished ones are removed between calls, from arrays that keep their shape: nothing is compiled
twice.
"""

from __future__ import annotations

from .blocks import jax
from .matrices import factorization, factorization_hvp, sensing
from .noise import noisy_quadratic
from .octopus import octopus_descent, octopus_kicks
from .relu import relu, relu_hvp

__all__ = [
    "factorization",
    "factorization_hvp",
    "noisy_quadratic",
    "octopus_descent",
    "octopus_kicks",
    "relu",
    "relu_hvp",
    "sensing",
    "set_threads",
    "version",
]


def set_threads(n: int) -> None:
    """Do nothing: JAX takes the CPUs that the process may use, so pin it before the import."""


def version() -> str:
    return f"JAX {jax.__version__}"
