"""The landscapes: frozen descriptions of functions, computed by the C++ core."""

from saddlesim.landscapes.asymmetric_factorization import AsymmetricMatrixFactorization
from saddlesim.landscapes.base import Landscape
from saddlesim.landscapes.deep_linear_network import DeepLinearNetwork
from saddlesim.landscapes.deep_network import DeepNetwork
from saddlesim.landscapes.matrix_completion import MatrixCompletion
from saddlesim.landscapes.matrix_factorization import MatrixFactorization
from saddlesim.landscapes.matrix_sensing import MatrixSensing
from saddlesim.landscapes.octopus import Octopus
from saddlesim.landscapes.quadratic import QuadraticSaddle
from saddlesim.landscapes.quadratic_network import QuadraticNetwork
from saddlesim.landscapes.small_data_network import SmallDataNetwork
from saddlesim.landscapes.stationary import StationaryPoint
from saddlesim.landscapes.student_teacher import StudentTeacher
from saddlesim.landscapes.tensor_decomposition import TensorDecomposition
from saddlesim.landscapes.two_layer_relu import TwoLayerReLU

__all__ = [
    "AsymmetricMatrixFactorization",
    "DeepLinearNetwork",
    "DeepNetwork",
    "Landscape",
    "MatrixCompletion",
    "MatrixFactorization",
    "MatrixSensing",
    "Octopus",
    "QuadraticNetwork",
    "QuadraticSaddle",
    "SmallDataNetwork",
    "StationaryPoint",
    "StudentTeacher",
    "TensorDecomposition",
    "TwoLayerReLU",
]
