"""The far tail of an escape time: probabilities, their intervals, and how they are told."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saddlesim.tables import html_table, text_table

__all__ = ["TailEstimate", "interval"]

Floats = NDArray[np.float64]

_NO_SPLITTING = "none: plain runs are enough"
_ROWS = 12  # of times shown
_SCATTER = 1.0  # relative standard deviation of replicates from which intervals are too short


@dataclass(frozen=True, eq=False, repr=False)
class TailEstimate:
    """P(T > t) of the escape time T, by multilevel splitting.

    Parameters
    ----------
    time
        The steps t, shape (m,), int64.
    probability
        P(T > t): the mean of the replicates, which is unbiased; shape (m,).
    low, high
        Ends of the interval, shape (m,).
    replicates
        Independent unbiased estimates, shape (R, m).
    never
        The part of the probability that is of trajectories which had ended by t otherwise than by
        escape (outside, diverged), and so never escape; shape (m,).
    particles
        Number of particles of a replicate.
    confidence
        Coverage of the intervals.
    stage
        Steps from one resampling to the next; 0 if there was none.
    underflowed
        How often a particle lost a coordinate that matters to underflow, over all stages.
    landscape, method, initial, escape
        The descriptions that were run.
    seed
        The seed.
    """

    time: NDArray[np.int64]
    probability: Floats
    low: Floats
    high: Floats
    replicates: Floats
    never: Floats
    particles: int
    confidence: float
    stage: int
    underflowed: int
    landscape: object
    method: object
    initial: object
    escape: object
    seed: int

    @property
    def log10_probability(self) -> Floats:
        """Decimal logarithm of the probability, -inf where it is 0; shape (m,)."""
        return _log10(self.probability)

    @property
    def log10_low(self) -> Floats:
        """Decimal logarithm of the low end, shape (m,)."""
        return _log10(self.low)

    @property
    def log10_high(self) -> Floats:
        """Decimal logarithm of the high end, shape (m,)."""
        return _log10(self.high)

    @property
    def scatter(self) -> Floats:
        """Relative standard deviation of the replicates, nan where all are 0; shape (m,)."""
        spread: Floats = self.replicates.std(axis=0, ddof=1)
        unknown = np.full(spread.shape, np.nan)
        np.divide(spread, self.probability, out=unknown, where=self.probability > 0)
        return unknown

    def __repr__(self) -> str:
        return f"{self._title()}\n{text_table(self._about())}\n\n{text_table(self._table())}"

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._about()) + html_table("", self._table())

    def _title(self) -> str:
        return (
            f"TailEstimate from {len(self.replicates)} replicates of {self.particles:,} particles, "
            f"seed {self.seed}"
        )

    def _about(self) -> list[tuple[str, str]]:
        rows = [
            ("landscape", repr(self.landscape)),
            ("method", repr(self.method)),
            ("start", repr(self.initial)),
            ("escape", repr(self.escape)),
            ("splitting", f"every {_steps(self.stage)}" if self.stage else _NO_SPLITTING),
        ]
        most = np.max(self.scatter, initial=0.0, where=self.probability > 0)
        if most > _SCATTER:
            rows.append(
                (
                    "warning",
                    f"replicates scatter by {most:.1f} of their mean, so that intervals are too "
                    "short; raise particles",
                )
            )
        if not self.probability.all():
            rows.append(
                (
                    "warning",
                    f"no particle reached t = {self.time[self.probability == 0].min():,}: "
                    "only a bound is known there; raise particles",
                )
            )
        if not self.time.size:
            rows.append(("warning", "interrupted before any of the times was reached"))
        if self.never.any():
            rows.append(
                (
                    "never",
                    f"{self.never.max():.2e} of all leave the domain or diverge: they never escape",
                )
            )
        if self.underflowed:
            rows.append(
                (
                    "warning",
                    f"{self.underflowed:,} paths underflowed, so that the estimate is wrong; "
                    "more noise avoids it",
                )
            )
        return rows

    def _table(self) -> list[list[str]]:
        m = self.time.size
        shown = np.unique(np.linspace(0, m - 1, min(m, _ROWS)).round().astype(int))
        head = ["t", "P(T > t)", f"{100 * self.confidence:g} % interval", "log10", "scatter"]
        return [head] + [
            [
                f"{self.time[i]:,}",
                f"{self.probability[i]:.3e}",
                f"[{self.low[i]:.2e}, {self.high[i]:.2e}]",
                f"{self.log10_probability[i]:.2f}",
                f"{self.scatter[i]:.2f}",
            ]
            for i in shown
        ]


def interval(replicates: Floats, particles: int, confidence: float) -> tuple[Floats, Floats]:
    """Return intervals for the mean of unbiased replicates, at ascending times.

    Student's interval for the mean m, carried to the logarithm: m exp(-+ q s / (m sqrt(R))). The
    estimates of splitting are close to lognormal (Berard, Del Moral and Doucet 2014), so that on
    the natural scale an interval misses to one side, or is negative; and an interval about the mean
    of logarithms is about another number, lower by half their variance. For lognormal replicates,
    R = 20, this one covers 94 % (of 95) where they scatter by 0.4 of their mean, 91 % by 0.95.

    Where no replicate differs there is no scatter to go by. All 1: as from R N independent trials.
    All 0: no more than the bound at the last time that all of them reached (those that most have
    not reached are estimated too low by the others, more often than not), or that of R N trials.

    Parameters
    ----------
    replicates
        Shape (R, m), R >= 2.
    particles
        N.
    confidence
        The coverage wanted.
    """
    from scipy import stats

    count = len(replicates)
    mean = replicates.mean(axis=0)
    error = replicates.std(axis=0, ddof=1) / math.sqrt(count)
    reach = float(stats.t.ppf((1 + confidence) / 2, count - 1))
    relative = np.divide(error, mean, out=np.zeros_like(mean), where=mean > 0)
    low, high = mean * np.exp(-reach * relative), np.minimum(1, mean * np.exp(reach * relative))
    one_sided = ((1 - confidence) / 2) ** (1 / (count * particles))
    # Sums of weights, which are 1 to rounding.
    low[replicates.min(axis=0) > 1 - 1e-12] = one_sided
    bound = 1 - one_sided
    for i in range(mean.size):
        if mean[i] == 0:
            high[i] = bound
        elif replicates[:, i].all():
            bound = high[i]
    return low, high


def _steps(count: int) -> str:
    return "step" if count == 1 else f"{count:,} steps"


def _log10(values: Floats) -> Floats:
    return np.log10(values, out=np.full(values.shape, -np.inf), where=values > 0)
