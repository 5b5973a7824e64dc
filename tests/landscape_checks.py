"""What every landscape must satisfy, held against an independent reference.

A reference is the formula of f and nothing else: derivatives are taken of it by complex steps and
finite differences, so that no gradient is trusted twice.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

import saddlesim as ss

Vector = NDArray[np.float64]


class Reference(Protocol):
    """The slow truth: one point at a time, with formulas of its own."""

    def value(self, x: Vector) -> float: ...
    def gradient(self, x: Vector) -> Vector: ...
    def hvp(self, x: Vector, v: Vector) -> Vector: ...


def agrees(f: ss.Landscape, slow: Reference, X: Vector, V: Vector, rtol: float = 1e-12) -> None:
    """Value, gradient and HVP are the reference's, relative to the size of the whole answer."""
    close(f.value(X), np.array([slow.value(x) for x in X]), rtol)
    close(f.gradient(X), np.array([slow.gradient(x) for x in X]), rtol)
    close(f.hvp(X, V), np.array([slow.hvp(x, v) for x, v in zip(X, V, strict=True)]), rtol)


def close(found: Vector, expected: Vector, rtol: float) -> None:
    """Row by row, the error is at most rtol times the largest number of the row.

    Rows that happen to be near a zero of f or of its gradient are measured by a typical row.
    """
    assert found.shape == expected.shape
    rows = len(found)
    error = np.abs(found - expected).reshape(rows, -1).max(axis=1)
    scale = np.abs(expected).reshape(rows, -1).max(axis=1)
    scale = np.maximum(scale, np.median(scale) / 10)
    assert np.all(error <= rtol * scale), f"relative error {np.max(error / scale):.2g}"


def differences(
    f: ss.Landscape, x: Vector, V: Vector, *, h: float = 1e-5, tol: float = 1e-7
) -> None:
    """Along the rows of V (unit vectors) value and gradient change as gradient and HVP say.

    Central differences: an error of h^2 |f'''| / 6 + 1e-16 |f| / h, relative to the answers' size.
    """
    slope = (f.value(x + h * V) - f.value(x - h * V)) / (2 * h)
    scale = np.abs(f.gradient(x)).max() + np.abs(f.value(x)) + 1e-3
    np.testing.assert_allclose(V @ f.gradient(x), slope, atol=tol * scale, rtol=0)
    curvature = (f.gradient(x + h * V) - f.gradient(x - h * V)) / (2 * h)
    hessian = f.hvp(x, V)
    np.testing.assert_allclose(
        hessian, curvature, atol=tol * (np.abs(hessian).max() + scale), rtol=0
    )


def symmetric(f: ss.Landscape, x: Vector) -> None:
    """The Hessian equals its transpose up to rounding."""
    hessian = f.hvp(x, np.eye(f.dim))
    np.testing.assert_allclose(hessian, hessian.T, rtol=0, atol=1e-13 * np.abs(hessian).max())


def stationary(f: ss.Landscape, points: list[ss.StationaryPoint], *, tol: float = 1e-8) -> None:
    """Each listed point has no gradient, its listed value, and the listed eigenvalues."""
    assert points
    for p in points:
        basis = f.tangent_basis(p.point)
        hessian = f.hvp(p.point, basis) @ basis.T
        scale = np.abs(hessian).max() + np.abs(p.point).max() + 1e-300
        np.testing.assert_allclose(f.gradient(p.point), 0, atol=1e-11 * scale, err_msg=p.name)
        np.testing.assert_allclose(f.value(p.point), p.value, atol=1e-10 * scale, err_msg=p.name)
        spectrum = np.linalg.eigvalsh((hessian + hessian.T) / 2)
        np.testing.assert_allclose(spectrum, p.eigenvalues, atol=tol * scale, err_msg=p.name)
        assert np.all(np.diff(p.eigenvalues) >= 0)
        flat_along_symmetries(f, p.point)


def flat_along_symmetries(f: ss.Landscape, point: Vector) -> None:
    """At a stationary point the Hessian takes the directions of the symmetries to 0."""
    directions = f.symmetry_directions(point)
    if len(directions):
        error = np.linalg.norm(f.hvp(point, directions), axis=1)
        norm = np.linalg.norm(f.hvp(point, f.tangent_basis(point)), 2)
        sizes = np.linalg.norm(directions, axis=1)
        rounding = 1e-14 * np.linalg.norm(point)
        assert np.all(error <= norm * np.maximum(1e-9 * sizes, rounding))


def constant_along_symmetries(f: ss.Landscape, X: Vector) -> None:
    """The gradient is orthogonal to the directions, which are tangent; f changes by O(t^2)."""
    all_directions = f.symmetry_directions(X)
    assert all_directions.shape[::2] == X.shape
    for x, directions in zip(X, all_directions, strict=True):
        np.testing.assert_allclose(f.symmetry_directions(x), directions, atol=1e-14)
        basis = f.tangent_basis(x)
        np.testing.assert_allclose(directions @ basis.T @ basis, directions, atol=1e-13)
        sizes = np.linalg.norm(directions, axis=1)
        gradient = f.gradient(x)
        assert np.all(np.abs(directions @ gradient) <= 1e-12 * sizes * np.linalg.norm(gradient))
        t = 1e-6
        for v in directions[sizes > 0] / sizes[sizes > 0, None]:
            change = np.abs(f.value(np.stack([x + t * v, x - t * v])) - f.value(x))
            curvature = np.abs(f.hvp(x, basis)).sum()
            assert np.all(change <= t**2 * curvature + 1e-13 * (1 + np.abs(f.value(x))))


def symmetry(f: ss.Landscape, X: Vector, moved: Vector) -> None:
    """A finite symmetry leaves value and invariants alone; a small step changes the latter."""
    close(f.value(moved)[:, None], f.value(X)[:, None], 1e-12)
    numbers = f.invariants(X)
    size = np.abs(numbers).max()
    np.testing.assert_allclose(f.invariants(X[0]), numbers[0], rtol=0, atol=1e-14 * size)
    np.testing.assert_allclose(f.invariants(moved), numbers, rtol=0, atol=1e-9 * size)
    assert not np.shares_memory(numbers, X)
    for x, at in zip(X, numbers, strict=True):
        basis = f.tangent_basis(x)
        step = np.random.default_rng(0).normal(size=len(basis)) @ basis
        change = f.invariants(x + 1e-3 * step / np.linalg.norm(step)) - at
        assert np.abs(change).max() > 1e-6


def orbits_told_apart(f: ss.Landscape, x: Vector) -> None:
    """Near x, in general position, exactly the directions of the symmetries keep the invariants."""
    basis, h = f.tangent_basis(x), 1e-6
    slopes = (f.invariants(x + h * basis) - f.invariants(x - h * basis)) / (2 * h)
    kept = len(basis) - np.linalg.matrix_rank(slopes, tol=1e-6 * np.linalg.norm(slopes, 2))
    assert kept == symmetry_rank(f, x)


def symmetry_rank(f: ss.Landscape, x: Vector) -> int:
    """The dimension of the orbit of x; directions that are 0 are rounding of x."""
    directions = f.symmetry_directions(x)
    largest = np.abs([*directions.ravel(), *x]).max()
    return int(np.linalg.matrix_rank(directions, tol=1e-8 * largest)) if len(directions) else 0


def round_trip(f: ss.Landscape, X: Vector) -> None:
    """flatten undoes unflatten, for one point and for several, and the sizes add up."""
    assert sum(int(np.prod(shape)) for shape in f.parts.values()) == f.dim
    for points in (X, X[0]):
        parts = f.unflatten(points)
        assert {name: a.shape[points.ndim - 1 :] for name, a in parts.items()} == f.parts
        np.testing.assert_array_equal(f.flatten(**parts), points)


def describes_itself(f: ss.Landscape) -> None:
    """The repr names the class, the docstring its formula and source; constants are numbers."""
    assert repr(f).startswith(type(f).__name__ + "(")
    assert f == f
    assert hash(f) == hash(f)
    assert f.smoothness > 0
    assert f.hessian_lipschitz >= 0
    assert not np.isinf(f.minimum_value)
    assert "Notes" in (type(f).__doc__ or "")


def runs_alike(f: ss.Landscape, method: ss.Method, **options: object) -> ss.EscapeTimes:
    """A run's bits depend on the ids alone: not on threads, on the split, or on the lanes."""
    options = {"trials": 40, "seed": 5, "record": ("points",)} | options
    whole = ss.escape_times(f, method, threads=1, **options)
    for threads, ids in ((2, range(40)), (1, range(7, 8)), (2, range(13, 31))):
        part = ss.escape_times(f, method, **(options | {"trials": ids, "threads": threads}))
        np.testing.assert_array_equal(part.steps, whole.steps[ids.start : ids.stop])
        np.testing.assert_array_equal(part.outcome, whole.outcome[ids.start : ids.stop])
        np.testing.assert_array_equal(part.points, whole.points[ids.start : ids.stop])
        np.testing.assert_array_equal(part.value, whole.value[ids.start : ids.stop])
    return whole
