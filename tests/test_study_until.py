"""Studies that stop by themselves, running estimates, and how quickly things go."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import saddlesim as ss
from grids import cell
from saddlesim.study.session import Session
from saddlesim.study.stopping import looks
from studies import METHODS, assert_same, assert_same_times, files, grid

NOISY = METHODS["noisy"]


def needed(study: ss.Study, until: ss.Precision) -> list[int]:
    """How many trajectories each cell needs, by running ever more of it."""
    found = []
    for one in study.cells:
        for blocks in looks(-(-len(study.trials) // study.block)):
            n = min(blocks * study.block, len(study.trials))
            times = study.escape_times(one, range(n))
            if until.reached(times) <= until.relative:
                break
        else:
            n = len(study.trials)
        found.append(n)
    return found


@pytest.mark.parametrize(
    "until",
    [
        ss.Precision(relative=0.03),
        ss.Precision(relative=0.03, quantity="restricted_mean", confidence=0.99),
        ss.Precision(relative=0.08, quantity=0.9),
        ss.Precision(relative=1e-9, most=130),
    ],
    ids=repr,
)
def test_cells_run_until_they_are_precise(until: ss.Precision, tmp_path: Path) -> None:
    study = grid(trials=2000)
    result = study.run(until=until)
    sizes = [len(times) for times in result.cells.values()]
    assert sizes == [min(n, until.most or n) for n in needed(study, until)]
    assert len(set(sizes)) > 1 or until.most
    for one, times in zip(study.cells, result.cells.values(), strict=True):
        assert_same_times(times, study.escape_times(one, range(len(times))))
    # Neither a store, nor threads, nor having been stopped before, change what is run.
    for step, _ in enumerate(study.iter(store=tmp_path, threads=1, until=until)):
        if step == 3:
            break
    assert_same(study.run(store=tmp_path, threads=2, until=until), result)
    assert sum(map(len, ss.load_study(tmp_path).result().cells.values())) == sum(sizes)


def test_blocks_beyond_what_is_needed_do_not_count(tmp_path: Path) -> None:
    until = ss.Precision(relative=0.03)
    study = grid(trials=1000)
    study.run(store=tmp_path)
    assert_same(study.run(store=tmp_path, until=until), study.run(until=until))
    assert len(files(tmp_path)) == 80


def test_looks_are_few_and_the_first_ones_close() -> None:
    found = list(looks(1000))
    assert found[:13] == [*range(1, 12), 13, 15]
    assert len(found) < 60
    assert all(b <= 1.1 * a + 1 for a, b in pairwise(found))


def test_reached_is_half_the_interval_over_the_value() -> None:
    times = cell(3, range(1, 1001))
    found = times.quantile(0.25, confidence=0.9)
    until = ss.Precision(0.1, quantity=0.25, confidence=0.9)
    assert until.reached(times) == (found.high - found.low) / 2 / found.value
    assert ss.Precision(0.1).reached(cell(3, [7] * 50)) == 0
    assert ss.Precision(0.1).reached(cell(3, [7, 8, 9])) == math.inf
    assert ss.Precision(0.1).reached(cell(3, range(100), underflowed=True)) == math.inf
    huge = ss.Octopus(800)
    beyond = ss.escape_times(huge, METHODS["GD"], trials=200)
    low = ss.Precision(0.1, confidence=0.5).reached(beyond)
    assert 0 < low < ss.Precision(0.1).reached(beyond) < math.inf
    with pytest.raises(
        ValueError, match=r"quantity must be 'median' or a share where escape times"
    ):
        ss.Precision(0.1, quantity="restricted_mean").reached(beyond)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"relative": 0.0}, ValueError, "relative must be .* got 0"),
        ({"relative": 0.1, "quantity": "mean"}, ValueError, "or a share such as 0.9, got 'mean'"),
        ({"relative": 0.1, "quantity": 90}, ValueError, "strictly between 0 and 1, got 90; for"),
        ({"relative": 0.1, "confidence": 95}, ValueError, "between 0 and 1, got 95; for 95 % pass"),
        ({"relative": 0.1, "most": 0}, ValueError, "most must be a whole number >= 1, got 0"),
    ],
)
def test_wrong_precision(arguments: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        ss.Precision(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"until": 0.05}, TypeError, r"until must be .*such as ss\.Precision\(relative=0\.05\)"),
        ({"shard": (1, 2)}, ValueError, r"shard must be None without a store, got \(1, 2\); pass"),
        (
            {"store": "s", "shard": 3},
            TypeError,
            r"shard must be \(k, n\), such as .*, got 3$",
        ),
        ({"store": "s", "shard": (0, 2)}, ValueError, "with 1 <= k <= n, got .* the first is 1"),
        (
            {"store": "s", "shard": (1, 2), "until": ss.Precision(0.1)},
            ValueError,
            "until must be None with a shard, got .* let several processes share one store",
        ),
    ],
)
def test_what_cannot_be_run(
    arguments: Any, error: type[Exception], text: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=text):
        grid().run(**arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("stored", [False, True])
def test_iter_says_how_far_things_are(stored: bool, tmp_path: Path) -> None:
    study = grid(trials=120, methods=METHODS)
    store = tmp_path if stored else None
    seen = []
    for progress in study.iter(store=store):
        seen.append((progress.cell.key, progress.done))
        assert progress.total == 480
        assert progress.escaped == 1.0
        rows = [len(times) for times in progress.result().cells.values()]
        assert sum(rows) == progress.done
        assert progress.seconds_left >= 0
        assert progress.trajectories_per_second > 0
        assert (progress.steps_per_second > 0) == (progress.done > 120)
    keys = [one.key for one in study.cells]
    assert seen == [(keys[i // 3], 120 * (i // 3) + (50, 100, 120)[i % 3]) for i in range(12)]
    assert_same(progress.result(), study.run())


def test_progress_right_after_a_resume(tmp_path: Path) -> None:
    grid(trials=100).run(store=tmp_path)
    study = grid(trials=300)
    first = next(study.iter(store=tmp_path))
    assert first.done == 450  # 400 are there, and block 1 of the first cell
    calls: list[tuple[int, int]] = []
    study.run(store=tmp_path, progress=lambda done, total: calls.append((done, total)))
    assert all(total == 1200 for _, total in calls)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


class Nothing:
    """A keeper that has nothing."""

    def present(self, _: int) -> list[range]:
        return [range(100)]

    def escaped(self, _: int) -> int:
        return 50


def test_rates_are_those_of_this_session(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("saddlesim.study.session.time.monotonic", lambda: now[0])
    blocks = [[range(100), range(100, 200), range(200, 600)]]
    session = Session(Nothing(), blocks)  # type: ignore[arg-type]
    assert (session.done, session.total, session.escaped) == (100, 600, 0.5)
    assert session.note is None
    assert session.seconds_left == math.inf
    now[0] += 50
    times = cell(2, [5] * 100)
    session.ran(ss.EscapeTimes(**{**vars(times), "diagnostics": {"trajectory_steps": 10**9}}))
    session.closed(0, blocks[0][1])
    assert (session.done, session.escaped) == (200, 0.75)
    assert session.seconds_left == 200  # 400 more at two a second
    assert session.note == "75% escaped, 20 million steps/s, 3 min left"
    session.expect(0, 100)
    assert session.seconds_left == 50
    session.settled(0)
    assert (session.total, session.seconds_left) == (200, 0)
