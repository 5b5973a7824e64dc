"""The noisy quadratic, coordinates by trajectories."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from problems import NoisyQuadratic

from .blocks import Array, Finishers, by_blocks

LANES = 1024


def noisy_quadratic(p: NoisyQuadratic) -> Callable[[Array], NDArray[np.int64]]:
    shrink = (1.0 - p.step_size * p.eigenvalues)[:, None]
    radius = p.radius / p.noise  # x is in units of the noise, which spares a multiplication

    def run(starts: Array) -> NDArray[np.int64]:
        random = np.random.Generator(np.random.SFC64())  # the fastest of NumPy's
        x = np.array(starts.T, order="C")
        x /= p.noise
        noise = np.empty_like(x)
        finish = Finishers(starts.shape[0], p.max_steps)
        for t in range(p.max_steps):
            if (keep := finish(np.abs(x[0]) >= radius, t)) is not None:
                if not keep.size:
                    break
                x = x.take(keep, axis=1)
                noise = np.empty_like(x)
            random.standard_normal(out=noise)
            x *= shrink
            x += noise
        return finish.steps

    return lambda starts: by_blocks(run, LANES, starts)
