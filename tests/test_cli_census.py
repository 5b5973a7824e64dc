"""``saddlesim census``: what it prints and writes, and the text of its errors."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import saddlesim as ss
from saddlesim import census as census_module
from saddlesim.cli import families
from test_cli import refusal, saddlesim, text_of
from test_families import SETTINGS


def set_words(name: str) -> list[str]:
    settings = SETTINGS.get(name, {})
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


@pytest.mark.parametrize("name", families.FAMILIES)
def test_every_family_at_its_default_dimension(name: str) -> None:
    result = saddlesim("census", name, "--starts", "20", *set_words(name))
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith(f"Census of {families.FAMILIES[name].__name__}(")
    assert " of 20 starts led to " in lines[1]
    assert lines[2].split()[:3] == ["kind", "value", "index"]
    assert lines[-2].startswith("  every saddle found is strict: ")
    assert lines[-1].startswith("  every minimum found is global: ")
    size = int(families.default_dims(name).rpartition(":")[2])
    make = families.landscape_family(name, set_words(name)[1::2], seed=0)
    assert lines[0] == f"Census of {make(size)!r}"
    assert make(size).size == size


def test_the_table_is_that_of_the_library_and_files_are_written(tmp_path: Path) -> None:
    table, picture = tmp_path / "census.csv", tmp_path / "census.png"
    words = "--dim 4 --set rank=2 --starts 80 --seed 3 --threads 2"
    result = saddlesim(
        *("census", "matrix-factorization", *words.split()),
        *("--csv", str(table), "--plot", str(picture)),
    )
    assert result.exit_code == 0, result.output
    f = ss.MatrixFactorization.random(4, 2, seed=3)
    c = ss.find_stationary_points(f, starts=80, seed=3)
    assert result.output == f"{c!r}\ntable:   {table}\npicture: {picture}\n"
    assert picture.read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [list(row) for row in rows] == [list(row) for row in c.to_dicts()]
    assert [float(row["value"]) for row in rows] == [family.value for family in c.families]
    assert [row["kind"] for row in rows] == [family.kind for family in c.families]


def test_a_picture_has_the_landscape_in_its_title(tmp_path: Path) -> None:
    picture = tmp_path / "census.svg"
    result = saddlesim("census", "octopus", "--dim", "2", "--starts", "30", "--plot", str(picture))
    assert result.exit_code == 0, result.output
    text = picture.read_text(encoding="utf-8")
    assert "<!-- Stationary points: octopus, d = 2 -->" in text
    assert "strict saddle (2 points)" in text


def test_help(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (80, 100):
        result = saddlesim("census", "--help", columns=columns)
        assert result.exit_code == 0
        assert max(map(len, result.output.splitlines())) <= columns
    text = text_of(result)
    for phrase in (
        "Look for stationary points from many starts",
        "every saddle is strict, and that every local minimum is global",
        "saddlesim census matrix-factorization --dim 8 --set rank=3 --plot census.png",
        "--starts",
        "[default: 300]",
    ):
        assert phrase in text
    assert "census" in text_of(saddlesim("--help"))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("octopuss", "got 'octopuss'; did you mean 'octopus'?"),
        ("matrix-factorization", "matrix-factorization needs its rank; add for example: --set r"),
        ("octopus --set rank=2", "--set rank is not a parameter of octopus, which has L, gamma"),
        ("octopus --set L", "--set must be NAME=VALUE such as rank=2, got 'L'"),
        ("octopus --set L=-1", "L must be a positive number and finite, got -1"),
        ("octopus --plot no/such/a.png", "got 'no/such/a.png'; make the folder first: mkdir -p"),
        ("octopus --plot a.bmpp", "got 'a.bmpp'; try 'a.png'"),
        ("octopus --csv no/such/a.csv", "--csv must be a file in a folder that exists, got 'no"),
        ("octopus --csv .", "--csv must be a file, got '.', which is a folder; add a name"),
        ("octopus --dim 0", "Invalid value for '--dim'"),
        ("octopus --starts 0", "Invalid value for '--starts'"),
        ("octopus --seed -1", "Invalid value for '--seed'"),
        ("octopus --threads 0", "Invalid value for '--threads'"),
        ("", "Missing argument 'landscape'"),
    ],
)
def test_usage_errors(monkeypatch: pytest.MonkeyPatch, arguments: str, text: str) -> None:
    monkeypatch.setattr(
        census_module, "find_stationary_points", lambda *_, **__: pytest.fail("it ran")
    )
    assert text in refusal("census", *arguments.split())


def test_ctrl_c_ends_it_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt("interrupted")

    monkeypatch.setattr(census_module, "find_stationary_points", stopped)
    result = saddlesim("census", "octopus")
    assert result.exit_code == 130
    assert "Traceback" not in result.output


def test_without_matplotlib_a_picture_is_refused_before_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    monkeypatch.setattr(
        census_module, "find_stationary_points", lambda *_, **__: pytest.fail("it ran")
    )
    result = saddlesim("census", "octopus", "--plot", "a.png")
    assert result.exit_code == 1
    assert "pip install 'saddlesim[plot]'" in result.output


def test_nothing_found_makes_a_table_of_no_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "a.csv"
    f = ss.Octopus(2)
    nothing = ss.find_stationary_points(f, initial=ss.At([99.0, 0.0]))
    monkeypatch.setattr(census_module, "find_stationary_points", lambda *_, **__: nothing)
    result = saddlesim("census", "octopus", "--csv", str(table))
    assert result.exit_code == 0, result.output
    assert "0 of 1 starts led to 0 stationary points" in result.output
    assert table.exists()
