"""Deep networks: formulas, one trajectory alone, starts with outputs 0, and what training does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

import landscape_checks as check
import saddlesim as ss
from references import deep
from saddlesim.precision import compiled

ACTIVATIONS = ("relu", "tanh", "softplus", "quadratic")
NEVER = ss.LeavesBall(radius=1e300)
Vector = np.ndarray


def some(
    seed: int, n: int, widths: list[int], activation: str, loss: str, scaling: str = "ntk"
) -> ss.DeepNetwork:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n, widths[-1]))
    if loss == "logistic":
        Y = np.where(Y > 0, 1.0, -1.0)
    X = rng.normal(size=(n, widths[0]))
    return ss.DeepNetwork(X, Y, widths[1:-1], activation, loss, scaling)


def reference(f: ss.DeepNetwork) -> deep.DeepNetwork:
    gain = f.activation_gain
    scales = [1.0, *(gain / math.sqrt(m) if f.scaling == "ntk" else 1.0 for m in f.hidden)]
    Y = f.Y.reshape(len(f.X), -1)
    return deep.DeepNetwork(f.X, Y, f.widths, tuple(scales), f.activation, f.loss)


@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 5),
    widths=st.lists(st.integers(1, 5), min_size=3, max_size=5),
    activation=st.sampled_from(ACTIVATIONS),
    loss=st.sampled_from(["squared", "logistic"]),
    scaling=st.sampled_from(["ntk", "standard"]),
)
def test_it_is_the_reference(
    seed: int, n: int, widths: list[int], activation: str, loss: str, scaling: str
) -> None:
    f = some(seed, n, widths, activation, loss, scaling)
    slow = reference(f)
    X, V = np.random.default_rng(seed + 1).uniform(-0.7, 0.7, size=(2, 3, f.dim))
    # numbers of a row are sums that may cancel, of terms about as large as its largest ones
    for found, exact, size in (
        (f.value(X), [slow.value(x) for x in X], 1.0),
        (f.gradient(X), [slow.gradient(x) for x in X], 10.0),
        (f.hvp(X, V), [slow.hvp(x, v) for x, v in zip(X, V, strict=True)], 100.0),
    ):
        expected = np.array(exact)
        atol = 1e-12 * max(size, float(np.abs(expected).max()))
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol)
    outputs = np.array([slow.output(X[0], s) for s in f.X])
    atol = 1e-12 * max(1.0, float(np.abs(outputs).max()))
    np.testing.assert_allclose(f.predictions(X[0]).reshape(n, -1), outputs, rtol=0, atol=atol)
    check.round_trip(f, X)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_derivatives_are_differences_and_it_describes_itself(activation: str, loss: str) -> None:
    f = some(1, 6, [3, 4, 5, 2], activation, loss)
    x = 0.5 * np.random.default_rng(0).normal(size=f.dim)
    check.differences(f, x, np.eye(f.dim), tol=1e-6)
    check.symmetric(f, x)
    check.describes_itself(f)
    assert (f.size, f.depth, f.widths, f.hessian_lipschitz) == (3, 3, (3, 4, 5, 2), math.inf)
    assert f != ss.DeepNetwork(f.X, f.Y, [4, 5], activation, loss, "standard")


@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 9),
    widths=st.lists(st.integers(1, 19), min_size=3, max_size=5),
    activation=st.sampled_from(ACTIVATIONS),
    loss=st.sampled_from(["squared", "logistic"]),
    dtype=st.sampled_from(["float64", "float32"]),
)
def test_one_trajectory_alone_has_the_bits_of_a_lane(
    seed: int, n: int, widths: list[int], activation: str, loss: str, dtype: str
) -> None:
    f, core = some(seed, n, widths, activation, loss), compiled(dtype)
    lanes = f.lowered(core)
    X, V = np.random.default_rng(seed + 1).normal(size=(2, 1, f.dim))
    for threads in (1, 2):
        beside, value, gradient, product = core.solo_derivatives(lanes, X[0], V[0], threads)
        assert beside == value == lanes.value(X, 1)[0]
        np.testing.assert_array_equal(gradient, lanes.gradient(X, 1)[0])
        np.testing.assert_array_equal(product, lanes.hvp(X, V, 1)[0])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_products_that_are_taken_in_blocks_have_the_same_bits(dtype: str) -> None:
    f, core = some(3, 45, [7, 150, 133, 1], "tanh", "squared"), compiled(dtype)
    lanes = f.lowered(core)
    X, V = np.random.default_rng(4).normal(size=(2, 1, f.dim))
    _, _, gradient, product = core.solo_derivatives(lanes, X[0], V[0], 1)
    np.testing.assert_array_equal(gradient, lanes.gradient(X, 1)[0])
    np.testing.assert_array_equal(product, lanes.hvp(X, V, 1)[0])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_jacobian(activation: str) -> None:
    f = some(2, 5, [3, 4, 2, 3], activation, "squared")
    x = np.random.default_rng(1).normal(size=f.dim)
    found = f.jacobian(x)
    slow = reference(f)
    expected = np.concatenate([slow.jacobian(x, s) for s in f.X])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())
    gram = expected @ expected.T
    np.testing.assert_allclose(f.gram(x), gram, rtol=0, atol=1e-12 * np.abs(gram).max())


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("symmetrised", [False, True])
def test_gram_matrix_tends_to_that_of_infinite_width(activation: str, symmetrised: bool) -> None:
    start = ss.SymmetrizedGaussian(1.0) if symmetrised else ss.Gaussian(1.0)
    widths = [64, 256, 1024]
    errors = []
    for width in widths:
        f = ss.DeepNetwork.random(6, samples=8, width=width, depth=3, activation=activation)
        limit = ss.kernel.deep_infinite_width_gram(f.X, f.depth - 1, activation=activation)
        points = start.sample(f, trials=16, seed=1)
        off = np.mean([np.sum((f.gram(x) - limit) ** 2) for x in points])
        errors.append(math.sqrt(off) / np.linalg.norm(limit))
    # 16 starts know an error to about a quarter, its power over a factor of 16 to 0.1; squares of
    # squares have heavy tails, and are far from their limit in narrow networks.
    quadratic = activation == "quadratic"
    assert errors[-1] < (0.4 if quadratic else 0.15)
    power = np.log(errors[-1] / errors[0]) / np.log(widths[-1] / widths[0])
    assert power == pytest.approx(-0.5, abs=0.45 if quadratic else 0.2)


def test_large_outputs_have_their_logistic_loss() -> None:
    f = ss.DeepNetwork([[1.0]], [1.0], [1], loss="logistic", scaling="standard")
    u = np.array([-1e6, -800.0, -40.0, 0.0, 40.0, 700.0, 1e6])
    points = np.stack([np.ones_like(u), u], axis=1)
    np.testing.assert_allclose(f.value(points), np.logaddexp(0, -u), rtol=1e-15)
    slopes = [-1.0, -1.0, -1.0, -0.5, -math.exp(-40), -math.exp(-700), 0.0]
    np.testing.assert_allclose(f.gradient(points)[:, 1], slopes, rtol=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gain_keeps_the_mean_square(activation: str) -> None:
    f = ss.DeepNetwork(np.eye(1), [0.0], [1], activation)
    act = deep.DeepNetwork(f.X, f.Y, f.widths, (1.0, 1.0), activation, "squared").act
    square = integrate.quad(lambda g: act(np.array(g))[0] ** 2 * stats.norm.pdf(g), -15, 15)[0]
    assert f.activation_gain == pytest.approx(square**-0.5, rel=1e-8)
    assert ss.DeepNetwork(np.eye(1), [0.0], [1], activation, gain=2).activation_gain == 2
    # wide layers hand on the length that they get
    wide = ss.DeepNetwork(np.eye(10)[:1], np.zeros((1, 100)), [300, 300], activation)
    outputs = [wide.predictions(x) for x in ss.Gaussian(1.0).sample(wide, trials=60)]
    # for z^2 the worst: its relative variance, E g^8 / (E g^4)^2 - 1, is 10.7
    spread = math.sqrt((2 * 10.7 / 300 + 2 / 100) / 60)
    assert np.mean(np.square(outputs)) == pytest.approx(1, abs=5 * spread)


@pytest.mark.parametrize("scaling", ["ntk", "standard"])
@pytest.mark.parametrize("hidden", [[6], [10, 4], [4, 6, 8]])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_symmetrized_start_has_outputs_zero(
    activation: str, hidden: list[int], scaling: str
) -> None:
    f = some(5, 7, [3, *hidden, 2], activation, "squared", scaling)
    start = ss.SymmetrizedGaussian(1.5)
    assert f.default_initial() == ss.SymmetrizedGaussian()
    points = start.sample(f, trials=400)
    weights = list(f.unflatten(points).values())
    for x in points[:5]:
        np.testing.assert_array_equal(f.predictions(x), 0.0)
        assert f.core.value(x[None], 1)[0] == pytest.approx(np.sum(f.Y**2) / 2, rel=1e-15)
    for layer, (W, slope) in enumerate(
        zip(weights, f.unflatten(f.gradient(points)).values(), strict=True)
    ):
        # in a few networks so narrow all ReLUs of a layer may be off
        assert np.mean(np.abs(slope).max(axis=(1, 2)) > 0) > 0.8
        fan = 1 if scaling == "ntk" else W.shape[-1]
        sd = 1.5 * (f.activation_gain if layer and scaling == "standard" else 1) / math.sqrt(fan)
        numbers = (
            W[:, : max(W.shape[1] // 2, 1)] if layer < f.depth - 1 else W[..., : hidden[-1] // 2]
        )
        assert numbers.std() == pytest.approx(sd, rel=4 / math.sqrt(2 * numbers.size))
    top, bottom = np.split(weights[0], 2, axis=1)
    np.testing.assert_array_equal(top, bottom)
    for W in weights[1:-1]:
        top, bottom = np.split(W, 2, axis=1)
        np.testing.assert_array_equal(top, np.roll(bottom, W.shape[-1] // 2, axis=2))
    left, right = np.split(weights[-1], 2, axis=2)
    np.testing.assert_array_equal(left, -right)


def test_kaiming_starts() -> None:
    f = ss.DeepNetwork.random(6, hidden=[8, 3], scaling="standard")
    assert f.default_initial() == ss.Kaiming()
    assert ss.DeepNetwork.random(6, hidden=[8, 3]).default_initial() == ss.Gaussian(1.0)
    linear = ss.DeepLinearNetwork.random([6, 8, 3])
    for g, gain in ((f, math.sqrt(2)), (linear, 1.0)):
        starts = g.unflatten(ss.Kaiming(scale=2.0).sample(g, trials=3000, seed=1))
        for layer, (W, (inputs, _)) in enumerate(
            zip(starts.values(), g.fans.values(), strict=True)
        ):
            sd = 2 * (gain if layer else 1) / math.sqrt(inputs)
            assert W.std() == pytest.approx(sd, rel=4 / math.sqrt(2 * W.size))


def test_smoothness_is_positive_also_where_units_are_off() -> None:
    f = ss.DeepNetwork.random(3, samples=9, hidden=[4, 3], seed=1)
    norms = [np.linalg.norm(f.hessian(x), 2) for x in f.default_initial().sample(f, trials=4)]
    assert min(norms) == 0  # in one of the starts no ReLU of a layer is active
    assert f.smoothness == pytest.approx(2 * max(norms), rel=0.1)
    off = ss.DeepNetwork(-np.eye(1), [1.0], [1])
    assert off.smoothness >= 1


def test_patterns_and_movement() -> None:
    f = ss.DeepNetwork(np.eye(2), [0.0, 1.0], [3, 2])
    W1 = np.array([[1.0, 1.0], [-1.0, 2.0], [3.0, -1.0]])
    W2 = np.array([[1.0, 0.0, 1.0], [-1.0, 1.0, 0.0]])
    x0 = f.flatten(W1=W1, W2=W2, W3=[[1.0, 1.0]])
    first, second = f.activation_patterns(x0)
    np.testing.assert_array_equal(first, [[True, True], [False, True], [True, False]])
    np.testing.assert_array_equal(second, [[True, True], [False, True]])
    moved = W2 + np.array([[0.0, 3.0, -4.0], [0.0, 0.0, 0.0]])
    x = f.flatten(W1=W1 * [[1.0], [1.0], [-1.0]], W2=moved, W3=[[9.0, 9.0]])
    assert f.largest_movement(x, x0) == pytest.approx(math.sqrt(40))
    first, second = f.activation_patterns(x)
    np.testing.assert_array_equal(second, [[True, True], [False, True]])
    assert f.changed_patterns(x, x0) == 2 / 10
    assert f.changed_patterns(x, x) == 0
    slow = some(0, 9, [3, 5, 4, 1], "relu", "squared")
    point = np.random.default_rng(0).normal(size=slow.dim)
    h = slow.X.T
    for W, active in zip(
        list(slow.unflatten(point).values())[:-1], slow.activation_patterns(point), strict=True
    ):
        h = W @ h
        np.testing.assert_array_equal(active, h >= 0)
        h = h * active


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [[3], [2, 3]])
def test_the_origin(hidden: list[int], activation: str, loss: str) -> None:
    f = some(2, 8, [4, *hidden, 2], activation, loss)
    points = f.stationary_points()
    if activation == "softplus":
        assert points == []
        assert np.abs(f.gradient(np.zeros(f.dim))).max() > 1e-3
        return
    check.stationary(f, points)
    strict = len(hidden) == 1 and activation != "quadratic"
    assert points[0].kind == ("strict saddle" if strict else "degenerate")
    if not strict:
        return
    down = points[0].min_eigenvalue  # along a unit's best direction f falls by that, or half of it
    slopes = (f.Y if loss == "squared" else f.Y / 2).T @ f.X
    left, _, right = np.linalg.svd(slopes)
    falls = []
    for sign in (1, -1):
        W1, W2 = np.zeros(f.parts["W1"]), np.zeros(f.parts["W2"])
        W1[0], W2[:, 0] = sign * right[0], sign * left[:, 0]
        step = 1e-3 * f.flatten(W1=W1, W2=W2) / math.sqrt(2)
        falls.append(float(f.value(step) - points[0].value) / (0.5e-6))
    assert min(falls) <= 0.5 * down * (1 - 1e-3)
    assert min(falls) >= down * (1 + 1e-3) if activation == "tanh" else True


def test_the_minimum_is_zero_where_targets_can_be_fitted_for_certain() -> None:
    X, y = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), [1.0, -2.0, 1.0]
    for known in (
        ss.DeepNetwork(X, y, [3]),
        ss.DeepNetwork(X, y, [3], "tanh"),
        ss.DeepNetwork(X, y, [4, 3]),
        ss.DeepNetwork(X, np.zeros(3), [1], "quadratic"),
    ):
        assert known.minimum_value == 0
    for unclear in (
        ss.DeepNetwork(X, y, [2]),
        ss.DeepNetwork(X, y, [3, 3], "tanh"),
        ss.DeepNetwork(X, y, [9], "quadratic"),
        ss.DeepNetwork(-X[[0, 1, 1]], y, [9]),
        ss.DeepNetwork(X, np.sign(y), [3], loss="logistic"),
    ):
        assert math.isnan(unclear.minimum_value)
    assert ss.DeepNetwork(X, np.zeros(3), [1]).default_escape() == ss.ReachesMinimum()
    assert ss.DeepNetwork(X, y, [1]).default_escape() == ss.ValueBelow(0.03)


@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus"])
def test_runs_depend_on_ids_alone_and_fit_the_labels(activation: str) -> None:
    f = ss.DeepNetwork.random(3, samples=6, hidden=[24, 24], activation=activation, seed=6)
    method = ss.GradientDescent(1 / f.smoothness)
    times = check.runs_alike(f, method, max_steps=3000)
    assert times.escaped.all()
    assert np.all(times.value < 0.01 * (f.Y @ f.Y) / 2)


def test_below_log_two_every_output_has_the_right_sign() -> None:
    f = ss.DeepNetwork.random(3, samples=9, width=20, loss="logistic", labels="random", seed=1)
    assert set(f.Y) == {-1.0, 1.0}
    times = ss.escape_times(
        f, ss.GradientDescent(0.5), trials=20, max_steps=5000, record=("points",)
    )
    assert times.escaped.all()
    for x, value in zip(times.points, times.value, strict=True):
        assert value < math.log(2)
        assert np.all(f.predictions(x) * f.Y > 0)


def test_a_wide_network_moves_little_and_follows_its_kernel() -> None:
    f = ss.DeepNetwork.random(5, samples=8, hidden=[512, 512], seed=2)
    x = f.default_initial().sample(f, trials=1)[0]
    kernel = f.gram(x)
    step = 1 / np.linalg.norm(kernel, 2)
    run = ss.escape_times(
        f,
        ss.GradientDescent(step),
        initial=ss.At(x),
        escape=NEVER,
        trials=1,
        max_steps=5,
        record=("points",),
    )
    predicted = np.linalg.matrix_power(np.eye(8) - step * kernel, 5) @ -f.Y
    residual = f.predictions(run.points[0]) - f.Y
    assert np.linalg.norm(residual - predicted) < 0.05 * np.linalg.norm(predicted)
    assert f.changed_patterns(run.points[0], x) < 0.05
    assert f.largest_movement(run.points[0], x) < 0.1 * math.sqrt(512)


def test_random_problems() -> None:
    f = ss.DeepNetwork.random(5, seed=3)
    assert (f.X.shape, f.hidden, f.Y.shape) == ((20, 5), (80,), (20,))
    np.testing.assert_allclose(np.linalg.norm(f.X, axis=1), 1, rtol=1e-14)
    assert f == ss.DeepNetwork.random(5, hidden=[80], seed=3)
    assert f != ss.DeepNetwork.random(5, seed=4)
    assert ss.DeepNetwork.random(4, depth=4, width=3).hidden == (3, 3, 3)
    assert set(ss.DeepNetwork.random(4, labels="teacher").Y) == {-1.0, 1.0}
    assert ss.DeepNetwork.random(4, loss="logistic").loss == "logistic"
    column = ss.DeepNetwork(f.X, f.Y[:, None], [80])
    assert column == f


X = np.eye(2)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ss.DeepNetwork(X, [1.0], [2]), r"Y must have shape \(2,\), got \(1,\)"),
        (lambda: ss.DeepNetwork(X, np.eye(3), [2]), r"Y must have shape \(2, d\), got \(3, 3\)"),
        (
            lambda: ss.DeepNetwork(X, X, 3),
            r"hidden must be widths such as \[4, 4\], got 3; for one layer write \[4\]",
        ),
        (
            lambda: ss.DeepNetwork(X, X, []),
            r"hidden must have at least one width, got \[\]; DeepLinearNetwork needs no hidden",
        ),
        (
            lambda: ss.DeepNetwork(X, X, [2], "sigmoid"),
            "activation must be one of 'relu', 'tanh', 'softplus', 'quadratic', got 'sigmoid'",
        ),
        (lambda: ss.DeepNetwork(X, X, [2], loss="l1"), "loss must be one of 'squared', 'logistic'"),
        (lambda: ss.DeepNetwork(X, X, [2], scaling="mup"), "scaling must be one of 'ntk', 'stan"),
        (lambda: ss.DeepNetwork(X, X, [2], gain=0), "gain must be a positive number and finite"),
        (
            lambda: ss.DeepNetwork(X, X, [2], loss="logistic"),
            r"Y must be \+1 or -1 for the logistic loss, but Y\[0, 1\] is 0; pass np.where",
        ),
        (
            lambda: ss.DeepNetwork.random(3, depth=1),
            "depth must be a whole number >= 2, got 1; hidden layers and one",
        ),
        (
            lambda: ss.DeepNetwork.random(3, hidden=[3], width=3),
            r"give either hidden, such as \[8, 8\], or width and depth",
        ),
        (
            lambda: ss.DeepNetwork(X, X, [2], "tanh").activation_patterns(np.zeros(8)),
            "activation must be 'relu' for patterns, got 'tanh', whose units are never switched",
        ),
        (
            lambda: ss.DeepNetwork(X, X, [2]).changed_patterns(np.zeros(8), np.zeros((2, 8))),
            r"x0 must be one point, of shape \(8,\), got \(2, 8\)",
        ),
        (
            lambda: ss.SymmetrizedGaussian().sample(ss.DeepNetwork(X, X, [2, 3])),
            r"DeepNetwork\(.*\) is none; use Gaussian, .*, or DeepNetwork with even widths",
        ),
        (
            lambda: ss.Kaiming().sample(ss.Octopus(2)),
            r"Kaiming needs a network with layers, got Octopus\(dim=2\); use Gaussian\(scale\)",
        ),
        (
            lambda: ss.DeepNetwork(X, X, [70_000, 70_000]),
            "hidden must leave at most 2,147,483,647 weights, got 4,900,280,000; make layers",
        ),
        (
            lambda: ss.TwoLayerReLU(X, [1.0, 1.0], 2**31),
            "width must leave at most 2,147,483,647 weights, got 4,294,967,296; make layers",
        ),
        (lambda: ss.Kaiming(0.0), "scale must be a positive number and finite, got 0.0"),
    ],
)
def test_errors_say_what_and_what_to_do(make: object, text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        make()
