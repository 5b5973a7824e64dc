"""Two methods from the same starts: by which factor one costs more, and how often it is faster.

Every trajectory of one method has its partner, of the same id, under the other. What is known of a
cost T is its value (the trajectory escaped), that it is more than a bound (it was censored, or it
underflowed), or that it is infinite (any other end). Underflow never makes a count too large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate, student
from saddlesim.survival import check_confidence

__all__ = ["Paired", "pair", "wilson"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Paired:
    """How the cost of one method compares with that of another, trajectory by trajectory.

    Attributes
    ----------
    pairs
        Trajectories that were run under both.
    finished
        Those of them that escaped under both, on which ``ratio`` and ``difference`` rest.
    ratio
        Geometric mean of cost over the other's cost, with Student's interval on the logarithms.
        nan where one of the costs is 0 and the other is not.
    difference
        Median of cost minus the other's cost, with the interval between order statistics that
        inverts the sign test: exact for any law, unbounded below 6 pairs; nan beyond 10^308.
    faster, slower, even
        Pairs in which the method was the faster one, the slower one, or neither, both having
        escaped at the same cost or both never escaping.
    undecided
        The others: nobody can tell, because of a censored or underflowed trajectory. A pair is
        decided once one has escaped at less than the other is known to have spent.
    share
        ``faster`` as a share of ``faster + slower``, with Wilson's interval. That it differs from
        1/2 is the sign test. It needs no pair to finish, and is about the pairs that are decided.
    """

    pairs: int
    finished: int
    ratio: Estimate
    difference: Estimate
    faster: int
    slower: int
    even: int
    undecided: int
    share: Estimate

    @property
    def distinguishable(self) -> bool:
        """Whether the paired interval excludes that both are alike.

        That is the interval of the ratio where all pairs finished. Otherwise the ratio is silent
        about the pairs that did not, and it is the interval of ``share`` about 1/2.
        """
        if self.finished == self.pairs and not math.isnan(self.ratio.value):
            return not self.ratio.low <= 1 <= self.ratio.high
        return not self.share.low <= 0.5 <= self.share.high


def pair(times: EscapeTimes, other: EscapeTimes, *, confidence: float = 0.95) -> Paired:
    """Compare a run with another one from the same starts, counted in the same cost.

    Parameters
    ----------
    times, other
        The runs; trajectories are paired by their ids, and those without a partner left out.
    confidence
        Coverage of each interval, in (0, 1).

    Raises
    ------
    ValueError
        If the runs are not counted alike or the confidence is not as described.
    """
    check_confidence(confidence)
    if times.unit != other.unit:
        raise ValueError(
            f"other must be counted in {times.unit}, as times is, got {other.unit}; "
            "use counted_in(cost) on both"
        )
    _, i, j = np.intersect1d(times.trajectory, other.trajectory, return_indices=True)
    order = _order(times, i, other, j)
    (known, never), (other_known, other_never) = _kinds(times, i), _kinds(other, j)
    both = known & other_known
    faster = known & (((order < 0) & ~other_never) | other_never)
    slower = other_known & (((order > 0) & ~never) | never)
    even = (both & (order == 0)) | (never & other_never)
    wins, losses, ties = (int(np.count_nonzero(x)) for x in (faster, slower, even))
    i, j = i[both], j[both]
    return Paired(
        pairs=both.size,
        finished=i.size,
        ratio=_ratio(times.log10_steps[i], other.log10_steps[j], confidence),
        difference=_difference(times, i, other, j, confidence),
        faster=wins,
        slower=losses,
        even=ties,
        undecided=both.size - wins - losses - ties,
        share=wilson(wins, wins + losses, confidence=confidence),
    )


def wilson(count: int, of: int, *, confidence: float = 0.95) -> Estimate:
    """Return a share with Wilson's score interval (1927); nan in [0, 1] where there is nothing."""
    from scipy.special import ndtri

    if of == 0:
        return Estimate(math.nan, 0.0, 1.0, confidence)
    share, z2 = count / of, float(ndtri((1 + confidence) / 2)) ** 2
    center = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = math.sqrt(z2 * (share * (1 - share) / of + z2 / (4 * of**2))) / (1 + z2 / of)
    # at the ends rounding would leave a hair between the interval and the share
    low = 0.0 if count == 0 else center - half
    high = 1.0 if count == of else center + half
    return Estimate(share, low, high, confidence)


def _kinds(times: EscapeTimes, rows: NDArray[np.intp]) -> tuple[Bools, Bools]:
    """Return where the cost is known, and where it is known to be infinite."""
    outcome, sound = times.outcome[rows], ~times.underflowed[rows]
    ended = (outcome != Outcome.ESCAPED) & (outcome != Outcome.CENSORED)
    return (outcome == Outcome.ESCAPED) & sound, ended & sound


def _order(
    a: EscapeTimes, i: NDArray[np.intp], b: EscapeTimes, j: NDArray[np.intp]
) -> NDArray[np.int8]:
    """Return the sign of a - b of what was spent: of whole numbers, where these are known."""
    x, y = a.steps[i], b.steps[j]
    # of one that underflowed and then ran out of budget not even the bound is known
    far, other_far = _spent(a, i), _spent(b, j)
    sound = (x >= 0) & (y >= 0) & np.isfinite(far) & np.isfinite(other_far)
    by_count = np.sign(x - y)
    return np.where(sound, by_count, np.sign(_minus(far, other_far))).astype(np.int8)


def _spent(times: EscapeTimes, rows: NDArray[np.intp]) -> Floats:
    unknown = times.underflowed[rows] & (times.outcome[rows] == Outcome.CENSORED)
    return np.where(unknown, -np.inf, times.log10_steps[rows])


def _minus(a: Floats, b: Floats) -> Floats:
    """Return the difference of logarithms, 0 for 0/0."""
    return np.subtract(a, b, out=np.zeros_like(a), where=a != b)


def _ratio(log10: Floats, other: Floats, confidence: float) -> Estimate:
    logs = _minus(log10, other) * math.log(10)
    if not logs.size or not np.isfinite(logs).all():
        return Estimate(math.nan, 0.0, math.inf, confidence)
    center, half = student(logs, confidence)
    if logs.size == 1:
        half = math.inf
    with np.errstate(over="ignore"):
        value, low, high = np.exp([center, center - half, center + half])
    return Estimate(float(value), float(low), float(high), confidence)


def _difference(
    a: EscapeTimes,
    i: NDArray[np.intp],
    b: EscapeTimes,
    j: NDArray[np.intp],
    confidence: float,
) -> Estimate:
    if not i.size or max(a.log10_steps[i].max(), b.log10_steps[j].max()) > 308:
        return Estimate(math.nan, -math.inf, math.inf, confidence)
    values = np.sort(_floats(a, i) - _floats(b, j))
    rank = _sign_rank(values.size, confidence)
    low, high = (values[rank - 1], values[-rank]) if rank else (-math.inf, math.inf)
    return Estimate(float(np.median(values)), float(low), float(high), confidence)


def _floats(times: EscapeTimes, rows: NDArray[np.intp]) -> Floats:
    steps = times.steps[rows]
    return np.where(steps >= 0, steps, np.power(10.0, times.log10_steps[rows]))


def _sign_rank(n: int, confidence: float) -> int:
    """Return k such that the k-th smallest and k-th largest of n enclose the median; 0 if none."""
    from scipy.special import bdtr

    # P(fewer than k of n fair coins) is to be at most the tail
    below = bdtr(np.arange(n // 2, dtype=np.float64), n, 0.5)
    return int(np.searchsorted(below, (1 - confidence) / 2, side="right"))
