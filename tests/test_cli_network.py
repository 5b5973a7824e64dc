"""``saddlesim network ...``: what the experiments print and write, and the text of their errors."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from test_cli import refusal, saddlesim

SMALL = {
    "widths": "--widths 16,32,64 --dim 3 --samples 5 --steps 5 --trials 2",
    "kernel": "--width 64 --dim 3 --samples 5 --steps 5",
    "labels": "--data synthetic --samples 12 --dim 4 --width 64 --steps 40",
}


@pytest.mark.parametrize("name", SMALL)
def test_table_and_picture(name: str, tmp_path: Path) -> None:
    table, picture = tmp_path / "table.csv", tmp_path / "picture.png"
    result = saddlesim(
        "network", name, *SMALL[name].split(), "--csv", str(table), "--plot", str(picture)
    )
    assert result.exit_code == 0, result.output
    assert result.output.endswith(f"table:   {table}\npicture: {picture}\n")
    assert picture.read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == {"widths": 6, "kernel": 6, "labels": 2}[name]


def test_flow() -> None:
    words = "--width 64 --dim 3 --samples 5 --steps 2.5 --flow"
    result = saddlesim("network", "kernel", *words.split())
    assert result.exit_code == 0, result.output
    assert "GradientFlow(" in result.output


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            "widths --widths 1,x",
            "--widths must be whole numbers from 1 on with commas, such as 1,2,4, got '1,x'",
        ),
        ("kernel --steps 2.5", "--steps must be a whole number >= 1 without --flow, got 2.5"),
        ("kernel --steps nan", "--steps must be a whole number >= 1 without --flow, got nan"),
        ("kernel --steps inf", "--steps must be a whole number >= 1 without --flow, got inf"),
        ("labels --data numbers", "--data must be one of 'digits', 'synthetic', got 'numbers'"),
    ],
)
def test_what_is_refused(words: str, text: str) -> None:
    assert text in refusal("network", *words.split())
