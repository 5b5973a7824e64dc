"""Features of wide random layers of rectifiers, by the angles between them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from saddlesim.validation import FloatArray

__all__ = ["GAIN", "rectified_layers"]

GAIN = math.sqrt(2)  # keeps the lengths of features
_NEAR = 0.9  # cosines of a size from here on say too little about the angle
_AT_ONCE = 2**22  # numbers of pairs of such inputs that are looked at together


def rectified_layers(
    X: FloatArray, depth: int, gain: float
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield what each layer does to slopes and features: their covariances, shape (n, n) each.

    Angles are carried from layer to layer, not their cosines, in which those of near inputs are
    lost.
    """
    squares: FloatArray = np.sum(X**2, axis=1)
    lengths = np.sqrt(squares[:, None] * squares)
    angles, half = _angles(X), gain**2 / 2
    for layer in range(1, depth + 1):
        slopes = half * (1 - angles / math.pi)
        angles = _angles_of_features(angles)
        yield slopes, half**layer * lengths * np.cos(angles)


def _angles(X: FloatArray) -> FloatArray:
    """Return the angles between the rows, shape (n, n); those with a row 0 mean nothing."""
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    units = X / np.where(lengths > 0, lengths, 1.0)
    cosines = np.minimum(np.maximum(units @ units.T, -1.0), 1.0)
    angles: FloatArray = np.arccos(cosines)
    np.fill_diagonal(angles, 0.0)
    # by Kahan's formula where the cosine is flat
    rows, columns = np.nonzero(np.triu(np.abs(cosines) > _NEAR, 1))
    many = max(1, _AT_ONCE // X.shape[1])
    for first in range(0, len(rows), many):
        i, j = rows[first : first + many], columns[first : first + many]
        apart, together = units[i] - units[j], units[i] + units[j]
        near = 2 * np.arctan2(np.linalg.norm(apart, axis=1), np.linalg.norm(together, axis=1))
        angles[i, j] = angles[j, i] = near
    return angles


def _angles_of_features(angles: FloatArray) -> FloatArray:
    """Return the angles after a layer, cos' = (sin + (pi - angle) cos) / pi, by sin^2(angle' / 2).

    For small angles that is a difference of terms one of which is much the smaller.
    """
    smaller = (np.sin(angles) - angles * np.cos(angles)) / (2 * math.pi)
    squares = np.sin(angles / 2) ** 2 - smaller
    result: FloatArray = 2 * np.arcsin(np.sqrt(np.maximum(squares, 0.0)))
    return result
