"""The problems in PyTorch, in float64 and without gradients being recorded.

Trajectories are the last axis, except where matrices are multiplied. What consists of many cheap
operations is compiled into one loop over the trajectories by torch.compile (which takes a C++
compiler at run time; without one it runs operation by operation); the rest is done in place.
"""

from __future__ import annotations

from .blocks import set_threads, torch
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
    return f"PyTorch {torch.__version__}"
