"""Which stationary points a landscape has, as far as many starts find them."""

from __future__ import annotations

from collections.abc import Callable
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
from saddlesim.progress import report_to
from saddlesim.tables import html_table, text_table
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["Census", "Family", "find_stationary_points"]

_POLISHED = 1e-9  # of smoothness times length scale: gradients of what counts as found
_SAME_POINT = 1e-5  # of the largest invariant
_SAME_VALUE = 1e-6  # of the largest value
_MINIMA = ("global minimum", "local minimum", "flat minimum")
_SADDLES = ("non-strict saddle", "strict saddle", "maximum")
_ORDER = (*_MINIMA, *_SADDLES, "undecided")


@dataclass(frozen=True, eq=False)
class Family:
    """Stationary points of one kind, value and index.

    Attributes
    ----------
    kind
        As in `Classification`, but points at which second derivatives leave it open are told apart
        by descent, each by itself: ``"non-strict saddle"`` where gradient descent from beside one
        reaches a lower value, ``"flat minimum"`` where it does not. Both are measured, not proved.
    value
        f there.
    index
        How many eigenvalues are negative; -1 where not counted.
    nullity
        How many are zero, beside those of symmetries: the least and the greatest number over the
        points; -1 where not counted.
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
    nullity: tuple[int, int]
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
        """Whether all saddles that were found are strict; None without any or if undecided."""
        return self._none_is(_SADDLES, {"non-strict saddle"})

    @property
    def every_minimum_global(self) -> bool | None:
        """Whether all minima that were found are global; None without any or if not known."""
        if np.isnan(self.landscape.minimum_value):
            return None
        return self._none_is(_MINIMA, {"local minimum", "flat minimum"})

    def _none_is(self, kinds: tuple[str, ...], bad: set[str]) -> bool | None:
        seen = {family.kind for family in self.families}
        if seen & bad:
            return False
        return None if "undecided" in seen or not seen.intersection(kinds) else True

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
                "zero_modes_low": family.nullity[0],
                "zero_modes_high": family.nullity[1],
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
        tiny = max(1e-9 * _largest(self.classification.value), _rounding(self.landscape))
        for family in self.families:
            low, high = family.min_eigenvalue
            ends = dict.fromkeys((f"{low:.4g}", f"{high:.4g}"))
            rows.append(
                [
                    family.kind,
                    f"{family.value:.8g}" if abs(family.value) > tiny else _small(family.value),
                    _count(family.index),
                    " to ".join(dict.fromkeys(map(_count, family.nullity))),
                    " to ".join(ends) if len(ends) > 1 else f"{low:.6g}",
                    f"{family.points:,}",
                    f"{family.starts:,}",
                    family.name,
                ]
            )
        return rows

    def _conditions(self) -> list[list[str]]:
        conditions = [
            ("every saddle found is strict", self.every_saddle_strict, _SADDLES),
            ("every minimum found is global", self.every_minimum_global, _MINIMA),
        ]
        rows = []
        for text, holds, kinds in conditions:
            number = sum(family.points for family in self.families if family.kind in kinds)
            answer = "not known" if holds is None else "yes" if holds else "no"
            rows.append([text, answer if number else "none found", _points(number)])
        return rows

    def _found(self) -> str:
        found = self.tried - self.lost - self.outside
        text = (
            f"{found:,} of {self.tried:,} starts led to {_points(len(self.points), 'stationary ')}"
        )
        return text + (f" ({self.outside:,} outside the domain)" if self.outside else "")

    def __repr__(self) -> str:
        lines = [f"Census of {self.landscape!r}", f"  {self._found()}", text_table(self._rows())]
        return "\n".join([*lines, *(f"  {c}: {a} ({n})" for c, a, n in self._conditions())])

    def _repr_html_(self) -> str:
        title = f"Census of {self.landscape!r}: {self._found()}"
        return html_table(title, [*self._rows(), *self._conditions()])


def _points(number: int, adjective: str = "") -> str:
    return f"{number:,} {adjective}point{'' if number == 1 else 's'}"


def _small(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def _largest(values: FloatArray) -> float:
    return float(np.abs(values).max(initial=0.0))


def _typical_mark(landscape: Landscape) -> float:
    """Return how large invariants are one length scale away from 0, whatever their unit."""
    x = np.full(landscape.dim, landscape.length_scale / np.sqrt(landscape.dim))
    return _largest(landscape.invariants(x))


def _rounding(landscape: Landscape) -> float:
    """Return how far values of f may be off by rounding, about."""
    return 1e-15 * landscape.smoothness * landscape.length_scale**2


def _count(number: int) -> str:
    return "-" if number < 0 else str(number)


def find_stationary_points(
    landscape: Landscape,
    *,
    starts: int = 300,
    initial: Initial | None = None,
    iterations: int = 100,
    seed: int = 0,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> Census:
    """Look for stationary points from many starts, and classify those that are different.

    Every other start first descends on f until the gradient is small, which it is beside a saddle
    too; then all go on by Newton's method on the gradient, to which saddles are as good as minima.
    How many starts lead to a point depends on both: it is not how often descent ends there.

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
    progress
        As in `escape_times`; counts the starts that have come to rest.

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
    with report_to(progress, len(points)) as report:
        polished = polish(
            landscape,
            points,
            tolerance=tolerance,
            iterations=steps,
            threads=threads,
            report=report,
        )
    found = polished.points[polished.converged]
    kinds = classify(landscape, found, seed=seed, threads=threads)
    stands = kinds.kind != "not stationary"
    found, kinds = found[stands], kinds[stands]
    first, hits = _different(landscape, found, kinds)
    found, kinds = found[first], kinds[first]
    labels = kinds.kind.astype(object)
    for i in np.flatnonzero(labels == "degenerate"):
        falls = descends(landscape, found[i], threads=threads)
        labels[i] = "non-strict saddle" if falls else "flat minimum"
    outside = int(polished.outside.sum())
    return Census(
        landscape=landscape,
        points=found,
        classification=kinds,
        starts=hits,
        families=tuple(_families(landscape, found, kinds, labels, hits, known)),
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
    near = _SAME_POINT * max(_largest(marks), _typical_mark(landscape))
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
    labels: NDArray[np.object_],
    hits: NDArray[np.int64],
    known: list[StationaryPoint],
) -> list[Family]:
    near = max(_SAME_VALUE * _largest(kinds.value), _rounding(landscape))
    left = np.argsort(kinds.value, kind="stable")
    families = []
    while len(left):
        i = left[0]
        same = (labels[left] == labels[i]) & (kinds.index[left] == kinds.index[i])
        same &= kinds.value[left] - kinds.value[i] <= near
        these, left = left[same], left[~same]
        families.append(
            Family(
                kind=str(labels[i]),
                value=float(kinds.value[i]),
                index=int(kinds.index[i]),
                nullity=(int(kinds.nullity[these].min()), int(kinds.nullity[these].max())),
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
    near = _SAME_POINT * max(_largest(theirs), _typical_mark(landscape))
    names = [
        p.name
        for p, mark in zip(known, theirs, strict=True)
        if np.linalg.norm(marks - mark, axis=1).min() <= near
        and index in (-1, np.count_nonzero(p.eigenvalues < 0))
    ]
    return "; ".join(dict.fromkeys(filter(None, names)))
