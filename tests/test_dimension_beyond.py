"""Escape time against dimension where counts reach beyond 10^308, and where time is no count."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

import saddlesim as ss
from grids import GD, cell
from saddlesim.dimension import DimensionResult
from saddlesim.dimension_cell import row
from saddlesim.study import escape_time_vs_dimension

FLOW = ss.GradientFlow()


def run(
    dims: Sequence[int], methods: Mapping[str, ss.Method], trials: int = 1000
) -> DimensionResult:
    return escape_time_vs_dimension(ss.Octopus, dims=dims, methods=methods, trials=trials)


def beyond() -> DimensionResult:
    return run([2, 10, 100, 1000], {"GD": GD, "flow": FLOW})


def test_escape_times_beyond_the_largest_float() -> None:
    result = beyond()
    medians = result.log10_estimates("GD")
    # log10 of the mean is 43.838 at d = 100, and log10 of the growth factor is added per dimension;
    # the median of 1000 has a standard error of 0.004.
    assert medians[2].value == pytest.approx(43.838, abs=0.03)
    assert medians[3].value == pytest.approx(43.838 + 900 * math.log10(2.709511), abs=0.03)
    assert medians[3].low < medians[3].value < medians[3].high < medians[3].low + 0.03
    assert medians[0].value == math.log10(result["GD", 2].median().value)
    text = r"estimates: escape times of 'GD' at dimension 1000 reach 10\^43[34]\.\d, .*log10_est"
    with pytest.raises(OverflowError, match=text):
        result.estimates("GD")


def test_mean_beyond_the_largest_float_is_that_of_scaled_times() -> None:
    result = beyond()
    times = result["GD", 1000]
    mean = result.log10_estimates("GD", "restricted_mean")[-1]
    logarithms = times.log10_steps
    direct = 400 + math.log10(np.mean(10.0 ** (logarithms - 400)))
    assert mean.value == pytest.approx(direct, abs=1e-12)
    spread = np.std(10.0 ** (logarithms - direct), ddof=1) / math.sqrt(1000)
    assert mean.high - mean.value == pytest.approx(math.log10(1 + 1.962 * spread), rel=1e-3)
    # Below the largest float the two ways agree.
    flow = result["flow", 1000]
    linear = flow.restricted_mean()
    assert math.isfinite(linear.high)
    found = result.log10_estimates("flow", "restricted_mean")[-1]
    assert found.value == pytest.approx(math.log10(linear.value), abs=1e-12)


def test_table_beyond_the_largest_float_has_logarithms() -> None:
    rows = {(r["method"], r["dim"]): r for r in beyond().table()}
    gd, flow = rows["GD", 1000], rows["flow", 1000]
    names = ("median", "q10", "q90", "restricted_mean")
    assert all(math.isnan(gd[f"{name}{end}"]) for name in names for end in ("", "_low", "_high"))
    assert math.isnan(gd["horizon"])
    assert gd["log10_q10"] < gd["log10_median"] < gd["log10_restricted_mean"] < gd["log10_q90"]
    for name in names:
        assert flow[f"log10_{name}_low"] == math.log10(flow[f"{name}_low"])
    assert (gd["unit"], flow["unit"]) == ("steps", "time")


def test_logarithm_of_a_quantile_that_is_not_reached() -> None:
    found = row("GD", "dim", 3, cell(3, [0, 0, 0, 9, 9], [0, 0, 0, 1, 1], max_steps=9))
    assert found["log10_q10"] == -math.inf
    assert found["log10_q90"] == math.inf


def test_growth_beyond_the_largest_float() -> None:
    for statistic in ("median", "restricted_mean"):
        found = beyond().growth("GD", statistic)
        assert found.best is not None
        assert found.best.formula == "A r^d"
        assert found.best.parameters["r"].low < 2.709511 < found.best.parameters["r"].high
        assert "A d^p, is off by a factor 10^357." in found.verdict


def test_summary_beyond_the_largest_float() -> None:
    text = beyond().summary()
    assert re.search(r"method +d +median steps or time +10 - 90 %", text)
    line = r"GD +1000 +10\^433\.4\d \[10\^433\.4\d, 10\^433\.4\d\] +10\^433\.\d\d - 10\^433\.\d\d"
    assert re.search(line + r" +2\.71 +100 %", text)
    assert re.search(r"flow +1000 +1\.\d{3}e\+301 \[1\.\d{3}e\+301, ", text)
    assert re.search(r"flow +2 +3\.\d{3} \[3\.\d{3}, 3\.\d{3}\]", text)
    assert "flow       GradientFlow(), continuous time, exact arithmetic" in text


def test_interval_beyond_the_largest_float_has_ends_that_differ() -> None:
    narrow = run([720], {"GD": GD}, trials=40_000).summary()
    shown = re.search(r"10\^(\S+) \[10\^(\S+), 10\^(\S+)\]", narrow)
    assert shown is not None
    assert len(set(shown.groups())) == 3


def test_heading_names_the_unit() -> None:
    flow = run([2, 3], {"flow": FLOW}, trials=50).summary()
    assert re.search(r"d +median time  ", flow)
