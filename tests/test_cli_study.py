"""``saddlesim study``: what it prints, writes and keeps, and its exit codes."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import saddlesim as ss
from saddlesim.cli import complete
from saddlesim.cli.app import app
from saddlesim.study import load_study

parquet = pytest.importorskip("pyarrow.parquet")

TEXT = """
landscape = "octopus"
dims = [2, 3]
methods = ["gd", {name = "pgd", label = "kicked"}]
trials = 120
block = 50
seed = 2
"""
EXIT_ON_BAD_STORE, EXIT_ON_MISTAKE, EXIT_ON_CTRL_C = 1, 2, 130


def saddlesim(*words: Any, columns: int = 80) -> Result:
    found = CliRunner().invoke(app, ["study", *map(str, words)], env={"COLUMNS": str(columns)})
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def said(*words: Any) -> str:
    result = saddlesim(*words)
    assert result.exit_code == 0, result.output
    return result.output


def refusal(*words: Any, code: int = EXIT_ON_MISTAKE) -> str:
    result = saddlesim(*words)
    assert result.exit_code == code, result.output
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.output).split())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finished") / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    said("run", path)
    return path.with_suffix(".store")


@pytest.fixture
def store(file: Path, finished: Path) -> Path:
    return Path(shutil.copytree(finished, file.with_suffix(".store")))


# new and run


def test_new_writes_a_study_that_runs(tmp_path: Path) -> None:
    file = tmp_path / "first.toml"
    assert said("new", file, "matrix-completion").splitlines() == [
        f"wrote {file}, for the matrix completion; edit it, then:",
        f"saddlesim study run {file}",
    ]
    text = file.read_text(encoding="utf-8")
    assert "must be a new file, but" in refusal("new", file)
    assert file.read_text(encoding="utf-8") == text
    small = text.replace("trials = 1000", "trials = 20").replace("2:6", "3:4")
    file.write_text(small, encoding="utf-8")
    assert "4 cells of 20 trajectories" in said("run", file)


def test_new_refuses_what_cannot_be(tmp_path: Path) -> None:
    assert "did you mean 'octopus'?" in refusal("new", tmp_path / "a.toml", "octopuss")
    assert list(tmp_path.iterdir()) == []
    assert "must end in .toml, got" in refusal("new", tmp_path / "a")
    assert "could not be written: No such file" in refusal("new", tmp_path / "no" / "a.toml")


def test_run_keeps_and_goes_on(file: Path) -> None:
    output = said("run", file)
    store = file.with_suffix(".store")
    assert output.startswith("Escape time against dimension: 4 cells of 120 trajectories, seed 2")
    assert "\nkicked: " in output
    assert output.endswith(f"\nstore: {store}\n")
    alone = ss.escape_times(ss.Octopus(3), ss.GradientDescent(0.25), trials=120, seed=2)
    np.testing.assert_array_equal(load_study(store).result()["GD", 3].steps, alone.steps)
    again = said("run", file)
    assert again == f"finished before: nothing is missing in {store}\n\n{output}"
    file.write_text(TEXT.replace("trials = 120", "trials = 200"), encoding="utf-8")
    more = said("run", file)
    assert more.startswith(f"going on with {store}, which has 480 trajectories\n")
    assert "4 cells of 200 trajectories" in more


def test_run_refuses_another_study(file: Path, store: Path) -> None:
    file.write_text(TEXT.replace("seed = 2", "seed = 3"), encoding="utf-8")
    text = refusal("run", file, code=EXIT_ON_BAD_STORE)
    assert text.startswith(f"store: {store} holds another study, ")
    assert "give another folder" in text


def test_run_sets_damaged_files_aside_calmly(file: Path, store: Path) -> None:
    damaged = sorted(store.glob("data/*/*.parquet"))[3]
    damaged.write_bytes(damaged.read_bytes()[:-20])
    result = saddlesim("run", file)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"note: store: {damaged} is damaged (")
    assert "4 cells of 120 trajectories" in result.stdout
    assert damaged.exists()


def test_until_on_the_command_line_and_in_the_file(file: Path) -> None:
    assert "100 trajectories" not in said("run", file, "--until", "0.5")
    done = [row["done"] for row in load_study(file.with_suffix(".store")).status()]
    assert done == [50] * 4
    file.write_text(TEXT + "until = 1e-9\n", encoding="utf-8")
    assert "4 cells of 120 trajectories" in said("run", file)


@pytest.mark.parametrize("shard", ["3", "0/2", "3/2", "a/b", "1/2/3"])
def test_shards_that_are_none(file: Path, shard: str) -> None:
    assert "--shard must be K/N" in refusal("run", file, "--shard", shard)


def test_shards_merge_to_the_whole(file: Path, store: Path, tmp_path: Path) -> None:
    parts = [tmp_path / f"part-{k}" for k in (1, 2)]
    for k, part in enumerate(parts, start=1):
        said("run", file, "--shard", f"{k}/2", "--store", part)
    counts = [sum(row["done"] for row in load_study(part).status()) for part in parts]
    assert sum(counts) == 4 * 120
    assert min(counts) > 0
    whole = tmp_path / "whole"
    assert said("merge", *parts, "-o", whole) == (
        f"{whole}: 480 of 480 trajectories, 4 of 4 cells finished\n"
    )
    assert said("show", whole).partition("\n\n")[0] == said("show", store).partition("\n\n")[0]
    assert said("run", file, "--store", whole).startswith("finished before: nothing is missing")
    assert "is not the store of a study" in refusal(
        "merge", parts[0], tmp_path / "none", "-o", tmp_path / "b", code=EXIT_ON_BAD_STORE
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("run no.toml", "no.toml: there is no such file; write one with: saddlesim study new no"),
        ("run {file} --threads 0", "Invalid value for '--threads'"),
        ("run {file} --until 0", "relative must be a positive number and finite, got 0.0"),
        ("run {file} --until 0.1 --shard 1/2", "until must be None with a shard, got Precision("),
        ("export {store} -o a.txt", "--output must end in .csv or .parquet, got 'a.txt'; try 'a"),
        ("export {store} -o no/a.csv", "make the folder first: mkdir -p 'no'"),
        ("plot {store} -o a.doc", "--output must end in one of"),
        ("plot {store}", "Missing option '--output'"),
    ],
)
def test_mistakes_exit_with_two(words: str, text: str, file: Path, store: Path) -> None:
    assert text in refusal(*words.format(file=file, store=store).split())


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(file: Path) -> None:
    long = TEXT.replace("trials = 120", 'trials = 2000000\narithmetic = "float64"')
    file.write_text(long.replace("block = 50", "block = 1000"), encoding="utf-8")
    words = ["-c", "from saddlesim.cli import main; main()", "study", "run", str(file)]
    process = subprocess.Popen(
        [sys.executable, *words, "--threads", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    store = file.with_suffix(".store")
    for _ in range(1000):
        if len(list(store.glob("data/*/*.parquet"))) >= 2:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == EXIT_ON_CTRL_C
    assert "Escape time against dimension: " in out
    kept = sum(row["done"] for row in load_study(store).status())
    assert err.splitlines() == [
        "",
        "interrupted with 0 of 4 cells finished",
        f"kept: {kept:,} trajectories in finished blocks, in {store}",
        f"to go on: saddlesim study run {file} --threads 1",
    ]


# status, show, plot, export


def test_status_shows_cells_and_who_is_at_them(store: Path) -> None:
    for name in sorted((store / "data" / "cell-0003").iterdir())[1:]:
        name.unlink()
    claims = store / "claims"
    claims.mkdir(exist_ok=True)
    fields = Path(f"/proc/{os.getpid()}/stat").read_text().rpartition(")")[2].split()
    for block, owner in enumerate((os.getpid(), os.getpid(), 2**22 + 1)):
        claim = claims / f"cell-0003-block-{block:09d}.json"
        content = {"host": host(), "pid": owner, "started": fields[19], "since": time.time()}
        claim.write_text(json.dumps(content), encoding="utf-8")
    lines = said("status", store).splitlines()
    assert lines[0] == f"{store}: 410 of 480 trajectories, 3 of 4 cells finished"
    assert lines[2].split() == [
        "method", "dimension", "done", "wanted", "escaped", "time", "in", "work",
    ]  # fmt: skip
    rows = [re.split(r" {2,}", line.strip()) for line in lines[3:]]
    assert rows[2][:5] == ["GD", "3", "120", "120", "100.0 %"]
    assert rows[2][6] == "-"
    assert rows[3][:4] == ["kicked", "3", "50", "120"]
    name = host().partition("/")[0]
    # The process of the third claim is gone.
    assert rows[3][6] == f"2 blocks by {name}, process {os.getpid()}"
    assert len(list(claims.iterdir())) == 3


def host() -> str:
    from saddlesim.study.claims import _host

    return _host()


def test_show_prints_tables_and_verdicts(store: Path) -> None:
    output = said("show", store)
    assert "\nGD: " in output
    assert output.endswith(f"\n{store}: 480 of 480 trajectories, 4 of 4 cells finished\n")
    assert "is not the store of a study" in refusal("show", store / "data", code=EXIT_ON_BAD_STORE)


def test_plot_draws(store: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert said("plot", store, "-o", tmp_path / "a.png") == f"picture: {tmp_path / 'a.png'}\n"
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_to_draw_or_export(store: Path, tmp_path: Path) -> None:
    for file in store.glob("data/*/*"):
        file.unlink()
    assert "has no finished block yet" in refusal("plot", store, "-o", tmp_path / "a.png")
    for more in ([], ["--trajectories"]):
        text = refusal("export", store, "-o", tmp_path / "a.csv", *more)
        assert "there is nothing to export: StoredStudy" in text
    assert not list(tmp_path.glob("*a.csv*"))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_export_of_cells(store: Path, tmp_path: Path, kind: str) -> None:
    table = tmp_path / f"cells.{kind}"
    assert said("export", store, "-o", table) == f"table: {table}, 4 rows\n"
    expected = load_study(store).table()
    if kind == "csv":
        rows: Any = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        assert [float(row["median"]) for row in rows] == [row["median"] for row in expected]
    else:
        rows = parquet.read_table(table).to_pylist()
        assert [row["median"] for row in rows] == [row["median"] for row in expected]
    assert list(rows[0]) == list(expected[0])


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_export_of_trajectories(file: Path, tmp_path: Path, kind: str) -> None:
    file.write_text(TEXT + 'record = ["points"]\n', encoding="utf-8")
    said("run", file)
    store, table = file.with_suffix(".store"), tmp_path / f"rows.{kind}"
    words = ["export", store, "-o", table, "--trajectories"]
    assert said(*words) == f"table: {table}, 480 rows\n"
    result = load_study(store).result()
    if kind == "csv":
        rows: Any = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        assert "points" not in rows[0]
    else:
        rows = parquet.read_table(table).to_pylist()
        mine = [row["points"] for row in rows if (row["method"], row["dim"]) == ("GD", 3)]
        np.testing.assert_array_equal(mine, result["GD", 3].points)
    mine = [row for row in rows if (row["method"], int(row["dim"])) == ("kicked", 3)]
    assert [int(row["trajectory"]) for row in mine] == list(range(120))
    steps = result["kicked", 3].steps
    np.testing.assert_array_equal([int(row["steps"]) for row in mine], steps)
    assert [float(row["value"]) for row in mine] == list(result["kicked", 3].value)
    assert {row["outcome"] for row in mine} == {"escaped"}


def test_export_where_nothing_can_be_written(store: Path, tmp_path: Path) -> None:
    (tmp_path / ".a.csv.tmp").mkdir()  # as if the disk refused
    text = refusal("export", store, "-o", tmp_path / "a.csv", code=EXIT_ON_BAD_STORE)
    assert "a.csv could not be written: Is a directory" in text


def test_export_of_damaged_data_leaves_nothing(store: Path, tmp_path: Path) -> None:
    damaged = sorted(store.glob("data/*/*.parquet"))[-1]
    content = bytearray(damaged.read_bytes())
    group = parquet.read_metadata(damaged).row_group(0)
    every = [group.column(i) for i in range(group.num_columns)]
    (value,) = (column for column in every if column.path_in_schema == "value")
    content[value.data_page_offset + value.total_compressed_size // 2] ^= 1
    damaged.write_bytes(content)
    words = ["export", store, "-o", tmp_path / "a.parquet", "--trajectories"]
    assert "is damaged" in refusal(*words, code=EXIT_ON_BAD_STORE)
    assert not list(tmp_path.glob("*a.parquet*"))


# help and completion


def test_help_says_what_there_is_and_the_exit_codes() -> None:
    for name in ("new", "run", "status", "show", "plot", "merge", "export"):
        assert f"│ {name} " in said("--help")
        assert "For example: " in said(name, "--help") or name == "run"
    for words in (["--help"], ["run", "--help"]):
        assert "130 stopped by Ctrl-C" in " ".join(said(*words).split())


def test_shells_complete_names() -> None:
    assert complete.landscape_names("matrix-f") == ["matrix-factorization"]
    assert complete.landscape_names("") == list(ss.cli.families.FAMILIES)
    assert complete.method_names("p") == ["pgd", "pagd"]
    assert complete.method_names("gd,p") == ["gd,pgd", "gd,pagd"]
    assert complete.method_names("pgd,p") == ["pgd,pagd"]
    assert complete.reproduction_names("sa") == ["safran2018"]
    assert complete.reproduction_names("a") == ["all"]


def test_the_command_answers_shells() -> None:
    for typed, expected in (
        ("saddlesim compare octopus --methods gd,nc", "gd,ncd"),
        ("saddlesim study new a.toml ten", "tensor"),
    ):
        asked = {"_SADDLESIM_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": typed}
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; sys.argv[0] = 'saddlesim'; from saddlesim.cli import main; main()",
            ],
            env={**os.environ, **asked},
            capture_output=True,
            text=True,
            check=False,
        )
        assert expected in done.stdout, done
