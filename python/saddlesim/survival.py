"""The probability that a trajectory has not escaped yet, from censored and competing outcomes.

``T`` is the first step at which a trajectory has escaped. Three things can be known of it: its
value (``ESCAPED``), that it exceeds a step (``CENSORED``), or that it is infinite (every other
outcome: such a trajectory has ended without escaping and never will).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saddlesim.outcome import Outcome

__all__ = ["Incidence", "Observations", "Survival", "survival"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Observations:
    """What is known of the escape time of each trajectory, as the estimators need it.

    Parameters
    ----------
    time
        The step at which each trajectory ended, shape (n,).
    escaped, censored
        Which trajectories escaped and which were censored at ``time``, shape (n,); the others ended
        in an outcome after which they never escape.
    """

    time: Floats
    escaped: NDArray[np.bool_]
    censored: NDArray[np.bool_]

    @classmethod
    def of(cls, steps: ArrayLike, outcome: ArrayLike) -> Observations:
        """Check steps and outcome codes, both of shape (n,) with n >= 1, and sort them into kinds.

        Raises
        ------
        ValueError
            If the shapes differ, there is no trajectory, or a step is negative.
        """
        time = np.asarray(steps, dtype=np.float64)
        codes = np.asarray(outcome)
        if time.ndim != 1 or codes.shape != time.shape:
            raise ValueError(
                f"steps, outcome: shapes {time.shape} and {codes.shape} must be equal and "
                "one-dimensional; pass one step and one outcome code a trajectory"
            )
        if time.size == 0:
            raise ValueError(
                "steps: no trajectories, but statistics need at least one; run some trials"
            )
        if not time.min() >= 0:
            raise ValueError(
                f"steps: smallest value {time.min():g}, but steps count from 0; "
                "pass the step at which each trajectory ended"
            )
        return cls(time, codes == Outcome.ESCAPED, codes == Outcome.CENSORED)

    @property
    def size(self) -> int:
        """Number of trajectories."""
        return self.time.size

    @cached_property
    def until(self) -> float:
        """The step up to which the law of T is known: inf unless the last to end was censored."""
        last = self.time.max()
        return float(last) if self.censored[self.time == last].any() else np.inf

    @cached_property
    def one_budget(self) -> bool:
        """Whether all censoring is at one step that nobody outlived: then proportions are exact."""
        if not self.censored.any():
            return True
        return float(self.time[self.censored].min()) == float(self.time.max())


@dataclass(frozen=True, eq=False)
class Incidence:
    """The Aalen-Johansen estimate of P(T <= t) and what its variance is made of.

    Without competing outcomes it is one minus the Kaplan-Meier estimate; if moreover nobody is
    censored before t it is the proportion that escaped by t. Trajectories with a competing outcome
    leave the risk set when they end, because the step at which they would have been censored is
    unknown; keeping them at risk for ever would bias the incidence low.

    Parameters
    ----------
    time
        0 and every step at which a trajectory ended, increasing, shape (m,).
    probability
        P(T <= time), shape (m,).
    at_risk
        Number of trajectories that had not ended before ``time``, shape (m,).
    running
        Estimated probability of not having ended, in whatever way, before ``time``, shape (m,).
    escape_hazard, hazard
        Probability of escaping at ``time``, and of ending without being censored, given that the
        trajectory is at risk, shape (m,).
    """

    time: Floats
    probability: Floats
    at_risk: Floats
    running: Floats
    escape_hazard: Floats
    hazard: Floats

    @classmethod
    def of(cls, seen: Observations) -> Incidence:
        """Estimate; ties are ordered escape first, because a trajectory censored at t has T > t."""
        time = np.unique(np.append(seen.time, 0.0))

        def count(kind: NDArray[np.bool_]) -> NDArray[np.int64]:
            return np.bincount(np.searchsorted(time, seen.time[kind]), minlength=time.size)

        everyone = np.ones(seen.size, dtype=np.bool_)
        ended = count(everyone)
        at_risk = (seen.size - np.cumsum(ended) + ended).astype(np.float64)
        escape_hazard = count(seen.escaped) / at_risk
        hazard = count(~seen.censored) / at_risk
        running = np.cumprod(np.append(1.0, 1.0 - hazard))[:-1]
        probability = np.minimum(np.cumsum(running * escape_hazard), 1.0)
        return cls(time, probability, at_risk, running, escape_hazard, hazard)

    def variance_terms(self, own: Floats, later: Floats) -> Floats:
        """Contribution of each time to the variance of a linear functional of the incidence.

        The delta method on multinomial increments (Dinse and Larson 1986): with h and h1 the
        hazards of ending and of escaping, each time contributes
        ``(later^2 h / (1 - h) + own^2 h1 (1 - h1) - 2 own later h1) / at_risk``. Without competing
        outcomes this is Greenwood's formula, without censoring it adds up to the binomial variance.

        Parameters
        ----------
        own
            Derivative of the functional with respect to the escape hazard at the time itself.
        later
            What the functional gathers after the time, which ending earlier takes away.
        """
        h1 = self.escape_hazard
        terms = self._odds * later**2 + own**2 * h1 * (1 - h1) - 2 * own * later * h1
        return terms / self.at_risk

    @cached_property
    def _odds(self) -> Floats:
        # hazard 1 is the last time of all: nothing is gathered after it, so its odds do not matter.
        h = self.hazard
        return np.divide(h, 1 - h, out=np.zeros_like(h), where=h < 1)

    @cached_property
    def variance(self) -> Floats:
        """Variance of ``probability`` at each time, shape (m,)."""
        F, h1, n = self.probability, self.escape_hazard, self.at_risk
        # sum over j <= t of variance_terms(running_j, F(t) - F_j), expanded in powers of F(t).
        w = self._odds / n
        c = self.running * h1 / n
        square = np.cumsum(w * F**2 + self.running * c * (1 - h1) + 2 * c * F)
        total = square - 2 * F * np.cumsum(w * F + c) + F**2 * np.cumsum(w)
        return np.maximum(total, 0.0)


@dataclass(frozen=True, eq=False)
class Survival:
    """P(T > t), the probability of not having escaped by step t: a right-continuous step function.

    Parameters
    ----------
    time
        Where the function may jump, increasing from 0, shape (m,).
    probability, low, high
        Its value from ``time`` on, and the ends of the pointwise interval, shape (m,).
    confidence
        Coverage of the interval at one given time.
    until
        The last time the data speak of; inf if no trajectory was censored at the end.
    """

    time: Floats
    probability: Floats
    low: Floats
    high: Floats
    confidence: float
    until: float

    def __call__(self, t: ArrayLike) -> Floats:
        """P(T > t) at t of any shape: 1 before step 0, nan after ``until``."""
        at = np.asarray(t, dtype=np.float64)
        index = np.searchsorted(self.time, at, side="right")
        values = np.append(1.0, self.probability)[index]
        return np.where(at <= self.until, values, np.nan)


def survival(steps: ArrayLike, outcome: ArrayLike, *, confidence: float = 0.95) -> Survival:
    """Estimate P(T > t) with a pointwise confidence band.

    Parameters
    ----------
    steps, outcome
        The step at which each trajectory ended and its outcome code, shape (n,).
    confidence
        Coverage of the band at one given time, in (0, 1).

    Returns
    -------
    Survival
        Under one common budget the proportion that has not escaped, with Clopper and Pearson's
        exact interval. Otherwise Kaplan-Meier, or Aalen-Johansen with competing outcomes, with the
        interval of the log(-log) transformation; where nobody has escaped yet, Clopper and
        Pearson's interval for those still at risk.

    Raises
    ------
    ValueError
        If an argument is not as described.
    """
    check_confidence(confidence)
    seen = Observations.of(steps, outcome)
    incidence = Incidence.of(seen)
    tail = (1 - confidence) / 2
    if seen.one_budget:
        probability, low, high = _exact_band(seen, incidence.time, tail)
    else:
        probability, low, high = _log_log_band(incidence, tail)
    return Survival(incidence.time, probability, low, high, confidence, seen.until)


def check_confidence(confidence: float) -> None:
    """Refuse a confidence outside (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError(
            f"confidence: {confidence!r} must lie strictly between 0 and 1; "
            "for 95 % intervals pass 0.95"
        )


def _exact_band(seen: Observations, time: Floats, tail: float) -> tuple[Floats, Floats, Floats]:
    from scipy.special import betaincinv

    n = seen.size
    gone = np.searchsorted(np.sort(seen.time[seen.escaped]), time, side="right")
    k = (n - gone).astype(np.float64)
    low = np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, tail), 0.0)
    high = np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail), 1.0)
    return k / n, low, high


def _log_log_band(incidence: Incidence, tail: float) -> tuple[Floats, Floats, Floats]:
    from scipy.special import ndtri

    S = 1.0 - incidence.probability
    # Where nobody has escaped the variance estimate is 0: bound S from S^n = tail instead, where n
    # is the number still at risk between this time and the next.
    n = np.append(incidence.at_risk[1:], incidence.at_risk[-1])
    low = np.where(S < 1, 0.0, tail ** (1 / n))
    high = np.ones_like(S)
    inside = (S > 1e-12) & (S < 1)
    log_S = np.log(S[inside])
    spread = np.exp(ndtri(1 - tail) * np.sqrt(incidence.variance[inside]) / (-log_S * S[inside]))
    low[inside] = np.exp(log_S * spread)
    high[inside] = np.exp(log_S / spread)
    # Where everybody has escaped the last interval's upper end still holds, since S cannot rise.
    empty = S <= 1e-12
    if empty.any() and not empty[0]:
        high[empty] = high[~empty][-1]
    return np.where(empty, 0.0, S), low, high
