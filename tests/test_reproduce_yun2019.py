"""Yun, Sra and Jadbabaie (2019): what agrees, and what would differ."""

from __future__ import annotations

import pytest

import saddlesim as ss
from saddlesim.landscapes import StationaryPoint
from saddlesim.reproduce import Effort, Report, reproduce
from saddlesim.reproduce.yun2019 import bad_minimum, random_starts

QUICK = Effort(quick=True, seed=0, threads=None)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("yun2019")
    return reproduce("yun2019", folder, quick=True, say=lambda _: None)


def test_everything_agrees(report: Report) -> None:
    assert [f"{f.case}: {f.measured}" for f in report.findings if not f.holds] == []
    assert len(report.claims) == 10
    assert len(report.findings) == 50


def test_pictures_and_tables_are_written(report: Report) -> None:
    assert [path.name for path in report.files] == [
        "yun2019.json",
        "bad_minimum.csv",
        "random_starts.csv",
        "random_starts.png",
    ]


def test_every_run_is_counted_once(report: Report) -> None:
    for row in report.tables["random_starts"]:
        ends = row["at_third"] + row["at_zero"] + row["between"] + row["moving"]
        assert ends == row["runs"] == 2000
        assert row["moving"] <= 0.02 * row["runs"]


def test_rectifiers_end_there_far_more_often(report: Report) -> None:
    at = {row["activation"]: row["at_third"] for row in report.tables["random_starts"]}
    assert min(at["relu"], at["leaky_relu"]) > 3 * max(at["sigmoid"], at["tanh"], at["arctan"])


def test_numbers_depend_on_the_seed_only(report: Report) -> None:
    again = random_starts.section(Effort(True, 0, 1)).tables["random_starts"]
    other = random_starts.section(Effort(True, 1, None)).tables["random_starts"]
    assert again == report.tables["random_starts"]
    assert other != again


def test_a_saddle_in_its_place_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def origin(f: ss.SmallDataNetwork) -> StationaryPoint:
        bad = true(f)
        return StationaryPoint(0.3 * bad.point, bad.value, bad.eigenvalues, "", None)

    true = ss.SmallDataNetwork.bad_minimum
    monkeypatch.setattr(ss.SmallDataNetwork, "bad_minimum", origin)
    value, stationary, *_, best = bad_minimum.section(QUICK).claims
    assert not any(finding.holds for finding in value.findings)
    assert not any(finding.holds for finding in stationary.findings)
    assert all(finding.holds for finding in best.findings)
