"""Noise finds global minima: what agrees, and that each finding can differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import saddlesim as ss
from saddlesim.reproduce import Effort, Report, reproduce
from saddlesim.reproduce.global_minimum import runs
from saddlesim.reproduce.global_minimum.families import FAMILIES, METHODS, Family, start_saddle

SMALL = Family("one component", lambda d, s: ss.TensorDecomposition.random(d, "one", seed=s), (3,))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("global_minimum")
    return reproduce("global_minimum", folder, quick=True, say=lambda _: None)


def test_everything_agrees(report: Report) -> None:
    assert [finding.case for finding in report.findings if not finding.holds] == []
    assert len(report.findings) == 5 * len(FAMILIES)
    assert {path.suffix for path in report.files} == {".json", ".csv", ".png"}


def test_the_table_has_every_run(report: Report) -> None:
    rows = report.tables["global_minimum"]
    assert {row["method"] for row in rows} == set(METHODS)
    for family in FAMILIES:
        assert len(family.dims) >= 5
        assert {row["d"] for row in rows if row["family"] == family.name} == set(family.dims)


def rows(costs: list[float], *, reached: int = 100) -> list[dict[str, object]]:
    family = FAMILIES[0]
    return [
        {
            "family": family.name,
            "d": d,
            "instance": 0,
            "method": method,
            "trials": 100,
            "reached": reached,
            "median_gradients": cost,
        }
        for method in METHODS
        for d, cost in zip(family.dims, costs, strict=True)
    ]


def test_an_exponential_or_cubic_cost_differs() -> None:
    family = FAMILIES[0]
    d = np.array(family.dims, dtype=float)
    assert runs._growth(rows(list(30 * d)), family, "noisy GD").holds
    assert not runs._growth(rows(list(d**3)), family, "noisy GD").holds
    assert not runs._growth(rows(list(2.0 ** (d / 4))), family, "noisy GD").holds


def test_a_share_that_is_missing_differs() -> None:
    family = FAMILIES[0]
    flat = [50.0] * len(family.dims)
    assert not runs._share(rows(flat, reached=95), family, "noisy GD").holds
    one = runs._share(rows(flat), family, "noisy GD")
    assert one.measured.value == 1.0
    assert one.measured.low == pytest.approx(600 / 616)  # Wilson's n / (n + z^2)


def test_leaving_without_noise_differs() -> None:
    assert not runs._stays(rows([50.0] * len(FAMILIES[0].dims)), FAMILIES[0]).holds


def test_all_start_at_the_saddle_itself() -> None:
    f = SMALL.make(3, 0)
    times = runs._run(f, "GD", 1, Effort(quick=True, seed=0, threads=1))
    assert isinstance(times.initial, ss.At)
    np.testing.assert_array_equal(times.initial.points, start_saddle(f).point)


def test_it_is_registered(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'global_minimum'"):
        reproduce("nothing", tmp_path)
