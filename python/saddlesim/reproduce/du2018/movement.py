"""Along training: loss falls to 0; weights, patterns and Gram matrix move like 1/sqrt(width)."""

from __future__ import annotations

import numpy as np

from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.wide import against_width
from saddlesim.wide.plot import drawn
from saddlesim.wide.widths import QUANTITIES

__all__ = ["section"]

_WIDTHS = (256, 1024, 4096, 16384)
# In narrow networks the drift has a part that shrinks faster.
_POWERS = {
    "largest_movement": (-0.55, -0.45),
    "changed_patterns": (-0.55, -0.45),
    "gram_drift": (-0.75, -0.4),
}


def section(effort: Effort) -> Section:
    """Train networks of several widths."""
    sweep = against_width(
        _WIDTHS, trials=effort.trials(10, 4), seed=effort.seed, threads=effort.threads
    )
    wide = sweep.width == _WIDTHS[-1]
    claims = (
        Claim(
            "Weights and activation patterns move like width^-1/2, the Gram matrix at most so",
            "Du et al. (2018), Theorem 4.1 and figure 1",
            tuple(
                Finding(
                    f"power of the width in the {QUANTITIES[name]}", expected, sweep.slope(name)
                )
                for name, expected in _POWERS.items()
            ),
        ),
        Claim(
            "What a kernel fixed at the start misses shrinks like width^-1/2",
            "Jacot et al. (2018)",
            (
                Finding(
                    "power of the width in the error of the prediction",
                    (-0.65, -0.35),
                    sweep.slope("prediction_error"),
                ),
            ),
        ),
        Claim(
            f"Gradient descent fits the labels: after {sweep.steps} steps little is left",
            "Du et al. (2018), Theorem 4.1",
            (
                Finding(
                    f"training error (signs), width {_WIDTHS[-1]:,}",
                    (0.0, 0.02),
                    within(float(np.mean(sweep.training_error[wide])), 0.0),
                ),
                Finding(
                    f"largest training loss over that of zero outputs, width {_WIDTHS[-1]:,}",
                    (0.0, 0.05),
                    within(float(np.max(sweep.loss[wide])), 0.0),
                ),
            ),
        ),
    )
    pictures = {"widths": drawn(sweep, "widths")}
    return Section(claims=claims, tables={"widths": sweep.table()}, pictures=pictures)
