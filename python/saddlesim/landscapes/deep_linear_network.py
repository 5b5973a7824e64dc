"""Deep linear networks: all local minima are global, but not all saddles are strict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from saddlesim import validation
from saddlesim.initial import Gaussian, Initial
from saddlesim.landscapes import data, symmetries
from saddlesim.landscapes.captured import Factorization
from saddlesim.landscapes.curvature import largest_curvature
from saddlesim.landscapes.network import Network
from saddlesim.landscapes.stationary import StationaryPoint, spectrum
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from saddlesim import _core
    from saddlesim.precision import Core

__all__ = ["DeepLinearNetwork"]


@dataclass(frozen=True, repr=False, eq=False)
class DeepLinearNetwork(Network, Factorization):
    """f(W_1, ..., W_N) = 1/2 sum_i |W_N ... W_1 x_i - y_i|^2; x is W_1, W_2, ..., row by row.

    W_j has shape (outputs, inputs) of layer j. With the errors E = W_N ... W_1 X' - Y' the gradient
    in W_j is (W_N ... W_{j+1})' E (W_{j-1} ... W_1 X')'. Every local minimum is global. The origin
    is a saddle: strict for N = 2, with smallest eigenvalue -sigma_1(Y'X); from N = 3 on its Hessian
    is 0, and leaving it from weights of size w takes a time of the order of w^(2 - N) where it
    takes log(1 / w) for N = 2.

    Parameters
    ----------
    X
        Samples, one a row, shape (n, d_in).
    Y
        Targets, shape (n, d_out).
    hidden
        Widths of the hidden layers; N is one more than there are.

    Notes
    -----
    Kawaguchi, "Deep learning without poor local minima", NIPS 2016; Saxe, McClelland and Ganguli,
    ICLR 2014, for the dynamics. More samples than inputs are reduced to as many as inputs, once and
    exactly (a QR decomposition).
    """

    weight: ClassVar[float] = 0.5

    dim: int = field(init=False)
    X: FloatArray
    Y: FloatArray
    hidden: tuple[int, ...]

    def __init__(self, X: Any, Y: Any, hidden: Sequence[int]) -> None:
        samples = validation.matrix("X", X)
        targets = validation.matrix("Y", Y, rows=len(samples))
        object.__setattr__(self, "X", samples)
        object.__setattr__(self, "Y", targets)
        object.__setattr__(self, "hidden", validation.widths("hidden", hidden))
        object.__setattr__(self, "dim", sum(math.prod(shape) for shape in self.parts.values()))

    @classmethod
    def random(
        cls,
        widths: Sequence[int] | None = None,
        *,
        dim: int | None = None,
        depth: int = 2,
        samples: int | None = None,
        seed: int = 0,
        singular_values: Any = None,
    ) -> DeepLinearNetwork:
        """Return the problem of learning a random linear map.

        Parameters
        ----------
        widths
            d_in, the hidden widths, and d_out; None is all of them equal to `dim`.
        dim
            d_in in place of `widths`.
        depth
            N, the number of layers, with `dim`.
        samples
            Their number; None is d_in whitened samples (X the identity), a number is as many
            Gaussian ones.
        seed
            Of samples and of the map's singular vectors, which are uniform (Haar).
        singular_values
            Those of the map, the others being 0; None is as many ones as the narrowest layer has
            units.
        """
        if (widths is None) == (dim is None):
            raise ValueError("give either widths, such as [4, 4, 4], or dim (and depth)")
        if widths is None:
            layers = validation.count("depth", depth)
            all_widths = [validation.count("dim", dim)] * (layers + 1)
        else:
            all_widths = [validation.count("widths", width) for width in widths]
            if len(all_widths) < 2:
                raise ValueError(
                    f"widths must be d_in, hidden widths and d_out, got {list(all_widths)}; "
                    "at least two numbers"
                )
        first, last, narrowest = all_widths[0], all_widths[-1], min(all_widths)
        sigma = np.ones(narrowest)
        if singular_values is not None:
            sigma = validation.singular_values(singular_values, min(first, last))
        left = data.orthogonal(seed, "left singular vectors", last)[: len(sigma)]
        right = data.orthogonal(seed, "right singular vectors", first)[: len(sigma)]
        X = np.eye(first)
        if samples is not None:
            X = data.normals(seed, "samples", (validation.count("samples", samples), first))
        return cls(X, data.product(data.product(X, right.T * sigma), left), all_widths[1:-1])

    def lower(self, core: Core) -> _core.Landscape:
        """Return the object of a compiled core that computes."""
        return core.DeepLinearNetwork(self.X, self.Y, list(self.hidden))

    @property
    def widths(self) -> tuple[int, ...]:
        """d_in, the hidden widths, d_out."""
        return (self.X.shape[1], *self.hidden, self.Y.shape[1])

    @property
    def depth(self) -> int:
        """N, the number of layers."""
        return len(self.hidden) + 1

    @property
    def inputs(self) -> FloatArray:
        """X."""
        return self.X

    @property
    def targets(self) -> FloatArray:
        """Y, without its second axis where there is one output."""
        return self.Y[:, 0] if self.Y.shape[1] == 1 else self.Y

    @property
    def samples(self) -> int:
        """The number of rows of X."""
        return len(self.X)

    def lower_samples(self, core: Core) -> _core.Samples:
        """Return the object of a compiled core that has the raw samples, for minibatches."""
        return core.deep_linear_samples(self.X, self.Y, list(self.hidden))

    @property
    def size(self) -> int:
        """d_in."""
        return self.widths[0]

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """W1, ..., WN, each of shape (outputs, inputs)."""
        w = self.widths
        return {f"W{j + 1}": (w[j + 1], w[j]) for j in range(self.depth)}

    @property
    def fans(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of each layer."""
        return {name: (shape[1], shape[0]) for name, shape in self.parts.items()}

    @property
    def rank(self) -> int:  # type: ignore[override]
        """The largest rank that the network can have: the smallest width."""
        return min(self.widths)

    def symmetry_directions(self, X: Any) -> FloatArray:
        """Return those of (W_{j+1} A^-1, A W_j), A invertible, for each hidden layer in turn.

        k is the sum of the squares of the hidden widths; otherwise as in the base.
        """
        weights = list(self.unflatten(X).values())
        at = np.cumsum([0, *(math.prod(shape) for shape in self.parts.values())])
        blocks = []
        for j in range(len(self.hidden)):
            outer, inner = symmetries.mixings(weights[j + 1], weights[j])
            block = np.zeros((*outer.shape[:-2], self.dim))
            block[..., at[j] : at[j + 2]] = symmetries.flat(inner, outer)
            blocks.append(block)
        return np.concatenate(blocks, axis=-2) if blocks else super().symmetry_directions(X)

    def invariants(self, X: Any) -> FloatArray:
        """Return the product of the weights, of which all continuous invariants are functions.

        Balanced points with the same product are in one orbit. Others need not be, not even in
        general position: with widths such as 4, 3, 2, 4 the kernel of W_1, of dimension 1, is
        anywhere in that of the product, of dimension 2. Otherwise as in the base.
        """
        first, *others = self.unflatten(X).values()
        product = first
        for W in others:
            product = W @ product
        return product.reshape(*product.shape[:-2], math.prod(product.shape[-2:])).copy()

    @cached_property
    def _best_linear(self) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        """The least-squares map, its fit's left singular vectors and values, and what is left."""
        A: FloatArray = np.linalg.lstsq(self.X, self.Y, rcond=None)[0].T.astype(np.float64)
        left, sigma, _ = np.linalg.svd(A @ self.X.T, full_matrices=False)
        sigma[sigma <= 1e-13 * max(float(sigma.max()), 1e-300)] = 0.0
        rest = math.fsum(((self.X @ A.T - self.Y) ** 2).ravel())
        exact = rest <= 1e-24 * math.fsum((self.Y**2).ravel())
        return A, left, sigma, 0.0 if exact else rest / 2

    @property
    def strengths(self) -> FloatArray:
        """The singular values of the best linear fit to the targets, descending."""
        return self._best_linear[2]

    @property
    def offset(self) -> float:
        """What no linear map can reach: half the squared error of the least-squares fit."""
        return self._best_linear[3]

    def balanced(self, A: Any) -> FloatArray:
        """Return weights with the product A and W_{j+1}' W_{j+1} = W_j W_j' for all j: a point.

        Parameters
        ----------
        A
            A map of a rank of at most the smallest width, shape (d_out, d_in).
        """
        matrix = validation.matrix("A", A, self.widths[-1], self.widths[0])
        left, sigma, right = np.linalg.svd(matrix, full_matrices=False)
        rank = int(np.count_nonzero(sigma > 1e-13 * max(float(sigma.max()), 1e-300)))
        if rank > self.rank:
            raise ValueError(
                f"A must have a rank of at most {self.rank}, the smallest width, got {rank}"
            )
        root = np.diag(sigma[:rank] ** (1 / self.depth))
        weights = [np.zeros(shape) for shape in self.parts.values()]
        if self.depth == 1:
            weights[0][:] = matrix
        else:
            for W in weights:
                W[:rank, :rank] = root
            weights[0][:rank] = root @ right[:rank]
            weights[-1][:, :rank] = left[:, :rank] @ root
            weights[0][rank:] = 0
            weights[-1][:, rank:] = 0
        return self.flatten(**dict(zip(self.parts, weights, strict=True)))

    def identity(self, scale: float = 1.0) -> FloatArray:
        """Return the point at which every weight matrix is `scale` times an identity."""
        factor = validation.number("scale", scale)
        return self.flatten(**{name: factor * np.eye(s[0], s[1]) for name, s in self.parts.items()})

    def _at(self, S: list[int], value: float, name: str, kind: str | None) -> StationaryPoint:
        A, left, _, _ = self._best_linear
        x = self.balanced(left[:, S] @ left[:, S].T @ A if S else np.zeros(A.shape))
        if not S:  # the origin, without rounding
            if self.depth >= 3:
                name = "the origin, a saddle that is not strict" if kind is None else name
                return StationaryPoint(x, value, np.zeros(self.dim), name, kind)
            if self.depth == 2:
                cross = np.linalg.svd(self.Y.T @ self.X, compute_uv=False)
                zeros = np.zeros(self.dim - 2 * len(cross) * self.hidden[0])
                both = np.repeat(np.concatenate([cross, -cross]), self.hidden[0])
                return StationaryPoint(x, value, spectrum(both, zeros), name, kind)
        return self._stationary(x, name, value=value, kind=kind)

    def stationary_points(self) -> list[StationaryPoint]:
        """Return balanced weights for every set of captured singular values, the origin first.

        The product of the weights at a stationary point is the projection of the least-squares map
        onto some of its fit's singular directions; these are one point of each kind. Without hidden
        layers there is the minimum only.

        Raises
        ------
        ValueError
            If there are more than 4096.
        """
        if self.depth == 1:
            return [self.stationary_point(range(self._positive))]
        return super().stationary_points()

    def saddles(self) -> list[StationaryPoint]:
        """Return the strict saddles among them; without hidden layers there is none."""
        return super().saddles() if self.depth > 1 else []

    @property
    def length_scale(self) -> float:
        """The size of a weight in a balanced minimum: the N-th root of the map's norm."""
        norm = float(np.linalg.norm(self._best_linear[0], 2))
        return norm ** (1 / self.depth) if norm > 0 else 1.0

    @cached_property
    def smoothness(self) -> float:
        """An estimate: twice the Hessian's norm at the balanced global minimum.

        The Hessian is unbounded on all of R^dim.
        """
        best = range(min(self.rank, self._positive))
        return 2 * largest_curvature(self, self.stationary_point(best).point)

    @property
    def hessian_lipschitz(self) -> float:
        """An estimate: N times smoothness over the length scale, by the degree of f."""
        return self.depth * self.smoothness / self.length_scale if self.depth > 1 else 0.0

    def default_initial(self) -> Initial:
        """Return entries of a tenth of the length scale for depth >= 3, of a thousandth for less.

        From smaller weights a deeper network would take too long.
        """
        return Gaussian((1e-1 if self.depth >= 3 else 1e-3) * self.length_scale)
