"""Quantiles and means of escape times, with intervals that censored data can carry.

The functions take the step at which each trajectory ended and its outcome code. ``CENSORED`` is the
only censoring there is; the competing outcomes count as trajectories that never escape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saddlesim.errors import CensoredMeanError
from saddlesim.outcome import Outcome
from saddlesim.survival import Incidence, Observations, Survival, check_confidence, survival

__all__ = ["Estimate", "Survival", "mean", "quantile", "restricted_mean", "student", "survival"]


@dataclass(frozen=True)
class Estimate:
    """A number and its confidence interval.

    Parameters
    ----------
    value
        The estimate; inf for a quantile that the data do not reach.
    low, high
        Ends of the interval; a ``high`` of inf means that there is no upper bound.
    confidence
        Coverage of the interval.
    """

    value: float
    low: float
    high: float
    confidence: float

    def __str__(self) -> str:
        """``24 [23, 25]``; ``>100000`` when there is a lower bound only."""
        if math.isinf(self.value):
            if math.isinf(self.low):
                return "never"
            return f">{_numbers(self.low)[0]}" if self.low > 0 else "not reached"
        value, low, high = _numbers(self.value, self.low, self.high)
        return f"{value} [{low}, {high}]"


def _numbers(value: float, *ends: float) -> list[str]:
    """Format a value and its interval alike: integers as such, else two digits of the width."""
    numbers = [value, *ends]
    finite = [x for x in numbers if math.isfinite(x)]
    if all(x == round(x) and abs(x) < 1e15 for x in finite):
        form = ".0f"
    else:
        largest = max(abs(x) for x in finite)
        width = (max(finite) - min(finite)) / 2
        digit = math.floor(math.log10(width)) - 1 if width > 0 else 0
        if width == 0:
            digit = math.floor(math.log10(largest)) - 3
        exponent = math.floor(math.log10(largest))
        if exponent >= 7 or exponent < -4:
            form = f".{min(max(exponent - digit, 1), 6)}e"
        else:
            form = f".{min(max(-digit, 0), 9)}f"
    return [format(x, form) for x in numbers]


def quantile(
    steps: ArrayLike, outcome: ArrayLike, q: float, *, confidence: float = 0.95
) -> Estimate:
    """Smallest step by which a share q of all trajectories has escaped.

    Parameters
    ----------
    steps, outcome
        The step at which each trajectory ended and its outcome code, shape (n,).
    q
        The share, in (0, 1); 0.5 is the median.
    confidence
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Estimate
        In steps. The interval holds the steps at which ``1 - q`` lies in the survival function's
        band. Under one common budget that is the exact interval between binomial order statistics;
        otherwise it is the interval of Brookmeyer and Crowley (1982), log(-log) transformed. Steps
        are integers, so the coverage is at least the nominal one. A quantile that is not reached
        has the value inf and a one-sided lower bound.

    Raises
    ------
    ValueError
        If an argument is not as described.
    """
    if not 0 < q < 1:
        raise ValueError(
            f"q: {q!r} must lie strictly between 0 and 1; for the 90 % quantile pass 0.9"
        )
    curve = survival(steps, outcome, confidence=confidence)
    # In floating point 1 - 0.9 < 0.1: without the slack one survivor of ten would not count.
    level = 1 - q + 1e-12

    def first(reached: NDArray[np.bool_], otherwise: float) -> float:
        return float(curve.time[np.argmax(reached)]) if reached.any() else otherwise

    # The upper band need not be monotone in the far tail: it has to stay at or below the level.
    stays_below = np.logical_and.accumulate((curve.high <= level)[::-1])[::-1]
    return Estimate(
        value=first(curve.probability <= level, np.inf),
        low=first(curve.low <= level, curve.until),
        high=first(stays_below, np.inf),
        confidence=confidence,
    )


def restricted_mean(
    steps: ArrayLike,
    outcome: ArrayLike,
    horizon: float | None = None,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Mean of min(T, horizon), the steps spent on escaping before a horizon.

    Parameters
    ----------
    steps, outcome
        The step at which each trajectory ended and its outcome code, shape (n,).
    horizon
        In steps, at least 0 and no larger than the last step the data speak of; by default the
        largest step at which a trajectory ended.
    confidence
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Estimate
        In steps. Under one common budget the sample mean, with Student's interval; otherwise the
        area under the Kaplan-Meier or Aalen-Johansen curve, with a Greenwood-type variance. If all
        trajectories agree, so that the spread says nothing, the interval is what remains possible
        for a variable between 0 and the horizon. With a skewed law the coverage reaches the nominal
        one only at some hundred trajectories; at 20 it may be 5 points lower.

    Raises
    ------
    ValueError
        If an argument is not as described; a horizon too large is refused with the largest one.
    """
    check_confidence(confidence)
    seen = Observations.of(steps, outcome)
    if horizon is None:
        horizon = float(seen.time.max())
    if not 0 <= horizon < np.inf:
        raise ValueError(
            f"horizon: {horizon!r} must be a finite number of steps, at least 0; "
            f"for example the largest step at which a trajectory ended, {seen.time.max():.0f}"
        )
    if horizon > seen.until:
        raise ValueError(
            f"horizon: {horizon:.15g} is beyond what the data carry; the largest allowed value is "
            f"{seen.until:.0f}, where the last trajectories were censored; lower the horizon or "
            "raise max_steps and run again"
        )
    value, error, sure = (_sample if seen.one_budget else _area)(seen, horizon, confidence)
    if error > 0:
        low, high = value - error, value + error
    else:
        # At most this share can differ from what all the observed trajectories agree on.
        share = 1 - ((1 - confidence) / 2) ** (1 / sure) if sure else 1.0
        low, high = value * (1 - share), value + share * (horizon - value)
    return Estimate(value, max(low, 0.0), min(high, horizon), confidence)


def _sample(seen: Observations, horizon: float, confidence: float) -> tuple[float, float, int]:
    """Sample mean, half width, and the number of trajectories known up to the horizon."""
    times = np.minimum(np.where(seen.escaped, seen.time, np.inf), horizon)
    return *student(times, confidence), seen.size


def student(times: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Mean and half width of its Student's interval; 0 when there is no spread to go by."""
    from scipy.special import stdtrit

    # In units of a power of two, which is exact, sums and squares of any floats stay finite.
    unit = math.ldexp(1.0, math.frexp(times.max())[1] - 1)
    relative, n = times / unit, times.size
    center = float(relative.mean()) * unit
    if n < 2 or times.min() == times.max():
        return center, 0.0
    error = float(relative.std(ddof=1)) * unit / math.sqrt(n)
    return center, float(stdtrit(n - 1, (1 + confidence) / 2)) * error


def _area(seen: Observations, horizon: float, confidence: float) -> tuple[float, float, int]:
    """Area under the survival curve, half width, and the number at risk up to the horizon."""
    from scipy.special import ndtri

    curve = Incidence.of(seen)
    F = curve.probability
    width = np.diff(np.minimum(curve.time, horizon), append=horizon)
    remaining = np.maximum(horizon - curve.time, 0.0)
    # The area of F - F_j from each time t_j to the horizon.
    later = np.cumsum((F * width)[::-1])[::-1] - F * remaining
    terms = curve.variance_terms(curve.running * remaining, later)
    error = ndtri((1 + confidence) / 2) * math.sqrt(max(float(terms.sum()), 0.0))
    sure = int(np.count_nonzero(seen.time >= horizon))
    return horizon - float(F @ width), error, sure


def mean(steps: ArrayLike, outcome: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Mean escape time with Student's interval, if every trajectory escaped.

    Parameters
    ----------
    steps, outcome
        The step at which each trajectory ended and its outcome code, shape (n,).
    confidence
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Estimate
        In steps; a single trajectory gives no upper bound.

    Raises
    ------
    CensoredMeanError
        If a trajectory did not escape: the mean over the others would be biased low.
    ValueError
        If an argument is not as described.
    """
    check_confidence(confidence)
    seen = Observations.of(steps, outcome)
    finishers = seen.time[seen.escaped]
    if finishers.size < seen.size:
        raise _refusal(seen, np.asarray(outcome), finishers)
    value, error = student(finishers, confidence)
    if seen.size == 1:
        return Estimate(value, 0.0, np.inf, confidence)
    return Estimate(value, max(value - error, 0.0), value + error, confidence)


def _refusal(
    seen: Observations, codes: NDArray[np.generic], finishers: NDArray[np.float64]
) -> CensoredMeanError:
    counts = [(kind, int(np.count_nonzero(codes == kind))) for kind in Outcome]
    shares = ", ".join(
        f"{count / seen.size:.2%} {kind.label}"
        for kind, count in counts
        if count and kind is not Outcome.ESCAPED
    )
    biased = float(finishers.mean()) if finishers.size else math.nan
    known = (
        f"the finishers' mean, {biased:.6g}, is biased low"
        if finishers.size
        else "no trajectory escaped"
    )
    limit = f" with horizon <= {seen.until:.0f}" if math.isfinite(seen.until) else ""
    return CensoredMeanError(
        f"mean: {seen.size - finishers.size} of {seen.size} trajectories did not escape "
        f"({shares}), so the mean escape time is unknown; {known}; "
        f"use restricted_mean(horizon){limit}, or median()",
        biased,
    )
