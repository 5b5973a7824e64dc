"""How many eigenvalues of a Hessian lie below a level: counted, not searched for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core
from saddlesim.landscapes import Landscape
from saddlesim.threads import block_threads
from saddlesim.validation import FloatArray

__all__ = ["LARGEST", "Inertia", "eigenvalues_below"]

LARGEST = 1024  # the dimension up to which Hessians are factorised


class Inertia(NamedTuple):
    """How many eigenvalues lie below a level, a row a point.

    Attributes
    ----------
    below
        Of a matrix within `error` of the Hessian, exactly; -1 where nothing could be shown.
    error
        In spectral norm: eigenvalues within it of the level may have been counted on the wrong
        side.
    """

    below: NDArray[np.int64]
    error: FloatArray


def eigenvalues_below(
    landscape: Landscape,
    points: FloatArray,
    levels: FloatArray,
    *,
    norms: FloatArray,
    off: FloatArray,
    allowed: FloatArray,
    threads: int | None = None,
) -> Inertia:
    """Count the eigenvalues below a level off some directions, by Sylvester's law of inertia.

    As many pivots of an LDL' factorisation are negative as eigenvalues are. On spheres the Hessian
    is the Riemannian one on the tangent space.

    Parameters
    ----------
    landscape
        The function, of dimension `LARGEST` at most.
    points
        Shape (n, dim).
    levels, norms, allowed
        Shape (n,): the level; about the Hessian's norm; the error beyond which a factorisation that
        took its pivots in order is not good enough, and one that chooses them (Bunch and Kaufman)
        is computed.
    off
        Shape (n, k, dim): orthonormal rows, or rows of zeros, which are not looked at.
    threads
        As in `escape_times`.

    Notes
    -----
    Higham, "Accuracy and Stability of Numerical Algorithms", SIAM 2002, chapters 10 and 11.
    """
    # What is not looked at is lifted to where it is counted on neither side.
    lifts = np.abs(levels) + 2 * norms + 1e-300
    below, error = _core.inertia(
        landscape.core,
        points,
        deflated=off,
        shifts=levels,
        lifts=lifts,
        threads=block_threads(threads, len(points)),
    )
    # the Hessian's own rounding: every entry is a sum of at most some dim products
    own = 4 * np.finfo(np.float64).eps * np.sqrt(landscape.dim) * norms
    error += own
    for i in np.flatnonzero(~(error <= allowed)):
        below[i], error[i] = _pivoted(landscape, points[i], levels[i], lifts[i], off[i])
        error[i] += own[i]
    return Inertia(below, error)


def _pivoted(
    landscape: Landscape, x: FloatArray, level: float, lift: float, off: FloatArray
) -> tuple[int, float]:
    from scipy.linalg import ldl

    matrix = landscape.hessian(x)
    if not np.isfinite(matrix).all():
        return -1, np.inf
    basis = landscape.tangent_basis(x)
    normals = np.eye(landscape.dim) - basis.T @ basis
    matrix += lift * (off.T @ off + normals) - level * np.eye(landscape.dim)
    lower, blocks, _ = ldl(matrix)
    pivots = np.linalg.eigvalsh(blocks)  # of 1 x 1 and 2 x 2 blocks
    error = np.linalg.norm(lower @ blocks @ lower.T - matrix)
    # what rounding may have hidden in that product, in the pivots' signs, and in the matrix
    sizes = np.abs(lower) @ np.abs(blocks) @ np.abs(lower).T
    error += (landscape.dim + 4) * np.finfo(np.float64).eps * np.linalg.norm(sizes)
    return int(np.count_nonzero(pivots < 0)), float(error)
