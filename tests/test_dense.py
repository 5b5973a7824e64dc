"""Products of plain matrices have the bits of sums in order, whatever their shape and layout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlesim import _core
from saddlesim.precision import Core, compiled

DTYPES = {"float64": np.float64, "float32": np.float32}
UPDATES = ("assign", "add", "subtract")


def laid_out(a: Any, how: str) -> Any:
    """Return the same matrix, row by row, column by column, or with gaps in both directions."""
    if how == "gaps":
        room = np.full((2 * a.shape[0] + 1, 3 * a.shape[1] + 1), np.nan, dtype=a.dtype)
        view = room[1::2, 1::3][: a.shape[0], : a.shape[1]]
        view[...] = a
        return view
    return np.array(a, order="C" if how == "rows" else "F")


def exact_sum(p: Any, c: Any) -> tuple[Any, Any]:
    """Return p + c rounded, and what it is off: together exact (Knuth)."""
    s = p + c
    v = s - p
    return s, (p - (s - v)) + (c - v)


def fused(a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c of doubles with one rounding, but for ties, which random numbers avoid."""
    split = 134217729.0  # a b = p + e exactly (Dekker)
    ah, bh = a * split - (a * split - a), b * split - (b * split - b)
    al, bl = a - ah, b - bh
    p = a * b
    e = ((ah * bh - p) + ah * bl + al * bh) + al * bl
    s, t = exact_sum(p, c)
    return s + (t + e)


def fused_single(a: Any, b: Any, c: Any) -> Any:
    """Return the same of floats, given as doubles, in which their product is exact."""
    s, t = exact_sum(a * b, c)
    halfway = (np.ascontiguousarray(s).view(np.uint64) & np.uint64(2**29 - 1)) == 2**28
    s = np.where(halfway & (t != 0), np.nextafter(s, np.copysign(np.inf, t)), s)
    return s.astype(np.float32).astype(np.float64)


def in_order(a: Any, b: Any, c: Any, update: str) -> Any:
    """Return the product summed over k by fused multiply-adds."""
    left = -a if update == "subtract" else a
    total = np.zeros(c.shape) if update == "assign" else c.astype(np.float64)
    for k in range(a.shape[1]):
        x, y = left[:, k, None].astype(np.float64), b[None, k].astype(np.float64)
        total = (fused_single if a.dtype == np.float32 else fused)(x, y, total)
    return total.astype(a.dtype)


@settings(max_examples=150)
@given(
    sizes=st.tuples(*[st.integers(1, 41)] * 3),
    seed=st.integers(0, 2**32 - 1),
    layouts=st.tuples(*[st.sampled_from(("rows", "columns", "gaps"))] * 3),
    update=st.sampled_from(UPDATES),
    threads=st.integers(1, 3),
    dtype=st.sampled_from(tuple(DTYPES)),
)
def test_sums_are_in_order(
    sizes: tuple[int, int, int],
    seed: int,
    layouts: tuple[str, str, str],
    update: str,
    threads: int,
    dtype: str,
) -> None:
    check(compiled(dtype), sizes, seed, layouts, update, threads, DTYPES[dtype])


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "sizes", [(200, 130, 513), (1, 700, 300), (700, 1, 300), (300, 1100, 3), (97, 49, 257)]
)
def test_blocks_do_not_show(sizes: tuple[int, int, int], dtype: str, threads: int) -> None:
    layouts = ("rows", "columns", "rows")
    check(compiled(dtype), sizes, 1, layouts, "add", threads, DTYPES[dtype])


def check(
    core: Core,
    sizes: tuple[int, int, int],
    seed: int,
    layouts: tuple[str, str, str],
    update: str,
    threads: int,
    dtype: Any,
) -> None:
    m, n, k = sizes
    rng = np.random.default_rng(seed)
    shapes = ((m, k), (k, n), (m, n))
    a, b, c = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    wanted = in_order(a, b, c, update)
    left, right, to = (laid_out(x, how) for x, how in zip((a, b, c), layouts, strict=True))
    before = None if to.base is None else to.base.copy()
    core.multiply_dense(left, right, to, core.Update.__members__[update], threads)
    assert np.array_equal(to, wanted)
    assert np.array_equal(np.signbit(to), np.signbit(wanted))
    if before is not None and layouts[2] == "gaps":  # nothing is written beside the product
        to[...] = c
        np.testing.assert_array_equal(to.base, before)


def test_a_sum_begins_at_plus_zero() -> None:
    c = np.full((3, 2), -1.0)
    _core.multiply_dense(np.full((3, 1), -0.0), np.ones((1, 2)), c, _core.Update.assign, 1)
    assert not np.signbit(c).any()
    _core.multiply_dense(np.zeros((3, 0)), np.zeros((0, 2)), c, _core.Update.assign, 1)
    assert not c.any()
    kept = np.full((3, 2), -1.0)
    _core.multiply_dense(np.zeros((3, 0)), np.zeros((0, 2)), kept, _core.Update.add, 1)
    assert (kept == -1).all()


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match=r"shapes \(m, k\), \(k, n\) and \(m, n\)"):
        _core.multiply_dense(
            np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 3)), _core.Update.assign, 1
        )
