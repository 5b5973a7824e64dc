"""Random numbers in lanes: xoshiro128+ and Box-Muller with single-precision polynomials.

The polynomials are good to about 24 bits, which no statistic of a simulation can tell from more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from peers.numba_lanes.memory import convert, load, registers, reinterpret
from peers.numba_lanes.vectors import Vector, f32x16, i32x16, root, u32x16

LANES = 16
WORDS = 4 * LANES  # of a stream's state
SQRT_HALF = 0x3F3504F3  # the bits of 2^-1/2
EXPONENT = 0xFF800000
MINUS_LOG_4 = -1.3862943611198906

State = Any  # four registers of words
declare_state = registers(u32x16, 4)
_load = load(u32x16)
_to_float, _signed_to_float = convert(f32x16), convert(f32x16)
_as_words, _as_signed, _as_float = reinterpret(u32x16), reinterpret(i32x16), reinterpret(f32x16)


def streams(count: int) -> NDArray[np.uint32]:
    """Return the states of independent streams from fresh entropy."""
    return np.random.SeedSequence().generate_state(count * WORDS).reshape(count, WORDS)


@njit(forceinline=True)
def begin(state: State, words: NDArray[np.uint32]) -> None:
    """Take a stream's state into the registers, which live where they are declared."""
    for k in range(4):
        state[k] = _load(words, k * LANES)


@njit(forceinline=True)
def next_words(state: State) -> Vector:
    a, b, c, d = state[0], state[1], state[2], state[3]
    result = a + d
    c = c ^ a
    d = d ^ b
    state[0] = a ^ d
    state[1] = b ^ c
    state[2] = c ^ (b << 9)
    state[3] = (d << 11) | (d >> 21)
    return result


@njit(forceinline=True)
def minus_two_log(words: Vector) -> Vector:
    """Return -2 log of numbers uniform in (0, 1], made of 32 random bits each."""
    bits = _as_words(_to_float(words) + 0.5)
    above = bits - SQRT_HALF
    exponent = _signed_to_float((_as_signed(above) >> 23) - 32)
    t = _as_float(bits - (above & EXPONENT)) - 1.0
    p = t * 0.20239860 - 0.32822902
    p = p * t + 0.34647530
    p = p * t - 0.39748504
    p = p * t + 0.49920899
    p = p * t - 0.66672240
    p = p * t + 1.00001267
    p = p * t - 1.99999965
    return p * t + exponent * MINUS_LOG_4


@njit(forceinline=True)
def normals(state: State, scale: float) -> tuple[Vector, Vector]:
    """Return two vectors of N(0, scale^2)."""
    words = next_words(state)
    radius = root(minus_two_log(words)) * scale
    x = _signed_to_float(_as_signed(next_words(state))) * 2.0**-32
    z = x * x
    sine = z * 0.077306928 - 0.59809707
    sine = sine * z + 2.5500420
    sine = sine * z - 5.1677077
    sine = (sine * z + 3.1415926) * x
    cosine = z * 0.21969683 - 1.3318809
    cosine = cosine * z + 4.0584122
    cosine = cosine * z - 4.9347929
    cosine = cosine * z + 0.99999995
    # the half turn that x leaves out is a sign of the cosine
    cosine = _as_float(_as_words(cosine) ^ (words << 31))
    return radius * sine, radius * cosine
