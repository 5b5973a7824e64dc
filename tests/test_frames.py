"""Runs in the coordinates of eigenvectors, and many steps at once: the same trajectories."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import saddlesim as ss
from saddlesim import _core
from saddlesim.landscapes import data

COLUMNS = ("steps", "outcome", "underflowed", "value", "gradient_norm", "points")


def symmetric(size: int, seed: int, rank: int | None = None) -> np.ndarray:
    factors = data.normals(seed, "frames", (size, size if rank is None else rank))
    signs = np.where(np.arange(factors.shape[1]) % 3 == 2, -1.0, 1.0)
    M = (factors * signs) @ factors.T
    return (M + M.T) / 2


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 24), st.integers(0, 10**6), st.booleans())
def test_eigenvalues_and_eigenvectors(size: int, seed: int, low: bool) -> None:
    M = symmetric(size, seed, max(1, size // 3) if low else None)
    values, vectors = _core.symmetric_eigen(M)
    scale = np.abs(values).max()
    np.testing.assert_allclose(np.sort(values), np.linalg.eigvalsh(M), atol=1e-13 * size * scale)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(size), atol=1e-14 * size)
    np.testing.assert_allclose((vectors * values) @ vectors.T, M, atol=1e-13 * size * scale)
    assert (np.diff(np.abs(values)) <= 0).all()
    if low:
        assert np.count_nonzero(values) == max(1, size // 3)


@pytest.mark.parametrize("M", [np.zeros((3, 3)), np.eye(4), np.diag([1.0, -2.0, 0.0])])
def test_eigenvalues_of_diagonal_matrices(M: np.ndarray) -> None:
    values, vectors = _core.symmetric_eigen(M)
    np.testing.assert_array_equal((vectors * values) @ vectors.T, M)


@pytest.mark.parametrize(("size", "columns"), [(1, 1), (5, 3), (16, 4), (19, 2), (33, 1)])
def test_frames_turn_points_there_and_back(size: int, columns: int) -> None:
    _, Q = _core.symmetric_eigen(symmetric(size, 3))
    frame = _core.Frame(Q, columns)
    points = data.normals(0, "frames, points", (7, size * columns))
    U = points.reshape(7, size, columns)
    inside = frame.enter(points)
    np.testing.assert_allclose(inside.reshape(U.shape), Q.T @ U, atol=1e-14 * size)
    np.testing.assert_allclose(frame.leave(inside), points, atol=1e-14 * size)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 9), st.integers(1, 6), st.integers(0, 10**6), st.booleans())
def test_the_diagonal_landscape_is_the_other_one_turned(
    size: int, rank: int, seed: int, low: bool
) -> None:
    rank = min(rank, size)
    f = ss.MatrixFactorization(symmetric(size, seed, 1 if low else None), rank)
    assert f.frame is not None
    X, V = data.normals(seed, "frames, X", (2, 5, f.dim))
    inside, along = f.enter(X), f.enter(V)
    core = f.lowered_run(_core)
    size_of_f = np.abs(f.value(X)).max() + 1
    np.testing.assert_allclose(core.value(inside, 1), f.value(X), atol=1e-12 * size_of_f)
    for ours, theirs in (
        (core.gradient(inside, 1), f.gradient(X)),
        (core.hvp(inside, along, 1), f.hvp(X, V)),
    ):
        scale = np.abs(theirs).max() + 1
        np.testing.assert_allclose(f.leave(ours), theirs, atol=1e-12 * scale)


def reference(M: np.ndarray, U: np.ndarray, step_size: float, below: float) -> tuple[int, list]:
    """Step in the coordinates of x, with nothing clever."""
    for t in range(10_000):
        if 0.25 * np.sum((U @ U.T - M) ** 2) < below:
            return t, U
        U = U - step_size * (U @ U.T - M) @ U
    raise AssertionError


@pytest.mark.parametrize("rank", [1, 2, 3, 4, 5])
def test_runs_are_those_in_the_coordinates_of_x(rank: int) -> None:
    f = ss.MatrixFactorization.random(7, rank, seed=2)
    starts = ss.Gaussian(0.1).sample(f, trials=40, seed=1)
    run = ss.escape_times(
        f,
        ss.GradientDescent(0.1),
        initial=ss.Gaussian(0.1),
        escape=ss.ValueBelow(1e-4),
        trials=40,
        seed=1,
        record=("points",),
    )
    for i, start in enumerate(starts):
        steps, U = reference(f.M, start.reshape(7, rank), 0.1, 1e-4)
        assert run.steps[i] == steps
        np.testing.assert_allclose(run.points[i].reshape(7, rank), U, atol=1e-12)


@pytest.mark.parametrize("escape", [ss.LeavesBall(radius=0.5), ss.LeavesSubspace(radius=0.3)])
def test_criteria_see_the_coordinates_of_x(escape: ss.Escape) -> None:
    f = ss.MatrixFactorization.random(6, 2, seed=4)
    run = ss.escape_times(
        f,
        ss.GradientDescent(0.1),
        initial=ss.Gaussian(1e-3),
        escape=escape,
        trials=100,
        record=("points",),
    )
    origin = f.stationary_point([])
    if isinstance(escape, ss.LeavesBall):
        lengths = np.linalg.norm(run.points, axis=1)
        assert ((lengths >= 0.5) & (lengths < 0.6)).all()
    else:
        inside = run.points @ f.escape_subspace(origin).T
        lengths = np.linalg.norm(inside, axis=1)
        assert ((lengths >= 0.3) & (lengths < 0.36)).all()


def test_a_ball_about_another_point() -> None:
    f = ss.MatrixFactorization.random(5, 2, seed=4)
    center = data.normals(0, "frames, center", (f.dim,)) / 50
    run = ss.escape_times(
        f,
        ss.GradientDescent(0.1),
        initial=ss.At(center),
        escape=ss.LeavesBall(center, 0.3),
        trials=1,
        record=("points",),
    )
    assert 0.3 <= np.linalg.norm(run.points[0] - center) < 0.36


@pytest.mark.parametrize("rank", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("step_size", [0.1, 60.0])
@pytest.mark.parametrize("budget", [0, 1, 157, 1003])
def test_many_steps_at_once_are_the_same_steps(rank: int, step_size: float, budget: int) -> None:
    # perturbed gradient descent that never kicks takes the same steps, one at a time
    f = ss.MatrixFactorization(symmetric(8, rank, 3), rank)
    step = step_size / (8 * f.spectral_norm)
    runs = [
        ss.escape_times(
            f,
            method,
            initial=ss.Gaussian(0.3),
            escape=ss.ValueBelow(-1.0),
            trials=77,
            max_steps=budget,
            threads=threads,
            record=("points",),
        )
        for method, threads in (
            (ss.GradientDescent(step), 3),
            (ss.PerturbedGradientDescent(step, 1e-3, 1e-300, min_interval=10), 1),
        )
    ]
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(runs[0], name), getattr(runs[1], name), name)
    if step_size == 60.0 and budget > 100:
        assert (runs[0].outcome == ss.Outcome.DIVERGED).any()


def test_a_start_at_the_origin_is_seen_not_to_move() -> None:
    f = ss.MatrixFactorization.random(5, 2)
    run = ss.escape_times(f, ss.GradientDescent(0.1), initial=ss.At(np.zeros(10)), trials=1)
    assert run.outcome[0] == ss.Outcome.STALLED
    assert run.steps[0] == 0


def test_large_matrices_have_no_frame() -> None:
    f = ss.MatrixFactorization(np.eye(257), 1)
    assert f.frame is None
    run = ss.escape_times(f, ss.GradientDescent(0.1), trials=2, max_steps=5)
    assert len(run) == 2


def test_unframed_landscapes_share_what_is_lowered() -> None:
    f = ss.MatrixFactorization.random(6, 2, seed=1)
    assert f.frame is not None
    assert f.lowered(_core) is f.core
    plain = f.unframed()
    assert plain.frame is None
    assert plain == f
    # Lowering decomposes data: it must not be done anew for every run.
    assert plain.lowered_run(_core) is f.core
