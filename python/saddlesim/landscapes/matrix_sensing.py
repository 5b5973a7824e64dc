"""Recovering a low-rank matrix from linear measurements of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from saddlesim import validation
from saddlesim.landscapes import data
from saddlesim.landscapes.planted import Measurements
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["MatrixSensing"]


@dataclass(frozen=True, repr=False, eq=False)
class MatrixSensing(Measurements):
    """f(U) = 1/(4 n) sum_i (<A_i, U U'> - b_i)^2 over U of shape (d, rank); x is U, row by row.

    With S_i = (A_i + A_i') / 2 and rho_i = <S_i, U U'> - b_i the gradient is
    1/n sum_i rho_i S_i U, and the Hessian takes V to
    1/n sum_i (rho_i S_i V + 2 <S_i U, V> S_i U). At the origin it is -(1/n sum_i b_i S_i) V. For
    Gaussian measurements of M, E f = 1/4 |U U' - M|^2: matrix factorisation is the limit of many.

    Parameters
    ----------
    measurements
        A_i, shape (n, d, d).
    targets
        b_i, shape (n,).
    rank
        Columns of U, from 1 to d.
    solution
        None, or a factor U*, shape (d, rank), that was planted; it is a global minimum if it fits
        every target.

    Notes
    -----
    Bhojanapalli, Neyshabur and Srebro, "Global optimality of local search for low rank matrix
    recovery", NIPS 2016 (who do not divide by 4 n); Ge, Jin and Zheng (ICML 2017) divide by 2 n.
    Where n exceeds d (d + 1) / 2, the measurements are reduced to as many, once and exactly (a QR
    decomposition), so a step costs the same for any n.
    """

    data_name: ClassVar[str] = "measurements"
    targets_name: ClassVar[str] = "targets"
    columns_name: ClassVar[str] = "rank"

    dim: int = field(init=False)
    measurements: FloatArray
    targets: FloatArray
    rank: int
    solution: FloatArray | None = None

    def __init__(self, measurements: Any, targets: Any, rank: int, *, solution: Any = None) -> None:
        A = validation.array("measurements", measurements)
        if A.ndim != 3 or A.shape[1] != A.shape[2] or A.size == 0:
            raise ValueError(
                f"measurements must have shape (n, d, d), one matrix a measurement, got {A.shape}"
            )
        validation.require_finite("measurements", A)
        self._settle(A, targets, validation.rank("rank", rank, A.shape[1]), solution)

    @classmethod
    def random(
        cls,
        dim: int,
        rank: int,
        *,
        measurements: int | None = None,
        noise: float = 0.0,
        seed: int = 0,
    ) -> MatrixSensing:
        """Return Gaussian measurements of a random projection of rank `rank`.

        Parameters
        ----------
        dim
            d, the size of the matrix.
        rank
            Its rank, and the columns of U.
        measurements
            Their number n; None is 10 d rank. Recovery needs a multiple of d rank.
        noise
            Standard deviation of what is added to every target.
        seed
            Of everything: entries of A_i are N(0, 1), eigenvectors are uniform (Haar).
        """
        d = validation.count("dim", dim)
        r = validation.rank("rank", rank, d)
        n = 10 * d * r if measurements is None else validation.count("measurements", measurements)
        sigma = validation.number("noise", noise, nonnegative=True)
        A = data.normals(seed, "measurements", (n, d, d))
        U = data.orthogonal(seed, "planted factor", d)[:r].T
        targets = data.product(A.reshape(n, d * d), data.product(U, U.T).reshape(d * d, 1))[:, 0]
        if sigma:
            targets = targets + sigma * data.normals(seed, "measurement noise", (n,))
        return cls(A, targets, r, solution=U)

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        weights = data.symmetric_weights(self.measurements)
        return core.MatrixSensing(weights, self.targets, self.size, self.rank)

    @property
    def samples(self) -> int:
        """The number of measurements."""
        return len(self.targets)

    def lower_samples(self, core: Core) -> _core.Samples:
        """Return the object of a compiled core that has the raw samples, for minibatches."""
        weights = data.symmetric_weights(self.measurements)
        return core.sensing_samples(weights, self.targets, self.size, self.rank)

    @property
    def size(self) -> int:
        """The size d of the matrix."""
        return int(self.measurements.shape[1])

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """U, shape (d, rank)."""
        return {"U": (self.size, self.rank)}

    def predictions(self, x: Any) -> FloatArray:
        """Return <A_i, U U'> at one point: shape (n,)."""
        U = self.unflatten(validation.vector("x", x, self.dim))["U"]
        return self._symmetric @ (U @ U.T).ravel()

    @cached_property
    def _symmetric(self) -> FloatArray:
        """S_i, flat: shape (n, d * d)."""
        both = self.measurements + self.measurements.swapaxes(1, 2)
        return both.reshape(len(both), -1) / 2

    def _weighted_mean(self, weights: FloatArray) -> FloatArray:
        mean: FloatArray = weights @ self._symmetric / len(weights)
        return mean.reshape(self.size, self.size)

    @cached_property
    def measurement_norm(self) -> float:
        """kappa, the largest eigenvalue of P -> 1/n sum_i <S_i, P> S_i on symmetric matrices.

        It tends to 1 with the number of Gaussian measurements.
        """
        return float(np.linalg.norm(self._symmetric, 2) ** 2) / len(self.targets)
