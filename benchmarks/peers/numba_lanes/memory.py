"""Vectors to and from arrays, registers, and each other's lanes."""

# ruff: noqa: ARG001, ARG005 - Numba says which arguments there are

from __future__ import annotations

import operator
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from peers.numba_lanes.vectors import Registers, Vector, call, splat_value
from problems import Array

LINE = 8  # numbers in a cache line
INT32, VOID = ir.IntType(32), ir.VoidType()


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any, target: ir.Type) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), target.as_pointer())


@cache
def load(vector: Vector) -> Any:
    """Return the function that loads consecutive numbers of an array, from an index on."""

    @intrinsic
    def read(typing: Any, array: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            at = _address(context, builder, signature.args[0], *values, vector.llvm)
            return builder.load(at, align=vector.bits // 8)

        return vector(array, types.intp), generate

    return read


@intrinsic
def store(typing: Any, array: Any, index: Any, vector: Vector) -> Any:
    """Store the lanes at consecutive places of an array, from an index on."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        at = _address(context, builder, signature.args[0], *values[:2], vector.llvm)
        builder.store(values[2], at, align=vector.bits // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@intrinsic
def expand(typing: Any, array: Any, index: Any, mask: Vector, vector: Vector) -> Any:
    """Return the vector with consecutive numbers of an array in the lanes of the mask."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        at = _address(context, builder, signature.args[0], *values[:2], vector.element)
        name = f"llvm.masked.expandload.{vector.suffix}"
        return call(builder, name, vector.llvm, at, *values[2:])

    return vector(array, types.intp, mask, vector), generate


@intrinsic
def prefetch(typing: Any, array: Any, index: Any, write: Any) -> Any:
    """Ask for the cache line of an array's element, which may lie past the end."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        at = _address(context, builder, signature.args[0], *values[:2], ir.IntType(8))
        options = INT32(int(write.literal_value)), INT32(2), INT32(1)
        call(builder, "llvm.prefetch.p0", VOID, at, *options)
        return context.get_dummy_value()

    if not isinstance(write, types.BooleanLiteral):
        return None
    return types.void(array, types.intp, write), generate


@cache
def splat(vector: Vector) -> Any:
    """Return the function that puts a number in every lane."""

    @intrinsic
    def fill(typing: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            value = context.cast(builder, values[0], signature.args[0], vector.scalar)
            return splat_value(builder, vector, value)

        return vector(types.unliteral(number)), generate

    return fill


@cache
def convert(vector: Vector) -> Any:
    """Return the function that converts lanes by value."""

    @intrinsic
    def change(typing: Any, a: Vector) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            if a.real and vector.real:
                name = "fpext" if a.bits < vector.bits else "fptrunc"
            elif a.real:
                name = "fptosi" if vector.scalar.signed else "fptoui"
            else:
                name = "sitofp" if a.scalar.signed else "uitofp"
            return getattr(builder, name)(values[0], vector.llvm)

        return vector(a), generate

    return change


@cache
def reinterpret(vector: Vector) -> Any:
    """Return the function that keeps the bits and changes their type."""

    @intrinsic
    def cast(typing: Any, a: Vector) -> Any:
        return vector(a), lambda context, builder, signature, values: builder.bitcast(
            values[0], vector.llvm
        )

    return cast


@cache
def registers(vector: Vector, count: int) -> Any:
    """Return the function that declares so many vectors, to be indexed in unrolled loops."""
    kind = Registers(vector, count)

    @intrinsic
    def declare(typing: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return cgutils.alloca_once(builder, ir.ArrayType(vector.llvm, count))

        return kind(), generate

    return declare


@intrinsic
def _get(typing: Any, held: Registers, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        zero = ir.IntType(64)(0)
        return builder.load(builder.gep(values[0], [zero, values[1]], inbounds=True))

    return held.vector(held, types.intp), generate


@intrinsic
def _set(typing: Any, held: Registers, index: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        zero = ir.IntType(64)(0)
        builder.store(values[2], builder.gep(values[0], [zero, values[1]], inbounds=True))
        return context.get_dummy_value()

    return types.void(held, types.intp, held.vector), generate


@overload(operator.getitem, strict=False)
def _getitem(held: Any, index: Any) -> Any:
    return (lambda held, index: _get(held, index)) if isinstance(held, Registers) else None


@overload(operator.setitem, strict=False)
def _setitem(held: Any, index: Any, value: Any) -> Any:
    if isinstance(held, Registers):
        return lambda held, index, value: _set(held, index, value)
    return None


@intrinsic
def transpose(
    typing: Any, source: Any, i: Any, stride: Any, target: Any, j: Any, target_stride: Any
) -> Any:
    """Transpose 8 x 8 numbers from one array to another, in rows so many numbers apart."""
    rows = ir.VectorType(ir.DoubleType(), LINE)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        def row(kind: Any, array: Any, first: Any, stride: Any, k: int) -> Any:
            index = builder.add(first, builder.mul(stride, ir.IntType(64)(k)))
            return _address(context, builder, kind, array, index, rows)

        def shuffle(a: Any, b: Any, lanes: list[int]) -> Any:
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(INT32, LINE), lanes))

        kinds = signature.args
        held = [builder.load(row(kinds[0], *values[:3], k), align=8) for k in range(LINE)]
        # exchange the off-diagonal blocks of each size between any two rows so far apart; the
        # largest first, which are halves of registers and need no shuffling when loaded
        for distance in (4, 2, 1):
            upper = [k for k in range(LINE) if not k & distance]
            low = [k if k in upper else LINE + k - distance for k in range(LINE)]
            high = [k + distance if k in upper else LINE + k for k in range(LINE)]
            for k in upper:
                a, b = held[k], held[k + distance]
                held[k], held[k + distance] = shuffle(a, b, low), shuffle(a, b, high)
        for k in range(LINE):
            builder.store(held[k], row(kinds[3], *values[3:], k), align=8)
        return context.get_dummy_value()

    n = types.intp
    return types.void(source, n, n, target, n, n), generate


@njit
def aligned(count: int) -> Array:
    """Return an array that starts at a cache line: vectors that straddle two cost twice."""
    array = np.empty(count + LINE)
    first = (-(array.ctypes.data // 8)) % LINE
    return array[first : first + count]


@njit
def to_lanes(rows: Array, first: int, count: int, target: Array) -> None:
    """Put up to 8 rows, from the first on, into a lane each of the target."""
    size = rows.shape[1]
    blocked = size - size % LINE if count == LINE else 0
    for j in range(0, blocked, LINE):
        transpose(rows, first * size + j, size, target, j * LINE, LINE)
    for lane in range(count):
        for j in range(blocked, size):
            target[j * LINE + lane] = rows[first + lane, j]


@njit
def from_lanes(source: Array, rows: Array, first: int, count: int) -> None:
    """Put the lanes into up to 8 rows, from the first on."""
    size = rows.shape[1]
    blocked = size - size % LINE if count == LINE else 0
    for j in range(0, blocked, LINE):
        transpose(source, j * LINE, LINE, rows, first * size + j, size)
    for lane in range(count):
        for j in range(blocked, size):
            rows[first + lane, j] = source[j * LINE + lane]
