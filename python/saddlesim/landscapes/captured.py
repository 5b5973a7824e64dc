"""Factorisations, whose stationary points capture some of a matrix's singular directions."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import ClassVar

import numpy as np

from saddlesim.escape import Escape, ValueBelow
from saddlesim.initial import Gaussian, Initial
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.validation import FloatArray

__all__ = ["Factorization"]

_MOST_POINTS = 4096  # stationary points that are listed at once


class Factorization(Landscape):
    """What factorisations of a matrix have in common.

    A stationary point captures a set S of at most `rank` of the matrix's positive eigenvalues or
    singular values; f there is a multiple of the sum of the squares of the others. All points of a
    set are rotations of one another.
    """

    weight: ClassVar[float]  # what multiplies that sum

    rank: int  # a field of every subclass, or a property

    @property
    @abstractmethod
    def strengths(self) -> FloatArray:
        """The eigenvalues or singular values, descending; those within rounding of 0 are 0."""

    @abstractmethod
    def _at(self, S: list[int], value: float, name: str, kind: str | None) -> StationaryPoint:
        """Return the point that captures the strengths at the positions S."""

    @property
    def _positive(self) -> int:
        return int(np.count_nonzero(self.strengths > 0))

    def stationary_point(self, captured: Sequence[int]) -> StationaryPoint:
        """Return the point that captures S, with the exact spectrum of its Hessian.

        Parameters
        ----------
        captured
            S: which eigenvalues or singular values, counted from the largest, 0; at most `rank`,
            each of them positive.
        """
        S = sorted({int(j) for j in captured})
        fits = len(S) == len(captured) <= self.rank
        if not fits or any(not 0 <= j < self._positive for j in S):
            raise ValueError(
                f"captured must be at most {self.rank} different positions of positive "
                f"eigenvalues or singular values, 0 to {self._positive - 1}, got {captured!r}"
            )
        value = self._value_without(np.delete(self.strengths, S))
        # a tie with the best set is as good
        best = value <= self.minimum_value + 1e-12 * self._value_at_origin
        name = "global minimum" if best else f"captures {S}" if S else "the origin"
        return self._at(S, value, name, "minimum" if best else None)

    def iter_stationary_points(self) -> Iterator[StationaryPoint]:
        """Yield the points of all sets S, the smallest sets first; they may be very many."""
        for size in range(min(self.rank, self._positive) + 1):
            for S in combinations(range(self._positive), size):
                yield self.stationary_point(S)

    def stationary_points(self) -> list[StationaryPoint]:
        """Return the points of all sets S, the origin first; all others are rotations of these.

        Raises
        ------
        ValueError
            If there are more than 4096.
        """
        number = sum(math.comb(self._positive, k) for k in range(self.rank + 1))
        if number > _MOST_POINTS:
            raise ValueError(
                f"stationary_points() would list {number:,} points, more than {_MOST_POINTS:,}; "
                "use iter_stationary_points(), or stationary_point(captured) for one of them"
            )
        return list(self.iter_stationary_points())

    def reference_saddle(self) -> StationaryPoint | None:
        """Return the origin, if it is a saddle."""
        return self.stationary_point([]) if self._positive else None

    @property
    def minimum_value(self) -> float:
        """F at the global minima, which capture the largest strengths."""
        return self._value_without(self.strengths[min(self.rank, self._positive) :])

    @property
    def _value_at_origin(self) -> float:
        return self._value_without(self.strengths)

    @property
    def offset(self) -> float:
        """What f has beside the strengths that are not captured."""
        return 0.0

    def _value_without(self, strengths: FloatArray) -> float:
        return self.weight * math.fsum(strengths**2) + self.offset

    @property
    def spectral_norm(self) -> float:
        """The spectral norm |M| of the matrix."""
        return float(np.abs(self.strengths).max())

    @property
    def length_scale(self) -> float:
        """The square root of |M|: the size of a column that captures the largest strength."""
        return math.sqrt(self.spectral_norm)

    def default_initial(self) -> Initial:
        """Return entries N(0, 1e-6 |M|): near the saddle at the origin."""
        return Gaussian(1e-3 * self.length_scale)

    def default_escape(self) -> Escape:
        """Return that f has fallen halfway from the origin to the next lower critical value.

        Where no strength is positive the origin is the minimum, and it is a millionth above it.
        """
        if not self._positive:
            return ValueBelow((1 + 1e-6) * self.minimum_value)
        weakest = float(self.strengths[self._positive - 1])
        return ValueBelow(self._value_at_origin - self.weight * weakest**2 / 2)
