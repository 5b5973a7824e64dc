"""A function on R^dim evaluated point by point: value, gradient, Hessian, named arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import validation
from saddlesim.landscapes.lowered import Lowered
from saddlesim.threads import worker_count
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator

__all__ = ["Differentiable"]

_MOST_BYTES = 2**32  # of Hessians that are written out
_WORTH_THREADS = 2**16  # numbers in all points below which one thread is quickest


class Differentiable(Lowered):
    """What is computed at points, which are rows of an array of shape (dim,) or (n, dim)."""

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the arrays that make up a point, in the order of its numbers."""
        return {"x": (self.dim,)}

    def unflatten(self, X: Any) -> dict[str, FloatArray]:
        """Return the named arrays that make up each point, as views where possible.

        Parameters
        ----------
        X
            One point, shape (dim,), or n points, shape (n, dim).

        Returns
        -------
        dict of ndarray
            By name, of the shape in `parts`, with a leading axis n for n points.
        """
        points = validation.points("X", X, self.dim)
        arrays, at = {}, 0
        for name, shape in self.parts.items():
            size = math.prod(shape)
            arrays[name] = points[..., at : at + size].reshape(*points.shape[:-1], *shape)
            at += size
        return arrays

    def flatten(self, **arrays: Any) -> FloatArray:
        """Return the points made of named arrays, the inverse of `unflatten`.

        Parameters
        ----------
        **arrays
            One array for each name of `parts`, of its shape; or all with a leading axis n.

        Returns
        -------
        ndarray
            Shape (dim,) or (n, dim).
        """
        if arrays.keys() != self.parts.keys():
            raise TypeError(
                f"flatten takes {', '.join(self.parts)}, got {', '.join(arrays) or 'nothing'}; "
                "pass each of them once, by name"
            )
        flat: list[FloatArray] = []
        for name, shape in self.parts.items():
            array = validation.array(name, arrays[name])
            leading = array.shape[: array.ndim - len(shape)]
            if array.shape[len(leading) :] != shape or len(leading) > 1:
                raise ValueError(
                    f"{name} must have shape {shape} or (n, {', '.join(map(str, shape))}), "
                    f"got {array.shape}; see .parts"
                )
            flat.append(array.reshape(*leading, math.prod(shape)))
        if len({array.shape[:-1] for array in flat}) > 1:
            shapes = ", ".join(f"{name} {np.shape(a)}" for name, a in arrays.items())
            raise ValueError(f"all arrays must stand for the same number of points, got {shapes}")
        return np.concatenate(flat, axis=-1)

    def value(self, X: Any, *, threads: int | None = None) -> FloatArray:
        """Return f at each point: shape () for one point, (n,) for n.

        Parameters
        ----------
        X
            The points.
        threads
            How many threads to use; None is one for few points and otherwise as `escape_times`.
        """
        rows, one = self._rows("X", X)
        return _first(self.core.value(rows, self._threads(threads, rows)), one)

    def gradient(self, X: Any, *, threads: int | None = None) -> FloatArray:
        """Return the gradient at each point, in the shape of `X`; `threads` as in `value`.

        On a landscape that lives on spheres this is the Riemannian gradient.
        """
        rows, one = self._rows("X", X)
        return _first(self.core.gradient(rows, self._threads(threads, rows)), one)

    def hvp(self, X: Any, V: Any, *, threads: int | None = None) -> FloatArray:
        """Return the Hessian at each point times the vector in the same row of `V`.

        `X` and `V` may each be one vector for all rows of the other; `threads` as in `value`. On a
        landscape that lives on spheres this is the Riemannian Hessian, 0 on what is not tangent.
        """
        points, vectors, one = self._pairs(X, V)
        return _first(self.core.hvp(points, vectors, self._threads(threads, points)), one)

    def hessian(self, X: Any, *, threads: int | None = None) -> FloatArray:
        """Return the Hessian at each point: shape (dim, dim) for one point, (n, dim, dim) for n.

        Symmetric to the last bit. On spheres it is the Riemannian one, 0 along the normals.
        `threads` as in `value`.

        Raises
        ------
        ValueError
            If all of them would take more than 4 GiB.
        """
        points, one = self._rows("X", X)
        if 8 * len(points) * self.dim**2 > _MOST_BYTES:
            raise ValueError(
                f"X has {len(points):,} points, whose Hessians of {self.dim:,} x {self.dim:,} "
                "numbers would take more than 4 GiB; pass fewer, or use hessian_operator, "
                "ss.min_eigenpair or ss.extreme_eigenpairs"
            )
        unit = np.eye(self.dim)
        rows = [self.hvp(point, unit, threads=threads) for point in points]
        hessians = np.array(rows).reshape(-1, self.dim, self.dim)
        hessians = (hessians + hessians.transpose(0, 2, 1)) / 2
        return hessians[0] if one else hessians

    def hessian_operator(self, x: Any) -> LinearOperator:
        """Return the Hessian at x, shape (dim,), as a SciPy LinearOperator of its HVPs.

        So ``scipy.sparse.linalg.eigsh(landscape.hessian_operator(x), 1, which="SA")`` works, and
        cg and minres do. Products with many vectors at once (matmat) are the quick ones.
        """
        from saddlesim.landscapes.hessian import hessian_operator

        return hessian_operator(self, validation.vector("x", x, self.dim))

    def _threads(self, threads: int | None, rows: FloatArray) -> int:
        if threads is None and rows.size < _WORTH_THREADS:
            return 1
        return worker_count(threads)

    def _rows(self, name: str, X: Any) -> tuple[FloatArray, bool]:
        points = validation.points(name, X, self.dim)
        return points.reshape(-1, self.dim), points.ndim == 1

    def _pairs(self, X: Any, V: Any) -> tuple[FloatArray, FloatArray, bool]:
        """Return points and vectors, a row each, and whether there is one pair only."""
        points, one_point = self._rows("X", X)
        vectors, one_vector = self._rows("V", V)
        if one_point and not one_vector:
            points = np.ascontiguousarray(np.broadcast_to(points, vectors.shape))
        if one_vector and not one_point:
            vectors = np.ascontiguousarray(np.broadcast_to(vectors, points.shape))
        if points.shape != vectors.shape:
            raise ValueError(
                f"V must have the shape of X, got {vectors.shape} and {points.shape}; "
                "pass one vector for each point, or one vector for all"
            )
        return points, vectors, one_point and one_vector


def _first(result: FloatArray, one: bool) -> FloatArray:
    return result[0] if one else result
