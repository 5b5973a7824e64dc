"""How long the origin holds: a logarithm of the weights with two layers, a power from three on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.escape import ValueBelow
from saddlesim.initial import At
from saddlesim.landscapes import DeepLinearNetwork
from saddlesim.methods import GradientDescent, GradientFlow, Method
from saddlesim.plot import COLORS
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.reproduce.kawaguchi2016.chain import HALF, chain, exit_time
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

_DEPTHS = (2, 3, 4)
_STEP = 0.01
_ORDER = 10.0  # steps by which descent may be off its limit, whatever the time
_LONGEST = 1e5  # time that is waited for: descent takes all of its ten million steps
_FLOW_ERROR = 1e-6  # relative
_LEFT = ValueBelow((1 - HALF) ** 2 / 2)
_FLOW = (
    "From equal weights w gradient flow reaches half the target after the integral of dw / "
    "(w^(N-1) (1 - w^N)) (time over the integral)"
)
_DESCENT = "Gradient descent takes the same time but for some steps (steps off the integral)"
_POWER = (
    "With N layers, from 3 on, that time grows like w^(2 - N): a power of 1/w (slope of its "
    "logarithm over that of 1/w, at the smallest weights)"
)
_LOGARITHM = "With two layers it grows like ln(1/w) (time that a factor e of w adds)"


def section(effort: Effort) -> Section:
    """Start nearer and nearer to the origin."""
    weights = (0.1, 0.01) if effort.quick else (0.1, 0.01, 0.001)
    rows = [
        _row(depth, weight, effort)
        for depth in _DEPTHS
        for weight in sorted((*weights, *(w / 2 for w in weights)), reverse=True)
        if exit_time(depth, weight) <= _LONGEST
    ]

    def case(row: dict[str, Any]) -> str:
        return f"N = {row['layers']}, w = {row['weight']:g}"

    flow = [
        Finding(case(row), 1.0, within(row["flow_time"] / row["integral"], _FLOW_ERROR / 4))
        for row in rows
    ]
    descent = [
        Finding(case(row), (-_ORDER, _ORDER),
                within((row["descent_time"] - row["integral"]) / _STEP, 0.0))
        for row in rows
    ]  # fmt: skip
    source = "the dynamics of equal weights, by quadrature"
    return Section(
        claims=(
            Claim(_FLOW, source, tuple(flow)),
            Claim(_DESCENT, source, tuple(descent)),
            Claim(
                _POWER,
                "Kawaguchi (2016), corollary 2.4: no negative curvature; the integral for small w",
                tuple(_power(rows, depth) for depth in _DEPTHS if depth > 2),
            ),
            Claim(_LOGARITHM, "the linear dynamics at a strict saddle", (_logarithm(rows),)),
        ),
        tables={"escape": rows},
        pictures={"escape": _draw(rows)},
    )


def _row(depth: int, weight: float, effort: Effort) -> dict[str, Any]:
    f = chain(depth)
    descent = _run(f, GradientDescent(_STEP), weight, effort)
    flow = _run(f, GradientFlow(), weight, effort)
    return {
        "layers": depth,
        "weight": weight,
        "integral": exit_time(depth, weight),
        "descent_time": _STEP * float(descent.float_steps[0]),
        "flow_time": 10.0 ** float(flow.log10_steps[0]),
    }


def _run(f: DeepLinearNetwork, method: Method, weight: float, effort: Effort) -> EscapeTimes:
    return escape_times(
        f,
        method,
        initial=At(np.full(f.dim, weight)),
        escape=_LEFT,
        trials=1,
        max_steps=None,
        threads=effort.threads,
    )


def _last_two(rows: list[dict[str, Any]], depth: int) -> tuple[float, float, float]:
    """Return the last two times of a depth, and the logarithm of the ratio of their weights."""
    near, far = [row for row in rows if row["layers"] == depth][-2:]
    return near["descent_time"], far["descent_time"], math.log(near["weight"] / far["weight"])


def _power(rows: list[dict[str, Any]], depth: int) -> Finding:
    before, after, ratio = _last_two(rows, depth)
    power = math.log(after / before) / ratio
    expected = depth - 2
    return Finding(f"N = {depth}", (expected - 0.05, expected + 0.05), within(power, 0.0))


def _logarithm(rows: list[dict[str, Any]]) -> Finding:
    before, after, ratio = _last_two(rows, 2)
    return Finding("N = 2", (0.95, 1.05), within((after - before) / ratio, 0.0))


def _draw(rows: list[dict[str, Any]]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.6), layout="constrained")
    ax = figure.subplots()
    smallest = min(row["weight"] for row in rows)
    fine = np.geomspace(smallest / 1.5, 0.3, 60)
    for i, depth in enumerate(_DEPTHS):
        here = [row for row in rows if row["layers"] == depth]
        ax.plot(fine, [exit_time(depth, w) for w in fine], color=COLORS[i], linewidth=1)
        shape = "ln(1/w)" if depth == 2 else f"$1/w^{depth - 2}$" if depth > 3 else "1/w"
        x = [row["weight"] for row in here]
        ax.plot(x, [row["descent_time"] for row in here], "osD"[i], color=COLORS[i],
                label=f"{depth} layers, grows like {shape}")  # fmt: skip
        ax.plot(x, [row["flow_time"] for row in here], "+", color="0.2", markersize=10,
                label="gradient flow" if depth == _DEPTHS[-1] else None)  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.invert_xaxis()
    ax.set_xlabel("weights w at the start (logarithmic, smaller to the right)")
    ax.set_ylabel("time to half the target (logarithmic)")
    ax.set_title(
        f"From near the origin, gradient descent with step {_STEP:g}; lines: the integral",
        loc="left",
        fontsize="medium",
    )
    ax.grid(color="0.92", linewidth=0.6)
    ax.legend(frameon=False)
    return figure
