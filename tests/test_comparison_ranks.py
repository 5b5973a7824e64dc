"""How methods rank: by medians where they are reached, by what is spent where not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.figure import Figure

import saddlesim as ss
from comparisons import METHODS, OCTOPUS, legend, runs
from grids import GD, PGD, around, cell, censored
from saddlesim.outcome import Outcome


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
