"""What the symmetries of landscapes have in common: generators, and numbers that orbits share.

Arrays may have any leading axes, such as one for the points.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from saddlesim.landscapes import data
from saddlesim.validation import FloatArray

__all__ = [
    "apart",
    "arrangement",
    "complement",
    "flat",
    "gram",
    "lengths",
    "mixings",
    "rotations",
    "unordered",
]


def rotations(U: FloatArray, basis: FloatArray | None = None) -> FloatArray:
    """Return d/dt U R(t) at 0 for rotations R in each plane of two basis vectors.

    Parameters
    ----------
    U
        Shape (..., n, d).
    basis
        Orthonormal rows; None are the coordinate axes.

    Returns
    -------
    ndarray
        Shape (..., k, n, d), k the number of pairs of rows of `basis`.
    """
    axes = np.eye(U.shape[-1]) if basis is None else basis
    a, b = np.triu_indices(len(axes), 1)
    along = np.swapaxes(U @ axes.T, -1, -2)[..., None]
    turned: FloatArray = (
        along[..., a, :, :] * axes[b][:, None] - along[..., b, :, :] * axes[a][:, None]
    )
    return turned


def mixings(outer: FloatArray, inner: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return d/dt of outer A(t)^-1 and of A(t) inner at 0, A' each of the matrices of one entry 1.

    Parameters
    ----------
    outer, inner
        Shapes (..., m, h) and (..., h, n).

    Returns
    -------
    tuple of ndarray
        Shapes (..., h h, m, h) and (..., h h, h, n).
    """
    h = inner.shape[-2]
    a, b = np.divmod(np.arange(h * h), h)
    unit = np.eye(h)
    left = -np.swapaxes(outer, -1, -2)[..., a, :][..., None] * unit[b][:, None]
    right = unit[a][:, :, None] * inner[..., b, :][..., None, :]
    return left, right


def flat(*directions: FloatArray) -> FloatArray:
    """Return directions, given for each part of a point as (..., k, m, n), as (..., k, dim)."""
    rows = [a.reshape(*a.shape[:-2], math.prod(a.shape[-2:])) for a in directions]
    return np.concatenate(rows, axis=-1)


def complement(rows: FloatArray) -> FloatArray:
    """Return orthonormal rows that span all that is orthogonal to the given ones."""
    _, sizes, vectors = np.linalg.svd(rows)
    rank = int(np.count_nonzero(sizes > 1e-12 * sizes.max()))
    return np.ascontiguousarray(vectors[rank:], dtype=np.float64)


def gram(U: FloatArray) -> FloatArray:
    """Return U U' as its upper triangle, whose norm is that of the matrix: shape (..., m).

    It is the same for U and W exactly if W = U R with an orthogonal R.
    """
    i, j = np.triu_indices(U.shape[-2])
    products: FloatArray = (U @ np.swapaxes(U, -1, -2))[..., i, j]
    return products * np.where(i == j, 1.0, math.sqrt(2))


def lengths(rows: FloatArray) -> FloatArray:
    """Return the length of every row: shape (..., n, 1)."""
    length: FloatArray = np.linalg.norm(rows, axis=-1, keepdims=True)
    return length


def apart(rows: FloatArray, *, signs: bool = False) -> FloatArray:
    """Return how far every row is from each of the others, ascending: shape (..., n, n - 1).

    With `signs` a row is as good as its negative. Differences are taken before squares: a Gram
    matrix would have the distances of near rows to half the digits only.
    """
    columns = []
    for i in range(rows.shape[-2]):
        one = rows[..., i : i + 1, :]
        distance = np.linalg.norm(rows - one, axis=-1)
        if signs:
            distance = np.minimum(distance, np.linalg.norm(rows + one, axis=-1))
        columns.append(distance)
    return np.sort(np.stack(columns, axis=-1), axis=-1)[..., 1:].astype(np.float64)


def unordered(rows: FloatArray, *, signs: bool = False) -> FloatArray:
    """Return numbers that do not change as rows are permuted, shape (..., m).

    They are the values of some linear functionals on the rows, each functional's in ascending
    order; with `signs` absolute values, so that a row is as good as its negative. Sorting moves
    values by no more than they change, and the functionals are a tight frame: the numbers of two
    points are never further apart than the nearest of their permutations. That different rows have
    different numbers is generic.
    """
    values = rows @ _functionals(rows.shape[-1]).T
    ordered = np.sort(np.abs(values) if signs else values, axis=-2)
    return ordered.reshape(*ordered.shape[:-2], math.prod(ordered.shape[-2:]))


def arrangement(Z: FloatArray, *beside: FloatArray) -> FloatArray:
    """Return numbers that do not change as rows and columns are permuted, shape (..., m).

    A matrix of different entries is known, up to such permutations, by which of them share a row
    and which a column. `beside` are more numbers of each row, shape (..., n, j).
    """
    rows = np.concatenate([np.sort(Z, axis=-1), *beside], axis=-1)
    columns = np.swapaxes(np.sort(Z, axis=-2), -1, -2)
    return np.concatenate([unordered(rows), unordered(columns)], axis=-1)


@cache
def _functionals(size: int) -> FloatArray:
    """Return 8 + 2 size fixed functionals in general position, one a row, with F'F = I."""
    return data.orthogonal(0, "generic functionals", 8 + 2 * size)[:, :size]
