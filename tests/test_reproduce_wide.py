"""What Du et al. (2018) and Zhang et al. (2017) say of wide networks, measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from saddlesim.reproduce import Report, reproduce


@pytest.fixture(scope="module", params=["du2018", "zhang2017"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp(request.param)
    return reproduce(request.param, folder, quick=True, say=lambda _: None)


def test_everything_agrees(report: Report) -> None:
    assert [f"{f.case}: {f.measured}" for f in report.findings if not f.holds] == []
    assert len(report.findings) >= 14


def test_pictures_and_tables_are_written(report: Report) -> None:
    names = {Path(path).name for path in report.files}
    if "du2018.json" in names:
        assert {"widths.png", "descent.png", "flow.png", "gram_at_the_start.csv"} <= names
    else:
        assert {"digits.png", "sphere.png", "digits.csv", "complexity.csv"} <= names
