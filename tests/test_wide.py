"""Wide networks: what moves how far, what a fixed kernel predicts, and labels that mean nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import saddlesim as ss
from saddlesim import kernel, wide
from saddlesim.wide.data import random_signs, teacher
from saddlesim.wide.labels import first_zero
from saddlesim.wide.slopes import log_slope

mpl.use("agg")


@pytest.fixture(scope="module")
def sweep() -> wide.WidthSweep:
    return wide.against_width([128, 512, 2048, 8192], trials=4, steps=60)


# against_width


def test_quantities_are_those_of_the_network_trained_by_hand() -> None:
    found = wide.against_width([32], dim=4, samples=6, steps=7, trials=2, seed=3)
    f = ss.TwoLayerReLU.random(dim=4, samples=6, width=32, seed=3)
    step = 1 / np.linalg.eigvalsh(kernel.infinite_width_gram(f.X))[-1]
    starts = ss.Gaussian(1.0).sample(f, trials=2, seed=3)
    for row, start in zip(found.table(), starts, strict=True):
        points = [start]
        for _ in range(7):
            points.append(points[-1] - step * f.gradient(points[-1]))
        x = points[-1]
        first, last = f.gram(start), f.gram(x)
        limit = f.infinite_width_gram()
        off = np.array([f.predictions(point) - f.y for point in points])
        once = np.eye(6) - step * first
        linear = np.array([np.linalg.matrix_power(once, k) @ off[0] for k in range(8)])
        norm = np.linalg.norm
        expected = {
            "loss": f.value(x) / (f.y @ f.y / 2),
            "training_error": np.mean(np.sign(off[-1] + f.y) != np.sign(f.y)),
            "changed_patterns": f.changed_patterns(x, start),
            "largest_movement": f.largest_movement(x, start),
            "gram_drift": norm(last - first) / norm(first),
            "gram_error": norm(first - limit) / norm(limit),
            "prediction_error": norm(off - linear, axis=1).max() / norm(off[0]),
        }
        for name, value in expected.items():
            assert row[name] == pytest.approx(float(value), rel=1e-9, abs=1e-12), name


@pytest.mark.parametrize("quantity", ["largest_movement", "changed_patterns", "gram_error"])
def test_powers_of_the_width(sweep: wide.WidthSweep, quantity: str) -> None:
    assert sweep.slope(quantity).value == pytest.approx(-0.5, abs=0.05)


@pytest.mark.parametrize("quantity", ["gram_drift", "prediction_error"])
def test_powers_of_what_follows_from_the_movement(sweep: wide.WidthSweep, quantity: str) -> None:
    # At narrow widths more than the first order of the movement counts: -0.64 for the drift here,
    # -0.52 from width 4,096 on.
    assert sweep.slope(quantity).value == pytest.approx(-0.55, abs=0.12)


def test_sweep_says_what_it_found(sweep: wide.WidthSweep) -> None:
    text = sweep.summary()
    assert text.startswith("Wide networks: 4 widths, 4 starts each, 60 steps")
    assert "Powers of the width (95 % intervals); theory has -1/2:" in text
    assert repr(sweep) == text
    assert "<caption" in sweep._repr_html_()
    assert len(sweep.table()) == 16
    panels = sweep.plot()
    assert [ax.get_ylabel() for ax in panels] == [
        "training loss (relative)",
        "largest movement of a unit",
        "share of changed patterns",
        r"$H(0)$ off $H^\infty$ (relative)",
        "drift of the Gram matrix (relative)",
        "kernel's prediction off by (relative)",
    ]
    assert all(ax.get_xscale() == "log" for ax in panels)


def test_starts_do_not_depend_on_how_many_there_are() -> None:
    one = wide.against_width([16], dim=3, samples=4, steps=2, trials=1)
    two = wide.against_width([16, 32], dim=3, samples=4, steps=2, trials=2)
    assert one.table()[0] == two.table()[0]


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"widths": []}, ValueError, "widths must name at least one width; try"),
        ({"widths": 64}, TypeError, r"widths must be such as \[64, 256, 1024\], got 64"),
        ({"widths": [0]}, ValueError, "widths must be a whole number >= 1, got 0"),
        ({"steps": 0}, ValueError, "steps must be a whole number >= 1, got 0"),
        ({"trials": 0}, ValueError, "trials must be a whole number >= 1, got 0"),
        ({"labels": "good"}, ValueError, "labels must be one of"),
    ],
)
def test_sweeps_that_are_refused(
    changes: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        wide.against_width(**{"widths": [8], "dim": 3, "samples": 4, **changes})


def test_an_interrupted_sweep_keeps_what_there_is() -> None:
    def stop(done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(
        ss.Interrupted, match=r"interrupted with \d of 4 networks trained"
    ) as caught:
        wide.against_width([8, 16], dim=3, samples=4, steps=3, trials=2, progress=stop)
    partial = caught.value.partial
    assert 1 <= len(partial.table()) < 4
    assert repr(partial).startswith("Wide networks: ")


# slopes


def test_log_slope_is_exact_on_a_power() -> None:
    widths = np.array([2, 8, 32, 128])
    found = log_slope(widths, 3.0 * widths**-0.7, "x")
    assert found.value == pytest.approx(-0.7, rel=1e-12)
    assert found.high - found.low < 1e-10


def test_log_slope_covers_the_truth() -> None:
    rng = np.random.default_rng(5)
    widths = np.repeat([2.0, 8.0, 32.0, 128.0], 3)
    inside = 0
    for _ in range(2000):
        found = log_slope(widths, widths**-0.5 * np.exp(0.1 * rng.standard_normal(12)), "x")
        inside += found.low <= -0.5 <= found.high
    # 95 % of 2000, four standard deviations of the count either way
    assert abs(inside - 1900) <= 4 * math.sqrt(2000 * 0.95 * 0.05)


def test_log_slope_needs_widths_and_positive_values() -> None:
    with pytest.raises(ValueError, match="drift: a power needs three widths or more"):
        log_slope([1, 2, 2], np.ones(3), "drift")
    with pytest.raises(ValueError, match="drift is 0 at some width, which has no power"):
        log_slope([1, 2, 3], np.array([1.0, 0.0, 1.0]), "drift")


# against_kernel


def test_the_prediction_is_right_within_two_percent_in_the_first_ten_steps() -> None:
    f = ss.TwoLayerReLU.random(dim=20, samples=100, width=16384, labels="random", seed=1)
    found = wide.against_kernel(f, steps=10)
    assert list(found.at) == list(range(11))
    off = np.abs(found.predicted_norm / found.residual - 1)
    assert off.max() < 0.02
    assert found.error.max() < 0.06
    assert found.residual[0] == 10.0  # the start is symmetrised: outputs are 0
    assert found.predicted_norm[0] == pytest.approx(10.0)
    limit = found.predicted_at_infinite_width
    assert limit is not None
    assert np.abs(np.linalg.norm(limit, axis=1) / found.residual - 1).max() < 0.04


def test_the_error_of_the_prediction_shrinks_with_the_width() -> None:
    widths = [256, 1024, 4096, 16384]
    errors = []
    for m in widths:
        f = ss.TwoLayerReLU.random(dim=20, samples=50, width=m)
        errors.append(wide.against_kernel(f, steps=50).error[-1])
    assert log_slope(widths, np.array(errors), "error").value == pytest.approx(-0.5, abs=0.15)


def test_small_starts_leave_the_kernel_behind() -> None:
    f = ss.TwoLayerReLU.random(dim=20, samples=50, width=4096)
    near = wide.against_kernel(f, steps=10)
    far = wide.against_kernel(f, steps=10, initial=ss.SymmetrizedGaussian(0.01))
    assert far.error[-1] > 4 * near.error[-1]


def test_flow_beside_its_kernel() -> None:
    f = ss.TwoLayerReLU.random(dim=10, samples=20, width=1024)
    time = 10 / np.linalg.eigvalsh(f.infinite_width_gram())[-1]
    flow = ss.GradientFlow(relative_tolerance=1e-4, absolute_tolerance=1e-5)
    found = wide.against_kernel(f, flow, steps=time)
    assert found.at[0] == 0
    assert found.at[-1] == pytest.approx(time)
    assert found.error.max() < 0.25
    assert "time" in found.table()[0]
    assert found.plot()[0].get_xlabel() == "time"


def test_deep_networks_have_a_kernel_too() -> None:
    f = ss.DeepNetwork.random(dim=5, samples=8, hidden=[512, 512], seed=2)
    found = wide.against_kernel(f, steps=10)
    assert found.predicted_at_infinite_width is None
    assert np.abs(found.predicted_norm / found.residual - 1).max() < 0.1
    text = found.summary()
    assert text.startswith("Training beside its kernel: largest error ")
    assert "H(0), smallest eigenvalue" in text


def test_what_has_no_linear_system_is_refused() -> None:
    logistic = ss.DeepNetwork.random(dim=3, samples=4, hidden=[8], labels="random", loss="logistic")
    with pytest.raises(ValueError, match="landscape must have the squared loss, got DeepNetwork"):
        wide.against_kernel(logistic)
    with pytest.raises(
        TypeError, match=r"method must be GradientDescent or GradientFlow, got Heavy"
    ):
        wide.against_kernel(ss.TwoLayerReLU.random(dim=3), ss.HeavyBall(0.1, 0.5))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="landscape must be a Network"):
        wide.against_kernel(ss.Octopus(3))  # type: ignore[arg-type]


# against_random_labels


@pytest.fixture(scope="module")
def labels() -> wide.LabelComparison:
    return wide.against_random_labels(*wide.digits(200), width=4096, steps=200)


def test_digits_are_fitted_with_either_labels_the_random_ones_later(
    labels: wide.LabelComparison,
) -> None:
    true, random = labels.table()
    assert (true["labels"], random["labels"]) == ("true", "random")
    assert true["training_error"] == random["training_error"] == 0.0
    assert 2 * true["fitted_at"] < random["fitted_at"] < 200
    for row in (true, random):
        assert row["fitted_at"] == pytest.approx(row["predicted_fitted_at"], rel=0.5)
    middle, spread = labels.random_complexity
    assert true["complexity"] < middle - 10 * spread
    assert abs(random["complexity"] - middle) < 4 * spread


def test_comparison_of_labels_says_and_shows_it(labels: wide.LabelComparison) -> None:
    text = repr(labels)
    assert text.startswith("Labels compared: 200 samples, true and random labels")
    assert "all fitted at step" in text
    error, loss, shares = labels.plot()
    assert error.get_ylabel() == "training error (%)"
    assert loss.get_yscale() == "log"
    last = [line.get_ydata()[-1] for line in shares.lines]
    np.testing.assert_allclose(last, 100.0)  # shares of all eigenvectors


def test_labels_that_are_no_signs_are_refused() -> None:
    X, y = teacher(6, 3, seed=0)
    with pytest.raises(ValueError, match=r"y must be \+1 or -1, got \[0.0, 1.0\]; map classes so"):
        wide.against_random_labels(X, (y + 1) / 2)


@pytest.mark.parametrize(
    ("error", "expected"),
    [([1, 0.5, 0, 0], 4), ([1, 0, 0.1, 0], 9), ([0, 0, 0, 0], 0), ([1, 1, 1, 0.5], math.inf)],
)
def test_first_zero_is_for_good(error: list[float], expected: float) -> None:
    assert first_zero(np.array([0, 1, 4, 9]), np.array(error)) == expected


# data


def test_digits() -> None:
    X, y = wide.digits(300)
    assert X.shape == (300, 64)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1.0)
    assert set(np.unique(y)) == {-1.0, 1.0}
    assert kernel.smallest_eigenvalue(kernel.infinite_width_gram(X)) > 0.03
    with pytest.raises(ValueError, match="samples must be a whole number <= 1797, got 1798"):
        wide.digits(1798)


def test_random_signs_are_fair_and_of_the_seed() -> None:
    signs = random_signs(10_000, seed=1)
    assert abs(signs.sum()) < 4 * 100
    np.testing.assert_array_equal(signs, random_signs(10_000, seed=1))
    assert np.any(signs != random_signs(10_000, seed=2))


RELU = ss.TwoLayerReLU.random(3, samples=5, width=8)


def test_divergence_is_said_and_not_shown_as_nan() -> None:
    run = ss.wide.against_kernel(RELU, ss.GradientDescent(1e3), steps=2000)
    assert run.error[0] < 1e-12
    assert np.isposinf(run.error[-1])
    assert not np.isnan(run.error).any()
    text = repr(run)
    assert "nan" not in text
    assert "infinite error" in text
    assert "x or f is not finite; take a smaller step" in text
    X, y = RELU.X, np.array([1.0, -1.0, 1.0, 1.0, -1.0])
    labels = ss.wide.against_random_labels(X, y, width=16, steps=2000, step_size=1e3)
    assert "true labels, at step" in repr(labels)
    assert "x or f is not finite; take a smaller step" in repr(labels)


def test_a_residual_of_zero_has_an_error() -> None:
    run = ss.wide.against_kernel(ss.TwoLayerReLU(RELU.X, np.zeros(5), 16), steps=20)
    np.testing.assert_array_equal(run.error, 0.0)
    assert "largest error 0.00%" in repr(run)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (
            lambda: ss.wide.against_width([4], dim=3, samples=4, steps=2000, step_size=1e200),
            ValueError,
            r"step_size must be small enough to train every network, got 1e\+200: width 4 diverged "
            "at step .*; take a smaller step, or leave step_size None",
        ),
        (lambda: ss.wide.against_width("64"), TypeError, r"widths must be such as \[64.*got '64'"),
        (
            lambda: ss.wide.against_random_labels(
                np.vstack([RELU.X, RELU.X[:1]]), np.ones(6), width=16, steps=10**9
            ),
            ValueError,
            "gram must be positive definite, but 1 of its 6 eigenvalues are 0",
        ),
        (
            lambda: ss.wide.against_kernel(ss.TwoLayerReLU(0 * RELU.X, RELU.y, 2), steps=5),
            ValueError,
            "the Gram matrix at the start is 0, so that nothing is learnt .* give a step size",
        ),
    ],
)
def test_what_cannot_be_done_is_said_at_once(
    make: Callable[[], object], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        make()
