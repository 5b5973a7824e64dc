"""A landscape's Hessian as SciPy sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.linalg import LinearOperator

from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.landscapes.differentiable import Differentiable

__all__ = ["hessian_operator"]


def hessian_operator(landscape: Differentiable, point: FloatArray) -> LinearOperator:
    """Return the Hessian at a point, shape (dim,), as an operator made of its products."""

    def product(v: FloatArray) -> FloatArray:
        return landscape.hvp(point, np.asarray(v, dtype=np.float64).reshape(-1))

    def products(V: FloatArray) -> FloatArray:
        return landscape.hvp(point, np.ascontiguousarray(np.asarray(V, dtype=np.float64).T)).T

    return LinearOperator(
        (landscape.dim, landscape.dim),
        matvec=product,
        rmatvec=product,
        matmat=products,
        rmatmat=products,
        dtype=np.float64,
    )
