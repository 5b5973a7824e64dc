"""The problems as an expert programs them with Numba in days.

Values of SIMD vectors, a lane for each trajectory or neuron; a generator and logarithms, sines and
cosines of its own; lanes that are refilled when their trajectories end; and the algebra of each
problem rewritten for speed.
"""

from __future__ import annotations

import numba
from peers.numba_lanes.factorization import factorization
from peers.numba_lanes.factorization_hvp import factorization_hvp
from peers.numba_lanes.kicks import octopus_kicks
from peers.numba_lanes.noise import noisy_quadratic
from peers.numba_lanes.octopus import octopus_descent
from peers.numba_lanes.relu import relu
from peers.numba_lanes.relu_hvp import relu_hvp
from peers.numba_lanes.sensing import sensing

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
    return f"Numba {numba.__version__}, SIMD vectors"


def set_threads(count: int) -> None:
    numba.set_num_threads(count)
