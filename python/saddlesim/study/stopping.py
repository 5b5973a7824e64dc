"""``Precision``: how long to go on with a cell, decided by what its first blocks say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from saddlesim import validation
from saddlesim.dimension_cell import beyond_floats, quantile, restricted_mean
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate

__all__ = ["Precision", "looks"]

_QUANTITIES = ("median", "restricted_mean")


@dataclass(frozen=True)
class Precision:
    """The precision at which a study need not go on with a cell.

    A cell is run in whole blocks, in the order of ids, until half the width of the confidence
    interval is at most `relative` times the value. The first ten blocks are looked at one by one,
    later ones each time a tenth more are there: looking more often would find a narrow interval by
    chance more often. Intervals of a run that stops by itself cover a little less than they say
    (Chow and Robbins 1965: as much in the limit of small `relative`).

    Parameters
    ----------
    relative
        Half the width of the interval over the value, above 0.
    quantity
        ``"median"``, ``"restricted_mean"`` or a share in (0, 1), whose quantile is meant.
    confidence
        Coverage of the interval, in (0, 1).
    most
        The most trajectories of a cell; None is the study's trials, beyond which none goes.

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed.
    """

    relative: float
    quantity: str | float = "median"
    confidence: float = 0.95
    most: int | None = None

    def __post_init__(self) -> None:
        validation.number("relative", self.relative, positive=True)
        if isinstance(self.quantity, str):
            if self.quantity not in _QUANTITIES:
                raise ValueError(
                    "quantity must be 'median', 'restricted_mean' or a share such as 0.9, got "
                    f"{self.quantity!r}"
                )
        elif not 0 < validation.number("quantity", self.quantity) < 1:
            raise ValueError(
                f"quantity must lie strictly between 0 and 1, got {self.quantity!r}; for the "
                "90 % quantile pass 0.9"
            )
        if not 0 < validation.number("confidence", self.confidence) < 1:
            raise ValueError(
                f"confidence must lie strictly between 0 and 1, got {self.confidence!r}; for "
                "95 % pass 0.95"
            )
        if self.most is not None:
            validation.count("most", self.most)

    def reached(self, times: EscapeTimes) -> float:
        """Return half the width of the interval over the value; inf where there is no width."""
        if beyond_floats(times):
            return self._beyond(times)
        if self.quantity == "restricted_mean":
            found = restricted_mean(times, confidence=self.confidence)
        else:
            found = quantile(times, self._share, confidence=self.confidence)
        return _relative(found.low, found.value, found.high)

    @property
    def _share(self) -> float:
        return 0.5 if isinstance(self.quantity, str) else self.quantity

    def _beyond(self, times: EscapeTimes) -> float:
        """Return the same of escape times that only have logarithms."""
        if self.quantity == "restricted_mean":
            raise ValueError(
                "quantity must be 'median' or a share where escape times are beyond 10^308, got "
                "'restricted_mean', which the largest of them alone decides there"
            )
        found: Estimate = times.log10_quantile(self._share, confidence=self.confidence)
        if not math.isfinite(found.high - found.low):
            return math.inf
        return _relative(10 ** (found.low - found.value), 1.0, 10 ** (found.high - found.value))


def looks(blocks: int) -> Iterator[int]:
    """Yield after how many blocks of a cell its precision is looked at."""
    count = 1
    while count <= blocks:
        yield count
        count = max(count + 1, math.ceil(1.1 * count))


def _relative(low: float, value: float, high: float) -> float:
    if low == high:
        return 0.0
    if not (math.isfinite(high - low) and value > 0):
        return math.inf
    return (high - low) / 2 / value
