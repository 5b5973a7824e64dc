"""Covariances of noise: what is allowed, and factors of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlesim import validation
from saddlesim.validation import FloatArray

__all__ = ["checked_covariance", "covariance_factor"]

_ROUNDING = 1e-12  # of the largest variance: what a positive semidefinite matrix may be off


def checked_covariance(value: Any) -> FloatArray:
    """Return variances, shape (dim,), or a symmetric positive semidefinite matrix, read-only."""
    raw = validation.array("covariance", value)
    if raw.ndim == 1:
        variances = validation.vector("covariance", value)
        if variances.min() < 0:
            j = int(variances.argmin())
            raise ValueError(
                f"covariance must be variances >= 0, but covariance[{j}] is {variances[j]:g}; "
                "give the squares of the standard deviations"
            )
        return validation.read_only(variances)
    matrix = validation.symmetric("covariance", value)
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest < -1e-10 * np.abs(matrix).max():
        raise ValueError(
            f"covariance must be positive semidefinite, but it has the eigenvalue {smallest:g}; "
            "a covariance is L L' for some L"
        )
    return matrix


def covariance_factor(matrix: FloatArray) -> FloatArray:
    """Return L with L L' equal to a positive semidefinite matrix; it has as many columns as rank.

    Cholesky's with the largest pivot first, of whole rows at a time: the same bits on every
    machine, which LAPACK's would not have.
    """
    rest, columns = matrix.copy(), []
    least = _ROUNDING * float(np.diag(matrix).max())
    for _ in range(len(matrix)):
        pivot = int(np.diag(rest).argmax())
        if not rest[pivot, pivot] > least:
            break
        column = rest[:, pivot] / np.sqrt(rest[pivot, pivot])
        rest -= column[:, None] * column
        rest[pivot] = 0.0
        rest[:, pivot] = 0.0
        columns.append(column)
    return np.ascontiguousarray(np.reshape(columns, (-1, len(matrix))).T)
