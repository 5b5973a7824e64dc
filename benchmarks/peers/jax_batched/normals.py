"""Normal numbers by Box and Muller, from elementary operations that XLA vectorises.

jax.random.normal takes the inverse of the error function, whose logarithm XLA's CPU compiler calls
a number at a time; this is several times as fast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import jnp, lax

ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)  # the bits of sqrt(1/2)


def seeds(*shape: int) -> NDArray[np.uint64]:
    """Return states for `following`."""
    return np.random.default_rng().integers(1, 2**63, shape, dtype=np.uint64)


def following(state: Any) -> Any:
    """Return the next state of xorshift generators, which is also their 64 random bits."""
    state = state ^ (state << np.uint64(13))
    state = state ^ (state >> np.uint64(7))
    return state ^ (state << np.uint64(17))


def polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    result = jnp.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        result = result * x + c
    return result


def minus_log_uniform(bits: Any) -> Any:
    """Return -log of the uniform number that is the upper 52 bits."""
    odd = (bits >> np.uint64(12)) | np.uint64(1)
    words = lax.bitcast_convert_type(odd.astype(jnp.float64) * 2.0**-52, jnp.int64) - ROOT_HALF
    exponent = (words >> np.int64(52)).astype(jnp.float64)
    mantissa = (words & np.int64(2**52 - 1)) + ROOT_HALF
    m = lax.bitcast_convert_type(mantissa, jnp.float64)  # in [sqrt(1/2), sqrt(2))
    s = (m - 1.0) / (m + 1.0)
    series = polynomial(s * s, [2.0 / (2 * k + 1) for k in range(10)])
    return -(exponent * math.log(2.0) + s * series)


def direction(bits: Any) -> tuple[Any, Any]:
    """Return sine and cosine of a uniform angle: of a quarter of it, doubled twice."""
    quarter = lax.bitcast_convert_type(bits, jnp.int64).astype(jnp.float64) * (math.pi * 2.0**-65)
    z = quarter * quarter
    s = quarter * polynomial(z, [(-1) ** k / math.factorial(2 * k + 1) for k in range(8)])
    c = polynomial(z, [(-1) ** k / math.factorial(2 * k) for k in range(9)])
    s, c = 2.0 * s * c, 1.0 - 2.0 * s * s
    return 2.0 * s * c, 1.0 - 2.0 * s * s


def pairs(one: Any, other: Any) -> tuple[Any, Any]:
    """Return two independent normals from two random words."""
    radius = jnp.sqrt(2.0 * minus_log_uniform(one))
    s, c = direction(other)
    return radius * s, radius * c
