"""Values, gradients and products at many points: threads, shapes, interruption, named parts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import saddlesim as ss

F = ss.MatrixFactorization.random(6, 2, seed=1)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("count", [1, 15, 16, 17, 5000])
def test_threads_and_neighbours_change_nothing(count: int) -> None:
    X, V = RNG.normal(size=(2, count, F.dim))
    for threads in (1, 2, 3, None):
        np.testing.assert_array_equal(F.value(X, threads=threads), F.value(X, threads=1))
        np.testing.assert_array_equal(F.gradient(X, threads=threads), F.gradient(X, threads=1))
        np.testing.assert_array_equal(F.hvp(X, V, threads=threads), F.hvp(X, V, threads=1))
    last = F.gradient(X[-1])  # alone
    np.testing.assert_array_equal(F.gradient(X)[-1], last)


def test_one_vector_serves_all_points_and_one_point_all_vectors() -> None:
    X, V = RNG.normal(size=(2, 20, F.dim))
    one = F.hvp(X, V[0])
    np.testing.assert_array_equal(one, F.hvp(X, np.tile(V[0], (20, 1))))
    np.testing.assert_array_equal(F.hvp(X[0], V)[3], F.hvp(X[0], V[3]))
    assert F.hvp(X[0], V[0]).shape == (F.dim,)
    assert F.value(X[0]).shape == ()


def test_threads_must_be_a_count() -> None:
    with pytest.raises(ValueError, match="threads must be a whole number >= 1, got 0"):
        F.value(np.zeros((2, F.dim)), threads=0)


LONG = """
import time
import numpy as np
import saddlesim as ss
f = ss.StudentTeacher.random(24)
X = np.random.default_rng(0).normal(size=(60_000, f.dim))
print("running", flush=True)
try:
    while True:
        f.hvp(X, X)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
"""


def test_ctrl_c_ends_it_at_once() -> None:
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "running\n"
        time.sleep(0.5)
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        ended = float(child.communicate(timeout=60)[0])
    assert child.returncode == 0
    assert ended - sent < 0.5


def test_parts_of_several_arrays() -> None:
    f = ss.AsymmetricMatrixFactorization.random(4, 2, columns=3)
    U, V = RNG.normal(size=(5, 4, 2)), RNG.normal(size=(5, 3, 2))
    X = f.flatten(U=U, V=V)
    assert X.shape == (5, 14)
    parts = f.unflatten(X)
    np.testing.assert_array_equal(parts["U"], U)
    np.testing.assert_array_equal(parts["V"], V)
    np.testing.assert_array_equal(f.flatten(V=V[2], U=U[2]), X[2])  # by name, in any order
    assert np.shares_memory(parts["U"], X)
