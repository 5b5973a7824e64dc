"""Below 1/l the map of gradient descent has no singular point along trajectories."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlesim.landscapes import (
    AsymmetricMatrixFactorization,
    Landscape,
    MatrixCompletion,
    MatrixFactorization,
    MatrixSensing,
    Octopus,
    QuadraticNetwork,
)
from saddlesim.methods import GradientDescent
from saddlesim.plot import COLORS
from saddlesim.reproduce.finding import Claim, Effort, Finding, Section, within
from saddlesim.trace import Trajectories, trajectories
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["section", "singular_values"]

_SHARE = 0.9  # of 1/l, which the step is
_LOOKS = 300  # along each trajectory
_ERROR = 1e-9  # of an eigenvalue, and more: Lanczos's iteration goes through the whole space here
_BOUNDED = (
    f"Along trajectories with step {_SHARE:g}/l the smallest singular value of I - step H(x_t) is "
    f"at least 1 - step l = {1 - _SHARE:.1f} (smallest that was seen)"
)
_POSITIVE = (
    "It is positive too where f has no Lipschitz gradient on all of space and l is an estimate, "
    "twice the Hessian's norm at the minimum (smallest that was seen)"
)


@dataclass(frozen=True)
class _Case:
    """A landscape, the steps to follow, and whether its smoothness is a bound along them."""

    name: str
    landscape: Landscape
    horizon: int
    bounded: bool = True

    @property
    def step(self) -> float:
        return _SHARE / self.landscape.smoothness


def _cases() -> tuple[_Case, ...]:
    # The sphere of TensorDecomposition is left out: its map retracts, so that its derivative is not
    # I - step H. The octopus is small, so that every step through its connecting regions is seen.
    return (
        _Case("octopus, d = 3", Octopus(3), 300),
        _Case("matrix factorisation, 8 x 2", MatrixFactorization.random(8, 2), 150),
        _Case(
            "asymmetric factorisation, 6 x 2", AsymmetricMatrixFactorization.random(6, rank=2), 300
        ),
        _Case("matrix completion, 8 x 2", MatrixCompletion.random(8, rank=2), 600),
        _Case("matrix sensing, 6 x 2", MatrixSensing.random(6, 2), 150, bounded=False),
        _Case("quadratic network, 5 x 5", QuadraticNetwork.random(5), 150, bounded=False),
    )


def section(effort: Effort) -> Section:
    """Follow trajectories from a saddle to a minimum with the ends of the Hessian's spectrum."""
    trials = effort.trials(full=100, quick=20)
    bounded, positive, rows, paths = [], [], [], {}
    for case in _cases():
        path = trajectories(
            case.landscape,
            GradientDescent(case.step),
            steps=range(0, case.horizon + 1, max(case.horizon // _LOOKS, 1)),
            trials=trials,
            seed=effort.seed,
            threads=effort.threads,
            record=("min_eigenvalue", "max_eigenvalue"),
        )
        smallest, _ = singular_values(path, case.step)
        seen = within(float(smallest.min()), 0.0)
        if case.bounded:
            bounded.append(Finding(case.name, (1 - _SHARE, math.inf), seen))
        else:
            positive.append(Finding(case.name, (_ERROR, math.inf), seen))
        rows.append(_row(case, path))
        paths[case] = path
    source = "a step in the proof of Lee et al. (2016)"
    return Section(
        claims=(Claim(_BOUNDED, source, (*bounded,)), Claim(_POSITIVE, source, (*positive,))),
        tables={"singular_values": rows},
        pictures={"singular_values": _draw(paths)},
    )


def singular_values(path: Trajectories, step: float) -> tuple[FloatArray, FloatArray]:
    """Return bounds on the singular values of I - step H, the smallest and the largest.

    They are |1 - step lambda|, so the ends of the spectrum have the extreme ones. If 1/step lies
    between the ends the smallest one is unknown, and 0 is returned.
    """
    assert path.min_eigenvalue is not None  # both were recorded
    assert path.max_eigenvalue is not None
    low, high = 1 - step * path.max_eigenvalue, 1 - step * path.min_eigenvalue
    smallest = np.where(low * high > 0, np.minimum(np.abs(low), np.abs(high)), 0.0)
    return smallest, np.maximum(np.abs(low), np.abs(high))


def _row(case: _Case, path: Trajectories) -> dict[str, Any]:
    assert path.min_eigenvalue is not None  # both were recorded
    assert path.max_eigenvalue is not None
    smallest, largest = singular_values(path, case.step)
    return {
        "landscape": case.name,
        "parameters": case.landscape.dim,
        "smoothness": case.landscape.smoothness,
        "is_bound": case.bounded,
        "step_size": case.step,
        "trials": len(path.trajectory),
        "steps": int(path.steps[-1]),
        "min_eigenvalue": float(path.min_eigenvalue.min()),
        "max_eigenvalue": float(path.max_eigenvalue.max()),
        "smallest_singular_value": float(smallest.min()),
        "largest_singular_value": float(largest.max()),
        "largest_final_gradient_norm": float(path.gradient_norm[:, -1].max()),
    }


def _draw(paths: dict[_Case, Trajectories]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5.8), layout="constrained")
    grid = figure.subplots(2, 3, sharey=True)
    for ax, (case, path) in zip(grid.flat, paths.items(), strict=True):
        _bands(ax, case, path)
    for ax in grid[:, 0]:
        ax.set_ylabel("singular values of I - step H")
    for ax in grid[-1]:
        ax.set_xlabel("step")
    grid[0, 0].legend(frameon=False, fontsize="small", loc="center", bbox_to_anchor=(0.5, 0.42))
    figure.suptitle(
        f"The derivative of a step of gradient descent, step {_SHARE:g}/$\\ell$, along "
        "trajectories: line the median, band all of them",
        x=0.01,
        ha="left",
        fontsize="large",
    )
    return figure


def _bands(ax: Axes, case: _Case, path: Trajectories) -> None:
    smallest, largest = singular_values(path, case.step)
    for values, color, label in (
        (largest, COLORS[1], "largest"),
        (smallest, COLORS[0], "smallest"),
    ):
        ax.fill_between(
            path.steps, values.min(axis=0), values.max(axis=0), color=color, alpha=0.25, linewidth=0
        )
        ax.plot(path.steps, np.median(values, axis=0), color=color, linewidth=1.2, label=label)
    ax.axhline(
        1 - _SHARE,
        color="0.3",
        linewidth=1,
        linestyle="--" if case.bounded else ":",
        label=r"1 - step $\ell$ (dotted: estimated $\ell$)",
    )
    ax.axhline(0, color="0.3", linewidth=1)
    ax.set_title(case.name, fontsize="medium")
    ax.margins(x=0)
    ax.tick_params(labelsize="small")
