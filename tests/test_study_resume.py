"""Killed, shared, split and extended studies end with the bits of one undisturbed run."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.study.claims import Claims
from studies import assert_same, child, files, grid, slow


@pytest.fixture(scope="module")
def expected() -> ss.DimensionResult:
    return slow().run()


def wait_for(store: Path, count: int) -> None:
    begin = time.monotonic()
    while len(files(store)) < count:
        assert time.monotonic() < begin + 60, "the child does nothing"
        time.sleep(0.001)


def test_killed_again_and_again(tmp_path: Path, expected: ss.DimensionResult) -> None:
    moments = random.Random(1)
    for count in (1, 17, 45):
        process = child(tmp_path)
        wait_for(tmp_path, count)
        time.sleep(moments.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()  # type: ignore[union-attr]
    assert len(files(tmp_path)) < 80
    for times in ss.load_study(tmp_path).result().cells.values():
        assert times.escaped.all()
    assert_same(slow().run(store=tmp_path), expected)
    assert not list(tmp_path.rglob("*.tmp"))
    assert not list((tmp_path / "claims").iterdir())


def test_ctrl_c_of_a_process(tmp_path: Path, expected: ss.DimensionResult) -> None:
    process = child(tmp_path)
    wait_for(tmp_path, 3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert b"saddlesim.errors.Interrupted: interrupted with " in errors
    assert not list((tmp_path / "claims").iterdir())
    assert_same(slow().run(store=tmp_path), expected)


def test_two_processes_share_a_store(tmp_path: Path, expected: ss.DimensionResult) -> None:
    others = [child(tmp_path), child(tmp_path)]
    for process in others:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, b"")
    assert len(files(tmp_path)) == 80
    assert_same(ss.load_study(tmp_path).result(), expected)
    assert not list((tmp_path / "claims").iterdir())


def test_two_processes_stop_where_one_would(tmp_path: Path) -> None:
    others = [child(tmp_path, "0.01"), child(tmp_path, "0.01")]
    for process in others:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, b"")
    alone = slow().run(until=ss.Precision(relative=0.01))
    sizes = [len(times) for times in alone.cells.values()]
    assert 400 < min(sizes) < max(sizes) <= 16_000
    assert len(files(tmp_path)) == sum(sizes) // 400
    assert_same(ss.load_study(tmp_path).result(), alone)


def test_shards_are_one_study(tmp_path: Path) -> None:
    study = grid(trials=620)
    sizes = []
    for k in (1, 2, 3, 4):
        study.run(store=tmp_path / f"{k}", shard=(k, 4))
        sizes.append(len(files(tmp_path / f"{k}")))
    assert sizes == [13, 13, 13, 13]
    merged = ss.merge_stores([tmp_path / f"{k}" for k in (1, 2, 3, 4)], tmp_path / "all")
    study.run(store=tmp_path / "one")
    assert_same(merged.result(), study.run())
    assert [p.name for p in files(tmp_path / "all")] == [p.name for p in files(tmp_path / "one")]
    # Once more, from stores that have all of it already.
    again = ss.merge_stores([tmp_path / "one", tmp_path / "2"], tmp_path / "all")
    assert_same(again.result(), study.run())
    assert len(files(tmp_path / "all")) == 52


def test_merging_stores_of_other_blocks_and_trials(tmp_path: Path) -> None:
    grid(trials=120, block=40).run(store=tmp_path / "a")
    grid(trials=range(100, 230)).run(store=tmp_path / "b")
    merged = ss.merge_stores([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    assert merged.trials == range(230)
    assert_same(merged.result(), grid(trials=230).run())


def test_the_last_bit_of_logarithms_does_not_keep_stores_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sys.modules["saddlesim.study.study"].escape_times

    def elsewhere(*args: Any, **kwargs: Any) -> ss.EscapeTimes:
        times: ss.EscapeTimes = real(*args, **kwargs)
        return replace(times, log10_steps=np.nextafter(times.log10_steps, 100))

    grid(trials=100).run(store=tmp_path / "a")
    with monkeypatch.context() as other:
        other.setattr("saddlesim.study.study.escape_times", elsewhere)
        grid(trials=150).run(store=tmp_path / "b")
    merged = ss.merge_stores([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    assert_same(merged.result(), grid(trials=150).run(), other_processor=True)


def test_what_cannot_be_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = grid(trials=100)
    study.run(store=tmp_path / "a")
    grid(seed=4, trials=100).run(store=tmp_path / "other")
    with pytest.raises(ss.StoreError, match=r"/other holds another study, \w+, than .*/a, \w+; me"):
        ss.merge_stores([tmp_path / "a", tmp_path / "other"], tmp_path / "c")
    with pytest.raises(ValueError, match="sources must have at least one store, got none; pass"):
        ss.merge_stores([], tmp_path / "c")
    with pytest.raises(ss.StoreError, match="is not the store of a study"):
        ss.merge_stores([tmp_path / "nothing"], tmp_path / "c")

    real = sys.modules["saddlesim.study.study"].escape_times

    def wrong(*args: Any, **kwargs: Any) -> ss.EscapeTimes:
        times: ss.EscapeTimes = real(*args, **kwargs)
        return replace(times, value=times.value + (times.trajectory == 77) * 1e-9)

    with monkeypatch.context() as faulty:
        faulty.setattr("saddlesim.study.study.escape_times", wrong)
        grid(trials=range(60, 90)).run(store=tmp_path / "b")
    text = r"060-0+090\.parquet and .*/a/.* have different numbers in the column value for the same"
    with pytest.raises(ss.StoreError, match=text):
        ss.merge_stores([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_more_trials_keep_what_is_there(tmp_path: Path) -> None:
    grid(trials=130).run(store=tmp_path)
    before = {path: path.read_bytes() for path in files(tmp_path)}
    assert_same(grid(trials=310).run(store=tmp_path), grid(trials=310).run())
    assert {path: path.read_bytes() for path in before} == before
    # Fewer than there are: the result has those that were asked for.
    assert_same(grid(trials=range(70, 160)).run(store=tmp_path), grid(trials=range(70, 160)).run())
    assert ss.load_study(tmp_path).trials == range(310)


def test_a_store_keeps_its_blocks(tmp_path: Path) -> None:
    grid(trials=100, block=50).run(store=tmp_path)
    grid(trials=200, block=7).run(store=tmp_path)
    assert len(files(tmp_path)) == 16


def owner(**changes: object) -> str:
    claims = Claims(Path("/nowhere"))
    return json.dumps({**claims._owner, **changes})


def test_claims_of_the_living_hold_and_of_the_dead_do_not(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    path = tmp_path / "a.json"
    path.write_text(owner())
    assert not claims.take("a")
    path.write_text(owner(started="1"))  # another process had this pid
    assert claims.take("a")
    assert claims.take("a")  # it is ours
    assert json.loads(path.read_text())["pid"] == os.getpid()
    claims.release_all()
    assert not path.exists()
    path.write_text(owner(pid=2**22 + 1))
    assert claims.take("a")


@pytest.mark.parametrize("text", [owner(host="elsewhere"), ""], ids=["another host", "unwritten"])
def test_claims_of_other_hosts_hold_while_they_give_signs_of_life(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert not Claims(tmp_path).take("a")
    before = time.time() - 121
    os.utime(path, (before, before))
    assert Claims(tmp_path).take("a")


def test_signs_of_life(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    claims.take("a")
    os.utime(tmp_path / "a.json", (0, 0))
    claims.beat()
    assert (tmp_path / "a.json").stat().st_mtime > time.time() - 60


def test_a_run_waits_for_blocks_that_others_are_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = grid(trials=100)
    claim = tmp_path / "store" / "claims" / "cell-0001-block-000000001.json"
    claim.parent.mkdir(parents=True)
    (tmp_path / "store" / "study.json").write_bytes(described(study, tmp_path / "other"))
    claim.write_text(owner())  # this process is alive, and does nothing about it
    seen = []

    def nap(_: float) -> None:
        seen.append(len(files(tmp_path / "store")))
        claim.unlink()

    monkeypatch.setattr("saddlesim.study.keepers.time.sleep", nap)
    assert_same(study.run(store=tmp_path / "store"), study.run())
    assert seen == [7]


def described(study: ss.Study, store: Path) -> bytes:
    study.run(store=store)
    return (store / "study.json").read_bytes()
