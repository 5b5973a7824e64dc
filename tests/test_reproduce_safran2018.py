"""Safran and Shamir (2018): what agrees, how counts are compared, and what would differ."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.reproduce import Effort, Report, reproduce
from saddlesim.reproduce.safran2018 import frequency, levels, published

QUICK = Effort(quick=True, seed=0, threads=None)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("safran2018")
    return reproduce("safran2018", folder, quick=True, say=lambda _: None)


def test_everything_agrees(report: Report) -> None:
    assert [f"{f.case}: {f.measured}" for f in report.findings if not f.holds] == []
    assert len(report.claims) == 9


def test_pictures_and_tables_are_written(report: Report) -> None:
    assert [path.name for path in report.files] == [
        "safran2018.json",
        "levels.csv",
        "levels.png",
        "frequency.csv",
        "safran2018.png",
    ]
    assert all(path.stat().st_size > 100 for path in report.files)


def test_curvature_changes_its_sign_between_five_and_six_units(report: Report) -> None:
    rows = report.tables["levels"]
    assert [row["units"] for row in rows if row["min_eigenvalue"] < 0] == [3, 4, 5]
    assert max(row["gradient_norm"] for row in rows) < 1e-12


def test_table_has_counts_of_runs(report: Report) -> None:
    rows = report.tables["frequency"]
    assert [row["units"] for row in rows] == [6, 8, 10]
    for row in rows:
        assert row["bad"] == row["local_minima"]
        assert row["share"] == row["bad"] / row["runs"]
    assert rows[0]["share"] < rows[1]["share"] < rows[2]["share"]


def test_numbers_depend_on_the_seed_only(report: Report) -> None:
    first = dataclasses.replace(QUICK, threads=1)
    again = frequency._row(frequency._run(8, first))
    other = frequency._row(frequency._run(8, dataclasses.replace(QUICK, seed=1)))
    assert again == report.tables["frequency"][1]
    assert other["bad"] != again["bad"]


def test_published_levels_are_some_of_the_bad_runs() -> None:
    for k, counts in published.LEVELS.items():
        assert sum(counts.values()) <= published.BAD[k]
        lowest = min(counts)
        assert lowest == pytest.approx(levels.symmetric_point(k).value, abs=5e-6)


def test_interval_is_that_of_a_difference_of_two_samples() -> None:
    found = frequency.beside(count=60, runs=500, published=120)
    pooled = 180 / 1500
    assert found.value == 0.12
    assert found.high - 0.12 == pytest.approx(
        4 * np.sqrt(pooled * (1 - pooled) * (1 / 500 + 1 / 1000))
    )


def test_a_wrong_share_or_value_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(frequency.BAD, 10, 600)
    monkeypatch.setitem(frequency.LEVELS, 10, {0.0188: 312})
    section = frequency.section(QUICK)
    differing = [f.case for claim in section.claims for f in claim.findings if not f.holds]
    assert differing == ["k = 10", "k = 10, F = 0.01880"]


def test_a_wrong_value_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(levels.COMPUTED, 6, (0.025080581005, 0.0047004))
    section = levels.section(QUICK)
    differing = [f.case for claim in section.claims for f in claim.findings if not f.holds]
    assert differing == ["k = 6", "k = 6"]


def test_the_symmetric_point_is_that_of_the_landscape() -> None:
    point = levels.symmetric_point(6)
    f = ss.StudentTeacher.random(6)
    assert float(f.value(point.point)) == pytest.approx(point.value, abs=1e-15)


def test_document_has_the_measured_counts() -> None:
    text = (Path(__file__).parents[1] / "docs" / "reproductions.md").read_text(encoding="utf-8")
    rows = {
        cells[0]: cells[1:]
        for line in text.splitlines()
        if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0]
        in ("k", "published", "measured")
    }
    assert rows["k"] == [str(k) for k in published.BAD]
    assert rows["published"] == [str(count) for count in published.BAD.values()]
    full = dataclasses.replace(QUICK, quick=False)
    assert rows["measured"][:3] == [str(len(frequency._run(k, full).bad)) for k in (6, 7, 8)]
