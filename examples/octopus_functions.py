"""The octopus (L = gamma = 1) as functions that one would bring, in one library after another.

Each maker returns a landscape of saddlesim; ``c`` compiles ``custom_c/octopus.c``.
"""

from __future__ import annotations

import ctypes
import math
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import saddlesim as ss

TAU = math.e
NU = 50 * TAU**2 / 6
SOURCE = Path(__file__).parent / "custom_c" / "octopus.c"


def g1(a: Any) -> Any:
    """Return what an escaping coordinate adds in a connecting region."""
    s = a - TAU
    return s**3 * (-4 / (3 * TAU) + s / TAU**2) - a**2


def g2(a: Any) -> Any:
    """Return the coefficient of the next coordinate's square there."""
    u = (2 * TAU - a) / TAU
    return 2 * u**3 * (u * (6 * u - 15) + 10) - 1


def g_slope(a: Any, b: Any) -> Any:
    """Return the derivative of both by a, where b is the next coordinate."""
    s, u = a - TAU, (2 * TAU - a) / TAU
    return s**2 * (-4 / TAU + 4 / TAU**2 * s) - 2 * a - 60 / TAU * (u * (1 - u)) ** 2 * b**2


def first_inside(a: Any) -> Any:
    """Return, of magnitudes, the coordinate of each row that escapes; dim where all have left."""
    inside = a <= 2 * TAU
    first = inside.argmax(axis=1)  # 0 where none is
    first[(first == 0) & ~inside[:, 0]] = a.shape[1]
    return first


def value(X: Any) -> Any:
    """Return f at each row."""
    a = np.abs(X)
    turn = first_inside(a)
    terms = a**2
    most = int(turn.max())  # few coordinates have left, so that few columns are looked at
    terms[:, :most] = np.where(
        np.arange(most) < turn[:, None], (a[:, :most] - 4 * TAU) ** 2 - NU, terms[:, :most]
    )
    row = np.flatnonzero(turn < X.shape[1])
    j = turn[row]
    terms[row, j] *= -1
    row, j = (of[a[row, j] > TAU] for of in (row, j))
    terms[row, j] = g1(a[row, j])
    row, j = (of[j + 1 < X.shape[1]] for of in (row, j))
    terms[row, j + 1] *= g2(a[row, j])
    return terms.sum(axis=1)


def gradient(X: Any) -> Any:
    """Return the gradient at each row."""
    turn = first_inside(np.abs(X))
    G = 2 * X
    most = int(turn.max())
    if most:
        G[:, :most] -= (np.arange(most) < turn[:, None]) * np.copysign(8 * TAU, X[:, :most])
    row = np.flatnonzero(turn < X.shape[1])
    j = turn[row]
    x = X[row, j]
    G[row, j] = -2 * x
    connects = np.abs(x) > TAU
    if connects.any():
        row, j, x = row[connects], j[connects], x[connects]
        more = j + 1 < X.shape[1]
        b = np.where(more, X[row, np.minimum(j + 1, X.shape[1] - 1)], 0.0)
        G[row, j] = np.copysign(1, x) * g_slope(np.abs(x), b)
        G[row[more], j[more] + 1] = (2 * g2(np.abs(x)) * b)[more]
    return G


def gradient_of_one(x: Any) -> Any:
    """Return the gradient at one point, as one writes it for a single trajectory."""
    dim, j = len(x), 0
    while j < dim and abs(x[j]) > 2 * TAU:
        j += 1
    g = 2 * x
    if j:
        g[:j] -= np.copysign(8 * TAU, x[:j])
    if j < dim:
        own = float(x[j])
        g[j] = -2 * own
        if abs(own) > TAU:
            b = float(x[j + 1]) if j + 1 < dim else 0.0
            g[j] = math.copysign(1, own) * g_slope(abs(own), b)
            if j + 1 < dim:
                g[j + 1] = 2 * g2(abs(own)) * b
    return g


def with_numpy(dim: int, **facts: Any) -> ss.Landscape:
    """Return it on NumPy's arrays."""
    return ss.CustomLandscape(dim, value=value, gradient=gradient, name="octopus", **facts)


def value_of_one(x: Any, where: Any, cumprod: Any, concatenate: Any, one: Any) -> Any:
    """Return f at one point by the functions of an array library, which differentiates it."""
    a = abs(x)
    left = cumprod(where(a > 2 * TAU, 1.0, 0.0))
    in_turn = concatenate([one, left[:-1]])
    active = (in_turn - left) > 0
    connects = active & (a > TAU)
    inside = where(connects, a, TAU)  # a branch that is not taken is differentiated too
    waiting = concatenate([one, where(connects, g2(inside), 1.0)[:-1]])
    escaping = where(connects, g1(inside), -(a**2))
    terms = where(left > 0, (a - 4 * TAU) ** 2 - NU, where(active, escaping, waiting * a**2))
    return terms.sum()


def with_jax(dim: int, **facts: Any) -> ss.Landscape:
    """Return it by JAX."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def f(x: Any) -> Any:
        return value_of_one(x, jnp.where, jnp.cumprod, jnp.concatenate, jnp.ones(1))

    return ss.from_jax(f, dim, name="octopus", **facts)


def with_torch(dim: int, **facts: Any) -> ss.Landscape:
    """Return it by PyTorch."""
    import torch

    one = torch.ones(1, dtype=torch.float64)

    def f(x: Any) -> Any:
        def where(condition: Any, yes: Any, no: Any) -> Any:
            numbers = (
                part if torch.is_tensor(part) else torch.full_like(x, part) for part in (yes, no)
            )
            return torch.where(condition, *numbers)

        return value_of_one(x, where, lambda a: torch.cumprod(a, 0), torch.cat, one)

    return ss.from_torch(f, dim, name="octopus", **facts)


def with_numba(dim: int, **facts: Any) -> ss.Landscape:
    """Return it as a ``numba.cfunc`` of one point."""
    from numba import carray, cfunc, types

    numbers = types.CPointer(types.float64)

    # sums in any order become vectors; the order is the same in each call
    @cfunc(
        types.float64(numbers, numbers, types.int64, types.voidptr),
        error_model="numpy",
        fastmath={"reassoc", "nsz"},
    )
    def octopus(x_pointer, gradient_pointer, dim, _user_data):  # type: ignore[no-untyped-def]
        x, g = carray(x_pointer, dim), carray(gradient_pointer, dim)
        f, j = 0.0, 0
        while j < dim and abs(x[j]) > 2 * TAU:
            f += (abs(x[j]) - 4 * TAU) ** 2 - NU
            g[j] = 2 * (x[j] - math.copysign(4 * TAU, x[j]))
            j += 1
        for k in range(j, dim):
            f += x[k] ** 2
            g[k] = 2 * x[k]
        if j < dim:
            a, own = abs(x[j]), -2 * abs(x[j])
            f -= 2 * a**2
            if a > TAU:
                b = x[j + 1] if j + 1 < dim else 0.0
                s, u = a - TAU, (2 * TAU - a) / TAU
                squares = 2 * u**3 * (u * (6 * u - 15) + 10) - 1
                f += s**3 * (-4 / (3 * TAU) + s / TAU**2) + (squares - 1) * b**2
                own += s**2 * (-4 / TAU + 4 / TAU**2 * s) - 60 / TAU * (u * (1 - u)) ** 2 * b**2
                if j + 1 < dim:
                    g[j + 1] = 2 * squares * b
            g[j] = -own if x[j] < 0 else own
        return f

    return ss.CompiledLandscape(dim, octopus, name="octopus", **facts)


def library(folder: Path, source: Path = SOURCE, compiler: str = "cc") -> ctypes.CDLL:
    """Compile a C file into a shared library in a folder, and load it."""
    shared = folder / f"{source.stem}.so"
    # without traps both sides of a condition may be computed: loops over lanes become vectors
    flags = ["-O3", "-march=native", "-fno-trapping-math", "-shared", "-fPIC"]
    flags.append(f"-I{ss.get_include()}")
    subprocess.run([compiler, *flags, str(source), "-o", str(shared), "-lm"], check=True)
    return ctypes.CDLL(str(shared))


def with_c(dim: int, compiled: ctypes.CDLL, signature: str, **facts: Any) -> ss.Landscape:
    """Return it as C, of one point a call or of a block."""
    function = {"point": compiled.octopus, "block": compiled.octopus_block}[signature]
    tau = np.array([TAU])
    return ss.CompiledLandscape(
        dim, function, user_data=tau, signature=signature, name="octopus", **facts
    )


IN_PYTHON: dict[str, Callable[..., ss.Landscape]] = {
    "numpy": with_numpy,
    "jax": with_jax,
    "torch": with_torch,
    "numba": with_numba,
}
