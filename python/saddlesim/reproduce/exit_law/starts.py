"""From random starts: the law of the exit time is that of the start's escaping part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.initial import Ball, Gaussian, Initial, Sphere, Uniform
from saddlesim.methods import GradientDescent, HeavyBall, Method, Nesterov
from saddlesim.plot import COLORS
from saddlesim.reproduce.exit_law.laws import (
    Curve,
    StartLaw,
    ball,
    cube,
    gaussian,
    momentum_growth,
    power_growth,
    sphere,
)
from saddlesim.reproduce.exit_times import agreement, draw_survival
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, mean
from saddlesim.reproduce.quadratic import STEP, saddle
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

_SCALE = 0.3  # of Gaussian starts, most of which are then not yet outside
_MOMENTUM = 0.9
_LAW = (
    "P(T > t) is the probability that the escaping part of the start is shorter than a^-t (the "
    "largest distance at whole t)"
)
_MEAN = (
    "The mean time is the sum of these probabilities, from the cube with k = 1 exactly a / (a - 1)"
)
_MEMORY = (
    "With momentum the escaping part grows by a combination of powers of two characteristic roots "
    "(the largest distance at whole t)"
)


@dataclass(frozen=True)
class _Case:
    """A law of starts, a dimension, the directions of escape."""

    name: str
    initial: Initial
    shorter: Curve
    dim: int
    k: int

    @property
    def law(self) -> StartLaw:
        return StartLaw(self.shorter, power_growth(1 + STEP))

    def __str__(self) -> str:
        return f"{self.name}, d = {self.dim}, k = {self.k}"


def _cases(dim: int, k: int) -> list[_Case]:
    return [
        _Case("cube", Uniform(-1.0, 1.0), cube(k), dim, k),
        _Case("ball", Ball(1.0), ball(k, dim), dim, k),
        _Case("sphere", Sphere(1.0), sphere(k, dim), dim, k),
        _Case("Gaussian", Gaussian(_SCALE), gaussian(k, _SCALE), dim, k),
    ]


_DIM = 10
_CASES = (
    *(case for k in (1, 2, 3) for case in _cases(_DIM, k)),
    *(case for dim in (4, 100) for case in _cases(dim, 1)),
)

# What the sum and the product of the characteristic roots are.
_MEMORIES: tuple[tuple[str, Method, float, float], ...] = (
    ("heavy ball", HeavyBall(STEP, _MOMENTUM), 1 + STEP + _MOMENTUM, _MOMENTUM),
    (
        "Nesterov",
        Nesterov(STEP, _MOMENTUM),
        (1 + STEP) * (1 + _MOMENTUM),
        (1 + STEP) * _MOMENTUM,
    ),
)


def section(effort: Effort) -> Section:
    """Run all starts, and momentum from one of them."""
    laws, means, memory, rows, runs = [], [], [], [], {}
    for case in _CASES:
        times = _run(case, GradientDescent(STEP), effort)
        laws.append(agreement(str(case), times, case.law))
        expected = case.law.mean()
        if (case.name, case.k) == ("cube", 1):
            expected = (1 + STEP) / STEP
        means.append(Finding(str(case), expected, mean(times.float_steps)))
        rows.append(_row(case, "gradient descent", laws[-1], means[-1], times))
        runs[case] = times
    for case in _cases(_DIM, 1):
        for name, method, total, product in _MEMORIES:
            law = StartLaw(case.shorter, momentum_growth(total, product))
            times = _run(case, method, effort)
            memory.append(agreement(f"{name}, {case}", times, law))
            found = Finding(str(case), law.mean(), mean(times.float_steps))
            rows.append(_row(case, name, memory[-1], found, times))
    linear = "the linear dynamics at the saddle; chance exceeds the range once in 1000"
    return Section(
        claims=(
            Claim(_LAW, linear, tuple(laws)),
            Claim(_MEAN, "E T = sum of P(T > t)", tuple(means)),
            Claim(_MEMORY, linear, tuple(memory)),
        ),
        tables={"starts": rows},
        pictures={"starts": _draw(runs)},
    )


def _run(case: _Case, method: Method, effort: Effort) -> EscapeTimes:
    return escape_times(
        saddle(case.dim, case.k),
        method,
        initial=case.initial,
        trials=effort.trials(full=200_000, quick=20_000),
        seed=effort.seed,
        threads=effort.threads,
    )


def _row(
    case: _Case, method: str, law: Finding, time: Finding, times: EscapeTimes
) -> dict[str, Any]:
    assert isinstance(law.expected, tuple)  # a distance has a limit
    return {
        "starts": case.name,
        "dim": case.dim,
        "escape_directions": case.k,
        "method": method,
        "trials": len(times),
        "distance": law.measured.value,
        "distance_limit": law.expected[1],
        "mean_expected": time.expected,
        "mean": time.measured.value,
        "mean_low": time.measured.low,
        "mean_high": time.measured.high,
    }


def _draw(runs: dict[_Case, EscapeTimes]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    trials = len(next(iter(runs.values())))
    for ax, first in zip(panels.flat, _cases(_DIM, 1), strict=True):
        for case, times in runs.items():
            if case.name != first.name or case.dim != _DIM:
                continue
            i = case.k - 1
            last = int(times.steps.max())
            at = np.arange(2 * i, last, 6)
            draw_survival(ax, times, at, color=COLORS[i], marker="osD"[i], label=f"k = {case.k}")
            t = np.arange(last + 20)
            ax.plot(t, case.law.survival(t), color=COLORS[i], linewidth=1)
        ax.set_yscale("log")
        ax.set_ylim(0.5 / trials, 2)
        ax.set_xlim(-2, 55)
        scale = f", standard deviation {_SCALE:g}" if first.name == "Gaussian" else ", size 1"
        ax.set_title(f"{first.name}{scale}", fontsize="medium")
        ax.grid(color="0.92", linewidth=0.6)
        ax.legend(frameon=False, loc="upper right")
    for ax in panels[1]:
        ax.set_xlabel("step t")
    for ax in panels[:, 0]:
        ax.set_ylabel("share still at the saddle")
    figure.suptitle(
        f"Exit from a quadratic saddle with k directions of escape, d = {_DIM}, a = {1 + STEP:g}: "
        "points are measured (95 % intervals), lines the law",
        x=0.01,
        ha="left",
    )
    return figure
