"""Exit laws of a quadratic saddle: the laws themselves, what agrees, and what would not."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import laws as reference
import saddlesim as ss
from saddlesim.reproduce import Effort, Report, reproduce
from saddlesim.reproduce.exit_law import kicks, noise, starts
from saddlesim.reproduce.exit_law.laws import (
    NoisyLaw,
    StartLaw,
    ball,
    cube,
    gaussian,
    gaussian_density,
    momentum_growth,
    power_growth,
    sphere,
    sphere_density,
)
from saddlesim.reproduce.exit_times import agreement

QUICK = Effort(quick=True, seed=0, threads=None)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("exit_law")
    return reproduce("exit_law", folder, quick=True, say=lambda _: None)


def test_everything_agrees(report: Report) -> None:
    assert [f"{f.case}: {f.measured}" for f in report.findings if not f.holds] == []
    assert len(report.claims) == 8
    assert len(report.findings) == 72


def test_pictures_and_tables_are_written(report: Report) -> None:
    assert [path.name for path in report.files] == [
        "exit_law.json",
        "starts.csv",
        "starts.png",
        "noise.csv",
        "noise.png",
        "kicks.csv",
        "kicks.png",
    ]


@pytest.mark.parametrize(
    ("shorter", "reach"),
    [
        (cube(1), reference.reach_cube(1)),
        (cube(3), reference.reach_cube(3)),
        (ball(2, 10), reference.reach_ball(2, 10)),
        (sphere(3, 7), reference.reach_sphere(3, 7)),
        (gaussian(2, 0.3), reference.reach_gaussian(2, 0.3)),
    ],
)
def test_laws_of_starts_are_those_of_the_reference(shorter: Any, reach: Any) -> None:
    t = np.arange(100)
    law = StartLaw(shorter, power_growth(1.1))
    np.testing.assert_allclose(
        law.survival(t), 1 - reference.exit_law(reach, 1.1)(t), rtol=0, atol=1e-14
    )


def test_mean_and_median_of_a_law() -> None:
    law = StartLaw(cube(1), power_growth(1.1))
    assert law.mean() == pytest.approx(11)
    assert law.median() == math.ceil(math.log(2) / math.log(1.1))


def test_medians_of_kicks_are_those_of_the_ball() -> None:
    medians = [kicks.kick_law(dim).median() for dim in (2, 10, 100, 1000, 10_000)]
    assert medians == [34, 41, 53, 65, 77]


@pytest.mark.parametrize(
    ("density", "known"),
    [
        (gaussian_density, reference.gaussian_density),
        (sphere_density(10), reference.sphere_density(10)),
        (sphere_density(12), reference.ball_density(10)),
    ],
)
def test_laws_of_noise_are_those_of_the_reference(density: Any, known: Any) -> None:
    law = NoisyLaw(density, 1.05, 0.05, 0.5, steps=60)
    expected = 1 - reference.noisy_exit_law(known, 1.05, 0.05, 0.5, steps=60)
    np.testing.assert_allclose(law.survival(np.arange(61)), expected, rtol=0, atol=1e-12)


def test_variance_of_an_autoregressive_path() -> None:
    law = NoisyLaw(gaussian_density, 1.1, 2.0, 1.0)
    assert law.variance(1) == pytest.approx(4)
    assert law.variance(3) == pytest.approx(4 * (1 + 1.1**2 + 1.1**4))


def test_growth_with_momentum_is_that_of_the_recurrence() -> None:
    x = [1.0, 1.0]
    for _ in range(30):
        x.append(2.0 * x[-1] - 0.9 * x[-2])
    np.testing.assert_allclose(momentum_growth(2.0, 0.9)(np.arange(31.0)), x[1:], rtol=1e-12)


def test_a_wrong_law_differs() -> None:
    (case, *_) = (c for c in starts._CASES if str(c) == "ball, d = 10, k = 1")
    times = starts._run(case, ss.GradientDescent(0.1), QUICK)
    assert agreement("right", times, case.law).holds
    assert not agreement("other d", times, StartLaw(ball(1, 11), power_growth(1.1))).holds
    assert not agreement("other step", times, StartLaw(ball(1, 10), power_growth(1.11))).holds


def test_numbers_depend_on_the_seed_only(report: Report) -> None:
    assert noise.section(Effort(True, 0, 1)).tables["noise"] == report.tables["noise"]
    other = kicks.section(Effort(True, 1, None)).tables["kicks"]
    assert other != report.tables["kicks"]


def test_half_the_logarithm_of_the_dimension(report: Report) -> None:
    rows = {row["dim"]: row for row in report.tables["kicks"]}
    added = rows[1000]["median"] - rows[10]["median"]
    assert added == pytest.approx(math.log(100) / (2 * math.log(1.1)), abs=2)


def test_it_has_a_picture_of_each_part(report: Report) -> None:
    pictures = [path for path in report.files if Path(path).suffix == ".png"]
    assert all(path.stat().st_size > 10_000 for path in pictures)
