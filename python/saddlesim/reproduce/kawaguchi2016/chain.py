"""A network of single units: every layer has one weight, and all of them stay equal."""

from __future__ import annotations

import math

import numpy as np
from scipy import integrate

from saddlesim.landscapes import DeepLinearNetwork
from saddlesim.validation import FloatArray

__all__ = ["HALF", "chain", "exit_time", "sigmoid"]

HALF = 0.5  # of the target, which is 1: the product at which the origin counts as left


def chain(depth: int) -> DeepLinearNetwork:
    """Return 1/2 (w_N ... w_1 - 1)^2."""
    return DeepLinearNetwork([[1.0]], [[1.0]], (1,) * (depth - 1))


def exit_time(depth: int, weight: float) -> float:
    """Return the time that gradient flow takes from equal weights until their product is a half.

    The integral of dw / (w^(N-1) (1 - w^N)), in the logarithm of w.
    """

    def rate(log_w: float) -> float:
        return math.exp((2 - depth) * log_w) / -math.expm1(depth * log_w)

    low, high = math.log(weight), math.log(HALF) / depth
    return float(integrate.quad(rate, low, high, epsabs=0, epsrel=1e-12, limit=200)[0])


def sigmoid(t: FloatArray, product: float) -> FloatArray:
    """Return the product of two equal weights at time t, from its value at 0 (Saxe et al. 2014)."""
    grown: FloatArray = np.exp(2 * t)
    return grown / (grown - 1 + 1 / product)
