"""Stores that are moved, edited, named wrongly: an error says what to do, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import saddlesim as ss
from saddlesim.cli.app import app
from studies import METHODS, assert_same, files, grid

GOLDEN = Path(__file__).parent / "data" / "store-1"
FAST = {"methods": METHODS["GD"], "trials": 300}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    grid(**FAST).run(store=tmp_path / "store")
    return tmp_path / "store"


@pytest.mark.parametrize("how", ["moved", "removed", "without study.json"])
def test_a_folder_that_goes_while_it_is_in_use_is_not_made_again(how: str, tmp_path: Path) -> None:
    study, store, elsewhere = grid(**FAST), tmp_path / "store", tmp_path / "elsewhere"
    run = study.iter(store=store, threads=1)
    next(run)
    while not files(store):
        next(run)
    if how == "moved":
        store.rename(elsewhere)
    elif how == "removed":
        store.rename(tmp_path / "gone")  # at once, not while the run still writes into it
        shutil.rmtree(tmp_path / "gone", ignore_errors=True)
    else:
        (store / "study.json").rename(tmp_path / "study.json")
    text = r"/store was moved or removed while it was in use: it has no study\.json any more; what"
    with pytest.raises(ss.StoreError, match=text):
        list(run)
    assert store.exists() == (how == "without study.json")
    if how == "without study.json":
        text = r"so it is no store; .* or put back its study\.json, which may be that of another st"
        with pytest.raises(ss.StoreError, match=text):
            study.run(store=store)
        (tmp_path / "study.json").rename(store / "study.json")
    assert_same(study.run(store=elsewhere if how == "moved" else store), study.run())


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"seed": 4}, "seed is 3 there, 4 here "),
        ({"dims": [2, 4]}, r"dim is \[2, 3\] there, \[2, 4\] here; the landscape of cell 1 is Oct"),
        ({"methods": METHODS["noisy"]}, "methods is GradientDescent there, NoisyGradientDescent h"),
        ({"methods": ss.GradientDescent(0.2)}, r"cell 0 is GradientDescent\(step_size=0\.25\) th"),
        ({"max_steps": 9, "dtype": "float32"}, "max_steps is auto there, 9 here; dtype is float6"),
        ({"record": ("points",)}, r"record is \[\] there, \['points'\] here"),
        (
            {"vary": {"L": [1.0, 1.5]}},
            r"L is - there, \[1\.0, 1\.5\] here; .*; and \d more \(trials",
        ),
    ],
)
def test_what_differs_in_another_study_is_said(
    changes: dict[str, Any], text: str, store: Path
) -> None:
    with pytest.raises(ss.StoreError, match=rf"another study, \w+, not \w+: .*{text}.*; give anot"):
        grid(**{**FAST, **changes}).run(store=store)


def test_a_difference_that_does_not_show_is_said_too(tmp_path: Path) -> None:
    study = grid(initial=ss.At([[0.1, 0.2]] * 9), dims=[2], methods=METHODS["GD"], trials=9)
    study.run(store=tmp_path / "store")
    other = grid(
        initial=ss.At([[0.1, 0.2]] * 8 + [[0.1, 0.3]]), dims=[2], methods=METHODS["GD"], trials=9
    )
    with pytest.raises(ss.StoreError, match="numbers of a landscape, method, start or criterion d"):
        other.run(store=tmp_path / "store")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"hash": None}, "a number where a name should be"),
        ({"block": 0}, "it has blocks of 0 and the trials 0 to 300"),
        ({"block": "50"}, "block, trials and seed must be whole numbers"),
        ({"trials": [300, 0]}, "it has blocks of 50 and the trials 300 to 0"),
        ({"cells": []}, "it has no cells"),
        ({"axes": []}, "no axes"),
        ({"policy": {}}, "it has no 'max_steps'"),
        ({"seed": ...}, "it has no 'seed'"),
        ({"cells": ...}, "it has no 'cells'"),
    ],
)
def test_a_study_json_that_was_edited_is_refused(
    changes: dict[str, Any], why: str, store: Path
) -> None:
    path = store / "study.json"
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not ...}))
    text = (
        rf"study\.json cannot be read \(.*{re.escape(why)}.*\); its data are untouched: put the f"
    )
    with pytest.raises(ss.StoreError, match=text):
        ss.load_study(store)
    with pytest.raises(ss.StoreError, match=text):
        grid(**FAST).run(store=store)


def test_names_that_are_none(tmp_path: Path) -> None:
    for name in (5, b"octopus", True):
        text = re.escape(f'store must be the name of a folder, such as "octopus", got {name!r}')
        with pytest.raises(TypeError, match=text):
            grid().run(store=name)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=text):
            ss.load_study(name)  # type: ignore[arg-type]
    with pytest.raises(
        TypeError, match=r"sources must be a list of folders, got 'a'; pass \['a'\]"
    ):
        ss.merge_stores("a", tmp_path)
    with pytest.raises(
        ss.StoreError, match="cannot be read: File name too long; nothing was chang"
    ):
        grid().run(store=tmp_path / ("x" * 300))
    (tmp_path / "file").touch()
    with pytest.raises(
        ss.StoreError, match=r"/file is not the store of a study: it has no study\."
    ):
        ss.load_study(tmp_path / "file")


@pytest.mark.parametrize("call", ["read_schema", "ParquetFile"])
def test_what_cannot_be_read_now_is_not_taken_for_damaged(
    call: str, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EMFILE, "Failed to open local file")

    with monkeypatch.context() as refusing:
        refusing.setattr(f"pyarrow.parquet.{call}", refuse)
        with pytest.raises(
            ss.StoreError, match=r"050\.parquet cannot be read: Too many open files"
        ):
            grid(**FAST).run(store=store)
    assert len(files(store)) == 12
    assert not (store / "set-aside").exists()


@pytest.mark.parametrize(("owner", "name"), [(os, "scandir"), (Path, "read_text"), (Path, "stat")])
def test_folders_that_may_not_be_read(
    owner: Any, name: str, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, real = grid(**FAST), getattr(owner, name)

    def refuse(path: Any, *args: Any, **kwargs: Any) -> Any:
        if str(store) in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(owner, name, refuse)
    text = "cannot be read: Permission denied; nothing was changed; put that right and run the same"
    with pytest.raises(ss.StoreError, match=text):
        study.run(store=store)


def export(store: Path, file: Path, *more: str) -> str:
    words = ["study", "export", str(store), "-o", str(file), *more]
    found = CliRunner().invoke(app, words, env={"COLUMNS": "400"})
    return found.output


def test_nothing_is_exported_over_a_file_or_into_the_store(store: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in files(store)}
    (tmp_path / "my results.csv").write_text("precious")
    text = export(store, tmp_path / "my results.csv")
    assert f"--output must be a new file, got '{tmp_path}/my results.csv', which is there" in text
    assert f"remove it first: rm '{tmp_path}/my results.csv'" in text
    assert (tmp_path / "my results.csv").read_text() == "precious"
    assert "must be a new file" in export(store, files(store)[0], "--trajectories")
    text = export(store, store / "data" / "all.parquet", "--trajectories")
    assert "must not be in the store, whose files are its own, got '" in text
    assert f"try '{tmp_path}/all.parquet'" in text
    assert {path: path.read_bytes() for path in files(store)} == before


def test_files_of_different_versions_are_exported_together(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path / "store")
    study = grid(trials=50, block=20, record=("saddle_exits", "points"))
    study.run(store=tmp_path / "store")
    for kind in ("csv", "parquet"):
        text = export(tmp_path / "store", tmp_path / f"rows.{kind}", "--trajectories")
        assert text == f"table: {tmp_path}/rows.{kind}, 200 rows\n"
