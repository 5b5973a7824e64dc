"""What pictures of escape time against dimension show: a series of numbers for each method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.dimension_cell import (
    beyond_floats,
    estimate,
    last_step,
    log10_estimate,
    log10_quantile,
    quantile,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saddlesim.dimension import DimensionResult

__all__ = ["Series", "TheoryLine", "has_lower_bounds", "needs_exponents", "series", "theory_line"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Series:
    """One method along the axis, each column of shape (m,).

    Attributes
    ----------
    at
        Where it was run.
    value, low, high
        The medians with their 95 % intervals; a value of inf is not reached, and one of nan open.
    lowest, highest
        The 10 % and the 90 % quantile; where the latter is not reached, its lower bound.
    bound
        What a median that is not known is at least: its lower bound, or the last step seen.
    """

    at: tuple[Any, ...]
    value: Floats
    low: Floats
    high: Floats
    lowest: Floats
    highest: Floats
    bound: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a median."""
        return np.isfinite(self.value)

    @property
    def arms(self) -> tuple[Floats, Floats]:
        """How far intervals reach below and above the medians that are known."""
        known = self.known
        above = np.where(np.isfinite(self.high), self.high, self.value)[known] - self.value[known]
        return self.value[known] - self.low[known], above


@dataclass(frozen=True, eq=False)
class TheoryLine:
    """The smallest dimension from 2 on, continued by the factor that theory gives."""

    factor: float
    at: Floats
    value: Floats


def needs_exponents(result: DimensionResult) -> bool:
    """Whether times reach beyond the largest float, so that logarithms must be drawn."""
    return any(beyond_floats(times) for times in result.cells.values())


def has_lower_bounds(result: DimensionResult) -> bool:
    """Whether a median of some cell is not reached."""
    return any(log10_estimate(times).value == math.inf for times in result.cells.values())


def series(result: DimensionResult, label: str, exponents: bool) -> Series:
    """Return the numbers of a method; their decimal logarithms with `exponents`."""
    dims = result.dims(label)
    runs = [result.cells[label, dim] for dim in dims]
    middle, share = (log10_estimate, log10_quantile) if exponents else (estimate, quantile)
    value, low, high = _columns([middle(times) for times in runs])
    lowest = _columns([share(times, 0.1) for times in runs])[0]
    highest, reached, _ = _columns([share(times, 0.9) for times in runs])
    # A 90 % quantile that is not reached lies above the band, which ends at its lower bound.
    highest = np.where(np.isfinite(highest), highest, reached)
    # Where the data give no bound of the median, the last step seen is one: by then most had
    # not escaped.
    last = np.array([t.log10_steps.max() if exponents else last_step(t) for t in runs])
    bound = np.where(np.isfinite(low) & (exponents | (low > 0)), low, last)
    # A step 0 has no logarithm; among hundreds of decades its place is that of step 1.
    value, lowest, highest, low = (
        np.where(np.isneginf(x), 0.0, x) for x in (value, lowest, highest, low)
    )
    return Series(dims, value, low, high, lowest, highest, bound)


def theory_line(result: DimensionResult, label: str, exponents: bool) -> TheoryLine | None:
    """Return the line that theory draws; None where it gives no factor."""
    factor = result.growth_factor(label)
    dims = result.dims(label)
    if factor is None:
        return None
    medians = [log10_estimate(result.cells[label, dim]).value for dim in dims]
    # In one dimension there is no saddle before, so nothing yet to grow by the factor.
    anchors = [(d, t) for d, t in zip(dims, medians, strict=True) if d >= 2 and math.isfinite(t)]
    if not anchors:
        return None
    d0, t0 = anchors[0]
    last = max(dim for _, dim in result.cells)
    if not exponents:  # not beyond the largest float; the axis ends long before
        last = min(last, d0 + int(600 / math.log(factor)))
    # Close to one another on a logarithmic axis, too.
    d = np.union1d(np.linspace(d0, last, 100), np.geomspace(d0, last, 100))
    line = t0 + (d - d0) * math.log10(factor)
    return TheoryLine(factor, d, line if exponents else 10**line)


def _columns(estimates: Sequence[Any]) -> tuple[Floats, Floats, Floats]:
    value, low, high = np.array([(e.value, e.low, e.high) for e in estimates], dtype=np.float64).T
    return value, low, high
