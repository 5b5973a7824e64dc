"""The problems as an expert programs them with Numba in days: lanes of trajectories."""

from __future__ import annotations

import numba
from peers.numba_lanes.factorization import factorization
from peers.numba_lanes.factorization_hvp import factorization_hvp
from peers.numba_lanes.kicks import octopus_kicks
from peers.numba_lanes.noise import noisy_quadratic
from peers.numba_lanes.octopus import octopus_descent
from peers.numba_lanes.sensing import sensing

__all__ = ["factorization", "factorization_hvp", "noisy_quadratic", "octopus_descent", "octopus_kicks", "sensing", "set_threads", "version"]


def version() -> str:
    return f"Numba {numba.__version__}, SIMD vectors"


def set_threads(count: int) -> None:
    numba.set_num_threads(count)
