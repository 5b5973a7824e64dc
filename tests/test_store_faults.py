"""Disks that are full, files that are torn, runs that are stopped: nothing is lost or wrong."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import saddlesim as ss
from saddlesim.outcome import Outcome
from saddlesim.study.store import Store
from studies import METHODS, assert_same, files, grid

FAST = {"methods": METHODS["GD"], "trials": 300}


@pytest.fixture(scope="module")
def expected() -> ss.DimensionResult:
    return grid(**FAST).run()


def failing(call: Callable[..., Any], at: int, code: int) -> Callable[..., Any]:
    """The same call, but for the at-th time and from then on."""
    count = 0

    def maybe(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count >= at:
            raise OSError(code, os.strerror(code))
        return call(*args, **kwargs)

    return maybe


@pytest.mark.parametrize("at", [1, 2, 3, 8, 13])
@pytest.mark.parametrize(
    ("where", "name", "code"),
    [
        (os, "fsync", errno.ENOSPC),
        (os, "fsync", errno.EIO),
        (Path, "replace", errno.EACCES),
        (Path, "mkdir", errno.EACCES),
    ],
    ids=["disk full", "input or output", "replace", "folder"],
)
def test_a_disk_that_fails_leaves_a_store_that_goes_on(
    where: Any,
    name: str,
    code: int,
    at: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected: ss.DimensionResult,
) -> None:
    study, store = grid(**FAST), tmp_path / "store"
    with monkeypatch.context() as broken:
        broken.setattr(where, name, failing(getattr(where, name), at, code))
        if name == "mkdir" and at > 5:  # there are no more folders to make
            study.run(store=store)
        else:
            text = rf"could not be (written|made): {os.strerror(code)}; "
            with pytest.raises(ss.StoreError, match=text):
                study.run(store=store)
    assert not list(store.rglob("claims/*"))
    assert_same(study.run(store=store), expected)
    assert not list(store.rglob("*.tmp"))


def test_a_write_that_stops_half_way_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: ss.DimensionResult
) -> None:
    study, store = grid(**FAST), tmp_path / "store"
    real = Path.open

    class Short:
        def __init__(self, file: Any) -> None:
            self.file = file
            self.close = file.close

        def write(self, content: memoryview) -> None:
            self.file.write(content[:100])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def opened(path: Path, *args: Any, **kwargs: Any) -> Any:
        file = real(path, *args, **kwargs)
        return Short(file) if "000000000000100-" in path.name and "wb" in args else file

    with monkeypatch.context() as broken:
        broken.setattr(Path, "open", opened)
        with pytest.raises(ss.StoreError, match=r"000000000000150\.parquet could not be written: "):
            study.run(store=store)
    assert len(files(store)) == 2
    assert_same(ss.load_study(store).result(), study_of(study, 100))
    assert_same(study.run(store=store), expected)


def study_of(study: ss.Study, trials: int) -> ss.DimensionResult:
    """The first cell alone, of fewer trials."""
    times = study.escape_times(study.cells[0], range(trials))
    return ss.DimensionResult({study.cells[0].key: times}, study.axis)


def test_a_claim_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "open", failing(os.open, 4, errno.EROFS))
    with pytest.raises(ss.StoreError, match=r"could not be (written|made): Read-only file system"):
        grid(**FAST).run(store=tmp_path / "store")


@pytest.mark.parametrize("keep", [0, 100, 0.5, 0.99])
def test_a_torn_file_is_set_aside_and_done_again(
    keep: float, tmp_path: Path, expected: ss.DimensionResult
) -> None:
    study, store = grid(**FAST), tmp_path / "store"
    study.run(store=store)
    newest = files(store)[-1]
    content = newest.read_bytes()
    newest.write_bytes(content[: int(keep * len(content)) if keep < 1 else keep])
    with pytest.raises(ss.StoreError, match=r"300\.parquet is damaged \(.*\); run the study on"):
        ss.load_study(store).result()
    with pytest.warns(UserWarning, match=r"is damaged .* it is now .*set-aside/cell-0001-0000000"):
        result = study.run(store=store)
    assert_same(result, expected)
    assert files(store)[-1].read_bytes()[:1000] == content[:1000]
    assert [path.name for path in (store / "set-aside").iterdir()] == [f"cell-0001-{newest.name}"]
    # A second time there is a file of that name already.
    newest.write_bytes(b"")
    with pytest.warns(UserWarning, match="again; it is now|is now"):
        study.run(store=store)
    assert len(list((store / "set-aside").iterdir())) == 2


def test_every_flipped_byte_is_noticed_or_harmless(
    tmp_path: Path, expected: ss.DimensionResult
) -> None:
    study, store = grid(**FAST), tmp_path / "store"
    study.run(store=store)
    path = files(store)[4]
    content = path.read_bytes()
    caught = 0
    for at in range(4, len(content), len(content) // 60):
        damaged = bytearray(content)
        damaged[at] ^= 0x10
        path.write_bytes(bytes(damaged))
        loaded = ss.load_study(store)
        try:
            assert_same(loaded.result(), expected)
        except ss.StoreError:
            caught += 1
    assert caught > 20  # others are statistics, or names of Parquet that nobody reads


@pytest.mark.parametrize("name", ["cell", "method", "dim", "outcome", "tie_distance", "redone"])
def test_no_byte_of_a_column_that_never_changes_may(name: str, tmp_path: Path) -> None:
    study = grid(methods=METHODS["noisy"], trials=50)
    study.run(store=tmp_path)
    path = files(tmp_path)[0]
    content, sound = path.read_bytes(), pq.read_table(path)
    group = pq.read_metadata(path).row_group(0)
    chunk = group.column(sound.column_names.index(name))
    first, caught = chunk.dictionary_page_offset or chunk.data_page_offset, 0
    for at in range(first, first + chunk.total_compressed_size):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        try:
            Store.existing(tmp_path).blocks(0)[0].verify()
        except ss.StoreError:
            caught += 1
        else:  # a byte that nobody reads
            assert pq.read_table(path).equals(sound)
    assert caught > 5


def test_what_a_killed_writer_left_is_swept(tmp_path: Path, expected: ss.DimensionResult) -> None:
    study, store = grid(**FAST), tmp_path / "store"
    study.run(store=store)
    newest = files(store)[-1]
    left = newest.with_name(f".{newest.name}.0123456789ab.tmp")
    newest.rename(left)
    assert_same(study.run(store=store), expected)
    assert not left.exists()


def stopping(after: int) -> Callable[[int, int], None]:
    def stop(done: int, total: int) -> None:
        if done > after:
            raise KeyboardInterrupt

    return stop


@pytest.mark.parametrize("call", [1, 4, 13])
def test_ctrl_c_keeps_finished_blocks_and_no_other(
    call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, store = grid(methods=METHODS["noisy"]), tmp_path / "store"
    real = sys.modules["saddlesim.study.study"].escape_times
    calls = 0

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        times = real(*args, **kwargs)
        if calls == call:
            outcome = np.full_like(times.outcome, Outcome.CENSORED)
            raise ss.Interrupted("", replace(times, outcome=outcome, interrupted=True))
        return times

    with monkeypatch.context() as broken:
        broken.setattr("saddlesim.study.study.escape_times", interrupted)
        text = rf"^interrupted with {call // 11} of 2 cells finished; what there is, is in"
        with pytest.raises(ss.Interrupted, match=text) as caught:
            study.run(store=store)
    partial = list(caught.value.partial.cells.values())
    assert sum(map(len, partial)) == 50 * call
    assert partial[-1].count(Outcome.CENSORED) == 50
    stored = ss.load_study(store).result().cells.values()
    assert sum(map(len, stored)) == 50 * (call - 1)
    assert all(times.escaped.all() for times in stored)
    assert_same(study.run(store=store), study.run())


def test_the_partial_result_has_the_block_under_way(tmp_path: Path) -> None:
    method = ss.PerturbedGradientDescent(0.25, 0.03, 0.03, 2)
    study = ss.Study(ss.Octopus, dims=[20], methods=method, trials=30_000, block=10_000)
    with pytest.raises(ss.Interrupted) as caught:
        study.run(store=tmp_path / "store", threads=1, progress=stopping(10_100))
    partial = caught.value.partial["PerturbedGradientDescent", 20]
    assert len(partial) > 10_000
    assert partial.interrupted
    whole = study.escape_times(study.cells[0], range(10_000))
    assert partial.steps[:10_000].tobytes() == whole.steps.tobytes()
    assert len(ss.load_study(tmp_path / "store").result()["PerturbedGradientDescent", 20]) == 10_000


def test_an_error_in_a_run_keeps_what_was_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, store = grid(**FAST), tmp_path / "store"
    calls = 0
    real = sys.modules["saddlesim.study.study"].escape_times

    def breaking(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise MemoryError("out of memory")
        return real(*args, **kwargs)

    with monkeypatch.context() as broken:
        broken.setattr("saddlesim.study.study.escape_times", breaking)
        with pytest.raises(MemoryError, match="out of memory"):
            study.run(store=store)
    assert len(files(store)) == 3
    assert not list((store / "claims").iterdir())


def test_a_copy_of_a_store_is_a_store(tmp_path: Path, expected: ss.DimensionResult) -> None:
    grid(**FAST).run(store=tmp_path / "store")
    shutil.copytree(tmp_path / "store", tmp_path / "copy")
    assert_same(ss.load_study(tmp_path / "copy").result(), expected)
