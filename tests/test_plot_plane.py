"""The map of a landscape of two coordinates, and walks on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.plot_plane import plot_plane, walks

matplotlib = pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

STEP = 0.2
STARTS = [[-1.4, 0.3], [1.2, 0.0]]


def valleys(**known: Any) -> ss.CustomLandscape:
    return ss.CustomLandscape(
        2,
        value=lambda X: X[:, 0] ** 2 / 2 + X[:, 1] ** 4 / 4 - X[:, 1] ** 2 / 2,
        gradient=lambda X: np.column_stack([X[:, 0], X[:, 1] ** 3 - X[:, 1]]),
        **known,
    )


def test_walks_are_gradient_descent_step_by_step() -> None:
    f = valleys()
    paths = walks(f, ss.GradientDescent(STEP), STARTS, steps=30)
    assert [path.shape for path in paths] == [(31, 2)] * 2
    for path, start in zip(paths, STARTS, strict=True):
        np.testing.assert_array_equal(path[0], start)
        np.testing.assert_allclose(path[1:], path[:-1] - STEP * f.gradient(path[:-1]), rtol=1e-12)


def test_walks_of_a_method_with_noise_go_on_from_step_to_step() -> None:
    noisy = ss.NoisyGradientDescent(STEP, noise_scale=0.1)
    long, short = (walks(valleys(), noisy, STARTS, steps=n, seed=3) for n in (20, 5))
    np.testing.assert_array_equal(long[1][:6], short[1])


def test_map_has_walks_and_kinds_of_points() -> None:
    f = valleys(stationary_points=[[0, 0], [0, 1], [0, -1]], minimum_value=-1 / 4)
    ax = Figure().subplots()
    assert plot_plane(f, ss.GradientDescent(STEP), STARTS, ax, steps=30) is ax
    drawn = {line.get_label(): line for line in ax.lines}
    assert list(drawn) == [
        "from (-1.4, 0.3)", "from (1.2, 0)", "strict saddle", "global minimum",
    ]  # fmt: skip
    assert len(drawn["from (1.2, 0)"].get_xdata()) == 31
    assert list(drawn["global minimum"].get_ydata()) == [1, -1]
    assert ax.get_xlim()[0] < -1.4
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("first coordinate", "second coordinate")
    assert [bar.get_ylabel() for bar in ax.figure.axes] == ["second coordinate", "f"]


def test_map_without_known_points_and_with_a_walk_that_diverges() -> None:
    ax = Figure().subplots()
    plot_plane(valleys(), ss.GradientDescent(3.0), [[0.1, 4.0]], ax, steps=3)
    assert [line.get_label() for line in ax.lines] == ["from (0.1, 4)"]


def test_what_cannot_be_drawn() -> None:
    descent = ss.GradientDescent(STEP)
    text = r"^landscape must have dim=2 to be a map, got dim=3; take two coordinates$"
    with pytest.raises(ValueError, match=text):
        plot_plane(ss.QuadraticSaddle([-1, 1, 1]), descent, [[0, 0, 0]])
    text = r"^starts must be of shape \(n, 2\), got \(2, 3\); for example \[\[0.5, 0.1\]\]$"
    with pytest.raises(ValueError, match=text):
        plot_plane(valleys(), descent, np.zeros((2, 3)))
    with pytest.raises(ValueError, match="steps must be a whole number >= 1, got 0"):
        plot_plane(valleys(), descent, STARTS, steps=0)
