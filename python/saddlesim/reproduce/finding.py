"""What a reproduction finds: claims, each with what is expected and what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from saddlesim import validation
from saddlesim.statistics import Estimate
from saddlesim.tables import Tabular

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "CONFIDENCE",
    "Claim",
    "Effort",
    "Finding",
    "Section",
    "mean",
    "mean_ratio",
    "share",
    "within",
]

# Intervals are four standard errors either way: some fifty findings that are all true then come
# with a false alarm once in three hundred seeds, where 95 % intervals would have two or three each.
_ERRORS = 4.0
CONFIDENCE = math.erf(_ERRORS / math.sqrt(2))
_CERTAIN = 1.0  # the confidence of a number that chance has no part in
_DIGITS = 1e-9  # to which such a number is right, of what is expected or of 1


@dataclass(frozen=True)
class Effort:
    """How much to run: a quick look or the full reproduction, with a seed, on some threads."""

    quick: bool
    seed: int
    threads: int | None

    def trials(self, full: int, quick: int) -> int:
        """Return the one of the two numbers of trajectories that is asked for."""
        return quick if self.quick else full


@dataclass(frozen=True, init=False)
class Finding:
    """One number, as it should be and as it was measured.

    Parameters
    ----------
    case
        What was measured, and in which setting.
    expected
        A number, which must lie in the measured interval; or the lowest and highest that it may
        be, between which the measured interval must lie.
    measured
        With its interval; or a number that chance has no part in, which is right to nine digits.
    tolerance
        The share of the expected number by which the measured interval may miss it, where what is
        expected is an approximation itself.

    Raises
    ------
    ValueError, TypeError
        If the tolerance is negative, or is for a range.
    """

    case: str
    expected: float | tuple[float, float]
    measured: Estimate
    tolerance: float

    def __init__(
        self,
        case: str,
        expected: float | tuple[float, float],
        measured: Estimate | float,
        tolerance: float = 0.0,
    ) -> None:
        relative = validation.number("tolerance", tolerance, nonnegative=True)
        if relative and isinstance(expected, tuple):
            raise ValueError(
                f"tolerance must be 0 where a range is expected, got {tolerance!r}; widen the range"
            )
        if not isinstance(measured, Estimate):
            number = float(measured)
            measured = Estimate(number, number, number, _CERTAIN)
        for name, value in {
            "case": case, "expected": expected, "measured": measured, "tolerance": relative,
        }.items():  # fmt: skip
            object.__setattr__(self, name, value)

    @property
    def holds(self) -> bool:
        """Whether what was measured agrees with what is expected."""
        low, high = self.measured.low, self.measured.high
        if isinstance(self.expected, tuple):
            return self.expected[0] <= low and high <= self.expected[1]
        size = abs(self.expected)
        rounding = _DIGITS * max(size, 1.0) if self.measured.confidence == _CERTAIN else 0.0
        slack = max(self.tolerance * size, rounding)
        return low - slack <= self.expected <= high + slack

    def cells(self) -> list[str]:
        """Return the row that tables have of it: case, expected, measured, verdict."""
        found = self.measured
        alone = found.low == found.high and math.isfinite(found.value)
        return [
            self.case,
            self._expected(),
            f"{found.value:.7g}" if alone else str(found),
            "agrees" if self.holds else "DIFFERS",
        ]

    def _expected(self) -> str:
        if not isinstance(self.expected, tuple):
            around = f" ± {100 * self.tolerance:g} %" if self.tolerance else ""
            return f"{self.expected:.7g}{around}"
        low, high = self.expected
        if math.isinf(low):
            return f"<= {high:g}"
        return f"{low:g} to {high:g}" if math.isfinite(high) else f">= {low:g}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        found = self.measured
        return {
            "case": self.case,
            "expected": self.expected,
            "measured": found.value,
            "low": found.low,
            "high": found.high,
            "confidence": found.confidence,
            "holds": self.holds,
        }


@dataclass(frozen=True, repr=False)
class Claim(Tabular):
    """A statement, where it is from, and what was found; it shows itself as a table.

    Parameters
    ----------
    text, source
        The statement, and who makes it where.
    findings
        The numbers that speak for it or against it.
    """

    text: str
    source: str
    findings: Sequence[Finding]

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers and texts."""
        findings = [finding.as_dict() for finding in self.findings]
        return {"claim": self.text, "source": self.source, "findings": findings}

    @property
    def _title(self) -> str:
        return f"{self.text} [{self.source}]"

    def _rows(self) -> list[list[str]]:
        return [["quantity", "expected", "measured", ""], *(each.cells() for each in self.findings)]


@dataclass(frozen=True)
class Section:
    """A part of a reproduction: its claims, and the tables and pictures behind them by name."""

    claims: tuple[Claim, ...] = ()
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pictures: dict[str, Figure] = field(default_factory=dict)


def mean(sample: ArrayLike) -> Estimate:
    """Return the mean of a sample of shape (n,), with four standard errors either way."""
    x = np.asarray(sample, dtype=np.float64)
    return within(float(x.mean()), float(x.std(ddof=1)) / math.sqrt(x.size))


def mean_ratio(above: ArrayLike, below: ArrayLike) -> Estimate:
    """Return the ratio of two means of paired samples of shape (n,), by the delta method."""
    a, b = (np.asarray(x, dtype=np.float64) for x in (above, below))
    ratio = float(a.mean() / b.mean())
    error = float(np.std(a - ratio * b, ddof=1) / b.mean()) / math.sqrt(a.size)
    return within(ratio, error)


def share(count: int, n: int, errors: float = _ERRORS) -> Estimate:
    """Return the share count / n with Wilson's interval, of four standard errors unless told."""
    value, z2 = count / n, errors**2
    center = (value + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(value * (1 - value) * z2 / n + (z2 / (2 * n)) ** 2) / (1 + z2 / n)
    # Wilson's interval holds the share, which rounding may deny where it is 0 or 1.
    ends = min(max(center - half, 0.0), value), max(min(center + half, 1.0), value)
    return Estimate(value, *ends, math.erf(errors / math.sqrt(2)))


def within(value: float, error: float) -> Estimate:
    """Return a value with an interval of four of its standard errors."""
    return Estimate(value, value - _ERRORS * error, value + _ERRORS * error, CONFIDENCE)
