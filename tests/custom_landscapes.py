"""What the tests of custom landscapes share: the examples' octopus, and small functions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

import saddlesim as ss

EXAMPLES = Path(__file__).parents[1] / "examples"
sys.path.insert(0, str(EXAMPLES))

import octopus_functions  # noqa: E402, F401


def well(dim: int = 3, **options: Any) -> ss.CustomLandscape:
    """(x_0^2 - 1)^2 / 4 + the other squares / 2: a saddle at the origin, row by row."""
    functions: dict[str, Any] = {"value": well_value, "gradient": well_gradient}
    defaults = {
        "name": "well",
        "stationary_points": np.zeros(dim),
        "escape": ss.LeavesSubspace(radius=0.5),
        "check": False,
    }
    return ss.CustomLandscape(dim, **(functions | defaults | options))


def well_value(X: Any) -> Any:
    squares = X[:, 1:] ** 2
    return (X[:, 0] ** 2 - 1) ** 2 / 4 + np.add.reduce(squares, axis=1) / 2


def well_gradient(X: Any) -> Any:
    G = X.copy()
    G[:, 0] *= X[:, 0] ** 2 - 1
    return G


def well_hvp(X: Any, V: Any) -> Any:
    P = V.copy()
    P[:, 0] *= 3 * X[:, 0] ** 2 - 1
    return P


def pairs_of_steps(ours: ss.Landscape, own: ss.Landscape, step_size: float) -> None:
    """Gradient descent from the same starts ends alike, in law to within a step."""
    method = ss.GradientDescent(step_size)
    options = {
        "initial": ss.At(own.default_initial().sample(own, trials=200)),
        "escape": own.default_escape(),
        "max_steps": 5000,
    }
    one, other = (ss.escape_times(f, method, **options) for f in (ours, own))
    np.testing.assert_array_equal(one.outcome, other.outcome)
    assert np.count_nonzero(one.outcome == ss.Outcome.ESCAPED) > 150
    assert np.abs(one.steps - other.steps).max() <= 1


def same_trajectories(one: ss.EscapeTimes, other: ss.EscapeTimes) -> None:
    """Every column is the same to the last bit."""
    for name in ("steps", "outcome", "trajectory", "value", "gradient_norm", "points"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
