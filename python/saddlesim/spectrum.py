"""The ends of the Hessian's spectrum at many points, from Hessian-vector products alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core, validation
from saddlesim.description import stream_key
from saddlesim.krylov import product_count
from saddlesim.landscapes import Landscape
from saddlesim.tables import Tabular, span
from saddlesim.threads import point_threads
from saddlesim.validation import FloatArray

__all__ = [
    "Eigenpairs",
    "ExtremeEigenpairs",
    "eigenpairs",
    "extreme_eigenpairs",
    "min_eigenpair",
    "search",
    "symmetry_basis",
]

_DEPENDENT = 1e-9  # of the longest direction: what is left of one that the others span
_TOGETHER = 32  # rows that are made orthogonal to those before them in one product
_LEFT = 1e-4  # of the smoothness: what the Hessian may be along a direction of a symmetry


@dataclass(frozen=True, eq=False, repr=False)
class Eigenpairs(Tabular):
    """Eigenvalues of Hessians with what shows them, a row a point (no rows for one point).

    Attributes
    ----------
    eigenvalue
        theta, the Rayleigh quotient of the eigenvector, shape (n,). The smallest eigenvalue is at
        most theta, the largest at least.
    eigenvector
        y, of length 1, shape (n, dim).
    residual
        |H y - theta y|, shape (n,), from a Hessian-vector product of its own: an eigenvalue lies
        within it of theta. It never proves that there is no eigenvalue further out.
    steps
        Hessian-vector products that the search took, shape (n,), int64.
    width
        The distance between the smallest and the largest Ritz value, shape (n,): how wide the
        spectrum was seen to be.
    """

    eigenvalue: FloatArray
    eigenvector: FloatArray
    residual: FloatArray
    steps: NDArray[np.int64]
    width: FloatArray

    @property
    def _title(self) -> str:
        return f"Eigenpairs of shape {self.eigenvalue.shape} in dimension {self._dim:,}"

    @property
    def _dim(self) -> int:
        return int(self.eigenvector.shape[-1])

    def _rows(self) -> list[tuple[str, str]]:
        return [
            ("eigenvalue", span(np.ravel(self.eigenvalue))),
            ("residual", f"at most {np.max(self.residual, initial=0.0):.2g}"),
            ("steps", f"at most {np.max(self.steps, initial=0):,}"),
        ]

    def failure_probability(self, gap: Any) -> FloatArray:
        """Return a bound on the probability that an eigenvalue lies further out by more than `gap`.

        Over random starts; 0 where every direction has been searched. With k steps in dimension d
        an end of a spectrum of width w is missed by more than e w with probability at most
        1.648 sqrt(d) exp(-(2 k - 1) sqrt(e)). w is at most 4/3 of the width that was seen, unless
        either end was missed by more than an eighth, which is counted too.

        Parameters
        ----------
        gap
            Positive numbers, one or one for each point.

        Notes
        -----
        Kuczynski and Wozniakowski, "Estimating the largest eigenvalue by the power and Lanczos
        algorithms with a random start", SIAM J. Matrix Anal. Appl. 13 (1992), theorem 4.2.
        """
        gaps = np.asarray(gap, dtype=np.float64)
        if not np.all(gaps > 0):
            raise ValueError(f"gap must be positive numbers, got {gap!r:.80}")
        dim, steps = self._dim, self.steps
        with np.errstate(divide="ignore"):
            share = np.minimum(gaps / (4 / 3 * self.width), 1.0)

        def missed(e: FloatArray | float) -> FloatArray:
            return np.asarray(1.648 * math.sqrt(dim) * np.exp(-(2 * steps - 1) * np.sqrt(e)))

        bound = np.where(share < 1, missed(share), 0.0) + 2 * missed(0.125)
        return np.where(steps >= dim, 0.0, np.minimum(bound, 1.0))


class ExtremeEigenpairs(NamedTuple):
    """Both ends of a spectrum."""

    smallest: Eigenpairs
    largest: Eigenpairs


def min_eigenpair(
    landscape: Landscape,
    X: Any,
    *,
    off_symmetries: bool = False,
    tolerance: float = 1e-10,
    max_steps: int | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> Eigenpairs:
    """Return the most negative eigenvalue of the Hessian at each point, with its eigenvector.

    Lanczos's iteration with full reorthogonalisation, on many points at once. theta + residual < 0
    shows that a stationary point is a strict saddle. That nothing smaller exists is shown by
    `classify`, or up to a probability by ``failure_probability``.

    Parameters
    ----------
    landscape
        The function. On spheres the Hessian is the Riemannian one, on the tangent space.
    X
        One point, shape (dim,), or n points, shape (n, dim).
    off_symmetries
        Search only the complement of the directions in which the landscape's continuous symmetries
        move x (rotations of a factor's columns, say). At a stationary point the Hessian is 0 along
        them, and they hide whether the rest is positive. Residuals are those in the complement.
    tolerance
        The search at a point ends where the residual is foreseen to be at most this, in units of
        the Hessian's norm.
    max_steps
        The most Hessian-vector products a point; None is `dim`, or as many as 256 MiB a thread
        hold.
    seed
        Of the random starts. Row i depends on (seed, landscape, i, its point) alone.
    threads
        How many threads to use, as in `escape_times`.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C.
    ValueError, TypeError
        If an argument is not allowed.

    Notes
    -----
    Parlett, "The Symmetric Eigenvalue Problem", SIAM 1998, chapter 13.
    """
    points, one = _points(landscape, X)
    deflated = symmetry_basis(landscape, points) if off_symmetries else _nothing(points)
    found = search(
        landscape,
        points,
        deflated,
        tolerance=validation.number("tolerance", tolerance, nonnegative=True),
        max_steps=product_count("max_steps", max_steps, landscape.dim),
        seed=seed,
        threads=threads,
    )
    return eigenpairs(found, 0, one=one)


def extreme_eigenpairs(
    landscape: Landscape,
    X: Any,
    *,
    count: int | None = None,
    off_symmetries: bool = False,
    tolerance: float = 1e-10,
    max_steps: int | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> ExtremeEigenpairs:
    """Return the smallest and the largest eigenvalues of the Hessian at each point.

    Parameters
    ----------
    landscape, X, off_symmetries, tolerance, max_steps, seed, threads
        As in `min_eigenpair`.
    count
        How many at either end, the outermost first, with their multiplicities: each is searched
        for in the complement of those before. Results then have one more axis of this length, the
        second (the first for one point). None is one at either end, without that axis.

    Returns
    -------
    ExtremeEigenpairs
        ``.smallest`` and ``.largest``, Eigenpairs each.

    Raises
    ------
    KeyboardInterrupt, ValueError, TypeError
        As in `min_eigenpair`.
    """
    points, one = _points(landscape, X)
    symmetries = symmetry_basis(landscape, points) if off_symmetries else _nothing(points)
    deflated = symmetries
    rounds = 1 if count is None else validation.count("count", count)
    taken = int(np.count_nonzero(symmetries.any(axis=2), axis=1).max(initial=0))
    most = max((landscape.manifold_dim - taken) // 2, 1)
    if rounds > most:
        raise ValueError(
            f"count must be at most {most}, half of the directions that are searched, got {count}; "
            "use numpy.linalg.eigh(landscape.hessian(x)) for the whole spectrum"
        )
    found = []
    for draw in range(rounds):
        ends = search(
            landscape,
            points,
            deflated,
            both_ends=True,
            draw=draw,
            tolerance=validation.number("tolerance", tolerance, nonnegative=True),
            max_steps=product_count("max_steps", max_steps, landscape.dim),
            seed=seed,
            threads=threads,
        )
        pairs = [eigenpairs(ends, end) for end in (0, 1)]
        if draw > 0:  # of the Hessian itself, not of what is left of it beside the earlier vectors
            for pair in pairs:
                pair.residual[:] = _residual(landscape, points, symmetries, pair)
        found.append(pairs)
        if draw + 1 < rounds:
            deflated = np.concatenate([deflated, _orthonormal(*ends.vectors)], axis=1)
    ends_found = [_joined([pairs[end] for pairs in found], count, one) for end in (0, 1)]
    return ExtremeEigenpairs(*ends_found)


def search(
    landscape: Landscape,
    points: FloatArray,
    deflated: FloatArray,
    *,
    both_ends: bool = False,
    draw: int = 0,
    tolerance: float,
    max_steps: int,
    seed: int,
    threads: int | None,
) -> _core.Ends:
    """Run Lanczos's iteration at each point, shape (n, dim), in the complement of `deflated`."""
    return _core.extreme_eigenpairs(
        landscape.core,
        points,
        deflated=deflated,
        indices=np.arange(len(points)),
        key=stream_key(validation.seed(seed), landscape),
        draw=draw,
        steps=max_steps,
        tolerance=tolerance,
        both_ends=both_ends,
        threads=point_threads(threads, points),
    )


def symmetry_basis(landscape: Landscape, points: FloatArray) -> FloatArray:
    """Return orthonormal rows, or rows of zeros, that span the symmetries' directions.

    Gram-Schmidt, twice, on all points and some rows at once. Shape (n, k, dim).

    Left out are directions v in which the Hessian need not be 0, by what the gradient g is at a
    point: |H v| <= |g| for a generator of norm 1, so that near the origin, say, where v is next to
    nothing, |H v| / |v| may be anything.
    """
    basis = np.array(landscape.symmetry_directions(points), dtype=np.float64)
    if basis.shape[1] == 0:
        return basis
    gradient = np.linalg.norm(landscape.gradient(points), axis=1)
    slack = _LEFT * landscape.smoothness
    least = np.maximum(
        gradient / slack if slack > 0 else math.inf,  # f is constant: there is nothing to hide
        _DEPENDENT * np.maximum(np.linalg.norm(basis, axis=2).max(axis=1), landscape.length_scale),
    )
    for first in range(0, basis.shape[1], _TOGETHER):
        known, rows = basis[:, :first], basis[:, first : first + _TOGETHER]
        _remove(known, rows)
        _remove(known, rows)
        for k in range(rows.shape[1]):
            row = rows[:, k : k + 1]
            _remove(rows[:, :k], row)
            _remove(rows[:, :k], row)
            length = np.linalg.norm(row, axis=2)
            row *= np.where(length > least[:, None], 1 / np.where(length > 0, length, 1.0), 0.0)[
                :, :, None
            ]
        _remove(known, rows)  # what is left of them in a short row has grown with it
    return basis


def _remove(known: FloatArray, rows: FloatArray) -> None:
    """Subtract from rows what of them lies along orthonormal ones, in place."""
    rows -= (rows @ known.transpose(0, 2, 1)) @ known


def _points(landscape: Landscape, X: Any) -> tuple[FloatArray, bool]:
    validation.instance("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    points = validation.points("X", X, landscape.dim, finite=True)
    return points.reshape(-1, landscape.dim), points.ndim == 1


def _nothing(points: FloatArray) -> FloatArray:
    return np.zeros((len(points), 0, points.shape[1]))


def _orthonormal(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return both vectors of each point, shape (n, 2, dim), made orthogonal; one may be zero.

    Where all eigenvalues are equal they are the same vector, and nearly so up to rounding.
    """
    rest = high.copy()
    for _ in range(2):
        rest -= np.einsum("nd,nd->n", low, rest)[:, None] * low
    length = np.linalg.norm(rest, axis=1, keepdims=True)
    rest = np.divide(rest, length, out=np.zeros_like(rest), where=length > _DEPENDENT)
    return np.stack([low, rest], axis=1)


def _residual(
    landscape: Landscape, points: FloatArray, deflated: FloatArray, pair: Eigenpairs
) -> FloatArray:
    off = landscape.hvp(points, pair.eigenvector) - pair.eigenvalue[:, None] * pair.eigenvector
    off -= np.einsum("nkd,nke,ne->nd", deflated, deflated, off, optimize=True)
    return np.asarray(np.linalg.norm(off, axis=1))


def eigenpairs(ends: _core.Ends, end: int, *, one: bool = False) -> Eigenpairs:
    """Return what was found at an end, 0 the smallest; of one point, without the axis of points."""
    row: Any = 0 if one else slice(None)
    return Eigenpairs(
        eigenvalue=ends.eigenvalues[end][row],
        eigenvector=ends.vectors[end][row],
        residual=ends.residuals[end][row],
        steps=ends.steps[row],
        width=(ends.ritz[:, 1] - ends.ritz[:, 0])[row],
    )


def _joined(found: list[Eigenpairs], count: int | None, one: bool) -> Eigenpairs:
    names = ("eigenvalue", "eigenvector", "residual", "steps", "width")
    stacked = [np.stack([getattr(pairs, name) for pairs in found], axis=1) for name in names]
    if count is None:
        stacked = [column[:, 0] for column in stacked]
    return Eigenpairs(*(column[0] if one else column for column in stacked))
