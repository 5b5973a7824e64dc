"""``trajectories``: value, gradient norm and curvature along a few runs, at chosen steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core, validation
from saddlesim.description import stream_key
from saddlesim.exact import exact_path
from saddlesim.initial import Initial
from saddlesim.krylov import most_products
from saddlesim.landscapes import Landscape, Octopus
from saddlesim.methods import GradientDescent, Method, require_manifold
from saddlesim.tables import Tabular, span
from saddlesim.threads import worker_count

__all__ = ["Trajectories", "trajectories"]

_RECORDS = ("min_eigenvalue", "max_eigenvalue")


@dataclass(frozen=True, eq=False, repr=False)
class Trajectories(Tabular):
    """What some trajectories look like, a row a trajectory and a column a step.

    Attributes
    ----------
    steps
        The steps looked at, shape (m,), int64.
    value, gradient_norm
        f and the norm of its gradient there, shape (trials, m); nan once a trajectory has left the
        landscape's domain or is not finite.
    trajectory
        Ids, shape (trials,), int64.
    arithmetic
        ``"exact"`` or ``"float64"``.
    min_eigenvalue, max_eigenvalue
        The ends of the Hessian's spectrum there, of the same shape; None unless recorded.
    """

    steps: NDArray[np.int64]
    value: NDArray[np.float64]
    gradient_norm: NDArray[np.float64]
    trajectory: NDArray[np.int64]
    arithmetic: str
    min_eigenvalue: NDArray[np.float64] | None = None
    max_eigenvalue: NDArray[np.float64] | None = None

    @property
    def _title(self) -> str:
        steps, arithmetic = f"{self.steps.size:,} steps", f"{self.arithmetic} arithmetic"
        return f"Trajectories: {self.trajectory.size:,}, at {steps}, {arithmetic}"

    def _rows(self) -> list[tuple[str, str]]:
        ends = [0, -1]
        columns = {"f": self.value, "gradient": self.gradient_norm}
        columns |= {
            name.replace("_", " "): column
            for name in _RECORDS
            if (column := getattr(self, name)) is not None
        }
        return [
            (name, " -> ".join(span(column[:, end]) for end in ends))
            for name, column in columns.items()
        ]


def trajectories(
    landscape: Landscape,
    method: Method,
    *,
    steps: Any,
    initial: Initial | None = None,
    trials: int | range | None = None,
    seed: int = 0,
    threads: int | None = None,
    arithmetic: str = "auto",
    record: Iterable[str] = (),
) -> Trajectories:
    """Follow some trajectories and look at them at chosen steps.

    Trajectories are those of `escape_times` with the same seed and ids; nothing ends them but their
    leaving the domain. On the octopus gradient descent takes the exact path.

    Parameters
    ----------
    landscape, method, initial, seed, threads
        As in `escape_times`.
    steps
        Whole numbers, increasing, from 0 on, shape (m,).
    trials
        How many trajectories (10 unless given), or a range of ids; ``At`` of n points fixes n.
    arithmetic
        ``"auto"`` or ``"float64"``.
    record
        ``"min_eigenvalue"``, ``"max_eigenvalue"`` or both: the ends of the Hessian's spectrum
        (on spheres the Riemannian one's), by Lanczos's iteration at each of the steps.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C.
    ValueError, TypeError
        If an argument is not allowed.
    """
    at = _steps(steps)
    validation.instance("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    validation.instance("method", method, Method, "ss.GradientDescent(step_size=0.25)")
    start = landscape.default_initial() if initial is None else initial
    validation.instance("initial", start, Initial, "ss.Uniform(-1, 1)")
    require_manifold(landscape, method)
    ids = start.trial_ids(trials, default=10)
    validation.choice("arithmetic", arithmetic, ("auto", "float64"))
    workers = worker_count(threads)
    key = stream_key(validation.seed(seed), landscape)
    exact = (
        arithmetic == "auto"
        and isinstance(landscape, Octopus)
        and not isinstance(exact_path(landscape, method, landscape.default_escape()), str)
    )
    records = validation.choices("record", record, _RECORDS)
    where = {
        "key": key,
        "first": ids.start,
        "count": len(ids),
        "steps": at.tolist(),
        "curvatures": _core.Curvatures(
            "min_eigenvalue" in records, "max_eigenvalue" in records, most_products(landscape.dim)
        ),
    }
    held = landscape if method.isotropic else landscape.unframed()
    first = start.lower_run(_core, held)
    if exact and isinstance(landscape, Octopus) and isinstance(method, GradientDescent):
        traces = _core.trace_exactly(
            landscape.core, first, method.step_size, threads=workers, **where
        )
    else:
        exact = False
        f, rule = held.lowered_run(_core), method.lower_on(_core, key, landscape)
        traces = _core.trace(f, first, rule, threads=workers, **where)
    if not traces.complete:
        raise KeyboardInterrupt("interrupted; trajectories in flight are dropped")
    return Trajectories(
        steps=at,
        value=traces.value,
        gradient_norm=traces.gradient_norm,
        trajectory=np.arange(ids.start, ids.stop, dtype=np.int64),
        arithmetic="exact" if exact else "float64",
        min_eigenvalue=traces.min_eigenvalue,
        max_eigenvalue=traces.max_eigenvalue,
    )


def _steps(steps: Any) -> NDArray[np.int64]:
    raw = np.asarray(steps)
    if raw.ndim != 1 or raw.size == 0 or raw.dtype.kind not in "iu":
        raise ValueError(
            f"steps must be whole numbers of shape (m,), got {raw.dtype} of shape {raw.shape}; "
            "for example range(0, 1000, 10)"
        )
    at = raw.astype(np.int64)
    if at[0] < 0 or np.any(np.diff(at) <= 0) or at[-1] > 2**53:
        raise ValueError(
            f"steps must increase from 0 on up to 2**53, got {at[:5].tolist()} ...; sort them"
        )
    return at
