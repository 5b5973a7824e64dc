"""Throughput against threads: what is recommended, what is said, and threads that are bound."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import saddlesim as ss
from saddlesim.cli.app import app
from saddlesim.threads import pinned
from saddlesim.tuning import multiply_adds

saddle, descent = ss.QuadraticSaddle([1.0, -1.0]), ss.GradientDescent(0.1)


def tuning(rates: list[list[float]], counts: tuple[int, ...] = (1, 2, 4)) -> ss.ThreadTuning:
    return ss.ThreadTuning(
        threads=counts,
        rates=np.array(rates),
        multiply_adds=np.array([[1e11, 2e11, 2e11]] * len(rates)),
        unit="steps",
        trials=1000,
        pinned=False,
    )


@pytest.mark.parametrize(
    ("rates", "recommended"),
    [([[1, 2, 4]], 4), ([[1, 2, 2.05]], 2), ([[1, 1.02, 0.9]], 1), ([[1, 2, 9], [1, 2, 2]] * 2, 4)],
)
def test_the_fewest_threads_near_the_best_are_recommended(
    rates: list[list[float]], recommended: int
) -> None:
    assert tuning(rates).recommended == recommended


def test_ratios_are_taken_within_a_repeat() -> None:
    # the second repeat met a machine half as fast
    result = tuning([[1e6, 2e6, 3e6], [5e5, 1e6, 1.5e6]])
    np.testing.assert_allclose(result.speedup(), [1, 2, 3])
    np.testing.assert_allclose(result.machine_speedup(), [1, 2, 2])


def test_the_table_says_what_users_need() -> None:
    text = repr(tuning([[1e6, 1.8e6, 1.85e6]]))
    assert text.splitlines() == [
        "ThreadTuning: medians of 1 runs in turn",
        "  threads  steps/s   speed-up  of multiply-adds  share",
        "  1        1e+06     1.00      1.00              100%",
        "  2        1.8e+06   1.80      2.00              90%",
        "  4        1.85e+06  1.85      2.00              92%",
        "recommended: threads=2, the fewest within 5% of the best (1,000 trajectories a run)",
    ]
    assert "<td" in tuning([[1, 2, 3]])._repr_html_()


def test_a_run_is_measured() -> None:
    result = ss.tune_threads(saddle, descent, threads=[2, 1], trials=200, repeats=2)
    assert result.threads == (1, 2)
    assert result.rates.shape == result.multiply_adds.shape == (2, 2)
    assert result.unit == "steps"
    assert (result.rates > 1e4).all()
    assert result.recommended in (1, 2)


def test_an_exact_path_counts_trajectories() -> None:
    result = ss.tune_threads(ss.Octopus(4), ss.GradientDescent(0.25), threads=[1], trials=50)
    assert result.unit == "trajectories"
    assert "trajectories/s" in repr(result)


def test_counts_go_up_to_what_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SADDLESIM_NUM_THREADS", "5")
    result = ss.tune_threads(saddle, descent, trials=10, repeats=1)
    assert result.threads == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threads": []}, "threads names no thread count, got an empty list; try [1, 2]"),
        ({"threads": [0]}, "threads must be a whole number >= 1, got 0"),
        ({"repeats": 0}, "repeats must be a whole number >= 1, got 0"),
        ({"trials": -1}, "trials must be a whole number >= 1, got -1"),
    ],
)
def test_errors(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        ss.tune_threads(saddle, descent, **arguments)


def test_oversubscribed_threads_do_not_multiply_faster() -> None:
    usable = len(os.sched_getaffinity(0))
    assert multiply_adds(4 * usable, 0.3) < 1.6 * multiply_adds(usable, 0.3)


def test_the_picture_has_both_curves_and_units() -> None:
    ax = Figure().subplots()
    tuning([[1e6, 1.8e6, 1.85e6]]).plot(ax)
    assert ax.get_xlabel() == "threads"
    assert ax.get_ylabel() == "speed-up over one thread"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert set(labels) == {
        "in proportion",
        "multiply-adds alone",
        "this run (steps/s)",
        "recommended",
    }


def bound_threads() -> int:
    """Count the threads of this process that are bound to a single processor."""
    files = Path("/proc/self/task").glob("*/status")
    lists = (re.search(r"Cpus_allowed_list:\s*(\S+)", file.read_text()) for file in files)
    return sum(found is not None and found[1].isdigit() for found in lists)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")
@pytest.mark.parametrize("word", ["1", "0"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_threads_are_bound_when_asked(
    monkeypatch: pytest.MonkeyPatch, word: str, dtype: str
) -> None:
    monkeypatch.setenv("SADDLESIM_PIN_THREADS", word)
    seen: list[int] = []
    before = bound_threads()
    times = ss.escape_times(
        ss.QuadraticSaddle([1.0, 0.5]),
        ss.NoisyGradientDescent(0.1, 1e-3),
        escape=ss.LeavesBall(radius=100.0),
        trials=1000,
        max_steps=30_000,
        threads=2,
        dtype=dtype,
        progress=lambda *_: seen.append(bound_threads()),
    )
    assert len(times) == 1000
    assert max(seen) - before == (2 if word == "1" else 0)
    assert bound_threads() == before


def test_binding_does_not_show_in_the_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    for word in ("0", "1"):
        monkeypatch.setenv("SADDLESIM_PIN_THREADS", word)
        runs.append(ss.escape_times(saddle, descent, trials=500, threads=3))
    np.testing.assert_array_equal(runs[0].steps, runs[1].steps)
    np.testing.assert_array_equal(runs[0].value, runs[1].value)


def test_a_wrong_word_for_binding_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SADDLESIM_PIN_THREADS", "yes")
    message = (
        "SADDLESIM_PIN_THREADS must be 0 or 1, got 'yes'; set it to 1 to bind the i-th "
        "thread to the i-th processor that the process may use, or unset it"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pinned()


def test_the_command_prints_and_draws(tmp_path: Path) -> None:
    file = tmp_path / "tune.png"
    words = ["tune", "quadratic", "--dim", "2", "--trials", "100", "--threads", "1,2"]
    done = CliRunner().invoke(app, [*words, "--plot", str(file)])
    assert done.exit_code == 0, done.output
    assert "recommended: threads=" in done.output
    assert file.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--threads", "1;2"],
            "--threads must be whole numbers from 1 on with commas, such as 1,2,4, got '1;2'",
        ),
        (["--method", "sgd"], "'ncd', 'neon', 'flow', got 'sgd'"),
    ],
)
def test_the_command_explains(words: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["tune", *words])
    assert done.exit_code == 2
    assert message in " ".join(done.output.replace("│", " ").split())


@pytest.mark.parametrize("threads", [1, 3])
def test_lanes_stay_busy_on_heavy_tails(threads: int) -> None:
    lanes = 16 * threads
    times = ss.escape_times(
        ss.Octopus(5),
        ss.GradientDescent(0.25),
        initial=ss.Uniform(-1, 1),
        trials=50 * lanes,
        max_steps=None,
        threads=threads,
        arithmetic="float64",
    )
    assert times.steps.max() > 2.5 * np.median(times.steps)
    assert times.diagnostics["lanes"] == 16
    assert 0.95 < times.diagnostics["occupancy"] <= 1


def test_far_more_threads_than_processors_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SADDLESIM_NUM_THREADS", "2")
    text = (
        "threads must be at most 32, 16 times what this process may use, got 5,000; "
        "more threads than processors only wait for one another"
    )
    with pytest.raises(ValueError, match=f"^{text}$"):
        ss.tune_threads(saddle, descent, threads=[1, 5000])
