"""The escape times of perturbed gradient descent, beside an independent implementation's."""

from __future__ import annotations

import math
from typing import Any

from saddlesim.landscapes import Octopus
from saddlesim.reproduce.du2017.settings import CURVATURES, pgd
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.simulate import escape_times

__all__ = ["section"]

# Mean and standard deviation for each L in CURVATURES of trajectories that were stepped: 100, but
# 40 in 100 dimensions.
_KNOWN = {
    5: ((99.8, 7.6), (133.0, 8.7), (164.2, 9.7), (221.6, 11.9)),
    10: ((234.9, 9.3), (301.3, 9.2), (366.1, 11.3), (493.2, 14.7)),
    20: ((509.7, 10.3), (652.7, 13.0), (795.0, 20.0), (1070.5, 27.1)),
    50: ((1375.5, 20.4), (1766.2, 27.6), (2155.3, 31.9), (2870.7, 45.6)),
    100: ((2878.5, 31.2), (3689.4, 41.7), (4489.4, 49.1), (6056.2, 82.5)),
}
_TEXT = "PGD passes all saddles in this many steps on average"


def section(effort: Effort) -> Section:
    """Compare mean escape times at d = 5 to 100 with known ones."""
    trials = effort.trials(full=10_000, quick=1_000)
    findings, rows = [], []
    for dim, known in _KNOWN.items():
        for L, (mean, deviation) in zip(CURVATURES, known, strict=True):
            runs = 40 if dim == 100 else 100
            row = _row(L, dim, trials, effort) | {
                "known_mean": mean,
                "known_standard_deviation": deviation,
                "known_trials": runs,
            }
            error = math.hypot(
                row["standard_deviation"] / math.sqrt(trials), deviation / math.sqrt(runs)
            )
            findings.append(Finding(f"d = {dim}, L = {L:g}", mean, within(row["mean"], error)))
            rows.append(row)
    source = (
        "an independent implementation that steps, 100 trajectories (40 at d = 100); intervals "
        "allow for its sampling error too"
    )
    return Section(claims=(Claim(_TEXT, source, (*findings,)),), tables={"pgd_steps": rows})


def _row(L: float, dim: int, trials: int, effort: Effort) -> dict[str, Any]:
    octopus = Octopus(dim, L=L)
    times = escape_times(
        octopus, pgd(octopus), trials=trials, seed=effort.seed, threads=effort.threads
    )
    return {
        "dim": dim,
        "L": L,
        "trials": trials,
        "mean": times.mean().value,
        "standard_deviation": float(times.steps.std(ddof=1)),
    }
