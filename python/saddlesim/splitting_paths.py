"""The particles of multilevel splitting: state, motion, and the time each would take without noise.

A run may be cut at any step and taken up again from the state alone. That of noise at every step is
the point; that of perturbed gradient descent is the point and the steps until a kick is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core
from saddlesim.description import stream_key
from saddlesim.escape import Escape
from saddlesim.initial import At, Initial
from saddlesim.landscapes import Landscape
from saddlesim.methods import (
    GradientDescent,
    Method,
    NoisyGradientDescent,
    PerturbedGradientDescent,
)
from saddlesim.outcome import Outcome
from saddlesim.precision import Core
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times

__all__ = ["NEVER", "Branching", "Cloud", "Flight", "Floats", "Paths", "Whole"]

NEVER = np.iinfo(np.int64).max
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Branching = NoisyGradientDescent | PerturbedGradientDescent  # whose copies part ways


@dataclass(frozen=True)
class Cloud:
    """States of n particles: points, shape (n, dim), and steps without a kick to come, (n,)."""

    points: Floats
    wait: Whole

    def take(self, rows: Any) -> Cloud:
        """Return the particles of these rows."""
        return Cloud(self.points[rows], self.wait[rows])


@dataclass(frozen=True)
class Flight:
    """What n particles did in some steps.

    Parameters
    ----------
    escaped
        The step at which each escaped, NEVER if it did not, shape (n,).
    lost
        The step at which it ended otherwise, never to escape (outside, diverged), else NEVER.
    cloud
        Where the particles are; of use for those that have not ended.
    underflowed
        How many of them lost a coordinate that matters to underflow.
    """

    escaped: Whole
    lost: Whole
    cloud: Cloud
    underflowed: int

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Which particles have not ended, shape (n,)."""
        alive: NDArray[np.bool_] = (self.escaped == NEVER) & (self.lost == NEVER)
        return alive


class Paths:
    """Moves particles by one method on one landscape until one criterion holds.

    Parameters
    ----------
    landscape, method, initial, escape
        What is run. The escape is lowered once, for the true start: what it means may depend on it.
    threads
        How many threads; None is the default of `escape_times`.
    """

    def __init__(
        self,
        landscape: Landscape,
        method: Branching,
        initial: Initial,
        escape: Escape,
        threads: int | None,
    ) -> None:
        self._landscape = landscape
        self._method = method
        self._initial = initial
        self._escape = _Lowered(escape.lower(_core, landscape, initial))
        self._threads = threads
        # Not GradientDescent: that one reports a point at rest as stalled, and a kick may come yet.
        self._quiet = NoisyGradientDescent(method.step_size, 0.0, noise="gaussian")

    def start(self, count: int, seed: int) -> Cloud:
        """Return fresh particles, all of them ready to be kicked."""
        points = self._initial.sample(self._landscape, trials=count, seed=seed)
        return Cloud(points, np.zeros(count, dtype=np.int64))

    def run(self, cloud: Cloud, steps: int, seed: int) -> Flight:
        """Move the particles by so many steps, with noise keyed by this seed alone."""
        if not isinstance(self._method, PerturbedGradientDescent):
            times = self._simulate(self._method, cloud.points, steps, seed)
            return _flight(times, cloud.wait)
        n = len(cloud.wait)
        escaped, lost = np.full(n, NEVER), np.full(n, NEVER)
        points, wait, underflowed = cloud.points.copy(), cloud.wait.copy(), 0
        for pause in np.unique(cloud.wait):
            rows = np.flatnonzero(cloud.wait == pause)
            # Together until the first kick is allowed, where nothing is random; then as a new run.
            quiet = min(int(pause), steps)
            if quiet:
                times = self._simulate(self._quiet, points[rows], quiet, seed)
                flight = _flight(times, wait[rows] - quiet)
                escaped[rows], lost[rows] = flight.escaped, flight.lost
                points[rows], wait[rows] = flight.cloud.points, flight.cloud.wait
                underflowed += flight.underflowed
                rows = rows[flight.alive]
            if quiet == steps or not rows.size:
                continue
            key = stream_key(seed, "paused", int(pause))
            flight = self._kicked(self._method, points[rows], steps - quiet, key)
            escaped[rows], lost[rows] = _later(flight.escaped, quiet), _later(flight.lost, quiet)
            points[rows], wait[rows] = flight.cloud.points, flight.cloud.wait
            underflowed += flight.underflowed
        return Flight(escaped, lost, Cloud(points, wait), underflowed)

    def noiseless(self, points: Floats, horizon: int) -> Floats:
        """Return in how many steps gradient descent escapes, at most `horizon`, shape (n,)."""
        times = self._simulate(GradientDescent(self._method.step_size), points, horizon, 0)
        return np.where(times.escaped, times.steps, horizon).astype(np.float64)

    def _kicked(
        self, method: PerturbedGradientDescent, points: Floats, steps: int, seed: int
    ) -> Flight:
        """Run from points that may be kicked at once, and find out when each was kicked last."""
        times = self._simulate(method, points, steps, seed)
        wait = np.zeros(len(points), dtype=np.int64)
        kicks = times.perturbations
        # A shorter run of the same seed is the beginning of the longer one, so the last kick shows
        # as a difference of counts; two kicks are never within these few steps.
        for back in range(1, min(method.min_interval - 1, steps) + 1):
            before = self._simulate(method, points, steps - back, seed).perturbations
            wait[before < kicks] = method.min_interval - back
            kicks = before
        return _flight(times, wait)

    def _simulate(self, method: Method, points: Floats, steps: int, seed: int) -> EscapeTimes:
        return escape_times(
            self._landscape,
            method,
            initial=At(points),
            escape=self._escape,
            trials=len(points),
            max_steps=steps,
            seed=seed,
            threads=self._threads,
            arithmetic="float64",
            record=("points",),
        )


@dataclass(frozen=True, repr=False, eq=False)
class _Lowered(Escape):
    """A criterion that has been lowered already."""

    predicate: _core.Escape

    def lower(self, core: Core, landscape: Landscape, initial: Initial) -> _core.Escape:
        return self.predicate


def _flight(times: EscapeTimes, wait: Whole) -> Flight:
    assert times.points is not None
    going = times.outcome == Outcome.CENSORED
    return Flight(
        np.where(times.escaped, times.steps, NEVER),
        np.where(times.escaped | going, NEVER, times.steps),
        Cloud(times.points, wait),
        int(np.count_nonzero(times.underflowed)),
    )


def _later(steps: Whole, by: int) -> Whole:
    return np.where(steps == NEVER, NEVER, steps + by)
