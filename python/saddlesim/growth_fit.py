"""Fitting a growth law to escape times with sampling error, misfit and lower bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
_GRID = 40
_LARGEST_LOG = 709.0  # whose exponential is a float


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
        cls, dims: Sequence[int], estimates: Sequence[Estimate], *, log10: bool = False
    ) -> tuple[Cells, tuple[str, ...]]:
        """Sort, take logarithms, and leave out what has none, with a note on each."""
        from scipy.special import ndtri

        rows: list[tuple[float, float, float, bool]] = []
        notes = []
        for d, e in sorted(zip(dims, estimates, strict=True), key=lambda pair: pair[0]):
            value, low, high = (_ln(x, log10) for x in (e.value, e.low, e.high))
            if math.isfinite(value) and (math.isfinite(low) or math.isfinite(high)):
                # An interval with one open end is taken to be symmetric in log time.
                below, above = value - low, high - value
                one_sided = math.isinf(max(below, above))
                half = min(below, above) if one_sided else (below + above) / 2
                rows.append((d, value, half / ndtri((1 + e.confidence) / 2), False))
            elif value == math.inf and math.isfinite(low):
                rows.append((d, low, 0.0, True))
            else:
                shown = f"10^({e.value:g} [{e.low:g}, {e.high:g}])" if log10 else str(e)
                notes.append(f"d = {d} is left out: {shown} has no logarithm, or no bound on it")
        d_, y, error, bounded = np.array(rows, dtype=np.float64).reshape(-1, 4).T
        return cls(d_, y, error, bounded.astype(np.bool_)), tuple(notes)

    def ratios(self, confidence: float) -> tuple[tuple[int, int, Estimate], ...]:
        """Ratios of successive dimensions; there is none from a cell with a lower bound only."""
        from scipy.special import ndtri

        z = ndtri((1 + confidence) / 2)
        found = []
        for i in range(self.d.size - 1):
            if self.bounded[i]:
                continue
            log_ratio = self.y[i + 1] - self.y[i]
            half = z * math.hypot(self.error[i], self.error[i + 1])
            # Beyond the largest float a ratio is a lower bound: that float.
            low = math.exp(min(log_ratio - half, _LARGEST_LOG))
            value, high = (
                math.inf if self.bounded[i + 1] or log > _LARGEST_LOG else math.exp(log)
                for log in (log_ratio, log_ratio + half)
            )
            ratio = Estimate(value, low, high, confidence)
            found.append((int(self.d[i]), int(self.d[i + 1]), ratio))
        return tuple(found)

    def where(self, mask: NDArray[np.bool_]) -> Cells:
        """Return the cells at which the mask holds."""
        return Cells(self.d[mask], self.y[mask], self.error[mask], self.bounded[mask])


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted law, for each of several sizes of the misfit, which the data tell only roughly.

    Parameters
    ----------
    law
        The law.
    lack
        Standard deviations of the misfit that were considered, shape (m,).
    weight
        How probable each of them is, adding up to 1, shape (m,).
    thetas
        The law's constants given each, shape (m, p).
    covariances
        Their covariance, shape (m, p, p); inf on the diagonal where the data leave them open.
    """

    law: Law
    lack: Floats
    weight: Floats
    thetas: Floats
    covariances: Floats

    @property
    def theta(self) -> Floats:
        """The constants at the most probable size of the misfit, shape (p,)."""
        best: Floats = self.thetas[np.argmax(self.weight)]
        return best

    @property
    def lack_of_fit(self) -> float:
        """The misfit's standard deviation from one dimension to the next, in log time."""
        return math.exp(float(self.weight @ np.log(self.lack)))

    def parameters(self, confidence: float) -> dict[str, Estimate]:
        """Constants of the formula with intervals, by the delta method given each misfit.

        Those beyond the largest float are left out.
        """
        # Constants are in units of the time, which may be beyond any float.
        with np.errstate(over="ignore", invalid="ignore"):
            best = self.law.parameters(self.theta)
            found = {name: self._constant(name, *best[name], confidence) for name in best}
        return {name: estimate for name, estimate in found.items() if estimate is not None}

    def _constant(
        self, name: str, value: float, logarithmic: bool, confidence: float
    ) -> Estimate | None:
        given = zip(self.thetas, self.covariances, strict=True)
        center, error = np.array([self._normal(name, *pair) for pair in given]).T
        if not np.isfinite(center).all() or np.isnan(error).any():
            return None
        tail = (1 - confidence) / 2
        ends = [_mixture_quantile(q, self.weight, center, error) for q in (tail, 1 - tail)]
        # A skewed mixture of few components may leave its mode out by a hair.
        low, high = min(ends[0], value), max(ends[1], value)
        low = max(low, self.law.least.get(name, -math.inf))
        if logarithmic:
            value, low, high = map(float, np.exp([value, low, high]))
        return Estimate(value, low, high, confidence)

    def _normal(self, name: str, theta: Floats, covariance: Floats) -> tuple[float, float]:
        """Value and standard error of a constant of the formula."""
        slope = np.empty(theta.size)
        for k in range(theta.size):
            step = np.zeros_like(theta)
            step[k] = 1e-6 * max(1.0, abs(theta[k]))
            above, below = (self.law.parameters(theta + s)[name][0] for s in (step, -step))
            slope[k] = (above - below) / (2 * step[k])
        value = self.law.parameters(theta)[name][0]
        if np.isinf(covariance).any():
            return value, math.inf
        return value, math.sqrt(max(float(slope @ covariance @ slope), 0.0))


def _ln(time: float, log10: bool) -> float:
    """Return the natural logarithm of a time, or of what is its decimal logarithm already."""
    if log10:
        return time * math.log(10)
    return math.log(time) if time > 0 else -math.inf


def _mixture_quantile(q: float, weight: Floats, center: Floats, error: Floats) -> float:
    """Quantile of a mixture of normal distributions, by bisection."""
    from scipy.special import ndtr

    open_ended = np.isinf(error)
    if weight[open_ended].sum() / 2 >= min(q, 1 - q):
        return math.copysign(math.inf, q - 0.5)
    weight, center, error = (x[~open_ended] for x in (weight, center, error))
    error = np.maximum(error, np.finfo(np.float64).tiny)
    target = q * weight.sum()
    low, high = float((center - 40 * error).min()), float((center + 40 * error).max())
    for _ in range(100):
        middle = (low + high) / 2
        below = float(weight @ ndtr((middle - center) / error)) < target
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2


def fit(law: Law, cells: Cells) -> Fit | None:
    """Fit a law by restricted maximum likelihood; None if there are too few cells for it.

    The log times are ``log_time + misfit + sampling error``. No law holds exactly at small d, and
    a law that is wrong is wrong smoothly: a misfit that were independent from one dimension to the
    next would make the slope look far too certain. So the misfit is a random walk over the
    successive dimensions, whose standard deviation a step is estimated from the restricted
    likelihood (Patterson and Thompson 1971), as the between-study variance of a meta-regression
    is. With few dimensions its estimate is uncertain, and often 0 although it is not; so it is
    averaged over, with the prior 1 / (lack + typical sampling error). Without sampling error that
    gives exactly Student's intervals with n - p degrees of freedom. A cell that has a lower bound
    only contributes, as in Tobin (1958), the probability of lying above it, given the cells with
    a value.
    """
    known = cells.where(~cells.bounded)
    if known.d.size <= len(law.lower):
        return None
    lack = np.geomspace(_LARGEST_LACK_OF_FIT, _SMALLEST_LACK_OF_FIT, _GRID)
    theta = np.maximum(law.start(known.d, known.y), law.lower)
    deviances, thetas, covariances = np.empty(_GRID), [], []
    for k, size in enumerate(lack):
        deviances[k], theta, information = _given_lack_of_fit(law, cells, size, theta)
        determined = np.linalg.matrix_rank(information, hermitian=True) == theta.size
        thetas.append(theta)
        covariances.append(
            np.linalg.inv(information) if determined else np.diag(np.full(theta.size, np.inf))
        )
    typical = math.sqrt(float(np.mean(known.error**2)))
    # On a grid that is uniform in log(lack) the prior is lack / (lack + typical).
    weight = np.exp((deviances.min() - deviances) / 2) * lack / (lack + typical)
    return Fit(law, lack, weight / weight.sum(), np.array(thetas), np.array(covariances))


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
