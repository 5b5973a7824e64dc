"""Neural tangent kernels of infinitely wide networks of rectifiers, in closed form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from saddlesim import validation
from saddlesim.validation import FloatArray

__all__ = ["deep_infinite_width_gram", "infinite_width_gram"]

TRAINED = ("all", "hidden")
_NEAR = 0.9  # cosines of a size from here on say too little about the angle
_AT_ONCE = 2**22  # numbers of pairs of such inputs that are looked at together


def infinite_width_gram(X: Any) -> FloatArray:
    """Return H_ij = x_i . x_j (pi - angle_ij) / (2 pi), that of `TwoLayerReLU` in infinite width.

    angle_ij is that between x_i and x_j. H is the mean of the Gram matrix over N(0, 1) weights of
    the hidden layer, of any width.

    Parameters
    ----------
    X
        The inputs, one a row, shape (n, d), of any length; an input 0 has a row of zeros.

    Returns
    -------
    ndarray
        Shape (n, n), each entry exact to some roundings of |x_i| |x_j|.

    Notes
    -----
    Du, Zhai, Poczos and Singh, "Gradient descent provably optimizes over-parameterized neural
    networks", ICLR 2019, Definition 3.1. It is positive definite if no two inputs are parallel.
    """
    return deep_infinite_width_gram(X, 1, gain=1.0, trained="hidden")


def deep_infinite_width_gram(
    X: Any, depth: int, *, gain: float = math.sqrt(2), trained: str = "all"
) -> FloatArray:
    """Return the neural tangent kernel of a deep fully-connected network of rectifiers.

    The network is h_0 = x, h_l = gain m_l^(-1/2) [W_l h_{l-1}]_+ for l = 1, ..., depth, with the
    output w . h_depth; all weights are N(0, 1), all widths m_l infinite.

    Parameters
    ----------
    X
        The inputs, one a row, shape (n, d), of any length.
    depth
        The number of hidden layers, at least 1.
    gain
        sqrt(2) keeps the lengths of the features: |h_l| = |x|.
    trained
        ``"all"`` layers, or the ``"hidden"`` ones with the output's weights fixed.

    Returns
    -------
    ndarray
        Theta, shape (n, n), each entry exact to some roundings of its diagonal.

    Notes
    -----
    Arora, Du, Hu, Li, Salakhutdinov and Wang, "On exact computation with an infinitely wide neural
    net", NeurIPS 2019, Section 3: Theta = sum_h S_{h-1} D_h D_{h+1} ... D_depth, S_h the
    covariances of the features and D_h those of the rectifiers' slopes. The angles between features
    are carried from layer to layer, not their cosines, in which those of near inputs are lost.
    """
    inputs = validation.matrix("X", X)
    layers = validation.count("depth", depth)
    half = validation.number("gain", gain, positive=True) ** 2 / 2
    which = validation.choice("trained", trained, TRAINED)
    squares: FloatArray = np.sum(inputs**2, axis=1)
    lengths = np.sqrt(squares[:, None] * squares)
    angles = _angles(inputs)
    covariance: FloatArray = inputs @ inputs.T
    hidden: FloatArray = np.zeros_like(covariance)
    for layer in range(1, layers + 1):
        hidden = (hidden + covariance) * (half * (1 - angles / math.pi))
        angles = _angles_of_features(angles)
        covariance = half**layer * lengths * np.cos(angles)
    return hidden if which == "hidden" else hidden + covariance


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
