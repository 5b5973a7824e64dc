"""Whether a flat stationary point is a minimum: what second derivatives leave open, by descent."""

from __future__ import annotations

import numpy as np

from saddlesim.census_starts import scattered
from saddlesim.escape import ValueBelow
from saddlesim.inertia import LARGEST
from saddlesim.initial import At
from saddlesim.landscapes import Landscape
from saddlesim.methods import GradientDescent
from saddlesim.simulate import escape_times
from saddlesim.validation import FloatArray

__all__ = ["descends"]

_TRIES = 64
_BESIDE = 0.1  # length scales: as far as starts are from the point
_FLAT = 1e-5  # of the smoothness: directions in which f is flat
_DROP = 1e-10  # of how far f is above its minimum: a fall that is no rounding
_ROUNDING = 1e-14  # of smoothness times length scale squared
_STEPS = 2_000


def descends(landscape: Landscape, x: FloatArray, *, threads: int | None = None) -> bool:
    """Return whether gradient descent from close beside a stationary point falls below its value.

    Starts lie in the directions in which the Hessian is flat, at all distances up to 0.1 length
    scales. f only falls along a descent, so that one below shows that x is no minimum over that
    distance; it may still be one over a smaller. That none is below shows nothing for certain.

    Parameters
    ----------
    landscape
        The function.
    x
        The point, shape (dim,).
    threads
        As in `escape_times`.
    """
    value = float(landscape.value(x))
    lowest = landscape.minimum_value
    drop = _DROP * (value - lowest if np.isfinite(lowest) else abs(value))
    drop = max(drop, _ROUNDING * landscape.smoothness * landscape.length_scale**2)
    strength = landscape.smoothness
    steps = scattered(landscape, _TRIES, _BESIDE * landscape.length_scale, seed=3)
    if landscape.dim <= LARGEST:
        eigenvalues, eigenvectors = np.linalg.eigh(landscape.hessian(x))
        flat = eigenvectors[:, np.abs(eigenvalues) <= _FLAT * landscape.smoothness]
        strength = max(strength, 2 * float(np.abs(eigenvalues).max()))  # where weights are large
        lengths = np.linalg.norm(steps, axis=1)
        steps = steps @ flat @ flat.T
        steps *= (lengths / np.maximum(np.linalg.norm(steps, axis=1), 1e-300))[:, None]
    starts = x + steps
    if landscape.on_spheres:
        starts = landscape.core.retract(starts)
    times = escape_times(
        landscape,
        GradientDescent(1 / strength),
        initial=At(starts),
        escape=ValueBelow(value - drop),
        max_steps=_STEPS,
        threads=threads,
        arithmetic="float64",
    )
    return bool(times.escaped.any())
