"""The octopus: its formulas against an independent derivation, its exit times against tables."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import laws
import reference
import saddlesim as ss

CURVATURES = [1.0, 1.5, 2.0, 3.0]
TAU = math.e
PLAIN = {"arithmetic": "float64"}  # every step taken, in double precision


@functools.cache  # so that a landscape's constants are found once
def pair(
    dim: int, L: float, gamma: float = 1.0, tau: float = TAU
) -> tuple[ss.Octopus, reference.Octopus]:
    return ss.Octopus(dim, L, gamma, tau), reference.Octopus(dim, L, gamma, tau)


@st.composite
def points(draw: st.DrawFn, dim: int) -> np.ndarray:
    """A point of the domain: `stage` coordinates have left, one is leaving, the others wait."""
    stage = draw(st.integers(0, dim))
    part = st.floats(0, 1)
    corner = st.sampled_from([0.0, 0.5, 1.0])  # also exactly on the faces between regions
    u = np.array(draw(st.lists(part | corner, min_size=dim, max_size=dim)))
    signs = np.array(draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=dim, max_size=dim)))
    a = np.where(np.arange(dim) < stage, TAU * (2 + 4 * np.maximum(u, 1e-3)), TAU * u)
    if stage < dim:
        a[stage] = 2 * TAU * u[stage]
    return signs * a


@pytest.mark.parametrize("L", CURVATURES)
@given(x=points(4), v=st.lists(st.floats(-1, 1), min_size=4, max_size=4))
def test_value_gradient_and_hvp_are_the_references(L: float, x: np.ndarray, v: list[float]) -> None:
    f, slow = pair(4, L)
    assert f.value(x) == pytest.approx(slow.value(x), abs=1e-10)
    np.testing.assert_allclose(f.gradient(x), slow.gradient(x), atol=1e-10)
    np.testing.assert_allclose(f.hvp(x, v), slow.hessian(x) @ v, atol=1e-10)


@pytest.mark.parametrize("dim", [1, 2, 3, 9, 33])
def test_every_dimension_and_batch_size_is_computed(dim: int) -> None:
    f, slow = pair(dim, 1.5)
    rng = np.random.default_rng(dim)
    stages = rng.integers(0, dim + 1, 37)[:, None]  # not a multiple of any block
    j = np.arange(dim)
    size = np.where(j < stages, rng.uniform(2, 6, (37, dim)), rng.uniform(0, 1, (37, dim)))
    size = np.where(j == stages, 2 * size, size)
    X = TAU * size * rng.choice([-1, 1], (37, dim))
    V = rng.standard_normal((37, dim))
    np.testing.assert_allclose(f.value(X), [slow.value(x) for x in X], atol=1e-9)
    np.testing.assert_allclose(f.gradient(X), [slow.gradient(x) for x in X], atol=1e-9)
    expected = [slow.hessian(x) @ v for x, v in zip(X, V, strict=True)]
    np.testing.assert_allclose(f.hvp(X, V), expected, atol=1e-9)


@pytest.mark.parametrize(("L", "gamma", "tau"), [(1, 1, TAU), (3, 1, TAU), (1, 0.5, 2.0)])
@given(x=points(3))
def test_gradient_and_hvp_are_finite_differences(
    L: float, gamma: float, tau: float, x: np.ndarray
) -> None:
    f, h = pair(3, L, gamma, tau)[0], 1e-5
    # scaled to this tau, and pulled off the outer boundary, where one side is not defined
    x = np.clip(x * tau / TAU, -6 * tau + 2 * h, 6 * tau - 2 * h)
    x = np.where(np.abs(np.abs(x) - tau) < 2 * h, np.sign(x) * (tau - 2 * h), x)
    x = np.where(np.abs(np.abs(x) - 2 * tau) < 2 * h, np.sign(x) * (2 * tau + 2 * h), x)
    if not np.isfinite(f.value(x)):
        return  # moving off a face can leave the tube
    steps = h * np.eye(3)
    slope = (f.value(x + steps) - f.value(x - steps)) / (2 * h)
    np.testing.assert_allclose(f.gradient(x), slope, atol=1e-5 * f.smoothness)
    hessian = (f.gradient(x + steps) - f.gradient(x - steps)) / (2 * h)
    np.testing.assert_allclose(f.hvp(x, np.eye(3)), hessian, atol=2e-5 * f.hessian_lipschitz)


FACES = [(stage, level) for stage in range(3) for level in (0.0, TAU, 2 * TAU)]


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize(("stage", "level"), FACES)
@pytest.mark.parametrize("L", CURVATURES)
def test_f_is_twice_continuously_differentiable_across_every_face(
    L: float, stage: int, level: float, side: int
) -> None:
    f, slow = pair(3, L)
    rng = np.random.default_rng(1)
    h = 1e-7
    for _ in range(20):
        a = TAU * rng.uniform(0.05, 1, 3)
        a[:stage] = TAU * rng.uniform(2.05, 6, stage)
        x = side * a
        below, above = x.copy(), x.copy()
        below[stage], above[stage] = side * (level - h), side * (level + h)
        gap = 2 * h * f.smoothness * 6 * TAU
        for g in (f, slow):
            np.testing.assert_allclose(g.value(below), g.value(above), atol=gap)
            np.testing.assert_allclose(
                g.gradient(below), g.gradient(above), atol=4 * h * f.smoothness
            )
        jump = f.hvp(below, np.eye(3)) - f.hvp(above, np.eye(3))
        np.testing.assert_allclose(jump, 0, atol=4 * h * f.hessian_lipschitz)


@pytest.mark.parametrize("L", CURVATURES)
def test_f_is_not_three_times_differentiable(L: float) -> None:
    f, gamma, h, y = ss.Octopus(2, L), 1.0, 1e-5, 1.3
    jumps = {
        TAU: -4 * (TAU**2 * (7 * L - 5 * gamma) + 15 * y**2 * (L + gamma)) / TAU**3,
        2 * TAU: -4 * (4 * TAU**2 * (2 * L - gamma) - 15 * y**2 * (L + gamma)) / TAU**3,
    }
    for level, jump in jumps.items():
        X = np.array([[level - h, y], [level, y], [level + h, y]])
        left, at, right = f.hvp(X, [1.0, 0.0])[:, 0]
        assert (right - 2 * at + left) / h == pytest.approx(jump, abs=1e-2)


@pytest.mark.parametrize("L", CURVATURES)
def test_stationary_points_and_their_spectra(L: float) -> None:
    f = ss.Octopus(5, L)
    stationary = f.stationary_points()
    assert [p.kind for p in stationary] == ["strict saddle"] * 5 + ["minimum"]
    for k, p in enumerate(stationary):
        np.testing.assert_array_equal(p.point, [4 * TAU] * k + [0.0] * (5 - k))
        np.testing.assert_allclose(f.gradient(p.point), 0, atol=1e-13)
        assert p.value == pytest.approx(f.value(p.point), abs=1e-9)
        assert p.value == pytest.approx(-k * laws.NU[L], rel=1e-5)
        spectrum = np.linalg.eigvalsh(f.hvp(p.point, np.eye(5)))
        np.testing.assert_allclose(p.eigenvalues, spectrum, atol=1e-12)
        assert p.min_eigenvalue == (-2.0 if k < 5 else 2 * L)
    assert f.minimum_value == stationary[-1].value


@given(x=points(4))
def test_nothing_else_is_stationary(x: np.ndarray) -> None:
    f = ss.Octopus(4)
    distance = min(np.linalg.norm(np.abs(x) - p.point) for p in f.stationary_points())
    assert np.linalg.norm(f.gradient(x)) >= min(1.0, distance)  # no curvature is below 2


@pytest.mark.parametrize("L", CURVATURES)
def test_smoothness_is_the_supremum_of_the_hessians_norm(L: float) -> None:
    f, slow = pair(2, L)
    assert f.smoothness == pytest.approx(laws.SMOOTHNESS[L], abs=0.006)
    grid = [(x, y) for x in np.linspace(1, 2, 41) * TAU for y in np.linspace(0, 1, 11) * TAU]
    norms = [np.abs(np.linalg.eigvalsh(slow.hessian(np.array(x)))).max() for x in grid]
    assert 0.99 * f.smoothness < max(norms) <= f.smoothness * (1 + 1e-9)


@pytest.mark.parametrize("L", CURVATURES)
def test_hessian_lipschitz_bounds_what_the_hessian_does_and_no_more(L: float) -> None:
    f, slow = pair(2, L)
    rng = np.random.default_rng(2)
    rates = []
    for x in TAU * (np.array([1, 0]) + rng.beta(0.3, 0.3, (1500, 2))):  # many near the faces
        y = x + 1e-4 * rng.standard_normal(2)
        if slow.inside(y):
            change = np.linalg.norm(slow.hessian(x) - slow.hessian(y), 2)
            rates.append(change / np.linalg.norm(x - y))
    assert 0.85 * f.hessian_lipschitz < max(rates) <= f.hessian_lipschitz * (1 + 1e-3)


@pytest.mark.parametrize("L", CURVATURES)
def test_every_exit_step_is_that_of_the_fast_forward(L: float) -> None:
    dim = {1.0: 5, 1.5: 4, 2.0: 4, 3.0: 3}[L]  # where double precision does not underflow
    f, slow = pair(dim, L)
    method = ss.GradientDescent(0.25 / L)
    times = ss.escape_times(f, method, trials=1000, seed=11, record=("saddle_exits",), **PLAIN)
    starts = f.default_initial().sample(f, trials=1000, seed=11)
    exits = np.array([reference.octopus_exits(slow, x, 0.25 / L) for x in starts])
    assert not times.underflowed.any()
    np.testing.assert_array_equal(times.saddle_exits, exits)
    np.testing.assert_array_equal(times.steps, exits[:, -1])


def test_exit_steps_are_those_of_stepping_one_point_at_a_time() -> None:
    f, slow = pair(4, 1.5)
    starts = ss.Uniform(-1, 1).sample(f, trials=10, seed=12)
    times = ss.escape_times(
        f, ss.GradientDescent(1 / 6), initial=ss.At(starts), record=("saddle_exits",), **PLAIN
    )
    for start, exits, steps in zip(starts, times.saddle_exits, times.steps, strict=True):
        for j in range(4):
            path = reference.descend(
                slow, start, 1 / 6, lambda x, j=j: abs(x[j]) > 2 * TAU, max_steps=10_000
            )
            assert path.steps == exits[j]
        assert steps == exits[-1]


@pytest.mark.parametrize("L", CURVATURES)
def test_mean_exit_steps_are_those_of_the_table(L: float) -> None:
    means, trials = np.array(laws.MEAN_EXITS[L]), 20_000
    times = ss.escape_times(
        ss.Octopus(len(means), L),
        ss.GradientDescent(0.25 / L),
        trials=trials,
        seed=13,
        record=("saddle_exits",),
        **PLAIN,
    )
    assert np.all(times.outcome == ss.Outcome.ESCAPED)
    assert times.underflowed.mean() < 1e-3
    sd = times.saddle_exits.std(axis=0)
    tolerance = 4 * (sd / math.sqrt(trials) + 0.002 * means)  # the table's own error is 0.2 %
    np.testing.assert_array_less(np.abs(times.saddle_exits.mean(axis=0) - means), tolerance)


@pytest.mark.parametrize(("dim", "L"), laws.PERTURBED_STEPS)
def test_perturbed_steps_are_those_of_the_table(dim: int, L: float) -> None:
    mean, sd = laws.PERTURBED_STEPS[dim, L]
    method = ss.PerturbedGradientDescent(0.25 / L, math.e / 100, math.e / 100, min_interval=2)
    times = ss.escape_times(ss.Octopus(dim, L), method, trials=4000, seed=14)
    assert np.all(times.outcome == ss.Outcome.ESCAPED)
    assert not times.underflowed.any()
    tolerance = 4 * math.sqrt(times.steps.var() / 4000 + sd**2 / 100)
    assert times.steps.mean() == pytest.approx(mean, abs=tolerance)
    # the table's spread: a standard deviation over 100 runs is known to 4 / sqrt(200)
    assert times.steps.std() == pytest.approx(sd, rel=0.3)


def test_perturbed_descent_takes_less_than_a_hundredth_of_the_time() -> None:
    f = ss.Octopus(6)
    plain = ss.escape_times(f, ss.GradientDescent(0.25), trials=2000, seed=15)
    kicked = ss.escape_times(
        f, ss.PerturbedGradientDescent(0.25, 0.01, 0.05, 10), trials=2000, seed=15
    )
    assert plain.median().value > 8 * kicked.median().value


@pytest.mark.parametrize(("dim", "wrong"), [(5, 0.0), (6, 0.014), (7, 0.95), (8, 1.0)])
def test_underflow_is_flagged_where_and_only_where_steps_are_wrong(dim: int, wrong: float) -> None:
    f, slow = pair(dim, 1.0)
    trials = 1000
    times = ss.escape_times(f, ss.GradientDescent(0.25), trials=trials, seed=16, **PLAIN)
    starts = f.default_initial().sample(f, trials=trials, seed=16)
    exits = np.array([reference.octopus_exits(slow, x, 0.25)[-1] for x in starts])
    right = ~times.underflowed
    assert np.all(times.outcome[right] == ss.Outcome.ESCAPED)
    np.testing.assert_array_equal(times.steps[right], exits[right])
    stuck = times.outcome != ss.Outcome.ESCAPED
    assert np.all(times.underflowed[stuck])
    error = 4 * math.sqrt(2 * wrong * (1 - wrong) / trials)  # 0.014 and 0.95 rest on 1000 runs
    assert times.underflowed.mean() == pytest.approx(wrong, abs=error + 0.005)


def test_in_ten_dimensions_plain_descent_stalls_on_the_way() -> None:
    times = ss.escape_times(
        ss.Octopus(10),
        ss.GradientDescent(0.25),
        trials=200,
        seed=17,
        record=("saddle_exits",),
        **PLAIN,
    )
    assert times.underflowed.all()
    assert times.count(ss.Outcome.ESCAPED) == 0
    assert np.all(times.saddle_exits[:, -1] == -1)
    assert times.median().value == math.inf
    assert np.median((times.saddle_exits >= 0).sum(axis=1)) in (5, 6)


def test_outside_the_tube_f_is_not_defined() -> None:
    f = ss.Octopus(3)
    inside = [[0, TAU, TAU], [6 * TAU, 2 * TAU, TAU], [-6 * TAU, 6 * TAU, -6 * TAU]]
    outside = [[0, 1.001 * TAU, 0], [6.001 * TAU, 0, 0], [3 * TAU, 0, -1.001 * TAU]]
    assert np.isfinite(f.value(inside)).all()
    assert np.isnan(f.value(outside)).all()
    assert np.isnan(f.gradient(outside)).all()
    assert np.isnan(f.hvp(outside, np.ones(3))).all()
    assert np.isfinite(f.gradient(inside)).all()
    mixed = f.value([inside[0], outside[0], inside[1]])
    np.testing.assert_array_equal(np.isnan(mixed), [False, True, False])


def test_a_trajectory_outside_ends_as_outside_and_never_as_escaped() -> None:
    f = ss.Octopus(2)
    starts = [[0.5, 0.5], [0.5, 3.0], [7 * TAU, 0.1], [3 * TAU, 7 * TAU]]
    times = ss.escape_times(f, ss.GradientDescent(0.25), initial=ss.At(starts))
    labels = [ss.Outcome(o).label for o in times.outcome]
    assert labels == ["escaped", "outside", "outside", "outside"]
    assert list(times.steps[1:]) == [0, 0, 0]
    assert np.isnan(times.value[1:]).all()
    assert times.value[0] < -90
    # noise of this size throws every trajectory out of the tube before it reaches the end
    noisy = ss.escape_times(f, ss.NoisyGradientDescent(0.25, 40.0), trials=200, seed=1)
    assert noisy.count(ss.Outcome.OUTSIDE) > 100
    assert np.all(noisy.steps > 0)
    assert np.isnan(noisy.value[noisy.outcome == ss.Outcome.OUTSIDE]).all()
