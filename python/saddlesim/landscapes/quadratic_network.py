"""Two layers with quadratic activation."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from saddlesim import _core, validation
from saddlesim.landscapes import data
from saddlesim.landscapes.network import Network
from saddlesim.landscapes.planted import Measurements
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim.precision import Core

__all__ = ["QuadraticNetwork"]


@dataclass(frozen=True, repr=False, eq=False)
class QuadraticNetwork(Network, Measurements):
    """f(W) = 1/(4 n) sum_i (|W'x_i|^2 - y_i)^2 over W of shape (d, width); x is W, row by row.

    With r_i = |W'x_i|^2 - y_i the gradient is 1/n sum_i r_i x_i x_i'W, and the Hessian takes V to
    1/n sum_i (r_i x_i x_i'V + 2 (x_i'W V'x_i) x_i x_i'W). At the origin it is -C V with
    C = 1/n sum_i y_i x_i x_i'. For Gaussian x and labels |W*'x|^2 the limit of many samples is
    1/2 |D|^2 + 1/4 (tr D)^2 with D = W W' - W* W*'.

    Parameters
    ----------
    X
        Samples, shape (n, d).
    y
        Labels, shape (n,).
    width
        Hidden units, at least 1.
    solution
        None, or weights W*, shape (d, width), that were planted; they are a global minimum if they
        fit every label.

    Notes
    -----
    No spurious minima and strict saddles for width >= d: Soltanolkotabi, Javanmard and Lee, IEEE
    Trans. Inf. Theory 2019, Theorem 2.1; with weight decay for width (width + 1) / 2 > n: Du and
    Lee, ICML 2018 (who divide by n).
    """

    data_name: ClassVar[str] = "X"
    targets_name: ClassVar[str] = "y"
    columns_name: ClassVar[str] = "width"

    dim: int = field(init=False)
    X: FloatArray
    y: FloatArray
    width: int
    solution: FloatArray | None = None

    def __init__(self, X: Any, y: Any, width: int, *, solution: Any = None) -> None:
        self._settle(validation.matrix("X", X), y, validation.count("width", width), solution)

    @classmethod
    def random(
        cls,
        dim: int,
        *,
        width: int | None = None,
        planted: int = 1,
        samples: int | None = None,
        seed: int = 0,
    ) -> QuadraticNetwork:
        """Return Gaussian samples labelled by a planted network with orthonormal weights.

        Parameters
        ----------
        dim
            d, the dimension of the samples.
        width
            Hidden units; None is d, where every saddle is strict.
        planted
            Hidden units of the planted network, at most min(d, width).
        samples
            Their number n; None is 10 d.
        seed
            Of samples and weights.
        """
        d = validation.count("dim", dim)
        m = d if width is None else validation.count("width", width)
        k = validation.integer("planted", planted, minimum=1, maximum=min(d, m))
        n = 10 * d if samples is None else validation.count("samples", samples)
        X = data.normals(seed, "samples", (n, d))
        W = np.zeros((d, m))
        W[:, :k] = data.orthogonal(seed, "planted network", d)[:k].T
        return cls(X, data.square_lengths(data.product(X, W)), m, solution=W)

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core, in whichever of two forms costs less."""
        n, d = self.X.shape
        entries = d * (d + 1) // 2
        by_samples = 2 * n * d * self.width
        by_entries = min(2 * n, entries) * entries + self.width * (entries + d * d)
        if by_samples <= by_entries:
            return core.QuadraticNetwork(self.X, self.y, self.width)
        weights = data.symmetric_weights(self.X[:, :, None] * self.X[:, None, :])
        return core.MatrixSensing(weights, self.y, d, self.width)

    @property
    def samples(self) -> int:
        """The number of rows of X."""
        return len(self.y)

    def lower_samples(self, core: Core) -> _core.Samples:
        """Return the object of a compiled core that has the raw samples, for minibatches."""
        return core.quadratic_network_samples(self.X, self.y, self.width)

    @property
    def size(self) -> int:
        """The dimension d of the samples."""
        return int(self.X.shape[1])

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """W, shape (d, width)."""
        return {"W": (self.size, self.width)}

    @property
    def inputs(self) -> FloatArray:
        """X."""
        return self.X

    @property
    def targets(self) -> FloatArray:
        """The labels y."""
        return self.y

    @property
    def residual_weight(self) -> float:
        """1 / (2 n), as f is 1 / (4 n) times the sum of the squares."""
        return 0.5 / len(self.y)

    @cached_property
    def network(self) -> _core.Landscape:
        """The C++ object that has the samples, in whichever form f is computed."""
        return _core.QuadraticNetwork(self.X, self.y, self.width)

    def _weighted_mean(self, weights: FloatArray) -> FloatArray:
        mean: FloatArray = (self.X.T * weights) @ self.X / len(weights)
        return mean

    @cached_property
    def measurement_norm(self) -> float:
        """kappa, the largest eigenvalue of P -> 1/n sum_i <S_i, P> S_i, S_i = x_i x_i'.

        Near d + 2 for Gaussian samples, because the identity is in every S_i.
        """
        squares = (self.X[:, :, None] * self.X[:, None, :]).reshape(len(self.X), -1)
        return float(np.linalg.norm(squares, 2) ** 2) / len(self.y)
