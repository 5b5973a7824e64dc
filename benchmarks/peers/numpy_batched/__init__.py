"""The problems in NumPy: all trajectories of a block take each step together, in place.

The blocks are so small that their arrays stay in the second-level cache, and those that have
finished leave them. Products of small matrices run as one call for a block, in the form with the
fewest operations.
"""

from __future__ import annotations

import numpy as np

from .blocks import set_threads
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


def version() -> str:
    return f"NumPy {np.__version__}"
