"""``against_width``: a wide network hardly moves, and yet fits any labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import kernel, validation
from saddlesim.errors import Interrupted
from saddlesim.initial import Gaussian, Initial
from saddlesim.kernel.eigenvalues import unit_step
from saddlesim.labelled import part
from saddlesim.landscapes import TwoLayerReLU
from saddlesim.methods import GradientDescent
from saddlesim.progress import report_to
from saddlesim.run_text import aligned, described
from saddlesim.statistics import Estimate
from saddlesim.tables import html_table
from saddlesim.training import Training, train
from saddlesim.validation import FloatArray
from saddlesim.wide.slopes import log_slope

if TYPE_CHECKING:
    pass

__all__ = ["QUANTITIES", "WidthSweep", "against_width"]

# The columns, and what each is in words.
QUANTITIES = {
    "loss": "training loss over that of zero outputs",
    "training_error": "training error",
    "changed_patterns": "share of changed activation patterns",
    "largest_movement": "largest movement of a unit",
    "gram_drift": "drift of the Gram matrix",
    "gram_error": "Gram matrix at the start off its limit",
    "prediction_error": "kernel's prediction off the outputs",
}
_LOOKS = 10  # at the outputs, along a run
_SLOPES = ("changed_patterns", "largest_movement", "gram_drift", "gram_error", "prediction_error")


@dataclass(frozen=True, eq=False, repr=False)
class WidthSweep:
    """Networks of several widths after the same number of steps, a row a network.

    Attributes
    ----------
    width, trajectory
        m, and the id of the start, shape (rows,), int64.
    loss
        f at the end over f where all outputs are 0.
    training_error
        The share of samples whose output has the wrong sign.
    changed_patterns
        The share of all (unit, sample) of which one is active at the start, or at the end, only.
    largest_movement
        max_r |w_r - w_r(0)|.
    gram_drift
        |H(end) - H(0)| / |H(0)|, Frobenius norms.
    gram_error
        |H(0) - H-infinity| / |H-infinity|, the same.
    prediction_error
        The largest |u(k) - y - (I - step H(0))^k (u(0) - y)| / |u(0) - y| over ten steps k that are
        evenly spaced: what a fixed kernel misses.
    landscapes
        The narrowest and the widest network's problem.
    method, initial, steps, seed
        What was run.
    """

    width: Any
    trajectory: Any
    loss: FloatArray
    training_error: FloatArray
    changed_patterns: FloatArray
    largest_movement: FloatArray
    gram_drift: FloatArray
    gram_error: FloatArray
    prediction_error: FloatArray
    landscapes: tuple[TwoLayerReLU, TwoLayerReLU]
    method: GradientDescent
    initial: Initial
    steps: int
    seed: int

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths, increasing."""
        return tuple(sorted({int(width) for width in self.width}))

    def mean(self, quantity: str) -> FloatArray:
        """Return the mean of a quantity over the starts, at each width."""
        values = self._column(quantity)
        return np.array([values[self.width == width].mean() for width in self.widths])

    def slope(self, quantity: str) -> Estimate:
        """Return the power of the width by which a quantity changes, fitted to the logarithms.

        Parameters
        ----------
        quantity
            A column; theory has -1/2 for ``"changed_patterns"``, ``"largest_movement"``,
            ``"gram_drift"``, ``"gram_error"`` and ``"prediction_error"``.

        Raises
        ------
        ValueError
            If there are fewer than three widths, or a value is 0.
        """
        return log_slope(self.width, self._column(quantity), quantity)

    def _column(self, quantity: str) -> FloatArray:
        column: FloatArray = getattr(self, validation.choice("quantity", quantity, (*QUANTITIES,)))
        return column

    def table(self) -> list[dict[str, Any]]:
        """Return one dict a network."""
        return [
            {
                "width": int(self.width[i]),
                "trajectory": int(self.trajectory[i]),
                **{name: float(self._column(name)[i]) for name in QUANTITIES},
            }
            for i in range(len(self.width))
        ]

    def summary(self) -> str:
        """Return the means at each width, and the powers of the width that they follow."""
        few = len(self.widths) < 3
        lines = [] if few else ["", "Powers of the width (95 % intervals); theory has -1/2:"]
        if not few:
            rows = [[QUANTITIES[name], str(self.slope(name))] for name in _SLOPES]
            lines.append(aligned(rows))
        return "\n".join([*self._head(), "", aligned(self._rows()), *lines])

    def _title(self) -> str:
        starts = len(self.width) // len(self.widths)
        each = f"{starts} start{'s' if starts > 1 else ''} each"
        widths = f"{len(self.widths)} width{'s' if len(self.widths) > 1 else ''}"
        return f"Wide networks: {widths}, {each}, {self.steps:,} steps"

    def _head(self) -> list[str]:
        f = self.landscapes[0]
        known = [
            ("data", f"{f.samples:,} samples in dimension {f.size}, seed {self.seed}"),
            ("start", repr(self.initial)),
            ("method", repr(self.method)),
        ]
        return [self._title(), described(known)]

    def _rows(self) -> list[list[str]]:
        means = {name: self.mean(name) for name in QUANTITIES}
        head = [
            "width",
            "loss",
            "error",
            "changed",
            "movement",
            "Gram drift",
            "H(0) off",
            "kernel off",
        ]
        rows = [head]
        for i, width in enumerate(self.widths):
            shown = [f"{means[name][i]:.3g}" for name in QUANTITIES]
            rows.append([f"{width:,}", *shown])
        return rows

    def plot(self, axes: Any = None) -> Any:
        """Draw the quantities against the width: see `saddlesim.wide.plot.plot_widths`."""
        from saddlesim.wide.plot import plot_widths

        return plot_widths(self, axes)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._rows())


def against_width(
    widths: Iterable[int] = (64, 256, 1024, 4096, 16384),
    *,
    dim: int = 20,
    samples: int = 50,
    labels: str = "normal",
    steps: int = 100,
    trials: int = 5,
    step_size: float | None = None,
    initial: Initial | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> WidthSweep:
    """Train two-layer ReLU networks of several widths on the same data.

    Parameters
    ----------
    widths
        m, each once.
    dim, samples, labels
        The data, as in `TwoLayerReLU.random`: uniform on the unit sphere.
    steps
        Steps of gradient descent.
    trials
        Starts for each width.
    step_size
        None is 1 over the largest eigenvalue of H-infinity.
    initial
        None is Gaussian(1), as in the theory.
    seed
        Of data and starts.
    threads, progress
        As in `escape_times`; progress counts networks.

    Returns
    -------
    WidthSweep
        A row a network.

    Raises
    ------
    Interrupted
        On Ctrl-C; its ``partial`` has the widths that were finished.
    ValueError
        If a network diverges.

    Notes
    -----
    Du, Zhai, Poczos and Singh, "Gradient descent provably optimizes over-parameterized neural
    networks", ICLR 2019 (figure 1).
    """
    if isinstance(widths, str):
        raise TypeError(f"widths must be such as [64, 256, 1024], got {widths!r:.80}")
    try:
        wanted = sorted({validation.count("widths", width) for width in widths})
    except TypeError as error:
        if "not iterable" not in str(error):
            raise
        raise TypeError(f"widths must be such as [64, 256, 1024], got {widths!r:.80}") from None
    if not wanted:
        raise ValueError("widths must name at least one width; try [64, 256, 1024]")
    count = validation.count("steps", steps)
    starts = validation.count("trials", trials)
    start = Gaussian(1.0) if initial is None else initial
    networks = [
        TwoLayerReLU.random(dim=dim, samples=samples, width=m, labels=labels, seed=seed)
        for m in wanted
    ]
    limit = networks[0].infinite_width_gram()
    eta = unit_step(limit) if step_size is None else step_size
    method = GradientDescent(eta)
    rows: list[dict[str, float]] = []

    def result() -> WidthSweep:
        columns = {name: np.array([row[name] for row in rows]) for name in QUANTITIES}
        return WidthSweep(
            width=np.array([row["width"] for row in rows], dtype=np.int64),
            trajectory=np.array([row["trajectory"] for row in rows], dtype=np.int64),
            **columns,
            landscapes=(networks[0], networks[-1]),
            method=method,
            initial=start,
            steps=count,
            seed=seed,
        )

    runs = len(networks) * starts
    with report_to(progress, runs) as report:
        for f in networks:
            for trajectory in range(starts):
                try:
                    run = train(
                        f,
                        method,
                        steps=count,
                        every=-(-count // _LOOKS),
                        initial=start,
                        trajectory=trajectory,
                        seed=seed,
                        threads=threads,
                        progress=part(report, len(rows), runs, f"width {f.width:,}"),
                    )
                except KeyboardInterrupt:
                    raise Interrupted(
                        f"interrupted with {len(rows)} of {runs} networks trained; "
                        "what there is, is in .partial",
                        result(),
                    ) from None
                rows.append(_measured(f, run, limit, method) | {"trajectory": trajectory})
    return result()


def _measured(
    f: TwoLayerReLU, run: Training, limit: FloatArray, method: GradientDescent
) -> dict[str, float]:
    if run.diverged:
        raise ValueError(
            f"step_size must be small enough to train every network, got {method.step_size:g}: "
            f"width {f.width:,} diverged {run.divergence}, or leave step_size None"
        )
    before, after = kernel.gram(f, run.start), kernel.gram(f, run.point)
    first = run.predictions[0]
    predicted = kernel.predicted_residual(before, first, f.y, run.step, method.step_size)
    missed = np.linalg.norm(run.predictions - f.y - predicted, axis=1)
    return {
        "width": f.width,
        "loss": float(run.value[-1]) / (math.fsum(f.y**2) / 2),
        "training_error": float(run.training_error[-1]),
        "changed_patterns": f.changed_patterns(run.point, run.start),
        "largest_movement": f.largest_movement(run.point, run.start),
        "gram_drift": _norm(after - before) / _norm(before),
        "gram_error": _norm(before - limit) / _norm(limit),
        "prediction_error": float(missed.max() / np.linalg.norm(first - f.y)),
    }


def _norm(matrix: FloatArray) -> float:
    return float(np.linalg.norm(matrix))
