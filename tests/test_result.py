"""EscapeTimes: its verdict in text and HTML, its statistics, and its ways in and out."""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from saddlesim import statistics
from saddlesim.errors import CensoredMeanError
from saddlesim.outcome import Outcome
from saddlesim.result import EscapeTimes
from saddlesim.tables import html_table, text_table


class Named:
    """Stands for a landscape, method, start or escape."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


DIAGNOSTICS = {
    "threads": 2,
    "isa": "avx2",
    "lanes": 8,
    "occupancy": 0.973,
    "seconds": 1.5,
    "trajectory_steps": 185_000_000,
    "steps_per_second": 1.234e8,
    "arithmetic": "float64",
}


def run(n: int, **changes: Any) -> EscapeTimes:
    """n trajectories that escape at steps 1, ..., n, unless changed."""
    columns: dict[str, Any] = {
        "steps": np.arange(1, n + 1),
        "outcome": np.zeros(n, dtype=np.int8),
        "trajectory": np.arange(n),
        "underflowed": np.zeros(n, dtype=np.bool_),
        "value": -np.arange(1.0, n + 1),
        "gradient_norm": np.ones(n),
        "perturbations": np.zeros(n, dtype=np.int64),
        "landscape": Named("Octopus(dim=3)"),
        "method": Named("GradientDescent(step_size=0.25)"),
        "initial": Named("Uniform(low=-1, high=1)"),
        "escape": Named("PastLastSaddle()"),
        "seed": 7,
        "max_steps": 100_000,
        "diagnostics": DIAGNOSTICS,
    }
    return EscapeTimes(**{**columns, **changes})


def mixed(n: int = 10_000) -> EscapeTimes:
    """A run in which everything occurs that the verdict can speak of."""
    outcome = np.zeros(n, dtype=np.int8)
    outcome[-100:] = Outcome.CENSORED
    outcome[100:105] = Outcome.STALLED
    outcome[105] = Outcome.RETURNED
    outcome[106:119] = Outcome.OUTSIDE
    outcome[119] = Outcome.DIVERGED
    steps = np.where(outcome == Outcome.CENSORED, n, np.arange(n) // 10)
    value = np.where(outcome == Outcome.DIVERGED, np.nan, np.linspace(-184.7, 0, n))
    underflowed = np.arange(n) % 8 == 0
    return run(
        n,
        steps=steps,
        outcome=outcome,
        value=value,
        underflowed=underflowed,
        interrupted=True,
        max_steps=None,
    )


# --- The verdict ----------------------------------------------------------------------------------


def test_repr() -> None:
    assert repr(run(10)) == (
        "EscapeTimes of 10 trajectories, seed 7\n"
        "  landscape      Octopus(dim=3)\n"
        "  method         GradientDescent(step_size=0.25)\n"
        "  start          Uniform(low=-1, high=1)\n"
        "  escape         PastLastSaddle(), max_steps 100,000\n"
        "  escaped        10 of 10 (100.0 %)\n"
        "  median         5 [2, 9] steps (95 % interval)\n"
        "  90 % quantile  9 [7, inf] steps\n"
        "  final value    median -5.5, from -10 to -1\n"
        "  throughput     123 million steps/s, 2 threads, avx2, 8 lanes, 97 % occupied, "
        "float64 arithmetic"
    )


def test_repr_says_all_that_went_wrong() -> None:
    assert repr(mixed()) == (
        "EscapeTimes of 10,000 trajectories, seed 7\n"
        "  landscape      Octopus(dim=3)\n"
        "  method         GradientDescent(step_size=0.25)\n"
        "  start          Uniform(low=-1, high=1)\n"
        "  escape         PastLastSaddle(), no step budget\n"
        "  escaped        9,880 of 10,000 (98.8 %)\n"
        "  at step 0      10 of them (0.1 % of all): the start already meets the escape "
        "criterion\n"
        f"  censored       100 (1.0 %): {Outcome.CENSORED.meaning}\n"
        f"  stalled        5 (<0.1 %): {Outcome.STALLED.meaning}\n"
        f"  returned       1 (<0.1 %): {Outcome.RETURNED.meaning}\n"
        f"  outside        13 (0.1 %): {Outcome.OUTSIDE.meaning}\n"
        f"  diverged       1 (<0.1 %): {Outcome.DIVERGED.meaning}\n"
        "  median         501 [492, 511] steps (95 % interval)\n"
        "  90 % quantile  901 [896, 907] steps\n"
        "  final value    median -92.34, from -184.7 to 0\n"
        "  WARNING        1,250 trajectories underflowed (a coordinate that matters later fell "
        "below 2^-1022): their step counts are wrong in double precision; use "
        'arithmetic="auto" or "exact", or a smaller dimension\n'
        "  interrupted    trajectories in flight are censored at the step they had reached\n"
        "  throughput     123 million steps/s, 2 threads, avx2, 8 lanes, 97 % occupied, "
        "float64 arithmetic"
    )


def test_repr_of_none_escaped() -> None:
    text = repr(run(10, outcome=np.ones(10, np.int8), steps=np.full(10, 100_000)))
    assert "escaped        0 of 10 (0.0 %)" in text
    assert "median         >100000 steps" in text


def test_repr_of_one_and_of_none() -> None:
    assert repr(run(1)).startswith("EscapeTimes of 1 trajectory, seed 7\n")
    assert "median         1 [0, inf] steps" in repr(run(1))
    assert repr(run(0, diagnostics={"threads": 1})) == (
        "EscapeTimes of 0 trajectories, seed 7\n"
        "  landscape   Octopus(dim=3)\n"
        "  method      GradientDescent(step_size=0.25)\n"
        "  start       Uniform(low=-1, high=1)\n"
        "  escape      PastLastSaddle(), max_steps 100,000\n"
        "  throughput  1 thread"
    )


def test_repr_without_a_finite_value() -> None:
    times = run(3, outcome=np.full(3, Outcome.DIVERGED), value=np.full(3, np.nan))
    assert "final value" not in repr(times)


@pytest.mark.parametrize(
    ("escaped", "share"), [(1, "<0.1 %"), (9_999, ">99.9 %"), (10_000, "100.0 %"), (0, "0.0 %")]
)
def test_shares_never_round_to_all_or_none(escaped: int, share: str) -> None:
    outcome = np.ones(10_000, dtype=np.int8)
    outcome[:escaped] = Outcome.ESCAPED
    line = f"escaped        {escaped:,} of 10,000 ({share})"
    assert line in repr(run(10_000, outcome=outcome))


@pytest.mark.parametrize(
    ("rate", "text"),
    [(950.0, "950"), (4.56e5, "456,000"), (2.5e9, "2.5 billion"), (3e12, "3 trillion")],
)
def test_throughput_is_readable(rate: float, text: str) -> None:
    assert (
        f"throughput     {text} steps/s\n"
        in repr(run(1, diagnostics={"steps_per_second": rate})) + "\n"
    )


def test_html_has_the_lines_of_the_text_and_escapes_them() -> None:
    times = run(10, landscape=Named("Custom(<lambda> & co)"))
    html = times._repr_html_()
    assert html.startswith(
        '<table><caption style="text-align:left"><b>EscapeTimes of 10 trajectories, seed 7</b>'
        '</caption><tbody><tr><th style="text-align:left">landscape</th>'
        '<td style="text-align:left">Custom(&lt;lambda&gt; &amp; co)</td></tr>'
    )
    assert html.endswith("float64 arithmetic</td></tr></tbody></table>")
    assert html.count("<tr>") == len(repr(times).splitlines()) - 1
    assert "<lambda>" not in html


def test_tables() -> None:
    rows = [["a", "bb", "long text"], ["ccc", "d", "e"], ["only"]]
    assert text_table(rows) == "  a    bb  long text\n  ccc  d   e\n  only"
    assert text_table([]) == ""
    assert html_table("<t>", []) == (
        '<table><caption style="text-align:left"><b>&lt;t&gt;</b></caption><tbody></tbody></table>'
    )


# --- Columns and statistics -----------------------------------------------------------------------


def test_columns() -> None:
    times = mixed()
    assert len(times) == 10_000
    assert times.count(Outcome.STALLED) == 5
    assert sum(times.count(outcome) for outcome in Outcome) == len(times)
    np.testing.assert_array_equal(times.escaped, times.outcome == 0)
    assert times.steps_exact.all()
    np.testing.assert_allclose(times.log10_steps[10:30], np.repeat([0.0, np.log10(2)], 10))
    assert np.all(np.isneginf(times.log10_steps[:10]))


def test_statistics_are_those_of_the_module() -> None:
    times = mixed()
    data = times.steps, times.outcome
    assert times.median() == statistics.quantile(*data, 0.5)
    assert times.quantile(0.9, confidence=0.5) == statistics.quantile(*data, 0.9, confidence=0.5)
    assert times.restricted_mean(300) == statistics.restricted_mean(*data, 300)
    curve = statistics.survival(*data, confidence=0.8)
    np.testing.assert_array_equal(times.survival(confidence=0.8).high, curve.high)
    assert run(9).mean() == statistics.mean(np.arange(1, 10), np.zeros(9))
    with pytest.raises(CensoredMeanError, match="biased low"):
        times.mean()


def test_restricted_mean_goes_up_to_the_budget() -> None:
    times = run(20, max_steps=50, outcome=np.repeat(np.array([0, 2], dtype=np.int8), 10))
    assert times.restricted_mean().value == (55 + 10 * 50) / 20
    interrupted = run(20, max_steps=50, outcome=np.repeat([0, 1], 10), interrupted=True)
    assert interrupted.restricted_mean() == interrupted.restricted_mean(20)


# --- Selecting and merging ------------------------------------------------------------------------


def test_select() -> None:
    times = run(10, saddle_exits=np.arange(30).reshape(10, 3))
    odd = times.select(times.steps % 2 == 1)
    np.testing.assert_array_equal(odd.trajectory, [0, 2, 4, 6, 8])
    assert odd.saddle_exits is not None
    np.testing.assert_array_equal(odd.saddle_exits[:, 0], [0, 6, 12, 18, 24])
    assert odd.diagnostics == {}
    assert len(times.select(np.zeros(10, dtype=bool))) == 0


def test_select_wants_a_mask() -> None:
    text = (
        "mask: int64 of shape (2,), but it must be bool of shape (10,), one entry a trajectory; "
        "for example times.escaped"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        run(10).select(np.array([1, 2]))  # type: ignore[arg-type]


def test_merge_restores_the_whole() -> None:
    times = run(10, saddle_exits=np.arange(20).reshape(10, 2))
    parts = [times.select(times.trajectory % 3 == k) for k in (2, 0, 1)]
    whole = EscapeTimes.merge(parts)
    for name in ("steps", "outcome", "trajectory", "value", "saddle_exits"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(times, name))
    assert not whole.interrupted
    assert whole.steps.dtype == times.steps.dtype


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (
            {"trajectory": np.arange(5, 15)},
            "parts: trajectory 5 occurs 2 times; merge disjoint ranges of trajectories",
        ),
        (
            {"trajectory": np.arange(10, 20), "seed": 8},
            "parts: seed is 7 in one and 8 in another; merge trajectories of one run only",
        ),
        (
            {"trajectory": np.arange(10, 20), "method": Named("Other()")},
            "parts: method is GradientDescent(step_size=0.25) in one and Other() in another; "
            "merge trajectories of one run only",
        ),
        (
            {"trajectory": np.arange(10, 20), "saddle_exits": np.zeros((10, 3))},
            "parts: saddle_exits is there in 1 of 2; have it in all or in none",
        ),
    ],
)
def test_merge_refuses(other: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        EscapeTimes.merge([run(10), run(10, **other)])


def test_merge_of_nothing() -> None:
    text = "parts: nothing to merge; pass at least one EscapeTimes"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        EscapeTimes.merge([])


# --- Ways out -------------------------------------------------------------------------------------


def test_to_pandas() -> None:
    times = run(
        3, outcome=np.array([0, 1, 5], np.int8), saddle_exits=np.array([[1, 2], [3, -1], [-1, -1]])
    )
    frame = times.to_pandas()
    assert list(frame.columns) == [
        *("steps", "outcome", "trajectory", "underflowed", "value", "gradient_norm"),
        *("perturbations", "log10_steps", "gradient_evaluations", "value_evaluations"),
        *("hessian_vector_products", "saddle_exit_1", "saddle_exit_2"),
    ]
    assert list(frame["outcome"]) == ["escaped", "censored", "diverged"]
    assert isinstance(frame["outcome"].dtype, pd.CategoricalDtype)
    assert list(frame["outcome"].cat.categories) == [outcome.label for outcome in Outcome]
    assert list(frame["saddle_exit_2"]) == [2, -1, -1]


def test_to_xarray() -> None:
    data = run(3, saddle_exits=np.array([[1, 2], [3, -1], [-1, -1]])).to_xarray()
    assert dict(data.sizes) == {"trajectory": 3, "saddle": 2}
    assert list(data["saddle"].values) == [1, 2]
    assert data["saddle_exits"].sel(trajectory=1, saddle=1).item() == 3
    assert data["outcome"].attrs["flag_meanings"].split()[1] == "censored"
    assert data.attrs["landscape"] == "Octopus(dim=3)"
    assert "saddle" not in run(3).to_xarray().sizes


@pytest.mark.parametrize("package", ["pandas", "xarray"])
def test_without_the_package_the_message_says_what_to_install(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    text = (
        f"EscapeTimes.to_{package}() needs {package}, which is not installed; "
        f"install it with: pip install {package}"
    )
    with pytest.raises(ImportError, match=f"^{re.escape(text)}$"):
        getattr(run(3), f"to_{package}")()
