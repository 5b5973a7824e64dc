"""Eigenvalues of Gram matrices, and what counts as 0 among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlesim import validation
from saddlesim.validation import FloatArray

__all__ = ["decomposed", "definite", "smallest_eigenvalue"]

_ROUNDING = 16 * np.finfo(np.float64).eps  # times size and largest eigenvalue


def smallest_eigenvalue(gram: Any) -> float:
    """Return the smallest eigenvalue of a symmetric matrix.

    Below some 1e-15 times n times the largest it is rounding, of either sign.

    Raises
    ------
    ValueError
        If the matrix is not symmetric.
    """
    return float(np.linalg.eigvalsh(validation.symmetric("gram", gram))[0])


def unit_step(gram: FloatArray) -> float:
    """Return 1 over the largest eigenvalue: the step that learns the fastest part at once."""
    largest = float(np.linalg.eigvalsh(gram)[-1])
    if largest <= 0:
        raise ValueError(
            "the Gram matrix at the start is 0, so that nothing is learnt and no step follows from "
            "it; start elsewhere (initial=ss.Gaussian(1.0), seed, trajectory) or give a step size"
        )
    return 1 / largest


def decomposed(gram: Any) -> tuple[FloatArray, FloatArray]:
    """Return eigenvalues >= 0, ascending, and eigenvectors as columns; rounding is set to 0."""
    matrix = validation.symmetric("gram", gram)
    values, vectors = np.linalg.eigh(matrix)
    rounding = _ROUNDING * len(values) * np.abs(values).max()
    if values[0] < -rounding:
        raise ValueError(
            f"gram must be positive semidefinite, but its smallest eigenvalue is {values[0]:.4g}; "
            "pass a Gram matrix such as ss.kernel.gram returns"
        )
    values[values <= rounding] = 0.0
    return values.astype(np.float64), vectors.astype(np.float64)


def definite(gram: Any) -> tuple[FloatArray, FloatArray]:
    """Return the same of a matrix that can be inverted."""
    values, vectors = decomposed(gram)
    if zeros := int(np.count_nonzero(values == 0)):
        raise ValueError(
            f"gram must be positive definite, but {zeros} of its {len(values)} eigenvalues are 0 "
            "up to rounding; leave out inputs that are parallel or zero, or take a wider network"
        )
    return values, vectors
