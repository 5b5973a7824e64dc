"""Flat minima are told from saddles of the same value by descent from around them."""

from __future__ import annotations

import numpy as np
import pytest

import saddlesim as ss
from censuses import CP, DEEP, FACTORISATION, STUDENTS, census_of
from saddlesim import flatness
from saddlesim.flatness import descends
from test_symmetries import CASES


def test_flat_minima_and_saddles_of_one_value_are_told_apart() -> None:
    c = census_of(CP)
    at = {family.kind: family for family in c.families if abs(family.value - 0.25) < 1e-6}
    assert {"flat minimum", "non-strict saddle"} <= set(at)
    assert c.every_saddle_strict is False
    assert c.every_minimum_global is False
    # two factors u, v along one component, |u|^4 + |v|^4 = 1, with the shares of `split`
    shares = {
        kind: np.sort(np.linalg.norm(at[kind].point.reshape(3, 3), axis=1) ** 4)[0]
        for kind in ("flat minimum", "non-strict saddle")
    }
    assert shares["flat minimum"] > 0.2 > shares["non-strict saddle"] - 0.015


def split(share: float) -> np.ndarray:
    """Two of three factors along one component; the third component is left out."""
    x = np.zeros((3, 3))
    x[0, 0], x[1, 1], x[2, 0] = (1 - share) ** 0.25, 1.0, share**0.25
    return x.ravel()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.15, 0.4, 0.5])
def test_descent_tells_flat_minima_from_saddles(share: float) -> None:
    """Factors a e_1 + s w, c e_1 + t w with a^3 s = -c^3 t, for the missing w.

    They change f by 6 (a^2 s^2 + c^2 t^2)^2 - 2 (s^4 + t^4) over 4 and higher orders: it falls
    where q = c^4 has 6 q / (1 - q)^2 < 2 (1 + q^3 / (1 - q)^3), so for q below 0.213.
    A minimum that is nearer to that than 0.1, by which starts are off, counts as a saddle.
    """
    q = share
    falls = 6 * q / (1 - q) ** 2 < 2 * (1 + q**3 / (1 - q) ** 3)
    x = split(share)
    found = ss.classify(CP, x)
    assert found.kind[0] == "degenerate"
    assert found.value[0] == pytest.approx(0.25)
    assert descends(CP, x) == falls
    assert descends(CP, x, threads=2) == falls


def test_descent_from_minima_and_saddles_of_other_kinds() -> None:
    assert descends(DEEP, np.zeros(DEEP.dim))
    assert descends(DEEP, DEEP.stationary_points()[1].point)  # captures the largest only
    for f in (DEEP, FACTORISATION, ss.QuadraticNetwork.random(3, width=4, seed=1)):
        best = next(p for p in f.stationary_points() if p.name == "global minimum")
        assert not descends(f, best.point)
    assert not descends(STUDENTS, STUDENTS.stationary_points()[1].point)
    tensor = CASES["tensor, all"][0]  # on spheres
    mean = next(p for p in tensor.stationary_points() if "mean" in p.name)
    assert descends(tensor, mean.point)
    assert not descends(tensor, tensor.stationary_points()[0].point)


def test_descents_start_in_flat_directions_near_the_point(monkeypatch: pytest.MonkeyPatch) -> None:
    run, x = flatness.escape_times, split(0.5)
    steps = []

    def noted(*args: object, initial: ss.At, **options: object) -> ss.EscapeTimes:
        steps.append(initial.points - x)
        return run(*args, initial=initial, **options)

    monkeypatch.setattr(flatness, "escape_times", noted)
    assert not descends(CP, x)
    lengths = np.linalg.norm(steps[0], axis=1)
    np.testing.assert_allclose(lengths, 0.1 * (np.arange(64) + 0.5) / 64)
    bent = np.linalg.norm(steps[0] @ CP.hessian(x), axis=1)
    assert np.all(bent <= 1e-5 * CP.smoothness * lengths)


def test_beyond_factorisation_flatness_is_looked_for_in_all_directions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("saddlesim.flatness.LARGEST", 2)
    assert descends(DEEP, np.zeros(DEEP.dim))
    assert not descends(DEEP, DEEP.stationary_points()[-1].point)


def test_a_flat_minimum_at_the_rounding_of_zero_is_no_saddle() -> None:
    """f = 1e-32 at points that fit all data: descent below is rounding."""
    f = CASES["two-layer"][0]
    c = ss.find_stationary_points(f, starts=60)
    assert min(family.value for family in c.families) < 1e-25
    for family in c.families:
        if family.value < 1e-25:
            assert family.kind == "flat minimum"
    assert c.every_minimum_global is None  # where f does not say what its minimum is
    assert "every saddle found is strict: none found (0 points)" in repr(c)
