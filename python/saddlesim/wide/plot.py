"""Pictures of wide networks; each function takes Axes or makes a figure, and returns the Axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import kernel
from saddlesim.errors import MissingExtraError
from saddlesim.methods import GradientFlow
from saddlesim.plot import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from saddlesim.wide.labels import LabelComparison
    from saddlesim.wide.linear import KernelComparison
    from saddlesim.wide.widths import WidthSweep

__all__ = ["drawn", "plot_kernel", "plot_labels", "plot_widths"]

# Rows, columns and inches of each figure.
_FIGURES = {
    "widths": (2, 3, (13.0, 7.0)),
    "kernel": (1, 2, (10.0, 4.2)),
    "labels": (1, 3, (13.0, 4.2)),
}
_PANELS = (
    ("loss", "training loss (relative)"),
    ("largest_movement", "largest movement of a unit"),
    ("changed_patterns", "share of changed patterns"),
    ("gram_error", r"$H(0)$ off $H^\infty$ (relative)"),
    ("gram_drift", "drift of the Gram matrix (relative)"),
    ("prediction_error", "kernel's prediction off by (relative)"),
)


def plot_widths(result: WidthSweep, axes: Any = None) -> list[Axes]:
    """Draw loss, movement, patterns, Gram matrices and the kernel's error against the width.

    Dots are networks; a line is the power of the width that fits them, with its exponent.

    Parameters
    ----------
    result
        The sweep.
    axes
        Six Axes, or None for a new figure.
    """
    panels = _axes(axes, "widths")
    for i, (ax, (name, label)) in enumerate(zip(panels, _PANELS, strict=True)):
        values = getattr(result, name)
        ax.plot(result.width, values, "o", color=COLORS[i], markersize=4, alpha=0.7)
        if len(result.widths) >= 3 and name != "loss":
            power = result.slope(name)
            x = np.array(result.widths, dtype=np.float64)
            centre = np.log(values).mean() - power.value * np.log(result.width).mean()
            text = f"width$^{{{power.value:.2f}}}$ [{power.low:.2f}, {power.high:.2f}]"
            ax.plot(x, np.exp(centre) * x**power.value, color=COLORS[i], linewidth=1.2, label=text)
            ax.legend(frameon=False)
        _log(ax, "xy")
        _label_widths(ax, result.widths)
        ax.set_xlabel("width")
        ax.set_ylabel(label)
        _grid(ax)
    return panels


def plot_kernel(result: KernelComparison, axes: Any = None) -> list[Axes]:
    """Draw the residual as measured and as predicted, and how far the prediction is off.

    Parameters
    ----------
    result
        The comparison.
    axes
        Two Axes, or None for a new figure.
    """
    left, right = _axes(axes, "kernel")
    at, flow = result.at, isinstance(result.training.method, GradientFlow)
    left.plot(at, result.residual, color=COLORS[0], linewidth=2, label="measured")
    left.plot(at, result.predicted_norm, "--", color=COLORS[1], label="predicted by $H(0)$")
    if result.predicted_at_infinite_width is not None:
        limit = np.linalg.norm(result.predicted_at_infinite_width.reshape(len(at), -1), axis=1)
        left.plot(at, limit, ":", color=COLORS[2], label="predicted by $H^\\infty$")
    _log(left, "y")
    left.set_ylabel(r"residual $\Vert u - y\Vert$")
    left.legend(frameon=False)
    right.plot(at, 100 * result.error, color=COLORS[1])
    right.set_ylabel("prediction by $H(0)$ off by (%)")
    right.set_ylim(bottom=0)
    for ax in (left, right):
        ax.set_xlabel("time" if flow else "step")
        _grid(ax)
    return [left, right]


def plot_labels(result: LabelComparison, axes: Any = None) -> list[Axes]:
    """Draw training error, loss, and how much of each labelling lies along leading eigenvectors.

    Parameters
    ----------
    result
        The comparison.
    axes
        Three Axes, or None for a new figure.
    """
    error, loss, shares = _axes(axes, "labels")
    for i, (name, run) in enumerate(result.runs.items()):
        y, color = result.labels(name), COLORS[i]
        at, moved = np.asarray(run.step), run.step > 0  # outputs of 0 have no sign
        error.plot(
            at[moved], 100 * run.training_error[moved], color=color, lw=2, label=f"{name} labels"
        )
        error.plot(at[moved], 100 * result.predicted_error(name)[moved], "--", color=color, lw=1)
        relative = run.residual_norm**2 / (y @ y)
        loss.plot(at[moved], relative[moved], color=color, linewidth=2, label=name)
        predicted = np.sum((result.predicted(name) - y) ** 2, axis=1) / (y @ y)
        loss.plot(at[moved], predicted[moved], "--", color=color, linewidth=1)
        found = kernel.alignment(result.gram, y)
        rank = np.arange(1, len(found.shares) + 1)
        shares.plot(rank, 100 * np.cumsum(found.shares), color=color, linewidth=2)
    handle = error.plot([], [], "--", color="0.3", linewidth=1, label="predicted by $H^\\infty$")
    assert handle
    error.legend(frameon=False)
    error.set_ylabel("training error (%)")
    _log(loss, "y")
    loss.set_ylabel("training loss, relative")
    for ax in (error, loss):
        _log(ax, "x")
        ax.set_xlabel("step")
        _grid(ax)
    _log(shares, "x")
    shares.set_xlabel("leading eigenvectors of $H^\\infty$")
    shares.set_ylabel(r"share of $\Vert y\Vert^2$ along them (%)")
    _grid(shares)
    return [error, loss, shares]


def drawn(result: WidthSweep | KernelComparison | LabelComparison, kind: str) -> Figure:
    """Return a figure of a result, without the display that pyplot may ask for.

    Parameters
    ----------
    result
        Any of the three.
    kind
        ``"widths"``, ``"kernel"`` or ``"labels"``.
    """
    from matplotlib.figure import Figure

    rows, columns, inches = _FIGURES[kind]
    figure = Figure(figsize=inches, layout="constrained")
    result.plot(figure.subplots(rows, columns))
    return figure


def _axes(axes: Any, name: str) -> list[Axes]:
    rows, columns, inches = _FIGURES[name]
    if axes is None:
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise MissingExtraError("matplotlib", extra="plot", purpose="plotting") from None
        axes = plt.subplots(rows, columns, figsize=inches, layout="constrained")[1]
    found = list(np.ravel(np.asarray(axes, dtype=object)))
    if len(found) != rows * columns:
        raise ValueError(
            f"axes must be {rows * columns} Axes, got {len(found)}; or None for new ones"
        )
    return found


def _log(ax: Axes, names: str) -> None:
    from saddlesim.plot_ticks import label_plainly

    for name in names:
        ax.set(**{f"{name}scale": "log"})
        label_plainly(getattr(ax, f"{name}axis"))


def _label_widths(ax: Axes, widths: Sequence[int]) -> None:
    from matplotlib.ticker import NullLocator

    ax.set_xticks(list(widths), [f"{width:,}" for width in widths])
    ax.xaxis.set_minor_locator(NullLocator())


def _grid(ax: Axes) -> None:
    ax.grid(True, which="major", color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)
