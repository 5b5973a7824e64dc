"""The floating-point trap: off the axes, rounding leads off the stable manifold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from saddlesim.methods import GradientDescent
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, mean, within
from saddlesim.reproduce.lee2016.rounding_picture import draw
from saddlesim.reproduce.quadratic import saddle, stable_starts
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate

__all__ = ["BITS", "band", "predicted_steps", "section"]

BITS = {"float64": 53, "float32": 24}  # of a significand; half an ulp of 1 is 2^-BITS
_DIMS = (2, 10, 100)
# Not 1.5: at step 1/2 a stable coordinate is halved, which rounds nothing, and in few dimensions
# some starts stay until they are subnormal (docs/floating-point-trap.md).
_GROWTHS = (1.05, 1.1, 1.2, 1.4)
_STARTS = 100  # on each rotated saddle
_BAND = (0.85, 1.2)  # of the prediction, in double precision
_SAFE = 0.75  # of the prediction; to leave by then takes rounding 10^4 times (float32: 60) as large
_MEDIAN = (
    "From starts projected on the stable manifold of a rotated saddle, {dtype} leaves after about "
    "{bits} ln 2 / ln a = {foldings:.1f} / ln a steps, in which half an ulp grows to 1 (mean of "
    "the medians at each of {rotations} rotations; of the prediction {low:.2f} to {high:.2f})"
)
_NOBODY = "No trajectory leaves within three quarters of that (trajectories of all d that left)"
_EVERYBODY = (
    "All leave in the end, where in exact arithmetic none does (smallest share at any of the d)"
)
_SOURCE = "rounding, amplified by a at every step"


def section(effort: Effort) -> Section:
    """Start on the stable manifold of rotated saddles, in either precision."""
    rows = [
        _row(dim, growth, dtype, effort) for dtype in BITS for growth in _GROWTHS for dim in _DIMS
    ]
    nobody, everybody = [], []
    for dtype in BITS:
        for growth in _GROWTHS:
            runs = [row for row in rows if (row["dtype"], row["growth"]) == (dtype, growth)]
            safe = math.floor(_SAFE * predicted_steps(dtype, growth))
            early = sum(row["left_early"] for row in runs)
            least = min(row["escaped"] for row in runs)
            case = f"{dtype}, a = {growth:g}"
            nobody.append(Finding(f"{case}, step {safe}", 0.0, within(early, 0.0)))
            everybody.append(Finding(case, 1.0, within(least, 0.0)))
    return Section(
        claims=(
            *(_medians(dtype, rows) for dtype in BITS),
            Claim(_NOBODY, _SOURCE, (*nobody,)),
            Claim(_EVERYBODY, _SOURCE, (*everybody,)),
        ),
        tables={"rounding": rows},
        pictures={"rounding": draw(rows, effort)},
    )


def predicted_steps(dtype: str, growth: float) -> float:
    """Return the steps in which half an ulp of 1 grows to 1."""
    return BITS[dtype] * math.log(2) / math.log(growth)


def band(dtype: str) -> tuple[float, float]:
    """Return what the steps may be, in units of the prediction.

    What is uncertain is by how many half ulps rounding leads off the manifold; the logarithm of
    that is the same number of e-foldings in either precision.
    """
    low, high = (1 + (edge - 1) * BITS["float64"] / BITS[dtype] for edge in _BAND)
    return low, high


def _medians(dtype: str, rows: list[dict[str, Any]]) -> Claim:
    low, high = band(dtype)
    here = [row for row in rows if row["dtype"] == dtype]
    findings = [
        Finding(
            f"a = {row['growth']:g}, d = {row['dim']}",
            (low * row["predicted"], high * row["predicted"]),
            Estimate(row["median"], row["low"], row["high"], row["confidence"]),
        )
        for row in here
    ]
    text = _MEDIAN.format(
        dtype=dtype,
        bits=BITS[dtype],
        foldings=BITS[dtype] * math.log(2),
        rotations=here[0]["rotations"],
        low=low,
        high=high,
    )
    return Claim(text, _SOURCE, (*findings,))


def _row(dim: int, growth: float, dtype: str, effort: Effort) -> dict[str, Any]:
    """Run on many rotations: in two dimensions all starts of one share how it is rounded."""
    rotations = effort.trials(full=40, quick=10)
    medians, steps, escaped = [], [], []
    for i in range(rotations):
        f = saddle(dim, rotation_seed=(effort.seed + i) % 2**64)
        times = escape_times(
            f,
            GradientDescent(growth - 1),
            initial=stable_starts(f, _STARTS, effort.seed),
            threads=effort.threads,
            dtype=dtype,
        )
        medians.append(float(np.median(times.steps)))
        steps.append(times.steps)
        escaped.append(times.escaped)
    predicted, found = predicted_steps(dtype, growth), mean(medians)
    ended = np.concatenate(steps)
    early = np.concatenate(escaped) & (ended <= _SAFE * predicted)
    return {
        "dtype": dtype,
        "dim": dim,
        "growth": growth,
        "rotations": rotations,
        "trials": rotations * _STARTS,
        "predicted": predicted,
        "median": found.value,
        "low": found.low,
        "high": found.high,
        "confidence": found.confidence,
        "median_over_predicted": found.value / predicted,
        "smallest_median": min(medians),
        "largest_median": max(medians),
        "first": int(ended.min()),
        "last": int(ended.max()),
        "left_early": int(np.count_nonzero(early)),
        "escaped": float(np.mean(escaped)),
    }
