"""Eigenvalues counted by inertia: against exact arithmetic and against decompositions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import saddlesim as ss
from hessians import EPS, Floats, matrices, rotated, with_hessian
from saddlesim import inertia
from saddlesim.inertia import Inertia, eigenvalues_below
from saddlesim.spectrum import symmetry_basis
from test_symmetries import CASES, some_points


def count(
    f: ss.Landscape,
    X: Floats,
    levels: Floats | float,
    *,
    off: Floats | None = None,
    allowed: float = np.inf,
    **options: int,
) -> Inertia:
    """Taking the pivots in order whatever comes of it, unless an error is not allowed."""
    return eigenvalues_below(
        f,
        X,
        np.broadcast_to(np.float64(levels), len(X)).copy(),
        norms=np.linalg.norm(f.hessian(X), 2, axis=(1, 2)),
        off=np.zeros((len(X), 0, f.dim)) if off is None else off,
        allowed=np.full(len(X), allowed),
        **options,
    )


def below_exactly(H: Floats, level: Fraction) -> int:
    """By rational elimination, with an eigenvalue shift where a pivot is 0."""
    n, count = len(H), 0
    A = [[Fraction(float(H[i, j])) - (i == j) * level for j in range(n)] for i in range(n)]
    left = list(range(n))
    while left:
        one = next((i for i in left if A[i][i] != 0), None)
        if one is not None:
            left.remove(one)
            count += A[one][one] < 0
            for i in left:
                ratio = A[i][one] / A[one][one]
                for j in left:
                    A[i][j] -= ratio * A[one][j]
            continue
        pair = next(((i, j) for i in left for j in left if A[i][j] != 0), None)
        if pair is None:
            break  # what is left is 0
        i, j = pair
        for k in left:  # a congruence: add row and column j to row and column i
            A[i][k] += A[j][k]
        for k in left:
            A[k][i] += A[k][j]
    return count


def test_the_exact_count_is_right() -> None:
    for H, expected in (
        ([[0, 1], [1, 0]], 1),
        ([[0, 0], [0, 0]], 0),
        ([[1, 2], [2, 4]], 0),
        ([[0, 1, 0], [1, 0, 0], [0, 0, -3]], 2),
        ([[-1, 0], [0, 5]], 1),
    ):
        assert below_exactly(np.array(H, dtype=float), Fraction(0)) == expected
    H = rotated(np.array([-2.0, -1, 0.5, 3]), seed=1)
    assert [below_exactly(H, Fraction(k, 4)) for k in (-12, -6, 0, 3, 16)] == [0, 1, 2, 3, 4]


@settings(max_examples=100)
@given(M=matrices(largest=9), level=st.floats(-2, 2), nearby=st.booleans(), pivoted=st.booleans())
def test_the_error_covers_what_is_exactly_so(
    M: Floats, level: float, nearby: bool, pivoted: bool
) -> None:
    f, X = with_hessian(M), np.zeros((1, len(M)))
    H = f.hessian(X[0])
    if nearby:  # next to an eigenvalue, up to rounding
        level = float(np.linalg.eigvalsh(H)[len(M) // 2])
    below, error = (column[0] for column in count(f, X, level, allowed=-1 if pivoted else np.inf))
    assume(np.isfinite(error) or not pivoted)
    if np.isfinite(error):
        low, high = (below_exactly(H, Fraction(level) + s * Fraction(error)) for s in (-1, 1))
        assert low <= below <= high


@settings(max_examples=200)
@given(M=matrices(scales=(-100, 0, 100)), share=st.floats(0, 1))
def test_counts_are_those_of_a_decomposition(M: Floats, share: float) -> None:
    f, X = with_hessian(M), np.zeros((1, len(M)))
    values = np.linalg.eigvalsh(f.hessian(X[0]))
    norm = np.abs(values).max()
    level = -norm + share * 2 * norm
    found = count(f, X, level, allowed=1e-12 * norm)
    assert found.error[0] <= 1e-11 * norm + 1e-290
    if np.abs(values - level).min() > found.error[0] + len(M) * EPS * norm:
        assert found.below[0] == np.count_nonzero(values < level)


@pytest.mark.parametrize("n", [2, 10, 40, 150])
def test_the_error_is_small_where_pivots_are_good(n: int) -> None:
    H = rotated(np.linspace(1.0, 5.0, n), seed=n)  # definite: no pivot can be bad
    found = count(with_hessian(H), np.zeros((1, n)), 0.5)
    assert found.below[0] == 0
    # the trace of |L||D||L'| is that of the matrix
    trace = np.trace(H) - n * 0.5
    own = 4 * EPS * np.sqrt(n) * 5
    assert found.error[0] == pytest.approx((n + 4) / 2 * EPS * trace + own, rel=1e-6)


BAD_PIVOTS = {
    "exchange": np.array([[0.0, 1], [1, 0]]),
    "tiny": np.array([[1e-20, 1], [1, 1e-20]]),
    "leading block": np.array([[1.0, 1, 1], [1, 1, -1], [1, -1, 1]]),
    "zero block": np.block([[np.zeros((4, 4)), np.eye(4)], [np.eye(4), np.zeros((4, 4))]]),
    "tiny leading entry": np.diag([1e-18, 1.0, 2.0, -1.0]) + np.fliplr(np.eye(4)),
}


@pytest.fixture
def pivoted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was factorised with pivoting."""
    taken: list[object] = []
    factorise = inertia._pivoted

    def spy(*arguments: Any) -> tuple[int, float]:
        taken.append(arguments)
        return factorise(*arguments)

    monkeypatch.setattr(inertia, "_pivoted", spy)
    return taken


@pytest.mark.parametrize("name", BAD_PIVOTS)
def test_bad_pivots_are_seen_and_others_taken(name: str, pivoted: list[object]) -> None:
    H = BAD_PIVOTS[name]
    f, X = with_hessian(H), np.zeros((1, len(H)))
    found = count(f, X, 0.0, allowed=1e-9)
    assert len(pivoted) == 1
    assert found.below[0] == below_exactly(H, Fraction(0))
    assert found.error[0] <= 1e-13


def test_only_points_with_bad_pivots_are_factorised_again(pivoted: list[object]) -> None:
    f = ss.MatrixFactorization(np.array([[0.0, 1], [1, 0]]), 1)
    X = np.array([[2.0, 1.0], [0.0, 0.0], [1.0, 3.0]])
    found = count(f, X, 0.0, allowed=1e-9)
    assert len(pivoted) == 1
    assert found.below.tolist() == [np.sum(np.linalg.eigvalsh(f.hessian(x)) < 0) for x in X]


def test_what_has_no_finite_hessian_is_not_counted() -> None:
    f = ss.Octopus(3)
    X = np.array([[0.1, 0.2, 0.3], [1e3, 0, 0], [0.2, 0.1, 0.1]])
    found = eigenvalues_below(
        f, X, np.zeros(3), norms=np.ones(3), off=np.zeros((3, 0, 3)), allowed=np.ones(3)
    )
    assert found.below[1] == -1
    assert found.error[1] == np.inf
    for i in (0, 2):
        assert found.below[i] == np.count_nonzero(np.linalg.eigvalsh(f.hessian(X[i])) < 0)


@pytest.mark.parametrize("pivoted", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_on_every_landscape_directions_off_the_manifold_are_on_neither_side(
    name: str, pivoted: bool
) -> None:
    f = CASES[name][0]
    X = some_points(f, seed=6)
    if not np.isfinite(f.hessian(X)).all():
        pytest.fail("points must lie in the domain")
    for level in (-1.0, -1e-3, 1e-3, 2.0):
        found = count(f, X, level, allowed=-1 if pivoted else 1e-9)
        for x, below, error in zip(X, *found, strict=True):
            basis = f.tangent_basis(x)
            values = np.linalg.eigvalsh(basis @ f.hessian(x) @ basis.T)
            norm = np.abs(values).max()
            assert error <= max(1e-9, 1e-12 * norm)
            if np.abs(values - level).min() > error + f.dim * EPS * norm:
                assert below == np.count_nonzero(values < level)


@pytest.mark.parametrize("pivoted", [False, True])
@pytest.mark.parametrize(
    "name",
    ["quadratic", "factorisation", "asymmetric", "sensing", "quadratic network", "deep linear"],
)
def test_deflated_directions_are_on_neither_side(name: str, pivoted: bool) -> None:
    f = CASES[name][0]
    points = f.stationary_points()
    X = np.array([p.point for p in points])
    off = symmetry_basis(f, X)
    assert off.any()
    for level in (-1e-3, 1e-3):
        found = count(f, X, level, off=off, allowed=-1 if pivoted else 1e-9)
        for p, rows, below in zip(points, off, found.below, strict=True):
            beside = np.count_nonzero(rows.any(axis=1))
            zeros = np.count_nonzero(p.eigenvalues == 0)
            negative = np.count_nonzero(p.eigenvalues < 0)
            assert below == negative + (zeros - beside if level > 0 else 0), p.name


def test_threads_and_neighbours_change_nothing() -> None:
    f = CASES["factorisation"][0]
    X = some_points(f, 0, 100)
    whole = count(f, X, 0.1, threads=1)
    for threads in (2, 3):
        for a, b in zip(whole, count(f, X, 0.1, threads=threads), strict=True):
            np.testing.assert_array_equal(a, b)
    for rows in (slice(1), slice(17), slice(40, 55), slice(99, 100)):
        part = count(f, X[rows], 0.1)
        np.testing.assert_array_equal(part.below, whole.below[rows])
        inner = part.error - whole.error[rows]  # norms are LAPACK's
        np.testing.assert_allclose(inner, 0, atol=1e-12 * whole.error.max())
    assert len(np.unique(whole.below)) > 2
