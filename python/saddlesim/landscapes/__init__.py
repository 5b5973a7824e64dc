"""The landscapes: frozen descriptions of functions, computed by the C++ core."""

from saddlesim.landscapes.base import Landscape, StationaryPoint
from saddlesim.landscapes.octopus import Octopus
from saddlesim.landscapes.quadratic import QuadraticSaddle

__all__ = ["Landscape", "Octopus", "QuadraticSaddle", "StationaryPoint"]
