"""Landscapes with the work that one gradient and one Hessian-vector product take.

Work is counted in fused multiply-adds of the algebraic form that is computed, which is the cheapest
that we know.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import saddlesim as ss


@dataclass(frozen=True)
class Work:
    """A landscape, and the fused multiply-adds of one gradient and of one product."""

    label: str
    landscape: ss.Landscape
    gradient: float
    hvp: float


def factorization(d: int, r: int) -> Work:
    # runs: a Gram matrix, its product, and M's r eigenvalues; products: M through its factors
    f, low = ss.MatrixFactorization.random(d, r), 2 * d * r * r
    gram = d * r * (r + 1) / 2
    return Work(f"factorisation {d} x {r}", f, gram + d * r * r + r * r, gram + 3 * d * r * r + low)


def asymmetric(d: int, r: int) -> Work:
    f, gram = ss.AsymmetricMatrixFactorization.random(d, r), d * r * (r + 1) / 2
    side = gram + d * r * r + 2 * d * r * r
    return Work(f"asymmetric {d} x {d} x {r}", f, 2 * side, 2 * (side + 2 * d * r * r))


def sensing(d: int, r: int) -> Work:
    f, D = ss.MatrixSensing.random(d, r), d * (d + 1) // 2
    # one product with the Gram matrix of the measurements, or two with the measurements themselves
    product = min(2 * len(f.targets), D) * D
    hvp = 2 * product + 3 * D * r + 2 * d * d * r
    return Work(f"sensing {d} x {r}, n = {len(f.targets)}", f, product + D * r + d * d * r, hvp)


def completion(d: int, r: int) -> Work:
    f = ss.MatrixCompletion.random(d, r)
    seen = int(np.count_nonzero(f.mask))
    return Work(f"completion {d} x {r}, half observed", f, 2 * r * seen, 5 * r * seen)


def tensor(d: int, objective: str) -> Work:
    f = ss.TensorDecomposition.random(d, objective)
    one = f.rows * d * d
    extra = f.rows**2 * d if objective == "cp" else 0
    return Work(f"tensor {objective}, d = {d}", f, 2 * one + 1.5 * extra, 3 * one + 3.5 * extra)


def quadratic_network(d: int, width: int) -> Work:
    f = ss.QuadraticNetwork.random(d, width=width)
    n, D = len(f.y), d * (d + 1) // 2
    if type(f.core).__name__ == "QuadraticNetwork":
        gradient, hvp = 2 * n * d * width + n * width, 3 * n * d * width + 3 * n * width
    else:
        product = min(2 * n, D) * D
        gradient = product + D * width + d * d * width
        hvp = 2 * product + 3 * D * width + 2 * d * d * width
    return Work(f"quadratic network {d} x {width}, n = {n}", f, gradient, hvp)


def deep_linear(d: int, depth: int) -> Work:
    f, cube = ss.DeepLinearNetwork.random(dim=d, depth=depth), d**3
    # the samples are the identity: the first product and the last cost next to nothing
    return Work(
        f"deep linear {d} wide, {depth} deep", f, 3 * (depth - 1) * cube, 8 * (depth - 1) * cube
    )


def student_teacher(k: int) -> Work:
    f, pairs = ss.StudentTeacher.random(k), k * (k - 1) / 2 + k * k
    gradient = (0.5 + 1 + 1 + 1) * k**3 + 30 * pairs
    return Work(f"student-teacher {k} of {k}", f, gradient, 7.5 * k**3 + 60 * 2 * k * k)


def small_data() -> Work:
    # six hidden units at three points, some thirty operations each for the activation
    f = ss.SmallDataNetwork("tanh")
    return Work("small data, tanh", f, 6 * 40, 6 * 50)


def relu(d: int, width: int, n: int) -> Work:
    f = ss.TwoLayerReLU.random(d, width=width, samples=n)
    return Work(f"ReLU {width} wide, n = {n}, d = {d}", f, 2 * width * n * d, 3 * width * n * d)
