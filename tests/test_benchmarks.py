"""The benchmark scripts: what they compare, what they write, and when they complain."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def script(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / name), *words],
        capture_output=True,
        text=True,
        check=False,
    )


def rates(path: Path, ours: list[float], numba: list[float] | None) -> Path:
    programs = {"saddlesim": {"1": ours}} | ({} if numba is None else {"Numba": {"1": numba}})
    limit = {"name": "multiply-adds", "work": 100.0, "best": {"1": 1e11}}
    result = {"workload": "noise", "title": "W1", "unit": "steps", "limit": limit}
    path.write_text(json.dumps({"results": [{**result, "rates": programs}]}), encoding="utf-8")
    return path


def test_routes_of_custom_landscapes_are_measured() -> None:
    words = ["--repeats", "1", "--trials", "64", "--dims", "3", "--routes", "numpy"]
    done = script("custom.py", *words)
    assert done.returncode == 0, done.stderr
    *lines, cost = (line.split() for line in done.stdout.splitlines()[1:])
    assert [line[1] for line in lines] == ["built", "numpy", "loop,", "loop,"]
    assert " ".join(cost).count("us a call") == 2
    assert all(float(line[-1]) > 0 and float(line[-2]) > 100 for line in lines)


def test_throughput_runs_checks_and_writes(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"
    words = ["--peers", "--threads", "1", "--repeats", "1", "--workloads", "octopus", "relu-hvp"]
    done = script("throughput.py", *words, "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert "W2 octopus, GD, d = 5" in done.stdout
    assert "saddlesim, exact: 100.00% of the step counts are equal" in done.stdout
    document = json.loads(file.read_text(encoding="utf-8"))
    assert set(document) == {"machine", "programs", "results"}
    assert document["machine"]["isa"]
    octopus, hvps = document["results"]
    assert set(octopus["rates"]) == {"saddlesim", "saddlesim, exact"}
    assert set(hvps["rates"]) == {"saddlesim"}
    assert hvps["rates"]["saddlesim"]["1"][0] > 100
    again = script("regressions.py", str(file), "--baseline", str(file))
    assert again.returncode == 0, again.stderr
    assert again.stdout.count(" 1.00  ") == 2


@pytest.mark.parametrize(("numba", "yardstick"), [([1e6], "Numba"), (None, "multiply-adds")])
def test_a_regression_is_named(tmp_path: Path, numba: list[float], yardstick: str) -> None:
    before = rates(tmp_path / "before.json", [1e7], numba)
    after = rates(tmp_path / "after.json", [8e6], numba)
    done = script("regressions.py", str(after), "--baseline", str(before))
    assert done.returncode == 1
    assert f"0.80  {yardstick}  slower" in done.stdout
    assert "1 of 1 became slower by more than the tolerance" in done.stderr
    lenient = script("regressions.py", str(after), "--baseline", str(before), "--tolerance", "0.3")
    assert lenient.returncode == 0


def test_a_slower_machine_is_no_regression(tmp_path: Path) -> None:
    before = rates(tmp_path / "before.json", [1e7], [1e6])
    after = rates(tmp_path / "after.json", [5e6], [5e5])
    assert script("regressions.py", str(after), "--baseline", str(before)).returncode == 0


@pytest.mark.parametrize(
    ("text", "message"), [("{}", "is not what `throughput.py --json"), (None, "cannot be read")]
)
def test_foreign_files_are_refused(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "other.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    done = script("regressions.py", str(file), "--baseline", str(file))
    assert done.returncode == 1
    assert message in done.stderr


SCRIPTS = [
    file.name
    for file in sorted(BENCHMARKS.glob("*.py"))
    if "ArgumentParser" in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_explain_themselves(name: str) -> None:
    done = script(name, "--help")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 100
