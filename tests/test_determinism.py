"""A trajectory is a function of (seed, landscape, id): of nothing else, and to the last bit."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy import stats

import reference
import saddlesim as ss
from digests import digest
from saddlesim import _core

PGD = ss.PerturbedGradientDescent(0.25, 0.01, 0.05, 10)
RUNS: dict[str, dict] = {
    "octopus GD": {
        "landscape": ss.Octopus(4),
        "method": ss.GradientDescent(0.25),
        "arithmetic": "float64",
        "record": ("saddle_exits",),
    },
    "octopus PGD": {
        "landscape": ss.Octopus(7),
        "method": PGD,
        "arithmetic": "float64",
        "record": ("saddle_exits",),
    },
    "octopus GD, exact": {
        "landscape": ss.Octopus(12),
        "method": ss.GradientDescent(0.25),
        "arithmetic": "exact",
        "record": ("saddle_exits",),
    },
    "octopus PGD, exact": {
        "landscape": ss.Octopus(70),
        "method": PGD,
        "arithmetic": "exact",
        "record": ("saddle_exits",),
    },
    "rotated, sphere": {
        "landscape": ss.QuadraticSaddle.random(9, escape_directions=2, seed=1),
        "method": ss.NoisyGradientDescent(0.1, 0.1, noise="sphere"),
        "initial": ss.Ball(0.01),
    },
    "axes, gaussian": {
        "landscape": ss.QuadraticSaddle.random(64, rotated=False),
        "method": ss.NoisyGradientDescent(0.1, 1e-3, noise="gaussian", scaled_by_step=False),
        "initial": ss.At(np.zeros(64)),
    },
    "theory": {
        "landscape": ss.QuadraticSaddle([-1.0, 0.5, 1.0], rotation_seed=2),
        "method": ss.PerturbedGradientDescent(0.1, 0.1, 0.05, 30, value_threshold=1e-2),
        "initial": ss.Gaussian(1e-3),
    },
}
ROWS = (
    *("steps", "outcome", "trajectory", "underflowed"),
    *("value", "gradient_norm", "perturbations", "log10_steps"),
)


def run(name: str, **options: object) -> ss.EscapeTimes:
    return ss.escape_times(**(RUNS[name] | {"trials": 300, "seed": 12} | options))


def same(a: ss.EscapeTimes, b: ss.EscapeTimes, rows: slice = slice(None)) -> None:
    for column in ROWS:
        np.testing.assert_array_equal(getattr(a, column)[rows], getattr(b, column), err_msg=column)
    if a.saddle_exits is not None:
        np.testing.assert_array_equal(a.saddle_exits[rows], b.saddle_exits)


@pytest.mark.parametrize("name", RUNS)
def test_threads_change_nothing(name: str) -> None:
    alone = run(name, threads=1)
    for threads in (2, 3, 7):
        same(alone, run(name, threads=threads))
    assert len(np.unique(alone.steps)) > 5  # there is something to compare


@pytest.mark.parametrize("name", RUNS)
def test_any_split_of_the_ids_changes_nothing(name: str) -> None:
    whole = run(name)
    for cuts in ((0, 150, 300), (0, 1, 2, 17, 33, 299, 300)):
        for i, j in itertools.pairwise(cuts):
            same(whole, run(name, trials=range(i, j), threads=2), slice(i, j))
    for i in (0, 123, 299):
        same(whole, run(name, trials=range(i, i + 1)), slice(i, i + 1))
    parts = [run(name, trials=range(i, i + 100)) for i in (200, 0, 100)]
    same(whole, ss.EscapeTimes.merge(parts))


@pytest.mark.parametrize("name", RUNS)
def test_budget_recording_and_progress_change_nothing(name: str) -> None:
    whole = run(name)
    budget = int(np.median(whole.steps))
    cut = run(name, max_steps=budget)
    done = whole.steps <= budget
    for column in ROWS:
        np.testing.assert_array_equal(getattr(whole, column)[done], getattr(cut, column)[done])
    assert np.all(cut.outcome[~done] == ss.Outcome.CENSORED)
    assert np.all(cut.steps[~done] == budget)
    plain = run(name, record=(), progress=lambda *_: None)
    np.testing.assert_array_equal(whole.value, plain.value)


def test_flow_depends_on_seed_and_id_alone() -> None:
    def times(trials: int | range, threads: int) -> np.ndarray:
        flow = ss.escape_times(
            ss.Octopus(5), ss.GradientFlow(), trials=trials, seed=12, threads=threads
        )
        return flow.log10_steps

    whole = times(100, 1)
    assert len(np.unique(whole)) == 100
    np.testing.assert_array_equal(times(100, 3), whole)
    np.testing.assert_array_equal(times(range(40, 57), 2), whole[40:57])


def test_ids_far_apart_are_other_trajectories() -> None:
    steps = [
        run("octopus PGD", trials=range(first, first + 50)).steps
        for first in (0, 2**32, 2**32 + 1, 2**40)
    ]
    np.testing.assert_array_equal(steps[1][1:], steps[2][:-1])
    for i, j in ((0, 1), (0, 3), (1, 3)):
        assert np.any(steps[i] != steps[j])


@pytest.mark.parametrize("name", RUNS)
def test_another_seed_is_another_run(name: str) -> None:
    a, b = run(name, seed=12), run(name, seed=13)
    assert np.mean(a.value == b.value) < 0.01
    assert abs(stats.spearmanr(a.steps, b.steps).statistic) < 4 / np.sqrt(300)
    same(run(name, seed=2**64 - 1), run(name, seed=2**64 - 1))


def test_cells_of_different_landscapes_are_uncorrelated() -> None:
    trials, method = 20_000, ss.GradientDescent(0.25)
    cells = [
        ss.escape_times(f, method, trials=trials, seed=1).steps
        for f in (ss.Octopus(3), ss.Octopus(4), ss.Octopus(4, L=1.01))
    ]
    starts = [
        ss.Uniform(-1, 1).sample(ss.QuadraticSaddle(e), trials=trials, seed=1)[:, 0]
        for e in ([-1.0, 1.0], [-1.0, 2.0], [-1.0, 1.0, 1.0])
    ]
    for group in (cells, starts):
        for i in range(3):
            for j in range(i):
                correlation = stats.spearmanr(group[i], group[j]).statistic
                assert abs(correlation) < 4 / np.sqrt(trials)


def test_methods_on_one_cell_share_their_starts() -> None:
    f = ss.Octopus(4)
    methods = [ss.GradientDescent(0.25), ss.GradientDescent(0.1), PGD]
    methods.append(ss.NoisyGradientDescent(0.25, 0.1))
    starts = [ss.escape_times(f, m, trials=200, seed=4, max_steps=0).value for m in methods]
    for other in starts[1:]:
        np.testing.assert_array_equal(starts[0], other)


def test_kicks_and_noise_do_not_draw_the_starts_words_again() -> None:
    key, words = 5, []
    for domain in (reference.INITIAL, reference.KICK, reference.NOISE):
        for step in (0, 1):
            words += [reference.Draws(key, domain, 0, step).words(i) for i in range(3)]
    assert len(set(words)) == len(words)
    # GD's trajectory is PGD's until the first kick: drawing kicks shifts nothing
    f, never = ss.Octopus(4), ss.PerturbedGradientDescent(0.25, 0.01, 1e-300, 10)
    plain, kicked = (
        ss.escape_times(f, method, trials=100, seed=4, arithmetic="float64")
        for method in (ss.GradientDescent(0.25), never)
    )
    same(plain, kicked)


@pytest.mark.parametrize(("counter", "key", "words"), reference.PHILOX_KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter: tuple, key: tuple, words: tuple) -> None:
    assert tuple(_core.philox(counter, key)) == words
    assert reference.philox(counter, key) == words


def test_philox_is_the_references_everywhere() -> None:
    rng = np.random.default_rng(0)
    for numbers in rng.integers(0, 2**32, (500, 6)).tolist():
        counter, key = numbers[:4], numbers[4:]
        assert tuple(_core.philox(counter, key)) == reference.philox(counter, key)


# What seeds mean, for good: these digests hold on every machine and instruction set. A change of
# them is a change of everybody's results; it comes with a new stream version, or not at all.
GOLDEN = {
    "octopus GD": "2909767f93cf9f80",
    "octopus PGD": "f998ce4e919e7d2d",
    "octopus GD, exact": "b4cf90c75bc666f3",
    "octopus PGD, exact": "1e263d835fdb9ed0",
    "rotated, sphere": "55e8252331ac71a0",
    "axes, gaussian": "d131bc73f2042c59",
    "theory": "7ab14ae141e16a74",
}


@pytest.mark.parametrize("name", RUNS)
def test_golden_bits(name: str) -> None:
    times = run(name)
    columns = [times.steps, times.outcome, times.value, times.gradient_norm, times.perturbations]
    assert digest(columns) == GOLDEN[name]


INTERRUPTED = """
import json, sys, time
import numpy as np
import saddlesim as ss

{run}
def progress(done, total):
    if not told:
        told.append(True)
        print("running", flush=True)
told = []
try:
    ss.escape_times(landscape, method, seed=3, max_steps=None, progress=progress, **options)
except KeyboardInterrupt as stop:
    at = time.monotonic()
    t = stop.partial
    print(json.dumps(dict(
        at=at, kind=type(stop).__name__, text=str(stop), rows=len(t), flag=t.interrupted,
        trajectory=t.trajectory.tolist(), steps=t.steps.tolist(), outcome=t.outcome.tolist(),
        text_repr=repr(t), median=repr(t.median()) if len(t) else "none",
    )))
"""
ENDLESS = """
landscape = ss.QuadraticSaddle(np.ones(50))  # noise cannot carry it that far
method = ss.NoisyGradientDescent(0.5, 1e-3)
options = dict(trials=1000, escape=ss.LeavesBall(radius=1e300), threads={threads})
"""
LONG = """
landscape, method = ss.Octopus(5), ss.GradientDescent(0.25)
options = dict(trials=3_000_000, threads={threads}, arithmetic="float64")
"""


def interrupt(run: str, wait: float) -> tuple[float, dict]:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED.format(run=run)], stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "running\n"
            time.sleep(wait)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            report = json.loads(child.communicate(timeout=60)[0])
        except BaseException:
            child.kill()
            raise
    assert child.returncode == 0
    return report["at"] - sent, report


@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_an_endless_run_at_once(threads: int) -> None:
    seconds, report = interrupt(ENDLESS.format(threads=threads), 0.3)
    assert seconds < 0.5
    assert report["kind"] == "Interrupted"
    assert "interrupted" in report["text"]
    assert ".partial" in report["text"]
    assert report["flag"]
    # those in flight are censored where they were, those not begun are not in the table
    assert 0 < report["rows"] < 1000
    assert set(report["outcome"]) == {int(ss.Outcome.CENSORED)}
    assert min(report["steps"]) > 0
    assert "inf" in report["median"]


def test_ctrl_c_keeps_what_was_finished_and_censors_the_rest() -> None:
    seconds, report = interrupt(LONG.format(threads=2), 0.3)
    assert seconds < 0.5
    trajectory, outcome = np.array(report["trajectory"]), np.array(report["outcome"])
    steps = np.array(report["steps"])
    assert 100 < report["rows"] < 3_000_000
    escaped = outcome == ss.Outcome.ESCAPED
    assert 0 < np.count_nonzero(~escaped) <= 64  # lanes in flight
    assert np.all(outcome[~escaped] == ss.Outcome.CENSORED)
    assert np.all(np.diff(trajectory) > 0)
    first = slice(0, 200)
    again = ss.escape_times(
        ss.Octopus(5),
        ss.GradientDescent(0.25),
        trials=range(int(trajectory[199]) + 1),
        seed=3,
        arithmetic="float64",
    )
    finished = trajectory[first][escaped[first]]
    np.testing.assert_array_equal(again.steps[finished], steps[first][escaped[first]])
    in_flight = trajectory[first][~escaped[first]]
    assert np.all(again.steps[in_flight] > steps[first][~escaped[first]])
