"""``train``: one trajectory of a network, and what is seen along it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import _core, validation
from saddlesim.description import stream_key
from saddlesim.errors import Interrupted
from saddlesim.initial import Initial
from saddlesim.landscapes.network import Network
from saddlesim.methods import GradientFlow, Method, require_manifold
from saddlesim.progress import report_to
from saddlesim.tables import Tabular
from saddlesim.threads import worker_count
from saddlesim.validation import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Training", "train"]

_FEW = 200  # records that are made unless told otherwise
_FIRST = 1e-4  # of a flow's time, where its second record is


@dataclass(frozen=True, eq=False, repr=False)
class Training(Tabular):
    """What one trajectory of a network looks like, a row a recorded step.

    Attributes
    ----------
    step
        The recorded steps, shape (m,), int64; of a flow the recorded times, float64.
    value, gradient_norm
        f and the norm of its gradient there, shape (m,).
    predictions
        The outputs there, shape (m, n) or (m, n, outputs).
    residual_norm
        The norm of predictions - targets, shape (m,).
    training_error
        The share of samples whose prediction has not the sign of the target (0 has neither) or,
        with several outputs, whose largest output is not where the largest target is; shape (m,).
    observed
        For each name in `observe` its values there, stacked along the first axis.
    start, point
        x at the beginning and at the last record, shape (dim,).
    diverged
        Whether x or f is not finite at the last record, which then came before `steps` were taken.
    landscape, method, initial, seed, trajectory
        As they were given to `train`.
    seconds
        How long it took, records included.
    """

    step: NDArray[Any]
    value: FloatArray
    gradient_norm: FloatArray
    predictions: FloatArray
    residual_norm: FloatArray
    training_error: FloatArray
    start: FloatArray
    point: FloatArray
    diverged: bool
    landscape: Network
    method: Method
    initial: Initial
    seed: int
    trajectory: int
    seconds: float
    observed: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of recorded steps."""
        return len(self.step)

    @property
    def _title(self) -> str:
        return f"Training over {self._end}, trajectory {self.trajectory}, seed {self.seed}"

    @property
    def _end(self) -> str:
        last = self.step[-1]
        flow = isinstance(self.method, GradientFlow)
        return f"time {last:g}" if flow else f"{last:,} steps"

    def _rows(self) -> list[tuple[str, str]]:
        """Say in a few lines how it went."""
        flow = isinstance(self.method, GradientFlow)
        rows = [
            ("landscape", repr(self.landscape)),
            ("method", repr(self.method)),
            ("start", repr(self.initial)),
            ("f", f"{self.value[0]:.4g} -> {self.value[-1]:.4g}"),
            ("training error", _percent(self.training_error[0], self.training_error[-1])),
            ("gradient", f"{self.gradient_norm[0]:.4g} -> {self.gradient_norm[-1]:.4g}"),
        ]
        if self.diverged:
            rows.append(("diverged", self.divergence))
        each = "" if flow or self.step[-1] == 0 else f", {self._milliseconds:.3g} ms a step"
        rows.append(("took", f"{self.seconds:.3g} s{each}, with {len(self):,} records"))
        return rows

    @property
    def divergence(self) -> str:
        """When it diverged and what to do about it; empty where it did not."""
        if not self.diverged:
            return ""
        flow = isinstance(self.method, GradientFlow)
        where = f"time {self.step[-1]:g}" if flow else f"step {self.step[-1]:,}"
        remedy = "a smaller tolerance" if flow else "a smaller step"
        return f"at {where}: x or f is not finite; take {remedy}"

    @property
    def _milliseconds(self) -> float:
        return 1e3 * self.seconds / float(self.step[-1])

    def table(self) -> list[dict[str, Any]]:
        """Return one dict a record: step (or time), f, the norms, and observed single numbers."""
        columns: dict[str, NDArray[Any]] = {
            "time" if isinstance(self.method, GradientFlow) else "step": self.step,
            "value": self.value,
            "gradient_norm": self.gradient_norm,
            "residual_norm": self.residual_norm,
            "training_error": self.training_error,
            **{name: values for name, values in self.observed.items() if values.ndim == 1},
        }
        return [
            {name: values[row].item() for name, values in columns.items()}
            for row in range(len(self))
        ]

    def plot(self, ax: Axes | None = None) -> list[Any]:
        """Draw f and the training error against the step; both axes are logarithmic for f.

        Parameters
        ----------
        ax
            Where to draw; None makes a new figure. A second axis is added for the training error.

        Returns
        -------
        list
            The artists drawn.
        """
        from saddlesim.plot_training import plot_training

        return plot_training(self, ax)


def train(
    landscape: Network,
    method: Method,
    *,
    steps: float,
    initial: Initial | None = None,
    trajectory: int = 0,
    seed: int = 0,
    threads: int | None = None,
    every: float | None = None,
    observe: Mapping[str, Callable[[FloatArray], Any]] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> Training:
    """Follow one trajectory of a network, and record it.

    It is that of `escape_times` with the same seed and id, bit for bit, and nothing ends it before
    its steps are taken but that x or f is not finite. Gradient descent, momentum and flows of
    a `TwoLayerReLU` or a `DeepNetwork` run on all threads at once.

    Parameters
    ----------
    landscape
        A network.
    method
        The update rule. A flow is integrated from record to record, so that its numbers depend on
        where they are, within the tolerance. Networks of rectifiers need an absolute tolerance, as
        `GradientFlow` says.
    steps
        How many; of a `GradientFlow`, until which time.
    initial, seed, threads
        As in `escape_times`.
    trajectory
        The id.
    every
        From record to record, in steps or in time; None is all of up to 200 steps and up to 200
        of more, in geometric progression. The start and the end are always recorded.
    observe
        Functions of x, shape (dim,), that are evaluated at every record. x must not be changed.
    progress
        True for one calm line on stderr when that is a terminal, or a callable(done, total), in
        steps or, for a flow, in records.

    Raises
    ------
    Interrupted
        On Ctrl-C, within a fraction of a second; its ``partial`` is the Training so far.
    ValueError, TypeError
        If an argument is not allowed.
    """
    validation.instance("landscape", landscape, Network, "ss.TwoLayerReLU.random(10)")
    validation.instance("method", method, Method, "ss.GradientDescent(step_size=0.25)")
    require_manifold(landscape, method)
    begin = landscape.default_initial() if initial is None else initial
    validation.instance("initial", begin, Initial, "ss.Gaussian(1.0)")
    first = validation.integer("trajectory", trajectory, minimum=0, maximum=2**48 - 1)
    begin.trial_ids(range(first, first + 1), default=1)
    flow = isinstance(method, GradientFlow)
    at = _times(steps, every) if flow else _steps(steps, every)
    functions = _functions(observe)
    key = stream_key(validation.seed(seed), landscape)
    held = landscape if method.isotropic else landscape.unframed()
    where = {"key": key, "trajectory": first}
    workers = worker_count(threads)
    clock = time.perf_counter()
    f, lowered = held.lowered_run(_core), begin.lower_run(_core, held)
    if isinstance(method, GradientFlow):
        tolerances = method.relative_tolerance, method.absolute_tolerance
        follower = _core.follow_flow(f, *tolerances, lowered, threads=workers, **where)
    else:
        rule = method.lower_on(_core, key, landscape)
        follower = _core.follow(f, rule, lowered, threads=workers, **where)

    recorder = _Recorder(held, follower, functions)
    total = len(at) if flow else int(at[-1])
    interrupted = False
    with report_to(progress, total, "records" if flow else "steps") as callback:
        try:
            for done, to in enumerate(at.tolist()):
                interrupted = not follower.advance(to, None if flow else callback, total)
                recorder.note()
                if callback is not None:
                    callback(done + 1 if flow else int(follower.at), total)
                if interrupted or recorder.diverged:
                    break
        except KeyboardInterrupt:  # while something was recorded
            interrupted = True
            recorder.note_if_none()
    training = Training(
        **recorder.columns(at.dtype),
        landscape=landscape,
        method=method,
        initial=begin,
        seed=seed,
        trajectory=first,
        seconds=time.perf_counter() - clock,
    )
    if interrupted:
        reached, end = training.step[-1], at[-1]
        stopped = f"time {reached:.4g} of {end:.4g}" if flow else f"step {reached:,} of {end:,}"
        raise Interrupted(
            f"interrupted at {stopped}; what there is, is in .partial",
            training,
        )
    return training


class _Recorder:
    """What is seen where a trajectory is."""

    def __init__(
        self,
        landscape: Network,
        follower: _core.Follower,
        functions: dict[str, Callable[[FloatArray], Any]],
    ) -> None:
        self._landscape, self._follower, self._functions = landscape, follower, functions
        self._rows: list[dict[str, Any]] = []
        self._observed: list[dict[str, Any]] = []
        self._start = self._point = self._x()

    def _x(self) -> FloatArray:
        return self._landscape.leave(self._follower.point(self._landscape.dim))

    @property
    def diverged(self) -> bool:
        """Whether x or f is not finite at the last record."""
        return not (self._follower.finite and math.isfinite(self._rows[-1]["value"]))

    def note(self) -> None:
        """Record what is seen at x; again at the same x is once."""
        at, follower, landscape = self._follower.at, self._follower, self._landscape
        if self._rows and self._rows[-1]["step"] == at:
            return
        x = self._x()
        x.flags.writeable = False
        outputs, targets = landscape.predictions(x), landscape.targets
        with np.errstate(over="ignore", invalid="ignore"):  # where it diverges
            residual_norm = float(np.linalg.norm(outputs - targets))
        row = {
            "step": at,
            "value": follower.value(),
            "gradient_norm": follower.gradient_norm(),
            "predictions": outputs,
            "residual_norm": residual_norm,
            "training_error": _error(outputs, targets),
        }
        seen = {name: np.asarray(look(x)) for name, look in self._functions.items()}
        for name, before in self._observed[0].items() if self._observed else ():
            if seen[name].shape != before.shape:
                raise ValueError(
                    f"observe[{name!r}] must return the same shape at every record, got "
                    f"{before.shape} at first and {seen[name].shape} at {at:g}; pad it"
                )
        self._point = x
        self._rows.append(row)
        self._observed.append(seen)

    def note_if_none(self) -> None:
        """See to it that there is a record."""
        if not self._rows:
            self.note()

    def columns(self, dtype: np.dtype[Any]) -> dict[str, Any]:
        """Return what Training is made of."""
        stacked = {name: np.array([row[name] for row in self._rows]) for name in self._rows[0]}
        return {
            **stacked,
            "step": stacked["step"].astype(dtype),
            "start": self._start,
            "point": self._point,
            "diverged": self.diverged,
            "observed": {
                name: np.array([row[name] for row in self._observed]) for name in self._functions
            },
        }


def _error(outputs: FloatArray, targets: FloatArray) -> float:
    if targets.ndim == 1 or targets.shape[1] == 1:
        return float(np.mean(np.sign(outputs) != np.sign(targets)))
    return float(np.mean(outputs.argmax(axis=1) != targets.argmax(axis=1)))


def _percent(first: float, last: float) -> str:
    return f"{100 * first:.3g} % -> {100 * last:.3g} %"


def _steps(steps: float, every: float | None) -> NDArray[np.int64]:
    count = validation.integer("steps", steps, minimum=0, maximum=2**53)
    if every is not None:
        apart = validation.count("every", every)
        return np.unique(np.append(np.arange(0, count, apart, dtype=np.int64), count))
    if count <= _FEW:
        return np.arange(count + 1, dtype=np.int64)
    spaced = np.unique(np.rint(np.geomspace(1, count, _FEW)).astype(np.int64))
    return np.concatenate([[0], spaced])


def _times(end: float, every: float | None) -> FloatArray:
    last = validation.number("steps", end, positive=True, remedy="of a flow it is the last time")
    if every is None:
        times: FloatArray = np.geomspace(_FIRST * last, last, _FEW)
        times[-1] = last
        return np.concatenate([[0.0], times])
    apart = validation.number("every", every, positive=True)
    inner = np.arange(1, math.ceil(last / apart)) * apart
    return np.concatenate([[0.0], inner[inner < last], [last]])


def _functions(
    observe: Mapping[str, Callable[[FloatArray], Any]] | None,
) -> dict[str, Callable[[FloatArray], Any]]:
    if observe is None:
        return {}
    if not isinstance(observe, Mapping) or not all(map(callable, observe.values())):
        raise TypeError(
            "observe must be a dict of functions of x by their names, got "
            f"{observe!r:.80}; for example {{'norm': np.linalg.norm}}"
        )
    return dict(observe)
