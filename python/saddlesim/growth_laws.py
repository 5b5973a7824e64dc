"""The laws that escape time may follow in the dimension.

A law gives log T as a function of the dimension d and of a vector theta, whose entries are chosen
so that the fit is well conditioned; ``parameters`` turns theta into the formula's constants.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["LAWS", "Law", "Power"]

Floats = NDArray[np.float64]


class Law(ABC):
    """One law. ``smallest`` is the smallest dimension of the data, where theta is anchored."""

    name: ClassVar[str]
    formula: ClassVar[str]
    kind: ClassVar[str]
    lower: ClassVar[tuple[float, ...]]
    growth: ClassVar[tuple[str, float] | None] = None  # T grows iff this constant exceeds this
    least: ClassVar[Mapping[str, float]] = {}  # what constants of the formula never fall below

    def __init__(self, smallest: float) -> None:
        self.smallest = smallest

    @abstractmethod
    def log_time(self, theta: Floats, d: Floats) -> Floats:
        """Natural logarithm of T at the dimensions d, shape (n,)."""

    @abstractmethod
    def start(self, d: Floats, y: Floats) -> list[float]:
        """Where to start the fit, from dimensions and log times, shape (n,) with n >= 3."""

    @abstractmethod
    def parameters(self, theta: Floats) -> dict[str, tuple[float, bool]]:
        """Each constant of the formula, or its logarithm where the second entry says so."""


class Exponential(Law):
    """T = A r^d."""

    name = "exponential"
    formula = "A r^d"
    kind = "exponential"
    lower = (-np.inf, -np.inf)
    growth = ("r", 1.0)

    def log_time(self, theta: Floats, d: Floats) -> Floats:
        """Logarithm of T; theta is (log T at the smallest d, log r)."""
        out: Floats = theta[0] + theta[1] * (d - self.smallest)
        return out

    def start(self, d: Floats, y: Floats) -> list[float]:
        """Start from the line through the first and last point."""
        return [y[0], (y[-1] - y[0]) / (d[-1] - d[0])]

    def parameters(self, theta: Floats) -> dict[str, tuple[float, bool]]:
        """Give A and r."""
        return {"A": (theta[0] - theta[1] * self.smallest, True), "r": (theta[1], True)}


class ExponentialWithOffset(Law):
    """T = A r^d + B.

    At the smallest dimension a negative B may take away at most half of the power: with r near 1
    and a large negative B this formula is a straight line, which is no exponential growth.
    """

    name = "exponential with offset"
    formula = "A r^d + B"
    kind = "exponential"
    lower = (-np.inf, 0.0, -0.5)
    growth = ("r", 1.0)

    def log_time(self, theta: Floats, d: Floats) -> Floats:
        """Logarithm of T; theta is (log A r^s, log r, B / (A r^s)) at the smallest dimension s."""
        power = theta[1] * (d - self.smallest)
        out: Floats = theta[0] + power + np.log1p(theta[2] * np.exp(-power))
        return out

    def start(self, d: Floats, y: Floats) -> list[float]:
        """Start from the last two points, where the offset matters least."""
        log_r = max((y[-1] - y[-2]) / (d[-1] - d[-2]), 1e-3)
        level = y[-1] - log_r * (d[-1] - d[0])
        return [level, log_r, max(math.expm1(min(y[0] - level, 50.0)), -0.4)]

    def parameters(self, theta: Floats) -> dict[str, tuple[float, bool]]:
        """Give A, r and B."""
        return {
            "A": (theta[0] - theta[1] * self.smallest, True),
            "r": (theta[1], True),
            "B": (theta[2] * _exp(theta[0]), False),
        }


class Power(Law):
    """T = A d^p."""

    name = "power"
    formula = "A d^p"
    kind = "polynomial"
    lower = (-np.inf, -np.inf)
    growth = ("p", 0.0)

    def log_time(self, theta: Floats, d: Floats) -> Floats:
        """Logarithm of T; theta is (log T at the smallest d, p)."""
        out: Floats = theta[0] + theta[1] * np.log(d / self.smallest)
        return out

    def start(self, d: Floats, y: Floats) -> list[float]:
        """Start from the line through the first and last point."""
        return [y[0], (y[-1] - y[0]) / math.log(d[-1] / d[0])]

    def parameters(self, theta: Floats) -> dict[str, tuple[float, bool]]:
        """Give A and p."""
        return {
            "A": (theta[0] - theta[1] * math.log(self.smallest), True),
            "p": (theta[1], False),
        }


class LogLinear(Law):
    """T = A d log d + B d with A >= 0.

    d escapes in a row, each of which takes ``A log d + B`` steps; without B the law would say that
    a single escape takes no constant share, which is off by far at the dimensions one can run.
    """

    name = "d log d"
    formula = "A d log d + B d"
    kind = "polynomial"
    lower = (-np.inf, 0.0)
    least: ClassVar[Mapping[str, float]] = {"A": 0.0}

    def log_time(self, theta: Floats, d: Floats) -> Floats:
        """Logarithm of T; theta is (log T/d, log(1 + A d/T)) at the smallest dimension."""
        per_dimension = np.log1p(_expm1(theta[1]) * np.log(d / self.smallest))
        out: Floats = theta[0] + np.log(d) + per_dimension
        return out

    def start(self, d: Floats, y: Floats) -> list[float]:
        """Start from the first and last point."""
        per_dimension = y - np.log(d)
        rise = math.expm1(min(per_dimension[-1] - per_dimension[0], 50.0))
        return [per_dimension[0], math.log1p(max(rise / math.log(d[-1] / d[0]), 0.01))]

    def parameters(self, theta: Floats) -> dict[str, tuple[float, bool]]:
        """Give A and B."""
        level, slope = _exp(theta[0]), _expm1(theta[1])
        return {
            "A": (level * slope, False),
            "B": (level * (1 - slope * math.log(self.smallest)), False),
        }


class LogLinearWithOffset(Law):
    """T = A d log d + B d + C with A >= 0, growing from the smallest dimension on.

    The offset is there because the first escape differs from the others: it begins at the start of
    the trajectory and not where another escape has led.
    """

    name = "d log d with offset"
    formula = "A d log d + B d + C"
    kind = "polynomial"
    lower = (-np.inf, 0.0, 0.0)
    least: ClassVar[Mapping[str, float]] = {"A": 0.0}

    def log_time(self, theta: Floats, d: Floats) -> Floats:
        """Logarithm of T, from log T, log(1 + d T'/T) without A's share, and log(1 + A d/T).

        All three are those at the smallest dimension.
        """
        x = d / self.smallest
        rise = _expm1(theta[1]) * (x - 1) + _expm1(theta[2]) * x * np.log(x)
        out: Floats = theta[0] + np.log1p(rise)
        return out

    def start(self, d: Floats, y: Floats) -> list[float]:
        """Start from the line through the first and last point."""
        rise = math.expm1(min(y[-1] - y[0], 50.0))
        return [y[0], math.log1p(max(rise / (d[-1] / d[0] - 1), 0.01)), 0.01]

    def parameters(self, theta: Floats) -> dict[str, tuple[float, bool]]:
        """Give A, B and C."""
        level, b = _exp(theta[0]), _expm1(theta[1])
        a, slope = level * _expm1(theta[2]) / self.smallest, level * b / self.smallest
        return {
            "A": (a, False),
            "B": (slope - a * math.log(self.smallest), False),
            "C": (level * (1 - b), False),
        }


def _exp(x: float) -> float:
    """Return the exponential; inf beyond the largest float."""
    return math.exp(x) if x < 709 else math.inf


def _expm1(x: float) -> float:
    """Return exp(x) - 1, which stops growing where its products would overflow.

    Shares of a law are held as logarithms: no polynomial follows data that grow by hundreds of
    decades, but the attempt must not fail.
    """
    return math.expm1(min(x, 600.0))


LAWS: tuple[type[Law], ...] = (
    Exponential,
    ExponentialWithOffset,
    Power,
    LogLinear,
    LogLinearWithOffset,
)
