"""The landscapes: frozen descriptions of functions, computed by the C++ core."""

from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.matrix_factorization import MatrixFactorization
from saddlesim.landscapes.octopus import Octopus
from saddlesim.landscapes.quadratic import QuadraticSaddle
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.landscapes.two_layer_relu import TwoLayerReLU

__all__ = [
    "Landscape",
    "MatrixFactorization",
    "Octopus",
    "QuadraticSaddle",
    "StationaryPoint",
    "TwoLayerReLU",
]
