"""What kind of stationary point each point is, with the numbers that show it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import validation
from saddlesim.inertia import LARGEST, eigenvalues_below
from saddlesim.krylov import most_products
from saddlesim.landscapes import Landscape
from saddlesim.spectrum import Eigenpairs, eigenpairs, search, symmetry_basis
from saddlesim.tables import html_table, span, text_table
from saddlesim.validation import FloatArray

__all__ = ["KINDS", "Classification", "classify"]

KINDS = (
    "global minimum",
    "local minimum",
    "degenerate",
    "strict saddle",
    "maximum",
    "not stationary",
    "undecided",
)

_NEAR = 1e-6  # length scales to a stationary point, were the Hessian as strong in all directions
_FLAT = 1e-7  # of the Hessian's norm: smaller eigenvalues count as zero
_LEVEL = 1e-9  # of the Hessian's norm times the length scale squared: values that count as equal
_FAILURE = 1e-6  # up to this probability eigenvalues are excluded where Hessians are not factorised
_ROUNDING = 1e-10  # of the smoothness: a Hessian that is smaller throughout counts as zero
_LEAST = 1e-290
_EXHAUSTED = 128 * np.finfo(np.float64).eps  # of the norm: residuals where a Krylov space ends
_EXACT = 1e-10  # of the Hessian's norm: the residual at which a search ends


@dataclass(frozen=True, eq=False)
class Classification:
    """What each point is, and what shows it, a row a point.

    Attributes
    ----------
    kind
        ``"global minimum"``: f is within the tolerance of the known minimum.
        ``"local minimum"``: no eigenvalue is below the curvature tolerance.
        ``"degenerate"``: none is below minus the tolerance, some are within it of zero; a saddle
        that is not strict or a flat minimum, which second derivatives do not tell apart.
        ``"strict saddle"``: an eigenvalue is below minus the tolerance.
        ``"maximum"``: all are.
        ``"not stationary"``: the gradient is above its tolerance, or f is not defined.
        ``"undecided"``: what was computed does not carry a claim.
        All of them off the directions of the landscape's continuous symmetries.
    value, gradient_norm
        f and |gradient| at the point.
    min_eigenvalue, residual
        The smallest eigenvalue found and its residual, as in `Eigenpairs`.
    max_eigenvalue
        The largest eigenvalue found.
    index
        How many eigenvalues are below minus the tolerance; -1 where they were not counted.
    nullity
        How many are within the tolerance of zero, beside the symmetries; -1 where not counted.
    failure_probability
        A bound, over random starts of the search, on the probability that a minimum or degenerate
        point has an eigenvalue below; 0 where eigenvalues were counted, nan where nothing of the
        kind is claimed.
    gradient_tolerance, curvature_tolerance
        What was allowed at each point.
    """

    kind: NDArray[np.str_]
    value: FloatArray
    gradient_norm: FloatArray
    min_eigenvalue: FloatArray
    residual: FloatArray
    max_eigenvalue: FloatArray
    index: NDArray[np.int64]
    nullity: NDArray[np.int64]
    failure_probability: FloatArray
    gradient_tolerance: FloatArray
    curvature_tolerance: FloatArray

    def __len__(self) -> int:
        return len(self.kind)

    def __getitem__(self, rows: Any) -> Classification:
        """Return some rows, by a slice, a mask or numbers."""
        columns = (np.atleast_1d(getattr(self, field.name)[rows]) for field in fields(self))
        return Classification(*columns)

    @property
    def counts(self) -> dict[str, int]:
        """How many points are of each kind, the kinds that occur only."""
        found = {kind: int(np.count_nonzero(self.kind == kind)) for kind in KINDS}
        return {kind: count for kind, count in found.items() if count}

    def _rows(self) -> list[list[str]]:
        rows = [["kind", "points", "value", "smallest eigenvalue", "index"]]
        for kind, count in self.counts.items():
            these = self.kind == kind
            index = self.index[these]
            rows.append(
                [
                    kind,
                    f"{count:,}",
                    span(self.value[these]),
                    span(self.min_eigenvalue[these]),
                    span(index[index >= 0].astype(np.float64)),
                ]
            )
        return rows

    def __repr__(self) -> str:
        return f"Classification of {len(self):,} points\n{text_table(self._rows())}"

    def _repr_html_(self) -> str:
        return html_table(f"Classification of {len(self):,} points", self._rows())


def classify(
    landscape: Landscape,
    X: Any,
    *,
    gradient_tolerance: float | None = None,
    curvature_tolerance: float | None = None,
    value_tolerance: float | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> Classification:
    """Tell what kind of stationary point each point is, and show why.

    Up to dimension 1024 eigenvalues are counted by the inertia of an LDL' factorisation, which
    proves that there are no others. Beyond, a negative eigenvalue is proved by its residual, and
    that there is none is claimed up to a stated probability.

    Parameters
    ----------
    landscape
        The function. On spheres the Hessian is the Riemannian one, on the tangent space.
    X
        One point, shape (dim,), or n points, shape (n, dim); one point makes one row.
    gradient_tolerance
        The largest norm of a gradient at a stationary point; None is 1e-6 times the norm of the
        Hessian there times the landscape's length scale: where all curvatures are that strong, a
        millionth of a length scale away from a stationary point.
    curvature_tolerance
        Eigenvalues within it of zero count as zero; None is 1e-7 of the Hessian's norm (at least
        1e-10 of the landscape's smoothness), plus sqrt(rho |gradient|), because the stationary
        point itself may be that different; rho is the landscape's ``hessian_lipschitz``, or
        smoothness over length scale where that is infinite.
    value_tolerance
        How far above the landscape's ``minimum_value`` f is at a global minimum; None is 1e-9
        times the norm of the Hessian times the length scale squared, plus the rounding of f.
    seed, threads
        As in `min_eigenpair`.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C.
    ValueError, TypeError
        If an argument is not allowed.
    """
    validation.instance("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    points = validation.points("X", X, landscape.dim, finite=True).reshape(-1, landscape.dim)
    value = landscape.value(points, threads=threads)
    gradient = np.linalg.norm(landscape.gradient(points, threads=threads), axis=1)
    off = symmetry_basis(landscape, points)
    smallest, largest = _ends(landscape, points, off, seed, threads)
    # nan where symmetries leave no direction: the Hessian is 0
    norm = np.nan_to_num(np.maximum(np.abs(smallest.eigenvalue), np.abs(largest.eigenvalue)))
    scale = landscape.length_scale
    flat = _given("gradient_tolerance", gradient_tolerance, _NEAR * norm * scale)
    stationary = gradient <= flat
    lowest = landscape.minimum_value
    rounding = landscape.dim * np.finfo(np.float64).eps * abs(lowest)  # f may be that many terms
    level = _given("value_tolerance", value_tolerance, _LEVEL * norm * scale**2 + rounding)
    rho = landscape.hessian_lipschitz
    if not np.isfinite(rho):
        rho = landscape.smoothness / scale
    change = np.sqrt(rho * gradient)
    curvature = _given(
        "curvature_tolerance",
        curvature_tolerance,
        np.maximum(_FLAT * norm, _ROUNDING * landscape.smoothness) + change,
    )
    curvature = np.maximum(curvature, _LEAST)  # not 0 where the Hessian is

    if not stationary.all() and off.size:  # symmetries hide nothing there
        moving = ~stationary
        found = _ends(landscape, points[moving], np.zeros_like(off[moving, :0]), seed, threads)
        for ends, those in zip((smallest, largest), found, strict=True):
            for column in ("eigenvalue", "eigenvector", "residual", "steps", "width"):
                getattr(ends, column)[moving] = getattr(those, column)

    counted = landscape.dim <= LARGEST
    kind = np.where(stationary, "undecided", "not stationary")
    index, nullity = np.full((2, len(points)), -1)
    failure = np.full(len(points), np.nan)
    if counted and stationary.any():
        index[stationary], nullity[stationary] = _count(
            landscape, points[stationary], curvature[stationary], norm[stationary],
            off[stationary], threads,
        )  # fmt: skip
    below = (smallest.eigenvalue + smallest.residual < -curvature) | (index > 0)
    directions = landscape.manifold_dim - np.count_nonzero(off.any(axis=2), axis=1)
    if counted:
        none_below, positive = index == 0, (index == 0) & (nullity == 0)
        every = (index == directions) & (directions == landscape.manifold_dim)
        failure[none_below] = 0.0
    else:
        none_below, positive, failure = _excluded(smallest, curvature, norm)
        every = np.zeros(len(points), dtype=bool)
    kind[stationary & none_below] = "degenerate"
    kind[stationary & positive] = "local minimum"
    kind[stationary & below] = "strict saddle"
    kind[stationary & every] = "maximum"
    if np.isfinite(lowest):
        kind[stationary & ~below & (value - lowest <= level)] = "global minimum"
    failure[~np.isin(kind, ("local minimum", "degenerate", "global minimum"))] = np.nan
    return Classification(
        kind=kind,
        value=value,
        gradient_norm=gradient,
        min_eigenvalue=smallest.eigenvalue,
        residual=smallest.residual,
        max_eigenvalue=largest.eigenvalue,
        index=index,
        nullity=nullity,
        failure_probability=failure,
        gradient_tolerance=flat,
        curvature_tolerance=curvature,
    )


def _ends(
    landscape: Landscape, points: FloatArray, off: FloatArray, seed: int, threads: int | None
) -> tuple[Eigenpairs, Eigenpairs]:
    found = search(
        landscape,
        points,
        off,
        both_ends=True,
        # where eigenvalues are not counted, the longer the search the surer its answer
        tolerance=_EXACT if landscape.dim <= LARGEST else 0.0,
        max_steps=most_products(landscape.dim),
        seed=seed,
        threads=threads,
    )
    return eigenpairs(found, 0), eigenpairs(found, 1)


def _count(
    landscape: Landscape,
    points: FloatArray,
    curvature: FloatArray,
    norm: FloatArray,
    off: FloatArray,
    threads: int | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many eigenvalues are below -curvature and how many within it of 0; -1 unknown."""
    low, high = (
        eigenvalues_below(
            landscape, points, level, norms=norm, off=off, allowed=curvature / 2, threads=threads
        )
        for level in (-curvature, curvature)
    )
    index = np.where((low.error <= curvature / 2) & (low.below >= 0), low.below, -1)
    sure = (index >= 0) & (high.error <= curvature / 2) & (high.below >= 0)
    return index, np.where(sure, high.below - index, -1)


def _excluded(
    smallest: Eigenpairs, curvature: FloatArray, norm: FloatArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], FloatArray]:
    """Return where no eigenvalue is below -curvature, and below curvature, and how unsure it is."""
    gap_low, gap_high = smallest.eigenvalue + curvature, smallest.eigenvalue - curvature
    unsure_low, unsure_high = (_unsure(smallest, gap, norm) for gap in (gap_low, gap_high))
    none_below = (gap_low > 0) & (unsure_low <= _FAILURE)
    positive = (gap_high > 0) & (unsure_high <= _FAILURE)
    return none_below, positive, np.where(positive, unsure_high, unsure_low)


def _unsure(smallest: Eigenpairs, gap: FloatArray, norm: FloatArray) -> FloatArray:
    """Return a bound on the probability that an eigenvalue lies below the smallest by some gap.

    A Krylov space that ended early is invariant up to some rounding e: where few eigenvalues are
    different. An eigenvector whose eigenvalue is a gap away from its Ritz values makes an angle
    with the random start whose cosine is at most e / gap, of probability sqrt(2 dim / pi) e / gap.
    """
    dim = smallest.eigenvector.shape[-1]
    gap = np.where(gap > 0, gap, np.finfo(np.float64).tiny)
    unsure = smallest.failure_probability(gap)
    missed = np.sqrt(2 * dim / np.pi) * _EXHAUSTED * norm / gap
    ended = smallest.steps < most_products(dim)
    return np.asarray(np.where(ended, np.minimum(unsure, missed), unsure))


def _given(name: str, value: float | None, otherwise: FloatArray) -> FloatArray:
    if value is None:
        return np.asarray(otherwise, dtype=np.float64)
    return np.full(len(otherwise), validation.number(name, value, nonnegative=True))
