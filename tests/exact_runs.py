"""The same trajectories counted exactly and stepped plainly, and what they must have in common."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import saddlesim as ss

# L, gamma, step size, the largest dimension in which plain double precision hardly ever underflows,
# and how many trajectories are not too many steps
CASES = [
    (1.0, 1.0, 0.25, 6, 2000),
    (1.5, 1.0, 1 / 6, 4, 2000),
    (2.0, 1.0, 1 / 8, 4, 2000),
    (3.0, 1.0, 1 / 12, 3, 2000),
    (1.0, 1.0, 0.4, 4, 2000),
    (1.0, 0.5, 0.25, 4, 2000),
    (1.0, 1.0, 1e-3, 3, 500),
    (2.0, 1.0, 1e-4, 2, 100),
]
RECORD = ("saddle_exits", "points")
TAU = math.e


def exact(f: ss.Landscape, method: ss.Method, **options: Any) -> ss.EscapeTimes:
    return ss.escape_times(f, method, arithmetic="exact", **options)


def plain(f: ss.Landscape, method: ss.Method, **options: Any) -> ss.EscapeTimes:
    return ss.escape_times(f, method, arithmetic="float64", **({"max_steps": None} | options))


def both(f: ss.Octopus, method: ss.Method, **options: Any) -> tuple[ss.EscapeTimes, ss.EscapeTimes]:
    """Run exactly and plainly; check that they agree wherever plain stepping is valid."""
    options = {"record": RECORD} | options
    times, stepped = exact(f, method, **options), plain(f, method, **options)
    agree(times, stepped)
    return times, stepped


def agree(times: ss.EscapeTimes, stepped: ss.EscapeTimes) -> None:
    """Check that counts are equal, and that points differ by what plain stepping rounds."""
    assert times.diagnostics["arithmetic"] == "exact"
    assert stepped.diagnostics["arithmetic"] == "float64"
    valid = ~stepped.underflowed
    a, b = times.select(valid), stepped.select(valid)
    np.testing.assert_array_equal(a.outcome, b.outcome)
    # plain stepping stalls when roundings stop, the exact path as soon as nothing more can happen
    moving = a.outcome != ss.Outcome.STALLED
    counted = moving & a.steps_exact
    np.testing.assert_array_equal(a.steps[counted], b.steps[counted])
    np.testing.assert_allclose(a.log10_steps[moving], b.log10_steps[moving], rtol=1e-14)
    assert a.saddle_exits is not None
    assert b.saddle_exits is not None
    np.testing.assert_array_equal(
        a.saddle_exits[a.steps_exact], b.saddle_exits[a.steps_exact], err_msg="saddle exits"
    )
    # every step rounds to 2^-53, and what it rounds grows from saddle to saddle
    f = times.landscape
    assert isinstance(f, ss.Octopus)
    error = 1000 * f.tau * 2.0**-53 * max(int(b.steps.max(initial=0)), 100)
    slope = 10 * f.tau * max(f.L, f.gamma)
    assert a.points is not None
    np.testing.assert_allclose(a.points, b.points, rtol=0, atol=error)
    np.testing.assert_allclose(a.value, b.value, rtol=0, atol=error * slope)
    np.testing.assert_allclose(a.gradient_norm, b.gradient_norm, rtol=0, atol=error * slope)
