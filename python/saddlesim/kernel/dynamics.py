"""How outputs approach their labels while the Gram matrix stays what it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import validation
from saddlesim.kernel.eigenvalues import decomposed
from saddlesim.validation import FloatArray

__all__ = ["predicted_residual", "predicted_residual_flow", "steps_to"]

_ROUNDING = 1e-12  # by which a step size may exceed its bound


def predicted_residual(gram: Any, u0: Any, y: Any, steps: Any, step_size: float) -> FloatArray:
    """Return u(k) - y = (I - step_size H)^k (u0 - y) after each of several numbers of steps.

    That is gradient descent on f = 1/2 |u - y|^2 of a network whose Gram matrix does not change.
    For another multiple of |u - y|^2 pass ``step_size * landscape.residual_weight``.

    Parameters
    ----------
    gram
        H, positive semidefinite, a row for each output on each sample.
    u0
        The outputs at the start, in the shape of `y`.
    y
        The labels, shape (n,) or (n, outputs).
    steps
        Whole numbers k >= 0, shape (count,).
    step_size
        Beyond 2 / (largest eigenvalue of H) residuals grow, to infinity where they exceed the
        range of numbers; even what is rounding in u0 - y does then.

    Returns
    -------
    ndarray
        Shape (count, n) or (count, n, outputs).

    Raises
    ------
    ValueError
        If H is not symmetric, or has a negative eigenvalue.
    """
    values, vectors = decomposed(gram)
    start = _residual(u0, y, len(values))
    counts = _counts(steps)
    rates, negative = _per_step(values, validation.number("step_size", step_size, positive=True))
    signs = np.where(negative & (counts[:, None] % 2 == 1), -1.0, 1.0)
    parts = signs * (vectors.T @ start.ravel())
    result = _evolved(vectors, parts, rates, counts.astype(np.float64))
    return result.reshape(len(counts), *start.shape)


def predicted_residual_flow(gram: Any, u0: Any, y: Any, times: Any) -> FloatArray:
    """Return u(t) - y = exp(-H t)(u0 - y), what gradient flow makes of the same network.

    Parameters
    ----------
    gram, u0, y
        As in `predicted_residual`.
    times
        t >= 0, shape (count,); where f is not 1/2 |u - y|^2, times ``landscape.residual_weight``.

    Returns
    -------
    ndarray
        Shape (count, n) or (count, n, outputs).
    """
    values, vectors = decomposed(gram)
    start = _residual(u0, y, len(values))
    at = validation.vector("times", times)
    if at.min() < 0:
        raise ValueError(f"times must be numbers >= 0, got {at.min():g}; a flow starts at 0")
    parts = np.broadcast_to(vectors.T @ start.ravel(), (len(at), len(values)))
    return _evolved(vectors, parts, -values, at).reshape(len(at), *start.shape)


def steps_to(gram: Any, u0: Any, y: Any, level: float, step_size: float) -> int:
    """Return the first k with |u(k) - y|^2 / 2 < level, u(k) as `predicted_residual` has it.

    Parameters
    ----------
    gram, u0, y
        As in `predicted_residual`.
    level
        A positive number; f itself where f = 1/2 |u - y|^2.
    step_size
        At most 2 / (largest eigenvalue of H), so that the residual never grows.

    Raises
    ------
    ValueError
        If the step size is larger, or no number of steps gets there because of eigenvalues 0.
    """
    values, vectors = decomposed(gram)
    start = _residual(u0, y, len(values))
    target = validation.number("level", level, positive=True)
    step = validation.number("step_size", step_size, positive=True)
    if step * values[-1] > 2 * (1 + _ROUNDING):
        raise ValueError(
            f"step_size must be at most 2 / (largest eigenvalue of gram) = {2 / values[-1]:g}, "
            f"got {step:g}; beyond it the residual grows"
        )
    halves = (vectors.T @ start.ravel()) ** 2 / 2
    rates = np.minimum(_per_step(values, step)[0], 0.0)
    rest = float(halves[rates == 0].sum())
    if rest >= target:
        raise ValueError(
            f"level must be above {rest:g}, got {target:g}; what lies along eigenvalues 0 of gram "
            "stays"
        )

    def below(k: int) -> bool:
        left = halves if k == 0 else halves * np.exp(2.0 * k * rates)
        return float(left.sum()) < target

    if below(0):
        return 0
    last = 1
    while not below(last):
        last *= 2
    first = last // 2  # not there yet
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (first, middle) if below(middle) else (middle, last)
    return last


def _per_step(values: FloatArray, step: float) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return log |1 - step * value|, to its last digits for small ones, and where 1 - ... < 0."""
    shares = step * values
    rates: FloatArray = np.full_like(shares, -math.inf)
    np.log1p(-shares, out=rates, where=shares < 1)
    np.log(shares - 1, out=rates, where=shares > 1)
    return rates, shares > 1


def _evolved(
    vectors: FloatArray, parts: FloatArray, rates: FloatArray, times: FloatArray
) -> FloatArray:
    """Return the sum over the eigenvectors of exp(rate * time) part, shape (times, n).

    The largest factor of a time is taken out, so that none overflows unless the sum does.
    """
    exponents = np.zeros_like(parts)
    np.multiply(times[:, None], rates, out=exponents, where=times[:, None] > 0)
    growth = np.max(exponents, axis=1, where=parts != 0, initial=0.0)
    # what overflows beside it has no part in the sum
    factors = np.exp(np.minimum(exponents - growth[:, None], 0.0))
    result: FloatArray = (parts * factors) @ vectors.T
    with np.errstate(over="ignore"):
        root = np.exp(growth / 2)[:, None]
        for _ in range(2):
            np.multiply(result, root, out=result, where=result != 0)
    return result


def _residual(u0: Any, y: Any, size: int) -> FloatArray:
    labels, outputs = validation.array("y", y), validation.array("u0", u0)
    if labels.ndim not in (1, 2) or labels.size != size:
        raise ValueError(
            f"y must have shape (n,) or (n, outputs) with {size} numbers in all, as gram has rows, "
            f"got {labels.shape}"
        )
    if outputs.shape != labels.shape:
        raise ValueError(f"u0 must have the shape of y, {labels.shape}, got {outputs.shape}")
    validation.require_finite("y", labels)
    validation.require_finite("u0", outputs)
    return outputs - labels


def _counts(steps: Any) -> NDArray[np.int64]:
    counts = np.asarray(steps)
    if counts.ndim != 1 or counts.size == 0 or counts.dtype.kind not in "iu" or counts.min() < 0:
        raise ValueError(
            f"steps must be whole numbers >= 0, shape (count,), got {steps!r:.80}; "
            "write [k] for one of them"
        )
    return counts.astype(np.int64)
