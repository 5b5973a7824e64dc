"""How many stationary points of each kind a census found."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import Any

from saddlesim.census import find_stationary_points
from saddlesim.landscapes import Landscape
from saddlesim.reproduce.finding import Effort

__all__ = ["BAD", "Counts", "count_stationary"]

BAD = ("local minimum", "flat minimum")
_STRICT = ("strict saddle", "maximum")


@dataclass(frozen=True)
class Counts:
    """Stationary points of a landscape, by what they are.

    Attributes
    ----------
    landscape
        Its name, for people.
    starts, lost
        How many starts there were, and how many led nowhere or were outside the domain.
    strict_saddles, not_strict, global_minima, bad_minima, undecided
        How many points were found, up to symmetries; maxima count as strict saddles.
    weakest
        The smallest eigenvalue of the strict saddle with the least curvature; nan without any.
    lowest_bad_value
        f at the best of the bad minima; nan without any.
    tolerance
        Curvatures that count as zero, the largest.
    seconds
        What it took.
    """

    landscape: str
    starts: int
    lost: int
    strict_saddles: int
    weakest: float
    not_strict: int
    global_minima: int
    bad_minima: int
    lowest_bad_value: float
    undecided: int
    tolerance: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers."""
        return asdict(self)


def count_stationary(name: str, f: Landscape, *, starts: int, effort: Effort) -> Counts:
    """Look for stationary points from many starts, and count them."""
    begin = time.perf_counter()
    census = find_stationary_points(f, starts=starts, seed=effort.seed, threads=effort.threads)

    def points(*kinds: str) -> int:
        return sum(family.points for family in census.families if family.kind in kinds)

    strict = [family for family in census.families if family.kind in _STRICT]
    bad = [family for family in census.families if family.kind in BAD]
    return Counts(
        landscape=name,
        starts=census.tried,
        lost=census.lost + census.outside,
        strict_saddles=points(*_STRICT),
        weakest=max((family.min_eigenvalue[1] for family in strict), default=math.nan),
        not_strict=points("non-strict saddle"),
        global_minima=points("global minimum"),
        bad_minima=points(*BAD),
        lowest_bad_value=min((family.value for family in bad), default=math.nan),
        undecided=points("undecided"),
        tolerance=float(census.classification.curvature_tolerance.max(initial=0.0)),
        seconds=round(time.perf_counter() - begin, 2),
    )
