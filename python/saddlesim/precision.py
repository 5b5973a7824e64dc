"""The compiled cores: one of double precision, and the same once more of single precision."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np

from saddlesim import _core, validation

__all__ = ["DTYPES", "Core", "compiled", "dtype_name"]

DTYPES = ("float64", "float32")  # the names of the numbers that trajectories are made of


class Core(Protocol):
    """What descriptions lower to objects of: a compiled module, of either precision."""

    __name__: str

    AsymmetricFactorization: type[_core.AsymmetricFactorization]
    DeepLinearNetwork: type[_core.DeepLinearNetwork]
    DeepNetwork: type[_core.DeepNetwork]
    DiagonalFactorization: type[_core.DiagonalFactorization]
    MatrixCompletion: type[_core.MatrixCompletion]
    MatrixFactorization: type[_core.MatrixFactorization]
    MatrixSensing: type[_core.MatrixSensing]
    Octopus: type[_core.Octopus]
    QuadraticNetwork: type[_core.QuadraticNetwork]
    QuadraticSaddle: type[_core.QuadraticSaddle]
    SmallDataNetwork: type[_core.SmallDataNetwork]
    StudentTeacher: type[_core.StudentTeacher]
    TensorDecomposition: type[_core.TensorDecomposition]
    TwoLayerReLU: type[_core.TwoLayerReLU]
    Activation: type[_core.Activation]
    Layers: type[_core.Layers]
    Loss: type[_core.Loss]
    TensorObjective: type[_core.TensorObjective]

    GradientDescent: type[_core.GradientDescent]
    HeavyBall: type[_core.HeavyBall]
    NegativeCurvatureDescent: type[_core.NegativeCurvatureDescent]
    Nesterov: type[_core.Nesterov]
    PerturbedAccelerated: type[_core.PerturbedAccelerated]
    NoisyGradientDescent: type[_core.NoisyGradientDescent]
    PerturbedGradientDescent: type[_core.PerturbedGradientDescent]
    StochasticGradientDescent: type[_core.StochasticGradientDescent]
    GaussianNoise: type[_core.GaussianNoise]
    NoiseLaw: type[_core.NoiseLaw]

    EveryCoordinateBeyond: type[_core.EveryCoordinateBeyond]
    GradientBelow: type[_core.GradientBelow]
    LeavesBall: type[_core.LeavesBall]
    LeavesSubspace: type[_core.LeavesSubspace]
    NearMirroredPoint: type[_core.NearMirroredPoint]
    SecondOrderStationary: type[_core.SecondOrderStationary]
    ValueBelow: type[_core.ValueBelow]

    at: Callable[..., _core.Initial]
    ball: Callable[..., _core.Initial]
    Frame: type[_core.Frame]
    framed: Callable[..., _core.Initial]
    gaussian: Callable[..., _core.Initial]
    repeated: Callable[..., _core.Initial]
    retracted: Callable[..., _core.Initial]
    scaled: Callable[..., _core.Initial]
    sphere: Callable[..., _core.Initial]
    uniform: Callable[..., _core.Initial]

    completion_samples: Callable[..., _core.Samples]
    deep_linear_samples: Callable[..., _core.Samples]
    deep_samples: Callable[..., _core.Samples]
    quadratic_network_samples: Callable[..., _core.Samples]
    relu_samples: Callable[..., _core.Samples]
    sensing_samples: Callable[..., _core.Samples]

    Records: type[_core.Records]
    simulate: Callable[..., _core.Columns]
    build_info: Callable[[], dict[str, str]]
    Update: type[_core.Update]
    multiply_dense: Callable[..., None]
    solo_derivatives: Callable[..., tuple[Any, ...]]
    use_solo: Callable[..., None]
    pin_threads: Callable[..., None]


def dtype_name(dtype: Any) -> str:
    """Return the name of a dtype that was given by name or as NumPy's type."""
    name = dtype.__name__ if dtype is np.float64 or dtype is np.float32 else dtype
    return validation.choice("dtype", name, DTYPES)


@cache
def compiled(dtype: str) -> Core:
    """Return the core whose trajectories are made of such numbers.

    Raises
    ------
    ImportError
        If it was not built.
    """
    if dtype == "float64":
        return _core
    try:
        return cast("Core", import_module(f"saddlesim._single_{_core.build_info()['build']}"))
    except ModuleNotFoundError:
        raise ImportError(
            f"dtype={dtype!r} needs a part of saddlesim that was left out when it was built; "
            "build it with -DSADDLESIM_SINGLE=ON, or use dtype='float64'"
        ) from None
