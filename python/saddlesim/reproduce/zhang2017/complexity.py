"""The law of y'H^-1 y over random labels, and where true labels are in it."""

from __future__ import annotations

import math

import numpy as np

from saddlesim import kernel
from saddlesim.landscapes import data
from saddlesim.reproduce.finding import CONFIDENCE, Claim, Effort, Finding, Section, mean, within
from saddlesim.statistics import Estimate
from saddlesim.validation import FloatArray
from saddlesim.wide import digits
from saddlesim.wide.data import teacher

__all__ = ["section"]


def section(effort: Effort) -> Section:
    """Draw random labels for digits and for points of the sphere."""
    draws = effort.trials(20_000, 2_000)
    claims, rows = [], []
    for name, (X, y) in {
        "digits": digits(500),
        "sphere": teacher(100, 20, effort.seed),
    }.items():
        gram = kernel.infinite_width_gram(X)
        law = kernel.random_label_law(gram)
        random = _sample(gram, draws, effort.seed, name)
        true = float(y @ np.linalg.solve(gram, y))
        error = float(random.var(ddof=1)) * math.sqrt(_kurtosis(random) / draws)
        below = (law.mean - true) / math.sqrt(law.variance)
        rows.append(
            {
                "data": name,
                "samples": len(y),
                "true": true,
                "mean": law.mean,
                "sd": law.variance**0.5,
            }
        )
        claims.append(
            Claim(
                f"{name}: y'H^-1 y of random labels has mean tr H^-1, variance twice the sum of "
                "squares beside the diagonal; true labels are far below",
                "Arora et al. (2019), section 5",
                (
                    Finding("mean over random labels", law.mean, mean(random)),
                    Finding(
                        "variance over random labels",
                        law.variance,
                        within(float(random.var(ddof=1)), error),
                    ),
                    Finding(
                        "standard deviations by which true labels are below the mean",
                        (4.0, math.inf),
                        Estimate(below, below, below, CONFIDENCE),
                    ),
                ),
            )
        )
    return Section(claims=tuple(claims), tables={"complexity": rows})


def _sample(gram: FloatArray, draws: int, seed: int, name: str) -> FloatArray:
    """Return y'H^-1 y of `draws` random labellings."""
    n = len(gram)
    factor = np.linalg.cholesky(np.linalg.inv(gram))
    signs = np.where(data.normals(seed, f"random labels of {name}", (draws, n)) >= 0, 1.0, -1.0)
    return np.asarray(np.sum((signs @ factor) ** 2, axis=1), dtype=np.float64)


def _kurtosis(sample: FloatArray) -> float:
    """Return the factor of the variance of a sample's variance: 2 for a Gaussian."""
    off = sample - sample.mean()
    return float(np.mean(off**4) / np.mean(off**2) ** 2 - 1)
