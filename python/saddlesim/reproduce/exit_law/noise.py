"""From the saddle itself with noise at every step: the first exit of an autoregressive path."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.escape import LeavesSubspace
from saddlesim.initial import At
from saddlesim.methods import (
    Langevin,
    Method,
    NoisyGradientDescent,
    PerturbedStochasticGradientDescent,
)
from saddlesim.plot import COLORS
from saddlesim.reproduce.exit_law.laws import Curve, NoisyLaw, gaussian_density, sphere_density
from saddlesim.reproduce.exit_times import agreement, draw_survival
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.reproduce.quadratic import saddle
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

_STEP = 0.05
_RADIUS = 0.5
_LATE = 40  # the step at which the variance is looked at
_FIRST_EXIT = (
    "P(T > t) is what is left of the density of x_u, carried from step to step and cut off outside "
    "(the largest distance at whole t)"
)
_VARIANCE = (
    f"Where nothing ends it the escaping part has the variance s^2 (a^2t - 1) / (a^2 - 1), here "
    f"after {_LATE} steps (measured over expected)"
)


@dataclass(frozen=True)
class _Case:
    """A method, the density of its noise in one coordinate, and that noise's scale."""

    name: str
    dim: int
    method: Method
    density: Curve
    scale: float
    variance: float = 1.0  # of the density

    @cached_property
    def law(self) -> NoisyLaw:
        return NoisyLaw(self.density, 1 + _STEP, self.scale, _RADIUS)

    def __str__(self) -> str:
        return f"{self.name}, d = {self.dim}"


def _noisy(noise: str, scale: float = 1.0) -> Method:
    return NoisyGradientDescent(_STEP, noise_scale=scale, noise=noise)


_TEMPERATURE = 1000.0  # its inverse
_PUSH = 0.5  # the length of the noise of PSGD
_CASES = (
    _Case("sphere", 5, _noisy("sphere"), sphere_density(5), _STEP, 1 / 5),
    _Case("sphere", 10, _noisy("sphere"), sphere_density(10), _STEP, 1 / 10),
    _Case("sphere", 100, _noisy("sphere"), sphere_density(100), _STEP, 1 / 100),
    _Case("ball", 10, _noisy("ball"), sphere_density(12), _STEP, 1 / 12),
    _Case("Gaussian", 2, _noisy("gaussian", 0.12), gaussian_density, 0.12 * _STEP),
    _Case(
        "Langevin",
        10,
        Langevin(_STEP, _TEMPERATURE),
        gaussian_density,
        math.sqrt(2 * _STEP / _TEMPERATURE),
    ),
    _Case(
        "PSGD",
        10,
        PerturbedStochasticGradientDescent(_STEP, _PUSH),
        gaussian_density,
        _STEP * _PUSH / math.sqrt(10),
    ),
)


def section(effort: Effort) -> Section:
    """Compare first exits and variances with their laws."""
    trials = effort.trials(full=200_000, quick=20_000)
    exits, variances, rows, runs = [], [], [], {}
    for case in _CASES:
        times = _run(case, trials, effort)
        exits.append(agreement(str(case), times, case.law))
        variances.append(_variance(case, trials, effort))
        rows.append(_row(case, exits[-1], variances[-1], times))
        runs[case] = times
    return Section(
        claims=(
            Claim(
                _FIRST_EXIT,
                "Ge et al. (2015), Jin et al. (2021): their noise on the linear dynamics; chance "
                "exceeds the range once in 1000",
                tuple(exits),
            ),
            Claim(_VARIANCE, "the variance of a sum of independent terms", tuple(variances)),
        ),
        tables={"noise": rows},
        pictures={"noise": _draw(runs)},
    )


def _run(case: _Case, trials: int, effort: Effort) -> EscapeTimes:
    return escape_times(
        saddle(case.dim),
        case.method,
        initial=At(np.zeros(case.dim)),
        escape=LeavesSubspace(_RADIUS),
        trials=trials,
        seed=effort.seed,
        threads=effort.threads,
    )


def _variance(case: _Case, trials: int, effort: Effort) -> Finding:
    times = escape_times(
        saddle(case.dim),
        case.method,
        initial=At(np.zeros(case.dim)),
        escape=LeavesSubspace(1e6),  # so that all are there after the last step
        trials=trials,
        max_steps=_LATE,
        seed=effort.seed,
        threads=effort.threads,
        record=("points",),
    )
    assert times.points is not None  # they were recorded
    squares = times.points[:, 0] ** 2 / (case.variance * case.law.variance(_LATE))
    error = float(squares.std(ddof=1)) / math.sqrt(trials)
    return Finding(str(case), 1.0, within(float(squares.mean()), error))


def _row(case: _Case, exits: Finding, variance: Finding, times: EscapeTimes) -> dict[str, Any]:
    assert isinstance(exits.expected, tuple)  # a distance has a limit
    t = np.arange(int(times.steps.max()) + 1)
    return {
        "noise": case.name,
        "dim": case.dim,
        "trials": len(times),
        "distance": exits.measured.value,
        "distance_limit": exits.expected[1],
        "variance_ratio": variance.measured.value,
        "variance_ratio_low": variance.measured.low,
        "variance_ratio_high": variance.measured.high,
        "median": times.median().value,
        "median_expected": int(np.argmax(case.law.survival(t) <= 0.5)),
    }


def _draw(runs: dict[_Case, EscapeTimes]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 5), layout="constrained")
    ax = figure.subplots()
    trials = len(next(iter(runs.values())))
    for i, (case, times) in enumerate(runs.items()):
        t = np.arange(int(times.steps.max()) + 1)
        law = case.law.survival(t)
        at = t[law > 20 / trials][2 * i :: 14]  # beyond, points only scatter
        ax.plot(t, np.maximum(law, 1e-300), color=COLORS[i], linewidth=1)
        draw_survival(ax, times, at, color=COLORS[i], marker="osDPXv*"[i], label=str(case))
    ax.set_yscale("log")
    ax.set_ylim(0.5 / trials, 2)
    ax.set_xlim(0, None)
    ax.set_xlabel("step t")
    ax.set_ylabel("share still at the saddle")
    ax.set_title(
        f"First exit with noise at every step, a = {1 + _STEP:g}:\n"
        "points are measured (95 % intervals), lines the law",
        loc="left",
        fontsize="medium",
    )
    ax.grid(color="0.92", linewidth=0.6)
    ax.legend(frameon=False)
    return figure
