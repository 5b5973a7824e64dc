"""Two-layer rectifiers: formulas, kinks, wide networks that follow their kernel."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscape_checks as check
import saddlesim as ss
from references import relu

NEVER = ss.LeavesBall(radius=1e300)


def some(seed: int, n: int, d: int, width: int, signs: object = None) -> ss.TwoLayerReLU:
    rng = np.random.default_rng(seed)
    return ss.TwoLayerReLU(rng.normal(size=(n, d)), 3 * rng.normal(size=n), width, signs)


@given(
    seed=st.integers(0, 100), n=st.integers(1, 27), d=st.integers(1, 27), width=st.integers(1, 9)
)
def test_it_is_the_reference(seed: int, n: int, d: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    f = some(seed, n, d, width, rng.choice([-1.0, 1.0], width))
    X, V = rng.normal(size=(2, 18, f.dim))
    slow = relu.TwoLayerReLU(f.X, f.y, f.signs)
    # a few residuals can all be small differences of large numbers
    check.agrees(f, slow, X, V, rtol=1e-12 if n > 3 else 1e-9)
    check.symmetric(f, X[0])
    check.round_trip(f, X)
    outputs = [slow.output(X[0], i) for i in range(n)]
    np.testing.assert_allclose(f.predictions(X[0]), outputs, rtol=0, atol=1e-13 * d)
    value, residual = f.value(X[0]), f.predictions(f.unflatten(X[0])["W"]) - f.y
    assert value == pytest.approx(residual @ residual / 2, rel=1e-13)


def test_derivatives_are_differences_and_it_describes_itself() -> None:
    f = some(1, 6, 4, 5)
    check.differences(f, np.random.default_rng(0).normal(size=f.dim), np.eye(f.dim))
    check.describes_itself(f)
    assert f.signs.tolist() == [1, 1, 1, -1, -1]
    assert (f.size, f.hessian_lipschitz) == (4, math.inf)
    assert f == ss.TwoLayerReLU(f.X, f.y, 5, [1, 1, 1, -1, -1])
    assert f != ss.TwoLayerReLU(f.X, f.y, 5, [1, -1, 1, 1, -1])


def test_random_data_are_what_they_are_said_to_be() -> None:
    for labels in ("normal", "teacher", "random"):
        f = ss.TwoLayerReLU.random(20, samples=2000, width=2, labels=labels, seed=3)
        assert f == ss.TwoLayerReLU.random(20, samples=2000, width=2, labels=labels, seed=3)
        assert f != ss.TwoLayerReLU.random(20, samples=2000, width=2, labels=labels, seed=4)
        np.testing.assert_allclose(np.linalg.norm(f.X, axis=1), 1, rtol=1e-14)
        assert abs(f.X.mean()) < 4 / math.sqrt(20 * 40_000)  # a coordinate has variance 1/d
        assert abs(f.y.mean()) < 4 / math.sqrt(2000)
        assert np.mean(f.y**2) == pytest.approx(1, abs=4 * math.sqrt(2 / 2000))
        if labels != "normal":
            assert set(f.y) == {-1.0, 1.0}
        # E y x is 0, or sqrt(2 / (pi d)) up to 1/d along the teacher
        along = np.linalg.norm(f.X.T @ f.y / 2000) * math.sqrt(20)
        noise = 4 * math.sqrt(20 / 2000)
        assert along == pytest.approx(
            math.sqrt(2 / math.pi) if labels == "teacher" else 0, abs=noise
        )
    f = ss.TwoLayerReLU.random(5)
    assert (f.X.shape, f.width, f.minimum_value) == ((20, 5), 80, 0.0)


def test_a_unit_is_active_where_its_preactivation_is_zero() -> None:
    f = ss.TwoLayerReLU(np.eye(2), [2.0, 3.0], 2)
    np.testing.assert_array_equal(f.activation_patterns([[0.0, -1.0], [-1.0, 0.0]]), np.eye(2) > 0)
    at_zero = f.gradient(np.zeros(4))
    np.testing.assert_allclose(at_zero, np.array([-2, -3, 2, 3]) / math.sqrt(2), rtol=1e-15)
    assert f.value(np.zeros(4)) == 6.5
    assert f.stationary_points() == []
    assert f.saddles() == []


def test_inactive_units_do_not_move_and_nothing_hides_a_nan() -> None:
    rng = np.random.default_rng(2)
    f = ss.TwoLayerReLU(rng.uniform(0.1, 1, size=(13, 3)), rng.normal(size=13), 4)
    W = rng.uniform(size=(4, 3))
    W[1], W[2] = -1.0, -2.0
    moved = f.unflatten(f.gradient(W.ravel()))["W"]
    turned = f.unflatten(f.hvp(W.ravel(), rng.normal(size=12)))["W"]
    for rows in (moved, turned):
        assert not rows[1:3].any()
        assert rows[[0, 3]].any(axis=1).all()
    W[1, 0] = math.nan
    assert math.isnan(f.value(W.ravel()))
    W[:] = -1.0
    assert f.value(W.ravel()) == pytest.approx(f.y @ f.y / 2, rel=1e-15)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_the_symmetrized_start_has_outputs_zero(scale: float) -> None:
    f = ss.TwoLayerReLU.random(7, samples=31, width=50, seed=2)
    start = ss.SymmetrizedGaussian(scale)
    X = start.sample(f, trials=100)
    W = f.unflatten(X)["W"]
    np.testing.assert_array_equal(W[:, :25], W[:, 25:])
    for x in X[:5]:
        np.testing.assert_array_equal(f.predictions(x), 0.0)
    # nothing but the sum of the squares of the labels is left
    assert len(set(f.value(X))) == 1
    assert f.value(X[0]) == pytest.approx(f.y @ f.y / 2, rel=1e-15)
    half = W[:, :25].ravel() / scale
    N = half.size
    assert abs(half.mean()) < 4 / math.sqrt(N)
    assert half.var() == pytest.approx(1, abs=4 * math.sqrt(2 / N))
    assert f.default_initial() == ss.SymmetrizedGaussian()
    assert some(0, 3, 2, 1).default_initial() == ss.Gaussian(1.0)


def test_at_random_weights_the_gram_matrix_has_the_closed_form_as_its_mean() -> None:
    width, n, d = 20_000, 40, 10
    f = ss.TwoLayerReLU.random(d, samples=n, width=width, seed=1)
    W = np.random.default_rng(3).normal(size=(width, d))
    difference = f.gram(W) - f.infinite_width_gram()
    assert np.abs(difference).max() < 5 * 0.5 / math.sqrt(width)
    # an entry's variance is (x_i . x_j)^2 p (1 - p) / m, p the chance of being active on both
    inner = f.X @ f.X.T
    p = (math.pi - np.arccos(np.clip(inner, -1, 1))) / (2 * math.pi)
    spread = np.abs(inner) * np.sqrt(p * (1 - p) / width)
    assert np.all(np.abs(difference) < 5 * spread + 1e-15)
    # ... and so it is J J', the matrix by which outputs follow the gradient
    small = some(2, 6, 3, 8)
    x = np.random.default_rng(4).normal(size=small.dim)
    slow = relu.TwoLayerReLU(small.X, small.y, small.signs)
    J = np.array([slow.slope(x, i) for i in range(6)])
    np.testing.assert_allclose(small.gram(x), J @ J.T, atol=1e-14 * 6, rtol=0)
    lengths = np.linalg.norm(small.X, axis=1)
    np.testing.assert_allclose(np.diag(small.infinite_width_gram()), lengths**2 / 2, rtol=1e-14)


@pytest.mark.parametrize("labels", ["teacher", "random"])
def test_a_wide_network_follows_its_kernel(labels: str) -> None:
    f = ss.TwoLayerReLU.random(20, samples=100, width=16_000, labels=labels, seed=1)
    H = f.infinite_width_gram()
    step = 1 / np.linalg.norm(H, 2)
    x0 = f.default_initial().sample(f, trials=1)[0]
    linear = np.eye(100) - step * f.gram(x0)
    x, predicted = x0, -f.y
    for _ in range(10):
        x, predicted = x - step * f.gradient(x), linear @ predicted
        residual = f.predictions(x) - f.y
        assert np.linalg.norm(residual - predicted) < 0.02 * np.linalg.norm(predicted)
        # ... and so its decay is that of the labels' parts along the eigenvectors of H
    values, vectors = np.linalg.eigh(H)
    law = np.sqrt(np.sum((1 - step * values) ** 20 * (vectors.T @ f.y) ** 2))
    assert np.linalg.norm(residual) == pytest.approx(law, rel=0.03)
    run = ss.escape_times(
        f,
        ss.GradientDescent(step),
        initial=ss.At(x0),
        escape=NEVER,
        trials=1,
        max_steps=10,
        record=("points",),
    )
    np.testing.assert_allclose(run.points[0], x, rtol=0, atol=1e-13)


def test_true_labels_are_simpler_than_random_ones() -> None:
    # mean and variance of y' H^-1 y over random signs are tr H^-1 and 2 (|H^-1|^2 - sum of squares
    # of its diagonal)
    def of(labels: str, seed: int = 5) -> ss.TwoLayerReLU:
        return ss.TwoLayerReLU.random(20, samples=100, width=2, labels=labels, seed=seed)

    inverse = np.linalg.inv(of("random").infinite_width_gram())
    mean = np.trace(inverse)
    sd = math.sqrt(2 * (np.sum(inverse**2) - np.sum(np.diag(inverse) ** 2)))
    signs = [of("random", seed).y for seed in range(200)]
    drawn = np.mean([y @ inverse @ y for y in signs])
    assert abs(drawn - mean) < 4 * sd / math.sqrt(200)
    true = of("teacher").y
    assert true @ inverse @ true < mean - 4 * sd


def test_movement_and_changed_patterns_shrink_like_one_over_the_root_of_the_width() -> None:
    widths = [100, 400, 1600, 6400]
    moved, changed = [], []
    for width in widths:
        cells = []
        for seed in range(3):
            f = ss.TwoLayerReLU.random(20, samples=50, width=width, seed=seed)
            start = ss.Gaussian(1.0)
            run = ss.escape_times(
                f,
                ss.GradientDescent(1 / np.linalg.norm(f.infinite_width_gram(), 2)),
                initial=start,
                escape=NEVER,
                trials=16,
                max_steps=100,
                record=("points",),
            )
            pairs = list(zip(run.points, start.sample(f, trials=16), strict=True))
            cells.append([(f.largest_movement(*p), f.changed_patterns(*p)) for p in pairs])
        means = np.mean(cells, axis=(0, 1))
        moved.append(means[0])
        changed.append(means[1])
    for measured in (moved, changed):
        assert np.polyfit(np.log(widths), np.log(measured), 1)[0] == pytest.approx(-0.5, abs=0.05)
    # an independent program: 20.5 and 1.01 in the mean of 30 data sets, which differ by 14 %
    np.testing.assert_allclose(np.sqrt(widths) * moved, 20.5, rtol=4 * 0.14 / math.sqrt(3))
    np.testing.assert_allclose(np.sqrt(widths) * changed, 1.01, rtol=4 * 0.14 / math.sqrt(3))


def test_movement_and_changes_are_counted_right() -> None:
    f = ss.TwoLayerReLU(np.eye(2), [0.0, 1.0], 3)
    W0 = np.array([[1.0, 1.0], [-1.0, 2.0], [3.0, -1.0]])
    W = W0 + np.array([[3.0, 4.0], [0.0, -2.5], [-4.0, 1.0]])
    assert f.largest_movement(W, W0.ravel()) == 5
    assert f.changed_patterns(W.ravel(), W0) == 3 / 6
    assert f.changed_patterns(W, W) == 0


def test_the_hessian_is_bounded_and_positive_semidefinite() -> None:
    f, rng = some(4, 9, 4, 6), np.random.default_rng(1)
    for scale in (1e-3, 1.0, 1e3):
        H = f.hvp(scale * rng.normal(size=f.dim), np.eye(f.dim))
        values = np.linalg.eigvalsh((H + H.T) / 2)
        assert values[-1] <= f.smoothness * (1 + 1e-14)
        assert values[0] >= -1e-13 * values[-1]
    bound = f.hvp(np.zeros(f.dim), np.eye(f.dim))  # attained where every unit is active
    assert np.linalg.norm(bound, 2) == pytest.approx(f.smoothness, rel=1e-13)


def test_the_minimum_is_zero_where_labels_can_be_fitted_for_certain() -> None:
    X = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    y = [1.0, -2.0, 1.0]
    assert ss.TwoLayerReLU(X, y, 6).minimum_value == 0
    assert ss.TwoLayerReLU(X, np.zeros(3), 1).minimum_value == 0
    assert ss.TwoLayerReLU(X, np.zeros(3), 1).default_escape() == ss.ReachesMinimum()
    for unclear in (
        ss.TwoLayerReLU(X, y, 5),  # too few units of a sign
        ss.TwoLayerReLU(X, y, 6, [1, 1, 1, 1, -1, -1]),
        ss.TwoLayerReLU(np.vstack([X[:2], -2 * X[0]]), y, 6),  # opposite inputs
        ss.TwoLayerReLU(np.vstack([X[:2], 0 * X[0]]), y, 6),
    ):
        assert math.isnan(unclear.minimum_value)
        with pytest.raises(ValueError, match="whose global minimum is not known"):
            ss.escape_times(unclear, ss.GradientDescent(0.1), escape=ss.ReachesMinimum())


def test_runs_depend_on_ids_alone_and_fit_the_labels() -> None:
    f = ss.TwoLayerReLU.random(5, samples=11, width=44, seed=6)
    step = 1 / f.smoothness
    times = check.runs_alike(f, ss.GradientDescent(step), escape=ss.ReachesMinimum(1e-8))
    assert times.escaped.all()
    check.runs_alike(f, ss.NoisyGradientDescent(step, 1e-3), max_steps=200)
    check.runs_alike(f, ss.PerturbedGradientDescent(step, 1e-2, 1e-3, 5), max_steps=200)
    default = check.runs_alike(f, ss.GradientDescent(step))
    assert default.escaped.all()
    assert np.all(default.value < 0.01 * (f.y @ f.y) / 2)
    # bits are those of every machine and instruction set
    run = ss.escape_times(
        f,
        ss.GradientDescent(step),
        trials=20,
        seed=1,
        escape=NEVER,
        max_steps=50,
        record=("points",),
    )
    little = np.concatenate([run.points.ravel(), run.value, run.gradient_norm]).astype("<f8")
    assert hashlib.blake2b(little.tobytes(), digest_size=8).hexdigest() == GOLDEN


GOLDEN = "a8a5ef8e225dba34"

X = np.eye(2)
F = ss.TwoLayerReLU(X, [1.0, 2.0], 3)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ss.TwoLayerReLU([1.0], [1.0], 1), r"X must have shape \(n, d\), got \(1,\)"),
        (lambda: ss.TwoLayerReLU(X, [1.0], 1), r"y must have shape \(2,\), got \(1,\)"),
        (
            lambda: ss.TwoLayerReLU(X, [1.0, math.inf], 1),
            r"y must be finite, but y\[1\] is inf; remove or replace the 1 entries",
        ),
        (lambda: ss.TwoLayerReLU(X, X[0], 0), "width must be a whole number >= 1, got 0"),
        (lambda: ss.TwoLayerReLU(X, X[0], 2, [1]), r"signs must have shape \(2,\), got \(1,\)"),
        (
            lambda: ss.TwoLayerReLU(X, X[0], 2, [1, 0.5]),
            r"signs must be \+1 or -1, but signs\[1\] is 0.5; scale the labels instead",
        ),
        (
            lambda: ss.TwoLayerReLU.random(3, labels="random signs"),
            "labels must be one of 'normal', 'teacher', 'random', got 'random signs'",
        ),
        (
            lambda: ss.TwoLayerReLU.random(3, samples=0),
            "samples must be a whole number >= 1, got 0",
        ),
        (
            lambda: F.changed_patterns(np.zeros(6), np.zeros((2, 3))),
            r"W0 must be one point, of shape \(6,\) or \(3, 2\), got \(2, 3\); take the points one",
        ),
        (
            lambda: ss.SymmetrizedGaussian(0.0),
            "scale must be a positive number and finite, got 0.0",
        ),
        (
            lambda: ss.escape_times(
                F, ss.GradientDescent(0.1), initial=ss.SymmetrizedGaussian(), escape=NEVER
            ),
            r"SymmetrizedGaussian needs a network of even width the second half of whose signs is "
            r"the opposite of the first, and TwoLayerReLU\(.*\) is none; use Gaussian, or "
            "TwoLayerReLU of even width with its default signs, or DeepNetwork with even widths",
        ),
        (
            lambda: ss.SymmetrizedGaussian().sample(ss.Octopus(2)),
            r"of even width .* Octopus\(dim=2\) is none; use Gaussian",
        ),
        (
            lambda: ss.escape_times(F, ss.GradientDescent(0.1), escape=ss.LeavesSubspace()),
            "LeavesSubspace needs a saddle, and TwoLayerReLU.* has none",
        ),
    ],
)
def test_errors_say_what_and_what_to_do(make: object, text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        make()
