"""What networks on samples have in common."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from saddlesim import _core, validation
from saddlesim.landscapes.base import Landscape
from saddlesim.threads import worker_count
from saddlesim.validation import FloatArray

__all__ = ["Network", "weight_count"]

_MOST_WEIGHTS = 2**31 - 1  # the core counts coordinates in 32 bits
_MOST_BYTES = 2**32  # of a Jacobian or a Gram matrix


def weight_count(name: str, shapes: Iterable[tuple[int, ...]]) -> int:
    """Return how many weights there are in all; `name` is the argument that decides it."""
    dim = sum(math.prod(shape) for shape in shapes)
    if dim > _MOST_WEIGHTS:
        raise ValueError(
            f"{name} must leave at most {_MOST_WEIGHTS:,} weights, got {dim:,}; "
            "make layers narrower"
        )
    return dim


@dataclass(frozen=True, repr=False, eq=False)
class Network(Landscape):
    """A landscape that is a loss of a network's outputs on samples."""

    @property
    @abstractmethod
    def inputs(self) -> FloatArray:
        """The samples, one a row, shape (n, d)."""

    @property
    @abstractmethod
    def targets(self) -> FloatArray:
        """What the outputs should be, shape (n,) for one output a sample, else (n, outputs)."""

    @property
    def residual_weight(self) -> float:
        """The factor c in grad f = c J'(u - y), J the Jacobian of the outputs u, y the targets.

        f is c / 2 times |u - y|^2: a step size times c is that of 1/2 |u - y|^2.
        """
        return 1.0

    @property
    def network(self) -> _core.Landscape:
        """The C++ object that has the network's outputs on all samples."""
        return self.core

    def predictions(self, x: Any) -> FloatArray:
        """Return the outputs u at one point, in the shape of `targets`."""
        outputs = _core.predictions(self.network, self.one_point("x", x))
        return outputs.reshape(self.targets.shape)

    def jacobian(self, x: Any) -> FloatArray:
        """Return the derivatives of the outputs at one point, shape (targets.size, dim).

        Output o on sample i is row i * outputs + o. On a kink they are those of the active side.

        Raises
        ------
        ValueError
            If it would take more than 4 GiB.
        """
        point, rows = self.one_point("x", x), self.targets.size
        validation.require_finite("x", point)
        if 8 * rows * self.dim > _MOST_BYTES:
            raise ValueError(
                f"the Jacobian at x has {rows:,} x {self.dim:,} numbers, which would take more "
                "than 4 GiB; use gram, which does not write it out"
            )
        return _core.jacobian(self.network, point)

    def gram(self, x: Any, *, threads: int | None = None) -> FloatArray:
        """Return H = J J' at one point, J the `jacobian`: shape (targets.size, targets.size).

        Exactly symmetric. J itself is not written out: a layer's part of H is the product, entry by
        entry, of the Gram matrices of what goes into it and of what comes back to it.

        Parameters
        ----------
        x
            The point.
        threads
            How many threads to use; None is as `escape_times`. The numbers do not depend on it.

        Raises
        ------
        ValueError
            If it would take more than 4 GiB.
        """
        point, rows = self.one_point("x", x), self.targets.size
        validation.require_finite("x", point)
        if 8 * rows**2 > _MOST_BYTES:
            raise ValueError(
                f"the Gram matrix of {rows:,} outputs would take more than 4 GiB; "
                "make the landscape of fewer samples"
            )
        return _core.gram(self.network, point, worker_count(threads))

    def one_point(self, name: str, x: Any) -> FloatArray:
        """Return one point as shape (dim,); it may come as its only part, such as (width, d)."""
        point = validation.array(name, x)
        shapes = [(self.dim,), *(self.parts.values() if len(self.parts) == 1 else ())]
        if point.shape not in shapes:
            raise ValueError(
                f"{name} must be one point, of shape {' or '.join(map(str, shapes))}, "
                f"got {point.shape}; take the points one by one"
            )
        return point.ravel()
