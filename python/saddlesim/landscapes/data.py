"""Random data that landscapes are made of: functions of a seed, the same bits on every machine.

NumPy's own generators and a BLAS's products would give other bits with another version or another
processor, and with them other trajectories.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.description import stream_key
from saddlesim.validation import FloatArray

__all__ = [
    "normals",
    "orthogonal",
    "product",
    "square_lengths",
    "symmetric",
    "symmetric_weights",
    "uniforms",
    "unit_rows",
]


def normals(seed: int, purpose: str, shape: tuple[int, ...]) -> FloatArray:
    """Return independent N(0, 1); draws of different purposes or shapes are independent."""
    key = stream_key(validation.seed(seed), purpose, *shape)
    return _core.data_normals(key, math.prod(shape)).reshape(shape)


def uniforms(seed: int, purpose: str, shape: tuple[int, ...]) -> FloatArray:
    """Return independent numbers uniform on (0, 1)."""
    key = stream_key(validation.seed(seed), purpose, *shape)
    return _core.data_uniforms(key, math.prod(shape)).reshape(shape)


def orthogonal(seed: int, purpose: str, dim: int) -> FloatArray:
    """Return a Haar-distributed orthogonal matrix."""
    return _core.random_rotation(stream_key(validation.seed(seed), purpose, dim), dim)


def product(a: Any, b: Any) -> FloatArray:
    """Return the matrix product a b, summed in a fixed order."""
    return _core.matrix_product(a, b)


def symmetric(basis: FloatArray, eigenvalues: FloatArray) -> FloatArray:
    """Return sum_k eigenvalues_k q_k q_k', q_k the rows of `basis`, symmetric to the last bit."""
    whole = product(basis.T * eigenvalues, basis)
    return np.tril(whole) + np.tril(whole, -1).T


def square_lengths(rows: FloatArray) -> FloatArray:
    """Return the squared length of every row, shape (n,)."""
    return product(rows * rows, np.ones((rows.shape[1], 1)))[:, 0]


def unit_rows(rows: FloatArray) -> FloatArray:
    """Return every row divided by its length."""
    return rows / np.sqrt(square_lengths(rows))[:, None]


def symmetric_weights(matrices: FloatArray) -> FloatArray:
    """Return what multiplies the entries (a, b), b <= a, of a symmetric P in <A_i, P>.

    Parameters
    ----------
    matrices
        A_i, shape (n, d, d).

    Returns
    -------
    ndarray
        Shape (n, d (d + 1) / 2), row by row of the lower triangle.
    """
    a, b = np.tril_indices(matrices.shape[1])
    both = matrices[:, a, b] + matrices[:, b, a]
    both[:, a == b] /= 2
    return both
