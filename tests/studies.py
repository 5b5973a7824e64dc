"""Small studies for the tests of stores, and what it means that two results are the same."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

import saddlesim as ss

CHILD = Path(__file__).with_name("study_child.py")
METHODS = {
    "GD": ss.GradientDescent(0.25),
    "noisy": ss.NoisyGradientDescent(0.25, noise_scale=0.1),
}


def grid(**changes: Any) -> ss.Study:
    """Two methods, one with an exact path, at two dimensions: four cells of ten blocks."""
    arguments: dict[str, Any] = {
        "dims": [2, 3],
        "methods": METHODS,
        "trials": 500,
        "seed": 3,
        "block": 50,
        **changes,
    }
    return ss.Study(ss.Octopus, **arguments)


def slow(**changes: Any) -> ss.Study:
    """Two cells of 40 blocks each, in half a second or so."""
    arguments: dict[str, Any] = {
        "vary": {"noise_scale": [1e-3, 1e-2]},
        "methods": {"noisy": ss.NoisyGradientDescent(0.1, noise_scale=1e-3)},
        "initial": ss.At([0.0, 0.0, 0.0]),
        "trials": 16_000,
        "block": 400,
        "seed": 5,
        **changes,
    }
    return ss.Study(ss.QuadraticSaddle([1.0, 0.5, -0.05]), **arguments)


def assert_same(
    a: ss.DimensionResult, b: ss.DimensionResult, *, other_processor: bool = False
) -> None:
    """All cells, and all columns of theirs, to the last bit.

    Of another processor the last bit of NumPy's logarithms may differ.
    """
    assert list(a.cells) == list(b.cells)
    assert a.axis == b.axis
    for key in a.cells:
        assert_same_times(a[key], b[key], other_processor=other_processor)


def assert_same_times(
    a: ss.EscapeTimes, b: ss.EscapeTimes, *, other_processor: bool = False
) -> None:
    for field in dataclasses.fields(ss.EscapeTimes):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if other_processor and field.name.startswith("log10_") and x is not None:
            np.testing.assert_allclose(x, y, rtol=1e-14)
        elif isinstance(x, np.ndarray):
            _assert_same_bits(x, y, field.name)
        elif field.name == "certificate" and x is not None:
            for name in ("tie_distance", "underflow_margin", "redone"):
                _assert_same_bits(getattr(x, name), getattr(y, name), name)
        elif field.name != "diagnostics":
            assert x == y, field.name


def _assert_same_bits(x: np.ndarray, y: np.ndarray, name: str) -> None:
    assert (x.dtype, x.shape) == (y.dtype, y.shape), name
    assert x.tobytes() == y.tobytes(), name


def files(store: Path) -> list[Path]:
    """The files of blocks, in order."""
    return sorted((store / "data").glob("*/*.parquet"))


def child(store: Path, *words: str) -> subprocess.Popen[bytes]:
    """Another process that runs `slow` in a store."""
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(store), *words],
        env={**os.environ, "SADDLESIM_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
    )
