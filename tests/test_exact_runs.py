"""Exact runs as runs: where they are taken, that they repeat, stop and tell what they counted."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

import saddlesim as ss
from exact_runs import exact, plain
from test_determinism import interrupt

GD = ss.GradientDescent(0.25)
RECORD = ("saddle_exits", "points")
COLUMNS = ("steps", "log10_steps", "outcome", "trajectory", "value", "gradient_norm")
CERTIFICATE = ("tie_distance", "underflow_margin", "redone")
RUNS = {
    "certain": {"landscape": ss.Octopus(9)},
    "redone": {"landscape": ss.Octopus(44)},
    "beyond int64": {"landscape": ss.Octopus(80)},
    "wide": {"landscape": ss.Octopus(3), "initial": ss.Uniform(-7, 7)},
    "budget": {"landscape": ss.Octopus(9), "max_steps": 20_000},
    "minimum": {"landscape": ss.Octopus(9), "escape": ss.ReachesMinimum()},
    "value": {"landscape": ss.Octopus(9), "escape": ss.ValueBelow(-400)},
}


def run(name: str, **options: object) -> ss.EscapeTimes:
    known = {"method": GD, "arithmetic": "exact", "trials": 250, "seed": 61, "record": RECORD}
    return ss.escape_times(**(known | RUNS[name] | options))


def same(a: ss.EscapeTimes, b: ss.EscapeTimes, rows: slice = slice(None)) -> None:
    for name in (*COLUMNS, "saddle_exits", "log10_saddle_exits", "points"):
        if getattr(b, name) is not None:
            np.testing.assert_array_equal(getattr(a, name)[rows], getattr(b, name), err_msg=name)
    for name in CERTIFICATE:
        left, right = getattr(a.certificate, name)[rows], getattr(b.certificate, name)
        np.testing.assert_array_equal(left, right, err_msg=name)


# --- The same bits --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNS)
def test_threads_change_nothing(name: str) -> None:
    alone = run(name, threads=1)
    for threads in (2, 3, 7):
        same(alone, run(name, threads=threads))
    assert len(np.unique(alone.log10_steps)) > 5


@pytest.mark.parametrize("name", RUNS)
def test_any_split_of_the_ids_changes_nothing(name: str) -> None:
    whole = run(name)
    for cuts in ((0, 125, 250), (0, 1, 2, 17, 33, 249, 250)):
        for i, j in itertools.pairwise(cuts):
            same(whole, run(name, trials=range(i, j), threads=2), slice(i, j))
    parts = [run(name, trials=range(i, i + 50)) for i in (200, 0, 100, 50, 150)]
    same(whole, ss.EscapeTimes.merge(parts))


@pytest.mark.parametrize("name", RUNS)
def test_what_is_recorded_and_reported_changes_nothing(name: str) -> None:
    whole = run(name)
    for record in ((), ("points",), ("saddle_exits",)):
        same(whole, run(name, record=record))
    same(whole, run(name, progress=lambda *_: None))


# --- Ctrl-C ---------------------------------------------------------------------------------------

MANY = """
landscape, method = ss.Octopus(40), ss.GradientDescent(0.25)
options = dict(trials=3_000_000, threads={threads}, arithmetic="exact")
"""
# connecting regions of a million steps, which are searched one trajectory after the other
TEDIOUS = """
landscape, method = ss.Octopus(2), ss.GradientDescent(3e-7)
options = dict(trials=320, threads=1, arithmetic="exact", escape=ss.ReachesMinimum())
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_keeps_what_was_counted(threads: int) -> None:
    seconds, report = interrupt(MANY.format(threads=threads), 0.3)
    assert seconds < 0.5
    assert report["kind"] == "Interrupted"
    assert report["flag"]
    assert 100 < report["rows"] < 3_000_000
    assert set(report["outcome"]) == {int(ss.Outcome.ESCAPED)}
    trajectory, steps = np.array(report["trajectory"]), np.array(report["steps"])
    assert np.all(np.diff(trajectory) > 0)
    first = trajectory[:100]
    again = exact(ss.Octopus(40), GD, trials=range(int(first[-1]) + 1), seed=3)
    np.testing.assert_array_equal(again.steps[first], steps[:100])
    assert "inf" not in report["median"]


def test_ctrl_c_ends_a_search_in_the_middle_of_a_trajectory() -> None:
    seconds, report = interrupt(TEDIOUS, 2.0)
    assert seconds < 0.5
    assert report["rows"] < 320


# --- Where it is taken, and where not -------------------------------------------------------------

UNKNOWN_METHOD = (
    "exact paths are those of GradientDescent, PerturbedGradientDescent and GradientFlow on the "
    "Octopus, not of "
)
OBSTACLES = [
    (
        ss.Octopus(3),
        ss.GradientDescent(0.5),
        None,
        "the exact path needs step_size < 1 / (2 L) = 0.5, got 0.5: "
        "waiting coordinates must not change sign",
    ),
    (
        ss.Octopus(3, L=2.0),
        ss.GradientDescent(0.3),
        None,
        "the exact path needs step_size < 1 / (2 L) = 0.25, got 0.3: "
        "waiting coordinates must not change sign",
    ),
    (
        ss.Octopus(3, L=0.5),
        ss.GradientDescent(0.6),
        None,
        "the exact path needs step_size <= 1 / (2 gamma) = 0.5, got 0.6: "
        "no step may skip a connecting region",
    ),
    (
        ss.Octopus(3, gamma=0.1),
        ss.GradientDescent(1e-8),
        None,
        "the exact path needs step_size * min(L, gamma) >= 1e-08, got 1e-09: connecting regions "
        "are passed step by step; GradientFlow is the limit of small steps",
    ),
    (
        ss.Octopus(3),
        GD,
        ss.LeavesBall([0.1, 0.0, 0.0], radius=3.0),
        "the exact path knows LeavesBall about the origin only",
    ),
]


@pytest.mark.parametrize(("f", "method", "escape", "reason"), OBSTACLES)
def test_where_there_is_no_exact_path_plain_steps_are_taken_and_the_result_says_why(
    f: ss.Octopus, method: ss.Method, escape: ss.Escape | None, reason: str
) -> None:
    options = {"escape": escape, "trials": 100, "seed": 62, "max_steps": 500}
    times = ss.escape_times(f, method, arithmetic="auto", **options)
    assert times.diagnostics["why_not_exact"] == reason
    assert times.diagnostics["arithmetic"] == "float64"
    assert times.certificate is None
    stepped = plain(f, method, **options)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(times, name), getattr(stepped, name))
    assert "why_not_exact" not in stepped.diagnostics
    text = f"arithmetic must be 'float64' or 'auto' here, got 'exact': {reason}"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        exact(f, method, **options)


@pytest.mark.parametrize(
    ("f", "method", "names"),
    [
        (ss.QuadraticSaddle([-1.0, 1.0]), GD, "GradientDescent on QuadraticSaddle"),
        (ss.Octopus(3), ss.NoisyGradientDescent(0.25, 0.1), "NoisyGradientDescent on Octopus"),
    ],
)
def test_other_landscapes_and_methods_have_no_exact_path(
    f: ss.Landscape, method: ss.Method, names: str
) -> None:
    text = f"arithmetic must be 'float64' or 'auto' here, got 'exact': {UNKNOWN_METHOD}{names}"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        exact(f, method, trials=10)
    # nobody expected one, so nothing is explained
    times = ss.escape_times(f, method, trials=10, arithmetic="auto")
    assert "why_not_exact" not in times.diagnostics
    assert times.max_steps == 100_000


def test_the_limits_of_the_step_themselves() -> None:
    # 1 + 2 eta gamma = 2 is allowed, 1 - 2 eta L = 0 is not
    f = ss.Octopus(3, L=0.75, gamma=1.0)
    times = exact(f, ss.GradientDescent(0.5), trials=500, seed=63)
    stepped = plain(f, ss.GradientDescent(0.5), trials=500, seed=63)
    np.testing.assert_array_equal(times.steps, stepped.steps)


def test_auto_takes_the_exact_path_of_the_octopus() -> None:
    times = ss.escape_times(ss.Octopus(8), GD, trials=10, arithmetic="auto")
    assert times.diagnostics["arithmetic"] == "exact"
    assert times.certificate is not None
    assert times.max_steps is None


@pytest.mark.parametrize("name", ["Exact", "double", "float32", 64, None])
def test_an_unknown_arithmetic_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match=r"arithmetic must be .*'auto'.*'float64'.*'exact'"):
        ss.escape_times(ss.Octopus(2), GD, trials=10, arithmetic=name)


# --- Statistics of huge counts --------------------------------------------------------------------


@pytest.mark.parametrize("q", [0.01, 0.25, 0.5, 0.9, 0.99])
def test_log10_quantiles_are_the_logarithms_of_quantiles(q: float) -> None:
    times = exact(ss.Octopus(20), GD, trials=999, seed=64)
    counts, logs = times.quantile(q), times.log10_quantile(q)
    for end in ("value", "low", "high"):
        assert getattr(logs, end) == pytest.approx(np.log10(getattr(counts, end)), rel=1e-14)
    assert logs.confidence == counts.confidence
    narrow = times.log10_quantile(q, confidence=0.5)
    assert logs.low <= narrow.low <= narrow.value <= narrow.high <= logs.high
    assert logs.low < narrow.low


def test_log10_quantiles_of_what_is_not_reached() -> None:
    times = exact(ss.Octopus(20), GD, trials=999, seed=64, max_steps=1_600_000_000)
    share = times.escaped.mean()
    assert 0.1 < share < 0.9
    assert times.log10_quantile(share + 0.05).value == np.inf
    assert np.isfinite(times.log10_quantile(share - 0.05).value)
    assert times.log10_quantile(share + 0.2).low == pytest.approx(np.log10(1.6e9))


def test_float_steps_go_as_far_as_floats_do() -> None:
    times = exact(ss.Octopus(300), GD, trials=50, seed=65)
    np.testing.assert_allclose(np.log10(times.float_steps), times.log10_steps, rtol=1e-14)
    assert times.median().value == pytest.approx(10 ** times.log10_quantile(0.5).value, rel=1e-9)
    both = exact(ss.Octopus(42), GD, trials=1000, seed=65)
    known = both.steps_exact
    assert 0 < np.count_nonzero(known) < 1000
    np.testing.assert_array_equal(both.float_steps[known], both.steps[known].astype(float))
    assert both.float_steps[~known].min() > 9.2e18


def test_float_steps_beyond_floats_are_refused() -> None:
    times = exact(ss.Octopus(1000), GD, trials=20, seed=66)
    text = (
        f"steps reach 10^{times.log10_steps.max():.1f}, beyond the largest float; "
        "use log10_steps and log10_quantile(q)"
    )
    for use in (lambda: times.float_steps, times.median, times.survival):
        with pytest.raises(OverflowError, match=f"^{re.escape(text)}$"):
            use()
    assert 430 < times.log10_quantile(0.5).value < 437


# --- What the repr says ---------------------------------------------------------------------------


def lines(dim: int, trials: int = 200) -> dict[str, str]:
    text = repr(exact(ss.Octopus(dim), GD, trials=trials, seed=67))
    rows = (re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in text.splitlines()[1:])
    return dict(rows)


def test_repr_of_counts_that_doubles_hold() -> None:
    said = lines(6)
    assert said["escape"] == "PastLastSaddle(), no step budget"
    assert said["escaped"] == "200 of 200 (100.0 %)"
    assert re.fullmatch(r"1\d{3} \[1\d{3}, 1\d{3}\] steps \(95 % interval\)", said["median"])
    assert re.fullmatch(r"nearest tie \d\.\de-\d\d", said["exact counts"])
    assert "WARNING" not in said
    assert said["throughput"].endswith("exact arithmetic")
    assert "trajectories/s" in said["throughput"]
    assert "lanes" not in said["throughput"]


def test_repr_of_counts_about_the_end_of_int64() -> None:
    said = lines(42, trials=1000)
    known = np.count_nonzero(exact(ss.Octopus(42), GD, trials=1000, seed=67).steps_exact)
    assert 900 < known < 1000
    assert re.fullmatch(r"10\^18\.\d{4} \[10\^18\.\d{4}, 10\^18\.\d{4}\] steps .*", said["median"])
    assert re.fullmatch(
        rf"nearest tie \d\.\de-\d\d; 1,000 decided in twice the precision; "
        rf"{1000 - known} beyond int64, known by log10_steps",
        said["exact counts"],
    )
    assert said["plain doubles"] == "would underflow in 1,000 of them (100.0 %)"


def test_repr_of_counts_beyond_floats() -> None:
    said = lines(1000)
    assert re.fullmatch(r"10\^433\.\d{4} \[10\^433\.\d+, 10\^433\.\d+\] steps .*", said["median"])
    assert re.fullmatch(r"10\^433\.\d{4} \[.*\] steps", said["90 % quantile"])
    assert re.fullmatch(
        r"nearest tie \d\.\de-\d\d; 200 decided in twice the precision; "
        r"200 beyond int64, known by log10_steps",
        said["exact counts"],
    )


def test_repr_of_few_that_reach_a_huge_quantile() -> None:
    times = exact(ss.Octopus(60), GD, trials=100, seed=67, max_steps=10**12)
    assert re.search(r"median +>1000000000000 steps", repr(times))


def test_repr_of_a_plain_run_that_underflowed_names_the_remedy() -> None:
    text = repr(plain(ss.Octopus(8), GD, trials=100, seed=67))
    assert 'their step counts are wrong in double precision; use arithmetic="auto"' in text
    assert "float64 arithmetic" in text
    assert "exact counts" not in text


# --- Certificates among rows ----------------------------------------------------------------------


def test_certificates_go_with_their_rows() -> None:
    whole = exact(ss.Octopus(7), GD, trials=100, seed=68)
    even = whole.trajectory % 2 == 0
    part, rest = whole.select(even), whole.select(~even)
    assert part.certificate is not None
    np.testing.assert_array_equal(
        part.certificate.tie_distance, whole.certificate.tie_distance[::2]
    )
    joined = ss.EscapeTimes.merge([rest, part])
    same(whole, joined)
    with pytest.raises(ValueError, match="parts: certificate is there in 1 of 2"):
        ss.EscapeTimes.merge([part, plain(ss.Octopus(7), GD, trials=range(100, 110), seed=68)])
