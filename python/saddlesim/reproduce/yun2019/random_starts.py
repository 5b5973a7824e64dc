"""Gradient descent from random starts: how often it ends no better than a linear function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.escape import GradientBelow
from saddlesim.landscapes import SmallDataNetwork
from saddlesim.methods import GradientDescent
from saddlesim.plot import COLORS
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, share
from saddlesim.reproduce.yun2019.bad_minimum import ACTIVATIONS
from saddlesim.simulate import escape_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

_STEP = 0.05
_LEVEL = 1e-7  # gradients at which descent ends
_NEAR = 1e-3  # of loss, as near as counts as 1/3, or as 0
_BOTH = (0.0005, 0.9995)
_ENDS = {"loss 0": "at_zero", "between": "between", "loss 1/3": "at_third", "not ended": "moving"}
_BAD = (
    "The bad minimum is not met by chance only where it was built: a share of runs from N(0, I) "
    "ends at 1/3, the loss of the best linear function"
)
_GOOD = "Others from the same law reach a loss of 0"


def section(effort: Effort) -> Section:
    """Run gradient descent from standard Gaussian weights."""
    rows = [_row(name, effort) for name in ACTIVATIONS]

    def findings(key: str) -> tuple[Finding, ...]:
        return tuple(
            Finding(row["activation"], _BOTH, share(row[key], row["runs"])) for row in rows
        )

    return Section(
        claims=(
            Claim(
                _BAD,
                "Yun et al. (2019), theorems 1 and 2: the minima exist; the shares are measured, "
                "none was published",
                findings("at_third"),
            ),
            Claim(_GOOD, "Yun et al. (2019): the loss can be 0", findings("at_zero")),
        ),
        tables={"random_starts": rows},
        pictures={"random_starts": _draw(rows)},
    )


def _row(activation: str, effort: Effort) -> dict[str, Any]:
    f = SmallDataNetwork(activation)
    runs = effort.trials(full=20_000, quick=2000)
    times = escape_times(
        f,
        GradientDescent(_STEP),
        escape=GradientBelow(_LEVEL),
        trials=runs,
        max_steps=100_000,
        seed=effort.seed,
        threads=effort.threads,
        record=("points",),
    )
    assert times.points is not None  # they were recorded
    loss = f.value(times.points)
    third = times.escaped & (np.abs(loss - 1 / 3) <= _NEAR)
    zero = times.escaped & (loss <= _NEAR)
    return {
        "activation": activation,
        "runs": runs,
        "at_third": int(third.sum()),
        "at_zero": int(zero.sum()),
        "between": int((times.escaped & ~third & ~zero).sum()),
        "moving": int((~times.escaped).sum()),
    }


def _draw(rows: list[dict[str, Any]]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4), layout="constrained")
    ax = figure.subplots()
    names = [row["activation"].replace("_", " ") for row in rows]
    for i, (label, key) in enumerate(_ENDS.items()):
        found = [share(row[key], row["runs"], errors=1.96) for row in rows]
        middle = np.array([each.value for each in found])
        spread = [
            middle - [each.low for each in found],
            np.array([each.high for each in found]) - middle,
        ]
        at = np.arange(len(rows)) + 0.2 * (i - 1.5)
        color = (*COLORS[:3], "0.6")[i]
        ax.bar(at, middle, 0.19, color=color, label=label)
        ax.errorbar(at, middle, yerr=spread, fmt="none", ecolor="0.2", elinewidth=1, capsize=2)
    ax.set_xticks(range(len(rows)), names)
    ax.set_ylabel("share of runs (95 % intervals)")
    ax.set_ylim(0, 1)
    ax.set_title(
        f"Where gradient descent from N(0, I) ends, {rows[0]['runs']:,} runs each",
        loc="left",
        fontsize="medium",
    )
    ax.legend(frameon=False, ncols=4, loc="upper left", fontsize="small")
    ax.grid(axis="y", color="0.92", linewidth=0.6)
    ax.set_axisbelow(True)
    return figure
