"""Comparisons of methods: what is paired, how they rank, what is printed and drawn."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import saddlesim as ss
from grids import GD, PGD, around, cell, censored
from saddlesim import comparison
from saddlesim.errors import MissingExtraError
from saddlesim.outcome import Outcome

OCTOPUS = ss.Octopus(4)
NOISY = ss.NoisyGradientDescent(0.25, 0.03)
METHODS = {"GD": GD, "PGD": PGD, "noisy": NOISY}


def runs(**cells: ss.EscapeTimes) -> ss.Comparison:
    return ss.Comparison(cells)


# What is paired


def test_methods_share_starts() -> None:
    # With a budget of no steps a run ends where it starts: its values are those of the starts.
    result = ss.compare(OCTOPUS, METHODS, trials=500, seed=4, max_steps=0)
    values = [times.value for times in result.times.values()]
    np.testing.assert_array_equal(
        values[0], OCTOPUS.value(ss.Uniform(-1, 1).sample(OCTOPUS, trials=500, seed=4))
    )
    np.testing.assert_array_equal(values[1], values[0])
    np.testing.assert_array_equal(values[2], values[0])


def test_methods_share_their_noise() -> None:
    # From the saddle itself a first step is all noise, or a kick and its growth.
    f = ss.QuadraticSaddle([-1.0, 2.0, 3.0])
    start, many = ss.At(np.zeros(3)), 40

    def first(method: ss.Method) -> np.ndarray:
        alone = ss.escape_times(
            f,
            method,
            initial=start,
            escape=ss.LeavesBall(radius=9.0),
            trials=many,
            max_steps=1,
            seed=6,
            record=("points",),
        )
        together = ss.compare(
            f,
            {"other": GD, "it": method},
            initial=start,
            escape=ss.LeavesBall(radius=9.0),
            trials=many,
            max_steps=1,
            seed=6,
        )
        np.testing.assert_array_equal(together["it"].value, alone.value)
        assert alone.points is not None
        return alone.points

    scales = [
        first(ss.NoisyGradientDescent(0.1, s, scaled_by_step=False, noise="gaussian"))
        for s in (1.0, 2.0)
    ]
    np.testing.assert_allclose(scales[1], 2 * scales[0], rtol=1e-6)
    langevin = first(ss.Langevin(0.5, inverse_temperature=1.0))
    np.testing.assert_allclose(langevin, scales[0], rtol=1e-6)
    curvatures = np.array([-1.0, 2.0, 3.0])
    kicks = [
        first(ss.PerturbedGradientDescent(step, 0.1, 0.1, 2)) / (1 - step * curvatures)
        for step in (0.1, 0.2)
    ]
    np.testing.assert_allclose(kicks[1], kicks[0], rtol=1e-9)


def test_runs_are_those_that_escape_times_makes() -> None:
    result = ss.compare(
        OCTOPUS, METHODS, trials=range(5, 40), seed=2, max_steps=70, arithmetic="float64"
    )
    alone = ss.escape_times(
        OCTOPUS, PGD, trials=range(5, 40), seed=2, max_steps=70, arithmetic="float64"
    )
    np.testing.assert_array_equal(result["PGD"].steps, alone.steps)
    assert result["PGD"].max_steps == 70
    assert list(result.times) == list(METHODS)


def test_methods_may_be_made_of_the_landscape() -> None:
    result = ss.compare(OCTOPUS, {"it": lambda f: ss.GradientDescent(f.L / 4)}, trials=5)
    assert result["it"].method == GD


def test_a_list_goes_by_the_names_of_classes() -> None:
    other = ss.GradientDescent(0.1)
    result = ss.compare(OCTOPUS, [GD, PGD, other, GD], trials=5)
    assert list(result.times) == [
        "GradientDescent",
        "PerturbedGradientDescent",
        "GradientDescent 2",
        "GradientDescent 3",
    ]
    assert result["GradientDescent 2"].method == other
    assert list(ss.compare(OCTOPUS, GD, trials=5).times) == ["GradientDescent"]


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"landscape": ss.Octopus}, TypeError, "landscape must be a Landscape such as ss.Octopus"),
        ({"methods": []}, TypeError, r"methods must be a Method, a list of them or a dict .*\[\]"),
        ({"methods": "gd"}, TypeError, "methods must be a Method, a list of them .* got 'gd'"),
        ({"methods": [GD, lambda _: GD]}, TypeError, "methods must have labels unless all are Met"),
        ({"methods": {"GD": ss.GradientDescent}}, TypeError, "methods must be of Methods or call"),
        ({"methods": {"": GD}}, TypeError, "methods must have text labels, got ''; name each"),
        ({"cost": "gradients"}, ValueError, "cost must be one of 'steps', .*got 'gradients'; did"),
        ({"trials": 0}, ValueError, "trials must be a whole number >= 1, got 0"),
        ({"progress": "yes"}, TypeError, "progress must be True, False or a callable"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], error: type[Exception], text: str) -> None:
    arguments = {"landscape": OCTOPUS, "methods": METHODS, "trials": 5} | changes
    with pytest.raises(error, match=text):
        ss.compare(**arguments)


def test_methods_are_checked_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "escape_times", lambda *_, **__: pytest.fail("it ran"))
    sphere = ss.TensorDecomposition.random(4, "one")
    with pytest.raises(ValueError, match="method must be one that can be retracted onto spheres"):
        ss.compare(sphere, {"GD": ss.GradientDescent(0.1), "HB": ss.HeavyBall(0.1)})


def test_runs_from_different_starts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"runs: landscape is Octopus\(dim=3\) in 'a' and Octo"):
        runs(a=cell(3, [1]), b=cell(4, [1]))


def test_progress_counts_the_trajectories_of_all_methods() -> None:
    calls: list[tuple[int, int]] = []
    ss.compare(
        ss.Octopus(30),
        {"a": NOISY, "b": NOISY},
        trials=4000,
        threads=1,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert {total for _, total in calls} == {8000}
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert 4000 < calls[-1][0] <= 8000


def test_interrupt_keeps_what_there_is() -> None:
    def stop(done: int, total: int) -> None:
        if done > 4000:
            raise KeyboardInterrupt

    with pytest.raises(
        ss.Interrupted, match=r"^interrupted with 1 of 3 methods finished"
    ) as caught:
        ss.compare(
            ss.Octopus(30),
            {"a": NOISY, "b": PGD, "c": GD},
            trials=4000,
            threads=1,
            arithmetic="float64",
            progress=stop,
        )
    partial = caught.value.partial
    assert isinstance(partial, ss.Comparison)
    assert list(partial.times) == ["a", "b"]
    assert partial["b"].interrupted
    assert partial.paired("b", "a").pairs == len(partial["b"])
    assert "(interrupted)" in partial.summary()
    assert len(partial.table()) == 2


def test_interrupt_before_anything_was_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison, "escape_times", interrupted)
    with pytest.raises(
        ss.Interrupted, match=r"^interrupted with 0 of 3 methods finished"
    ) as caught:
        ss.compare(OCTOPUS, METHODS)
    partial = caught.value.partial
    assert repr(partial) == "Comparison of methods: nothing was run"
    assert partial.table() == []
    with pytest.raises(ValueError, match="result: it has no ranked runs, so there is nothing to"):
        partial.plot(Figure().subplots())


# How they rank


def test_ranking_and_shared_ranks() -> None:
    quick, slow = around(100), around(300)
    result = runs(slow=cell(3, slow), quick=cell(3, quick), twin=cell(3, np.roll(quick, 1)))
    assert result.ranking() == ("quick", "twin", "slow")
    assert result.ranks() == {"quick": (1, True), "twin": (1, True), "slow": (3, False)}
    assert [(row["rank"], row["tied"]) for row in result.table()] == [
        (1, True),
        (1, True),
        (3, False),
    ]
    lines = result.summary().splitlines()
    assert [line.split()[:2] for line in lines if line[2:4] in ("1=", "3 ")] == [
        ["1=", "quick"],
        ["1=", "twin"],
        ["3", "slow"],
    ]
    assert "=: cannot be told from the first of its rank" in result.summary()


def test_a_median_that_is_not_reached_ranks_by_what_is_spent() -> None:
    steps = np.arange(100) + 1
    few, fewer = (np.where(steps <= n, Outcome.ESCAPED, Outcome.CENSORED) for n in (40, 20))
    result = runs(
        none=censored(3, 100, 100),
        fewer=cell(3, np.where(fewer == 0, steps, 100), fewer, max_steps=100),
        few=cell(3, np.where(few == 0, steps, 100), few, max_steps=100),
    )
    assert result.ranking() == ("few", "fewer", "none")
    assert result.ranking("restricted_mean") == ("few", "fewer", "none")
    assert {row["horizon"] for row in result.table()} == {100}


def test_the_statistics_may_disagree() -> None:
    # mostly quick, but a fifth never escapes; against one that is slower and reliable
    outcome = np.where(np.arange(1001) % 5 == 0, Outcome.STALLED, Outcome.ESCAPED)
    result = runs(
        reliable=cell(3, around(300), max_steps=None),
        quick=cell(3, around(100), outcome, max_steps=None),
    )
    assert result.ranking() == ("quick", "reliable")
    # the horizon is the last step that there is data on, and never is as late as that
    assert result.ranking("restricted_mean") == ("quick", "reliable")
    late = runs(
        reliable=cell(3, around(150), max_steps=None),
        quick=cell(3, np.append(around(100)[:-1], 5000), outcome, max_steps=None),
    )
    assert late.ranking("restricted_mean") == ("reliable", "quick")
    assert late.ranking() == ("quick", "reliable")
    with pytest.raises(ValueError, match="by must be one of 'median', 'restricted_mean', got 'm'"):
        late.ranking("m")


def test_a_run_that_is_too_short_to_rank_is_marked() -> None:
    # a budget of steps, in which the one does less than the other
    result = runs(
        short=censored(3, 60), long=cell(3, around(150)), never=cell(3, around(9), Outcome.STALLED)
    )
    assert result.ranking() == ("long", "short", "never")
    assert result.open_ended() == {"short"}
    assert [row["open_ended"] for row in result.table()] == [False, True, False]
    text = result.summary()
    assert "  1=?   short " in text
    assert "?: may rank higher: its trajectories ended" in text
    assert runs(long=cell(3, around(50)), short=censored(3, 60)).open_ended() == frozenset()


def test_all_censored() -> None:
    result = runs(a=censored(3, 50), b=censored(3, 50))
    assert result.ranks() == {"a": (1, True), "b": (1, True)}
    row = result.table()[1]
    assert (row["undecided"], row["finished"]) == (1001, 0)
    assert math.isnan(row["ratio"])
    assert "unknown" in result.summary()
    result.plot(list(Figure().subplots(1, 2)))


def test_one_method_has_one_table() -> None:
    result = runs(GD=cell(3, around(100)))
    text = result.summary()
    assert text.startswith("Comparison of 1 method, 1,001 trajectories each, seed 7, ranked by med")
    assert "cost over" not in text
    assert result.table()[0]["ratio"] == 1.0
    result.plot(list(Figure().subplots(1, 2)))


def test_another_reference() -> None:
    result = runs(a=cell(3, around(100)), b=cell(3, around(200)))
    assert result.paired("b").ratio.value == pytest.approx(2, rel=0.01)
    row = next(row for row in result.table("b") if row["method"] == "a")
    assert (row["reference"], row["faster"]) == ("b", 1001)
    assert row["ratio"] == pytest.approx(0.5, rel=0.01)
    assert "cost over b's" in result.summary("b")
    with pytest.raises(ValueError, match="reference must be one of 'a', 'b', got 'c'"):
        result.table("c")
    with pytest.raises(ValueError, match="label must be one of 'a', 'b', got 'c'"):
        result["c"]


def test_counted_in_another_cost_and_back() -> None:
    steps = ss.compare(OCTOPUS, METHODS, trials=200)
    counted = steps.counted_in("gradient_evaluations")
    assert counted["PGD"].median().value > steps["PGD"].median().value
    assert (steps.unit, counted.unit) == ("steps", "gradient evaluations")
    assert "ranked by median gradient evaluations" in counted.summary()
    assert "no step budget" in counted.summary()  # as it was run
    np.testing.assert_array_equal(counted.counted_in("steps")["PGD"].steps, steps["PGD"].steps)
    asked = ss.compare(OCTOPUS, METHODS, trials=200, cost="gradient_evaluations")
    assert asked.summary() == counted.summary()
    with pytest.raises(ValueError, match="cost must be one that is known of every trajectory"):
        ss.compare(ss.Octopus(100), {"GD": GD}, trials=5, cost="evaluations")


def test_a_flow_among_steps_is_shown_and_not_ranked() -> None:
    result = ss.compare(OCTOPUS, {"flow": ss.GradientFlow(), "GD": GD, "PGD": PGD}, trials=100)
    assert (result.unit, result.unranked) == ("steps", ("flow",))
    assert result.ranking() == ("PGD", "GD")
    last = result.table()[-1]
    assert (last["method"], last["rank"], last["unit"], last["pairs"]) == ("flow", None, "time", 0)
    text = result.summary()
    assert "-: flow counts time, not steps, and is not ranked." in text
    with pytest.raises(
        ValueError, match="reference must be a method that counts steps, got 'flow'"
    ):
        result.table("flow")
    assert result.counted_in("gradient_evaluations").unranked == ("flow",)
    ax = Figure().subplots()
    result.plot(ax)
    assert legend(ax)[-1] == "flow: counts time, not drawn"


def test_flows_alone_are_ranked_by_time() -> None:
    result = ss.compare(OCTOPUS, {"flow": ss.GradientFlow(), "too": ss.GradientFlow()}, trials=50)
    assert result.unit == "time"
    assert result.ranks() == {"flow": (1, True), "too": (1, True)}
    assert "median time" in result.summary()


def test_costs_beyond_the_largest_float() -> None:
    result = ss.compare(ss.Octopus(1000), {"GD": GD, "PGD": PGD}, trials=50)
    assert result.ranks() == {"PGD": (1, False), "GD": (2, False)}
    assert "10^43" in result.summary()
    assert result.table()[1]["faster"] == 0
    ax = Figure().subplots()
    result.plot(ax)
    assert "GD (beyond 10^308)" in legend(ax)


def test_methods_that_are_the_same_are_even() -> None:
    result = ss.compare(OCTOPUS, {"a": GD, "b": GD}, trials=100)
    found = result.paired("b", "a")
    assert (found.ratio.low, found.ratio.high, found.even) == (1.0, 1.0, 100)
    assert result.ranks() == {"a": (1, True), "b": (1, True)}


# What people see


def theory(f: ss.Landscape) -> ss.Method:
    return ss.PerturbedGradientDescent.from_theory(f, 0.1, hessian_lipschitz=1.0, value_gap=1.0)


def promising(**changes: Any) -> ss.Comparison:
    f = ss.QuadraticSaddle([-1.0, 1.0])
    return ss.compare(
        f, {"GD": GD, "theory": theory}, trials=50, escape=ss.LeavesBall(radius=1.0), max_steps=2000
    )


def test_promises_stand_beside_what_is_measured() -> None:
    result = promising()
    promise = result["theory"].method.guarantee.iterations  # type: ignore[attr-defined]
    assert {row["method"]: row["promised"] for row in result.table()}["theory"] == promise
    assert "promised iterations: within which the theorem" in result.summary()
    assert "promised" not in runs(GD=cell(3, around(100))).summary()
    ax = Figure().subplots()
    result.plot(ax, promised=True)
    (line,) = [line for line in ax.lines if str(line.get_label()).endswith("promised")]
    assert line.get_xdata()[0] == promise
    with pytest.raises(ValueError, match="where gradient evaluations are counted: theorems count"):
        result.counted_in("gradient_evaluations").plot(ax, promised=True)


def test_repr_and_html() -> None:
    result = runs(**{"<b>": cell(3, around(100)), "c": cell(3, around(200))})
    assert repr(result) == result.summary()
    text = result._repr_html_()
    assert text.count("<table>") == 2
    assert "&lt;b&gt;" in text
    assert "<b>&" not in text


def test_to_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    result = runs(a=cell(3, around(100)), b=cell(3, around(200)))
    frame = result.to_pandas()
    assert frame["method"].tolist() == ["a", "b"]
    assert list(frame.columns) == list(result.table()[0]) == list(result.table()[1])
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install pandas, or use \.table\(\)$"):
        result.to_pandas()


def test_share_is_0_or_100_percent_only_if_every_single_one() -> None:
    outcome = np.where(np.arange(10_000) == 0, Outcome.DIVERGED, Outcome.ESCAPED)
    text = runs(a=cell(3, np.full(10_000, 9), outcome)).summary()
    assert ">99.9 % [>99.9, >99.9]" in text


@pytest.fixture(autouse=True)
def style_stays() -> Iterator[None]:
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_ratios_near_one_have_more_than_one_label() -> None:
    f = ss.MatrixFactorization.random(8, rank=2, seed=0)
    near = {"GD": ss.GradientDescent(0.1), "slower": ss.GradientDescent(0.098)}
    figure = Figure()
    _, right = axes = list(figure.subplots(1, 2))
    ss.compare(f, near, trials=100).plot(axes)
    FigureCanvasAgg(figure).draw()
    assert sum(tick.get_text() != "" for tick in right.get_xticklabels()) > 2


def test_picture() -> None:
    result = ss.compare(OCTOPUS, METHODS, trials=300)
    axes = list(Figure().subplots(1, 2))
    artists = result.plot(axes)
    assert all(artist.axes in axes for artist in artists)
    left, right = axes
    assert legend(left) == list(result.ranking())
    assert (left.get_xscale(), right.get_xscale()) == ("log", "log")
    assert left.get_xlabel() == "escape time (gradient steps)"
    assert left.get_ylabel() == "share that has not escaped yet"
    assert [tick.get_text() for tick in right.get_yticklabels()] == list(result.ranking())
    assert right.get_ylim()[0] > right.get_ylim()[1]  # the best on top
    drawn = [container.lines for container in right.containers]
    points = [float(lines[0].get_xdata()[0]) for lines in drawn]
    expected = [result.paired(label) for label in result.ranking()]
    assert points == pytest.approx([found.ratio.value for found in expected])
    ends = drawn[1][2][0].get_segments()[0][:, 0]
    assert list(ends) == pytest.approx([expected[1].ratio.low, expected[1].ratio.high])
    left.get_figure().canvas.draw()


def test_picture_says_where_data_end_and_what_is_not_told_apart() -> None:
    quick = around(100)
    result = runs(
        quick=cell(3, quick),
        twin=cell(3, np.roll(quick, 1)),
        late=censored(3, 5000),
        lost=cell(3, around(900), Outcome.STALLED, underflowed=True),
    )
    left, right = Figure().subplots(1, 2)
    result.plot([left, right])
    assert legend(left)[-1] == "the data end here"
    faces = [container.lines[0].get_markerfacecolor() for container in right.containers]
    assert faces[1] == "white"
    assert faces[0] != "white"
    notes = [text.get_text().strip() for text in right.texts]
    assert notes[2] == "no ratio: 0 of 1,001 pairs finished"
    ends = [
        line.get_xdata()[0]
        for line in left.lines
        if line.get_marker() == "|" and len(line.get_xdata())
    ]
    assert sorted(ends) == [around(900).max(), 5000]


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'saddlesim\[plot\]'$"):
        runs(a=cell(3, around(100))).plot()
