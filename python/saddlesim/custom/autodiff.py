"""Landscapes from the value of one point, differentiated by JAX or PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

from saddlesim.custom.base import Facts, name_of
from saddlesim.custom.batched import CustomLandscape
from saddlesim.custom.calls import MOST_ROWS, Functions

__all__ = ["from_jax", "from_torch"]

Value = Callable[[Any], Any]


def from_jax(
    f: Value, dim: int, *, block: int = MOST_ROWS, **facts: Unpack[Facts]
) -> CustomLandscape:
    """Return the landscape of a JAX function of one point, shape (dim,), to a number.

    Gradient and Hessian-vector products are JAX's; all are compiled once, for `block` points.

    Parameters
    ----------
    f
        What ``jax.jit`` and ``jax.vmap`` can take.
    dim
        The dimension.
    block, **facts
        As in `CustomLandscape`; but for what it says, 1024 rows suit any dimension here.

    Raises
    ------
    ImportError
        If JAX is not installed.
    ValueError
        If JAX computes in single precision.
    """
    try:
        import jax
    except ImportError:
        raise ImportError(_missing("from_jax", "jax")) from None
    config: Any = jax.config
    if not config.jax_enable_x64:
        raise ValueError(
            "from_jax needs double precision, and jax_enable_x64 is off; call "
            'jax.config.update("jax_enable_x64", True) before, or set JAX_ENABLE_X64=1'
        )
    slope = jax.grad(f)

    def product(x: Any, v: Any) -> Any:
        return jax.jvp(slope, (x,), (v,))[1]

    both = jax.jit(jax.vmap(jax.value_and_grad(f)))
    functions = Functions("", value_and_gradient=both, hvp=jax.jit(jax.vmap(product)))
    return _derived(f, dim, functions, block, facts)


def from_torch(
    f: Value, dim: int, *, block: int = MOST_ROWS, **facts: Unpack[Facts]
) -> CustomLandscape:
    """Return the landscape of a PyTorch function of one point, shape (dim,), to a number.

    Gradient and Hessian-vector products are those of ``torch.func``.

    Parameters
    ----------
    f
        What ``torch.func.vmap`` and ``torch.func.grad`` can take; its numbers are float64.
    dim
        The dimension.
    block, **facts
        As in `CustomLandscape`; but for what it says, 1024 rows suit any dimension here.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise ImportError(_missing("from_torch", "torch")) from None
    func = torch.func
    both = func.vmap(func.grad_and_value(f))
    slope = func.grad(f)
    # The Hessian is symmetric: backwards twice, which more operations know than forwards.
    products = func.vmap(lambda x, v: func.vjp(slope, x)[1](v)[0])

    def value_and_gradient(X: Any) -> tuple[Any, Any]:
        gradient, value = both(torch.tensor(X))
        return value.detach().numpy(), gradient.detach().numpy()

    def hvp(X: Any, V: Any) -> Any:
        return products(torch.tensor(X), torch.tensor(V)).detach().numpy()

    functions = Functions("", value_and_gradient=value_and_gradient, hvp=hvp)
    return _derived(f, dim, functions, block, facts)


def _derived(
    f: Value,
    dim: int,
    functions: Functions,
    block: int,
    facts: Facts,
) -> CustomLandscape:
    landscape = CustomLandscape.__new__(CustomLandscape)
    landscape._bring(dim, functions, block, {"name": name_of(f), **facts})
    return landscape


def _missing(function: str, package: str) -> str:
    return (
        f"{function} needs {package}, which is not installed; install it with: pip install "
        f"{package}; ss.CustomLandscape takes functions of NumPy arrays"
    )
