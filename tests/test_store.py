"""The store of a study: every bit comes back, and what does not belong there is named."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import saddlesim as ss
from saddlesim.outcome import Outcome
from saddlesim.study.manifest import Manifest
from studies import METHODS, assert_same, assert_same_times, files, grid

GOLDEN = Path(__file__).parent / "data" / "store-1"
PGD = ss.PerturbedGradientDescent(0.25, radius=0.03, gradient_threshold=0.03, min_interval=2)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("filled") / "store"
    grid(record=("saddle_exits", "points")).run(store=store)
    return store


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    shutil.copytree(filled, tmp_path / "store")
    return tmp_path / "store"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"record": ("saddle_exits", "points")},
        {"methods": PGD, "dims": [20]},
        {"methods": ss.GradientFlow(), "dims": [3, 4]},
        {"methods": ss.GradientDescent(0.25), "dtype": "float32", "record": ("points",)},
        {"methods": ss.GradientDescent(0.25), "arithmetic": "float64", "max_steps": 20},
        {"methods": ss.GradientDescent(0.25), "dims": [40, 700], "trials": 60},
        {"trials": range(35, 261)},
    ],
    ids=lambda changes: ", ".join(changes) or "plain",
)
def test_every_bit_comes_back(changes: dict[str, Any], tmp_path: Path) -> None:
    study = grid(**changes)
    result = study.run(store=tmp_path / "store")
    expected = study.run()
    assert_same(result, expected)
    assert repr(result.table()) == repr(expected.table())  # nan is not itself
    loaded = ss.load_study(tmp_path / "store")
    assert_same(loaded.result(), expected)
    assert loaded.study is not None
    assert loaded.study.hash == study.hash


def test_hand_made_times_come_back_with_every_outcome_and_nan(tmp_path: Path) -> None:
    study = ss.Study(ss.Octopus, dims=[2], methods=METHODS["noisy"], trials=6, block=6)
    times = study.run()["NoisyGradientDescent", 2]
    payload = np.array([np.nan, -np.nan, -0.0, np.inf, 5e-324, -1.0])
    payload.view(np.uint64)[0] |= 77  # a NaN like no other
    odd = ss.EscapeTimes(
        **{
            **vars(times),
            "outcome": np.arange(6, dtype=np.int8)[::-1].copy(),
            "steps": np.array([-1, 2**62, 0, 1, 5, 5]),
            "value": payload,
            "underflowed": np.arange(6) % 2 == 0,
        }
    )
    object.__setattr__(study, "escape_times", lambda *_: odd)
    result = study.run(store=tmp_path / "store")
    assert_same_times(result["NoisyGradientDescent", 2], odd)


def test_columns_are_read_when_they_are_looked_at(filled: Path) -> None:
    times = ss.load_study(filled).result()["GD", 3]
    assert len(times) == 500
    assert not {"steps", "points"} & set(vars(times))
    times.median()
    assert "steps" in vars(times)
    assert not {"points", "value", "certificate"} & set(vars(times))
    late = times.select(times.steps > times.median().value)  # dataclasses.replace works on it
    assert len(late) == np.count_nonzero(times.steps > times.median().value)


def test_pandas_reads_the_folder_of_data(filled: Path) -> None:
    under_way = filled / "data" / "cell-0000" / ".000.parquet.0123456789ab.tmp"
    under_way.write_bytes(b"half of it")
    frame = pd.read_parquet(filled / "data")
    under_way.unlink()
    assert list(frame.columns[:6]) == ["cell", "method", "dim", "trajectory", "outcome", "steps"]
    assert len(frame) == 2000
    result = ss.load_study(filled).result()
    for (label, dim), times in result.cells.items():
        rows = frame[(frame.method == label) & (frame.dim == dim)].sort_values("trajectory")
        np.testing.assert_array_equal(rows.steps, times.steps)
        np.testing.assert_array_equal(np.stack(list(rows.points)), times.points)
        assert (rows.outcome == Outcome.ESCAPED.label).equals(
            pd.Series(times.escaped, index=rows.index, name="outcome")
        )
        assert rows.tie_distance.isna().all() == (times.certificate is None)


def test_an_axis_may_be_called_like_a_column(tmp_path: Path) -> None:
    study = ss.Study(
        lambda dim, value: ss.Octopus(dim, L=value),
        dims=[2],
        vary={"value": [1.0, 1.5]},
        methods=METHODS["GD"],
        trials=20,
    )
    study.run(store=tmp_path / "store")
    frame = pd.read_parquet(tmp_path / "store" / "data")
    assert sorted(frame.axis_value.unique()) == [1.0, 1.5]
    assert_same(ss.load_study(tmp_path / "store").result(), study.run())


def test_an_axis_of_whole_and_other_numbers_is_one_column(tmp_path: Path) -> None:
    study = ss.Study(ss.Octopus, vary={"L": [1, 1.5]}, dim=2, methods=METHODS["noisy"], trials=20)
    result = study.run(store=tmp_path)
    assert sorted(pd.read_parquet(tmp_path / "data").L.unique()) == [1.0, 1.5]
    assert list(ss.load_study(tmp_path).result().cells) == list(result.cells)
    assert [type(row["L"]) for row in ss.load_study(tmp_path).status()] == [int, float]


def test_blocks_of_different_budgets_are_not_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = grid(methods=METHODS["noisy"])
    study.run(store=tmp_path)
    files(tmp_path)[4].unlink()
    monkeypatch.setattr("saddlesim.simulate.DEFAULT_BUDGET", 90_000)
    result = study.run(store=tmp_path)
    with pytest.raises(ss.StoreError, match=r"max_steps is 100000 in .* and 90000 in .*00250\.par"):
        result["NoisyGradientDescent", 2]


def test_hash_is_that_of_the_numbers() -> None:
    study = grid()
    assert len(study.hash) == 32
    for changes in ({"trials": 7}, {"block": 9}, {"trials": range(3, 8)}, {"dtype": np.float64}):
        assert grid(**changes).hash == study.hash
    different = [
        {"seed": 4},
        {"dims": [2, 4]},
        {"max_steps": 1000},
        {"record": ("points",)},
        {"arithmetic": "float64"},
        {"dtype": "float32"},
        {"L": 1.5},
        {"methods": {"GD": METHODS["GD"]}},
        {"methods": {**METHODS, "GD": ss.GradientDescent(0.125)}},
        {"methods": {"A": METHODS["GD"], "noisy": METHODS["noisy"]}},
        {"escape": ss.LeavesBall(radius=1.0)},
        {"initial": ss.Uniform(-1, 0.5)},
    ]
    hashes = {grid(**changes).hash for changes in different}
    assert len(hashes) == len(different)
    assert study.hash not in hashes
    defaults = {"initial": ss.Uniform(-1, 1), "escape": ss.PastLastSaddle()}
    assert grid(**defaults).hash == study.hash


def test_random_landscapes_and_promises_are_made_again(tmp_path: Path) -> None:
    study = ss.Study(
        ss.MatrixFactorization,
        dims=[4, 6],
        methods={"theory": lambda f: ss.PerturbedGradientDescent.from_theory(f, 0.1)},
        max_steps=300,
        trials=8,
        seed=2,
        rank=2,
    )
    result = study.run(store=tmp_path / "store")
    loaded = ss.load_study(tmp_path / "store")
    assert loaded.study is not None
    assert loaded.study.cells[1].landscape == ss.MatrixFactorization.random(dim=6, rank=2, seed=2)
    assert loaded.table() == result.table()
    assert result.table()[0]["promised"] > 0
    text = (tmp_path / "store" / "study.json").read_text()
    assert '"random": {' in text
    # What was loaded is as good as the original.
    again = loaded.study.run(store=tmp_path / "again")
    assert_same(again, result)
    assert '"random": {' in (tmp_path / "again" / "study.json").read_text()


class Mine(ss.Octopus):
    """A landscape that saddlesim does not know."""


def test_a_stand_in_prints_like_what_it_stands_for(tmp_path: Path) -> None:
    study = ss.Study(Mine, dims=[2], methods=METHODS["noisy"], trials=20)
    expected = study.run(store=tmp_path / "store")
    loaded = ss.load_study(tmp_path / "store")
    assert loaded.study is None
    times = loaded.result()["NoisyGradientDescent", 2]
    assert repr(times.landscape) == "Mine(dim=2)"
    assert times.landscape == Mine(2)
    assert times.landscape != ss.Octopus(2)
    assert loaded.table() == expected.table()
    assert_same(study.run(store=tmp_path / "store"), expected)


def test_status_and_repr(filled: Path) -> None:
    loaded = ss.load_study(filled)
    assert [row["done"] for row in loaded.status()] == [500] * 4
    assert loaded.status()[1].keys() == {"method", "dim", "done", "total", "escaped", "seconds"}
    assert loaded.status()[1]["escaped"] == 1.0
    assert repr(loaded) == (
        f"StoredStudy {loaded.hash} in {filled}: 2,000 of 2,000 trajectories, 4 of 4 cells finished"
    )


def test_result_ends_at_the_first_gap(store: Path) -> None:
    files(store)[2].unlink()
    loaded = ss.load_study(store)
    assert len(loaded.result()["GD", 2]) == 100
    assert loaded.status()[0]["done"] == 450
    files(store)[0].unlink()
    assert ("GD", 2) not in loaded.result().cells


def test_a_result_says_when_its_files_are_gone(store: Path) -> None:
    result = ss.load_study(store).result()
    files(store)[3].unlink()
    text = r"cell-0000 has no file with the trajectories range\(150, 200\), of which a result was"
    with pytest.raises(ss.StoreError, match=text):
        result["GD", 2]


def test_two_processes_may_make_one_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, store = grid(trials=50), tmp_path / "store"
    real, others = Manifest.of, [study]

    def slowly(one: ss.Study) -> Manifest:
        if others:
            others.pop().run(store=store)
        return real(one)

    monkeypatch.setattr(Manifest, "of", slowly)
    assert_same(study.run(store=store), study.run())


def test_a_store_of_the_first_format_stays_readable(tmp_path: Path) -> None:
    study = golden_study()
    loaded = ss.load_study(GOLDEN)
    assert loaded.hash == study.hash
    assert_same(loaded.result(), study.run(), other_processor=True)
    assert loaded.study is not None
    shutil.copytree(GOLDEN, tmp_path / "store")
    before = [path.read_bytes() for path in files(tmp_path / "store")]
    assert_same(study.run(store=tmp_path / "store"), loaded.result())
    assert [path.read_bytes() for path in files(tmp_path / "store")] == before


def golden_study() -> ss.Study:
    """What tests/data/store-1 was made of, with study.run(store=...)."""
    return grid(trials=30, block=20, record=("saddle_exits", "points"))


def edit(store: Path, **changes: Any) -> None:
    path = store / "study.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("use", ["run", "load"])
def test_stores_and_files_that_do_not_fit_are_refused(store: Path, use: str) -> None:
    study = grid(record=("saddle_exits", "points"))

    def refused(text: str) -> None:
        with pytest.raises(ss.StoreError, match=text):
            study.run(store=store) if use == "run" else ss.load_study(store).result()

    folder = store / "data" / "cell-0001"
    last = files(store)[19]
    (folder / "notes.txt").write_text("mine")
    refused(r"notes\.txt is no file of a store; move it out of the folder$")
    (folder / "notes.txt").unlink()

    renamed = last.rename(folder / "000000000000500-000000000000550.parquet")
    refused(r"holds range\(450, 500\) of cell 1, which is not what it is called; give it back its")
    renamed.rename(last)

    twice = folder.parent / "cell-0000" / last.name
    kept = twice.read_bytes()
    shutil.copy(last, twice)
    refused(r"holds range\(450, 500\) of cell 1, which is not what it is called")
    twice.write_bytes(kept)

    foreign = store.parent / "foreign"
    grid(seed=4).run(store=foreign)
    kept = last.read_bytes()
    shutil.copy(files(foreign)[19], last)
    refused(f"belongs to another study, {grid(seed=4).hash}, not to {study.hash}; move it out")
    last.write_bytes(kept)

    edit(store, format=2)
    refused(r"study\.json has format 2, and this saddlesim reads format 1; use the version of")
    (store / "study.json").write_text("{")
    refused(r"study\.json cannot be read \(.*\); its data are untouched: put the fi")


def test_overlapping_files_are_refused(store: Path) -> None:
    study = grid(record=("saddle_exits", "points"), block=30)
    study.run(store=store.parent / "other")
    shutil.copy(files(store.parent / "other")[0], store / "data" / "cell-0000")
    text = r"hold the same trajectories, those of range\(0, 30\) and of range\(0, 50\); move one"
    with pytest.raises(ss.StoreError, match=text):
        study.run(store=store)
    with pytest.raises(ss.StoreError, match=text):
        ss.load_study(store).result()


def test_a_file_of_a_newer_format_is_refused(store: Path) -> None:
    path = files(store)[3]
    table = pq.read_table(path)
    header = json.loads(table.schema.metadata[b"saddlesim"])
    newer = {b"saddlesim": json.dumps({**header, "format": 2})}
    pq.write_table(table.replace_schema_metadata(newer), path)
    with pytest.raises(ss.StoreError, match=r"parquet has format 2, and this saddlesim reads form"):
        grid(record=("saddle_exits", "points")).run(store=store)


def test_a_folder_that_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(ss.StoreError, match=r"is not the store of a study: it has no study\.json"):
        ss.load_study(tmp_path)
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(ss.StoreError, match=r"has files, but no study\.json, so it is no store"):
        grid().run(store=tmp_path)
    with pytest.raises(ss.StoreError, match=r"thesis\.tex is a file; give the name of a folder"):
        grid().run(store=tmp_path / "thesis.tex")


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    text = r"^The store of a study needs pyarrow, .* pip install 'saddlesim\[study\]'$"
    with pytest.raises(ss.MissingExtraError, match=text):
        grid().run(store=tmp_path / "store")
    assert not (tmp_path / "store").exists()
    with pytest.raises(ss.MissingExtraError, match=text):
        ss.load_study(tmp_path / "store")
