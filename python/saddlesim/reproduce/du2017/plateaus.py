"""Figures 3 and 4: how the plateaus of the function's value lengthen, or do not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim.landscapes import Octopus
from saddlesim.reproduce.du2017.paths import draw_paths
from saddlesim.reproduce.du2017.settings import CURVATURES, gd, pgd
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, mean_ratio
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times

__all__ = ["section"]

_DIMS = {5: "figure3", 10: "figure4"}
_LENGTHEN = (
    "Plateaus of GD lengthen geometrically, by the factor 1 + ln(1/c) / ln(a) with a = 1 + 2 "
    "gamma step, c = 1 - 2 L step (ratio of the mean lengths of the last two)"
)
_CONSTANT = (
    "Plateaus of PGD have about the same length, from the third on (ratio of the mean lengths of "
    "the last and the third)"
)


def section(effort: Effort) -> Section:
    """Draw f against steps at d = 5 and 10, and measure the lengths of the plateaus."""
    trials = effort.trials(full=20_000, quick=2_000)
    lengthen, constant, rows, pictures = [], [], [], {}
    for dim, name in _DIMS.items():
        runs = {}
        for L in CURVATURES:
            octopus = Octopus(dim, L=L)
            for label, method in (("GD", gd(octopus)), ("PGD", pgd(octopus))):
                times = escape_times(
                    octopus,
                    method,
                    trials=trials,
                    seed=effort.seed,
                    threads=effort.threads,
                    record=("saddle_exits",),
                )
                lengths = _lengths(times)
                case = f"d = {dim}, L = {L:g}"
                if label == "GD":
                    ratio = mean_ratio(lengths[:, -1], lengths[:, -2])
                    factor = octopus.growth_factor(method)
                    assert factor is not None  # the step is small enough for an exact path
                    lengthen.append(Finding(f"{case}, plateau {dim} / {dim - 1}", factor, ratio))
                else:
                    ratio = mean_ratio(lengths[:, -1], lengths[:, 2])
                    constant.append(Finding(f"{case}, plateau {dim} / 3", (0.95, 1.05), ratio))
                rows += _rows(label, dim, L, lengths)
                runs[label, L] = times
        pictures[name] = draw_paths(runs, dim, effort.seed)
    source = "Du et al. (2017), section 5, figures 3 and 4"
    return Section(
        claims=(
            Claim(
                _LENGTHEN, f"{source}; the factor from section 4.1's linear dynamics", (*lengthen,)
            ),
            Claim(_CONSTANT, source, (*constant,)),
        ),
        tables={"plateaus": rows},
        pictures=pictures,
    )


def _lengths(times: EscapeTimes) -> NDArray[np.int64]:
    """Return the steps spent at each saddle, shape (n, dim)."""
    assert times.saddle_exits is not None  # they were recorded
    return np.diff(times.saddle_exits, axis=1, prepend=0)


def _rows(label: str, dim: int, L: float, lengths: NDArray[np.int64]) -> list[dict[str, Any]]:
    return [
        {
            "method": label,
            "dim": dim,
            "L": L,
            "plateau": k,
            "mean_length": float(column.mean()),
            "standard_deviation": float(column.std(ddof=1)),
            "trials": column.size,
        }
        for k, column in enumerate(lengths.T, start=1)
    ]
