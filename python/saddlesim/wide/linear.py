"""``against_kernel``: training a wide network beside the linear system that it is near to."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import kernel, validation
from saddlesim.initial import Initial
from saddlesim.kernel.eigenvalues import unit_step
from saddlesim.landscapes import TwoLayerReLU
from saddlesim.landscapes.network import Network
from saddlesim.methods import GradientDescent, GradientFlow
from saddlesim.run_text import aligned, described
from saddlesim.tables import html_table
from saddlesim.training import Training, train
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    pass

__all__ = ["KernelComparison", "against_kernel"]


@dataclass(frozen=True, eq=False, repr=False)
class KernelComparison:
    """A training run beside the prediction of a kernel that stays what it is at the start.

    Attributes
    ----------
    training
        The run.
    predicted
        u - y as H(0) predicts it at the recorded steps, in the shape of
        ``training.predictions``.
    predicted_at_infinite_width
        The same by H-infinity; None where the landscape has none.
    gram
        H(0).
    """

    training: Training
    predicted: FloatArray
    predicted_at_infinite_width: FloatArray | None
    gram: FloatArray

    @property
    def at(self) -> FloatArray:
        """The recorded steps, or times of a flow, shape (m,)."""
        return np.asarray(self.training.step, dtype=np.float64)

    @property
    def measured(self) -> FloatArray:
        """U - y, in the shape of ``predicted``."""
        return self.training.predictions - self.training.landscape.targets

    @property
    def residual(self) -> FloatArray:
        """|u - y| as measured, shape (m,)."""
        return _norms(self.measured)

    @property
    def predicted_norm(self) -> FloatArray:
        """|u - y| as H(0) predicts it, shape (m,)."""
        return _norms(self.predicted)

    @property
    def error(self) -> FloatArray:
        """|measured - predicted| / |measured|, shape (m,): of the vectors, not of their lengths.

        0 where both are 0, and infinite where only `measured` is 0 or it is not finite.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            missed, size = _norms(self.measured - self.predicted), self.residual
            ratio = np.where(missed == 0, 0.0, missed / size)
        return np.where(np.isnan(ratio), np.inf, ratio)

    def table(self) -> list[dict[str, Any]]:
        """Return one dict a recorded step."""
        limit = self.predicted_at_infinite_width
        columns = {
            "residual": self.residual,
            "predicted": self.predicted_norm,
            "error": self.error,
            **({} if limit is None else {"at_infinite_width": _norms(limit)}),
        }
        flow = isinstance(self.training.method, GradientFlow)
        return [
            {
                "time" if flow else "step": self.training.step[i].item(),
                **{name: float(column[i]) for name, column in columns.items()},
            }
            for i in range(len(self.at))
        ]

    def summary(self) -> str:
        """Return the measured and predicted residuals at some of the steps."""
        known = [
            ("landscape", repr(self.training.landscape)),
            ("method", repr(self.training.method)),
            ("Gram", f"H(0), smallest eigenvalue {kernel.smallest_eigenvalue(self.gram):.4g}"),
        ]
        if self.training.diverged:
            known.append(("diverged", self.training.divergence))
        return "\n".join([self._title(), described(known), "", aligned(self._rows())])

    def _title(self) -> str:
        largest = self.error.max()
        how = f"largest error {largest:.2%}" if math.isfinite(largest) else "infinite error"
        return f"Training beside its kernel: {how}"

    def _rows(self) -> list[list[str]]:
        table = self.table()
        chosen = np.unique(np.linspace(0, len(table) - 1, 12).round().astype(int))
        heads = [name.replace("_", " ") for name in table[0]]
        return [heads] + [
            [f"{value:.4g}" if name != "error" else f"{value:.2%}" for name, value in row.items()]
            for row in (table[i] for i in chosen)
        ]

    def plot(self, axes: Any = None) -> Any:
        """Draw both residuals, and the error: see `saddlesim.wide.plot.plot_kernel`."""
        from saddlesim.wide.plot import plot_kernel

        return plot_kernel(self, axes)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._rows())


def against_kernel(
    landscape: Network,
    method: GradientDescent | GradientFlow | None = None,
    *,
    steps: Any = 100,
    initial: Initial | None = None,
    trajectory: int = 0,
    seed: int = 0,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> KernelComparison:
    """Train a network, and predict its outputs from the Gram matrix at its start.

    Parameters
    ----------
    landscape
        A network with the squared loss.
    method
        GradientDescent or GradientFlow; None is gradient descent with a step of 1 over the largest
        eigenvalue of H(0). A flow of rectifiers needs an absolute tolerance: see `GradientFlow`.
    steps
        As in `train`: how many, or of a flow until which time.
    initial, trajectory, seed, threads, progress
        As in `train`. Outputs should be 0 at the start (`SymmetrizedGaussian`, the default of
        two-layer ReLU networks) and weights of size 1: smaller ones move further than they are
        long, and leave the kernel behind.

    Returns
    -------
    KernelComparison
        The run and the prediction.

    Notes
    -----
    Jacot, Gabriel and Hongler, "Neural tangent kernel", NeurIPS 2018; for gradient descent, Arora,
    Du, Hu, Li and Wang, ICML 2019, Theorem 4.1.
    """
    validation.instance("landscape", landscape, Network, "ss.TwoLayerReLU.random(dim=20)")
    if getattr(landscape, "loss", "squared") != "squared":
        raise ValueError(
            f"landscape must have the squared loss, got {landscape!r}: outputs follow a linear "
            "system for no other"
        )
    start = landscape.default_initial() if initial is None else initial
    point = start.sample(landscape, trials=range(trajectory, trajectory + 1), seed=seed)[0]
    gram = kernel.gram(landscape, point, threads=threads)
    if method is None:
        method = GradientDescent(unit_step(gram) / landscape.residual_weight)
    if not isinstance(method, (GradientDescent, GradientFlow)):
        raise TypeError(
            f"method must be GradientDescent or GradientFlow, got {method!r}; "
            "the kernel predicts these only"
        )
    run = train(
        landscape,
        method,
        steps=steps,
        initial=start,
        trajectory=trajectory,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    limit = None
    if isinstance(landscape, TwoLayerReLU):
        limit = _predicted(landscape.infinite_width_gram(), run, landscape)
    return KernelComparison(run, _predicted(gram, run, landscape), limit, gram)


def _predicted(gram: FloatArray, run: Training, landscape: Network) -> FloatArray:
    """Return u - y at the recorded steps, were the Gram matrix what it is for ever."""
    first, weight = run.predictions[0], landscape.residual_weight
    if isinstance(run.method, GradientDescent):
        return kernel.predicted_residual(
            gram, first, landscape.targets, run.step, run.method.step_size * weight
        )
    return kernel.predicted_residual_flow(gram, first, landscape.targets, run.step * weight)


def _norms(rows: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        norms: FloatArray = np.linalg.norm(rows.reshape(len(rows), -1), axis=1)
    return norms
