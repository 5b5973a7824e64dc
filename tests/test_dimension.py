"""Escape time against dimension: the grid, its table, its growth and its summary."""

from __future__ import annotations

import math
import re
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import saddlesim as ss
from grids import GD, PGD, around, cell, censored, growing
from saddlesim.dimension import DimensionResult
from saddlesim.dimension_cell import estimate, quantile, restricted_mean, row
from saddlesim.outcome import Outcome
from saddlesim.study import escape_time_vs_dimension


def run(**changes: Any) -> DimensionResult:
    arguments: dict[str, Any] = {
        "landscape_family": ss.Octopus,
        "dims": [2, 3],
        "methods": {"GD": GD, "PGD": PGD},
        "trials": 50,
    }
    arguments |= changes
    return escape_time_vs_dimension(arguments.pop("landscape_family"), **arguments)


# The grid


def test_grid_holds_the_runs_that_escape_times_would_make() -> None:
    result = run(seed=3, max_steps=1000)
    assert list(result.cells) == [("GD", 2), ("PGD", 2), ("GD", 3), ("PGD", 3)]
    alone = ss.escape_times(ss.Octopus(3), PGD, trials=50, seed=3, max_steps=1000)
    np.testing.assert_array_equal(result["PGD", 3].steps, alone.steps)
    assert result["PGD", 3].max_steps == 1000
    assert result.methods == ("GD", "PGD")
    assert result.dims("PGD") == (2, 3)


def test_methods_share_starts_and_dimensions_do_not() -> None:
    trials = 4000
    # With a budget of no steps a run ends where it starts: its values are those of the starts.
    result = run(dims=[3, 4], trials=trials, max_steps=0)
    np.testing.assert_array_equal(result["GD", 3].value, result["PGD", 3].value)
    correlation = np.corrcoef(result["GD", 3].value, result["GD", 4].value)[0, 1]
    assert abs(correlation) < 4 / math.sqrt(trials)


def test_dims_run_from_the_smallest_whatever_their_order() -> None:
    assert list(run(dims=(3, 2), methods=GD).cells) == [
        ("GradientDescent", 2),
        ("GradientDescent", 3),
    ]


def test_exact_arithmetic_goes_where_double_precision_does_not() -> None:
    result = run(dims=[6, 12, 60], methods=GD, trials=500, arithmetic="exact")
    label = "GradientDescent"
    medians = result.estimates(label)
    factor = result.growth_factor(label)
    assert factor is not None
    # Each median of 500 is known to about 2 %, and the ratio to its limit well before d = 12.
    assert medians[1].value / medians[0].value == pytest.approx(factor**6, rel=0.1)
    assert medians[2].value / medians[1].value == pytest.approx(factor**48, rel=0.1)
    assert [row["arithmetic"] for row in result.table()] == ["exact"] * 3
    assert re.search(r"60  \d\.\d+e\+2\d \[\d\.\d+e\+2\d, ", result.summary())
    assert "no step budget, exact arithmetic" in " ".join(result.summary().split())
    last = result[label, 60]
    assert not last.steps_exact.any()
    assert result.table()[-1]["horizon"] == pytest.approx(10 ** last.log10_steps.max())


def test_family_with_random_gets_the_seed() -> None:
    result = run(
        landscape_family=ss.QuadraticSaddle, dims=[4], methods=GD, seed=5, escape_directions=2
    )
    expected = ss.QuadraticSaddle.random(dim=4, escape_directions=2, seed=5)
    assert result["GradientDescent", 4].landscape == expected


def test_family_may_be_any_callable_and_take_parameters() -> None:
    assert run(L=2.0)["GD", 3].landscape == ss.Octopus(3, L=2.0)
    family = lambda d: ss.Octopus(d, gamma=0.5)  # noqa: E731
    assert run(landscape_family=family)["GD", 3].landscape == ss.Octopus(3, gamma=0.5)


def test_method_start_and_escape_may_depend_on_the_landscape() -> None:
    result = run(
        methods={"GD": lambda landscape: ss.GradientDescent(1 / (4 * landscape.L))},
        initial=lambda landscape: ss.At(np.full(landscape.dim, 0.5)),
        escape=lambda landscape: ss.ValueBelow(landscape.minimum_value / 2),
        L=2.0,
    )
    assert result["GD", 2].method == ss.GradientDescent(0.125)
    assert result["GD", 2].initial == ss.At(np.full(2, 0.5))
    assert result["GD", 2].escape == ss.ValueBelow(ss.Octopus(2, L=2.0).minimum_value / 2)


def test_progress_counts_the_trajectories_of_all_cells() -> None:
    calls: list[tuple[int, int]] = []
    # Long enough for the core to report while each cell is under way.
    run(
        dims=[20, 30],
        methods=PGD,
        trials=10_000,
        threads=1,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert {total for _, total in calls} == {20_000}
    done = [done for done, _ in calls]
    assert done == sorted(done)
    assert 10_000 < done[-1] <= 20_000


def test_interrupt_keeps_what_there_is() -> None:
    def stop(done: int, total: int) -> None:
        if done > 10_000:
            raise KeyboardInterrupt

    with pytest.raises(ss.Interrupted, match=r"^interrupted with 1 of 2 cells finished;") as caught:
        run(dims=[20, 30], methods=PGD, trials=10_000, threads=1, progress=stop)
    partial = caught.value.partial
    assert isinstance(partial, DimensionResult)
    label = "PerturbedGradientDescent"
    assert len(partial[label, 20]) == 10_000
    assert not partial[label, 20].interrupted
    assert partial[label, 30].interrupted
    assert partial[label, 30].count(Outcome.CENSORED) > 0
    assert "censored (interrupted)" in partial.summary()


def test_interrupt_between_the_steps_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("saddlesim.study.study.escape_times", interrupted)
    with pytest.raises(ss.Interrupted, match=r"^interrupted with 0 of 4 cells finished;") as caught:
        run()
    assert caught.value.partial.cells == {}
    assert repr(caught.value.partial) == "Escape time against dimension: nothing was run"


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"dims": []}, ValueError, r"dims must name at least one dimension, got \[\]; try"),
        ({"dims": 5}, TypeError, r"dims must be dimensions such as range\(2, 7\), got 5; for one"),
        ({"dims": [2, 3, 2]}, ValueError, "dims must differ, but 2 occurs twice; pass each"),
        ({"dims": [2, 0]}, ValueError, "dims must be a whole number >= 1, got 0"),
        ({"dims": [2.5]}, TypeError, r"dims must be a whole number >= 1, got 2\.5"),
        ({"methods": {}}, TypeError, r"methods must be a Method or a dict .* got \{\}"),
        ({"methods": [GD]}, TypeError, "methods must be a Method or a dict of label and Method"),
        ({"methods": {1: GD}}, TypeError, "methods must have text labels, got 1; name each"),
        ({"methods": {"GD": 0.25}}, TypeError, r"methods must be of Methods or .* got 0\.25"),
        (
            {"methods": {"GD": ss.GradientDescent}},
            TypeError,
            "methods must be of Methods or callables that make one of a landscape, got <class",
        ),
        (
            {"landscape_family": ss.Octopus(3)},
            TypeError,
            r"such as ss\.Octopus .*, got Octopus\(dim=3\); pass the class, not an instance",
        ),
        ({"landscape_family": 3}, TypeError, "landscape_family must be a Landscape class .*got 3$"),
        ({"landscape_family": lambda d: d}, TypeError, "at dimension 2 it made 2; return for"),
        (
            {"landscape_family": lambda _: ss.Octopus(7)},
            ValueError,
            "landscape_family made dimension 7 when asked for dimension 2; use its argument",
        ),
        ({"seed": -1}, ValueError, "seed must be a whole number >= 0, got -1"),
        ({"trials": 0}, ValueError, "trials must be a whole number >= 1, got 0"),
        ({"threads": 0}, ValueError, "threads must be a whole number >= 1, got 0"),
        ({"progress": "yes"}, TypeError, "progress must be True, False or a callable"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        run(**changes)


def test_everything_is_made_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "saddlesim.study.study.escape_times", lambda *_, **__: pytest.fail("it ran")
    )
    with pytest.raises(ValueError, match="step_size must be a positive number"):
        run(methods={"GD": lambda landscape: ss.GradientDescent(3 - landscape.dim)})


# One cell


def test_estimate_of_a_clean_cell_is_that_of_the_run() -> None:
    times = cell(3, around(100))
    assert estimate(times) == times.median()
    assert estimate(times, "restricted_mean") == times.restricted_mean()
    assert quantile(times, 0.9) == times.quantile(0.9)


def test_restricted_mean_of_a_censored_cell_is_a_lower_bound() -> None:
    times = cell(3, [10, 20, 30, 50], [0, 0, 0, Outcome.CENSORED], max_steps=50)
    bound = estimate(times, "restricted_mean")
    assert bound.value == bound.high == math.inf
    assert bound.low == times.restricted_mean().low


def test_unknown_statistic() -> None:
    text = "statistic must be one of 'median', 'restricted_mean', got 'means'"
    with pytest.raises(ValueError, match=text):
        estimate(cell(3, around(100)), "means")


def test_underflow_of_most_leaves_a_lower_bound() -> None:
    # As gradient descent on the octopus in 8 dimensions: all end, and none as it should.
    times = cell(8, around(1500), Outcome.STALLED, underflowed=True)
    median = estimate(times)
    assert median.value == median.high == math.inf
    assert median.low == cell(8, around(1500)).median().low
    mean = restricted_mean(times)
    assert math.isnan(mean.value)
    assert mean.low < 1600 < mean.high


def test_underflow_of_few_widens_the_interval_upwards() -> None:
    steps = np.sort(around(1500))
    wrong = np.arange(steps.size) < 20  # recorded among the earliest, but perhaps among the latest
    few, none = estimate(cell(6, steps, underflowed=wrong)), estimate(cell(6, steps))
    assert few.low == none.low
    assert none.value < few.value < math.inf
    assert few.high > none.high


def test_nothing_is_known_of_an_underflowed_trajectory_under_way() -> None:
    times = cell(6, np.full(101, 1000), Outcome.CENSORED, underflowed=True, max_steps=1000)
    assert estimate(times).low == 0
    assert not cell(6, np.full(101, 1000), Outcome.CENSORED).underflowed.any()


@given(
    steps=st.lists(st.integers(0, 10**6), min_size=5, max_size=60),
    data=st.data(),
)
def test_interval_covers_whatever_the_underflowed_did(
    steps: list[int], data: st.DataObject
) -> None:
    flags = st.lists(st.booleans(), min_size=len(steps), max_size=len(steps))
    wrong = np.array(data.draw(flags))
    later = data.draw(st.lists(st.integers(0, 10**6), min_size=len(steps), max_size=len(steps)))
    truth = cell(6, np.array(steps) + np.where(wrong, later, 0)).median()
    shown = estimate(cell(6, steps, underflowed=wrong))
    assert shown.low <= truth.low
    assert shown.high >= truth.high
    assert shown.value >= truth.value


def test_row_has_counts_that_add_up_and_what_brings_it_back() -> None:
    outcome = [0, 0, 0, 1, 2, 3, 4, 5]
    found = row("GD", "dim", 3, cell(3, [1, 2, 3, 90, 5, 6, 7, 8], outcome, max_steps=90))
    labels = [kind.label for kind in Outcome]
    assert [found[label] for label in labels] == [3, 1, 1, 1, 1, 1]
    assert sum(found[label] for label in labels) == found["trials"] == 8
    assert (found["method"], found["dim"], found["seed"], found["max_steps"]) == ("GD", 3, 7, 90)
    assert found["landscape"] == "Octopus(dim=3)"
    assert found["rule"] == "GradientDescent(step_size=0.25)"
    assert found["median"] == math.inf
    assert found["horizon"] == 90


def test_horizon_without_a_budget_is_the_last_step() -> None:
    assert row("GD", "dim", 3, cell(3, [5, 9, 70], max_steps=None))["horizon"] == 70
    stopped = cell(3, [5, 9, 70], [0, 0, 1], interrupted=True)
    assert row("GD", "dim", 3, stopped)["horizon"] == 70


# The result


def test_table_has_a_row_a_cell_in_the_order_of_methods_and_dims() -> None:
    result = DimensionResult(
        {("B", 3): cell(3, around(9)), ("A", 2): cell(2, around(5)), ("B", 2): cell(2, around(4))}
    )
    assert [(r["method"], r["dim"]) for r in result.table()] == [("B", 2), ("B", 3), ("A", 2)]
    assert [r["median"] for r in result.table()] == [4, 9, 5]
    frame = result.to_pandas()
    assert list(frame.columns) == list(result.table()[0])
    assert frame["median"].tolist() == [4, 9, 5]


def test_to_pandas_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install pandas, or use \.table\(\)$"):
        growing([2]).to_pandas()


def test_growth_finds_the_factor() -> None:
    result = growing(range(2, 8))
    found = result.growth("GD")
    assert found.best is not None
    assert found.best.kind == "exponential"
    assert found.best.parameters["r"].low <= 3 <= found.best.parameters["r"].high
    assert list(result.growth()) == ["GD"]
    assert result.growth(statistic="restricted_mean")["GD"].best is not None


def test_growth_counts_a_censored_cell_as_a_lower_bound() -> None:
    result = growing(range(2, 7))
    more = DimensionResult({**result.cells, ("GD", 7): censored(7, 15_000)})
    assert 7 in more.growth("GD").held_out
    assert more.estimates("GD")[-1].value == math.inf


def test_unknown_method_and_cell_are_named() -> None:
    result = growing([2, 3])
    with pytest.raises(ValueError, match="method must be one of 'GD', got 'gd'"):
        result.growth("gd")
    with pytest.raises(KeyError, match=r"\('GD', 4\) is not in this result, which has \('GD', 2\)"):
        result["GD", 4]


def test_growth_factor_only_where_theory_has_the_same_for_all() -> None:
    assert growing([2, 3]).growth_factor("GD") == pytest.approx(2.709511, abs=1e-6)
    both = {("GD", d): cell(d, around(9), method=ss.GradientDescent(1 / d)) for d in (3, 4)}
    assert DimensionResult(both).growth_factor("GD") is None
    assert DimensionResult({("P", 2): cell(2, around(9), method=PGD)}).growth_factor("P") is None


def test_summary() -> None:
    underflow = cell(6, around(1500), Outcome.STALLED, underflowed=True)
    mixed = cell(4, np.append(around(90, 999), [3, 4]), [0] * 999 + [Outcome.OUTSIDE] * 2)
    result = DimensionResult(
        {
            ("GD", 2): cell(2, around(30)),
            ("GD", 4): mixed,
            ("GD", 5): censored(5, 100_000),
            ("GD", 6): underflow,
            ("GD", 7): cell(7, around(40), Outcome.STALLED),
        }
    )
    lines = result.summary().splitlines()
    assert lines[:12] == [
        "Escape time against dimension: 5 cells of 1,001 trajectories, seed 7",
        "  landscape  Octopus(dim=2) ... Octopus(dim=7)",
        "  start      Uniform(low=-1, high=1)",
        "  escape     PastLastSaddle()",
        "  GD         GradientDescent(step_size=0.25), max_steps 100,000",
        "",
        "  method  d  median steps          10 - 90 %  x per d  escaped  otherwise",
        "  GD      2   30 [29, 31]            22 - 41             100 %",
        "  GD      4   90 [88, 92]           65 - 125     1.73   99.8 %  2 outside",
        "  GD      5     > 100,000          > 100,000             0.0 %  1,001 censored",
        "  GD      6       > 1,463  > 1,068 - > 2,043             0.0 %  1,001 stalled "
        "(1,001 underflowed)",
        "  GD      7         never              never             0.0 %  1,001 stalled",
    ]
    text = " ".join(" ".join(lines[12:]).split())
    assert "Theory: a factor 2.7095 a dimension for large d." in text
    assert "Note: d = 7 is left out" in text
    assert text.endswith(
        "WARNING: 1,001 trajectories underflowed: double precision lost a coordinate that matters "
        "later, so they may have escaped at any step after the one recorded. The intervals allow "
        "for that; a median that it leaves open is shown as a lower bound. For values use "
        'arithmetic="auto" where there is an exact path, or smaller dimensions.'
    )
    assert max(map(len, lines[13:])) <= 80
    assert repr(result) == result.summary()


def test_share_is_100_percent_only_if_everything_escaped() -> None:
    nearly = cell(2, around(30, 100_001), [0] * 100_000 + [Outcome.DIVERGED])
    text = DimensionResult({("GD", 2): nearly}).summary()
    assert re.search(r"99\.9 %  1 diverged$", text, flags=re.MULTILINE)


def test_html_escapes_what_people_call_their_methods() -> None:
    text = growing([2, 3], label="<b>")._repr_html_()
    assert "&lt;b&gt;" in text
    assert "<b>&" not in text
    assert "Cannot tell" in text


# Costs, and what theory promises


def test_counted_in_a_cost_everything_is_in_its_unit() -> None:
    steps = run(dims=range(2, 7), methods={"PGD": PGD}, trials=200)
    result = steps.counted_in("gradient_evaluations")
    assert (steps.unit, result.unit) == ("steps", "gradient evaluations")
    alone = steps["PGD", 4].counted_in("gradient_evaluations")
    assert result.estimates("PGD")[2] == alone.median()
    assert alone.median().value > steps["PGD", 4].median().value  # kicks cost a gradient each
    row = result.table()[2]
    assert (row["unit"], row["median"]) == ("gradient evaluations", alone.median().value)
    text = result.summary()
    assert text.startswith(
        "Escape time, in gradient evaluations, against dimension: 5 cells of 200"
    )
    assert "median gradient evaluations" in text
    assert "counted in gradient evaluations, exact arithmetic" in " ".join(text.split())
    assert "no step budget" not in text
    growth = result.growth("PGD")
    assert growth.unit == "gradient evaluations"
    assert repr(growth).startswith("Growth of escape time, in gradient evaluations, over 5 dim")
    assert repr(steps.growth("PGD")).startswith("Growth of escape time over 5 dimensions")
    assert "counted in gradient evaluations" in repr(result["PGD", 4])


def test_a_cost_that_is_always_zero_has_no_growth() -> None:
    result = run(dims=range(2, 7), methods={"GD": GD}).counted_in("value_evaluations")
    assert [estimate.value for estimate in result.estimates("GD")] == [0] * 5
    assert "Cannot tell" in result.growth("GD").verdict


def test_a_cost_that_is_not_known_names_the_cell() -> None:
    result = run(dims=[2, 100], methods={"GD": GD}, trials=5)
    with pytest.raises(ValueError, match=r"use steps \(in the cell 'GD', 100\)$"):
        result.counted_in("gradient_evaluations")


def test_what_theory_promises_stands_beside_what_is_measured() -> None:
    def theory(f: ss.QuadraticSaddle) -> ss.Method:
        return ss.PerturbedGradientDescent.from_theory(f, 0.1, hessian_lipschitz=1.0, value_gap=1.0)

    result = run(
        landscape_family=ss.QuadraticSaddle,
        methods={"GD": GD, "theory": theory},
        escape=ss.LeavesBall(radius=0.5),
        max_steps=1000,
    )
    promise = result["theory", 3].method.guarantee.iterations  # type: ignore[attr-defined]
    rows = {(row["method"], row["dim"]): row["promised"] for row in result.table()}
    assert rows["theory", 3] == promise
    assert math.isnan(rows["GD", 3])
    assert "promised iterations: within which the theorem" in result.summary()
    assert f"{promise:.2g}" in result.summary()
    assert "promised" not in growing([2, 3]).summary()
