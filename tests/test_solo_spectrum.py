"""Lanczos's iteration at one point at a time: the very bits of a lane, with any threads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import saddlesim as ss
from saddlesim import _core
from saddlesim.threads import block_threads, point_threads
from test_solo import interrupt_after, same_bits

RELU = ss.TwoLayerReLU.random(5, samples=21, width=19, seed=4)
DEEP = ss.DeepNetwork.random(3, samples=11, hidden=[9, 7], activation="tanh", seed=2)
ENDS = ("ritz", "eigenvalues", "residuals", "vectors", "steps")


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    yield
    _core.use_solo(True)


def both(call: Any) -> tuple[Any, Any]:
    """Return what a call says one point at a time and in lanes."""
    answers = []
    for use in (True, False):
        _core.use_solo(use)
        answers.append(call())
    return answers[0], answers[1]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("f", [RELU, DEEP], ids=["relu", "deep"])
@pytest.mark.parametrize("deflations", [0, 1, 6])
def test_ends_are_those_of_lanes(f: ss.Landscape, threads: int, deflations: int) -> None:
    for count in (1, 3):
        rng = np.random.default_rng(count)
        points = rng.normal(size=(count, f.dim))
        deflated = np.linalg.qr(rng.normal(size=(count, f.dim, deflations)))[0]
        deflated[:, :, 1:2] = 0.0  # what counts for nothing
        rows = np.ascontiguousarray(deflated.transpose(0, 2, 1))
        for steps, tolerance in ((7, 0.0), (f.dim, 1e-8), (f.dim, 0.0)):

            def search(steps: int = steps, tolerance: float = tolerance) -> Any:
                return _core.extreme_eigenpairs(
                    f.core,
                    points,  # noqa: B023
                    deflated=rows,  # noqa: B023
                    indices=np.arange(count)[::-1] + 5,  # noqa: B023
                    key=9,
                    draw=2,
                    steps=steps,
                    tolerance=tolerance,
                    both_ends=True,
                    threads=threads,
                )

            alone, together = both(search)
            for column in ENDS:
                same_bits(getattr(alone, column), getattr(together, column))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("f", [RELU, DEEP], ids=["relu", "deep"])
def test_densities_are_those_of_lanes(f: ss.Landscape, threads: int) -> None:
    x = np.random.default_rng(1).normal(size=f.dim)
    for probes, steps in ((1, 20), (3, f.dim)):
        alone, together = both(
            lambda probes=probes, steps=steps: ss.spectral_density(
                f, x, probes=probes, steps=steps, threads=threads
            )
        )
        same_bits(alone.nodes, together.nodes)
        same_bits(alone.weights, together.weights)


def test_an_exhausted_space_leaves_nothing_of_the_last_point() -> None:
    points = np.random.default_rng(1).normal(size=(2, RELU.dim))
    points[1] = -0.0  # where the Hessian has another rank

    def tridiagonals() -> Any:
        return _core.tridiagonals(
            RELU.core, points, indices=np.arange(2), key=3, steps=RELU.dim, threads=1
        )

    alone, _ = both(tridiagonals)
    diagonal, coupling = alone
    for a, b in zip(diagonal, coupling, strict=True):
        end = np.flatnonzero(b == 0)[0]
        assert not a[end + 1 :].any()
        assert not b[end:].any()


@pytest.mark.parametrize("f", [RELU, DEEP], ids=["relu", "deep"])
def test_searches_of_points_are_those_of_lanes(f: ss.Landscape) -> None:
    x = np.random.default_rng(3).normal(size=f.dim)
    pairs = both(lambda: ss.min_eigenpair(f, x, off_symmetries=True))
    ends = both(lambda: ss.extreme_eigenpairs(f, x, count=3))
    for alone, together in (
        pairs,
        (ends[0].smallest, ends[1].smallest),
        (ends[0].largest, ends[1].largest),
    ):
        for column in ("eigenvalue", "eigenvector", "residual", "steps", "width"):
            same_bits(np.asarray(getattr(alone, column)), np.asarray(getattr(together, column)))
    alone, together = both(lambda: ss.classify(f, x))
    assert repr(alone) == repr(together)
    assert alone.min_eigenvalue == together.min_eigenvalue


def test_a_nan_is_seen() -> None:
    x = np.ones((1, DEEP.dim))
    x[0, 3] = np.nan
    for diagonal, _ in both(
        lambda: _core.tridiagonals(
            DEEP.core, x, indices=np.zeros(1, np.int64), key=3, steps=4, threads=1
        )
    ):
        assert np.isnan(diagonal[0, 0])


def test_long_points_are_worth_a_team_each() -> None:
    assert point_threads(3, np.zeros((1, 2**16))) == 3
    assert point_threads(3, np.zeros((1, 2**16 - 1))) == 1 == block_threads(3, 1)
    assert point_threads(3, np.zeros((17, 5))) == 2


def test_ctrl_c_ends_a_search() -> None:
    f = ss.DeepNetwork.random(20, samples=100, hidden=[300, 300], seed=1)
    x = np.random.default_rng(0).normal(size=f.dim)
    sent = interrupt_after(0.2)
    with pytest.raises(KeyboardInterrupt):
        ss.spectral_density(f, x, probes=80, steps=16, threads=2)
    assert time.monotonic() - sent[0] < 0.5
