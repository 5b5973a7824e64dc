"""``against_random_labels``: a network fits noise as well as truth, but not as soon."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim import kernel, validation
from saddlesim.errors import Interrupted
from saddlesim.kernel.eigenvalues import unit_step
from saddlesim.labelled import part
from saddlesim.landscapes import TwoLayerReLU
from saddlesim.methods import GradientDescent
from saddlesim.progress import report_to
from saddlesim.run_text import aligned, described, wrapped
from saddlesim.tables import html_table
from saddlesim.training import Training, train
from saddlesim.validation import FloatArray
from saddlesim.wide.data import random_signs

if TYPE_CHECKING:
    pass

__all__ = ["LabelComparison", "against_random_labels"]


@dataclass(frozen=True, eq=False, repr=False)
class LabelComparison:
    """One network trained on several labellings of the same inputs.

    Attributes
    ----------
    runs
        The training run of each labelling, by its name: ``"true"`` and ``"random"``.
    gram
        H-infinity of the inputs.
    """

    runs: dict[str, Training]
    gram: FloatArray

    def labels(self, name: str) -> FloatArray:
        """Return a labelling."""
        return self.runs[validation.choice("name", name, tuple(self.runs))].landscape.targets

    def predicted(self, name: str) -> FloatArray:
        """Return u as H-infinity predicts it at the recorded steps, shape (m, n)."""
        return self._predicted[validation.choice("name", name, tuple(self.runs))]

    @cached_property
    def _predicted(self) -> dict[str, FloatArray]:
        found = {}
        for name, run in self.runs.items():
            assert isinstance(run.method, GradientDescent)
            first, y, step = run.predictions[0], self.labels(name), run.method.step_size
            found[name] = y + kernel.predicted_residual(self.gram, first, y, run.step, step)
        return found

    def predicted_error(self, name: str) -> FloatArray:
        """Return the training error that H-infinity predicts at the recorded steps, shape (m,)."""
        wrong = self.predicted(name) * self.labels(name) <= 0
        return np.asarray(wrong.mean(axis=1), dtype=np.float64)

    def complexity(self, name: str) -> float:
        """Return sqrt(2 y'H^-1 y / n) of a labelling: see `saddlesim.kernel.label_complexity`."""
        return kernel.label_complexity(self.gram, self.labels(name))

    @cached_property
    def random_complexity(self) -> tuple[float, float]:
        """The root of the mean of 2 y'H^-1 y / n over random labels, and its standard deviation."""
        law, n = kernel.random_label_law(self.gram), len(self.gram)
        middle = math.sqrt(2 * law.mean / n)
        return middle, math.sqrt(law.variance) / (n * middle)  # to first order

    def table(self) -> list[dict[str, Any]]:
        """Return one dict a labelling: when all labels are fitted, as measured and as predicted."""
        return [
            {
                "labels": name,
                "samples": len(self.gram),
                "steps": int(run.step[-1]),
                "fitted_at": first_zero(run.step, run.training_error),
                "predicted_fitted_at": first_zero(run.step, self.predicted_error(name)),
                "training_error": float(run.training_error[-1]),
                "loss": float(run.value[-1]) / (math.fsum(self.labels(name) ** 2) / 2),
                "complexity": self.complexity(name),
            }
            for name, run in self.runs.items()
        ]

    def summary(self) -> str:
        """Return when each labelling is fitted, and when H-infinity foretells that."""
        run = next(iter(self.runs.values()))
        known = [("landscape", repr(run.landscape)), ("method", repr(run.method))]
        middle, spread = self.random_complexity
        note = (
            "Complexity is sqrt(2 y'H^-1 y / n), a bound on the test error of what fits the "
            f"labels (nothing beyond 1); for random signs it is {middle:.3f} +- {spread:.3f}."
        )
        known += [
            ("diverged", f"{name} labels, {run.divergence}")
            for name, run in self.runs.items()
            if run.diverged
        ]
        parts = [self._title(), described(known), "", aligned(self._rows()), "", wrapped(note)]
        return "\n".join(parts)

    def _title(self) -> str:
        return f"Labels compared: {len(self.gram):,} samples, {' and '.join(self.runs)} labels"

    def _rows(self) -> list[list[str]]:
        head = [
            "labels",
            "all fitted at step",
            "predicted",
            "error at end",
            "loss at end",
            "complexity",
        ]
        return [head] + [
            [
                row["labels"],
                _step(row["fitted_at"], row["steps"]),
                _step(row["predicted_fitted_at"], row["steps"]),
                f"{row['training_error']:.2%}",
                f"{row['loss']:.2g}",
                f"{row['complexity']:.3f}",
            ]
            for row in self.table()
        ]

    def plot(self, axes: Any = None) -> Any:
        """Draw training error, loss and eigen-decomposition: see `wide.plot.plot_labels`."""
        from saddlesim.wide.plot import plot_labels

        return plot_labels(self, axes)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return html_table(self._title(), self._rows())


def against_random_labels(
    X: Any,
    y: Any,
    *,
    width: int = 4096,
    steps: int = 1000,
    step_size: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> LabelComparison:
    """Train a two-layer ReLU network on given labels and on random ones.

    Parameters
    ----------
    X
        Inputs of length 1, no two of them parallel, shape (n, d); for example of `digits`.
    y
        The true labels, +1 or -1, shape (n,).
    width
        m. The start is symmetrised: outputs are 0.
    steps
        Steps of gradient descent on either labels.
    step_size
        None is 1 over the largest eigenvalue of H-infinity.
    seed
        Of start and random labels, which are throws of a fair coin.
    threads, progress
        As in `escape_times`.

    Returns
    -------
    LabelComparison
        Both runs.

    Raises
    ------
    Interrupted
        On Ctrl-C; its ``partial`` has the labellings that were finished.
    ValueError
        If inputs are parallel or zero, so that H-infinity is singular.

    Notes
    -----
    Zhang, Bengio, Hardt, Recht and Vinyals, "Understanding deep learning requires rethinking
    generalization", ICLR 2017; Arora, Du, Hu, Li and Wang, ICML 2019, Theorem 4.1: what lies along
    an eigenvector of H-infinity is learnt at the rate of its eigenvalue.
    """
    inputs = validation.matrix("X", X)
    truth = validation.vector("y", y, len(inputs))
    if not np.all(np.abs(truth) == 1):
        raise ValueError(f"y must be +1 or -1, got {np.unique(truth)[:5].tolist()}; map classes so")
    seed = validation.seed(seed)
    labellings = {"true": truth, "random": random_signs(len(truth), seed)}
    gram = kernel.infinite_width_gram(inputs)
    kernel.label_complexity(gram, truth)  # inputs that have none are refused now, not afterwards
    eta = unit_step(gram) if step_size is None else step_size
    runs: dict[str, Training] = {}
    with report_to(progress, len(labellings)) as report:
        for name, signs in labellings.items():
            try:
                runs[name] = train(
                    TwoLayerReLU(inputs, signs, width),
                    GradientDescent(eta),
                    steps=steps,
                    seed=seed,
                    threads=threads,
                    progress=part(report, len(runs), len(labellings), f"{name} labels"),
                )
            except KeyboardInterrupt:
                raise Interrupted(
                    f"interrupted with {len(runs)} of {len(labellings)} labellings fitted; "
                    "what there is, is in .partial",
                    LabelComparison(runs, gram),
                ) from None
    return LabelComparison(runs, gram)


def first_zero(at: Any, error: FloatArray) -> float:
    """Return the first recorded step from which on all labels are right; inf if there is none."""
    wrong = np.flatnonzero(error > 0)
    if not wrong.size:
        return float(at[0])
    return float(at[wrong[-1] + 1]) if wrong[-1] + 1 < len(at) else math.inf


def _step(step: float, last: int) -> str:
    return f"> {last:,}" if math.isinf(step) else f"{step:,.0f}"
