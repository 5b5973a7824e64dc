"""Symmetries of fully-connected networks: what scales a unit, and what permutations leave alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from saddlesim.landscapes import data, symmetries
from saddlesim.validation import FloatArray

__all__ = ["invariants", "opposite_halves", "scalings"]


def scalings(weights: Sequence[FloatArray], degree: int) -> FloatArray:
    """Return what scales a unit's weights by c and those from it on by c^-degree, unit by unit.

    Parameters
    ----------
    weights
        W_1, ..., W_N, each of shape (..., outputs, inputs).
    degree
        That of the activation: act(c z) = c^degree act(z) for c > 0.

    Returns
    -------
    ndarray
        Shape (..., k, dim), k the number of hidden units, in the order of layers.
    """
    leading = weights[0].shape[:-2]
    at = np.cumsum([0, *(math.prod(W.shape[-2:]) for W in weights)])
    blocks = []
    for inner, outer, start, end in zip(weights, weights[1:], at, at[1:], strict=False):
        units, inputs = inner.shape[-2:]
        outputs = outer.shape[-2]
        block = np.zeros((*leading, units, at[-1]))
        for unit in range(units):
            own = start + unit * inputs
            block[..., unit, own : own + inputs] = inner[..., unit, :]
            block[..., unit, end + unit : end + units * outputs : units] = (
                -degree * outer[..., :, unit]
            )
        blocks.append(block)
    return np.concatenate(blocks, axis=-2)


def invariants(
    weights: Sequence[FloatArray], *, degree: int | None = None, signs: bool = False
) -> FloatArray:
    """Return numbers that permutations of units leave alone, in their own layers, shape (..., m).

    They are inputs of units at fixed points, in any order, layer by layer; units are those of a
    network with the same weights, but an activation of our own that has the same symmetries and
    lets weights be found again from such inputs: so permutations of other layers do not show.

    Parameters
    ----------
    weights
        W_1, ..., W_N, each of shape (..., outputs, inputs).
    degree
        Where units may be scaled as in `scalings`: each is scaled to weights of length 1 first, and
        its numbers are then multiplied by the strength with which it reaches the outputs.
    signs
        Whether a unit with the opposite signs is as good: its outputs then change their sign with
        its weights, or do not, where the degree is 2.
    """
    scaled = list(weights) if degree is None else _normalised(weights, degree)
    strengths = _strengths(scaled) if degree is not None else [None] * (len(weights) - 1)
    inputs = weights[0].shape[-1]
    h = data.normals(0, "generic inputs", (inputs, 8 + 2 * max(W.shape[-1] for W in weights)))
    numbers = []
    for W, strength in zip(scaled[:-1], strengths, strict=True):
        z = W @ h
        rows = z if strength is None else strength * z
        numbers.append(symmetries.unordered(rows, signs=signs))
        odd_or_even = np.abs(z) if degree == 2 else np.tanh(z)
        h = odd_or_even if signs else z + np.abs(z) / 2  # no unit is ever switched off
    last = scaled[-1] @ h
    numbers.append(last.reshape(*last.shape[:-2], math.prod(last.shape[-2:])))
    return np.concatenate(numbers, axis=-1)


def opposite_halves(
    shapes: Sequence[tuple[int, ...]],
) -> tuple[NDArray[np.int64], list[int]]:
    """Return weights of two halves that cancel: W_1 = [A; A], then [[A, B], [B, A]], last [a, -a].

    Parameters
    ----------
    shapes
        (outputs, inputs) of each layer; hidden widths are even.

    Returns
    -------
    tuple
        Sources as `Landscape.opposite_halves` has them, and how many numbers each layer draws.
    """
    sources: list[NDArray[np.int64]] = []
    drawn: list[int] = []
    for layer, (outputs, inputs) in enumerate(shapes):
        last = layer == len(shapes) - 1
        rows, columns = (outputs, inputs // 2) if last else (outputs // 2, inputs)
        numbers = sum(drawn) + np.arange(rows * columns).reshape(rows, columns)
        drawn.append(rows * columns)
        if last:
            both = np.concatenate([numbers, ~numbers], axis=1)
        else:
            turned = np.roll(numbers, inputs // 2, axis=1) if layer else numbers
            both = np.concatenate([numbers, turned])
        sources.append(both.ravel())
    return np.concatenate(sources), drawn


def _normalised(weights: Sequence[FloatArray], degree: int) -> list[FloatArray]:
    """Return the same network with hidden units whose weights have length 1, or 0."""
    scaled = [np.array(W) for W in weights]
    for inner, outer in itertools.pairwise(scaled):
        size = symmetries.lengths(inner)
        np.divide(inner, size, out=inner, where=size > 0)
        outer *= np.swapaxes(size, -1, -2) ** degree
    return scaled


def _strengths(weights: Sequence[FloatArray]) -> list[FloatArray]:
    """Return of each hidden unit the root of the sum of w^2 over paths to outputs: (..., m, 1)."""
    found: list[FloatArray] = []
    reach = np.ones((weights[-1].shape[-2], 1))
    for W in weights[:0:-1]:
        reach = np.swapaxes(W**2, -1, -2) @ reach
        found.append(np.sqrt(reach))
    return found[::-1]
