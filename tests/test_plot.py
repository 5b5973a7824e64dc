"""Pictures: what is drawn where, and that nothing is dropped silently."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import saddlesim as ss
from grids import GD, PGD, around, cell, censored, growing
from saddlesim.dimension import DimensionResult
from saddlesim.errors import MissingExtraError
from saddlesim.outcome import Outcome
from saddlesim.plot import COLORS, plot_dimension, plot_survival


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


@pytest.fixture(autouse=True)
def style_stays() -> Iterator[None]:
    def style() -> dict[str, Any]:  # the first use of pyplot chooses a backend, which is none of it
        return {name: value for name, value in dict(mpl.rcParams).items() if name != "backend"}

    before = style()
    yield
    assert style() == before


def lines(ax: Axes) -> dict[str, Any]:
    return {line.get_label(): line for line in ax.lines}


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def medians(ax: Axes, i: int = 0) -> tuple[list[float], list[float]]:
    line = ax.containers[i].lines[0]
    return list(line.get_xdata()), list(line.get_ydata())


def triangles(ax: Axes) -> list[tuple[float, float]]:
    return [
        (x, y)
        for line in ax.lines
        if line.get_marker() == "^"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def two_methods() -> DimensionResult:
    slow = growing(range(2, 6)).cells
    quick = {("PGD", d): cell(d, around(20 * d), method=PGD) for d in range(2, 6)}
    return DimensionResult({**slow, **quick})


def test_medians_intervals_and_bands(ax: Axes) -> None:
    result = two_methods()
    plot_dimension(result, ax)
    for i, label in enumerate(result.methods):
        assert medians(ax, i) == (
            [2, 3, 4, 5],
            [estimate.value for estimate in result.estimates(label)],
        )
    ends = ax.containers[0].lines[2][0].get_segments()
    expected = [[estimate.low, estimate.high] for estimate in result.estimates("GD")]
    np.testing.assert_allclose([bar[:, 1] for bar in ends], expected)
    band = ax.collections[0].get_paths()[0].vertices
    quantiles = [result["GD", 5].quantile(q).value for q in (0.1, 0.9)]
    assert [band[band[:, 0] == 5, 1].min(), band[band[:, 0] == 5, 1].max()] == quantiles


def test_axes_legend_and_artists(ax: Axes) -> None:
    artists = plot_dimension(two_methods(), ax)
    assert ax.get_yscale() == "log"
    assert ax.get_xscale() == "linear"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("dimension", "escape time (gradient steps)")
    assert ax.get_title() == ""
    assert legend(ax) == ["GD", "PGD", "GD, theory: × 2.71 a dimension"]
    assert artists[-1] is ax.get_legend()
    assert all(artist.axes is ax for artist in artists)
    ax.get_figure().canvas.draw()
    ticks = [float(tick.get_text()) for tick in ax.get_xticklabels()]
    assert all(tick == round(tick) for tick in ticks)
    assert "1,000" in [tick.get_text() for tick in ax.get_yticklabels()]


def test_methods_differ_in_colour_and_marker(ax: Axes) -> None:
    result = DimensionResult({(str(i), d): cell(d, around(9)) for i in range(7) for d in (2, 3)})
    plot_dimension(result, ax)
    drawn = [container.lines[0] for container in ax.containers]
    assert len({line.get_color() for line in drawn}) == 7
    assert len({line.get_marker() for line in drawn}) == 7


def test_theory_continues_the_first_dimension_from_two_on(ax: Axes) -> None:
    result = DimensionResult({("GD", d): cell(d, around(10 * 3**d)) for d in (1, 2, 4)})
    plot_dimension(result, ax)
    line = lines(ax)["GD, theory: × 2.71 a dimension"]
    factor = result.growth_factor("GD")
    assert factor is not None
    assert (line.get_xdata()[0], line.get_ydata()[0]) == (2, pytest.approx(90))
    assert line.get_ydata()[-1] == pytest.approx(90 * factor**2)


def test_theory_does_not_stretch_the_axis(ax: Axes) -> None:
    quick = {("PGD", d): cell(d, around(20 * d), method=PGD) for d in (2, 100, 2000)}
    plot_dimension(DimensionResult({**growing([2, 3]).cells, **quick}), ax)
    assert ax.get_ylim()[1] < 1e6
    ax.get_figure().canvas.draw()


def test_median_that_is_not_reached_is_a_triangle_at_its_lower_bound(ax: Axes) -> None:
    result = growing([2, 3])
    unreached = {
        ("GD", 4): censored(4, 5000),
        ("GD", 5): cell(5, around(1500), Outcome.STALLED, underflowed=True),
        ("GD", 6): cell(6, [10, 30, 20], Outcome.STALLED),
    }
    plot_dimension(DimensionResult({**result.cells, **unreached}), ax)
    assert medians(ax)[0] == [2, 3]
    bound = result.estimates("GD")[0].low
    assert bound < 5000
    underflow = cell(5, around(1500)).median().low
    assert triangles(ax) == [(4, 5000), (5, underflow), (6, 30)]
    assert legend(ax)[-1] == "lower bound of the median"


def test_method_without_a_single_median_is_in_the_legend(ax: Axes) -> None:
    both = {(label, d): censored(d, 100) for label in ("A", "B") for d in (2, 3)}
    plot_dimension(DimensionResult(both), ax)
    assert legend(ax) == ["A", "B", "lower bound of the median"]
    sizes = {line.get_markersize() for line in ax.lines if len(line.get_xdata())}
    assert len(sizes) == 2  # so that neither hides the other
    ax.get_figure().canvas.draw()


def test_band_ends_at_the_bound_of_a_quantile_that_is_not_reached(ax: Axes) -> None:
    outcome = np.where(np.arange(1001) < 700, Outcome.ESCAPED, Outcome.CENSORED)
    steps = np.where(outcome == Outcome.ESCAPED, 50, 300)
    plot_dimension(DimensionResult({("GD", d): cell(d, steps, outcome) for d in (2, 3)}), ax)
    vertices = ax.collections[0].get_paths()[0].vertices
    assert vertices[:, 1].max() == 300
    assert medians(ax)[1] == [50, 50]


def test_wide_dimensions_get_a_log_axis_with_room_for_labels(ax: Axes) -> None:
    dims = [2, 5, 10, 20, 50, 98, 99, 100]
    plot_dimension(DimensionResult({("P", d): cell(d, around(9), method=PGD) for d in dims}), ax)
    assert ax.get_xscale() == "log"
    ax.get_figure().canvas.draw()
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2", "5", "10", "20", "50", "100"]


def test_step_zero_is_on_the_axis(ax: Axes) -> None:
    steps = np.append(np.zeros(600), np.arange(1, 402))
    plot_dimension(DimensionResult({("GD", d): cell(d, steps) for d in (2, 3)}), ax)
    assert ax.get_yscale() == "symlog"
    assert ax.get_ylim()[0] <= 0
    assert medians(ax)[1] == [0, 0]


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="result: it has no cells, so there is nothing to draw;"):
        plot_dimension(DimensionResult({}))


def test_without_axes_there_is_a_new_figure() -> None:
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    ax = growing([2, 3]).plot()
    try:
        assert ax is plt.gca()
        assert growing([2, 3]).plot(ax) is ax
    finally:
        plt.close("all")


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'saddlesim\[plot\]'$"):
        growing([2]).plot()


def test_widths_that_double_get_a_log_axis_and_dimensions_do_not(ax: Axes) -> None:
    cells = {("GD", value): cell(3, around(9)) for value in (4, 8, 16, 32)}
    plot_dimension(DimensionResult(cells, axis="width"), ax)
    assert ax.get_xscale() == "log"
    ax.get_figure().canvas.draw()
    assert [t.get_text() for t in ax.get_xticklabels()] == ["4", "8", "16", "32"]
    ax.clear()
    plot_dimension(DimensionResult({(m, d): cell(d, t.steps) for (m, d), t in cells.items()}), ax)
    assert ax.get_xscale() == "linear"


def test_labels_of_log_axes_are_plain_where_they_are_short(ax: Axes) -> None:
    def labels(*limits: float) -> list[str]:
        ax.set_xlim(*limits)
        ax.get_figure().canvas.draw()
        ticks = [*ax.get_xticklabels(), *ax.get_xticklabels(minor=True)]
        return [tick.get_text() for tick in ticks if tick.get_text()]

    plot_survival(cell(3, around(100)), ax)
    assert {"10", "1,000"} <= set(labels(5, 2000))
    assert {"30", "60"} <= set(labels(25, 75))
    assert {"0.1", "1"} <= set(labels(0.05, 2))
    assert any("10^{8}" in text for text in labels(5, 2e8))


def test_survival_curve_and_band(ax: Axes) -> None:
    times = cell(3, around(100))
    band, line = plot_survival(times, ax, label="d = 3")
    x, y = line.get_xdata(), line.get_ydata()
    assert ax.get_xscale() == "log"
    assert (y[0], y[-1]) == (1, 0)
    assert x[0] == times.steps.min() / 2
    for t in (80, 100, 120):
        shown = y[np.searchsorted(x, t, side="right") - 1]
        assert shown == np.mean(times.steps > t)
    assert band in ax.collections
    assert line.get_label() == "d = 3"


def test_survival_shows_where_the_data_end(ax: Axes) -> None:
    outcome = np.where(np.arange(100) < 60, Outcome.ESCAPED, Outcome.CENSORED)
    steps = np.where(outcome == Outcome.ESCAPED, 10, 500)
    *_, end = plot_survival(cell(3, steps, outcome), ax)
    assert (end.get_xdata()[0], end.get_ydata()[0]) == (500, 0.4)
    assert end.get_marker() == "|"


def test_survival_of_escapes_at_step_zero(ax: Axes) -> None:
    line = plot_survival(cell(3, np.zeros(5)), ax)[1]
    assert set(line.get_ydata()) == {0}
    assert all(math.isfinite(x) and x > 0 for x in line.get_xdata())


def test_times_beyond_the_largest_float_are_on_a_labelled_axis_of_exponents(ax: Axes) -> None:
    result = ss.escape_time_vs_dimension(
        ss.Octopus,
        dims=[2, 500, 1000],
        methods={"GD": GD, "PGD": PGD},
        trials=range(50),
    )
    plot_dimension(result, ax)
    for i, label in enumerate(result.methods):
        found = [estimate.value for estimate in result.log10_estimates(label)]
        assert medians(ax, i) == ([2, 500, 1000], found)
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")
    ax.get_figure().canvas.draw()
    assert "$10^{400}$" in [tick.get_text() for tick in ax.get_yticklabels()]
    line = lines(ax)["GD, theory: × 2.71 a dimension"]
    assert line.get_xdata()[-1] == 1000
    # From the median at d = 2; the first escapes are slower, by a factor of a few.
    assert line.get_ydata()[-1] == pytest.approx(433.43, abs=1.0)
    assert "lower bound of the median" not in legend(ax)


def test_step_zero_beside_times_beyond_the_largest_float(ax: Axes) -> None:
    far = ss.escape_times(ss.Octopus(1000), GD, trials=20)
    plot_dimension(DimensionResult({("GD", 2): cell(2, np.zeros(20)), ("GD", 1000): far}), ax)
    assert medians(ax)[1][0] == 0
    assert triangles(ax) == []


def test_axis_names_the_unit(ax: Axes) -> None:
    methods = {"GD": GD, "flow": ss.GradientFlow()}
    both = ss.escape_time_vs_dimension(ss.Octopus, dims=[2, 3], methods=methods, trials=20)
    plot_dimension(both, ax)
    assert ax.get_ylabel() == "escape time (gradient steps or time of the flow)"
    alone = DimensionResult({key: run for key, run in both.cells.items() if key[0] == "flow"})
    plot_dimension(alone, ax)
    assert ax.get_ylabel() == "escape time (time of the flow)"


def test_survival_of_a_flow_is_against_time(ax: Axes) -> None:
    plot_survival(ss.escape_times(ss.Octopus(3), ss.GradientFlow(), trials=20), ax)
    assert ax.get_xlabel() == "time t"
    assert ax.get_ylabel() == "probability of not having escaped by t"


def promising() -> DimensionResult:
    def theory(f: ss.QuadraticSaddle) -> ss.Method:
        return ss.PerturbedGradientDescent.from_theory(f, 0.1, hessian_lipschitz=1.0, value_gap=1.0)

    return ss.escape_time_vs_dimension(
        ss.QuadraticSaddle,
        dims=[2, 3],
        methods={"GD": GD, "theory": theory},
        escape=ss.LeavesBall(radius=0.5),
        trials=20,
        max_steps=1000,
    )


def test_axis_of_costs_names_them(ax: Axes) -> None:
    plot_dimension(two_methods().counted_in("gradient_evaluations"), ax)
    assert ax.get_ylabel() == "gradient evaluations until escape"


def test_promises_are_drawn_when_asked_for(ax: Axes) -> None:
    result = promising()
    plot_dimension(result, ax)
    assert legend(ax) == ["GD", "theory"]
    asked = Figure().subplots()
    assert result.plot(asked, promised=True) is asked
    line = lines(asked)["theory, promised by theory"]
    assert list(line.get_xdata()) == [2, 3]
    assert line.get_ydata()[1] == result["theory", 3].method.guarantee.iterations  # type: ignore[attr-defined]
    assert asked.get_ylim()[1] > line.get_ydata()[1]


def test_promises_that_cannot_be_drawn(ax: Axes) -> None:
    with pytest.raises(ValueError, match="promised must be False here, because no method has a g"):
        plot_dimension(two_methods(), ax, promised=True)
    counted = promising().counted_in("gradient_evaluations")
    with pytest.raises(ValueError, match="where gradient evaluations are counted: theorems count"):
        plot_dimension(counted, ax, promised=True)


def test_expected_times_are_drawn_at_what_was_run(ax: Axes) -> None:
    result = two_methods()
    artists = plot_dimension(result, ax, expected=lambda d: 20 * d)
    line = lines(ax)["expected"]
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([2, 3, 4, 5], [40, 60, 80, 100])
    assert line in artists
    assert "expected" in legend(ax)
    assert result.plot(Figure().subplots(), expected=lambda d: 20 * d).get_legend() is not None


def test_expected_times_beyond_the_largest_float_are_logarithms(ax: Axes) -> None:
    far = DimensionResult({("GD", d): ss.escape_times(ss.Octopus(d), GD, trials=20)
                           for d in (2, 1000)})  # fmt: skip
    plot_dimension(far, ax, expected=lambda d: 10.0 ** (d / 4))
    assert list(lines(ax)["expected"].get_ydata()) == [0.5, 250]


def test_expected_survival_is_drawn_once_in_the_legend_and_last() -> None:
    times = ss.escape_times(ss.QuadraticSaddle([-1.0, 1.0]), ss.GradientDescent(0.1), trials=500)
    ax = Figure().subplots()
    for label in ("one", "two"):
        assert times.plot(ax, label=label, expected=lambda t: 1.1**-t) is ax
    assert legend(ax) == ["one", "two", "expected"]
    drawn = lines(ax)
    assert [drawn[label].get_color() for label in ("one", "two")] == list(COLORS[:2])
    law = drawn["expected"]
    assert list(law.get_xdata()[:3]) == [0, 1, 2]
    np.testing.assert_allclose(law.get_ydata(), 1.1 ** -np.arange(times.steps.max() + 1))


def test_expected_survival_of_a_flow_is_smooth(ax: Axes) -> None:
    f, start = ss.QuadraticSaddle([-1.0, 1.0]), ss.Uniform(-1, 1)
    times = ss.escape_times(f, ss.GradientFlow(), initial=start, trials=50)
    plot_survival(times, ax, expected=lambda t: np.exp(-t))
    line = lines(ax)["expected"]
    assert line.get_drawstyle() == "default"
    assert line.get_xdata()[-1] == pytest.approx(10 ** times.log10_steps.max())


def test_survival_has_no_legend_without_a_label() -> None:
    times = ss.escape_times(ss.QuadraticSaddle([-1.0, 1.0]), ss.GradientDescent(0.1), trials=50)
    assert times.plot(Figure().subplots()).get_legend() is None


def test_what_is_expected_must_be_a_callable_of_arrays(ax: Axes) -> None:
    result = two_methods()
    text = r"^expected must be a callable that returns one time for each dimension, got 20; for ex"
    with pytest.raises(TypeError, match=text):
        plot_dimension(result, ax, expected=20)  # type: ignore[arg-type]
    text = (
        r"^expected must return one probability for each t, shape \(\d+,\), got shape \(\); compu"
    )
    with pytest.raises(ValueError, match=text):
        plot_survival(result["GD", 2], ax, expected=lambda _: 0.5)
