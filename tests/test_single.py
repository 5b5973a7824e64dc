"""Single precision: the same trajectories up to its rounding, and just as reproducible."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import landscape_checks as check
import laws
import saddlesim as ss
from digests import digest
from saddlesim import _core
from saddlesim.description import stream_key
from saddlesim.precision import compiled
from test_golden_landscapes import LANDSCAPES

SINGLE = compiled("float32")
GD, SADDLE = ss.GradientDescent(0.1), ss.QuadraticSaddle.random(5, escape_directions=2, seed=5)
PGD = ss.PerturbedGradientDescent(0.25, 0.01, 0.05, 10)

RUNS: dict[str, dict] = {
    "octopus GD": {"landscape": ss.Octopus(3), "method": ss.GradientDescent(0.25)},
    "octopus PGD": {"landscape": ss.Octopus(7), "method": PGD},
    "rotated, sphere": {
        "landscape": SADDLE,
        "method": ss.NoisyGradientDescent(0.1, 0.1, noise="sphere"),
        "initial": ss.Ball(0.01),
    },
    "axes, gaussian": {
        "landscape": ss.QuadraticSaddle.random(64, rotated=False),
        "method": ss.NoisyGradientDescent(0.1, 1e-3, noise="gaussian", scaled_by_step=False),
        "initial": ss.At(np.zeros(64)),
    },
    "theory": {
        "landscape": ss.QuadraticSaddle([-1.0, 0.5, 1.0], rotation_seed=2),
        "method": ss.PerturbedGradientDescent(0.1, 0.1, 0.05, 30, value_threshold=1e-2),
        "initial": ss.Gaussian(1e-3),
    },
    "spheres": {
        "landscape": LANDSCAPES["tensor, all"],
        "method": ss.PerturbedGradientDescent(0.02, 0.1, 0.3, 20),
    },
    "few factors": {"landscape": LANDSCAPES["factorisation"], "method": ss.GradientDescent(0.02)},
}
GOLDEN = {
    "octopus GD": "20d141ed0e4d9bb9",
    "octopus PGD": "c1aed7492d9cb7d0",
    "rotated, sphere": "5b1654ff163b8351",
    "axes, gaussian": "3004a0de3aaabcb4",
    "theory": "8edc20cd5153a3e8",
    "spheres": "41fcbee6654604e2",
    "few factors": "55fe18789256b6d5",
    "factorisation": "0b81982118d5736e",
    "factorisation, full rank": "df732328901a017b",
    "asymmetric": "b3bffd354e764dd7",
    "sensing, reduced": "e6a5bf44045684aa",
    "sensing, few": "dc4344a148da546c",
    "sensing, tiles": "c75edbe0c923f9c4",
    "completion": "3fc838c1bd6f5e6d",
    "tensor, one": "3ce91144b0092f6b",
    "tensor, all": "edff849b27aac4b1",
    "tensor, cp": "59418e2ed45700c4",
    "quadratic network": "68f58a70c6203399",
    "quadratic network, entries": "1afacf338e4f55b3",
    "deep linear": "e1534f0c5c09fac3",
    "deep, relu": "c0c6e1a2856de446",
    "deep, tanh": "7aad70851073903f",
    "deep, softplus": "211883ee78f7be8f",
    "student-teacher": "263fc707b8c24f4c",
    "random teacher": "71f329fc38c88960",
    "small data, tanh": "02995f8655312538",
    "small data, sigmoid": "b1a80afd23f0f095",
    "small data, arctan": "6e21ec128f2ab1ba",
    "ReLU": "650336b5b5e8f2bf",
}


def run(landscape: ss.Landscape, method: ss.Method, **options: object) -> ss.EscapeTimes:
    return ss.escape_times(landscape, method, **({"dtype": "float32", "seed": 12} | options))


@pytest.mark.parametrize("name", [*RUNS, *LANDSCAPES])
def test_golden_bits(name: str) -> None:
    f = RUNS[name]["landscape"] if name in RUNS else LANDSCAPES[name]
    options = {
        "method": ss.NoisyGradientDescent(0.5 / f.smoothness, 1e-3) if name not in RUNS else None,
        "initial": None if name in RUNS else ss.Gaussian(0.3),
        "escape": None if name in RUNS else ss.ValueBelow(-1e9),
        "max_steps": 300 if name in RUNS else 60,
    } | RUNS.get(name, {"landscape": f})
    times = run(**options, trials=50, record=("points",))
    columns = [times.steps, times.outcome, times.points, times.value, times.gradient_norm]
    products = f.lowered(SINGLE).hvp(times.points, times.points[::-1].copy(), 1)
    assert digest([*columns, times.perturbations, products]) == GOLDEN[name]


@pytest.mark.parametrize("name", RUNS)
def test_bits_depend_on_the_ids_alone(name: str) -> None:
    options = {"max_steps": 3000, "dtype": "float32", "trials": 100} | RUNS[name]
    whole = check.runs_alike(options.pop("landscape"), options.pop("method"), **options)
    assert whole.dtype == whole.diagnostics["dtype"] == whole.diagnostics["arithmetic"] == "float32"


@pytest.mark.parametrize("name", LANDSCAPES)
def test_landscapes_are_those_of_double_precision(name: str) -> None:
    f, rng = LANDSCAPES[name], np.random.default_rng(1)
    X, V = rng.normal(size=(2, 70, f.dim)).astype(np.float32).astype(np.float64)
    if f.on_spheres:
        X = f.core.retract(X).astype(np.float32).astype(np.float64)
    g = f.lowered(SINGLE)
    assert g is f.lowered(SINGLE)
    assert g is not f.core
    for found in (g.value(X, 1), g.gradient(X, 1), g.hvp(X, V, 1)):
        np.testing.assert_array_equal(found, found.astype(np.float32))
    check.close(g.value(X, 1), f.value(X), 2e-6)
    check.close(g.gradient(X, 1), f.gradient(X), 4e-6)
    check.close(g.hvp(X, V, 1), f.hvp(X, V), 1e-5)


def test_the_octopus_is_that_of_double_precision() -> None:
    f, rng = ss.Octopus(4), np.random.default_rng(2)
    X = np.sign(rng.normal(size=(500, 4))) * np.array([4.0, 1.0, 0.3, 0.3]) * f.tau
    X[:, 0] *= rng.uniform(0.9, 1.1, 500)
    X[:, 1] *= rng.uniform(0.5, 1.9, 500)
    X = X.astype(np.float32).astype(np.float64)
    V = rng.normal(size=X.shape).astype(np.float32).astype(np.float64)
    g = f.lowered(SINGLE)
    check.close(g.value(X, 1), f.value(X), 1e-6)
    check.close(g.gradient(X, 1), f.gradient(X), 2e-6)
    check.close(g.hvp(X, V, 1), f.hvp(X, V), 4e-6)
    outside = np.array([[4.0 * f.tau, 1.0, 1.01 * f.tau, 0.0]])
    assert np.isnan(g.value(outside, 1)).all()


@pytest.mark.parametrize("initial", [ss.Uniform(-1, 1), ss.Ball(0.5), ss.Sphere(2), ss.Gaussian(1)])
def test_starts_are_those_of_double_precision_rounded(initial: ss.Initial) -> None:
    f = ss.QuadraticSaddle(np.linspace(-1, 1, 37))
    times = run(f, GD, initial=initial, trials=range(90, 190), max_steps=0, record=("points",))
    exact = initial.sample(f, trials=range(90, 190), seed=12)
    np.testing.assert_array_equal(times.points, exact.astype(np.float32))


@pytest.mark.parametrize("noise", ["gaussian", "sphere", "ball"])
def test_noise_is_that_of_double_precision_rounded(noise: str) -> None:
    f = ss.QuadraticSaddle(np.zeros(6))
    method = ss.NoisyGradientDescent(0.1, 1.0, noise=noise, scaled_by_step=False)
    options = {"initial": ss.At(np.zeros(6)), "escape": ss.LeavesBall(radius=1e9)}
    times = run(f, method, trials=3, max_steps=1, record=("points",), **options)
    key, law = stream_key(12, f), _core.NoiseLaw.__members__[noise]
    for i in range(3):
        drawn = _core.noise(law, key, i, 1, 6)[0]
        np.testing.assert_allclose(times.points[i], drawn, rtol=3e-7)
        if noise == "gaussian":  # which is of single precision anyway
            np.testing.assert_array_equal(times.points[i], drawn)


def test_exit_times_follow_the_law_and_those_of_double_precision() -> None:
    options = {"initial": ss.Ball(0.5), "trials": 100_000}
    double = run(SADDLE, GD, dtype=np.float64, **options)
    single = run(SADDLE, GD, dtype=np.float32, **options)
    law = laws.exit_law(laws.reach_ball(2, 5, 0.5), 1.1)
    assert laws.ks_distance(single.steps, law) < laws.ks_limit(100_000)
    difference = np.abs(single.steps - double.steps)
    assert difference.max() <= 1
    assert np.mean(difference != 0) < 1e-3


@pytest.mark.parametrize("name", ["factorisation", "sensing, reduced", "deep linear", "ReLU"])
def test_escape_times_of_other_landscapes_are_those_of_double_precision(name: str) -> None:
    f = LANDSCAPES[name]
    method = ss.GradientDescent(0.3 / f.smoothness)
    double = run(f, method, dtype="float64", trials=200)
    single = run(f, method, trials=200)
    assert double.escaped.mean() > 0.5
    done = double.escaped  # what is trapped comes to rest at another step
    np.testing.assert_array_equal(single.escaped, done)
    np.testing.assert_allclose(single.steps[done], double.steps[done], rtol=1e-3, atol=1)


def test_the_octopus_is_right_until_coordinates_underflow() -> None:
    method = ss.GradientDescent(0.25)
    for dim in (2, 3, 4):
        exact = run(ss.Octopus(dim), method, dtype="float64", arithmetic="exact", trials=500)
        single = run(ss.Octopus(dim), method, trials=500, record=("saddle_exits",))
        right = ~single.underflowed
        assert right.mean() > (0.9 if dim == 4 else 0.999)
        assert np.mean(single.steps[right] == exact.steps[right]) > 0.95
        np.testing.assert_allclose(single.steps[right], exact.steps[right], rtol=0.02, atol=1)
        np.testing.assert_array_equal(single.saddle_exits[right, -1], single.steps[right])
    wrong = run(ss.Octopus(6), method, trials=500, max_steps=1000)
    assert wrong.underflowed.mean() > 0.9
    assert "below 2^-126" in repr(wrong)
    assert 'use dtype="float64"' in repr(wrong)


def test_kicks_lift_what_would_underflow() -> None:
    double = run(ss.Octopus(12), PGD, dtype="float64", arithmetic="float64", trials=300)
    single = run(ss.Octopus(12), PGD, trials=300)
    assert not single.underflowed.any()
    assert np.mean(single.steps == double.steps) > 0.99


def test_numbers_below_the_smallest_normal_one_are_zero() -> None:
    # 0.9 times a few of the smallest subnormal numbers would round to what it was, for ever
    f = ss.QuadraticSaddle([1.0, -0.1])
    times = run(
        f, GD, trials=40, max_steps=880, escape=ss.LeavesBall(radius=1e9), record=("points",)
    )
    stable = np.abs(times.points[:, 0])
    assert np.all((stable == 0) | (stable >= 2.0**-126))
    assert np.mean(stable == 0) > 0
    tiny = np.array([[1e-40, 0.0]])
    assert f.lowered(SINGLE).gradient(tiny, 1)[0, 0] == 0


def test_steps_are_counted_beyond_the_whole_numbers_of_floats() -> None:
    f, many = ss.QuadraticSaddle([1.0]), 2**24 + 1
    still = ss.NoisyGradientDescent(0.5, 0.0, noise="gaussian")
    options = {"initial": ss.At([0.0]), "escape": ss.LeavesBall(radius=9.0), "trials": 1}
    assert run(f, still, max_steps=many, **options).steps[0] == many
    kicked = ss.PerturbedGradientDescent(0.5, 1e-3, 1e9, many)
    times = [run(f, kicked, max_steps=many + k, **options) for k in (0, 1)]
    assert [t.perturbations[0] for t in times] == [1, 2]


def test_values_near_a_level_are_looked_at_exactly() -> None:
    # f of a factorisation is estimated along with the gradient, with an error of 2^-14 of |M|^2
    f = ss.MatrixFactorization.random(8, 2, seed=3)
    method, goal = ss.GradientDescent(0.3 / f.smoothness), ss.ReachesMinimum(1e-5)
    times = run(f, method, escape=goal, trials=64, record=("points",))
    assert times.escaped.all()
    assert np.all(times.value < f.minimum_value + 1e-5)
    before = run(f, method, escape=goal, trials=64, max_steps=int(times.steps.min()) - 1)
    assert np.all(before.value >= f.minimum_value + 1e-5)


def test_what_single_precision_has_not_is_refused() -> None:
    octopus = ss.Octopus(3)
    bad = {
        "dtype must be one of 'float64', 'float32', got 'float16'": {"dtype": "float16"},
        "dtype must be one of 'float64', 'float32', got <class 'int'>": {"dtype": int},
        "arithmetic must be 'auto' with dtype='float32', got 'exact': exact": {
            "arithmetic": "exact"
        },
        "arithmetic must be 'auto' with dtype='float32', got 'float64'": {"arithmetic": "float64"},
        "dtype must be 'float64' with GradientFlow": {"method": ss.GradientFlow()},
    }
    for text, options in bad.items():
        with pytest.raises(ValueError, match=text):
            run(**({"landscape": octopus, "method": ss.GradientDescent(0.25)} | options))


def test_results_say_their_precision_and_do_not_mix() -> None:
    single, double = run(SADDLE, GD, trials=5), run(SADDLE, GD, trials=range(5, 9), dtype="float64")
    assert repr(single).startswith("EscapeTimes of 5 trajectories, seed 12, float32\n")
    assert "float32" not in repr(double)
    assert double.diagnostics["dtype"] == "float64"
    assert single.diagnostics["lanes"] == 2 * double.diagnostics["lanes"]
    with pytest.raises(ValueError, match="parts: dtype is 'float32' in one and 'float64' in"):
        ss.EscapeTimes.merge([single, double])
    whole = ss.EscapeTimes.merge([single, run(SADDLE, GD, trials=range(5, 9))])
    np.testing.assert_array_equal(whole.steps, run(SADDLE, GD, trials=9).steps)
    assert whole.select(whole.escaped).dtype == "float32"


def test_a_grid_over_dimensions_takes_it_too() -> None:
    grid = ss.escape_time_vs_dimension(
        ss.Octopus, dims=[2, 5], methods=PGD, trials=20, dtype="float32", max_steps=2000
    )
    assert {times.dtype for times in grid.cells.values()} == {"float32"}
    assert "float32 arithmetic" in " ".join(repr(grid).split())
    assert [row["arithmetic"] for row in grid.table()] == ["float32", "float32"]


def test_its_core_is_loaded_when_it_is_asked_for() -> None:
    code = "import sys, saddlesim; print('saddlesim._single' in str([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
