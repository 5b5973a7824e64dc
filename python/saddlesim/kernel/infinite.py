"""Neural tangent kernels of infinitely wide networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlesim import validation
from saddlesim.kernel import rectifiers
from saddlesim.kernel.smooth import SMOOTH, smooth_layers
from saddlesim.validation import FloatArray

__all__ = ["deep_infinite_width_gram", "infinite_width_gram"]

TRAINED = ("all", "hidden")


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
    X: Any,
    hidden_layers: int,
    *,
    activation: str = "relu",
    gain: float | None = None,
    trained: str = "all",
) -> FloatArray:
    """Return the neural tangent kernel of a deep fully-connected network of infinite width.

    The network is h_0 = x, h_l = gain m_l^(-1/2) act(W_l h_{l-1}) for l = 1, ..., L, with the
    output w . h_L; all weights are N(0, 1), all widths m_l infinite.

    Parameters
    ----------
    X
        The inputs, one a row, shape (n, d), of any length.
    hidden_layers
        The number of hidden layers, at least 1.
    activation
        ``"relu"``, ``"tanh"``, ``"softplus"`` (log(1 + e^z)) or ``"quadratic"`` (z^2).
    gain
        None is 1 / sqrt(E act(g)^2), g ~ N(0, 1), sqrt(2) for rectifiers: inputs of length 1 then
        have features of length 1.
    trained
        ``"all"`` layers, or the ``"hidden"`` ones with the output's weights fixed.

    Returns
    -------
    ndarray
        Theta, shape (n, n), each entry exact to some roundings of its diagonal.

    Raises
    ------
    ValueError
        If an activation is too steep in what a layer gets to be expanded: tanh of inputs longer
        than about 4.

    Notes
    -----
    Arora, Du, Hu, Li, Salakhutdinov and Wang, "On exact computation with an infinitely wide neural
    net", NeurIPS 2019, Section 3: Theta = sum_h S_{h-1} D_h D_{h+1} ... D_L, S_h the
    covariances of the features and D_h those of the slopes.
    """
    inputs = validation.matrix("X", X)
    layers = validation.count("hidden_layers", hidden_layers)
    name = validation.choice("activation", activation, ("relu", *SMOOTH))
    which = validation.choice("trained", trained, TRAINED)
    if gain is None:
        factor = rectifiers.GAIN if name == "relu" else SMOOTH[name].gain
    else:
        factor = validation.number("gain", gain, positive=True)
    covariance: FloatArray = inputs @ inputs.T
    hidden: FloatArray = np.zeros_like(covariance)
    for slopes, following in (
        rectifiers.rectified_layers(inputs, layers, factor)
        if name == "relu"
        else smooth_layers(inputs, layers, SMOOTH[name], factor)
    ):
        hidden = (hidden + covariance) * slopes
        covariance = following
    return hidden if which == "hidden" else hidden + covariance
