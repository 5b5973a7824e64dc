"""Two layers: the product of the weights follows a sigmoid, as exactly as the step is small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saddlesim.initial import At
from saddlesim.methods import GradientDescent
from saddlesim.plot import COLORS
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.reproduce.kawaguchi2016.chain import chain, sigmoid
from saddlesim.trace import trajectories
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

_START = 0.01  # both weights
_STEPS = (0.04, 0.02, 0.01, 0.005)
_TIME = 10.0
_LOOKS = 100
_FOLLOWS = (
    "The product of the weights is s e^(2st) / (e^(2st) - 1 + s/u_0) but for an error of the order "
    "of the step (largest error over the step)"
)
_HALVES = "The error halves with the step (ratio)"


def section(effort: Effort) -> Section:
    """Follow one trajectory a step length; nothing is random."""
    curves = {step: _product(step, effort) for step in _STEPS}
    errors = {
        step: float(np.abs(product - sigmoid(t, _START**2)).max())
        for step, (t, product) in curves.items()
    }
    follows = [
        Finding(f"step {step:g}", (0.0, 1.5), within(error / step, 0.0))
        for step, error in errors.items()
    ]
    halves = [
        Finding(f"step {step:g} to {step / 2:g}", (1.9, 2.1),
                within(errors[step] / errors[step / 2], 0.0))
        for step in _STEPS[:-1]
    ]  # fmt: skip
    rows = [{"step": step, "largest_error": error} for step, error in errors.items()]
    return Section(
        claims=(
            Claim(_FOLLOWS, "Saxe et al. (2014), in closed form", tuple(follows)),
            Claim(_HALVES, "Euler's method is of order one", tuple(halves)),
        ),
        tables={"sigmoid": rows},
        pictures={"sigmoid": _draw(curves)},
    )


def _product(step: float, effort: Effort) -> tuple[FloatArray, FloatArray]:
    """Return times and the product of the weights: f is half its squared distance from 1."""
    every = round(_TIME / _LOOKS / step) or 1
    looks = every * np.arange(round(_TIME / step / every) + 1)
    traced = trajectories(
        chain(2),
        GradientDescent(step),
        steps=looks,
        initial=At(np.full(2, _START)),
        trials=1,
        threads=effort.threads,
    )
    product: FloatArray = 1 - np.sqrt(2 * traced.value[0])
    return step * looks.astype(np.float64), product


def _draw(curves: dict[float, tuple[FloatArray, FloatArray]]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    product, error = figure.subplots(1, 2)
    t = np.linspace(0, _TIME, 400)
    product.plot(t, sigmoid(t, _START**2), color="0.3", linewidth=1, label="the sigmoid")
    coarse = max(curves)
    product.plot(curves[coarse][0][::3], curves[coarse][1][::3], "o", markersize=4,
                 color=COLORS[0], label=f"gradient descent, step {coarse:g}")  # fmt: skip
    for i, (step, (at, found)) in enumerate(curves.items()):
        off = np.abs(found - sigmoid(at, _START**2)) / step
        # the curves are one over the other: thinner and thinner lines show all of them
        error.plot(at, off, color=COLORS[i], linewidth=7 - 2 * i, label=f"step {step:g}")
    product.set_ylabel("product of the weights")
    error.set_ylabel("distance from the sigmoid, over the step")
    for ax in (product, error):
        ax.set_xlabel("time: steps times the step")
        ax.grid(color="0.92", linewidth=0.6)
        ax.legend(frameon=False)
    figure.suptitle(
        f"Two layers from weights {_START:g}: a plateau, then learnt at once", x=0.01, ha="left"
    )
    return figure
