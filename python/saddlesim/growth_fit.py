"""Fitting a growth law to escape times with sampling error, misfit and lower bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from saddlesim.growth_laws import Law
from saddlesim.statistics import Estimate

__all__ = ["Cells", "Fit", "fit"]

Floats = NDArray[np.float64]

# A fit without misfit and without sampling error has an unbounded likelihood; nothing is known of
# an escape time to better than this relative error.
_SMALLEST_LACK_OF_FIT = 1e-6
_LARGEST_LACK_OF_FIT = 3.0


@dataclass(frozen=True, eq=False)
class Cells:
    """Escape time at each dimension, in natural logarithms, sorted by dimension.

    Parameters
    ----------
    d
        Dimensions, increasing, shape (n,).
    y
        log T, or its lower bound where ``bounded`` holds, shape (n,).
    error
        Standard error of ``y`` from sampling, 0 where ``bounded`` holds, shape (n,).
    bounded
        Where only a lower bound is known, shape (n,).
    """

    d: Floats
    y: Floats
    error: Floats
    bounded: NDArray[np.bool_]

    @classmethod
    def of(
        cls, dims: Sequence[int], estimates: Sequence[Estimate]
    ) -> tuple[Cells, tuple[str, ...]]:
        """Sort, take logarithms, and leave out what has none, with a note on each."""
        from scipy.special import ndtri

        rows: list[tuple[float, float, float, bool]] = []
        notes = []
        for d, e in sorted(zip(dims, estimates, strict=True), key=lambda pair: pair[0]):
            if 0 < e.value < np.inf and (e.low > 0 or e.high < np.inf):
                # An interval with one open end is taken to be symmetric in log time.
                below = math.log(e.value / e.low) if e.low > 0 else math.inf
                above = math.log(e.high / e.value) if e.high < np.inf else math.inf
                one_sided = math.isinf(max(below, above))
                half = min(below, above) if one_sided else (below + above) / 2
                rows.append((d, math.log(e.value), half / ndtri((1 + e.confidence) / 2), False))
            elif math.isinf(e.value) and 0 < e.low < np.inf:
                rows.append((d, math.log(e.low), 0.0, True))
            else:
                notes.append(f"d = {d} is left out: {e} has no logarithm, or no bound on it")
        d_, y, error, bounded = np.array(rows, dtype=np.float64).reshape(-1, 4).T
        return cls(d_, y, error, bounded.astype(np.bool_)), tuple(notes)

    def ratios(self, confidence: float) -> tuple[tuple[int, int, Estimate], ...]:
        """Ratios of successive dimensions; to a cell that has a lower bound only there is none."""
        from scipy.special import ndtri

        z = ndtri((1 + confidence) / 2)
        found = []
        for i in range(self.d.size - 1):
            if self.bounded[i]:
                continue
            log_ratio = self.y[i + 1] - self.y[i]
            half = z * math.hypot(self.error[i], self.error[i + 1])
            value, low, high = (math.exp(log_ratio + sign * half) for sign in (0, -1, 1))
            if self.bounded[i + 1]:
                value = high = math.inf
            ratio = Estimate(value, low, high, confidence)
            found.append((int(self.d[i]), int(self.d[i + 1]), ratio))
        return tuple(found)

    def where(self, mask: NDArray[np.bool_]) -> Cells:
        """Return the cells at which the mask holds."""
        return Cells(self.d[mask], self.y[mask], self.error[mask], self.bounded[mask])


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted law: theta, its covariance, degrees of freedom and lack of fit (in log time).

    The covariance is None if the data leave a direction of theta open.
    """

    law: Law
    theta: Floats
    covariance: Floats | None
    freedom: int
    lack_of_fit: float

    def parameters(self, confidence: float) -> dict[str, Estimate]:
        """Constants of the formula with intervals: delta method, Student's t quantile."""
        from scipy.special import stdtrit

        quantile = stdtrit(self.freedom, (1 + confidence) / 2)
        found = {}
        for name, (value, logarithmic) in self.law.parameters(self.theta).items():
            half = quantile * self._error(name)
            ends = np.array([value, value - half, value + half])
            with np.errstate(over="ignore"):
                value, low, high = map(float, np.exp(ends) if logarithmic else ends)
            found[name] = Estimate(value, low, high, confidence)
        return found

    def _error(self, name: str) -> float:
        if self.covariance is None:
            return np.inf
        slope = np.array([self._derivative(name, k) for k in range(self.theta.size)])
        return math.sqrt(max(float(slope @ self.covariance @ slope), 0.0))

    def _derivative(self, name: str, k: int) -> float:
        step = np.zeros_like(self.theta)
        step[k] = 1e-6 * max(1.0, abs(self.theta[k]))
        above, below = (self.law.parameters(self.theta + s)[name][0] for s in (step, -step))
        return (above - below) / (2 * float(step[k]))


def fit(law: Law, cells: Cells) -> Fit | None:
    """Fit a law by restricted maximum likelihood; None if there are too few cells for it.

    The log times are ``log_time + misfit + sampling error``. No law holds exactly at small d, and
    a law that is wrong is wrong smoothly: a misfit that were independent from one dimension to the
    next would make the slope look far too certain. So the misfit is a random walk over the
    successive dimensions, whose standard deviation a step, ``lack_of_fit``, is estimated by
    restricted maximum likelihood (Patterson and Thompson 1971), exactly as the between-study
    variance of a meta-regression is. A cell that has a lower bound only contributes, as in Tobin
    (1958), the probability of lying above it, given the cells with a value.
    """
    from scipy.optimize import minimize_scalar

    known = cells.where(~cells.bounded)
    freedom = known.d.size - len(law.lower)
    if freedom < 1:
        return None
    start = np.maximum(law.start(known.d, known.y), law.lower)

    @lru_cache
    def solved(log_lack: float) -> tuple[float, Floats, Floats]:
        return _given_lack_of_fit(law, cells, math.exp(log_lack), start)

    grid = np.linspace(math.log(_SMALLEST_LACK_OF_FIT), math.log(_LARGEST_LACK_OF_FIT), 9)
    best = int(np.argmin([solved(x)[0] for x in grid]))
    around = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    refined = minimize_scalar(
        lambda x: solved(float(x))[0], bounds=around, method="bounded", options={"xatol": 0.01}
    )
    log_lack = min(float(refined.x), float(grid[best]), key=lambda x: solved(x)[0])
    _, theta, information = solved(log_lack)
    determined = np.linalg.matrix_rank(information, hermitian=True) == theta.size
    covariance = np.asarray(np.linalg.inv(information), np.float64) if determined else None
    return Fit(law, theta, covariance, freedom, math.exp(log_lack))


def _given_lack_of_fit(
    law: Law, cells: Cells, lack: float, start: Floats
) -> tuple[float, Floats, Floats]:
    """Twice the negative restricted log-likelihood, theta, and the information about it."""
    from scipy.optimize import least_squares
    from scipy.special import log_ndtr

    steps = np.arange(1.0, cells.d.size + 1)
    covariance = lack**2 * np.minimum.outer(steps, steps) + np.diag(cells.error**2)
    known, bound = ~cells.bounded, cells.bounded
    root = np.linalg.cholesky(covariance[np.ix_(known, known)])
    whiten = np.linalg.inv(root)
    # The cells with a bound only, given those with a value.
    link = covariance[np.ix_(bound, known)] @ whiten.T
    spread = np.sqrt(np.diag(covariance)[bound] - np.sum(link**2, axis=1))

    def residuals(theta: Floats) -> Floats:
        misfit = cells.y - law.log_time(theta, cells.d)
        white = whiten @ misfit[known]
        above = (link @ white - misfit[bound]) / spread
        return np.append(white, np.sqrt(np.maximum(-2 * log_ndtr(above), 0.0)))

    found = least_squares(
        residuals, start, bounds=(law.lower, np.inf), x_scale="jac", xtol=1e-12, ftol=1e-12
    )
    # The likelihood of what the law's own directions leave over: an orthonormal basis of them, so
    # that a direction about which the data say little is not taken for a good fit.
    jacobian = cast("Floats", found.jac)  # dense, because the residuals are
    basis, _ = np.linalg.qr(root @ jacobian[: root.shape[0]])
    _, log_det = np.linalg.slogdet((whiten @ basis).T @ (whiten @ basis))
    deviance = 2 * found.cost + 2 * np.log(np.diag(root)).sum() + log_det
    return float(deviance), found.x, jacobian.T @ jacobian
