"""Jacobians and Gram matrices of all networks on samples, at any weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import saddlesim as ss
from references import kernel as slow

ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "tanh", "arctan")
NETWORKS: dict[str, Callable[[], ss.Landscape]] = {
    "rectifiers": lambda: ss.TwoLayerReLU.random(5, samples=19, width=9),
    "rectifiers, other signs": lambda: ss.TwoLayerReLU(
        np.random.default_rng(1).normal(size=(6, 3)), np.arange(6.0), 4, [1, -1, -1, -1]
    ),
    "quadratic, by samples": lambda: ss.QuadraticNetwork.random(4, width=3, samples=9),
    "quadratic, by entries": lambda: ss.QuadraticNetwork.random(4, width=3, samples=300),
    "linear, reduced": lambda: ss.DeepLinearNetwork.random([4, 3, 5, 2], samples=11),
    "linear, one output": lambda: ss.DeepLinearNetwork.random([4, 3, 1], samples=3),
    "linear, 150 outputs": lambda: ss.DeepLinearNetwork.random([3, 2, 150], samples=2),
    **{f"three points, {a}": lambda a=a: ss.SmallDataNetwork(a) for a in ACTIVATIONS},
}


@pytest.fixture(params=NETWORKS, scope="module")
def network(request: pytest.FixtureRequest) -> ss.Landscape:
    return NETWORKS[request.param]()


def test_the_jacobian_is_that_of_the_outputs(network: ss.Landscape) -> None:
    x = np.random.default_rng(3).normal(size=network.dim)
    J = ss.kernel.jacobian(network, x)
    assert J.shape == (network.targets.size, network.dim)
    assert len(network.inputs) == len(network.targets)
    assert network.predictions(x).shape == network.targets.shape
    differences = slow.difference_jacobian(network.predictions, x)
    # h^2 times a third derivative, and 1e-16 of the outputs divided by h
    scale = np.abs(J).max() + np.abs(network.predictions(x)).max()
    np.testing.assert_allclose(J, differences, rtol=0, atol=1e-9 * scale)
    np.testing.assert_array_equal(network.jacobian(x), J)


def test_the_loss_is_that_of_the_outputs(network: ss.Landscape) -> None:
    x = np.random.default_rng(4).normal(size=network.dim)
    residual = (network.predictions(x) - network.targets).ravel()
    value = network.residual_weight * (residual @ residual) / 2
    assert network.value(x) == pytest.approx(value, rel=1e-12)
    gradient = network.residual_weight * network.jacobian(x).T @ residual
    scale = np.abs(gradient).max()
    np.testing.assert_allclose(network.gradient(x), gradient, rtol=0, atol=1e-12 * scale)


def test_the_gram_matrix_is_the_jacobian_times_its_transpose(network: ss.Landscape) -> None:
    x = np.random.default_rng(5).normal(size=network.dim)
    J, H = network.jacobian(x), ss.kernel.gram(network, x)
    np.testing.assert_allclose(H, J @ J.T, rtol=0, atol=1e-14 * network.dim * np.abs(H).max())
    np.testing.assert_array_equal(H, H.T)
    assert ss.kernel.smallest_eigenvalue(H) >= -1e-14 * len(H) * np.abs(H).max()
    np.testing.assert_array_equal(network.gram(x), H)


def test_tiles_and_threads_do_not_show() -> None:
    f = ss.TwoLayerReLU.random(3, samples=300, width=20)  # three tiles, the last one smaller
    x = np.random.default_rng(6).normal(size=f.dim)
    H, J = ss.kernel.gram(f, x, threads=1), f.jacobian(x)
    for threads in (2, 3, 9):
        np.testing.assert_array_equal(ss.kernel.gram(f, x, threads=threads), H)
    np.testing.assert_allclose(H, J @ J.T, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(H, H.T)
    patterns = f.activation_patterns(x).astype(float)
    np.testing.assert_allclose(H, (f.X @ f.X.T) * (patterns.T @ patterns) / 20, rtol=0, atol=1e-14)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 12), width=st.integers(1, 8))
def test_samples_in_another_order_give_the_matrix_in_that_order(
    seed: int, n: int, width: int
) -> None:
    rng = np.random.default_rng(seed)
    X, y, order = rng.normal(size=(n, 3)), rng.normal(size=n), rng.permutation(n)
    for make in (ss.TwoLayerReLU, ss.QuadraticNetwork):
        f, moved = make(X, y, width), make(X[order], y[order], width)
        x = rng.normal(size=f.dim)
        H = ss.kernel.gram(f, x)
        assert ss.kernel.smallest_eigenvalue(H) >= -1e-13 * np.abs(H).max()
        np.testing.assert_allclose(
            ss.kernel.gram(moved, x), H[np.ix_(order, order)], rtol=0, atol=1e-13 * np.abs(H).max()
        )


def test_kinks_are_where_the_gradient_has_them() -> None:
    # w . x is 0 up to rounding, which a sum in another order would place on the other side
    rng = np.random.default_rng(7)
    X = rng.normal(size=(40, 7))
    W = rng.normal(size=(8, 7))
    W -= (W @ X[0])[:, None] * X[0] / (X[0] @ X[0])
    f = ss.TwoLayerReLU(X, rng.normal(size=40), 8)
    residual = f.predictions(W) - f.y
    np.testing.assert_allclose(
        f.gradient(W.ravel()), f.jacobian(W).T @ residual, rtol=0, atol=1e-13
    )
    at_zero = ss.TwoLayerReLU(np.eye(2), [2.0, 3.0], 2)  # active there
    np.testing.assert_allclose(ss.kernel.gram(at_zero, np.zeros(4)), np.eye(2), rtol=1e-15)


def test_its_mean_and_spread_at_random_weights() -> None:
    # an entry is x_i . x_j times the mean of m coins that show p
    n, d, m, trials = 8, 4, 16, 4000
    f = ss.TwoLayerReLU.random(d, samples=n, width=m, seed=1)
    W = np.random.default_rng(8).normal(size=(trials, f.dim))
    drawn = np.array([ss.kernel.gram(f, w, threads=1) for w in W])
    H, inner = ss.kernel.infinite_width_gram(f.X), f.X @ f.X.T
    p = H / inner
    variance = inner**2 * p * (1 - p) / m
    assert np.all(np.abs(drawn.mean(axis=0) - H) < 4 * np.sqrt(variance / trials) + 1e-15)
    # the relative spread of a variance, the coins' kurtosis included: -6 + 1 / (p (1 - p)) over m
    spread = np.sqrt((2 + (1 / (p * (1 - p)) - 6) / m) / trials)
    assert np.all(np.abs(drawn.var(axis=0) / variance - 1) < 4 * spread)


def test_it_approaches_infinite_width_like_one_over_the_root_of_the_width() -> None:
    widths, rng, errors = [64, 256, 1024, 4096], np.random.default_rng(9), []
    for width in widths:
        f = ss.TwoLayerReLU.random(5, samples=20, width=width, seed=2)
        H = f.infinite_width_gram()
        draws = [f.gram(rng.normal(size=f.dim)) for _ in range(60)]
        errors.append(np.mean([np.linalg.norm(G - H) for G in draws]))
    assert np.polyfit(np.log(widths), np.log(errors), 1)[0] == pytest.approx(-0.5, abs=0.05)


def wide(outputs: int) -> ss.DeepLinearNetwork:
    return ss.DeepLinearNetwork(np.ones((3, 2)), np.ones((3, outputs)), [1])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: ss.kernel.gram(ss.StudentTeacher.random(3), np.zeros(9)),
            r"landscape must be a network on samples such as ss.TwoLayerReLU, got "
            r"StudentTeacher\(.*; a loss that is a mean over all inputs has no Gram matrix",
        ),
        (
            lambda: ss.kernel.jacobian(ss.Octopus(3), np.zeros(3)),
            r"landscape must be a network on samples .* got Octopus\(dim=3\)",
        ),
        (
            lambda: ss.kernel.gram(ss.QuadraticNetwork.random(3), np.zeros((2, 9))),
            r"x must be one point, of shape \(9,\) or \(3, 3\), got \(2, 9\); take the points one",
        ),
        (
            lambda: ss.SmallDataNetwork().predictions(np.zeros((3, 3))),
            r"x must be one point, of shape \(9,\), got \(3, 3\)",
        ),
        (
            lambda: ss.kernel.gram(ss.SmallDataNetwork(), np.full(9, math.nan)),
            r"x must be finite, but x\[0\] is nan; remove or replace the 9 entries",
        ),
        (
            lambda: ss.kernel.gram(ss.SmallDataNetwork(), np.zeros(9), threads=0),
            "threads must be a whole number >= 1, got 0",
        ),
        (
            lambda: ss.kernel.jacobian(wide(20_000), np.zeros(20_002)),
            r"the Jacobian at x has 60,000 x 20,002 numbers, which would take more than 4 GiB; use "
            "gram, which does not write it out",
        ),
        (
            lambda: ss.kernel.gram(wide(20_000), np.zeros(20_002)),
            "the Gram matrix of 60,000 outputs would take more than 4 GiB; make the landscape of",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(call: Callable[[], object], text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        call()


def test_the_core_checks_too() -> None:
    core = ss._core
    with pytest.raises(ValueError, match="landscape must be a network on samples"):
        core.gram(ss.Octopus(3).core, np.zeros(3), 1)
    with pytest.raises(ValueError, match="point must have dim numbers"):
        core.predictions(ss.SmallDataNetwork().core, np.zeros(8))
    assert math.isnan(ss.SmallDataNetwork().predictions(np.full(9, math.nan))[0])
