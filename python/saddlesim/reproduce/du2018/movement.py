"""Along training: loss falls to 0; weights, patterns and Gram matrix move like 1/sqrt(width)."""

from __future__ import annotations

import numpy as np

from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.wide import against_width
from saddlesim.wide.plot import FIGURES, plot_widths
from saddlesim.wide.widths import QUANTITIES

__all__ = ["section"]

_WIDTHS = (256, 1024, 4096, 16384)


def section(effort: Effort) -> Section:
    """Train networks of several widths."""
    from matplotlib.figure import Figure

    sweep = against_width(
        _WIDTHS, trials=effort.trials(10, 4), seed=effort.seed, threads=effort.threads
    )
    wide = sweep.width == _WIDTHS[-1]
    rows, columns, inches = FIGURES["widths"]
    figure = Figure(figsize=inches, layout="constrained")
    plot_widths(sweep, figure.subplots(rows, columns))
    claims = (
        Claim(
            "Weights, activation patterns and Gram matrix move like width^-1/2",
            "Du et al. (2018), Theorem 4.1 and figure 1",
            tuple(
                Finding(
                    f"power of the width in the {QUANTITIES[name]}", (-0.6, -0.4), sweep.slope(name)
                )
                for name in ("largest_movement", "changed_patterns", "gram_drift")
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
    return Section(claims=claims, tables={"widths": sweep.table()}, pictures={"widths": figure})
