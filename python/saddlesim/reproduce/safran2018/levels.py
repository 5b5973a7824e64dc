"""The symmetric stationary point: its value, and where it turns from a saddle into a minimum."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.landscapes import StationaryPoint, StudentTeacher
from saddlesim.plot import COLORS
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.reproduce.safran2018.published import COMPUTED
from saddlesim.spectrum import min_eigenpair
from saddlesim.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["UNITS", "section", "symmetric_point"]

UNITS = range(3, 21)
_VALUE_DIGITS, _CURVATURE_DIGITS = 1e-12, 1e-8  # a unit of the last digit that is compared
_ROUGH = 1e-5  # the same for k = 5, of which fewer digits are compared
_AT_TEACHER = 0.25 - 1 / (2 * math.pi)
_VALUE = (
    "The stationary point with all students but one near teachers of their own has the value that "
    "an independent program finds, to twelve digits"
)
_CURVATURE = "So has the smallest eigenvalue of its Hessian, by Lanczos's iteration"
_SIGN = (
    "This eigenvalue is negative for k = 3, 4, 5, a saddle, and positive from k = 6 on, a local "
    "minimum"
)
_TEACHER = "At the teacher itself it is 1/4 - 1/(2 pi), for every k"


def section(effort: Effort) -> Section:
    """Look at the point for all numbers of units; Newton's method and Lanczos's take no chance."""
    rows = [_row(k, effort) for k in UNITS]
    of = {row["units"]: row for row in rows}
    values = [
        Finding(f"k = {k}", value, _known_to(of[k]["value"], _VALUE_DIGITS))
        for k, (value, _) in COMPUTED.items()
    ]
    curvatures = [
        Finding(f"k = {k}", eigenvalue,
                _known_to(of[k]["min_eigenvalue"], _CURVATURE_DIGITS if k > 5 else _ROUGH))
        for k, (_, eigenvalue) in COMPUTED.items()
    ]  # fmt: skip
    signs = [
        Finding(f"k = {row['units']}", (-math.inf, 0.0) if row["units"] < 6 else (0.0, math.inf),
                within(row["min_eigenvalue"], 0.0))
        for row in rows
    ]  # fmt: skip
    teacher = [
        Finding(f"k = {row['units']}", _AT_TEACHER, _known_to(row["at_teacher"], 1e-10))
        for row in rows
    ]
    source = "the definition of F; an independent program"
    return Section(
        claims=(
            Claim(_VALUE, source, tuple(values)),
            Claim(_CURVATURE, source, tuple(curvatures)),
            Claim(_SIGN, "Safran and Shamir (2018), theorem 1: 6 <= k <= 20", tuple(signs)),
            Claim(_TEACHER, "the Hessian in closed form", tuple(teacher)),
        ),
        tables={"levels": rows},
        pictures={"levels": _draw(rows)},
    )


@cache
def symmetric_point(k: int) -> StationaryPoint:
    """Return the stationary point that breaks the symmetry among k units least."""
    return StudentTeacher.random(k).spurious_point()


def _row(k: int, effort: Effort) -> dict[str, Any]:
    f = StudentTeacher.random(k)
    spurious, teacher = symmetric_point(k), f.global_minimum()
    pairs = min_eigenpair(
        f, np.stack([spurious.point, teacher.point]), seed=effort.seed, threads=effort.threads
    )
    return {
        "units": k,
        "value": spurious.value,
        "min_eigenvalue": float(pairs.eigenvalue[0]),
        "gradient_norm": float(np.linalg.norm(f.gradient(spurious.point))),
        "at_teacher": float(pairs.eigenvalue[1]),
    }


def _known_to(value: float, digits: float) -> Estimate:
    return within(value, digits / 4)


def _draw(rows: list[dict[str, Any]]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    ax = figure.subplots()
    units = [row["units"] for row in rows]
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.axhline(_AT_TEACHER, color="0.3", linewidth=1, linestyle="--", label="1/4 - 1/(2 pi)")
    for i, (key, label) in enumerate(
        (("at_teacher", "at the teacher"), ("min_eigenvalue", "at the symmetric point"))
    ):
        ax.plot(units, [row[key] for row in rows], "os"[i], color=COLORS[i], label=label)
    ax.set_xticks(units[::2])
    ax.set_xlabel("units k = n")
    ax.set_ylabel("smallest eigenvalue of the Hessian of F")
    ax.set_title(
        "A saddle up to five units, from six on a bad local minimum (no sampling error)",
        loc="left",
        fontsize="medium",
    )
    ax.grid(color="0.92", linewidth=0.6)
    ax.legend(frameon=False, loc="center right")
    return figure
