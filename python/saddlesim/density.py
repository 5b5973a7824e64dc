"""How the Hessian's eigenvalues are spread: stochastic Lanczos quadrature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import _core, validation
from saddlesim.description import stream_key
from saddlesim.krylov import product_count
from saddlesim.landscapes import Landscape
from saddlesim.tables import Tabular, span
from saddlesim.threads import worker_count
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["SpectralDensity", "spectral_density"]

_GRID = 400  # numbers in a grid that is not given


@dataclass(frozen=True, eq=False, repr=False)
class SpectralDensity(Tabular):
    """The spectrum of a Hessian as seen by random vectors.

    Attributes
    ----------
    nodes, weights
        Shape (probes, steps). Each probe is a random direction z; its weights are the shares of
        |z|^2 that Gauss's quadrature puts at its nodes, and sum to 1. Where a probe's Krylov space
        ends early, its last node is repeated with weight 0.
    dim
        The dimension of the space: that of the tangent space, on spheres.
    """

    nodes: FloatArray
    weights: FloatArray
    dim: int

    @property
    def _title(self) -> str:
        probes, steps = self.nodes.shape
        return f"SpectralDensity in dimension {self.dim:,}: {probes} probes of {steps} steps"

    def _rows(self) -> list[tuple[str, str]]:
        below = self.weights[(self.nodes < 0) & (self.weights > 0)].sum() / len(self.nodes)
        return [
            ("nodes", span(self.nodes[self.weights > 0])),
            ("negative", f"an estimated {below:.1%} of the eigenvalues"),
        ]

    def cumulative(self, values: Any) -> FloatArray:
        """Return the estimated share of eigenvalues that are at most each of `values`.

        The mean over probes; steps of a probe are at its nodes.
        """
        at = np.asarray(values, dtype=np.float64)
        below = self.nodes[..., None] <= at.reshape(-1)
        shares: FloatArray = np.einsum("pk,pkv->v", self.weights, below) / len(self.nodes)
        return shares.reshape(at.shape)

    def density(self, values: Any, width: float | None = None) -> FloatArray:
        """Return the density of eigenvalues at each of `values`, smoothed by a Gaussian.

        Parameters
        ----------
        values
            Where.
        width
            The Gaussian's standard deviation; None is a hundredth of the range of the nodes.
        """
        at = np.asarray(values, dtype=np.float64)
        sigma = self.default_width if width is None else validation.number("width", width)
        if not sigma > 0:
            raise ValueError(f"width must be a positive number, got {width!r}")
        bells = np.zeros(at.size)
        for nodes, weights in zip(self.nodes, self.weights, strict=True):
            z = (at.reshape(-1, 1) - nodes) / sigma
            bells += np.exp(-(z**2) / 2) @ weights
        return np.asarray(bells.reshape(at.shape) / (len(self.nodes) * sigma * np.sqrt(2 * np.pi)))

    @property
    def default_width(self) -> float:
        """A hundredth of the range of the nodes that have weight."""
        low, high = self.range
        return (high - low) / 100 or max(abs(high), 1.0) / 100

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest node that has weight."""
        seen = self.nodes[self.weights > 0]
        return float(seen.min()), float(seen.max())

    def grid(self, width: float | None = None) -> FloatArray:
        """Return values at which a picture of the density is drawn."""
        low, high = self.range
        margin = 4 * (self.default_width if width is None else width)
        return np.linspace(low - margin, high + margin, _GRID)

    def mean_of(self, function: Any) -> tuple[float, float]:
        """Return the mean of a function of the eigenvalues, and its standard error over probes.

        Times `dim` it is a trace: of H for the identity, of H^2 for the square.
        """
        means = (self.weights * function(self.nodes)).sum(axis=1)
        spread = float(means.std(ddof=1)) if len(means) > 1 else float("nan")
        return float(means.mean()), spread / len(means) ** 0.5

    def plot(self, ax: Axes | None = None, *, width: float | None = None) -> list[Artist]:
        """Draw the density; negative curvature is shaded."""
        from saddlesim.plot_spectrum import plot_spectral_density

        return plot_spectral_density(self, ax, width=width)


def spectral_density(
    landscape: Landscape,
    x: Any,
    *,
    probes: int = 32,
    steps: int = 64,
    seed: int = 0,
    threads: int | None = None,
) -> SpectralDensity:
    """Estimate how the eigenvalues of the Hessian at a point are spread.

    From ``probes * steps`` Hessian-vector products, whatever the dimension: for each of some random
    directions, Gauss's quadrature by Lanczos's iteration. Moments up to the order 2 steps - 1 are
    exact for each direction; the error of an average over eigenvalues falls with
    1 / sqrt(probes * dim).

    Parameters
    ----------
    landscape
        The function. On spheres the Hessian is the Riemannian one, on the tangent space.
    x
        The point, shape (dim,).
    probes
        Random directions.
    steps
        Hessian-vector products for each; `dim` at most.
    seed, threads
        As in `min_eigenpair`.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C.
    ValueError, TypeError
        If an argument is not allowed, or x lies outside the landscape's domain.

    Notes
    -----
    Ubaru, Chen and Saad, "Fast estimation of tr(f(A)) via stochastic Lanczos quadrature", SIAM J.
    Matrix Anal. Appl. 38 (2017).
    """
    from scipy.linalg import eigh_tridiagonal

    validation.instance("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    point = validation.vector("x", x, landscape.dim)
    many = validation.count("probes", probes)
    most = product_count("steps", steps, landscape.dim)
    diagonals, couplings = _core.tridiagonals(
        landscape.core,
        np.ascontiguousarray(np.broadcast_to(point, (many, landscape.dim))),
        indices=np.arange(many),
        key=stream_key(validation.seed(seed), landscape),
        steps=most,
        threads=worker_count(threads),
    )
    if not np.isfinite(diagonals).all():
        raise ValueError(
            f"x must lie where {type(landscape).__name__} is defined and its Hessian finite, got "
            f"{point!r:.80}; see landscape.value(x)"
        )
    nodes, weights = np.zeros((2, many, most))
    for probe, (diagonal, coupling) in enumerate(zip(diagonals, couplings, strict=True)):
        exhausted = np.flatnonzero(coupling == 0)
        size = exhausted[0] + 1 if len(exhausted) else most
        values, vectors = eigh_tridiagonal(diagonal[:size], coupling[: size - 1])
        nodes[probe, :size], nodes[probe, size:] = values, values[-1]
        weights[probe, :size] = vectors[0] ** 2
    return SpectralDensity(nodes, weights, landscape.manifold_dim)
