"""What the programs that are compared compute, in NumPy arrays and numbers alone.

A peer (benchmarks/peers) is a module with, for each problem that it can do, a function of the name
given here. The function takes the problem and returns a callable of the inputs: whatever can be
prepared once (decompositions, compilation) may be done before that callable is returned, or when it
is first called.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NoisyQuadratic:
    """x+ = x - step_size * eigenvalues * x + noise * N(0, I) until |x_0| >= radius.

    starts (n, d) -> steps (n,): the number of updates until the criterion first held, or max_steps.
    """

    function: ClassVar[str] = "noisy_quadratic"
    eigenvalues: Array  # (d,)
    step_size: float
    noise: float
    radius: float
    max_steps: int


@dataclass(frozen=True)
class OctopusDescent:
    """Gradient descent on the octopus until every ||x_j| - 4 tau| <= tolerance.

    starts (n, d) -> steps (n,), or max_steps.
    """

    function: ClassVar[str] = "octopus_descent"
    L: float
    gamma: float
    tau: float
    step_size: float
    tolerance: float
    max_steps: int


@dataclass(frozen=True)
class OctopusKicks:
    """The same, with kicks: perturbed gradient descent.

    At step t, where |gradient| <= threshold and at least min_interval steps have passed since the
    last kick (or there was none), x becomes x + a point uniform in the ball of the given radius,
    and the gradient is taken anew; then the step follows. starts (n, d) -> steps (n,).
    """

    function: ClassVar[str] = "octopus_kicks"
    L: float
    gamma: float
    tau: float
    step_size: float
    tolerance: float
    max_steps: int
    radius: float
    threshold: float
    min_interval: int


@dataclass(frozen=True)
class Factorization:
    """Gradient descent on 1/4 |U U' - M|^2 (the gradient is (U U' - M) U) until f < below.

    M is symmetric, (d, d), of whatever rank. starts (n, d, r) -> steps (n,), or max_steps.
    """

    function: ClassVar[str] = "factorization"
    M: Array
    step_size: float
    below: float
    max_steps: int


@dataclass(frozen=True)
class Sensing:
    """`steps` steps of gradient descent on 1/(4 n) sum_i (<A_i, U U'> - b_i)^2.

    A is (n, d, d), every A_i symmetric, b (n,); the gradient is
    1/n sum_i (<A_i, U U'> - b_i) A_i U. starts (trials, d, r) -> where they end, the same shape.
    """

    function: ClassVar[str] = "sensing"
    A: Array
    b: Array
    step_size: float
    steps: int


@dataclass(frozen=True)
class ReLU:
    """`steps` steps of gradient descent on 1/2 sum_i (u_i - y_i)^2.

    u_i = m^-1/2 sum_r a_r max(w_r . x_i, 0) with X (n, d), y (n,), signs a (m,); W is (m, d), and
    row r of the gradient m^-1/2 a_r sum_i (u_i - y_i) [w_r . x_i >= 0] x_i. starts (trials, m, d)
    -> where they end, the same shape.
    """

    function: ClassVar[str] = "relu"
    X: Array
    y: Array
    signs: Array
    step_size: float
    steps: int


@dataclass(frozen=True)
class FactorizationHvp:
    """(V U' + U V') U + (U U' - M) V at n points. U (n, d, r), V (n, d, r) -> (n, d, r)."""

    function: ClassVar[str] = "factorization_hvp"
    M: Array


@dataclass(frozen=True)
class ReLUHvp:
    """The Hessian of `ReLU`'s function (where it is smooth) at n points times V.

    Row r of the product is m^-1/2 a_r sum_i du_i [w_r . x_i >= 0] x_i with
    du_i = m^-1/2 sum_s a_s [w_s . x_i >= 0] v_s . x_i. W (n, m, d), V (n, m, d) -> (n, m, d).
    """

    function: ClassVar[str] = "relu_hvp"
    X: Array
    signs: Array


Problem = (
    NoisyQuadratic
    | OctopusDescent
    | OctopusKicks
    | Factorization
    | Sensing
    | ReLU
    | FactorizationHvp
    | ReLUHvp
)
