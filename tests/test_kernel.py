"""The kernel of infinite width against mpmath and finite networks; what it says about labels."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import saddlesim as ss
from references import kernel as slow

EPS = np.finfo(float).eps


def near_and_far(seed: int, d: int) -> np.ndarray:
    """Inputs of several lengths, some nearly parallel or opposite to others, some 0."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=d)
    shifts = [0.0, 1e-15, 1e-12, 1e-8, 1e-5, 1e-3, 0.1, 0.3]
    near = [first + shift * rng.normal(size=d) for shift in shifts]
    lengths = 10.0 ** rng.uniform(-3, 3, size=len(near))
    return np.array([*(near * lengths[:, None]), *-np.array(near[2:5]), np.zeros(d), first[::-1]])


def entries(X: np.ndarray, depth: int, gain: float, trained: str) -> np.ndarray:
    return np.array([[float(slow.deep_kernel(x, z, depth, gain, trained)) for z in X] for x in X])


@pytest.mark.parametrize("d", [1, 3, 20])
def test_one_layer_is_the_closed_form_in_many_digits(d: int) -> None:
    X = near_and_far(d, d)
    H = ss.kernel.infinite_width_gram(X)
    size = np.sqrt(np.diag(X @ X.T)[:, None] * np.diag(X @ X.T))
    # (pi - angle) / (2 pi) is right to some roundings of 1, a sum of d products to d of its own
    error = np.abs(H - entries(X, 1, 1.0, "hidden"))
    assert np.all(error <= (2 + d) * EPS * size)
    assert not H[-2].any()
    np.testing.assert_allclose(np.diag(H), np.sum(X**2, axis=1) / 2, rtol=d * EPS)
    f = ss.TwoLayerReLU(X, np.ones(len(X)), 2)
    np.testing.assert_array_equal(f.infinite_width_gram(), H)


@pytest.mark.parametrize(("depth", "gain"), [(1, math.sqrt(2)), (2, 1.0), (3, 1.7), (8, 1.3)])
@pytest.mark.parametrize("trained", ["all", "hidden"])
def test_deep_kernels_are_the_recursion_in_many_digits(
    depth: int, gain: float, trained: str
) -> None:
    X = near_and_far(depth, 4)
    theta = ss.kernel.deep_infinite_width_gram(X, depth, gain=gain, trained=trained)
    scale = np.sqrt(np.diag(theta)[:, None] * np.diag(theta))
    error = np.abs(theta - entries(X, depth, gain, trained))
    assert np.all(error <= 8 * depth * EPS * scale)


def test_deep_kernels_have_known_diagonals_and_limits() -> None:
    X = np.random.default_rng(0).normal(size=(9, 5))
    squares = np.sum(X**2, axis=1)
    for depth in (1, 2, 7):
        theta = ss.kernel.deep_infinite_width_gram(X, depth)
        np.testing.assert_allclose(np.diag(theta), (depth + 1) * squares, rtol=depth * 4 * EPS)
    # in great depth all pairs look alike, up to a quarter: Theta / depth -> |x| |z| / 4
    U = X / np.sqrt(squares)[:, None]
    deep = ss.kernel.deep_infinite_width_gram(U, 20_000) / 20_000
    np.testing.assert_allclose(deep[~np.eye(9, dtype=bool)], 0.25, atol=0.001)
    right_angle = ss.kernel.deep_infinite_width_gram(np.eye(2), 1)
    np.testing.assert_allclose(right_angle, [[2, 1 / math.pi], [1 / math.pi, 2]], rtol=4 * EPS)


@pytest.mark.parametrize(("depth", "gain"), [(1, 1.0), (3, math.sqrt(2))])
def test_it_is_the_mean_over_wide_networks(depth: int, gain: float) -> None:
    rng, width, draws = np.random.default_rng(depth), 300, 100
    X = rng.normal(size=(6, 5))
    found = np.array([slow.random_deep_kernel(X, depth, gain, width, rng) for _ in range(draws)])
    theta = ss.kernel.deep_infinite_width_gram(X, depth, gain=gain)
    # four standard errors, and what a finite width changes of the mean: of the order of depth / m
    size = np.sqrt(np.diag(theta)[:, None] * np.diag(theta))
    allowed = 4 * found.std(axis=0) / math.sqrt(draws) + depth * size / width
    assert np.all(np.abs(found.mean(axis=0) - theta) < allowed)
    assert np.all(allowed < 0.1 * size)


SMOOTH = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "softplus": (lambda z: np.log1p(np.exp(z)), lambda z: 1 / (1 + np.exp(-z))),
    "quadratic": (np.square, lambda z: 2 * z),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize(("depth", "gain"), [(1, 1.0), (3, 0.7)])
def test_smooth_kernels_are_means_over_the_plane(name: str, depth: int, gain: float) -> None:
    act, slope = SMOOTH[name]
    X = np.random.default_rng(depth).normal(size=(4, 3)) * [[0.3], [0.7], [1.0], [0.6]]
    X = np.array([*X, X[0] + 1e-9, -X[1]])
    theta = ss.kernel.deep_infinite_width_gram(X, depth, activation=name, gain=gain)
    entries = [
        [slow.deep_kernel_by_quadrature(x, z, depth, gain, act, slope) for z in X] for x in X
    ]
    scale = np.sqrt(np.diag(theta)[:, None] * np.diag(theta))
    np.testing.assert_allclose(theta / scale, entries / scale, rtol=0, atol=1e-11)


def test_smooth_kernels_have_known_values() -> None:
    X = np.random.default_rng(1).normal(size=(5, 3))
    inner, squares = X @ X.T, np.sum(X**2, axis=1)
    # E u^2 v^2 = |x|^2 |z|^2 + 2 (x . z)^2, E 2u 2v = 4 x . z
    moments = squares[:, None] * squares + 2 * inner**2
    found = ss.kernel.deep_infinite_width_gram(X, 1, activation="quadratic", gain=1.0)
    np.testing.assert_allclose(found, moments + 4 * inner**2, rtol=1e-13, atol=1e-13)
    unit = X / np.sqrt(squares)[:, None]
    for name in ("tanh", "softplus", "quadratic"):
        for depth in (1, 3):
            total, hidden = (
                ss.kernel.deep_infinite_width_gram(unit, depth, activation=name, trained=trained)
                for trained in ("all", "hidden")
            )
            np.testing.assert_allclose(np.diag(total - hidden), 1, rtol=1e-13)  # features' lengths
    zero = ss.kernel.deep_infinite_width_gram(np.zeros((2, 3)), 2, activation="tanh")
    np.testing.assert_array_equal(zero, np.zeros((2, 2)))


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 9), depth=st.integers(1, 4))
def test_kernels_are_semidefinite_and_do_not_know_the_order(seed: int, n: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    X, order = rng.normal(size=(n, 3)), rng.permutation(n)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    for trained in ("all", "hidden"):
        H = ss.kernel.deep_infinite_width_gram(X, depth, trained=trained)
        size = np.abs(H).max()
        assert ss.kernel.smallest_eigenvalue(H) >= -8 * n * depth * EPS * size
        for other, expected in ((X[order], H[np.ix_(order, order)]), (X @ turn, H), (3 * X, 9 * H)):
            found = ss.kernel.deep_infinite_width_gram(other, depth, trained=trained)
            np.testing.assert_allclose(found, expected, rtol=0, atol=100 * EPS * size)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 7))
def test_the_law_of_random_labels_is_that_of_all_of_them(seed: int, n: int) -> None:
    H = slow.some_gram(seed, n) + 0.1 * np.eye(n)
    values = [y @ np.linalg.solve(H, y) for y in map(np.array, product([-1.0, 1.0], repeat=n))]
    law = ss.kernel.random_label_law(H)
    assert law.mean == pytest.approx(np.mean(values), rel=1e-10)
    assert law.variance == pytest.approx(np.var(values), rel=1e-8, abs=1e-10 * law.mean**2)


def test_the_law_for_given_numbers_and_drawn_labels() -> None:
    # H^-1 = [[2, -1], [-1, 2]] / 3: y'H^-1 y is 2 or 2/3
    law = ss.kernel.random_label_law([[2.0, 1.0], [1.0, 2.0]])
    np.testing.assert_allclose(law, (4 / 3, 4 / 9), rtol=1e-14)
    assert ss.kernel.label_complexity([[2.0, 1.0], [1.0, 2.0]], [1.0, -1.0]) == pytest.approx(
        math.sqrt(2), rel=1e-14
    )
    f = ss.TwoLayerReLU.random(20, samples=100, width=2, labels="random", seed=5)
    H, N = f.infinite_width_gram(), 20_000
    law, inverse = ss.kernel.random_label_law(H), np.linalg.inv(H)
    Y = np.random.default_rng(7).choice([-1.0, 1.0], size=(N, 100))
    drawn = np.sum(Y @ inverse * Y, axis=1)
    assert abs(drawn.mean() - law.mean) < 4 * math.sqrt(law.variance / N)
    fourth = np.mean((drawn - drawn.mean()) ** 4) / law.variance**2
    assert abs(drawn.var() / law.variance - 1) < 4 * math.sqrt((fourth - 1) / N)


def test_true_labels_are_simpler_and_learnt_sooner_than_random_ones() -> None:
    counts, complexities, early = {}, {}, {}
    for labels in ("teacher", "random"):
        f = ss.TwoLayerReLU.random(10, samples=200, width=2, labels=labels, seed=5)
        H = f.infinite_width_gram()
        step = 1 / np.linalg.norm(H, 2)
        counts[labels] = ss.kernel.steps_to(H, 0 * f.y, f.y, 0.01 * (f.y @ f.y) / 2, step)
        complexities[labels] = ss.kernel.label_complexity(H, f.y)
        found = ss.kernel.alignment(H, f.y)
        early[labels] = found.shares[:20].sum()
        assert found.shares.sum() == pytest.approx(1, rel=1e-13)
        np.testing.assert_allclose(
            found.eigenvalues, np.linalg.eigvalsh(H)[::-1], rtol=0, atol=1e-14 * H.trace()
        )
    assert counts["teacher"] < 0.8 * counts["random"]
    law = ss.kernel.random_label_law(H)
    below = law.mean - 4 * math.sqrt(law.variance)
    assert complexities["teacher"] < math.sqrt(2 * below / 200) < complexities["random"]
    assert early["teacher"] > 2 * early["random"]


def test_shares_are_along_eigenvectors() -> None:
    found = ss.kernel.alignment(np.diag([1.0, 3.0, 2.0]), [[3.0], [4.0], [0.0]])
    np.testing.assert_array_equal(found.eigenvalues, [3, 2, 1])
    np.testing.assert_allclose(found.shares, [0.64, 0, 0.36], rtol=1e-15)
    assert ss.kernel.smallest_eigenvalue(np.diag([1.0, 3.0, -2.0])) == -2


H, ONES = np.diag([1.0, 2.0]), np.ones(2)
SINGULAR = np.ones((2, 2))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: ss.kernel.infinite_width_gram([1.0]),
            r"X must have shape \(n, d\), got \(1,\)",
        ),
        (
            lambda: ss.kernel.deep_infinite_width_gram(H, 0),
            "hidden_layers must be a whole number >= 1, got 0",
        ),
        (
            lambda: ss.kernel.deep_infinite_width_gram(H, 1, activation="sine"),
            "activation must be one of 'relu', 'tanh', 'softplus', 'quadratic', got 'sine'",
        ),
        (
            lambda: ss.kernel.deep_infinite_width_gram(20 * H, 1, activation="tanh"),
            r"X must have inputs of a length of about 1 for this activation, but what X\[1\] gives "
            "to layer 1 has standard deviation 40; scale X, or lower gain",
        ),
        (
            lambda: ss.kernel.deep_infinite_width_gram(H, 1, gain=0.0),
            "gain must be a positive number and finite, got 0.0",
        ),
        (
            lambda: ss.kernel.deep_infinite_width_gram(H, 1, trained="inner"),
            "trained must be one of 'all', 'hidden', got 'inner'",
        ),
        (
            lambda: ss.kernel.smallest_eigenvalue([[1.0, 2.0], [0.0, 1.0]]),
            r"gram must be symmetric, but gram\[0, 1\] is 2 and gram\[1, 0\] is 0; pass \(gram",
        ),
        (
            lambda: ss.kernel.alignment(-H, ONES),
            "gram must be positive semidefinite, but its smallest eigenvalue is -2; pass a Gram",
        ),
        (
            lambda: ss.kernel.label_complexity(SINGULAR, ONES),
            "gram must be positive definite, but 1 of its 2 eigenvalues are 0 up to rounding; "
            "leave out inputs that are parallel or zero, or take a wider network",
        ),
        (lambda: ss.kernel.random_label_law(SINGULAR), "gram must be positive definite, but 1 of"),
        (
            lambda: ss.kernel.label_complexity(H, np.ones(3)),
            r"y must have shape \(2,\), got \(3,\)",
        ),
        (
            lambda: ss.kernel.alignment(H, np.zeros(2)),
            "y must not be all 0, got zeros; there is nothing to be learnt",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(call: Callable[[], object], text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        call()


def test_it_is_at_hand_without_scipy() -> None:
    import subprocess
    import sys

    check = "import sys, saddlesim as ss; ss.kernel.gram; print('scipy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)
    assert found.stdout == "False\n"
