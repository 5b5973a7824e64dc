"""What Lee et al. (2016) prove, measured: what agrees, and that each finding can differ."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import laws
import saddlesim as ss
from saddlesim.reproduce import Claim, Effort, Report, quadratic, reproduce
from saddlesim.reproduce.exit_times import ExitLaw, agreement, geometric_ratio
from saddlesim.reproduce.lee2016 import (
    diffeomorphism,
    large_steps,
    no_time,
    rounding,
    rounding_picture,
    stable_manifold,
    survival,
)
from saddlesim.reproduce.quadratic import off_saddle, saddle, stable_starts
from saddlesim.trace import trajectories

QUICK = Effort(quick=True, seed=0, threads=None)


@pytest.fixture(scope="module")
def lee2016(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("lee2016")
    return reproduce("lee2016", folder, quick=True, say=lambda _: None)


def differing(claim: Claim) -> list[str]:
    return [finding.case for finding in claim.findings if not finding.holds]


def all_differ(claim: Claim) -> bool:
    return len(differing(claim)) == len(claim.findings)


def exits(steps: Any, escaped: Any = True) -> ss.EscapeTimes:
    n = len(steps)
    codes = np.where(np.broadcast_to(escaped, n), ss.Outcome.ESCAPED, ss.Outcome.CENSORED)
    times = ss.escape_times(saddle(2), ss.GradientDescent(0.1), trials=n)
    return dataclasses.replace(
        times, steps=np.asarray(steps), outcome=codes.astype(np.int8), log10_steps=None
    )


# The whole


def test_everything_agrees(lee2016: Report) -> None:
    assert [f"{f.case}: {f.measured}" for f in lee2016.findings if not f.holds] == []
    assert len(lee2016.claims) == 18
    assert len(lee2016.findings) == 105


def test_pictures_and_tables_are_written(lee2016: Report) -> None:
    assert sorted(path.name for path in lee2016.files) == [
        "large_steps.csv",
        "large_steps.png",
        "lee2016.json",
        "octopus.csv",
        "rounding.csv",
        "rounding.png",
        "singular_values.csv",
        "singular_values.png",
        "stable_manifold.csv",
        "survival.csv",
        "survival.png",
    ]
    assert all(path.stat().st_size > 100 for path in lee2016.files)


@pytest.mark.parametrize("part", [survival, diffeomorphism, no_time])
def test_numbers_depend_on_the_seed_only(part: Any, lee2016: Report) -> None:
    again = part.section(Effort(quick=True, seed=0, threads=1))
    other = part.section(Effort(quick=True, seed=1, threads=None))
    (name,) = again.tables
    assert again.tables[name] == lee2016.tables[name]
    assert other.tables[name] != lee2016.tables[name]


# The law of exit times


@pytest.mark.parametrize(("k", "half_width"), [(1, 1.0), (1, 0.25), (1, 3.0), (2, 1.0), (3, 2.0)])
def test_law_is_that_of_the_reference(k: int, half_width: float) -> None:
    t = np.arange(80)
    reference = laws.exit_law(laws.reach_cube(k, half_width), growth=1.3)
    ours = ExitLaw(1.3, k, half_width)
    np.testing.assert_allclose(ours.survival(t), 1 - reference(t), atol=1e-14)
    later = ours.survival(ours.first + np.arange(9))
    np.testing.assert_allclose(later[1:] / later[:-1], ours.ratio, rtol=1e-12)
    assert ours.first == 0 or 1.3 ** -(ours.first - 1) > half_width
    step = ours.step_with(1e-4)
    assert ours.survival(step) >= 1e-4 > ours.survival(step + 1)


def test_distance_is_the_references_and_counts_who_never_left() -> None:
    steps = np.random.default_rng(0).geometric(0.2, 5000)
    law = ExitLaw(1.25)
    finding = agreement("x", exits(steps), law)
    expected = laws.ks_distance(steps, laws.exit_law(laws.reach_cube(1), 1.25))
    assert finding.measured.value == pytest.approx(expected, abs=1e-12)
    assert finding.holds
    stayed = np.arange(5000) < 4800
    assert not agreement("x", exits(steps, stayed), law).holds
    assert not agreement("x", exits(steps, False), law).holds


def test_ratio_is_found_from_censored_samples_too() -> None:
    steps = np.random.default_rng(1).geometric(0.2, 50_000)
    whole = geometric_ratio(exits(steps), 0)
    cut = geometric_ratio(exits(np.minimum(steps, 4), steps <= 4), 0)
    late = geometric_ratio(exits(steps), 3)
    for found in (whole, cut, late):
        assert found.low < 0.8 < found.high
        assert found.high - found.low < 0.02
    assert whole.high - whole.low < cut.high - cut.low
    # The share of steps that are not the last; the error of a share in as many trials.
    assert whole.value == pytest.approx(1 - 50_000 / steps.sum())
    assert (whole.high - whole.value) / 4 == pytest.approx(math.sqrt(0.16 / steps.sum()), rel=0.02)


def test_a_wrong_rate_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(case: Any) -> ExitLaw:
        return ExitLaw(1.01 * (1 + case.step), case.k, case.half_width)

    monkeypatch.setattr(survival._Case, "law", property(wrong))
    law, ratio, _, nothing = survival.section(QUICK).claims
    assert all_differ(law)
    assert all_differ(ratio)
    assert differing(nothing) == []


def test_trajectories_that_stay_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survival, "_HORIZON", 25)
    law, ratio, tail, nothing = survival.section(QUICK).claims
    assert all_differ(nothing)
    assert differing(ratio) == []  # who is censored is at risk until then
    assert differing(tail) == [f.case for f in tail.findings if f.case[-2:] in ("65", "31")]
    assert any(differing(law))


# The map


def test_singular_values_are_those_of_the_jacobian() -> None:
    f, method, at = ss.MatrixFactorization.random(5, 2, seed=3), ss.GradientDescent(0.15), 40
    path = trajectories(
        f, method, steps=[at], trials=4, record=("min_eigenvalue", "max_eigenvalue")
    )
    never = ss.LeavesBall(radius=1e9)
    points = ss.escape_times(
        f, method, escape=never, max_steps=at, trials=4, record=("points",)
    ).points
    assert points is not None
    smallest, largest = diffeomorphism.singular_values(path, 0.15)
    for i, x in enumerate(points):
        jacobian = np.eye(f.dim) - 0.15 * f.hvp(x, np.eye(f.dim))
        values = np.linalg.svd(jacobian, compute_uv=False)
        assert smallest[i, 0] == pytest.approx(values[-1], abs=1e-9)
        assert largest[i, 0] == pytest.approx(values[0], abs=1e-9)


def test_a_step_that_may_be_singular_has_the_bound_0() -> None:
    path = trajectories(
        ss.QuadraticSaddle([-1.0, 0.5, 2.0]),
        ss.GradientDescent(0.1),
        steps=[0],
        trials=1,
        record=("min_eigenvalue", "max_eigenvalue"),
    )
    found = [float(diffeomorphism.singular_values(path, step)[0][0, 0]) for step in (0.1, 0.5, 1)]
    assert found == pytest.approx([0.8, 0, 0])


def test_a_singular_map_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # 0.9 / l is 0.15; at three times that and more 1 - step lambda_max is 1 - 0.5 * 2 = 0.
    monkeypatch.setattr(diffeomorphism._Case, "step", property(lambda _: 0.5))
    factorization = ss.MatrixFactorization.random(5, 2)
    cases = [
        diffeomorphism._Case("x", factorization, 100, bounded=bounded) for bounded in (True, False)
    ]
    monkeypatch.setattr(diffeomorphism, "_cases", lambda: tuple(cases))
    monkeypatch.setattr(diffeomorphism, "_draw", lambda _: None)
    bounded, positive = diffeomorphism.section(QUICK).claims
    assert all_differ(bounded)
    assert all_differ(positive)


def test_large_steps_notice_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_steps, "_smallest_singular_value", lambda *_: 1e-4)
    monkeypatch.setattr(large_steps, "ExitLaw", lambda growth: ExitLaw(1.03 * growth))
    monkeypatch.setattr(large_steps, "_TIMES_LARGEST", (0.5, 1.0, 2.2))
    singular, same, bounded = large_steps.section(QUICK).claims
    assert all_differ(singular)
    assert all_differ(same)
    assert differing(bounded) == ["step 2.2/lambda_max"]


# The stable manifold


def test_starts_are_on_the_stable_manifold() -> None:
    f = saddle(7, 2)
    starts = stable_starts(f, 50, seed=4).points
    assert np.all(starts[:, :2] == 0)
    assert np.all(starts[:, 2:] != 0)
    np.testing.assert_array_equal(off_saddle(f, starts + np.array([3, 4, 0, 0, 0, 0, 0])), 5.0)
    rotated = saddle(7, 2, rotation_seed=1)
    away = off_saddle(rotated, stable_starts(rotated, 50, seed=4).points)
    assert 0 < away.max() < 1e-14


def rotated_saddle(dim: int, k: int = 1, *, rotation_seed: int | None = 0) -> ss.QuadraticSaddle:
    return quadratic.saddle(dim, k, rotation_seed=rotation_seed)


def test_leaving_the_stable_manifold_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stable_manifold, "saddle", rotated_saddle)
    for claim in stable_manifold.section(QUICK).claims:
        assert all_differ(claim)


def test_staying_near_a_rotated_saddle_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def aligned(dim: int, *, rotation_seed: int) -> ss.QuadraticSaddle:
        return quadratic.saddle(dim)

    monkeypatch.setattr(rounding, "saddle", aligned)
    monkeypatch.setattr(rounding, "draw", lambda *_: None)
    monkeypatch.setattr(rounding, "_DIMS", (2, 10))
    monkeypatch.setattr(rounding, "_STARTS", 5)
    double, single, nobody, everybody = rounding.section(QUICK).claims
    assert all_differ(double)
    assert all_differ(single)
    assert differing(nobody) == []
    assert all_differ(everybody)


@pytest.mark.parametrize("factor", [0.7, 1.5])
def test_a_wrong_prediction_of_rounding_is_noticed(
    monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    right = rounding.predicted_steps
    monkeypatch.setattr(rounding, "predicted_steps", lambda *case: factor * right(*case))
    monkeypatch.setattr(rounding, "draw", lambda *_: None)
    double, single, nobody, everybody = rounding.section(QUICK).claims
    assert all_differ(double)
    assert all_differ(single) == (factor < 1)  # the band of single precision is wider
    assert all_differ(nobody) == (factor > 1)
    assert differing(everybody) == []


def test_bands_are_as_many_e_foldings_wide_in_either_precision() -> None:
    assert rounding.band("float64") == pytest.approx((0.85, 1.2))
    assert rounding.predicted_steps("float64", math.e) == pytest.approx(math.log(2.0**53))
    double, single = (
        [(edge - 1) * rounding.predicted_steps(dtype, 1.1) for edge in rounding.band(dtype)]
        for dtype in ("float64", "float32")
    )
    assert single == pytest.approx(double)


def test_halving_rounds_nothing_as_the_document_says() -> None:
    # Growth 1.5 is left out of the table for this: 41 steps are predicted.
    f = saddle(2, rotation_seed=0)
    times = ss.escape_times(
        f, ss.GradientDescent(0.5), initial=stable_starts(f, 1000, 0), dtype="float32"
    )
    assert 0.1 < times.count(ss.Outcome.STALLED) / 1000 < 0.5


def test_document_has_the_measured_table(lee2016: Report) -> None:
    text = (Path(__file__).parents[1] / "docs/floating-point-trap.md").read_text(encoding="utf-8")
    for row in lee2016.tables["rounding"]:
        cells = [line.split("|") for line in text.splitlines() if line.startswith("| float")]
        here = next(
            c for c in cells if (c[1].strip(), c[2].strip()) == (row["dtype"], f"{row['growth']:g}")
        )
        assert int(here[3]) == round(row["predicted"])
        shown = float(here[4 + [2, 10, 100].index(row["dim"])].split("(")[0])
        # Of 40 rotations, where a quick look has 10.
        assert row["low"] - 1 <= shown <= row["high"] + 1


def test_picture_of_rounding_says_0_only_if_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rounding.section(QUICK).tables["rounding"]

    def notes() -> list[str]:
        figure = rounding_picture.draw(rows, QUICK)
        return [text.get_text() for text in figure.axes[0].texts]

    assert notes() == ["axis-aligned: exactly 0 at every step"]
    monkeypatch.setattr(rounding_picture, "saddle", rotated_saddle)
    assert notes() == []


# Time


def test_polynomial_time_and_being_left_behind_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    perturbed: Callable[[float], ss.Method] = lambda step: ss.PerturbedGradientDescent(  # noqa: E731
        step, radius=0.027, gradient_threshold=0.027, min_interval=2
    )
    with monkeypatch.context() as patch:
        patch.setattr(no_time, "GradientDescent", perturbed)
        escapes, slowly = no_time.section(QUICK).claims
        assert differing(escapes) == []
        assert all_differ(slowly)
    monkeypatch.setattr(no_time, "escape_times", partial(ss.escape_times, max_steps=3000))
    escapes, _ = no_time.section(QUICK).claims
    assert "d = 10" in differing(escapes)


def test_distance_limit_is_the_documented_one() -> None:
    finding = agreement("x", exits(np.ones(400, dtype=np.int64)), ExitLaw(1.1))
    assert finding.expected == (0.0, pytest.approx(laws.ks_limit(400)))
