"""Compiled functions as landscapes: from Numba, ctypes and SciPy, one point or a block a call."""

from __future__ import annotations

import ctypes
import gc
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from custom_landscapes import EXAMPLES, octopus_functions, pairs_of_steps, same_trajectories, well

RECORD = {"record": ("points",)}
descent = ss.GradientDescent(step_size=0.25)

OTHERS = r"""
#include <math.h>
#include "saddlesim.h"
/* user_data: the eigenvalues of a quadratic */
double quadratic(const double *x, double *gradient, int64_t dim, void *user_data) {
  const double *eigenvalues = user_data;
  double f = 0.0;
  for (int64_t j = 0; j < dim; ++j) {
    f = fma(x[j], eigenvalues[j] * x[j], f);
    gradient[j] = eigenvalues[j] * x[j];
  }
  return 0.5 * f;
}
void quadratic_hvp(const double *x, const double *v, double *product, int64_t dim,
                   void *user_data) {
  const double *eigenvalues = user_data;
  for (int64_t j = 0; j < dim; ++j) product[j] = eigenvalues[j] * v[j];
}
void quadratic_block(const double *x, double *gradient, double *value, int64_t dim, int64_t lanes,
                     void *user_data) {
  const double *eigenvalues = user_data;
  for (int64_t i = 0; i < lanes; ++i) {
    double f = 0.0;
    for (int64_t j = 0; j < dim; ++j) {
      const double xj = x[j * lanes + i];
      f = fma(xj, eigenvalues[j] * xj, f);
      if (gradient) gradient[j * lanes + i] = eigenvalues[j] * xj;
    }
    if (value) value[i] = 0.5 * f;
  }
}
void quadratic_block_hvp(const double *x, const double *v, double *product, int64_t dim,
                         int64_t lanes, void *user_data) {
  const double *eigenvalues = user_data;
  for (int64_t k = 0; k < dim * lanes; ++k) product[k] = eigenvalues[k / lanes] * v[k];
}
/* user_data: M, of as many rows as there are points' numbers over two columns */
double factorization(const double *x, double *gradient, int64_t dim, void *user_data) {
  const double *M = user_data;
  const int64_t rows = dim / 2;
  double f = 0.0;
  for (int64_t k = 0; k < dim; ++k) gradient[k] = 0.0;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < rows; ++j) {
      const double residual = x[2 * i] * x[2 * j] + x[2 * i + 1] * x[2 * j + 1] - M[i * rows + j];
      f += residual * residual / 4.0;
      for (int k = 0; k < 2; ++k) gradient[2 * i + k] += residual * x[2 * j + k];
    }
  }
  return f;
}
double wrong_gradient(const double *x, double *gradient, int64_t dim, void *user_data) {
  const double f = quadratic(x, gradient, dim, user_data);
  gradient[1] *= 1.1;
  return f;
}
void wrong_hvp(const double *x, const double *v, double *product, int64_t dim, void *user_data) {
  quadratic_hvp(x, v, product, dim, user_data);
  product[2] += v[2];
}
double not_finite(const double *x, double *gradient, int64_t dim, void *user_data) {
  for (int64_t j = 0; j < dim; ++j) gradient[j] = x[0] > 0 ? NAN : -INFINITY;
  return 1.0 / 0.0 * 0.0;
}
"""
EIGENVALUES = np.array([-0.5, 1.0, 0.3, 2.0])
ORIGIN = {"stationary_points": np.zeros(8)}
SIGNATURES = ("point", "block")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], ctypes.CDLL]:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("compiled")
    return lambda source: octopus_functions.library(folder, source)


@pytest.fixture(scope="module")
def octopus(build: Callable[[Path], ctypes.CDLL]) -> ctypes.CDLL:
    return build(octopus_functions.SOURCE)


@pytest.fixture(scope="module")
def others(
    build: Callable[[Path], ctypes.CDLL], tmp_path_factory: pytest.TempPathFactory
) -> ctypes.CDLL:
    source = tmp_path_factory.mktemp("source") / "others.c"
    source.write_text(OTHERS)
    return build(source)


def quadratic(others: ctypes.CDLL, signature: str, *, hvp: bool = True, **facts: Any) -> Any:
    ending = "" if signature == "point" else "_block"
    return ss.CompiledLandscape(
        4,
        getattr(others, f"quadratic{ending}"),
        hvp=getattr(others, f"quadratic{ending}_hvp") if hvp else None,
        user_data=EIGENVALUES,
        signature=signature,
        stationary_points=np.zeros(4),
        name="quadratic",
        **facts,
    )


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_quadratic_has_the_bits_of_the_built_in(others: ctypes.CDLL, signature: str) -> None:
    own, f = ss.QuadraticSaddle(EIGENVALUES), quadratic(others, signature)
    rng = np.random.default_rng(1)
    X, V = rng.normal(size=(2, 50, 4))
    for ask in ("value", "gradient"):
        np.testing.assert_array_equal(getattr(f, ask)(X), getattr(own, ask)(X))
    np.testing.assert_array_equal(f.hvp(X, V), own.hvp(X, V))
    first = ss.At(own.default_initial().sample(own, trials=500))
    same_trajectories(
        ss.escape_times(f, descent, initial=first, **RECORD),
        ss.escape_times(own, descent, initial=first, **RECORD),
    )
    differences = quadratic(others, signature, hvp=False)
    np.testing.assert_allclose(differences.hvp(X, V), own.hvp(X, V), atol=1e-9)
    assert "hvp=<central differences>" in repr(differences)


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_c_octopus_takes_the_steps_of_the_built_in(
    octopus: ctypes.CDLL, signature: str
) -> None:
    own = ss.Octopus(dim=4)
    f = octopus_functions.with_c(4, octopus, signature)
    first = ss.At(own.default_initial().sample(own, trials=400))
    for escape in (ss.ValueBelow(-3.5 * own.drop), ss.GradientBelow(1e-4)):
        ours = ss.escape_times(f, descent, initial=first, escape=escape)
        theirs = ss.escape_times(own, descent, initial=first, escape=escape, arithmetic="float64")
        np.testing.assert_array_equal(ours.outcome, theirs.outcome)
        assert np.count_nonzero(ours.steps != theirs.steps) <= 4
        assert np.abs(ours.steps - theirs.steps).max() <= 2
    X = own.default_initial().sample(own, trials=100) * [8.0, 1.0, 1.0, 1.0]
    inside = np.isfinite(own.value(X))
    np.testing.assert_allclose(f.value(X)[inside], own.value(X)[inside], rtol=1e-12)
    np.testing.assert_allclose(f.gradient(X)[inside], own.gradient(X)[inside], atol=1e-12)


def test_the_numba_octopus_takes_the_steps_of_the_built_in() -> None:
    pytest.importorskip("numba")
    own, f = ss.Octopus(dim=4), octopus_functions.with_numba(4)
    first = ss.At(own.default_initial().sample(own, trials=400))
    escape = ss.ValueBelow(-3.5 * own.drop)
    ours = ss.escape_times(f, descent, initial=first, escape=escape)
    theirs = ss.escape_times(own, descent, initial=first, escape=escape, arithmetic="float64")
    np.testing.assert_array_equal(ours.outcome, theirs.outcome)
    assert np.abs(ours.steps - theirs.steps).max() <= 2
    del f
    gc.collect()


def test_a_factorisation_in_c_takes_the_steps_of_the_built_in(others: ctypes.CDLL) -> None:
    own = ss.MatrixFactorization.random(dim=4, rank=2, seed=3)
    f = ss.CompiledLandscape(8, others.factorization, user_data=np.array(own.M), **ORIGIN)
    pairs_of_steps(f, own, 0.2 / own.smoothness)


def test_numba_functions_take_the_steps_of_the_built_ins() -> None:
    numba = pytest.importorskip("numba")
    types = numba.types
    numbers = types.CPointer(types.float64)
    signature = types.float64(numbers, numbers, types.int64, types.voidptr)
    own = ss.MatrixFactorization.random(dim=4, rank=2, seed=3)
    M, eigenvalues = np.array(own.M), np.array([-0.5, 1.0, 0.3])

    @numba.cfunc(signature)
    def quadratic(x, gradient, dim, _data):  # type: ignore[no-untyped-def]
        f = 0.0
        for j in range(dim):
            gradient[j] = eigenvalues[j] * x[j]
            f += x[j] * gradient[j] / 2
        return f

    @numba.cfunc(signature)
    def factorization(x, gradient, dim, _data):  # type: ignore[no-untyped-def]
        U, G = numba.carray(x, (4, 2)), numba.carray(gradient, (4, 2))
        f = 0.0
        for i in range(4):
            G[i] = 0.0
            for j in range(4):
                residual = U[i, 0] * U[j, 0] + U[i, 1] * U[j, 1] - M[i, j]
                f += residual**2 / 4
                G[i] += residual * U[j]
        return f

    saddle = ss.QuadraticSaddle(eigenvalues)
    pairs_of_steps(ss.CompiledLandscape(3, quadratic, stationary_points=np.zeros(3)), saddle, 0.25)
    pairs_of_steps(ss.CompiledLandscape(8, factorization, **ORIGIN), own, 0.2 / own.smoothness)


def test_routes_under_one_name_share_starts_and_noise(octopus: ctypes.CDLL) -> None:
    method = ss.NoisyGradientDescent(step_size=0.1, noise_scale=0.05)
    options = {"trials": 50, "escape": ss.ValueBelow(-30.0), "seed": 5}
    routes = [
        octopus_functions.with_c(3, octopus, "point"),
        octopus_functions.with_c(3, octopus, "block"),
        octopus_functions.with_numpy(3),
    ]
    runs = [ss.escape_times(f, method, **options) for f in routes]
    for run in runs[1:]:
        assert np.abs(run.steps - runs[0].steps).max() <= 2


@pytest.mark.parametrize("signature", SIGNATURES)
def test_eight_threads_have_the_bits_of_one(octopus: ctypes.CDLL, signature: str) -> None:
    f = octopus_functions.with_c(5, octopus, signature)
    method = ss.NoisyGradientDescent(step_size=0.1, noise_scale=0.05)
    options = {"trials": 2000, "escape": ss.ValueBelow(-60.0), "seed": 1, **RECORD}
    one = ss.escape_times(f, method, threads=1, **options)
    eight = ss.escape_times(f, method, threads=8, **options)
    assert eight.diagnostics["threads"] == 8
    assert f.rows_independent
    same_trajectories(one, eight)
    part = ss.escape_times(f, method, **(options | {"trials": range(70, 75)}))
    np.testing.assert_array_equal(part.points, one.points[70:75])


def test_scipy_makes_them_too(others: ctypes.CDLL) -> None:
    from scipy import LowLevelCallable

    pointer = ctypes.cast(EIGENVALUES.ctypes.data, ctypes.c_void_p)
    numbers = ctypes.POINTER(ctypes.c_double)
    others.quadratic.argtypes = [numbers, numbers, ctypes.c_int64, ctypes.c_void_p]
    others.quadratic.restype = ctypes.c_double
    low_level = LowLevelCallable(others.quadratic, pointer)
    f = ss.CompiledLandscape(4, low_level)
    X = np.random.default_rng(0).normal(size=(20, 4))
    np.testing.assert_array_equal(f.value(X), ss.QuadraticSaddle(EIGENVALUES).value(X))
    address = ctypes.cast(others.quadratic, ctypes.c_void_p).value
    by_address = ss.CompiledLandscape(4, address, user_data=EIGENVALUES.ctypes.data)
    np.testing.assert_array_equal(by_address.gradient(X), f.gradient(X))


def test_data_are_kept_alive(others: ctypes.CDLL) -> None:
    f = ss.CompiledLandscape(
        4, others.quadratic_block, user_data=EIGENVALUES * 1.0, signature="block", name="kept"
    )
    gc.collect()
    litter = [np.full(4, 7.0) for _ in range(1000)]
    X = np.random.default_rng(0).normal(size=(20, 4))
    np.testing.assert_array_equal(f.value(X), ss.QuadraticSaddle(EIGENVALUES).value(X))
    assert len(litter) == 1000


def test_what_is_not_finite_ends_as_diverged(others: ctypes.CDLL) -> None:
    f = ss.CompiledLandscape(2, others.not_finite, check=False, name="not finite")
    times = ss.escape_times(f, descent, escape=ss.LeavesBall(radius=9.0), trials=40)
    assert np.all(times.outcome == ss.Outcome.DIVERGED)


def test_the_example_compiles_and_runs(build: Callable[[Path], ctypes.CDLL]) -> None:
    library = build(EXAMPLES / "custom_c" / "saddle.c")
    f = ss.CompiledLandscape(
        6, library.saddle, signature="block", name="well", stationary_points=np.zeros(6)
    )
    escape = ss.LeavesSubspace(radius=0.5)
    ours = ss.escape_times(f, descent, trials=200, escape=escape, **RECORD)
    same = ss.escape_times(well(6), descent, trials=200, **RECORD)
    np.testing.assert_array_equal(ours.steps, same.steps)
    np.testing.assert_allclose(ours.points, same.points, rtol=1e-12)


def test_a_compiled_landscape_takes_predicates_in_python(octopus: ctypes.CDLL) -> None:
    f = octopus_functions.with_c(3, octopus, "block")
    options = {"trials": 100, "seed": 2}
    far = ss.CustomEscape(lambda X: np.sqrt((X**2).sum(axis=1)) >= 3.0, name="far")
    ours = ss.escape_times(f, descent, escape=far, **options)
    theirs = ss.escape_times(f, descent, escape=ss.LeavesBall(radius=3.0), **options)
    np.testing.assert_array_equal(ours.steps, theirs.steps)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda _: 1.0, "function must be a compiled function.*ss.CustomLandscape takes Python"),
        (True, "function must be a compiled function, got True"),
        (0, "function must be an address other than 0, got 0"),
        ("f", "function must be a compiled function, got 'f'; pass what numba.cfunc"),
        (
            ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)(lambda _: 1.0),
            "function is a Python function that ctypes has wrapped",
        ),
    ],
)
def test_what_is_not_compiled_is_refused(function: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        ss.CompiledLandscape(3, function)


def test_other_signatures_are_refused_where_they_can_be_seen(others: ctypes.CDLL) -> None:
    other = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(("cos", ctypes.CDLL(None)))
    with pytest.raises(TypeError, match="function must take 4 arguments and return float64, got"):
        ss.CompiledLandscape(3, other)
    numba = pytest.importorskip("numba")

    @numba.cfunc("float64(float64)")
    def square(x: float) -> float:
        return x * x

    with pytest.raises(TypeError, match="function must take 4 arguments and return float64, got"):
        ss.CompiledLandscape(3, square)
    with pytest.raises(TypeError, match="function must take 6 arguments and return nothing"):
        ss.CompiledLandscape(3, square, signature="block")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"user_data": "x"}, "user_data must be an array, a ctypes object or an address, got 'x'"),
        ({"user_data": np.ones((4, 4))[:, 0]}, "user_data must be C-contiguous"),
        ({"signature": "row"}, "signature must be one of 'point', 'block', got 'row'"),
        ({"hvp": 1.5}, "hvp must be a compiled function, got 1.5"),
    ],
)
def test_arguments(others: ctypes.CDLL, options: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        ss.CompiledLandscape(4, others.quadratic, **options)


@pytest.mark.parametrize("wrong", ["function", "hvp"])
def test_wrong_derivatives_are_noticed(others: ctypes.CDLL, wrong: str) -> None:
    functions = {"function": others.quadratic, "hvp": others.quadratic_hvp}
    functions[wrong] = others.wrong_gradient if wrong == "function" else others.wrong_hvp
    message = (
        r"gradient of .* at coordinate 1" if wrong == "function" else r"hvp of .* coordinate 2"
    )
    with pytest.raises(ValueError, match=message):
        ss.CompiledLandscape(4, **functions, user_data=EIGENVALUES)


def test_single_precision_is_refused(others: ctypes.CDLL) -> None:
    with pytest.raises(ValueError, match=r"dtype must be 'float64' with CompiledLandscape"):
        ss.escape_times(quadratic(others, "point"), descent, dtype="float32", trials=5)


def test_the_header_is_installed() -> None:
    header = Path(ss.get_include()) / "saddlesim.h"
    text = header.read_text(encoding="utf-8")
    lanes = int(ss._core.build_info()["lanes"])
    assert f"#define SADDLESIM_LANES {lanes}" in text
