# Generated from the compiled module by `make stubs`; do not edit.
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing

__all__: list[str] = [
    "Activation",
    "AsymmetricFactorization",
    "BatchFunction",
    "BatchedEscape",
    "BatchedLandscape",
    "BlockLandscape",
    "Columns",
    "Curvatures",
    "DeepLinearNetwork",
    "DeepNetwork",
    "DiagonalFactorization",
    "Ends",
    "Escape",
    "EveryCoordinateBeyond",
    "ExactColumns",
    "Follower",
    "Frame",
    "GaussianNoise",
    "GradientBelow",
    "GradientDescent",
    "HeavyBall",
    "Initial",
    "Landscape",
    "Layers",
    "LeavesBall",
    "LeavesSubspace",
    "LogColumns",
    "Loss",
    "MatrixCompletion",
    "MatrixFactorization",
    "MatrixSensing",
    "Method",
    "NearMirroredPoint",
    "NegativeCurvatureDescent",
    "Nesterov",
    "NoiseLaw",
    "NoisyGradientDescent",
    "Octopus",
    "PerturbedAccelerated",
    "PerturbedGradientDescent",
    "PointLandscape",
    "QuadraticNetwork",
    "QuadraticSaddle",
    "Records",
    "Samples",
    "Search",
    "SecondOrderStationary",
    "SmallDataNetwork",
    "StochasticGradientDescent",
    "StudentTeacher",
    "TensorDecomposition",
    "TensorObjective",
    "Traces",
    "TwoLayerReLU",
    "Update",
    "ValueBelow",
    "at",
    "atan",
    "ball",
    "build_info",
    "completion_samples",
    "data_normals",
    "data_uniforms",
    "deep_linear_samples",
    "deep_samples",
    "exp",
    "expm1",
    "extreme_eigenpairs",
    "fma_flops",
    "fma_operations",
    "follow",
    "follow_flow",
    "framed",
    "gaussian",
    "gradients",
    "gram",
    "inertia",
    "integrate_flow",
    "jacobian",
    "log",
    "logistic",
    "matrix_product",
    "minibatch_indices",
    "multiply_dense",
    "noise",
    "normals_double",
    "normals_single",
    "philox",
    "philox_words",
    "pin_threads",
    "predictions",
    "quadratic_network_samples",
    "random_rotation",
    "relu_samples",
    "repeated",
    "retracted",
    "scaled",
    "sensing_samples",
    "simulate",
    "simulate_exactly",
    "simulate_flow",
    "simulate_kicks",
    "softplus",
    "softplus_curvature",
    "softplus_slope",
    "solo_derivatives",
    "sphere",
    "symmetric_eigen",
    "tanh",
    "trace",
    "trace_exactly",
    "triad_bandwidth",
    "tridiagonals",
    "uniform",
    "use_solo",
    "use_stretches",
]

class Landscape:
    def gradient(
        self,
        points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def hvp(
        self,
        points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        vectors: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def retract(
        self, points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def value(
        self,
        points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def dim(self) -> int: ...

class QuadraticSaddle(Landscape):
    def __init__(
        self,
        eigenvalues: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, 1]"],
        rotation: typing.Annotated[numpy.typing.ArrayLike, numpy.float64, "[m, n]"] | None,
    ) -> None: ...

class Octopus(Landscape):
    def __init__(
        self,
        dim: typing.SupportsInt | typing.SupportsIndex,
        L: typing.SupportsFloat | typing.SupportsIndex,
        gamma: typing.SupportsFloat | typing.SupportsIndex,
        tau: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class MatrixFactorization(Landscape):
    def __init__(
        self,
        M: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        rank: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class DiagonalFactorization(Landscape):
    def __init__(
        self,
        diagonal: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        rank: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class AsymmetricFactorization(Landscape):
    def __init__(
        self,
        M: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        rank: typing.SupportsInt | typing.SupportsIndex,
        balance: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class MatrixSensing(Landscape):
    def __init__(
        self,
        weights: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        targets: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        d: typing.SupportsInt | typing.SupportsIndex,
        rank: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class MatrixCompletion(Landscape):
    def __init__(
        self,
        M: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        mask: typing.Annotated[numpy.typing.ArrayLike, numpy.bool],
        rank: typing.SupportsInt | typing.SupportsIndex,
        penalty: typing.SupportsFloat | typing.SupportsIndex,
        row_bound: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class QuadraticNetwork(Landscape):
    def __init__(
        self,
        X: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        width: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class Samples:
    def gradient(
        self,
        points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        which: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def count(self) -> int: ...

class Activation:
    __members__: typing.ClassVar[dict[str, Activation]]
    arctan: typing.ClassVar[Activation]
    leaky_relu: typing.ClassVar[Activation]
    quadratic: typing.ClassVar[Activation]
    relu: typing.ClassVar[Activation]
    sigmoid: typing.ClassVar[Activation]
    softplus: typing.ClassVar[Activation]
    tanh: typing.ClassVar[Activation]

    @typing.overload
    def __eq__(self, other: Activation) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: Activation) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class Loss:
    __members__: typing.ClassVar[dict[str, Loss]]
    logistic: typing.ClassVar[Loss]
    squared: typing.ClassVar[Loss]

    @typing.overload
    def __eq__(self, other: Loss) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: Loss) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class Layers:
    def __init__(
        self,
        widths: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
        scales: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        activation: Activation,
        loss: Loss,
    ) -> None: ...

class DeepNetwork(Landscape):
    def __init__(
        self,
        X: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        Y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        layers: Layers,
    ) -> None: ...

class StudentTeacher(Landscape):
    def __init__(
        self,
        teacher: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        students: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class DeepLinearNetwork(Landscape):
    def __init__(
        self,
        X: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        Y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        hidden: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    ) -> None: ...

class SmallDataNetwork(Landscape):
    def __init__(self, activation: Activation) -> None: ...

class TwoLayerReLU(Landscape):
    def __init__(
        self,
        X: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        signs: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    ) -> None: ...

class TensorObjective:
    __members__: typing.ClassVar[dict[str, TensorObjective]]
    all: typing.ClassVar[TensorObjective]
    cp: typing.ClassVar[TensorObjective]
    one: typing.ClassVar[TensorObjective]

    @typing.overload
    def __eq__(self, other: TensorObjective) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: TensorObjective) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class TensorDecomposition(Landscape):
    def __init__(
        self,
        components: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        rows: typing.SupportsInt | typing.SupportsIndex,
        objective: TensorObjective,
        riemannian: bool,
    ) -> None: ...

class Initial:
    def sample(
        self,
        key: typing.SupportsInt | typing.SupportsIndex,
        first: typing.SupportsInt | typing.SupportsIndex,
        count: typing.SupportsInt | typing.SupportsIndex,
        dim: typing.SupportsInt | typing.SupportsIndex,
    ) -> numpy.typing.NDArray[numpy.float64]: ...

class Frame:
    def __init__(
        self,
        q: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        columns: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def enter(
        self, points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def leave(
        self, points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
    ) -> numpy.typing.NDArray[numpy.float64]: ...

class NoiseLaw:
    __members__: typing.ClassVar[dict[str, NoiseLaw]]
    ball: typing.ClassVar[NoiseLaw]
    gaussian: typing.ClassVar[NoiseLaw]
    sphere: typing.ClassVar[NoiseLaw]

    @typing.overload
    def __eq__(self, other: NoiseLaw) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: NoiseLaw) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class Method:
    pass

class GradientDescent(Method):
    def __init__(self, step_size: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class NoisyGradientDescent(Method):
    def __init__(
        self,
        step_size: typing.SupportsFloat | typing.SupportsIndex,
        scale: typing.SupportsFloat | typing.SupportsIndex,
        law: NoiseLaw,
        key: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class PerturbedGradientDescent(Method):
    def __init__(
        self,
        step_size: typing.SupportsFloat | typing.SupportsIndex,
        radius: typing.SupportsFloat | typing.SupportsIndex,
        gradient_threshold: typing.SupportsFloat | typing.SupportsIndex,
        min_interval: typing.SupportsInt | typing.SupportsIndex,
        value_threshold: typing.SupportsFloat | typing.SupportsIndex | None,
        key: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class HeavyBall(Method):
    def __init__(
        self,
        step_size: typing.SupportsFloat | typing.SupportsIndex,
        momentum: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class Nesterov(Method):
    def __init__(
        self,
        step_size: typing.SupportsFloat | typing.SupportsIndex,
        momentum: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class PerturbedAccelerated(Method):
    def __init__(
        self,
        step_size: typing.SupportsFloat | typing.SupportsIndex,
        theta: typing.SupportsFloat | typing.SupportsIndex,
        gamma: typing.SupportsFloat | typing.SupportsIndex,
        reach: typing.SupportsFloat | typing.SupportsIndex,
        radius: typing.SupportsFloat | typing.SupportsIndex,
        gradient_threshold: typing.SupportsFloat | typing.SupportsIndex,
        min_interval: typing.SupportsInt | typing.SupportsIndex,
        key: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class NegativeCurvatureDescent(Method):
    def __init__(
        self,
        step_size: typing.SupportsFloat | typing.SupportsIndex,
        gradient_threshold: typing.SupportsFloat | typing.SupportsIndex,
        curvature_tolerance: typing.SupportsFloat | typing.SupportsIndex,
        hessian_lipschitz: typing.SupportsFloat | typing.SupportsIndex,
        by_gradients: bool,
        probe_radius: typing.SupportsFloat | typing.SupportsIndex,
        most_probes: typing.SupportsInt | typing.SupportsIndex,
        key: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class GaussianNoise:
    @staticmethod
    def diagonal(
        scales: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    ) -> GaussianNoise: ...
    @staticmethod
    def factor(l: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> GaussianNoise: ...
    @staticmethod
    def isotropic(scale: typing.SupportsFloat | typing.SupportsIndex) -> GaussianNoise: ...

class StochasticGradientDescent(Method):
    def __init__(
        self,
        step_size: typing.SupportsFloat | typing.SupportsIndex,
        noise: GaussianNoise,
        samples: Samples | None,
        batch: typing.SupportsInt | typing.SupportsIndex,
        replacement: bool,
        key: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class Escape:
    pass

class LeavesBall(Escape):
    def __init__(
        self,
        center: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        radius: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class LeavesSubspace(Escape):
    def __init__(
        self,
        center: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        basis: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
        radius: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class EveryCoordinateBeyond(Escape):
    def __init__(self, level: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class ValueBelow(Escape):
    def __init__(self, level: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class GradientBelow(Escape):
    def __init__(self, level: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class SecondOrderStationary(Escape):
    def __init__(
        self,
        gradient_tolerance: typing.SupportsFloat | typing.SupportsIndex,
        curvature_tolerance: typing.SupportsFloat | typing.SupportsIndex,
        most_products: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class NearMirroredPoint(Escape):
    def __init__(
        self,
        target: typing.SupportsFloat | typing.SupportsIndex,
        tolerance: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class Records:
    def __init__(self, saddle_exits: bool, points: bool) -> None: ...

class Columns:
    @property
    def failure(self) -> typing.Any | None: ...
    @property
    def gradient_evaluations(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def gradient_norm(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def hessian_vector_products(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def interrupted(self) -> bool: ...
    @property
    def lane_steps(self) -> int: ...
    @property
    def outcome(self) -> numpy.typing.NDArray[numpy.int8]: ...
    @property
    def perturbations(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def points(self) -> numpy.typing.NDArray[numpy.float64] | None: ...
    @property
    def saddle_exits(self) -> numpy.typing.NDArray[numpy.int64] | None: ...
    @property
    def seconds(self) -> float: ...
    @property
    def solo(self) -> bool: ...
    @property
    def steps(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def threads(self) -> int: ...
    @property
    def trajectory_steps(self) -> int: ...
    @property
    def underflowed(self) -> numpy.typing.NDArray[numpy.bool]: ...
    @property
    def value(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def value_evaluations(self) -> numpy.typing.NDArray[numpy.int64]: ...

class Update:
    __members__: typing.ClassVar[dict[str, Update]]
    add: typing.ClassVar[Update]
    assign: typing.ClassVar[Update]
    subtract: typing.ClassVar[Update]

    @typing.overload
    def __eq__(self, other: Update) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: Update) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class BatchFunction:
    def __init__(
        self,
        dim: typing.SupportsInt | typing.SupportsIndex,
        rows: typing.SupportsInt | typing.SupportsIndex,
        open: collections.abc.Callable[[], typing.Any],
    ) -> None: ...

class BatchedLandscape(Landscape):
    def __init__(
        self,
        function: BatchFunction,
        has_hvp: bool,
        length_scale: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class BatchedEscape(Escape):
    def __init__(self, function: BatchFunction) -> None: ...

class PointLandscape(Landscape):
    def __init__(
        self,
        dim: typing.SupportsInt | typing.SupportsIndex,
        function: typing.SupportsInt | typing.SupportsIndex,
        hvp: typing.SupportsInt | typing.SupportsIndex,
        user_data: typing.SupportsInt | typing.SupportsIndex,
        length_scale: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class BlockLandscape(Landscape):
    def __init__(
        self,
        dim: typing.SupportsInt | typing.SupportsIndex,
        function: typing.SupportsInt | typing.SupportsIndex,
        hvp: typing.SupportsInt | typing.SupportsIndex,
        user_data: typing.SupportsInt | typing.SupportsIndex,
        length_scale: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...

class LogColumns(Columns):
    @property
    def log10_saddle_exits(self) -> numpy.typing.NDArray[numpy.float64] | None: ...
    @property
    def log10_steps(self) -> numpy.typing.NDArray[numpy.float64]: ...

class Follower:
    def advance(
        self,
        to: typing.SupportsFloat | typing.SupportsIndex,
        progress: collections.abc.Callable[[int, int], typing.Any] | None,
        total: typing.SupportsInt | typing.SupportsIndex,
    ) -> bool: ...
    def gradient_norm(self) -> float: ...
    def point(
        self, dim: typing.SupportsInt | typing.SupportsIndex
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def value(self) -> float: ...
    @property
    def at(self) -> float: ...
    @property
    def finite(self) -> bool: ...

class Search:
    __members__: typing.ClassVar[dict[str, Search]]
    first_hold: typing.ClassVar[Search]
    past_last_saddle: typing.ClassVar[Search]
    reaches_minimum: typing.ClassVar[Search]

    @typing.overload
    def __eq__(self, other: Search) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: Search) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class ExactColumns(LogColumns):
    @property
    def redone(self) -> numpy.typing.NDArray[numpy.bool]: ...
    @property
    def tie_distance(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def underflow_margin(self) -> numpy.typing.NDArray[numpy.float64]: ...

class Ends:
    @property
    def eigenvalues(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def residuals(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def ritz(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def steps(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def vectors(self) -> numpy.typing.NDArray[numpy.float64]: ...

class Curvatures:
    def __init__(
        self,
        smallest: bool,
        largest: bool,
        most_products: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class Traces:
    @property
    def complete(self) -> bool: ...
    @property
    def gradient_norm(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def max_eigenvalue(self) -> numpy.typing.NDArray[numpy.float64] | None: ...
    @property
    def min_eigenvalue(self) -> numpy.typing.NDArray[numpy.float64] | None: ...
    @property
    def value(self) -> numpy.typing.NDArray[numpy.float64]: ...

def at(points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> Initial: ...
def atan(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def ball(
    scale: typing.SupportsFloat | typing.SupportsIndex,
    center: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> Initial: ...
def build_info() -> dict[str, str]: ...
def completion_samples(
    M: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    mask: typing.Annotated[numpy.typing.ArrayLike, numpy.bool],
    rank: typing.SupportsInt | typing.SupportsIndex,
    penalty: typing.SupportsFloat | typing.SupportsIndex,
    row_bound: typing.SupportsFloat | typing.SupportsIndex,
) -> Samples: ...
def data_normals(
    key: typing.SupportsInt | typing.SupportsIndex, count: typing.SupportsInt | typing.SupportsIndex
) -> numpy.typing.NDArray[numpy.float64]: ...
def data_uniforms(
    key: typing.SupportsInt | typing.SupportsIndex, count: typing.SupportsInt | typing.SupportsIndex
) -> numpy.typing.NDArray[numpy.float64]: ...
def deep_linear_samples(
    X: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    Y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    hidden: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> Samples: ...
def deep_samples(
    X: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    Y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    layers: Layers,
) -> Samples: ...
def exp(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def expm1(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def extreme_eigenpairs(
    landscape: Landscape,
    points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    deflated: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    indices: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    key: typing.SupportsInt | typing.SupportsIndex,
    draw: typing.SupportsInt | typing.SupportsIndex,
    steps: typing.SupportsInt | typing.SupportsIndex,
    tolerance: typing.SupportsFloat | typing.SupportsIndex,
    both_ends: bool,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> Ends: ...
def fma_flops(seconds: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def fma_operations(seconds: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def follow(
    landscape: Landscape,
    method: Method,
    initial: Initial,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    trajectory: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> Follower: ...
def follow_flow(
    landscape: Landscape,
    relative: typing.SupportsFloat | typing.SupportsIndex,
    absolute: typing.SupportsFloat | typing.SupportsIndex,
    initial: Initial,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    trajectory: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> Follower: ...
def framed(initial: Initial, frame: Frame) -> Initial: ...
def gaussian(
    scale: typing.SupportsFloat | typing.SupportsIndex,
    center: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> Initial: ...
def gradients(
    landscape: Landscape, seconds: typing.SupportsFloat | typing.SupportsIndex
) -> float: ...
def gram(
    landscape: Landscape,
    point: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def inertia(
    landscape: Landscape,
    points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    deflated: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    shifts: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    lifts: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64]]: ...
def integrate_flow(
    landscape: Landscape,
    initial: Initial,
    escape: Escape,
    relative_tolerance: typing.SupportsFloat | typing.SupportsIndex,
    absolute_tolerance: typing.SupportsFloat | typing.SupportsIndex,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    max_steps: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
    record: Records,
    progress: collections.abc.Callable[[int, int], typing.Any] | None,
) -> LogColumns: ...
def jacobian(
    landscape: Landscape, point: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
) -> numpy.typing.NDArray[numpy.float64]: ...
def log(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def logistic(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def matrix_product(
    a: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    b: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def minibatch_indices(
    key: typing.SupportsInt | typing.SupportsIndex,
    trajectory: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    steps: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    batch: typing.SupportsInt | typing.SupportsIndex,
    replacement: bool,
) -> numpy.typing.NDArray[numpy.int64]: ...
def multiply_dense(
    a: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    b: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    c: numpy.typing.NDArray[numpy.float64],
    update: Update,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> None: ...
def noise(
    law: NoiseLaw,
    key: typing.SupportsInt | typing.SupportsIndex,
    trajectory: typing.SupportsInt | typing.SupportsIndex,
    steps: typing.SupportsInt | typing.SupportsIndex,
    dim: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def normals_double(seconds: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def normals_single(seconds: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def philox(
    counter: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(4)"
    ],
    key: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(2)"
    ],
) -> typing.Annotated[list[int], "FixedSize(4)"]: ...
def philox_words(seconds: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def pin_threads(pin: bool) -> None: ...
def predictions(
    landscape: Landscape, point: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
) -> numpy.typing.NDArray[numpy.float64]: ...
def quadratic_network_samples(
    X: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    width: typing.SupportsInt | typing.SupportsIndex,
) -> Samples: ...
def random_rotation(
    key: typing.SupportsInt | typing.SupportsIndex, dim: typing.SupportsInt | typing.SupportsIndex
) -> typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]"]: ...
def relu_samples(
    X: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    signs: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> Samples: ...
def repeated(
    initial: Initial,
    count: typing.SupportsInt | typing.SupportsIndex,
    sources: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> Initial: ...
def retracted(initial: Initial, landscape: Landscape) -> Initial: ...
def scaled(scales: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> Initial: ...
def sensing_samples(
    weights: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    targets: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    d: typing.SupportsInt | typing.SupportsIndex,
    rank: typing.SupportsInt | typing.SupportsIndex,
) -> Samples: ...
def simulate(
    landscape: Landscape,
    initial: Initial,
    method: Method,
    escape: Escape,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    max_steps: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
    record: Records,
    progress: collections.abc.Callable[[int, int], typing.Any] | None,
) -> Columns: ...
def simulate_exactly(
    octopus: Octopus,
    initial: Initial,
    step_size: typing.SupportsFloat | typing.SupportsIndex,
    escape: Escape,
    search: Search,
    tolerance: typing.SupportsFloat | typing.SupportsIndex,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    max_steps: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
    record: Records,
    progress: collections.abc.Callable[[int, int], typing.Any] | None,
) -> ExactColumns: ...
def simulate_flow(
    octopus: Octopus,
    initial: Initial,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
    record: Records,
    progress: collections.abc.Callable[[int, int], typing.Any] | None,
) -> LogColumns: ...
def simulate_kicks(
    octopus: Octopus,
    initial: Initial,
    step_size: typing.SupportsFloat | typing.SupportsIndex,
    radius: typing.SupportsFloat | typing.SupportsIndex,
    gradient_threshold: typing.SupportsFloat | typing.SupportsIndex,
    min_interval: typing.SupportsInt | typing.SupportsIndex,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    max_steps: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
    record: Records,
    progress: collections.abc.Callable[[int, int], typing.Any] | None,
) -> Columns: ...
def softplus(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def softplus_curvature(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def softplus_slope(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def solo_derivatives(
    landscape: Landscape,
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    v: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[
    float, float, numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]
]: ...
def sphere(
    scale: typing.SupportsFloat | typing.SupportsIndex,
    center: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> Initial: ...
def symmetric_eigen(
    matrix: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]: ...
def tanh(
    x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def trace(
    landscape: Landscape,
    initial: Initial,
    method: Method,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    steps: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    curvatures: Curvatures,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> Traces: ...
def trace_exactly(
    octopus: Octopus,
    initial: Initial,
    step_size: typing.SupportsFloat | typing.SupportsIndex,
    *,
    key: typing.SupportsInt | typing.SupportsIndex,
    first: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    steps: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    curvatures: Curvatures,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> Traces: ...
def triad_bandwidth(
    bytes: typing.SupportsInt | typing.SupportsIndex,
    seconds: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def tridiagonals(
    landscape: Landscape,
    points: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    indices: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    key: typing.SupportsInt | typing.SupportsIndex,
    steps: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]: ...
def uniform(
    low: typing.SupportsFloat | typing.SupportsIndex,
    high: typing.SupportsFloat | typing.SupportsIndex,
) -> Initial: ...
def use_solo(use: bool) -> None: ...
def use_stretches(use: bool) -> None: ...
