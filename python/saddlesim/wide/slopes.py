"""Powers of the width, by least squares in logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlesim.statistics import Estimate
from saddlesim.validation import FloatArray

__all__ = ["log_slope"]


def log_slope(width: Any, values: FloatArray, name: str, *, confidence: float = 0.95) -> Estimate:
    """Return the power p of values that are proportional to width^p, with Student's interval.

    Parameters
    ----------
    width, values
        Shape (rows,); values at one width are independent.
    name
        What the values are, for errors.
    confidence
        Of the interval. It holds where the points scatter about a power of the width.

    Raises
    ------
    ValueError
        If there are fewer than three widths, or a value is not positive.
    """
    from scipy.stats import t

    widths = np.asarray(width, dtype=np.float64)
    if len(np.unique(widths)) < 3:
        raise ValueError(f"{name}: a power needs three widths or more; run more widths")
    if not np.all(values > 0):
        raise ValueError(
            f"{name} is {values.min():g} at some width, which has no power; look at it"
        )
    x = np.log(widths) - np.log(widths).mean()
    y = np.log(values)
    spread = float(x @ x)
    power = float(x @ y) / spread
    misfit = y - y.mean() - power * x
    error = np.sqrt(float(misfit @ misfit) / (len(x) - 2) / spread)
    reach = float(t.ppf((1 + confidence) / 2, len(x) - 2) * error)
    return Estimate(power, power - reach, power + reach, confidence)
