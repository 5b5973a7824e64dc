"""From where stationary points are looked for."""

from __future__ import annotations

import numpy as np

from saddlesim.escape import GradientBelow
from saddlesim.initial import At, Gaussian, Initial
from saddlesim.landscapes import Landscape
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.methods import GradientDescent
from saddlesim.simulate import escape_times
from saddlesim.validation import FloatArray

__all__ = ["descended", "given_starts", "known_points", "scattered", "usual_starts"]

_WIDE = 1.5  # how far beyond the known stationary points starts are scattered
_BESIDE = 0.1  # of the same scale: starts beside known stationary points
_SETTLED = 1e-3  # of smoothness times length scale: gradients at which a descent is left off


def known_points(landscape: Landscape) -> list[StationaryPoint]:
    """Return the stationary points that the landscape lists; none where they are too many."""
    try:
        return landscape.stationary_points()
    except ValueError:
        return []


def scattered(landscape: Landscape, count: int, radius: float, seed: int) -> FloatArray:
    """Return points in random directions, their lengths spread evenly from 0 to a radius."""
    directions = Gaussian(1.0).sample(landscape, trials=count, seed=seed)
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    lengths = radius * (np.arange(count) + 0.5) / max(count, 1)
    return np.asarray(directions * lengths[:, None])


def usual_starts(
    landscape: Landscape, known: list[StationaryPoint], count: int, seed: int
) -> FloatArray:
    """Return starts, shape (count, dim): scattered, by the landscape's default, at known points.

    The three in turn, the known points themselves first and then beside them. Starts outside the
    landscape's domain are left to whoever uses them.
    """
    sizes = [float(np.linalg.norm(p.point)) for p in known]
    scale = max([landscape.length_scale, *sizes])
    third = -(-count // 3)
    default = landscape.default_initial().sample(landscape, trials=third, seed=seed)
    if landscape.on_spheres:  # scattered points would be retracted onto what the default law is
        wide = landscape.default_initial().sample(landscape, trials=third, seed=seed + 1)
    else:
        wide = scattered(landscape, third, _WIDE * scale, seed)
    rows = [wide, default]
    if known:
        beside = scattered(landscape, third, _BESIDE * scale, seed + 2)
        # themselves too: Newton's method passes by one that is not strict
        if 2 * len(known) <= third:
            beside[: len(known)] = 0.0
        beside += np.array([known[i % len(known)].point for i in range(third)])
        rows.append(beside)
    together = np.stack([rows[i % len(rows)] for i in range(3)], axis=1)
    points = together.reshape(-1, landscape.dim)[:count]
    return landscape.core.retract(points) if landscape.on_spheres else points


def given_starts(landscape: Landscape, initial: Initial, count: int, seed: int) -> FloatArray:
    """Return the starts of a law; given points each once."""
    if isinstance(initial, At):
        points = initial.sample(landscape)
        landscape.check_starts(points)
    else:
        points = initial.sample(landscape, trials=count, seed=seed)
    return landscape.core.retract(points) if landscape.on_spheres else points


def descended(landscape: Landscape, points: FloatArray, threads: int | None) -> FloatArray:
    """Return where gradient descent leads from some points; those that it loses stay."""
    if not len(points):
        return points
    times = escape_times(
        landscape,
        GradientDescent(1 / landscape.smoothness),
        initial=At(points),
        trials=len(points),  # one point would be run a thousand times
        escape=GradientBelow(_SETTLED * landscape.smoothness * landscape.length_scale),
        max_steps=20_000,
        threads=threads,
        arithmetic="float64",
        record=("points",),
    )
    assert times.points is not None
    lost = ~np.isfinite(times.gradient_norm)
    return np.where(lost[:, None], points, times.points)
