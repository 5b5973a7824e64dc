"""Where theory promises both conditions a census finds nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from saddlesim.plot import COLORS
from saddlesim.reproduce.census.counts import Counts, count_stationary
from saddlesim.reproduce.census.landscapes import guaranteed
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["section"]

_STRICT = "Every saddle is strict (saddles without negative curvature that were found)"
_GLOBAL = "Every local minimum is global (other minima that were found)"
_DECIDED = "Of every point that was found it is shown what it is (points that are undecided)"
_FOUND = "The census does find points: one global minimum, up to symmetries, and saddles"


def section(effort: Effort) -> Section:
    """Look for stationary points on every landscape, and classify them."""
    starts = effort.trials(full=1000, quick=100)
    found: list[tuple[Counts, str]] = [
        (count_stationary(name, f, starts=starts, effort=effort), source)
        for name, f, source in guaranteed(effort.seed)
    ]

    def none(attribute: str) -> tuple[Finding, ...]:
        return tuple(
            Finding(f"{counts.landscape} [{source}]", 0.0,
                    within(float(getattr(counts, attribute)), 0.0))
            for counts, source in found
        )  # fmt: skip

    some = tuple(
        finding
        for counts, _ in found
        for finding in (
            Finding(f"{counts.landscape}: global minima", 1.0, within(counts.global_minima, 0.0)),
            Finding(f"{counts.landscape}: saddles", (1.0, math.inf),
                    within(counts.strict_saddles, 0.0)),
        )
    )  # fmt: skip
    return Section(
        claims=(
            Claim(_STRICT, "each landscape's, in brackets", none("not_strict")),
            Claim(_GLOBAL, "each landscape's, in brackets", none("bad_minima")),
            Claim(_DECIDED, "inertia of the Hessians", none("undecided")),
            Claim(_FOUND, "what theory lists", some),
        ),
        tables={"promised": [counts.as_dict() for counts, _ in found]},
        pictures={"promised": _draw([counts for counts, _ in found])},
    )


def _draw(found: list[Counts]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5.6), layout="constrained")
    points, curvature = figure.subplots(1, 2, sharey=True)
    at = range(len(found))
    points.barh(at, [c.strict_saddles for c in found], color=COLORS[0], label="strict saddles")
    others = [c.not_strict + c.bad_minima for c in found]
    points.plot(others, at, "x", color=COLORS[1], label="others: flat saddles, bad minima")
    curvature.plot([-c.weakest for c in found], at, "o", color=COLORS[0],
                   label="weakest strict saddle")  # fmt: skip
    curvature.plot([c.tolerance for c in found], at, "|", color="0.3", markersize=10,
                   label="what counts as zero")  # fmt: skip
    points.set_yticks(at, [c.landscape for c in found])
    points.invert_yaxis()
    points.set_xscale("symlog", linthresh=1)
    points.set_xlim(-0.3, None)
    points.set_xlabel("points found (symmetric logarithm)")
    curvature.set_xscale("log")
    curvature.set_xlabel("minus smallest eigenvalue (logarithmic)")
    for ax in (points, curvature):
        ax.grid(axis="x", color="0.92", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize="small")
    figure.suptitle(f"What {found[0].starts:,} starts a landscape found", x=0.01, ha="left")
    return figure
