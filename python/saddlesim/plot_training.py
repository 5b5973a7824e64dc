"""The picture of a training run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.methods import GradientFlow
from saddlesim.plot import COLORS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from saddlesim.training import Training

__all__ = ["plot_training"]


def plot_training(training: Training, ax: Axes | None = None) -> list[Any]:
    """Draw f on a logarithmic axis and the training error on a second one, against the step.

    The steps' axis is logarithmic from the second record on, and linear up to it, so that the start
    is seen too.
    """
    ax = axes_or_new(ax)
    flow = isinstance(training.method, GradientFlow)
    finite = np.isfinite(training.value)
    if len(training) > 2:
        ax.set_xscale("symlog", linthresh=float(training.step[1]), linscale=0.3)
    if np.all(training.value[finite] > 0):
        ax.set_yscale("log")
    (loss,) = ax.plot(
        training.step[finite], training.value[finite], color=COLORS[0], label="f", zorder=3
    )
    ax.set_xlabel("time of the flow" if flow else "gradient steps")
    ax.set_ylabel("f", color=COLORS[0])
    ax.set_xlim(0, None)
    right = ax.twinx()
    (error,) = right.plot(
        training.step[finite],
        100 * training.training_error[finite],
        color=COLORS[1],
        linestyle="--",
        label="training error",
    )
    right.set_ylabel("training error in %", color=COLORS[1])
    right.set_ylim(-3, 103)
    ax.legend(handles=[loss, error], loc="best", frameon=False)
    return [loss, error]
