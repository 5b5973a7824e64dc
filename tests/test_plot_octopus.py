"""The walk through the octopus, animated too, and survival curves by dimension."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.plot_octopus import follow
from saddlesim.plot_survivals import value_colors

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.animation import AbstractMovieWriter  # noqa: E402

STEP = 0.4
METHODS = {
    "GD": ss.GradientDescent(STEP),
    "PGD": ss.PerturbedGradientDescent(STEP, 0.03, 0.03, min_interval=2),
}


@pytest.fixture(autouse=True)
def closed() -> Any:
    yield
    plt.close("all")


def test_walk_is_gradient_descent_step_by_step() -> None:
    octopus = ss.Octopus(dim=3)
    (walk,) = follow(octopus, {"GD": METHODS["GD"]}, seed=4, trajectory=7)
    x = octopus.default_initial().sample(octopus, trials=range(7, 8), seed=4)
    for seen in walk.points:
        np.testing.assert_allclose(seen, np.abs(x[0]), rtol=1e-12)
        x = x - STEP * octopus.gradient(x)
    times = ss.escape_times(
        octopus, METHODS["GD"], trials=range(7, 8), seed=4, record=("saddle_exits",)
    )
    assert times.saddle_exits is not None
    assert walk.exits == tuple(times.saddle_exits[0]) == (*walk.exits[:2], len(walk.points) - 1)


def test_walks_begin_together_and_lie_in_the_tube() -> None:
    octopus = ss.Octopus(dim=3)
    walks = follow(octopus, METHODS)
    assert [walk.label for walk in walks] == ["GD", "PGD"]
    np.testing.assert_array_equal(walks[0].points[0], walks[1].points[0])
    for walk in walks:
        assert np.isfinite(octopus.value(walk.points)).all()
        assert (walk.points[-1] > 2 * octopus.tau).all()


def test_picture_has_walks_tube_and_stationary_points() -> None:
    octopus = ss.Octopus(dim=3)
    lines = octopus.plot_walk(METHODS)
    ax = lines[0].axes
    walks = follow(octopus, METHODS)
    for line, walk in zip(lines, walks, strict=True):
        np.testing.assert_array_equal(np.transpose(line.get_data_3d()), walk.points)
    said = [text.get_text() for text in ax.get_legend().get_texts()]
    exits = ", ".join(map(str, walks[0].exits))
    assert said[:4] == [
        "region of a saddle or the minimum",
        "connecting region",
        "saddle",
        "minimum",
    ]
    assert said[4] == f"GD: left the saddles at steps {exits}"
    assert [ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()] == ["|x₁|", "|x₂|", "|x₃|"]


def test_boxes_are_where_the_octopus_is() -> None:
    octopus = ss.Octopus(dim=3)
    from saddlesim.plot_octopus import _boxes

    calm, connecting = _boxes()
    assert (len(calm), len(connecting)) == (4, 3)
    for box in [*calm, *connecting]:
        low, high = np.array(box).T * octopus.tau
        inside = low + (high - low) * np.random.default_rng(0).random((50, 3))
        assert np.isfinite(octopus.value(inside)).all()
    # Together they are the whole of the domain within [0, 6 tau]^3.
    everywhere = np.random.default_rng(1).random((4000, 3)) * 6 * octopus.tau
    boxes = np.array([*calm, *connecting]) * octopus.tau
    held = ((everywhere[:, None] > boxes[..., 0]) & (everywhere[:, None] < boxes[..., 1])).all(2)
    np.testing.assert_array_equal(held.any(axis=1), np.isfinite(octopus.value(everywhere)))


class Frames(AbstractMovieWriter):
    """Keeps what the first line shows in each frame, and draws nothing."""

    def setup(self, fig: Any, outfile: Any, dpi: Any = None) -> None:
        self.fig, self.seen = fig, []

    def grab_frame(self, **_: Any) -> None:
        lines = self.fig.axes[0].lines
        self.seen.append(np.transpose(lines[2].get_data_3d()))
        np.testing.assert_array_equal(np.transpose(lines[3].get_data_3d())[0], self.seen[-1][-1])

    def finish(self) -> None:
        pass


def test_animation_shows_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    octopus = ss.Octopus(dim=3)
    figure = plt.figure()
    monkeypatch.setattr(figure.canvas, "draw_idle", lambda: None)
    monkeypatch.setattr(figure.canvas, "draw", lambda: None)
    animation = octopus.animate_walk(METHODS["GD"], figure.add_subplot(projection="3d"))
    writer = Frames()
    animation.save("nothing", writer=writer)
    (walk,) = follow(octopus, METHODS["GD"])
    for step in range(len(walk.points)):
        np.testing.assert_array_equal(writer.seen[step], walk.points[: step + 1])


def test_what_cannot_be_walked_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^octopus must have dim=3 to be seen, got dim=4; ta"):
        ss.Octopus(dim=4).plot_walk(METHODS)
    with pytest.raises(ValueError, match=r"^ax must have projection=\"3d\", such as plt.subplot\("):
        ss.Octopus(dim=3).plot_walk(METHODS, plt.figure().add_subplot())
    slow = {"GD": ss.GradientDescent(1e-4)}
    with pytest.raises(
        ValueError,
        match=r"^methods: trajectory 0 of 'GD' has not left all saddles within 2,000 steps "
        r"\(censored\); choose another one, or longer steps$",
    ):
        ss.Octopus(dim=3).plot_walk(slow)


@pytest.fixture(scope="module")
def result() -> ss.DimensionResult:
    return ss.escape_time_vs_dimension(ss.Octopus, dims=[2, 3, 4], methods=METHODS, trials=100)


def test_curves_are_survival_by_dimension(result: ss.DimensionResult) -> None:
    panels = result.plot_survival_by_dimension()
    assert [ax.get_title(loc="left") for ax in panels] == ["GD", "PGD"]
    for ax, label in zip(panels, result.methods, strict=True):
        for line, dim in zip(ax.lines, (2, 3, 4), strict=True):
            assert line.get_label() == str(dim)
            curve = result[label, dim].survival()
            x, y = line.get_xdata(), line.get_ydata()
            np.testing.assert_allclose(y[1:-1], curve(x[1:-1]))
        assert len(ax.collections) == 3  # the bands
    assert panels[-1].get_legend().get_title().get_text() == "dimension"


def test_panels_must_be_one_a_method(result: ss.DimensionResult) -> None:
    with pytest.raises(ValueError, match=r"^axes must be 2, one for each method, got 1; try plt\."):
        result.plot_survival_by_dimension(plt.figure().add_subplot())
    with pytest.raises(ValueError, match=r"^result: it has no cells, so there is nothing to draw"):
        ss.DimensionResult({}).plot_survival_by_dimension()


def test_colours_of_values_are_ordered_by_brightness() -> None:
    colors = value_colors([8, 2, 4, 2])
    assert list(colors) == [2, 4, 8]
    brightness = [sum(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in colors.values()]
    assert brightness == sorted(brightness)
    assert list(value_colors([5]).values()) == ["#00224e"]


def test_example_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "examples"))
    import_module("survival_by_dimension").main(str(tmp_path / "picture.png"))
    assert (tmp_path / "picture.png").stat().st_size > 10_000
