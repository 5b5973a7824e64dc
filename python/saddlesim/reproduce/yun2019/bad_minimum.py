"""The bad local minimum: stationary, flat, and not left by descent from beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlesim.escape import ValueBelow
from saddlesim.initial import Ball
from saddlesim.landscapes import SmallDataNetwork
from saddlesim.methods import GradientDescent
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.simulate import escape_times

__all__ = ["ACTIVATIONS", "section"]

ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "tanh", "arctan")
_BAD = 1 / 3
_ROUNDING = 1e-12
_ZERO_MODES = {"relu": 7, "leaky_relu": 7, "sigmoid": 6, "tanh": 6, "arctan": 6}
_RADIUS = 0.01  # of the perturbations
_STEP = 0.01
_LEFT = _BAD - 1e-3
_VALUE = "At the point of the theorems the loss is 1/3, to rounding (loss less 1/3)"
_STATIONARY = "The gradient is 0 there (its norm)"
_CURVATURE = "No eigenvalue of the Hessian is negative (the smallest)"
_FLAT = "Most of them are 0, so that second derivatives do not show a minimum (their number)"
_RANK = (
    "the Hessian in closed form: its rank is 2, that of linear functions on three points of a "
    "line, and 3 with smooth units, whose curvature along (1, -1) adds to it"
)
_AROUND = "No perturbation of length up to 0.01 lowers the loss (lowest loss less 1/3)"
_STAYS = "Gradient descent from these never leaves (trajectories that fell below 1/3 - 0.001)"
_FLOOR = "Its loss stays at least 1/3, to rounding (lowest loss at the end less 1/3)"
_ZERO = "A loss of 0 is within reach all the same (loss at a point in closed form)"


def section(effort: Effort) -> Section:
    """Look at the minimum of each activation, and descend from beside it."""
    rows = [_row(name, effort) for name in ACTIVATIONS]

    def findings(key: str, expected: float | tuple[float, float]) -> tuple[Finding, ...]:
        return tuple(
            Finding(row["activation"], expected, within(float(row[key]), 0.0)) for row in rows
        )

    modes = tuple(
        Finding(row["activation"], _ZERO_MODES[row["activation"]], within(row["zero_modes"], 0.0))
        for row in rows
    )
    theorems = "Yun et al. (2019), theorems 1 and 2"
    rounding = (-_ROUNDING, _ROUNDING)
    never_below = (-_ROUNDING, 1.0)
    return Section(
        claims=(
            Claim(_VALUE, theorems, findings("above", rounding)),
            Claim(_STATIONARY, theorems, findings("gradient_norm", rounding)),
            Claim(_CURVATURE, theorems, findings("min_eigenvalue", never_below)),
            Claim(_FLAT, _RANK, modes),
            Claim(_AROUND, theorems, findings("lowest_beside", never_below)),
            Claim(_STAYS, theorems, findings("left", 0.0)),
            Claim(_FLOOR, theorems, findings("lowest_at_the_end", never_below)),
            Claim(_ZERO, theorems, findings("best_loss", (0.0, _ROUNDING))),
        ),
        tables={"bad_minimum": rows},
    )


def _row(activation: str, effort: Effort) -> dict[str, Any]:
    f = SmallDataNetwork(activation)
    bad = f.bad_minimum().point
    beside = Ball(_RADIUS, center=bad)
    trials = effort.trials(full=5000, quick=500)
    spectrum = np.linalg.eigvalsh(f.hessian(bad))
    times = escape_times(
        f,
        GradientDescent(_STEP),
        initial=beside,
        escape=ValueBelow(_LEFT),
        trials=trials,
        max_steps=effort.trials(full=100_000, quick=10_000),
        seed=effort.seed,
        threads=effort.threads,
        record=("points",),
    )
    assert times.points is not None  # they were recorded
    starts = beside.sample(f, trials=trials, seed=effort.seed)
    return {
        "activation": activation,
        "above": float(f.value(bad)) - _BAD,
        "gradient_norm": float(np.linalg.norm(f.gradient(bad))),
        "min_eigenvalue": float(spectrum[0]),
        "zero_modes": int(np.count_nonzero(np.abs(spectrum) <= 1e-9 * spectrum[-1])),
        "trials": trials,
        "lowest_beside": float(f.value(starts).min()) - _BAD,
        "left": int(times.escaped.sum()),
        "lowest_at_the_end": float(f.value(times.points).min()) - _BAD,
        "best_loss": float(f.value(f.global_minimum().point)),
    }
