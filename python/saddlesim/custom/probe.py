"""Whether a function's derivatives are those of its values, and whether its rows are independent.

All is found out through the landscape's own methods, so that it holds of what runs are made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.custom.base import Custom

__all__ = ["check_derivatives", "rows_independent", "starts"]

_POINTS = 3
_MOST_COORDINATES = 256  # looked at one by one; beyond, random ones, and random directions
_ROWS = 96  # of the probe of independence
_TOLERANCE = 1e-4  # of the largest number of a row: truncation, where f changes over 0.1 scales
_EPSILON = float(np.finfo(np.float64).eps)


def starts(landscape: Custom, count: int, seed: int) -> FloatArray:
    """Return random points, one a row: default starts, each moved by a hundredth of the scale.

    So that they differ, and are not stationary, where the starts are given points.
    """
    initial = landscape.default_initial()
    ids = initial.trial_ids(None, count)[:count]
    X = initial.sample(landscape, trials=range(ids.start, ids.stop), seed=seed)
    noise = np.random.default_rng(seed).normal(size=(count, landscape.dim))
    return np.resize(X, (count, landscape.dim)) + 0.01 * landscape.length_scale * noise


def check_derivatives(landscape: Custom) -> None:
    """Raise ValueError if gradient or HVP are not what differences say at random starts."""
    rng = np.random.default_rng(0)
    X = starts(landscape, _POINTS, seed=0)
    if not np.isfinite(landscape.value(X)).any():
        raise ValueError(
            f"value of {landscape!r} is not finite at {len(X)} random starts, such as x = "
            f"{_short(X[0])}; pass initial= where f is defined, or check=False"
        )
    dim = landscape.dim
    few = dim <= _MOST_COORDINATES
    coordinates = np.arange(dim) if few else rng.choice(dim, _MOST_COORDINATES, replace=False)
    for x in X:
        if np.isfinite(landscape.value(x)):
            _check_gradient(landscape, x, np.sort(coordinates))
            if not few:
                _check_along(landscape, x, rng.normal(size=(16, dim)) / np.sqrt(dim))
            if landscape.has_hvp:
                _check_hvp(landscape, x, rng.normal(size=dim) / np.sqrt(dim))


def _step(landscape: Custom, x: FloatArray) -> float:
    return float(np.cbrt(_EPSILON) * max(landscape.length_scale, np.abs(x).max()))


def _check_gradient(landscape: Custom, x: FloatArray, coordinates: FloatArray) -> None:
    h = _step(landscape, x)
    steps = np.zeros((len(coordinates), landscape.dim))
    steps[np.arange(len(coordinates)), coordinates] = h
    difference, rounding = _differences(landscape, x, steps, h)
    gradient = landscape.gradient(x)
    found = gradient[coordinates]
    allowed = _TOLERANCE * max(np.abs(gradient).max(), np.abs(difference).max()) + rounding
    wrong = ~(np.abs(found - difference) <= allowed)
    if wrong.any():
        worst = int(np.argmax(np.where(np.isfinite(found), np.abs(found - difference), np.inf)))
        raise ValueError(
            f"gradient of {landscape!r} disagrees with value at coordinate {coordinates[worst]}: "
            f"the gradient is {found[worst]:.10g}, differences of the value give "
            f"{difference[worst]:.10g}, at x = {_short(x)} ({int(wrong.sum())} of {len(found)} "
            "coordinates disagree); correct one of them, or pass check=False"
        )


def _check_along(landscape: Custom, x: FloatArray, directions: FloatArray) -> None:
    h = _step(landscape, x)
    difference, rounding = _differences(landscape, x, h * directions, h)
    found = directions @ landscape.gradient(x)
    allowed = _TOLERANCE * np.linalg.norm(landscape.gradient(x)) + rounding
    worst = int(np.abs(found - difference).argmax())
    if not np.all(np.abs(found - difference) <= allowed):
        raise ValueError(
            f"gradient of {landscape!r} disagrees with value along a random direction: the "
            f"gradient gives {found[worst]:.10g}, differences of the value {difference[worst]:.10g}"
            f", at x = {_short(x)}; correct one of them, or pass check=False"
        )


def _differences(
    landscape: Custom, x: FloatArray, steps: FloatArray, h: float
) -> tuple[FloatArray, float]:
    """Return central differences of the value, and what rounding may make of them."""
    ahead, behind = landscape.value(x + steps), landscape.value(x - steps)
    largest = max(float(np.abs(ahead).max()), float(np.abs(behind).max()))
    return (ahead - behind) / (2 * h), 64 * _EPSILON * largest / h


def _check_hvp(landscape: Custom, x: FloatArray, v: FloatArray) -> None:
    h = _step(landscape, x) / float(np.abs(v).max())
    ahead, behind = landscape.gradient(np.stack([x + h * v, x - h * v]))
    difference = (ahead - behind) / (2 * h)
    found = landscape.hvp(x, v)
    largest = max(float(np.abs(ahead).max()), float(np.abs(behind).max()))
    allowed = _TOLERANCE * max(np.abs(found).max(), np.abs(difference).max())
    wrong = ~(np.abs(found - difference) <= allowed + 64 * _EPSILON * largest / h)
    if wrong.any():
        worst = int(np.argmax(np.where(np.isfinite(found), np.abs(found - difference), np.inf)))
        raise ValueError(
            f"hvp of {landscape!r} disagrees with gradient at coordinate {worst}: the product is "
            f"{found[worst]:.10g}, differences of the gradient give {difference[worst]:.10g}, at "
            f"x = {_short(x)} ({int(wrong.sum())} of {len(found)} coordinates disagree); correct "
            "one of them, or pass check=False"
        )


def rows_independent(landscape: Custom) -> bool:
    """Return whether values and gradients have the same bits in other rows, beside other points."""
    X = starts(landscape, 2 * _ROWS, seed=1)
    X, others = X[:_ROWS], X[_ROWS:]
    order = np.random.default_rng(0).permutation(_ROWS)
    mixed = np.where((np.arange(_ROWS) % 3 == 0)[:, None], others, X)
    kept = np.arange(_ROWS) % 3 != 0
    for ask in (landscape.value, landscape.gradient):
        answer = ask(X)
        if _differ(ask(X[order]), answer[order]) or _differ(ask(mixed)[kept], answer[kept]):
            return False
        if _differ(ask(X[5]), answer[5]):
            return False
    return True


def _differ(one: FloatArray, other: FloatArray) -> bool:
    return not np.array_equal(one, other, equal_nan=True)


def _short(x: FloatArray) -> str:
    return np.array2string(x, threshold=6, precision=6)
