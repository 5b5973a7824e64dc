"""The landscapes: frozen descriptions of functions, computed by the C++ core."""

from saddlesim.landscapes.asymmetric_factorization import AsymmetricMatrixFactorization
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.matrix_factorization import MatrixFactorization
from saddlesim.landscapes.matrix_sensing import MatrixSensing
from saddlesim.landscapes.octopus import Octopus
from saddlesim.landscapes.quadratic import QuadraticSaddle
from saddlesim.landscapes.quadratic_network import QuadraticNetwork
from saddlesim.landscapes.stationary import StationaryPoint

__all__ = [
    "AsymmetricMatrixFactorization",
    "Landscape",
    "MatrixFactorization",
    "MatrixSensing",
    "Octopus",
    "QuadraticNetwork",
    "QuadraticSaddle",
    "StationaryPoint",
]
