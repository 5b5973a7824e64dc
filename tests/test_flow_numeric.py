"""Gradient flow integrated step by step: closed forms, order, outcomes, costs, bits."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest

import saddlesim as ss
from digests import digest
from saddlesim.landscapes import Landscape
from test_determinism import interrupt
from test_matrix_factorization import riccati

FLOW = ss.GradientFlow()
COLUMNS = (
    *("steps", "outcome", "trajectory", "underflowed", "value", "gradient_norm"),
    *("log10_steps", "gradient_evaluations", "points"),
)


def run(landscape: Landscape, **options: object) -> ss.EscapeTimes:
    method = options.pop("method", FLOW)
    chosen = {"trials": 100, "seed": 5, "record": ("points",), "arithmetic": "float64"} | options
    return ss.escape_times(landscape, method, **chosen)


def outcomes(times: ss.EscapeTimes) -> dict[str, int]:
    return dict(Counter(ss.Outcome(code).name for code in times.outcome))


def finer(tolerance: float) -> ss.GradientFlow:
    return ss.GradientFlow(relative_tolerance=tolerance)


# --- Closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [1e-2, 1e-8, 1e-14, 1e-200])
@pytest.mark.parametrize("tolerance", [1e-5, 1e-8, 1e-11])
def test_leaving_a_quadratic_takes_a_logarithm(radius: float, tolerance: float) -> None:
    f = ss.QuadraticSaddle([-0.7, 0.7, 2.0])
    start = radius * np.array([[1.0, 0.1, 1.0], [-0.3, 5.0, 0.2], [0.01, 0.0, 0.1]])
    escape = ss.LeavesSubspace(radius=1.0)
    times = run(f, initial=ss.At(start), escape=escape, method=finer(tolerance), trials=3)
    truth = np.log(1 / np.abs(start[:, 0])) / 0.7
    np.testing.assert_allclose(times.float_steps, truth, rtol=0.1 * tolerance + 1e-13)
    np.testing.assert_allclose(np.abs(times.points[:, 0]), 1.0, rtol=1e-10)
    grown = start[:, 1] * np.exp(-0.7 * truth)
    np.testing.assert_allclose(times.points[:, 1], grown, rtol=200 * tolerance + 1e-10, atol=1e-318)


def test_a_saddle_away_from_0_is_left_as_one_at_0() -> None:
    # about x_1 = 4 tau in the octopus: x_2 grows beside a coordinate a trillion times as large
    f = ss.Octopus(2)
    start = np.array([[4 * f.tau, 1e-12], [4 * f.tau, -1e-100]])
    times = run(f, initial=ss.At(start), escape=ss.ReachesMinimum(2.9 * f.tau), trials=2)
    passage = times.float_steps + np.log(np.abs(start[:, 1])) / 2
    np.testing.assert_allclose(passage[0], passage[1], rtol=1e-7)


def test_a_rotated_quadratic_follows_the_matrix_exponential() -> None:
    f = ss.QuadraticSaddle([-1.0, 0.3, 2.0, 0.0], rotation_seed=2)
    z = np.array([1e-5, 1.0, -2.0, 0.5])
    escape = ss.LeavesSubspace(radius=0.1)
    times = run(f, initial=ss.At(z @ f.rotation), escape=escape, trials=1)
    t = math.log(1e4)
    assert times.float_steps[0] == pytest.approx(t, rel=1e-8)
    end = z * np.exp(-t * np.array(f.eigenvalues))
    np.testing.assert_allclose(f.rotation @ times.points[0], end, atol=1e-8)


def test_riccatis_closed_form() -> None:
    f = ss.MatrixFactorization.random(6, 2, seed=2, eigenvalues=[3.0, 2.0, 1.0, 0.0, -0.5, -1.0])
    start = np.random.default_rng(3).normal(size=(6, 2)) / 100
    errors = []
    for tolerance in (1e-5, 1e-7, 1e-9, 1e-11):
        times = run(
            f,
            method=finer(tolerance),
            initial=ss.At(start.ravel()),
            escape=ss.ValueBelow(f.minimum_value + 1e-3),
            trials=1,
        )
        U = f.unflatten(times.points[0])["U"]
        truth = riccati(f, start, times.float_steps[0])
        errors.append(np.linalg.norm(U @ U.T - truth))
        assert errors[-1] < 10 * tolerance
        assert times.value[0] == pytest.approx(f.minimum_value + 1e-3, rel=1e-9)
    # as accurate as was asked for, at least in proportion: the method is of order 5, the test of 4
    for coarse, fine in itertools.pairwise(errors[:3]):
        assert 30 < coarse / fine < 2000


def test_saxes_sigmoid_of_a_two_layer_linear_network() -> None:
    s, start = 1.0, 1e-3
    f = ss.DeepLinearNetwork.random([1, 1, 1], singular_values=[s])
    half = ss.ValueBelow(s**2 / 8)  # f = (u - s)^2 / 2 at u = w_1 w_2 = s / 2
    times = run(f, initial=ss.At(np.full(2, start)), escape=half, trials=1)
    u0 = start**2
    truth = math.log(s / u0 - 1) / (2 * s)  # u(t) = s e^(2st) / (e^(2st) - 1 + s/u0)
    assert abs(np.prod(times.points[0])) == pytest.approx(s / 2, rel=1e-9)
    assert times.float_steps[0] == pytest.approx(truth, rel=1e-8)


@pytest.mark.parametrize(("dim", "L"), [(1, 1.0), (2, 1.5), (3, 1.0), (5, 1.5), (8, 1.0)])
def test_is_the_exact_flow_on_the_octopus(dim: int, L: float) -> None:
    f = ss.Octopus(dim, L=L)
    record = ("saddle_exits", "points")
    exact = run(f, arithmetic="exact", record=record)
    for tolerance in (1e-5, 1e-9):
        found = run(f, method=finer(tolerance), record=record)
        clean = ~found.underflowed
        assert clean.any()
        assert np.all(found.outcome[clean] == ss.Outcome.ESCAPED)
        np.testing.assert_allclose(
            10 ** found.log10_saddle_exits[clean],
            10 ** exact.log10_saddle_exits[clean],
            rtol=20 * tolerance,
        )
        np.testing.assert_allclose(
            found.log10_saddle_exits[clean, -1], found.log10_steps[clean], rtol=0, atol=1e-12
        )


def test_the_sphere_is_not_left() -> None:
    f = ss.TensorDecomposition.random(4, "all", seed=1)
    fine, coarse = (run(f, method=finer(tolerance)) for tolerance in (1e-11, 1e-6))
    assert outcomes(fine) == outcomes(coarse) == {"ESCAPED": 100}
    rows = fine.points.reshape(100, -1, 4)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=2), 1.0, rtol=0, atol=1e-14)
    np.testing.assert_allclose(coarse.float_steps, fine.float_steps, rtol=1e-5)
    # first order in the step: descent tends to the same times
    gd = ss.escape_times(f, ss.GradientDescent(1e-4), trials=100, seed=5)
    np.testing.assert_allclose(gd.steps * 1e-4, fine.float_steps, rtol=2e-3, atol=2e-4)


def test_agrees_with_small_steps_of_descent() -> None:
    f = ss.StudentTeacher.random(3, seed=2)
    flow = run(f, trials=32)
    gd = ss.escape_times(f, ss.GradientDescent(1e-3), trials=32, seed=5, max_steps=None)
    np.testing.assert_allclose(gd.steps * 1e-3, flow.float_steps, rtol=5e-3)


# --- Tolerances -----------------------------------------------------------------------------------


def test_errors_fall_with_the_tolerance_and_costs_rise_with_its_fourth_root() -> None:
    f, start = ss.QuadraticSaddle([-1.0, 1.0]), ss.At(np.array([1e-6, 0.0]))
    errors, costs = [], []
    for tolerance in (1e-4, 1e-6, 1e-8):
        times = run(f, method=finer(tolerance), initial=start, trials=1)
        errors.append(abs(times.float_steps[0] - math.log(1e6)))
        costs.append(times.gradient_evaluations[0])
    for i in (0, 1):
        assert 50 < errors[i] / errors[i + 1] < 1000
        assert costs[i + 1] / costs[i] == pytest.approx(100**0.25, rel=0.15)


def test_an_absolute_tolerance_hides_what_is_nearer_to_a_saddle() -> None:
    f, start = ss.QuadraticSaddle([-1.0, 1.0]), ss.At(np.array([1e-14, 0.0]))
    loose = ss.GradientFlow(absolute_tolerance=1e-12)
    times = run(f, method=loose, initial=start, trials=1)
    assert abs(times.float_steps[0] / math.log(1e14) - 1) > 1e-4
    assert times.gradient_evaluations[0] < run(f, initial=start, trials=1).gradient_evaluations[0]


def test_kinks_need_an_absolute_tolerance() -> None:
    f = ss.TwoLayerReLU.random(6, seed=1)
    loose = ss.GradientFlow(relative_tolerance=1e-4, absolute_tolerance=1e-3)
    times = run(f, method=loose, trials=16)
    assert outcomes(times) == {"ESCAPED": 16}
    strict = run(f, trials=16, max_steps=500)
    assert outcomes(strict) == {"CENSORED": 16}


# --- Bits -----------------------------------------------------------------------------------------

RUNS: dict[str, dict] = {
    "octopus": {"landscape": ss.Octopus(3)},
    "factorisation": {"landscape": ss.MatrixFactorization.random(5, 2, seed=1)},
    "value, budget": {
        "landscape": ss.QuadraticSaddle.random(7, seed=1),
        "escape": ss.ValueBelow(-0.2),
        "max_steps": 60,
    },
    "gradient": {"landscape": ss.Octopus(3), "escape": ss.GradientBelow(1e-3)},
    "spheres": {"landscape": ss.TensorDecomposition.random(3, seed=1)},
}


def same(a: ss.EscapeTimes, b: ss.EscapeTimes, rows: slice = slice(None)) -> None:
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(a, column)[rows], getattr(b, column), err_msg=column)


@pytest.mark.parametrize("name", RUNS)
def test_bits_depend_on_the_id_alone(name: str) -> None:
    whole = run(**RUNS[name], threads=1)
    assert len(np.unique(whole.log10_steps)) > 95
    for threads in (2, 3, 7):
        same(whole, run(**RUNS[name], threads=threads))
    for i, j in itertools.pairwise((0, 1, 2, 17, 33, 99, 100)):
        same(whole, run(**RUNS[name], trials=range(i, j)), slice(i, j))
    plain = run(**RUNS[name], record=(), progress=lambda *_: None)
    np.testing.assert_array_equal(plain.log10_steps, whole.log10_steps)


GOLDEN = {
    "octopus": "4eb8ad73e316d853",
    "factorisation": "4ba8c579c6f173da",
    "value, budget": "c51f7a6e6ab5dcbe",
    "gradient": "a57b6ea49412edeb",
    "spheres": "0f3fe01967bb749f",
}


@pytest.mark.parametrize("name", RUNS)
def test_golden_bits(name: str) -> None:
    times = run(**RUNS[name])
    assert digest([getattr(times, column) for column in COLUMNS]) == GOLDEN[name]


def test_exits_are_noted_without_a_trace() -> None:
    f = ss.Octopus(4)
    same(run(f), run(f, record=("points", "saddle_exits")))


def test_the_exact_path_does_not_know_tolerances() -> None:
    exact, other = (
        ss.escape_times(ss.Octopus(4), method, trials=50, seed=1) for method in (FLOW, finer(1e-3))
    )
    np.testing.assert_array_equal(exact.log10_steps, other.log10_steps)
    assert exact.diagnostics["arithmetic"] == "exact"


# --- Outcomes, costs, statistics ------------------------------------------------------------------


def test_at_a_saddle_nothing_moves() -> None:
    f = ss.QuadraticSaddle([-1.0, 0.5, 1.0])
    start = np.array([[0.0, 0.0, 0.0], [0.0, 0.3, 0.4], [-0.0, 0.0, 1e-300]])
    times = run(f, initial=ss.At(start), trials=3)
    assert outcomes(times) == {"STALLED": 3}
    assert times.float_steps[0] == 0
    assert times.gradient_evaluations[0] == 1
    np.testing.assert_allclose(times.points, 0.0, atol=1e-300)
    assert np.all(times.points[:, 0] == 0)


@pytest.mark.parametrize(
    "f",
    [
        ss.MatrixFactorization.random(8, 2, seed=1),
        ss.TensorDecomposition.random(4, seed=1),
        ss.StudentTeacher.random(4, seed=1),
        ss.DeepLinearNetwork.random(dim=3, seed=1),
        ss.Octopus(2),
    ],
)
def test_at_a_minimum_trajectories_stall(f: Landscape) -> None:
    times = run(f, escape=ss.ValueBelow(-1e9), trials=32)
    assert outcomes(times) == {"STALLED": 32}
    assert times.gradient_norm.max() < 1e-12
    assert times.gradient_evaluations.max() < 30_000


def test_the_other_ends() -> None:
    f = ss.Octopus(3)
    start = np.array([[0.5, 0.2, 0.3], [9.0, 9.0, 9.0], [9.0, 0.5, 20.0], [0.5, 0.0, 0.3]])
    times = run(f, initial=ss.At(start), trials=4, record=("points", "saddle_exits"))
    assert [ss.Outcome(code).name for code in times.outcome] == [
        *("ESCAPED", "ESCAPED", "OUTSIDE", "STALLED")
    ]
    assert times.log10_steps[1] == -np.inf
    assert np.all(times.log10_saddle_exits[1] == -np.inf)
    assert np.isnan(times.log10_saddle_exits[3, 1])
    assert times.gradient_evaluations[1:3].tolist() == [0, 1]
    assert "at time 0" in repr(times)

    endless = run(ss.QuadraticSaddle([-1.0, 1.0]), escape=ss.GradientBelow(1e-300), trials=20)
    assert outcomes(endless) == {"DIVERGED": 20}
    assert np.all(endless.float_steps > 650)


def test_a_flow_that_leads_outside_ends_at_the_edge() -> None:
    # the waiting x_2 is pushed beyond tau by the connecting region, where its own slope turns
    f = ss.Octopus(2, L=0.01, gamma=1.0)
    start = np.column_stack([np.linspace(1.5, 1.99, 20) * f.tau, np.full(20, 0.9 * f.tau)])
    times = run(f, initial=ss.At(start), trials=20)
    left = times.outcome == ss.Outcome.OUTSIDE
    assert left.any()
    np.testing.assert_allclose(np.abs(times.points[left, 1]), f.tau, rtol=1e-12)
    assert np.all(np.isfinite(times.value[left]))


def test_costs_are_six_gradients_a_step_and_two_to_start() -> None:
    f = ss.QuadraticSaddle([-1.0, 1.0])
    times = run(f, escape=ss.LeavesBall(radius=1e6), max_steps=37)
    assert outcomes(times) == {"CENSORED": 100}
    assert np.all(times.gradient_evaluations == 2 + 6 * 37)
    assert not times.value_evaluations.any()
    assert times.counted_in("gradient_evaluations").median().value == math.inf
    assert times.diagnostics["trajectory_steps"] == 3700
    none = run(f, escape=ss.LeavesBall(radius=1e6), max_steps=0)
    assert outcomes(none) == {"CENSORED": 100}
    assert np.all(none.log10_steps == -np.inf)
    assert not none.gradient_evaluations.any()


def test_a_budget_of_steps_is_none_of_time() -> None:
    f = ss.QuadraticSaddle([-1.0, 1.0])
    whole, cut = run(f, trials=400), run(f, trials=400, max_steps=20)
    assert whole.unit == cut.unit == "time"
    assert np.all(whole.steps == -1)
    done = cut.escaped
    assert 50 < np.count_nonzero(done) < 350
    np.testing.assert_array_equal(cut.log10_steps[done], whole.log10_steps[done])
    assert np.all(cut.log10_steps[~done] <= whole.log10_steps[~done])
    assert len(np.unique(cut.log10_steps[~done])) > 1
    assert cut.restricted_mean().high <= cut.float_steps.max()  # and not of 20 "steps"
    assert cut.survival()(0.1) == pytest.approx(whole.survival()(0.1), abs=0.02)
    grid = ss.escape_time_vs_dimension(
        ss.QuadraticSaddle.random, dims=[2, 3, 4], methods={"flow": FLOW}, trials=50, max_steps=20
    )
    assert "GradientFlow(), continuous time, max_steps 20, float64 arithmetic" in " ".join(
        repr(grid).split()
    )
    assert np.all(np.isfinite([row["restricted_mean"] for row in grid.table()]))


# --- The exit -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "escape",
    [
        ss.LeavesBall(radius=0.9),
        ss.ValueBelow(-0.1),
        ss.GradientBelow(0.05),
    ],
)
def test_the_exit_is_where_the_criterion_begins_to_hold(escape: ss.Escape) -> None:
    f = ss.QuadraticSaddle([-1.0, 2.0, 2.0], rotation_seed=1)
    start = ss.Uniform(-0.05, 0.05) if isinstance(escape, ss.GradientBelow) else ss.Ball(0.5)
    times = run(f, initial=start, escape=escape, method=finer(1e-3))
    late = times.escaped & np.isfinite(times.log10_steps)
    assert late.sum() > 20
    x = times.points[late]
    level = {
        "LeavesBall": np.linalg.norm(x, axis=1) / 0.9,
        "ValueBelow": times.value[late] / -0.1,
        "GradientBelow": times.gradient_norm[late] / 0.05,
    }[type(escape).__name__]
    np.testing.assert_allclose(level, 1.0, rtol=1e-9)


def test_second_order_points_end_a_flow() -> None:
    f = ss.MatrixFactorization.random(5, 2, seed=1)
    times = run(f, escape=ss.SecondOrderStationary(1e-3, 1e-2), trials=20)
    assert outcomes(times) == {"ESCAPED": 20}
    np.testing.assert_allclose(times.gradient_norm, 1e-3, rtol=1e-9)


# --- Interruption and refusals --------------------------------------------------------------------

ENDLESS = """
landscape = ss.QuadraticSaddle(np.r_[-1e-9, np.ones(60)], rotation_seed=1)
method = ss.GradientFlow(relative_tolerance=1e-12)
options = dict(trials=1000, escape=ss.LeavesBall(radius=1e300), threads=2)
"""


def test_ctrl_c_censors_what_is_in_flight() -> None:
    seconds, report = interrupt(ENDLESS, 0.3)
    assert seconds < 0.5
    assert report["kind"] == "Interrupted"
    assert set(report["outcome"]) == {int(ss.Outcome.CENSORED)}
    assert set(report["steps"]) == {-1}


def test_errors_say_what_and_what_to_do() -> None:
    for bad in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="relative_tolerance must be a positive number"):
            ss.GradientFlow(relative_tolerance=bad)
    for bad in (1e-14, 0.1):
        with pytest.raises(ValueError, match="relative_tolerance must be from 1e-13, below which"):
            ss.GradientFlow(relative_tolerance=bad)
    with pytest.raises(ValueError, match="absolute_tolerance must be a number >= 0"):
        ss.GradientFlow(absolute_tolerance=-1e-9)
    with pytest.raises(TypeError, match="relative_tolerance must be a positive number, got 'a'"):
        ss.GradientFlow(relative_tolerance="a")
    with pytest.raises(TypeError, match="positional"):
        ss.GradientFlow(1e-8)
    f = ss.QuadraticSaddle([-1.0, 1.0])
    with pytest.raises(ValueError, match="dtype must be 'float64' with GradientFlow, got 'float3"):
        run(f, dtype="float32", arithmetic="auto")
    with pytest.raises(ValueError, match="GradientFlow has no steps that can be followed one by"):
        ss.trajectories(f, FLOW, steps=[0, 1])
    with pytest.raises(ValueError, match="arithmetic must be 'float64' or 'auto' here, got 'exac"):
        run(f, arithmetic="exact")
    with pytest.raises(ValueError, match="arithmetic='float64' integrates, in steps"):
        run(ss.Octopus(2), arithmetic="auto", max_steps=10)
    assert repr(finer(1e-6)) == "GradientFlow(relative_tolerance=1e-06)"
    assert repr(FLOW) == "GradientFlow()"


def test_where_no_exact_path_leads_the_flow_is_integrated() -> None:
    times = run(ss.Octopus(3), escape=ss.ReachesMinimum(0.1), arithmetic="auto")
    assert times.diagnostics["arithmetic"] == "float64"
    assert "does not know ReachesMinimum" in times.diagnostics["why_not_exact"]
    assert outcomes(times) == {"ESCAPED": 100}
