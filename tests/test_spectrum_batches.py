"""A search depends on (seed, landscape, row, point) alone; its limits and its messages."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest

import saddlesim as ss
from digests import digest
from saddlesim.krylov import most_products
from test_symmetries import some_points

F = ss.MatrixFactorization.random(12, 4, seed=1)
ROWS = ("eigenvalue", "eigenvector", "residual", "steps", "width")


def bits(pairs: ss.Eigenpairs, rows: slice = slice(None)) -> list[np.ndarray]:
    return [getattr(pairs, name)[rows] for name in ROWS]


def same(a: list[np.ndarray], b: list[np.ndarray]) -> None:
    for x, y, name in zip(a, b, ROWS, strict=True):
        np.testing.assert_array_equal(x, y, err_msg=name)


def points_of_all_kinds(count: int, seed: int) -> np.ndarray:
    """Of few and of many distinct eigenvalues, whose searches end at different times."""
    X = some_points(F, seed, count)
    for i, x in enumerate(X):
        x[i % 13 :] *= i % 3
    return X


@pytest.mark.parametrize("tolerance", [1e-8, 1e-2])
@pytest.mark.parametrize("count", [1, 15, 16, 17, 100])
def test_threads_and_neighbours_change_nothing(count: int, tolerance: float) -> None:
    X = points_of_all_kinds(count, seed=0)
    whole = ss.extreme_eigenpairs(F, X, tolerance=tolerance, threads=1)
    for threads in (2, 3, None):
        again = ss.extreme_eigenpairs(F, X, tolerance=tolerance, threads=threads)
        for a, b in zip(whole, again, strict=True):
            same(bits(a), bits(b))
    first = ss.extreme_eigenpairs(F, X[:1], tolerance=tolerance)
    alone = ss.extreme_eigenpairs(F, X[0], tolerance=tolerance)
    for a, b, c in zip(whole, first, alone, strict=True):
        same(bits(a, slice(1)), bits(b))
        same([column[0] for column in bits(a)], [getattr(c, name) for name in ROWS])


@pytest.mark.parametrize("seed", range(10))
def test_a_row_is_itself_among_any_others(seed: int) -> None:
    X = some_points(F, seed, 32)
    i = seed + 3
    others = points_of_all_kinds(32, seed + 1)
    others[i] = X[i]
    for tolerance in (1e-8, 1e-4):
        a, b = (ss.min_eigenpair(F, Y, tolerance=tolerance) for Y in (X, others))
        same(bits(a, slice(i, i + 1)), bits(b, slice(i, i + 1)))
        assert len(np.unique(b.steps)) > 3  # the others end at other times
    for options in ({"off_symmetries": True}, {"count": 2}, {"count": 2, "off_symmetries": True}):
        c, d = (ss.extreme_eigenpairs(F, Y, **options) for Y in (X, others))
        for one, other in zip(c, d, strict=True):
            same(bits(one, slice(i, i + 1)), bits(other, slice(i, i + 1)))


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_the_end_of_a_neighbours_krylov_space_is_no_occasion_to_end(seed: int) -> None:
    x = some_points(F, seed, 1)
    X = np.concatenate([x, np.zeros((15, F.dim))])
    for j in range(1, 16):
        X[j, :j] = x[0, :j]  # so many distinct eigenvalues, more or less
    spaces = ss.min_eigenpair(F, X, tolerance=0.0).steps
    assert len(np.unique(spaces)) > 3
    for tolerance in 10.0 ** -np.arange(5.0, 12, 0.5):
        among = ss.min_eigenpair(F, X, tolerance=tolerance)
        alone = ss.min_eigenpair(F, x, tolerance=tolerance)
        same(bits(among, slice(1)), bits(alone))


def test_rows_of_one_point_have_different_starts_and_the_same_answer() -> None:
    x = some_points(F, 0, 1)[0]
    found = [ss.min_eigenpair(F, x, seed=seed, max_steps=3) for seed in range(20)]
    assert len({float(pair.eigenvalue) for pair in found}) == 20
    rows = ss.min_eigenpair(F, np.tile(x, (20, 1)), max_steps=3)
    assert len(np.unique(rows.eigenvalue)) == 20
    ends = [ss.min_eigenpair(F, x, seed=seed).eigenvalue for seed in (*range(20), 2**64 - 1)]
    norm = np.linalg.norm(F.hessian(x), 2)
    assert np.ptp(ends) <= 1e-13 * norm  # errors are squares of residuals of 1e-10


# As in test_golden_landscapes.py these hold on every machine and instruction set: with several
# builds, SADDLESIM_ISA picks one.
GOLDEN = {
    "factorisation": "f6177e2d11a1d9a9",
    "spheres": "3a88d152dc23ad89",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_bits(name: str) -> None:
    f = {"factorisation": F, "spheres": ss.TensorDecomposition.random(5, "cp", seed=1)}[name]
    rng = np.random.default_rng(7)
    X = np.round(rng.uniform(-1, 1, (21, f.dim)), 3)
    if f.on_spheres:  # exactly of length 1: unit vectors
        X = np.eye(f.dim // 5)[rng.integers(0, 5, (21, 5))].reshape(21, -1)
    ends = ss.extreme_eigenpairs(f, X, seed=9)
    few = ss.min_eigenpair(f, X, max_steps=9)
    assert digest([*bits(ends.smallest), *bits(ends.largest), *bits(few)]) == GOLDEN[name]


@pytest.mark.parametrize("steps", [1, 2, 7, 48, 1000])
def test_max_steps_limits_the_work(steps: int) -> None:
    X = some_points(F, 0, 3)
    found = ss.min_eigenpair(F, X, max_steps=steps, tolerance=0.0)
    np.testing.assert_array_equal(found.steps, min(steps, F.dim))


def test_a_search_takes_as_few_steps_as_there_are_distinct_eigenvalues() -> None:
    f = ss.QuadraticSaddle.random(400, escape_directions=7, rotated=False)
    found = ss.min_eigenpair(f, np.zeros(f.dim))
    assert found.steps == 2
    assert abs(found.eigenvalue + 1) <= 1e-13


def test_large_dimensions_are_limited_by_memory() -> None:
    f = ss.QuadraticSaddle(np.concatenate([[-9.0], np.linspace(0, 1, 9_999)]))
    most = most_products(f.dim)
    assert most == 2**28 // (128 * f.dim)
    found = ss.min_eigenpair(f, np.zeros(f.dim))
    assert found.steps <= 20
    assert abs(found.eigenvalue + 9) <= 1e-12
    text = (
        f"max_steps must be at most {most} in dimension 10000, where that many vectors of 16 "
        f"points fill 256 MiB a thread, got {most + 1}; use "
        "scipy.sparse.linalg.eigsh(landscape.hessian_operator(x), 1, which='SA')"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        ss.min_eigenpair(f, np.zeros(f.dim), max_steps=most + 1)
    assert most_products(10**9) == 16
    assert most_products(5) == 5


def test_points_outside_the_domain_are_nan_and_disturb_nobody() -> None:
    f = ss.Octopus(4)
    X = some_points(f, 0, 20)
    among = X.copy()
    among[[0, 7, 19]] = 1e3
    expected, found = ss.min_eigenpair(f, X), ss.min_eigenpair(f, among)
    inside = np.ones(20, dtype=bool)
    inside[[0, 7, 19]] = False
    for name in ROWS:
        column = getattr(found, name)
        np.testing.assert_array_equal(column[inside], getattr(expected, name)[inside])
        assert np.all(column[~inside] == 0 if name == "steps" else np.isnan(column[~inside]))
    assert np.isnan(ss.extreme_eigenpairs(f, among[0], count=2).largest.eigenvalue).all()


def test_a_hessian_that_overflows_is_nan_and_disturbs_nobody() -> None:
    X = some_points(F, 0, 20)
    among = X.copy()
    among[3] = 1e200
    expected, found = ss.min_eigenpair(F, X), ss.min_eigenpair(F, among)
    assert np.isnan(found.eigenvalue[3])
    same(bits(found, slice(4, None)), bits(expected, slice(4, None)))


def test_no_points_have_no_rows() -> None:
    found = ss.extreme_eigenpairs(F, np.zeros((0, F.dim)), count=2)
    assert found.smallest.eigenvector.shape == (0, 2, F.dim)


SADDLE, AT = ss.QuadraticSaddle([-1.0, 1.0, 2.0]), np.zeros(3)
BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: ss.min_eigenpair(SADDLE, np.zeros(4)), "X must have shape (3,) or (n, 3), got (4,)"),
    (
        lambda: ss.extreme_eigenpairs(SADDLE, np.zeros((1, 1, 3))),
        "X must have shape (3,) or (n, 3), got (1, 1, 3)",
    ),
    (lambda: ss.min_eigenpair(SADDLE, [0, np.nan, 0]), "X must be finite, but X[1] is nan"),
    (lambda: ss.min_eigenpair(SADDLE, AT, tolerance=-1), "tolerance must be a number >= 0 and f"),
    (lambda: ss.min_eigenpair(SADDLE, AT, max_steps=0), "max_steps must be a whole number >= 1"),
    (lambda: ss.min_eigenpair(SADDLE, AT, seed=-1), "seed must be a whole number >= 0, got -1"),
    (lambda: ss.min_eigenpair(SADDLE, AT, threads=0), "threads must be a whole number >= 1"),
    (lambda: ss.extreme_eigenpairs(SADDLE, AT, count=0), "count must be a whole number >= 1"),
    (
        lambda: ss.extreme_eigenpairs(SADDLE, AT, count=2),
        "count must be at most 1, half of the directions that are searched, got 2; "
        "use numpy.linalg.eigh(landscape.hessian(x)) for the whole spectrum",
    ),
    (
        lambda: ss.min_eigenpair(SADDLE, AT).failure_probability(0.0),
        "gap must be positive numbers, got 0.0",
    ),
]


@pytest.mark.parametrize(("call", "text"), BAD, ids=[text[:40] for _, text in BAD])
def test_values_that_are_not_allowed(call: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


def test_landscapes_must_be_landscapes() -> None:
    text = "landscape must be a Landscape such as ss.Octopus(dim=6), got 'octopus'"
    with pytest.raises(TypeError, match=re.escape(text)):
        ss.min_eigenpair("octopus", AT)


# SciPy is imported before, because importing it is not what shall be interrupted.
LONG = """
import time
import numpy as np
import scipy.linalg
import saddlesim as ss
from saddlesim.inertia import eigenvalues_below
f = ss.StudentTeacher.random(32)
X = np.random.default_rng(0).normal(size=(64, f.dim))
level, off = np.zeros(len(X)), np.zeros((len(X), 0, f.dim))
print("running", flush=True)
try:
    while True:
        {call}
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
"""
CALLS = {
    "search": "ss.min_eigenpair(f, X, tolerance=0.0)",
    "count": "eigenvalues_below(f, X, level, norms=level, off=off, allowed=level + 9)",
    "density": "ss.spectral_density(f, X[0], probes=64, steps=1000)",
}


@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_ends_it_at_once(name: str) -> None:
    code = LONG.format(call=CALLS[name])
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "running\n"
        time.sleep(0.3)
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        ended = float(child.communicate(timeout=60)[0])
    assert child.returncode == 0
    assert ended - sent < 0.5
