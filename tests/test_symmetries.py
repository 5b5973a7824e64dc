"""Symmetries of every landscape: what is constant along them, and which zero modes they explain."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from saddlesim.cli.families import FAMILIES
from saddlesim.landscapes import symmetries

Vector = np.ndarray
Rng = np.random.Generator
Move = Callable[[ss.Landscape, Vector, Rng], Vector]


def rotation(rng: Rng, n: int) -> Vector:
    return np.linalg.qr(rng.normal(size=(n, n)))[0]


def signs(rng: Rng, *shape: int) -> Vector:
    return rng.choice([-1.0, 1.0], size=shape)


def invertible(rng: Rng, n: int) -> Vector:
    return rotation(rng, n) * rng.uniform(0.5, 2, n) @ rotation(rng, n)


def turned_beyond(rows: Vector, rng: Rng) -> Vector:
    """A rotation or reflection of what is orthogonal to the rows."""
    beyond = symmetries.complement(rows)
    turn = rotation(rng, len(beyond)) - np.eye(len(beyond))
    return np.eye(rows.shape[1]) + beyond.T @ turn @ beyond


def rotate_columns(f: ss.Landscape, x: Vector, rng: Rng) -> Vector:
    """The same rotation of the columns of every factor."""
    parts = f.unflatten(x)
    R = rotation(rng, next(iter(parts.values())).shape[1])
    return f.flatten(**{name: factor @ R for name, factor in parts.items()})


def mix_columns(f: ss.Landscape, x: Vector, rng: Rng) -> Vector:
    U, V = f.unflatten(x).values()
    A = invertible(rng, U.shape[1])
    return f.flatten(U=U @ np.linalg.inv(A), V=V @ A.T)


def mix_layers(f: ss.Landscape, x: Vector, rng: Rng) -> Vector:
    weights = list(f.unflatten(x).values())
    for j in range(len(weights) - 1):
        A = invertible(rng, len(weights[j]))
        weights[j], weights[j + 1] = A @ weights[j], weights[j + 1] @ np.linalg.inv(A)
    return f.flatten(**dict(zip(f.parts, weights, strict=True)))


def mirror(f: ss.Landscape, x: Vector, rng: Rng) -> Vector:
    return x * signs(rng, f.dim)


def translate(f: ss.QuadraticSaddle, x: Vector, rng: Rng) -> Vector:
    axes = np.eye(f.dim) if f.rotation is None else f.rotation
    return x + rng.normal(size=f.dim) * (f.eigenvalues == 0) @ axes


def permute_students(f: ss.StudentTeacher, x: Vector, rng: Rng) -> Vector:
    W = rng.permutation(f.unflatten(x)["W"])
    V = f.teacher
    if np.allclose(V @ V.T, np.eye(len(V))):  # teachers too
        W = W + W @ V.T @ (rng.permutation(V) - V)
    return (W @ turned_beyond(V, rng)).ravel()


def permute_components(f: ss.TensorDecomposition, x: Vector, rng: Rng) -> Vector:
    U, A = x.reshape(f.rows, f.size), f.components
    U = signs(rng, f.rows, 1) * rng.permutation(U)
    U = U + U @ A.T @ (signs(rng, len(A), 1) * rng.permutation(A) - A)
    if f.objective == "all":
        U = (U @ A.T * signs(rng, *U.shape)) @ A
    return (U @ turned_beyond(A, rng)).ravel()


def permute_units(f: ss.TwoLayerReLU, x: Vector, rng: Rng) -> Vector:
    W = f.unflatten(x)["W"].copy()
    for side in (f.signs > 0, f.signs < 0):
        W[side] = rng.permutation(W[side])
    return W.ravel()


def change_units(f: ss.SmallDataNetwork, x: Vector, rng: Rng) -> Vector:
    W1, b1, W2, b2 = (part.copy() for part in f.unflatten(x).values())
    shift, order = rng.normal(size=2), rng.permutation(2)
    W1, b1 = W1 + shift[:, None], b1 - shift
    W1 = W1[:, rng.permutation(2)]  # which exchanges the first two samples
    if f.activation in ("relu", "leaky_relu"):
        c = rng.uniform(0.5, 2, 2)
        W1, b1, W2 = W1 * c[:, None], b1 * c, W2 / c
    else:
        s = signs(rng, 2)
        if f.activation == "sigmoid":  # h(-z) = 1 - h(z)
            b2 = b2 + W2 @ (s < 0)
        W1, b1, W2 = W1 * s[:, None], b1 * s, W2 * s
    return f.flatten(W1=W1[order], b1=b1[order], W2=W2[:, order], b2=b2)


def permute_layers(f: ss.DeepNetwork, x: Vector, rng: Rng) -> Vector:
    """Units in another order; scaled, or with another sign, where that is a symmetry."""
    degree = {"relu": 1, "quadratic": 2}.get(f.activation)
    weights = list(f.unflatten(x).values())
    for j in range(len(f.hidden)):
        order, c = rng.permutation(f.hidden[j]), np.ones(f.hidden[j])
        if degree is not None:
            c = rng.uniform(0.5, 2, f.hidden[j])
        back = c ** -(degree or 1)
        if f.activation in ("tanh", "quadratic"):
            flip = signs(rng, f.hidden[j])
            c, back = c * flip, back * (flip if f.activation == "tanh" else 1)
        weights[j] = (weights[j] * c[:, None])[order]
        weights[j + 1] = (weights[j + 1] * back)[:, order]
    return f.flatten(**dict(zip(f.parts, weights, strict=True)))


CASES: dict[str, tuple[ss.Landscape, Move, int]] = {
    "octopus": (ss.Octopus(4), mirror, 0),
    "quadratic": (ss.QuadraticSaddle([-1.0, 0.0, 2.0, 0.0], rotation_seed=1), translate, 2),
    "quadratic, no zeros": (ss.QuadraticSaddle([-1.0, 1.0, 1.0]), translate, 0),
    "factorisation": (
        ss.MatrixFactorization.random(5, 3, seed=1, eigenvalues=[3, 2, 1, -1, -2]),
        rotate_columns,
        3,
    ),
    "asymmetric": (
        ss.AsymmetricMatrixFactorization.random(4, 2, columns=3, seed=1),
        rotate_columns,
        1,
    ),
    "asymmetric, not balanced": (
        ss.AsymmetricMatrixFactorization.random(4, 2, columns=3, seed=1, balance=0.0),
        mix_columns,
        4,
    ),
    "sensing": (ss.MatrixSensing.random(4, 3, seed=1), rotate_columns, 3),
    "completion": (ss.MatrixCompletion.random(5, 2, row_bound=0.4, seed=1), rotate_columns, 1),
    "quadratic network": (ss.QuadraticNetwork.random(3, width=4, seed=1), rotate_columns, 6),
    "deep linear": (ss.DeepLinearNetwork.random([3, 2, 2, 4], samples=7, seed=1), mix_layers, 8),
    "deep linear, wide": (ss.DeepLinearNetwork.random([2, 3, 2], seed=1), mix_layers, 9),
    "linear": (ss.DeepLinearNetwork.random([3, 2], seed=1), mix_layers, 0),
    "tensor, one": (
        ss.TensorDecomposition(np.linalg.qr(np.vander(range(1, 6)))[0][:2], "one"),
        permute_components,
        3,
    ),
    "tensor, all": (ss.TensorDecomposition.random(4, "all", seed=1), permute_components, 0),
    "tensor, cp": (ss.TensorDecomposition.random(4, "cp", seed=1), permute_components, 0),
    "tensor, cp, few components": (
        ss.TensorDecomposition(np.linalg.qr(np.vander(range(1, 6)))[0][:2], "cp", factors=3),
        permute_components,
        3,
    ),
    "students": (ss.StudentTeacher.random(4), permute_students, 0),
    "students, few teachers": (
        ss.StudentTeacher.random(5, teachers=2, students=3),
        permute_students,
        3,
    ),
    "students, random teacher": (
        ss.StudentTeacher.random(3, students=4, teachers=5, orthonormal=False, seed=1),
        permute_students,
        0,
    ),
    "students, two random teachers": (
        ss.StudentTeacher.random(4, students=3, teachers=2, orthonormal=False, seed=1),
        permute_students,
        1,
    ),
    "two-layer": (ss.TwoLayerReLU.random(3, samples=5, width=6, seed=1), permute_units, 0),
    **{
        f"deep, {h}": (
            ss.DeepNetwork.random(3, samples=9, hidden=[4, 3], activation=h, seed=1),
            permute_layers,
            7 if h in ("relu", "quadratic") else 0,
        )
        for h in ("relu", "tanh", "softplus", "quadratic")
    },
    "deep, two outputs": (
        ss.DeepNetwork(np.eye(3), np.ones((3, 2)), [3], loss="logistic"),
        permute_layers,
        3,
    ),
    **{
        f"small data, {h}": (ss.SmallDataNetwork(h), change_units, k)
        for h, k in {"relu": 4, "leaky_relu": 4, "sigmoid": 2, "tanh": 2, "arctan": 2}.items()
    },
}


def some_points(f: ss.Landscape, seed: int, n: int = 4) -> Vector:
    X = np.random.default_rng(seed).normal(size=(n, f.dim))
    if isinstance(f, ss.Octopus):
        X = np.tanh(X)  # where it is defined
    return f.retract(X) if isinstance(f, ss.TensorDecomposition) else X


def test_every_landscape_is_here() -> None:
    assert {type(f) for f, _, _ in CASES.values()} == set(FAMILIES.values())


@pytest.mark.parametrize("name", CASES)
@given(seed=st.integers(0, 1000))
def test_f_is_constant_along_the_directions(name: str, seed: int) -> None:
    f, _, generators = CASES[name]
    X = some_points(f, seed)
    check.constant_along_symmetries(f, X)
    assert f.symmetry_directions(X).shape == (len(X), generators, f.dim)
    assert f.symmetry_directions(X[0].tolist()).shape == (generators, f.dim)


@pytest.mark.parametrize("name", CASES)
@given(seed=st.integers(0, 1000))
def test_finite_symmetries_leave_value_and_invariants_alone(name: str, seed: int) -> None:
    f, move, _ = CASES[name]
    X, rng = some_points(f, seed), np.random.default_rng(seed + 1)
    check.symmetry(f, X, np.array([move(f, x, rng) for x in X]))


@pytest.mark.parametrize("name", CASES)
def test_the_invariants_tell_neighbouring_orbits_apart(name: str) -> None:
    f = CASES[name][0]
    for x in some_points(f, seed=3):
        check.orbits_told_apart(f, x)


def test_a_product_does_not_hold_where_between_its_kernels_a_layer_has_its_own() -> None:
    f = ss.DeepLinearNetwork.random([4, 3, 2, 4], seed=1)
    x, h = some_points(f, seed=3)[0], 1e-6
    slopes = (f.invariants(x + h * np.eye(f.dim)) - f.invariants(x - h * np.eye(f.dim))) / (2 * h)
    kept = f.dim - np.linalg.matrix_rank(slopes, tol=1e-6)
    assert kept == check.symmetry_rank(f, x) + 1  # a line in a plane


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("quadratic", lambda x: x[::-1]),
        ("factorisation", lambda x: x[::-1]),
        ("asymmetric", lambda x: x * np.repeat([2.0, 0.5], [8, 6])),
        ("two-layer", lambda x: -x),
        ("two-layer", lambda x: np.roll(x, 9)),  # units of either sign exchanged
        ("deep, relu", lambda x: -x),
        ("deep, softplus", lambda x: x * [*-np.ones(12), *np.ones(15)]),
        ("deep, tanh", lambda x: x * [-1.0, *np.ones(26)]),
        ("deep, tanh", lambda x: np.concatenate([x[[1, 0, *range(2, 12)]], x[12:]])),
        ("deep, quadratic", lambda x: x * [*np.ones(24), *-np.ones(3)]),
        ("students", lambda x: -x),
        ("students", lambda x: x * [-1.0, *np.ones(15)]),
        ("students, few teachers", lambda x: x * [*np.ones(4), -1.0, *np.ones(10)]),
        ("students, random teacher", lambda x: x.reshape(4, 3)[:, ::-1].ravel()),
        ("tensor, all", lambda x: x.reshape(4, 4).T.ravel()),
        ("tensor, cp", lambda x: x * [-1.0, *np.ones(15)]),
        ("small data, relu", lambda x: x * [-1.0, -1.0, 1, 1, -1.0, 1, -1.0, 1, 1]),
        ("small data, leaky_relu", lambda x: x[[1, 0, *range(2, 9)]]),  # in one unit only
        ("small data, tanh", lambda x: x[[1, 0, *range(2, 9)]]),
        ("small data, sigmoid", lambda x: x * [-1.0, -1.0, 1, 1, -1.0, 1, -1.0, 1, 1]),
    ],
)
def test_what_is_no_symmetry_shows(name: str, change: Callable[[Vector], Vector]) -> None:
    f = CASES[name][0]
    for x in some_points(f, seed=5):
        assert np.abs(f.invariants(change(x)) - f.invariants(x)).max() > 1e-3


@pytest.mark.parametrize("name", CASES)
def test_symmetries_take_stationary_points_to_stationary_points(name: str) -> None:
    f, move, _ = CASES[name]
    rng = np.random.default_rng(4)
    for p in f.stationary_points():
        x = move(f, p.point, rng)
        scale = np.abs(p.eigenvalues).max() + 1e-300
        np.testing.assert_allclose(f.gradient(x), 0, atol=1e-12 * max(scale, 1))
        check.flat_along_symmetries(f, x)
        np.testing.assert_allclose(f.invariants(x), f.invariants(p.point), atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_listed_stationary_points_are_told_apart(name: str) -> None:
    f = CASES[name][0]
    numbers = [f.invariants(p.point) for p in f.stationary_points()]
    for one, other in itertools.combinations(numbers, 2):
        assert np.abs(one - other).max() > 1e-6


@pytest.mark.parametrize("rank", [1, 2, 3, 5])
@pytest.mark.parametrize(
    "make",
    [
        lambda r: ss.MatrixFactorization.random(5, r, seed=1, eigenvalues=[4, 3, 2, -1, -2]),
        lambda r: ss.AsymmetricMatrixFactorization.random(
            5, r, seed=1, singular_values=[5, 4, 3, 2, 1]
        ),
        lambda r: ss.AsymmetricMatrixFactorization.random(
            5, r, seed=1, balance=0.0, singular_values=[5, 4, 3, 2, 1]
        ),
        lambda r: ss.DeepLinearNetwork.random([5, r, 5], seed=1, singular_values=[5, 4, 3, 2, 1]),
    ],
    ids=["symmetric", "balanced", "not balanced", "linear network"],
)
def test_symmetries_explain_all_zero_eigenvalues_of_factorisations(
    make: Callable[[int], ss.Landscape], rank: int
) -> None:
    f = make(rank)
    for p in f.stationary_points():
        zeros = np.count_nonzero(p.eigenvalues == 0)
        assert check.symmetry_rank(f, p.point) == zeros


@pytest.mark.parametrize(
    "f",
    [
        ss.MatrixSensing.random(4, 3, seed=1),
        ss.QuadraticNetwork.random(4, width=3, planted=3, seed=1),
        ss.DeepLinearNetwork.random([4, 2, 3, 3], samples=9, seed=1, singular_values=[2, 1]),
        ss.QuadraticSaddle([1.0, 0.0, -1.0], rotation_seed=2),
    ],
    ids=lambda f: type(f).__name__,
)
def test_symmetries_explain_the_last_point_of_others(f: ss.Landscape) -> None:
    last = f.stationary_points()[-1]
    zeros = np.count_nonzero(last.eigenvalues == 0)
    if isinstance(f, ss.DeepLinearNetwork):  # weights from a unit without input may be anything
        assert check.symmetry_rank(f, last.point) < zeros
    else:
        assert check.symmetry_rank(f, last.point) == zeros > 0


class Wrong(ss.MatrixFactorization):
    """With a scaling of the columns for their rotation, and their sum for what they share."""

    def symmetry_directions(self, X: object) -> Vector:
        return np.asarray(X)[..., None, :]

    def invariants(self, X: object) -> Vector:
        return np.asarray(X).sum(axis=-1, keepdims=True)


def test_the_checks_find_what_is_wrong() -> None:
    right = ss.MatrixFactorization.random(4, 2, seed=1, eigenvalues=[2.0, 1.0])
    f, X, rng = Wrong(right.M, 2), some_points(right, 0), np.random.default_rng(0)
    moved = np.array([rotate_columns(f, x, rng) for x in X])
    minimum = f.stationary_points()[-1].point
    for checked in (
        lambda f: check.constant_along_symmetries(f, X),
        lambda f: check.flat_along_symmetries(f, minimum),
        lambda f: check.symmetry(f, X, moved),
        lambda f: check.orbits_told_apart(f, X[0]),
    ):
        checked(right)
        with pytest.raises(AssertionError):
            checked(f)


@given(seed=st.integers(0, 1000), n=st.integers(1, 6), d=st.integers(1, 5), either=st.booleans())
def test_unordered_rows_are_no_further_apart_than_their_nearest_permutation(
    seed: int, n: int, d: int, either: bool
) -> None:
    rng = np.random.default_rng(seed)
    X = rng.integers(-2, 3, size=(n, d)).astype(float)  # with ties
    Y = X + 10.0 ** rng.uniform(-9, 1) * rng.normal(size=(n, d))
    Z = rng.permutation(Y) * (signs(rng, n, 1) if either else 1)
    x, z = (symmetries.unordered(rows, signs=either) for rows in (X, Z))
    assert np.linalg.norm(x - z) <= np.linalg.norm(X - Y) * (1 + 1e-12) + 1e-14
    assert np.linalg.norm(x) == pytest.approx(np.linalg.norm(X), rel=1e-12)


def test_rows_are_told_apart_as_wholes() -> None:
    X = np.array([[1.0, 2.0], [3.0, 4.0]])
    Y = np.array([[1.0, 4.0], [3.0, 2.0]])  # the same columns, as sets
    assert np.abs(symmetries.unordered(X) - symmetries.unordered(Y)).max() > 0.1
    assert np.abs(symmetries.arrangement(X) - symmetries.arrangement(Y)).max() > 0.1


def test_accuracy_at_ties_is_that_of_the_point() -> None:
    f = ss.StudentTeacher.random(6)
    x = f.spurious_point().point
    near = x + 1e-12 * np.random.default_rng(0).normal(size=f.dim)
    assert np.abs(f.invariants(near) - f.invariants(x)).max() < 1e-10
