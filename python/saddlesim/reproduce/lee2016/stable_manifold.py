"""From the stable manifold itself gradient descent never leaves, where arithmetic keeps a zero."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from saddlesim.initial import At
from saddlesim.methods import GradientDescent
from saddlesim.outcome import Outcome
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.reproduce.quadratic import STEP, off_saddle, saddle, stable_starts
from saddlesim.simulate import escape_times

__all__ = ["section"]

_CASES = ((2, 1), (10, 1), (100, 1), (10, 3))  # dimension, directions of escape
_DTYPES = ("float64", "float32")
_OFFSETS = (1e-20, 1e-100, 1e-300)
_STAYS = (
    "From the stable manifold of an axis-aligned saddle, x_u = 0, no trajectory leaves, in either "
    "precision (trajectories that left, of all)"
)
_ZERO = "x_u is 0, exactly, when they come to rest (largest |x_u|)"
_LEAVES = (
    "A start off it by next to nothing leaves in good time, after ln(1/x_u) / ln(a) steps, rounded "
    "up"
)


def section(effort: Effort) -> Section:
    """Start on the stable manifold, and off it by next to nothing."""
    trials = effort.trials(full=300, quick=40)
    stays, zero, rows = [], [], []
    for dim, k in _CASES:
        for dtype in _DTYPES:
            row = _row(dim, k, dtype, trials, effort)
            case = f"d = {dim}, k = {k}, {dtype}"
            stays.append(Finding(case, 0.0, within(row["escaped"], 0.0)))
            rows.append(row)
    for dtype in _DTYPES:
        largest = max(row["largest_off_saddle"] for row in rows if row["dtype"] == dtype)
        zero.append(Finding(dtype, 0.0, within(largest, 0.0)))
    leaves = [_leaves(offset, effort) for offset in _OFFSETS]
    arithmetic = "0 stays 0: no other coordinate enters"
    return Section(
        claims=(
            Claim(_STAYS, f"the stable manifold theorem; {arithmetic}", (*stays,)),
            Claim(_ZERO, arithmetic, (*zero,)),
            Claim(_LEAVES, "the linear dynamics at the saddle", (*leaves,)),
        ),
        tables={"stable_manifold": rows},
    )


def _row(dim: int, k: int, dtype: str, trials: int, effort: Effort) -> dict[str, Any]:
    f = saddle(dim, k)
    times = escape_times(
        f,
        GradientDescent(STEP),
        initial=stable_starts(f, trials, effort.seed),
        threads=effort.threads,
        dtype=dtype,
        record=("points",),
    )
    assert times.points is not None  # they were recorded
    return {
        "dim": dim,
        "escape_directions": k,
        "dtype": dtype,
        "trials": trials,
        "escaped": times.count(Outcome.ESCAPED),
        "stalled": times.count(Outcome.STALLED),
        "last_step": int(times.steps.max()),
        "largest_off_saddle": float(off_saddle(f, times.points).max()),
    }


def _leaves(offset: float, effort: Effort) -> Finding:
    start = np.array([offset, 0.7, -0.3])
    times = escape_times(
        saddle(3), GradientDescent(STEP), initial=At(start), trials=1, threads=effort.threads
    )
    expected = math.ceil(-math.log(offset) / math.log1p(STEP))
    steps = float(times.steps[0]) if times.escaped[0] else math.inf
    return Finding(f"x_u = {offset:g}", expected, within(steps, 0.0))
