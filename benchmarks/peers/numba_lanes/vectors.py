"""SIMD vectors as Numba values: a lane each for 8 or 16 trajectories.

LLVM vectorises loops over lanes only sometimes, and rarely across calls and branches. Values of
LLVM's own vector type always become vector instructions, as wide as the machine has them.
Arithmetic may be contracted into fused multiply-adds.
"""

# ruff: noqa: ARG001, ARG005 - Numba says which arguments there are

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import float32, float64, int32, types, uint32
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model


class Vector(types.Type):
    """So many lanes of a scalar type; comparisons give vectors of booleans."""

    def __init__(self, scalar: types.Type, count: int) -> None:
        self.scalar, self.count = scalar, count
        super().__init__(f"{scalar}x{count}")

    @property
    def mask(self) -> Vector:
        """As many booleans."""
        return Vector(types.boolean, self.count)

    @property
    def real(self) -> bool:
        """Whether the lanes are floating-point numbers."""
        return isinstance(self.scalar, types.Float)

    @property
    def bits(self) -> int:
        """The width of a lane."""
        return 1 if self.scalar == types.boolean else int(self.scalar.bitwidth)

    @property
    def element(self) -> ir.Type:
        """LLVM's type of a lane."""
        reals = {32: ir.FloatType(), 64: ir.DoubleType()}
        return reals[self.bits] if self.real else ir.IntType(self.bits)

    @property
    def llvm(self) -> ir.VectorType:
        """LLVM's type."""
        return ir.VectorType(self.element, self.count)

    @property
    def suffix(self) -> str:
        """What LLVM's intrinsic functions on such vectors end in."""
        return f"v{self.count}{'f' if self.real else 'i'}{self.bits}"


class Registers(types.Type):
    """A fixed number of vectors that LLVM keeps in registers once loops over them are unrolled."""

    def __init__(self, vector: Vector, count: int) -> None:
        self.vector, self.count = vector, count
        super().__init__(f"{count} registers of {vector}")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    """How Numba keeps a vector: as LLVM's."""

    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind, kind.llvm)


@register_model(Registers)
class RegistersModel(models.PrimitiveModel):
    """How Numba keeps registers: by where they are on the stack."""

    def __init__(self, manager: Any, kind: Registers) -> None:
        super().__init__(manager, kind, ir.ArrayType(kind.vector.llvm, kind.count).as_pointer())


f64x8, f64x16 = Vector(float64, 8), Vector(float64, 16)
f32x16, u32x16, i32x16 = Vector(float32, 16), Vector(uint32, 16), Vector(int32, 16)


def call(builder: ir.IRBuilder, name: str, result: ir.Type, *arguments: ir.Value) -> ir.Value:
    kind = ir.FunctionType(result, [a.type for a in arguments])
    function = cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.call(function, arguments)


def splat_value(builder: ir.IRBuilder, kind: Vector, value: ir.Value) -> ir.Value:
    one = builder.insert_element(ir.Constant(kind.llvm, ir.Undefined), value, ir.IntType(32)(0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count)
    return builder.shuffle_vector(one, ir.Constant(kind.llvm, ir.Undefined), everywhere)


def _vector(context: Any, builder: Any, value: ir.Value, kind: types.Type, like: Vector) -> Any:
    if isinstance(kind, Vector):
        return value
    return splat_value(builder, like, context.cast(builder, value, kind, like.scalar))


def _operator(operation: Any, emit: Callable[..., Any], compares: bool = False) -> Any:
    """Define an operation of two vectors, or a vector and a number, and return it as a function."""

    @intrinsic
    def apply(typing: Any, a: Any, b: Any) -> Any:
        like = a if isinstance(a, Vector) else b

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pairs = zip(arguments, signature.args, strict=True)
            return emit(builder, like, *(_vector(context, builder, v, k, like) for v, k in pairs))

        return (like.mask if compares else like)(types.unliteral(a), types.unliteral(b)), generate

    if operation is not None:

        @overload(operation, strict=False)
        def choose(a: Any, b: Any) -> Any:
            if isinstance(a, Vector) or isinstance(b, Vector):
                return lambda a, b: apply(a, b)
            return None

    return apply


def _arithmetic(real: str | None, integer: str | None) -> Callable[..., Any]:
    def emit(builder: Any, like: Vector, a: Any, b: Any) -> Any:
        if like.real:
            return getattr(builder, real)(a, b, flags=("contract", "nsz"))
        return getattr(builder, integer)(a, b)

    return emit


def _comparison(symbol: str) -> Callable[..., Any]:
    def emit(builder: Any, like: Vector, a: Any, b: Any) -> Any:
        if like.real:
            return builder.fcmp_ordered(symbol, a, b)
        return builder.icmp_signed(symbol, a, b)

    return emit


def _shift_right(builder: Any, like: Vector, a: Any, b: Any) -> Any:
    return builder.ashr(a, b) if like.scalar.signed else builder.lshr(a, b)


_operator(operator.add, _arithmetic("fadd", "add"))
_operator(operator.sub, _arithmetic("fsub", "sub"))
_operator(operator.mul, _arithmetic("fmul", "mul"))
_operator(operator.truediv, _arithmetic("fdiv", None))
_operator(operator.and_, _arithmetic(None, "and_"))
_operator(operator.or_, _arithmetic(None, "or_"))
_operator(operator.xor, _arithmetic(None, "xor"))
_operator(operator.lshift, _arithmetic(None, "shl"))
_operator(operator.rshift, _shift_right)
for _symbol, _compare in (
    ("<", operator.lt),
    ("<=", operator.le),
    (">", operator.gt),
    (">=", operator.ge),
):
    _operator(_compare, _comparison(_symbol), compares=True)


def _named(name: str) -> Callable[..., Any]:
    def emit(builder: Any, like: Vector, *arguments: Any) -> Any:
        return call(builder, f"llvm.{name}.{like.suffix}", like.llvm, *arguments)

    return emit


copysign = _operator(None, _named("copysign"))


@intrinsic
def magnitude(typing: Any, a: Vector) -> Any:
    """Return |a|."""
    return a(a), lambda context, builder, signature, values: _named("fabs")(builder, a, *values)


@intrinsic
def root(typing: Any, a: Vector) -> Any:
    """Return the square root."""
    return a(a), lambda context, builder, signature, values: _named("sqrt")(builder, a, *values)


@intrinsic
def select(typing: Any, mask: Vector, a: Vector, b: Vector) -> Any:
    """Return a where the mask is set and b elsewhere."""
    return a(mask, a, b), lambda context, builder, signature, values: builder.select(*values)


@intrinsic
def total(typing: Any, a: Vector) -> Any:
    """Return the sum over the lanes."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = ir.FunctionType(a.element, [a.element, a.llvm])
        name = f"llvm.vector.reduce.fadd.{a.suffix}"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [a.element(0.0), values[0]], fastmath=("reassoc",))

    return a.scalar(a), generate
