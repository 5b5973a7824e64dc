"""At the start: the Gram matrix is that of infinite width but for an error like 1/sqrt(width)."""

from __future__ import annotations

import math

import numpy as np

from saddlesim import kernel
from saddlesim.initial import Gaussian
from saddlesim.landscapes import TwoLayerReLU
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.validation import FloatArray
from saddlesim.wide.slopes import log_slope

__all__ = ["section"]

_WIDTHS = (64, 256, 1024, 4096, 16384)
_SAMPLES, _DIM = 50, 20


def section(effort: Effort) -> Section:
    """Draw Gram matrices of several widths."""
    starts = effort.trials(20, 5)
    rows, errors, bias = [], [], []
    for m in _WIDTHS:
        f = TwoLayerReLU.random(dim=_DIM, samples=_SAMPLES, width=m, seed=effort.seed)
        limit = kernel.infinite_width_gram(f.X)
        off = np.stack(
            [
                kernel.gram(f, point) - limit
                for point in Gaussian(1.0).sample(f, trials=starts, seed=effort.seed)
            ]
        )
        # each entry is x_i.x_j times a mean of m independent coins, apart from the diagonal's
        deviation = _deviation(f.X, m)
        bias.append(float(np.mean(off.mean(axis=0)[deviation > 0] / deviation[deviation > 0])))
        spread = float(np.mean((off[:, deviation > 0] / deviation[deviation > 0]) ** 2))
        rms = np.sqrt(np.mean(off**2, axis=(1, 2)))
        errors += [(m, float(value)) for value in rms]
        rows.append(
            {"width": m, "starts": starts, "rms_error": float(rms.mean()), "scaled": spread}
        )
    power = log_slope([m for m, _ in errors], np.array([value for _, value in errors]), "error")
    claims = (
        Claim(
            "The Gram matrix at the start tends to its limit at the rate width^-1/2",
            "Du et al. (2018), Lemma 3.1",
            (Finding("power of the width in the error of H(0)", (-0.55, -0.45), power),),
        ),
        Claim(
            "Every entry has the mean of the limit and the variance (x.x')^2 p (1 - p) / width",
            "the law of a mean of independent coins, p = (pi - angle) / (2 pi)",
            tuple(
                Finding(
                    f"mean squared error over variance, width {row['width']:,}",
                    1.0,
                    # entries of one matrix are dependent: their errors are those of some n starts
                    within(float(row["scaled"]), math.sqrt(2 / (starts * _SAMPLES / 4))),
                )
                for row in rows
            ),
        ),
    )
    return Section(claims=claims, tables={"gram_at_the_start": rows})


def _deviation(X: FloatArray, m: int) -> FloatArray:
    """Return the standard deviation of each entry of H(0)."""
    products = X @ X.T
    p = (math.pi - np.arccos(np.clip(products, -1, 1))) / (2 * math.pi)
    np.fill_diagonal(p, 0.5)
    deviation: FloatArray = np.abs(products) * np.sqrt(p * (1 - p) / m)
    return deviation
