"""Which stationary points a landscape has, as far as many starts find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import validation
from saddlesim.census_starts import descended, given_starts, known_points, usual_starts
from saddlesim.classification import Classification, classify
from saddlesim.flatness import descends
from saddlesim.initial import Initial
from saddlesim.landscapes import Landscape
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.newton import polish
from saddlesim.tables import html_table, text_table
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["Census", "Family", "find_stationary_points"]

_POLISHED = 1e-9  # of smoothness times length scale: gradients of what counts as found
_SAME_POINT = 1e-5  # of the largest invariant
_SAME_VALUE = 1e-6  # of the largest value
_ORDER = (
    "global minimum",
    "local minimum",
    "flat minimum",
    "non-strict saddle",
    "strict saddle",
    "maximum",
    "undecided",
)


@dataclass(frozen=True, eq=False)
class Family:
    """Stationary points of one kind, value and index.

    Attributes
    ----------
    kind
        As in `Classification`, but points at which second derivatives leave it open are told apart
        by descent: ``"non-strict saddle"`` where gradient descent from beside one reaches a lower
        value, ``"flat minimum"`` where it does not. Both are measured, not proved.
    value
        f there.
    index, nullity
        Negative eigenvalues; zero eigenvalues beside those of symmetries; -1 where not counted.
    min_eigenvalue
        The smallest eigenvalue off the symmetries: its least and its greatest over the points.
    points
        How many different ones were found, up to the landscape's symmetries.
    starts
        How many starts led to them.
    point
        One of them, shape (dim,).
    name
        What the landscape calls it, where it lists one of them; else empty.
    """

    kind: str
    value: float
    index: int
    nullity: int
    min_eigenvalue: tuple[float, float]
    points: int
    starts: int
    point: FloatArray
    name: str


@dataclass(frozen=True, eq=False)
class Census:
    """The stationary points that many starts led to.

    Attributes
    ----------
    landscape
        The function.
    points
        Those that differ by more than a symmetry, shape (n, dim).
    classification
        What each is, and what shows it.
    starts
        How many starts led to each, shape (n,), int64.
    families
        The same, by kind, value and index.
    tried
        How many starts there were.
    lost
        How many of them led to no stationary point: to a minimum of the gradient's norm that is
        none, or not far enough in the steps allowed.
    outside
        How many were not in the landscape's domain.
    """

    landscape: Landscape
    points: FloatArray
    classification: Classification
    starts: NDArray[np.int64]
    families: tuple[Family, ...]
    tried: int
    lost: int
    outside: int

    @property
    def every_saddle_strict(self) -> bool | None:
        """Whether all saddles that were found are strict; None where one is undecided."""
        return self._none_is({"non-strict saddle"})

    @property
    def every_minimum_global(self) -> bool | None:
        """Whether all minima that were found are global; None where that is not known."""
        if not np.isfinite(self.landscape.minimum_value):
            return None
        return self._none_is({"local minimum", "flat minimum"})

    def _none_is(self, kinds: set[str]) -> bool | None:
        seen = {family.kind for family in self.families}
        if seen & kinds:
            return False
        return None if "undecided" in seen or not seen else True

    def plot(self, ax: Axes | None = None) -> list[Artist]:
        """Draw the value of the points against their index."""
        from saddlesim.plot_spectrum import plot_census

        return plot_census(self, ax)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the families as rows of plain columns, for ``pandas.DataFrame`` or a file."""
        return [
            {
                "kind": family.kind,
                "value": family.value,
                "index": family.index,
                "zero_modes": family.nullity,
                "min_eigenvalue_low": family.min_eigenvalue[0],
                "min_eigenvalue_high": family.min_eigenvalue[1],
                "points": family.points,
                "starts": family.starts,
                "known_as": family.name,
            }
            for family in self.families
        ]

    def _rows(self) -> list[list[str]]:
        head = ["kind", "value", "index", "zero modes", "smallest eigenvalue", "points", "starts"]
        rows = [[*head, "known as"]]
        tiny = 1e-9 * max((abs(family.value) for family in self.families), default=0.0)
        for family in self.families:
            low, high = family.min_eigenvalue
            ends = dict.fromkeys((f"{low:.4g}", f"{high:.4g}"))
            rows.append(
                [
                    family.kind,
                    f"{family.value:.8g}" if abs(family.value) > tiny else f"{family.value:.1e}",
                    _count(family.index),
                    _count(family.nullity),
                    " to ".join(ends) if len(ends) > 1 else f"{low:.6g}",
                    f"{family.points:,}",
                    f"{family.starts:,}",
                    family.name,
                ]
            )
        return rows

    def _conditions(self) -> list[list[str]]:
        found = self.classification.kind
        saddles = int(np.isin(found, ("strict saddle", "maximum", "degenerate")).sum())
        minima = int(np.isin(found, ("global minimum", "local minimum")).sum())
        return [
            ["every saddle found is strict", _answer(self.every_saddle_strict), f"{saddles:,}"],
            ["every minimum found is global", _answer(self.every_minimum_global), f"{minima:,}"],
        ]

    def _title(self) -> str:
        found = self.tried - self.lost - self.outside
        text = f"Census of {self.landscape!r}: {found:,} of {self.tried:,} starts led to"
        text += f" {len(self.points):,} stationary points"
        return text + (f" ({self.outside:,} outside the domain)" if self.outside else "")

    def __repr__(self) -> str:
        conditions = "\n".join(f"  {c}: {a} ({n} points)" for c, a, n in self._conditions())
        return f"{self._title()}\n{text_table(self._rows())}\n{conditions}"

    def _repr_html_(self) -> str:
        return html_table(self._title(), [*self._rows(), *self._conditions()])


def _count(number: int) -> str:
    return "-" if number < 0 else str(number)


def _answer(holds: bool | None) -> str:
    return "not known" if holds is None else "yes" if holds else "no"


def find_stationary_points(
    landscape: Landscape,
    *,
    starts: int = 300,
    initial: Initial | None = None,
    iterations: int = 100,
    seed: int = 0,
    threads: int | None = None,
) -> Census:
    """Look for stationary points from many starts, and classify those that are different.

    Every other start first descends on f, so that minima are found as often as descent finds them;
    then all go on by Newton's method on the gradient, to which saddles are as good as minima.

    Parameters
    ----------
    landscape
        The function.
    starts
        How many.
    initial
        Their law, or `At` of given points; None is a third each scattered in all directions as far
        as one and a half times the known stationary points reach, of the landscape's default
        initial, and at and beside the known stationary points.
    iterations
        The most Newton steps a start.
    seed
        Of starts and of what `classify` draws.
    threads
        As in `escape_times`.

    Returns
    -------
    Census
        What was found; that nothing else exists is not shown.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C.
    ValueError, TypeError
        If an argument is not allowed.
    """
    validation.instance("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    count = validation.count("starts", starts)
    steps = validation.count("iterations", iterations)
    known = known_points(landscape)
    if initial is None:
        points = usual_starts(landscape, known, count, validation.seed(seed))
    else:
        validation.instance("initial", initial, Initial, "ss.Gaussian(1.0)")
        points = given_starts(landscape, initial, count, validation.seed(seed))
    points = points.copy()
    points[::2] = descended(landscape, points[::2], threads)
    tolerance = np.full(len(points), _POLISHED * landscape.smoothness * landscape.length_scale)
    polished = polish(landscape, points, tolerance=tolerance, iterations=steps, threads=threads)
    found = polished.points[polished.converged]
    kinds = classify(landscape, found, seed=seed, threads=threads)
    stands = kinds.kind != "not stationary"
    found, kinds = found[stands], kinds[stands]
    first, hits = _different(landscape, found, kinds)
    found, kinds = found[first], kinds[first]
    outside = int(polished.outside.sum())
    return Census(
        landscape=landscape,
        points=found,
        classification=kinds,
        starts=hits,
        families=tuple(_families(landscape, found, kinds, hits, known, threads)),
        tried=len(points),
        lost=len(points) - outside - int(hits.sum()),
        outside=outside,
    )


def _different(
    landscape: Landscape, points: FloatArray, kinds: Classification
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which points no symmetry takes into one another, and how often each was there.

    Beside its invariants an orbit has one index, whatever the symmetry, by Sylvester's law.
    """
    marks = landscape.invariants(points)
    near = _SAME_POINT * max(float(np.abs(marks).max(initial=0.0)), landscape.length_scale)
    kept: list[int] = []
    hits: list[int] = []
    for i, mark in enumerate(marks):
        distance = np.linalg.norm(marks[kept] - mark, axis=1)
        same = np.flatnonzero((distance <= near) & (kinds.index[kept] == kinds.index[i]))
        if len(same):
            hits[same[0]] += 1
        else:
            kept.append(i)
            hits.append(1)
    return np.array(kept, dtype=np.int64), np.array(hits, dtype=np.int64)


def _families(
    landscape: Landscape,
    points: FloatArray,
    kinds: Classification,
    hits: NDArray[np.int64],
    known: list[StationaryPoint],
    threads: int | None,
) -> list[Family]:
    near = _SAME_VALUE * max(float(np.abs(kinds.value).max(initial=0.0)), landscape.length_scale)
    left = np.argsort(kinds.value, kind="stable")
    families = []
    while len(left):
        i = left[0]
        same = (kinds.kind[left] == kinds.kind[i]) & (kinds.index[left] == kinds.index[i])
        same &= kinds.value[left] - kinds.value[i] <= near
        these, left = left[same], left[~same]
        kind = str(kinds.kind[i])
        if kind == "degenerate":
            falls = descends(landscape, points[i], threads=threads)
            kind = "non-strict saddle" if falls else "flat minimum"
        families.append(
            Family(
                kind=kind,
                value=float(kinds.value[i]),
                index=int(kinds.index[i]),
                nullity=int(kinds.nullity[i]),
                min_eigenvalue=(
                    float(kinds.min_eigenvalue[these].min()),
                    float(kinds.min_eigenvalue[these].max()),
                ),
                points=len(these),
                starts=int(hits[these].sum()),
                point=points[i],
                name=_name(landscape, points[these], int(kinds.index[i]), known),
            )
        )
    return sorted(families, key=lambda family: (_ORDER.index(family.kind), family.value))


def _name(
    landscape: Landscape, points: FloatArray, index: int, known: list[StationaryPoint]
) -> str:
    if not known:
        return ""
    marks = landscape.invariants(points)
    theirs = landscape.invariants(np.array([p.point for p in known]))
    near = _SAME_POINT * max(float(np.abs(theirs).max()), landscape.length_scale)
    names = [
        p.name
        for p, mark in zip(known, theirs, strict=True)
        if np.linalg.norm(marks - mark, axis=1).min() <= near
        and index in (-1, np.count_nonzero(p.eigenvalues < 0))
    ]
    return "; ".join(dict.fromkeys(filter(None, names)))
