"""All reproductions at once: what is said, what is written, and when the command fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from saddlesim import reproduce as package
from saddlesim.cli.app import app
from saddlesim.reproduce import Claim, Effort, Finding, Section, reproduce_all
from saddlesim.reproduce.finding import within

Efforts = list[Effort]


def findings(*measured: float) -> tuple[Claim, ...]:
    expected = tuple(Finding(f"case {i}", 2.0, within(x, 0.1)) for i, x in enumerate(measured))
    return (Claim("It is two", "me, page 1", expected),)


@pytest.fixture
def efforts(monkeypatch: pytest.MonkeyPatch) -> Efforts:
    """Replace the works by two that agree in everything, and remember how they are run."""
    seen: Efforts = []

    def first(effort: Effort) -> Iterator[Section]:
        seen.append(effort)
        yield Section(findings(2.0, 2.1), {"numbers": [{"x": 1}]})

    def second(effort: Effort) -> Iterator[Section]:
        yield Section(findings(1.9))
        yield Section(findings(2.0))

    works = {"first": ("The first claim", first), "second": ("The second claim", second)}
    monkeypatch.setattr(package, "REPRODUCTIONS", works)
    return seen


@pytest.fixture
def differing(efforts: Efforts, monkeypatch: pytest.MonkeyPatch) -> None:
    def third(effort: Effort) -> Iterator[Section]:
        yield Section(findings(2.0, 5.0))

    monkeypatch.setitem(package.REPRODUCTIONS, "third", ("The third claim", third))


def saddlesim(*words: str) -> Result:
    return CliRunner().invoke(app, ["reproduce", *words], env={"COLUMNS": "100"})


def without_seconds(lines: list[str]) -> list[str]:
    return [line.rsplit(maxsplit=1)[0] if line.startswith("  ") else line for line in lines]


def test_each_is_run_and_a_table_is_at_the_end(efforts: Efforts, tmp_path: Path) -> None:
    said: list[str] = []
    reports = reproduce_all(tmp_path, quick=True, seed=3, threads=1, say=said.append)
    assert efforts == [Effort(quick=True, seed=3, threads=1)]
    assert [report.name for report in reports] == ["first", "second"]
    first, agree, *others, table = said
    assert (first, others[0]) == ("first (1 of 2)", "second (2 of 2)")
    assert agree.startswith("    2 of 2 findings agree; 0.")
    assert without_seconds(table.strip("\n").splitlines()) == [
        "  name    claims  findings that agree  verdict",
        "  first   1       2 of 2               agrees",
        "  second  2       2 of 2               agrees",
        "  all     3       4 of 4               agrees",
    ]


def test_each_has_its_folder_with_its_text(efforts: Efforts, tmp_path: Path) -> None:
    reproduce_all(tmp_path, say=lambda _: None)
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*"))
    assert files == [
        "first/first.json",
        "first/numbers.csv",
        "first/report.txt",
        "second/report.txt",
        "second/second.json",
    ]
    text = (tmp_path / "first" / "report.txt").read_text(encoding="utf-8")
    assert text.startswith("The first claim\nfull run, seed 0;")
    assert "case 1  2         2.10 [1.70, 2.50]  agrees" in text


def test_what_differs_is_said_and_counted(differing: None, tmp_path: Path) -> None:
    said: list[str] = []
    reports = reproduce_all(tmp_path, say=said.append)
    assert [report.holds for report in reports] == [True, True, False]
    assert "    DIFFERS: case 1: expected 2, measured 5.00 [4.60, 5.40]" in said
    third, everything = said[-1].splitlines()[-2:]
    assert third.split()[:-1] == ["third", "1", "1", "of", "2", "DIFFERS"]
    assert everything.split()[:-1] == ["all", "4", "5", "of", "6", "DIFFERS"]


def test_command_runs_all_and_passes(
    efforts: Efforts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = saddlesim("all", "--quick", "--seed", "5")
    assert result.exit_code == 0
    assert efforts == [Effort(quick=True, seed=5, threads=None)]
    assert (tmp_path / "saddlesim-all" / "second" / "second.json").exists()


def test_command_fails_if_something_differs(differing: None, tmp_path: Path) -> None:
    result = saddlesim("all", "--output", str(tmp_path))
    assert result.exit_code == 1
    assert "third   1       1 of 2               DIFFERS" in result.output


def test_list_has_a_line_each(efforts: Efforts) -> None:
    assert saddlesim("--list").output.splitlines() == [
        "first   The first claim",
        "second  The second claim",
        "all     Every one of these, with a table at the end",
    ]


def test_folder_that_cannot_be_written(efforts: Efforts, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    result = saddlesim("all", "--output", str(file))
    assert result.exit_code == 2
    assert "folder must be one that can be written, got" in " ".join(result.output.split())
    assert efforts == []
