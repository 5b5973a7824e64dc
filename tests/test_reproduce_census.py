"""The census of landscapes: what agrees, what counts, and what would differ."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import saddlesim as ss
from saddlesim.reproduce import Effort, Report, reproduce
from saddlesim.reproduce.census import broken, promised
from saddlesim.reproduce.census.counts import count_stationary
from saddlesim.reproduce.census.landscapes import BAD_MINIMA, NOT_STRICT, guaranteed
from saddlesim.reproduce.census.landscapes import broken as broken_landscapes

QUICK = Effort(quick=True, seed=0, threads=None)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("census")
    return reproduce("census", folder, quick=True, say=lambda _: None)


def test_everything_agrees(report: Report) -> None:
    assert [f"{f.case}: {f.measured}" for f in report.findings if not f.holds] == []
    assert len(report.claims) == 6


def test_pictures_and_tables_are_written(report: Report) -> None:
    names = [path.name for path in report.files]
    assert names == ["census.json", "promised.csv", "promised.png", "broken.csv"]


def test_every_family_is_there() -> None:
    families = {type(f) for _, f, _ in guaranteed(seed=0)}
    assert families >= {
        ss.MatrixFactorization,
        ss.AsymmetricMatrixFactorization,
        ss.MatrixSensing,
        ss.MatrixCompletion,
        ss.TensorDecomposition,
        ss.QuadraticNetwork,
    }
    names = [name for name, *_ in (*guaranteed(0), *broken_landscapes(0))]
    assert len(set(names)) == len(names)


def test_counts_of_a_known_landscape() -> None:
    counts = count_stationary("octopus", ss.Octopus(dim=3), starts=60, effort=QUICK)
    assert (counts.strict_saddles, counts.global_minima) == (3, 1)
    assert (counts.not_strict, counts.bad_minima, counts.undecided) == (0, 0, 0)
    assert counts.weakest == pytest.approx(-2)
    assert math.isnan(counts.lowest_bad_value)
    assert counts.as_dict()["landscape"] == "octopus"


def test_a_bad_minimum_or_a_flat_saddle_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def impostors(seed: int) -> Iterator[tuple[str, ss.Landscape, str]]:
        yield "bad", ss.StudentTeacher.random(6), "me"
        yield "flat", ss.DeepLinearNetwork.random((3, 3, 3, 3, 3), seed=seed), "me"

    monkeypatch.setattr(promised, "guaranteed", impostors)
    strict, minima, *_ = promised.section(QUICK).claims
    assert [finding.holds for finding in strict.findings] == [True, False]
    assert [finding.holds for finding in minima.findings] == [False, True]


def test_what_is_not_broken_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def sound(seed: int) -> Iterator[tuple[str, ss.Landscape, str]]:
        yield "two layers", ss.DeepLinearNetwork.random((3, 3, 3), seed=seed), NOT_STRICT
        yield "five units", ss.StudentTeacher.random(5), BAD_MINIMA

    monkeypatch.setattr(broken, "broken", sound)
    claims = broken.section(QUICK).claims
    assert [finding.holds for claim in claims for finding in claim.findings] == [False, False]


def test_benchmark_script_has_both_tables(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "benchmarks" / "landscape_census.py"
    file = tmp_path / "census.csv"
    done = subprocess.run(
        [sys.executable, "-W", "error", script, "--starts", "12", "--csv", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "student-teacher, k = 10" in done.stdout
    assert len(file.read_text(encoding="utf-8").splitlines()) == 31
