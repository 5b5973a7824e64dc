"""What the exact path says of the octopus, against tables that were measured independently."""

from __future__ import annotations

import math

import numpy as np
import pytest

import laws
import saddlesim as ss
from exact_runs import exact

GD = ss.GradientDescent(0.25)
# laws.MEAN_EXITS goes as far as plain stepping; these are the means at the saddles up to the tenth,
# from the same 20,000 runs.
LATER_MEAN_EXITS = {
    1: (1460, 3960, 10735, 29090, 78826),
    1.5: (1658, 5658, 19298, 65803, 224_360, 764_930),
    2: (4108, 16877, 69311, 284_620, 1.1687e6, 4.799e6),
    3: (3139, 17263, 94896, 521_610, 2.867e6, 1.576e7, 8.66e7),
}


@pytest.mark.parametrize("L", LATER_MEAN_EXITS)
def test_mean_exit_steps_are_those_of_the_table(L: float) -> None:
    means = np.array([*laws.MEAN_EXITS[L], *LATER_MEAN_EXITS[L]])
    trials = 20_000
    times = exact(
        ss.Octopus(10, L),
        ss.GradientDescent(0.25 / L),
        trials=trials,
        seed=51,
        record=("saddle_exits",),
    )
    assert times.escaped.all()
    # the spread is a third of the mean, and the table's own error 0.2 %
    tolerance = (4 * 0.35 / math.sqrt(trials) + 4 * 0.002) * means
    assert times.saddle_exits.shape == (trials, 10)
    np.testing.assert_array_less(np.abs(times.saddle_exits.mean(axis=0) - means), tolerance)


@pytest.mark.parametrize("L", LATER_MEAN_EXITS)
def test_stage_lengths_grow_by_the_closed_ratio(L: float) -> None:
    times = exact(
        ss.Octopus(10, L),
        ss.GradientDescent(0.25 / L),
        trials=20_000,
        seed=52,
        record=("saddle_exits",),
    )
    stages = np.diff(times.saddle_exits.mean(axis=0), prepend=0.0)
    ratio = laws.growth_ratio(0.25 / L, L, 1.0)
    assert ratio == pytest.approx(laws.RATIO[L], abs=1e-6)
    assert (stages[1:] / stages[:-1])[6:] == pytest.approx(ratio, rel=1e-3)
    # not (L + gamma) / gamma, its limit for small steps
    assert stages[9] / stages[8] > 1.2 * (L + 1)


@pytest.mark.parametrize(("step", "ratio"), [(1 / 40, 2.0513), (1 / 400, 2.0050), (0.064, 2.14)])
def test_small_steps_bring_the_ratio_near_its_limit(step: float, ratio: float) -> None:
    method = ss.GradientDescent(step)
    times = exact(ss.Octopus(12), method, trials=4000, seed=53, record=("saddle_exits",))
    stages = np.diff(times.saddle_exits.mean(axis=0), prepend=0.0)
    assert stages[11] / stages[10] == pytest.approx(laws.growth_ratio(step, 1.0, 1.0), rel=1e-3)
    assert laws.growth_ratio(step, 1.0, 1.0) == pytest.approx(ratio, abs=0.003)


def test_in_a_hundred_dimensions_the_mean_logarithm_is_that_of_the_table() -> None:
    times = exact(ss.Octopus(100), GD, trials=400, seed=54)
    logs = times.log10_steps
    assert logs.mean() == pytest.approx(43.838, abs=4 * 0.1 / math.sqrt(400) + 0.001)
    # the spread of 400 is known to 1 / sqrt(800)
    assert logs.std() == pytest.approx(0.100, rel=4 / math.sqrt(800) + 0.05)
    many = exact(ss.Octopus(100), GD, trials=40_000, seed=55).log10_steps
    error = 4 * 0.1 * math.sqrt(1 / 400 + 1 / 40_000)  # the table's number rests on 400 runs
    assert many.mean() == pytest.approx(43.838, abs=error)


def test_a_thousand_dimensions() -> None:
    times = exact(ss.Octopus(1000), GD, trials=200, seed=56, record=("saddle_exits", "points"))
    assert times.escaped.all()
    assert np.all(times.steps == -1)
    assert not times.steps_exact.any()
    assert not times.underflowed.any()
    logs = times.log10_saddle_exits
    np.testing.assert_array_equal(times.log10_steps, logs[:, -1])
    assert np.all(np.diff(logs, axis=1) > 0)
    slopes = np.diff(logs, axis=1)[:, 40:]
    np.testing.assert_allclose(slopes, math.log10(laws.RATIO[1]), rtol=1e-6)
    # 900 saddles beyond the table's hundredth
    expected = 43.838 + 900 * math.log10(laws.growth_ratio(0.25, 1.0, 1.0))
    assert times.log10_steps.mean() == pytest.approx(expected, abs=4 * 0.1 / math.sqrt(200) + 0.02)
    assert np.all(times.certificate.underflow_margin < 0)
    np.testing.assert_array_equal(times.saddle_exits < 0, logs > math.log10(2**63))


@pytest.mark.parametrize("start", [0.1, 0.5])
def test_the_first_stage_has_its_closed_law(start: float) -> None:
    # |x_1| uniform on [0, 1]; from the entry on the connecting region takes two or three steps
    f, trials = ss.Octopus(1), 100_000
    times = exact(f, ss.GradientDescent(start / 2), trials=trials, seed=57)
    law = laws.octopus_dwell_law(math.e, 1 + start)
    dwell = [
        exact(f, ss.GradientDescent(start / 2), initial=ss.At([x]), trials=1).steps[0]
        for x in (math.e * 1.0001, math.e * (1 + start) * 0.9999)
    ]
    t = np.arange(int(times.steps.max()) + 1)
    share = np.searchsorted(np.sort(times.steps), t, side="right") / trials
    # an exit by t: an entry by t minus the most, or the fewest, steps through the region
    slack = laws.ks_limit(trials)
    assert np.all(share >= law(t - dwell[0]) - slack)
    assert np.all(share <= law(t - dwell[1]) + slack)
