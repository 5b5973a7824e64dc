"""Landscapes for which theory promises both conditions, and landscapes that break one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from saddlesim.landscapes import (
    AsymmetricMatrixFactorization,
    DeepLinearNetwork,
    Landscape,
    MatrixCompletion,
    MatrixFactorization,
    MatrixSensing,
    Octopus,
    QuadraticNetwork,
    SmallDataNetwork,
    StudentTeacher,
    TensorDecomposition,
)

__all__ = ["BAD_MINIMA", "NOT_STRICT", "broken", "guaranteed"]

NOT_STRICT, BAD_MINIMA = "saddles that are not strict", "bad minima"


def guaranteed(seed: int) -> Iterator[tuple[str, Landscape, str]]:
    """Yield landscapes with both conditions, each with its name and who shows it."""
    both = "Ge, Jin, Zheng (2017)"
    for d, r in ((8, 3), (16, 4), (40, 4)):
        values = np.linspace(2, 1, r + 1)
        f: Landscape = MatrixFactorization.random(d, r, seed=seed, eigenvalues=values)
        yield f"matrix factorisation, {d} x {r}", f, both
    for d, r in ((6, 2), (16, 3)):
        f = AsymmetricMatrixFactorization.random(d, r, seed=seed)
        yield f"asymmetric factorisation, {d} x {d} x {r}", f, both
    for d, r in ((8, 1), (12, 2)):
        f = MatrixSensing.random(d, r, seed=seed)
        yield f"matrix sensing, {d} x {r}, n = {10 * d * r}", f, both
    for d, r in ((20, 1), (30, 2)):
        f = MatrixCompletion.random(d, r, observed=0.8, seed=seed)
        yield f"matrix completion, {d} x {r}, 80 % seen", f, "Ge, Lee, Ma (2016)"
    for d in (5, 10):
        f = TensorDecomposition.random(d, objective="one", seed=seed)
        yield f"tensor on one sphere, d = {d}", f, "Ge et al. (2015)"
    for d in (3, 5):
        f = TensorDecomposition.random(d, seed=seed)
        yield f"tensor, all components, d = {d}", f, "Ge et al. (2015)"
    for d in (4, 8):
        f = QuadraticNetwork.random(d, seed=seed)
        yield f"quadratic network, d = {d}, width {d}", f, "Du and Lee (2018)"
    for d in (3, 6):
        yield f"octopus, d = {d}", Octopus(dim=d), "Du et al. (2017)"
    f = DeepLinearNetwork.random((4, 4, 3), seed=seed)
    yield "linear network, 2 layers", f, "Kawaguchi (2016)"


def broken(seed: int) -> Iterator[tuple[str, Landscape, str | None]]:
    """Yield landscapes that break one, each with its name and what theory says there is.

    None: no theory says, and none promises the conditions either.
    """
    f: Landscape = DeepLinearNetwork.random((4, 4, 4, 3), seed=seed)
    yield "linear network, 3 layers", f, NOT_STRICT
    f = DeepLinearNetwork.random((3, 3, 3, 3, 3), seed=seed)
    yield "linear network, 4 layers", f, NOT_STRICT
    f = TensorDecomposition.random(4, objective="cp", seed=seed)
    yield "tensor without spheres, d = 4", f, NOT_STRICT
    for k in (6, 8, 10):
        yield f"student-teacher, k = {k}", StudentTeacher.random(k), BAD_MINIMA
    for activation in ("relu", "leaky_relu", "sigmoid", "tanh", "arctan"):
        yield f"three samples, {activation}", SmallDataNetwork(activation), BAD_MINIMA
    f = MatrixCompletion.random(10, 2, observed=0.5, seed=seed)
    yield "matrix completion, 10 x 2, 50 % seen", f, None
