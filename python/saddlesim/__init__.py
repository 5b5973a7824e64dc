"""Escape times of (perturbed) gradient descent at saddle points, and how they grow with dimension.

>>> import saddlesim as ss
>>> times = ss.escape_times(ss.Octopus(dim=4), ss.GradientDescent(step_size=0.25), trials=1000)
>>> times.median()
"""

from typing import TYPE_CHECKING, Any

from saddlesim import kernel
from saddlesim._core import build_info as _build_info
from saddlesim.custom.autodiff import from_jax, from_torch
from saddlesim.custom.batched import CustomLandscape
from saddlesim.custom.compiled import CompiledLandscape, get_include
from saddlesim.custom.escape import CustomEscape
from saddlesim.errors import (
    CensoredMeanError,
    Interrupted,
    LandscapeError,
    MissingExtraError,
    StoreError,
)
from saddlesim.escape import (
    Escape,
    GradientBelow,
    LeavesBall,
    LeavesSubspace,
    PastLastSaddle,
    ReachesMinimum,
    SecondOrderStationary,
    ValueBelow,
)
from saddlesim.initial import (
    At,
    Ball,
    Gaussian,
    Initial,
    Kaiming,
    Sphere,
    SymmetrizedGaussian,
    Uniform,
    Xavier,
)
from saddlesim.landscapes import (
    AsymmetricMatrixFactorization,
    DeepLinearNetwork,
    DeepNetwork,
    Landscape,
    MatrixCompletion,
    MatrixFactorization,
    MatrixSensing,
    Octopus,
    QuadraticNetwork,
    QuadraticSaddle,
    SmallDataNetwork,
    StationaryPoint,
    StudentTeacher,
    TensorDecomposition,
    TwoLayerReLU,
)
from saddlesim.methods import (
    GradientDescent,
    GradientFlow,
    Guarantee,
    HeavyBall,
    Langevin,
    Method,
    NegativeCurvatureDescent,
    Nesterov,
    NoisyGradientDescent,
    PerturbedAcceleratedGradientDescent,
    PerturbedGradientDescent,
    PerturbedStochasticGradientDescent,
    StochasticGradientDescent,
)
from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate

if TYPE_CHECKING:
    from saddlesim import wide
    from saddlesim.census import Census, Family, find_stationary_points
    from saddlesim.classification import Classification, classify
    from saddlesim.comparison import Comparison, compare
    from saddlesim.density import SpectralDensity, spectral_density
    from saddlesim.dimension import DimensionResult
    from saddlesim.growth import GrowthComparison, compare_laws
    from saddlesim.spectrum import (
        Eigenpairs,
        ExtremeEigenpairs,
        extreme_eigenpairs,
        min_eigenpair,
    )
    from saddlesim.splitting import survival_by_splitting
    from saddlesim.study import (
        Precision,
        StoredStudy,
        Study,
        StudyProgress,
        escape_time_vs_dimension,
        load_study,
        merge_stores,
    )
    from saddlesim.tail import TailEstimate
    from saddlesim.trace import Trajectories, trajectories
    from saddlesim.training import Training, train
    from saddlesim.tuning import ThreadTuning, tune_threads

__version__: str = _build_info()["version"]

__all__ = [
    "AsymmetricMatrixFactorization",
    "At",
    "Ball",
    "CensoredMeanError",
    "Census",
    "Classification",
    "Comparison",
    "CompiledLandscape",
    "CustomEscape",
    "CustomLandscape",
    "DeepLinearNetwork",
    "DeepNetwork",
    "DimensionResult",
    "Eigenpairs",
    "Escape",
    "EscapeTimes",
    "Estimate",
    "ExtremeEigenpairs",
    "Family",
    "Gaussian",
    "GradientBelow",
    "GradientDescent",
    "GradientFlow",
    "GrowthComparison",
    "Guarantee",
    "HeavyBall",
    "Initial",
    "Interrupted",
    "Kaiming",
    "Landscape",
    "LandscapeError",
    "Langevin",
    "LeavesBall",
    "LeavesSubspace",
    "MatrixCompletion",
    "MatrixFactorization",
    "MatrixSensing",
    "Method",
    "MissingExtraError",
    "NegativeCurvatureDescent",
    "Nesterov",
    "NoisyGradientDescent",
    "Octopus",
    "Outcome",
    "PastLastSaddle",
    "PerturbedAcceleratedGradientDescent",
    "PerturbedGradientDescent",
    "PerturbedStochasticGradientDescent",
    "Precision",
    "QuadraticNetwork",
    "QuadraticSaddle",
    "ReachesMinimum",
    "SecondOrderStationary",
    "SmallDataNetwork",
    "SpectralDensity",
    "Sphere",
    "StationaryPoint",
    "StochasticGradientDescent",
    "StoreError",
    "StoredStudy",
    "StudentTeacher",
    "Study",
    "StudyProgress",
    "SymmetrizedGaussian",
    "TailEstimate",
    "TensorDecomposition",
    "ThreadTuning",
    "Training",
    "Trajectories",
    "TwoLayerReLU",
    "Uniform",
    "ValueBelow",
    "Xavier",
    "__version__",
    "classify",
    "compare",
    "compare_laws",
    "escape_time_vs_dimension",
    "escape_times",
    "extreme_eigenpairs",
    "find_stationary_points",
    "from_jax",
    "from_torch",
    "get_include",
    "kernel",
    "load_study",
    "merge_stores",
    "min_eigenpair",
    "spectral_density",
    "survival_by_splitting",
    "train",
    "trajectories",
    "tune_threads",
    "wide",
]

# Loaded when first used, so that importing saddlesim stays quick: in which module a name is. A
# module of the same name stands for itself.
_LAZY = {
    "Census": "census",
    "Classification": "classification",
    "Comparison": "comparison",
    "DimensionResult": "dimension",
    "Eigenpairs": "spectrum",
    "ExtremeEigenpairs": "spectrum",
    "Family": "census",
    "GrowthComparison": "growth",
    "Precision": "study",
    "SpectralDensity": "density",
    "StoredStudy": "study",
    "Study": "study",
    "StudyProgress": "study",
    "TailEstimate": "tail",
    "ThreadTuning": "tuning",
    "Training": "training",
    "Trajectories": "trace",
    "classify": "classification",
    "compare": "comparison",
    "compare_laws": "growth",
    "escape_time_vs_dimension": "study",
    "extreme_eigenpairs": "spectrum",
    "find_stationary_points": "census",
    "load_study": "study",
    "merge_stores": "study",
    "min_eigenpair": "spectrum",
    "spectral_density": "density",
    "survival_by_splitting": "splitting",
    "train": "training",
    "trajectories": "trace",
    "tune_threads": "tuning",
    "wide": "wide",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"saddlesim.{_LAZY[name]}")
    return module if _LAZY[name] == name else getattr(module, name)
