"""Masks, the vectors of booleans, and numbers that have their bits."""

# ruff: noqa: ARG001, ARG005 - Numba says which arguments there are

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from peers.numba_lanes.vectors import Vector


@intrinsic
def invert(typing: Any, mask: Vector) -> Any:
    """Return where the mask is not set."""
    return mask(mask), lambda context, builder, signature, values: builder.not_(values[0])


@intrinsic
def mask_bits(typing: Any, mask: Vector) -> Any:
    """Return the mask as the bits of a number, lane 0 the lowest."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bits = builder.bitcast(values[0], ir.IntType(mask.count))
        return builder.zext(bits, ir.IntType(64))

    return types.int64(mask), generate


@intrinsic
def population(typing: Any, bits: Any) -> Any:
    """Return how many bits of a number are set."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.ctpop(values[0])

    return types.int64(types.int64), generate


@cache
def bits_mask(count: int) -> Any:
    """Return the function that makes a number's lowest bits a mask."""

    @intrinsic
    def convert(typing: Any, bits: Any) -> Any:
        kind = Vector(types.boolean, count)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            wide = context.cast(builder, values[0], signature.args[0], types.int64)
            return builder.bitcast(builder.trunc(wide, ir.IntType(count)), kind.llvm)

        return kind(types.unliteral(bits)), generate

    return convert
