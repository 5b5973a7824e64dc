"""Where to split, and which particles are worth copying: learned in pilot runs, then fixed.

Whatever the plan, the estimate is unbiased; the plan decides on its variance. Nothing here may see
the runs that estimate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from saddlesim.description import stream_key
from saddlesim.splitting_paths import Cloud, Flight, Floats, Paths

__all__ = ["Plan", "Stage", "make_plan", "stages"]

_ROUNDS = 2
_BINS = 32
_BULK = 0.05  # more probable than this is plain
_PILOT_PARTICLES = 2000


@dataclass(frozen=True)
class Plan:
    """How particles are run and copied up to the horizon.

    Parameters
    ----------
    horizon
        The last step.
    bulk
        The step up to which plain runs do better.
    stage
        Steps between two resamplings.
    rate
        The hazard at the horizon: a path held up by one step is worth exp(rate) times as much.
    noiseless, expected
        Steps that points need without noise, and on average with it: knots, both ascending.
    """

    horizon: int
    bulk: int
    stage: int
    rate: float
    noiseless: Floats
    expected: Floats

    def plain(self) -> Plan:
        """Return the plan of a run up to the end of the bulk without any copying."""
        return replace(self, horizon=self.bulk, stage=max(1, self.bulk))

    @property
    def ends(self) -> NDArray[np.int64]:
        """The steps at which stages end."""
        return np.append(np.arange(self.stage, self.horizon, self.stage), self.horizon)

    @property
    def cap(self) -> int:
        """Noise-free steps beyond which more of them make no difference."""
        return max(1, math.ceil(float(self.noiseless[-1])))

    def worth(self, noiseless: Floats, remaining: int) -> Floats:
        """Return the weight by which to copy, to a common factor; never 0, which would be biased.

        Parameters
        ----------
        noiseless
            Steps to escape without noise, of shape (n,).
        remaining
            Steps to the horizon.
        """
        delay = np.minimum(np.interp(noiseless, self.noiseless, self.expected), remaining)
        exponent = self.rate * (delay - delay.max(initial=0.0))
        worth: Floats = np.exp(np.maximum(exponent, -200.0))
        return worth


@dataclass(frozen=True)
class Stage:
    """One stage of R replicates, those that are not extinct, of N particles each.

    Parameters
    ----------
    begin, end
        Steps.
    replicates
        Which replicates, shape (R,).
    weights
        Of the particles as the stage begins, shape (R, N).
    start
        The particles as it begins, R N of them.
    flight
        What they did.
    """

    begin: int
    end: int
    replicates: NDArray[np.int64]
    weights: Floats
    start: Cloud
    flight: Flight

    def mass(self, which: NDArray[np.bool_]) -> Floats:
        """Return the weight of some particles over N, by replicate; (R N,) to (R,)."""
        weights = np.where(which.reshape(self.weights.shape), self.weights, 0.0)
        mass: Floats = weights.sum(axis=1) / weights.shape[1]
        return mass


def stages(paths: Paths, plan: Plan, replicates: int, particles: int, seed: int) -> Iterator[Stage]:
    """Run the replicates together, stage by stage, until the horizon or until all are extinct.

    Survivors are resampled in proportion to weight times worth, and carry on with the inverse of
    the worth: the expected weight that leaves a point is the weight that came to it, so that sums
    of weights have the right mean however good or bad the plan.
    """
    going = np.arange(replicates)
    weights = np.ones((replicates, particles))
    cloud = paths.start(replicates * particles, stream_key(seed, "start"))
    begin = 0
    while going.size:
        end = min(begin + plan.stage, plan.horizon)
        flight = paths.run(cloud, end - begin, stream_key(seed, "stage", begin))
        yield Stage(begin, end, going, weights, cloud, flight)
        if end == plan.horizon:
            return
        alive = flight.alive
        worth = np.zeros(len(alive))
        if alive.any():
            steps = paths.noiseless(flight.cloud.points[alive], plan.cap)
            worth[alive] = plan.worth(steps, plan.horizon - end)
        worth = worth.reshape(weights.shape)
        shares = weights * worth
        kept = np.flatnonzero(shares.sum(axis=1) > 0)
        rows, weights = _resample(shares, worth, kept, [(seed, end, int(going[r])) for r in kept])
        going, cloud, begin = going[kept], flight.cloud.take(rows), end


def make_plan(paths: Paths, horizon: int, particles: int, seed: int) -> Plan:
    """Learn a plan: first from plain runs, then from splitting by the plan so far.

    Parameters
    ----------
    paths
        What is run.
    horizon
        The last step of interest.
    particles
        Of a replicate of the run to come; the pilot takes four times as many, at least 2000.
    seed
        Of the pilot's own streams.
    """
    count = max(_PILOT_PARTICLES, 4 * particles)
    cloud = paths.start(count, stream_key(seed, "first start"))
    flight = paths.run(cloud, horizon, stream_key(seed, "first"))
    steps = np.unique(np.append(np.minimum(flight.escaped, horizon), 0))
    survival = 1 - np.searchsorted(np.sort(flight.escaped), steps, side="right") / count
    rare = steps[survival < _BULK]
    bulk = max(0, int(rare[0]) - 1) if rare.size else horizon
    plan = _plan(horizon, bulk, steps, survival, [_delays(paths, cloud, flight, horizon)])
    for lap in range(_ROUNDS if bulk < horizon else 0):
        ends, masses, seen = [0], [1.0], []
        for stage in stages(paths, plan, 1, count, stream_key(seed, "lap", lap)):
            some = stage.start.take(slice(None, None, 4))
            key = stream_key(seed, "ahead", lap, stage.begin)
            seen.append(_delays(paths, some, paths.run(some, horizon, key), horizon))
            ends.append(stage.end)
            masses.append(float(stage.mass(stage.flight.alive)[0]))
        plan = _plan(horizon, bulk, np.array(ends), np.array(masses), seen)
    return plan


def _delays(paths: Paths, cloud: Cloud, flight: Flight, horizon: int) -> Floats:
    """Return rows of steps without and with noise, shape (2, n), both at most the horizon."""
    noiseless = paths.noiseless(cloud.points, horizon)
    return np.stack([noiseless, np.minimum(flight.escaped, horizon)])


def _plan(
    horizon: int, bulk: int, steps: NDArray[np.int64], survival: Floats, seen: list[Floats]
) -> Plan:
    """Fit the hazard to the last decade of the survival, and the delays by bins of equal size."""
    delays = np.concatenate(seen, axis=1)
    delays = delays[:, np.argsort(delays[0])]
    bins = np.array_split(delays, min(_BINS, delays.shape[1]), axis=1)
    knots = np.stack([part.mean(axis=1) for part in bins], axis=1)
    # A path that would take longer does take longer: what says otherwise is scatter.
    noiseless, expected = np.maximum.accumulate(knots, axis=1)
    apart = np.append(True, np.diff(noiseless) > 1e-9)
    rate = _hazard(steps, survival)
    half = math.log(2) / rate if rate > 0 else math.inf
    stage = max(1, int(min(half, horizon)))
    return Plan(horizon, bulk, stage, rate, noiseless[apart], expected[apart])


def _hazard(steps: NDArray[np.int64], survival: Floats) -> float:
    reached = np.flatnonzero(survival > 0)
    if not reached.size:
        return 0.0
    last = reached[-1]
    before = np.flatnonzero(survival >= min(survival[0], 10 * survival[last]))[-1]
    if before < last:
        fall = math.log(survival[before] / survival[last])
        return float(fall / (steps[last] - steps[before]))
    # Nobody went, or all that were left went at once.
    return 0.0 if last == len(survival) - 1 else math.log(10)


def _resample(
    shares: Floats, worth: Floats, kept: NDArray[np.int64], names: list[tuple[int, int, int]]
) -> tuple[NDArray[np.int64], Floats]:
    """Draw systematically in proportion to the shares: row numbers, and weights of shape (R, N)."""
    n = shares.shape[1]
    rows = np.empty((len(kept), n), dtype=np.int64)
    weights = np.empty((len(kept), n))
    for i, (r, name) in enumerate(zip(kept, names, strict=True)):
        ladder = np.cumsum(shares[r])
        shift = (stream_key(name[0], "resample", *name[1:]) >> 11) * 2.0**-53
        rungs = np.minimum((np.arange(n) + shift) / n, np.nextafter(1.0, 0.0))
        # The first step of the ladder above a rung has a share, whatever the rounding.
        chosen = np.searchsorted(ladder / ladder[-1], rungs, side="right")
        rows[i] = r * n + chosen
        weights[i] = ladder[-1] / n / worth[r, chosen]
    return rows.ravel(), weights
