"""Escape time against dimension: exponential for gradient descent, polynomial when perturbed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from saddlesim.dimension import DimensionResult
from saddlesim.landscapes import Octopus
from saddlesim.methods import GradientDescent, GradientFlow, Method
from saddlesim.plot import COLORS
from saddlesim.reproduce.du2017.settings import gd, pgd
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, mean, within
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["section", "steps_per_saddle"]

_DIMS = (2, 3, 4, 5, 7, 10, 14, 20, 30, 50, 70, 100, 200, 300, 500, 700, 1000)
_LARGEST = 5000  # that perturbed gradient descent is run at
_ESTIMATED = (50, 100, 300, 1000, _LARGEST)  # the first saddles, which cost less, are few there
_SHOWN = 1e9  # steps at which the logarithmic axes end
_SOURCE = "Du et al. (2017), theorem 4.1"
_EXPONENTIAL = (
    "The escape time of GD grows exponentially with the dimension; per dimension by the closed "
    "form of its plateaus (10^slope of the mean log10 T from d = 500 to 1000)"
)
_REGULAR = "At L = gamma = 1 and step 1/4 the mean log10 T at d = 100 is 43.838"
_POLYNOMIAL = (
    "The escape time of PGD grows polynomially with the dimension (slope of log T over log d, "
    "which is a little above 1 for d log d)"
)
_PER_SADDLE = (
    "A saddle costs PGD about log_1/c(4 L tau / g_thres) + ln(tau sqrt(d) / r) / ln(a) + 3 steps "
    "(measured / estimated)"
)


def section(effort: Effort) -> Section:
    """Run GD, gradient flow and PGD up to d = 1000 and compare how their times grow."""
    octopus = Octopus(2)
    small = GradientDescent(1 / octopus.smoothness)
    slow: dict[str, Method] = {
        "GD, step 1/4": gd(octopus),
        f"GD, step {small.step_size:.3f}": small,
        "gradient flow": GradientFlow(),
    }
    cells = {
        (label, dim): _run(dim, method, effort.trials(full=10_000, quick=1_000), effort)
        for label, method in slow.items()
        for dim in _DIMS
    }
    dims = (*_DIMS, *(() if effort.quick else (_LARGEST,)))
    for dim in dims:
        many = max(effort.trials(full=100_000, quick=10_000) // dim, 1)
        trials = min(many, effort.trials(full=2_000, quick=500))
        cells["PGD", dim] = _run(dim, pgd(octopus), trials, effort)
    result = DimensionResult(cells)
    return Section(
        claims=(
            Claim(
                _EXPONENTIAL, f"{_SOURCE} and section 4.1", (*(_factor(result, s) for s in slow),)
            ),
            Claim(
                _REGULAR,
                "an independent implementation, 400 trajectories",
                (_regular(result["GD, step 1/4", 100]),),
            ),
            Claim(_POLYNOMIAL, _SOURCE, tuple(_slopes(result, dims))),
            Claim(
                _PER_SADDLE,
                "the linear dynamics at a saddle, with a kick of typical size r / sqrt(d)",
                tuple(_per_saddle(result, dim) for dim in dims if dim in _ESTIMATED),
            ),
        ),
        tables={"escape_time": result.table()},
        pictures={"escape_time": _draw(result)},
    )


def _run(dim: int, method: Method, trials: int, effort: Effort) -> EscapeTimes:
    return escape_times(
        Octopus(dim), method, trials=trials, seed=effort.seed, threads=effort.threads
    )


def _factor(result: DimensionResult, label: str) -> Finding:
    low, high = result[label, 500].log10_steps, result[label, 1000].log10_steps
    slope = float(high.mean() - low.mean()) / 500
    error = math.hypot(low.std(ddof=1), high.std(ddof=1)) / math.sqrt(low.size) / 500
    expected = result.growth_factor(label)
    assert expected is not None  # these are the methods that have one
    return Finding(label, expected, within(10**slope, 10**slope * math.log(10) * error))


def _regular(times: EscapeTimes) -> Finding:
    known, deviation, runs = 43.838, 0.100, 400
    found = mean(times.log10_steps)
    error = math.hypot((found.high - found.value) / 4, deviation / math.sqrt(runs))
    return Finding("mean log10 T", known, within(found.value, error))


def _slopes(result: DimensionResult, dims: tuple[int, ...]) -> list[Finding]:
    findings = []
    for low, high in ((10, 100), (100, 1000), (1000, _LARGEST)):
        if high not in dims:
            continue
        a, b = (result["PGD", dim].steps for dim in (low, high))
        distance = math.log(high / low)
        slope = math.log(b.mean() / a.mean()) / distance
        errors = [x.std(ddof=1) / x.mean() / math.sqrt(x.size) for x in (a, b)]
        case = f"from d = {low:,} to {high:,}"
        findings.append(Finding(case, (1.0, 1.2), within(slope, math.hypot(*errors) / distance)))
    return findings


def steps_per_saddle(octopus: Octopus) -> float:
    """Estimate what a saddle costs perturbed gradient descent: contraction, growth, connection.

    The gradient falls from 4 L tau, where a saddle is entered, to the threshold; a kick's component
    of about r / sqrt(d) grows to tau; three explicit steps lead on at L = gamma.
    """
    method = pgd(octopus)
    a, c = 1 + 2 * method.step_size * octopus.gamma, 1 - 2 * method.step_size * octopus.L
    waiting = math.log(4 * octopus.L * octopus.tau / method.gradient_threshold) / -math.log(c)
    growing = math.log(octopus.tau * math.sqrt(octopus.dim) / method.radius) / math.log(a)
    return waiting + growing + 3


def _per_saddle(result: DimensionResult, dim: int) -> Finding:
    steps = result["PGD", dim].steps / (dim * steps_per_saddle(Octopus(dim)))
    return Finding(f"d = {dim:,}", (0.95, 1.05), mean(steps))


def _draw(result: DimensionResult) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, FuncFormatter

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    straight, wide = figure.subplots(1, 2)
    colors = (COLORS[0], COLORS[4], COLORS[2], COLORS[1])
    for label, color, marker in zip(result.methods, colors, "oDvs", strict=True):
        name = f"{label} (time)" if label == "gradient flow" else label
        for ax in (straight, wide):
            _line(ax, result, label, name, color, marker)
    straight.yaxis.set_major_formatter(FuncFormatter(_power))
    straight.set_xlim(0, 1020)
    straight.set_ylim(-15, 450)
    straight.set_title("All of it: a straight line is exponential growth", fontsize="medium")
    straight.set_xlabel("dimension (linear)")
    straight.legend(frameon=False)
    wide.set_xscale("log")
    wide.set_ylim(0, math.log10(_SHOWN))
    wide.yaxis.set_major_formatter(FuncFormatter(_power))
    wide.xaxis.set_major_locator(FixedLocator([2, 5, 10, 100, 1000, _LARGEST]))
    wide.set_title(
        f"Up to {_power(math.log10(_SHOWN), 0)} steps: a straight line is a power",
        fontsize="medium",
    )
    wide.set_xlabel("dimension (logarithmic)")
    for ax in (straight, wide):
        ax.xaxis.set_major_formatter(FuncFormatter(lambda d, _: f"{d:,.0f}"))
        ax.set_ylabel("median steps, or time of the flow (logarithmic)")
        ax.grid(color="0.92", linewidth=0.6)
    figure.suptitle(
        "Escape from the octopus, L = gamma = 1: exponential in the dimension, "
        "polynomial if perturbed",
        x=0.01,
        ha="left",
        fontsize="large",
    )
    return figure


def _line(
    ax: Axes, result: DimensionResult, label: str, name: str, color: str, marker: str
) -> None:
    medians = [estimate.value for estimate in result.log10_estimates(label)]
    dims = np.array(result.dims(label))
    ax.plot(dims, medians, color=color, marker=marker, markersize=4, linewidth=1.4, label=name)


def _power(exponent: float, _: object) -> str:
    return f"$10^{{{exponent:.0f}}}$"
