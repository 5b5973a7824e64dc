"""What a run came to: one row a trajectory, none dropped, and the statistics of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlesim import statistics, validation
from saddlesim.certificate import Certificate
from saddlesim.methods import GradientFlow
from saddlesim.outcome import Outcome
from saddlesim.statistics import Estimate, Survival
from saddlesim.tables import html_table, text_table
from saddlesim.verdict import title, verdict

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["COSTS", "EscapeTimes"]

COSTS = ("gradient_evaluations", "value_evaluations", "hessian_vector_products")

_COLUMNS = (
    "steps",
    "outcome",
    "trajectory",
    "underflowed",
    "value",
    "gradient_norm",
    "perturbations",
    "log10_steps",
    *COSTS,
)
_OPTIONAL = ("saddle_exits", "log10_saddle_exits", "points")
_DESCRIPTION = (
    "landscape", "method", "initial", "escape", "seed", "max_steps", "dtype", "counted"
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class EscapeTimes:
    """The trajectories of one run, each with the step and the outcome that ended it.

    Parameters
    ----------
    steps
        The step at which each trajectory ended; step 0 is the start. Shape (n,), int64; -1 where
        the count is not known to the last digit, being beyond int64 or too near a tie, and for a
        flow, which has times (then see ``log10_steps``).
    outcome
        Codes of `Outcome`, shape (n,), int8.
    trajectory
        Ids, shape (n,), int64; seed and id together determine a trajectory.
    underflowed
        Whether a coordinate that mattered later fell below the smallest normal number (2^-1022, in
        float32 2^-126), so that the step count is wrong, shape (n,), bool.
    value, gradient_norm
        At the final point, shape (n,), float64.
    perturbations
        Number of perturbations, shape (n,), int64.
    gradient_evaluations, value_evaluations, hessian_vector_products
        What each trajectory has cost its method, shape (n,), int64; -1 where that is not known.
        What the escape criterion looks at does not count, and on the exact path it is what stepping
        would have cost. A minibatch counts as one gradient.
    landscape, method, initial, escape
        The descriptions that were run.
    seed
        The seed.
    max_steps
        The step budget, of a flow that of the steps of its integration; None if there was none.
    saddle_exits
        The step at which each saddle was left, -1 if never or beyond int64, shape (n, dim), int64;
        None if not recorded.
    log10_steps, log10_saddle_exits
        Decimal logarithms, right at any size; -inf at step 0, nan for a saddle never left.
    points
        The final points, shape (n, dim), float64; None if not recorded.
    counted
        What ``steps`` counts: ``"steps"``, or a cost, after `counted_in`.
    dtype
        The precision of trajectories: ``"float64"`` or ``"float32"``. (The columns are float64.)
    certificate
        What shows that the counts of the exact path are exact; None for plain stepping.
    interrupted
        Whether the run was stopped; trajectories in flight are then censored where they were.
    diagnostics
        How the run went: threads, isa, lanes, occupancy, seconds, trajectory_steps,
        steps_per_second, dtype, arithmetic.
    """

    steps: NDArray[np.int64]
    outcome: NDArray[np.int8]
    trajectory: NDArray[np.int64]
    underflowed: NDArray[np.bool_]
    value: NDArray[np.float64]
    gradient_norm: NDArray[np.float64]
    perturbations: NDArray[np.int64]
    landscape: object
    method: object
    initial: object
    escape: object
    seed: int
    max_steps: int | None
    saddle_exits: NDArray[np.int64] | None = None
    log10_steps: NDArray[np.float64] = None  # type: ignore[assignment]  # that of steps
    log10_saddle_exits: NDArray[np.float64] | None = None
    points: NDArray[np.float64] | None = None
    gradient_evaluations: NDArray[np.int64] = None  # type: ignore[assignment]  # that of steps
    value_evaluations: NDArray[np.int64] = None  # type: ignore[assignment]  # 0
    hessian_vector_products: NDArray[np.int64] = None  # type: ignore[assignment]  # 0
    counted: str = "steps"
    dtype: str = "float64"
    certificate: Certificate | None = None
    interrupted: bool = False
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.log10_steps is None:
            object.__setattr__(self, "log10_steps", _log10(self.steps))
        for name in COSTS:
            if getattr(self, name) is None:
                one = self.steps if name == "gradient_evaluations" else np.zeros_like(self.steps)
                object.__setattr__(self, name, one)
        if self.log10_saddle_exits is None and self.saddle_exits is not None:
            exits = np.where(self.saddle_exits < 0, np.nan, _log10(self.saddle_exits))
            object.__setattr__(self, "log10_saddle_exits", exits)

    def __len__(self) -> int:
        return self.steps.size

    @property
    def escaped(self) -> NDArray[np.bool_]:
        """Which trajectories escaped, shape (n,)."""
        escaped: NDArray[np.bool_] = self.outcome == Outcome.ESCAPED
        return escaped

    @property
    def steps_exact(self) -> NDArray[np.bool_]:
        """Where ``steps`` is an exact count, shape (n,); -1 stands for a count beyond int64."""
        return self.steps >= 0

    @property
    def unit(self) -> str:
        """What ``log10_steps`` and the statistics count.

        ``"steps"``, ``"time"`` of a flow, or a cost, after `counted_in`.
        """
        flows = isinstance(self.method, GradientFlow) and self.counted == "steps"
        return "time" if flows else self.counted.replace("_", " ")

    def counted_in(self, cost: str) -> EscapeTimes:
        """Return the same trajectories with a cost in the place of steps, for all statistics.

        Parameters
        ----------
        cost
            ``"gradient_evaluations"``, ``"value_evaluations"`` or ``"hessian_vector_products"``; or
            ``"evaluations"``, all of them together.

        Raises
        ------
        ValueError
            If the cost is not known of every trajectory.
        """
        validation.choice("cost", cost, (*COSTS, "evaluations"))
        names = COSTS if cost == "evaluations" else (cost,)
        columns = [getattr(self, name) for name in names]
        if any(np.any(column < 0) for column in columns):
            raise ValueError(
                f"cost must be one that is known of every trajectory, got {cost!r}: "
                f"{self.method!r} counts none, or more than 2^63; use steps"
            )
        counts = sum(columns[1:], start=columns[0])
        return replace(self, steps=counts, log10_steps=_log10(counts), max_steps=None, counted=cost)

    def count(self, outcome: Outcome) -> int:
        """Count the trajectories that ended with this outcome."""
        return int(np.count_nonzero(self.outcome == outcome))

    @property
    def float_steps(self) -> NDArray[np.float64]:
        """The steps as floats, from their logarithms where ``steps`` is -1, shape (n,).

        Raises
        ------
        OverflowError
            If a count is beyond 10^308, the largest float.
        """
        if np.any(self.log10_steps > 308):
            raise OverflowError(
                f"steps reach 10^{self.log10_steps.max():.1f}, beyond the largest float; "
                "use log10_steps and log10_quantile(q)"
            )
        approximate = np.power(10.0, self.log10_steps, where=~self.steps_exact, out=None)
        return np.where(self.steps_exact, self.steps, approximate)

    def quantile(self, q: float, *, confidence: float = 0.95) -> Estimate:
        """Step by which a share q has escaped: see `saddlesim.statistics.quantile`."""
        return statistics.quantile(self.float_steps, self.outcome, q, confidence=confidence)

    def log10_quantile(self, q: float, *, confidence: float = 0.95) -> Estimate:
        """Decimal logarithm of the step by which a share q has escaped, at any size of counts."""
        # Quantiles go through any increasing map: those of the ranks are those of the logarithms.
        levels, ranks = np.unique(self.log10_steps, return_inverse=True)
        found = statistics.quantile(ranks, self.outcome, q, confidence=confidence)

        def level(rank: float) -> float:
            return float(levels[int(rank)]) if np.isfinite(rank) else rank

        return Estimate(level(found.value), level(found.low), level(found.high), confidence)

    def median(self, *, confidence: float = 0.95) -> Estimate:
        """Step by which half the trajectories have escaped."""
        return self.quantile(0.5, confidence=confidence)

    def restricted_mean(
        self, horizon: float | None = None, *, confidence: float = 0.95
    ) -> Estimate:
        """Mean of min(T, horizon): see `saddlesim.statistics.restricted_mean`.

        The default horizon is the step budget, or the largest step of all if the run had no budget,
        was interrupted, or is that of a flow, whose budget is none of time.
        """
        if horizon is None and not self.interrupted and self.unit != "time":
            horizon = self.max_steps
        return statistics.restricted_mean(
            self.float_steps, self.outcome, horizon, confidence=confidence
        )

    def mean(self, *, confidence: float = 0.95) -> Estimate:
        """Mean escape time, if every trajectory escaped: see `saddlesim.statistics.mean`."""
        return statistics.mean(self.float_steps, self.outcome, confidence=confidence)

    def survival(self, *, confidence: float = 0.95) -> Survival:
        """Probability of not having escaped by step t: see `saddlesim.statistics.survival`."""
        return statistics.survival(self.float_steps, self.outcome, confidence=confidence)

    def plot(self, ax: Axes | None = None, **drawn: Any) -> Axes:
        """Draw who has not escaped by t: see `saddlesim.plot.plot_survival`."""
        from saddlesim.plot import axes_or_new, plot_survival

        ax = axes_or_new(ax)
        plot_survival(self, ax, **drawn)
        handles, labels = ax.get_legend_handles_labels()
        if labels:  # what is expected comes last, however many runs it is of
            order = sorted(range(len(labels)), key=lambda i: labels[i] == "expected")
            ax.legend([handles[i] for i in order], [labels[i] for i in order], frameon=False)
        return ax

    def select(self, mask: NDArray[np.bool_]) -> EscapeTimes:
        """Keep the trajectories at which the mask of shape (n,) holds.

        Raises
        ------
        ValueError
            If the mask is not a bool array of shape (n,).
        """
        mask = np.asarray(mask)
        if mask.dtype != np.bool_ or mask.shape != (len(self),):
            raise ValueError(
                f"mask: {mask.dtype} of shape {mask.shape}, but it must be bool of shape "
                f"({len(self)},), one entry a trajectory; for example times.escaped"
            )
        return self._rows(mask)

    @classmethod
    def merge(cls, parts: Sequence[EscapeTimes]) -> EscapeTimes:
        """Join runs of disjoint ranges of trajectories, sorted by id; diagnostics are dropped.

        Raises
        ------
        ValueError
            If there is nothing to join, the parts describe different runs, only some of them have
            saddle exits, or a trajectory occurs twice.
        """
        if not parts:
            raise ValueError("parts: nothing to merge; pass at least one EscapeTimes")
        first = parts[0]
        for part in parts[1:]:
            for name in _DESCRIPTION:
                a, b = getattr(first, name), getattr(part, name)
                if a is not b and a != b:
                    raise ValueError(
                        f"parts: {name} is {a!r} in one and {b!r} in another; "
                        "merge trajectories of one run only"
                    )
        for name in (*_OPTIONAL, "certificate"):
            given = sum(getattr(p, name) is not None for p in parts)
            if 0 < given < len(parts):
                raise ValueError(
                    f"parts: {name} is there in {given} of {len(parts)}; have it in all or in none"
                )
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(p, name) for p in parts]) for name in _COLUMNS
        }
        for name in _OPTIONAL:
            columns[name] = _stack([getattr(p, name) for p in parts])
        certificates = [p.certificate for p in parts if p.certificate is not None]
        joined = replace(
            first,
            **columns,
            certificate=Certificate.concatenate(certificates) if certificates else None,
            interrupted=any(p.interrupted for p in parts),
            diagnostics={},
        )
        ids, counts = np.unique(joined.trajectory, return_counts=True)
        if ids.size < len(joined):
            raise ValueError(
                f"parts: trajectory {ids[np.argmax(counts)]} occurs {counts.max()} times; "
                "merge disjoint ranges of trajectories"
            )
        return joined._rows(np.argsort(joined.trajectory))

    def _rows(self, index: NDArray[np.bool_] | NDArray[np.int64]) -> EscapeTimes:
        columns: dict[str, Any] = {name: getattr(self, name)[index] for name in _COLUMNS}
        for name in _OPTIONAL:
            column = getattr(self, name)
            columns[name] = None if column is None else column[index]
        certificate = None if self.certificate is None else self.certificate.rows(index)
        return replace(self, **columns, certificate=certificate, diagnostics={})

    def to_pandas(self) -> pd.DataFrame:
        """One row a trajectory; saddle exits, if recorded, are columns saddle_exit_1, ... .

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise _missing("to_pandas", "pandas") from None
        columns: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        labels = [outcome.label for outcome in Outcome]
        columns["outcome"] = pd.Categorical.from_codes(self.outcome, categories=labels)
        if self.saddle_exits is not None:
            for k, column in enumerate(self.saddle_exits.T, start=1):
                columns[f"saddle_exit_{k}"] = column
        return pd.DataFrame(columns)

    def to_xarray(self) -> xr.Dataset:
        """Variables over the dimension trajectory, saddle exits also over saddle = 1, ..., dim.

        Outcomes stay codes; their attributes ``flag_values`` and ``flag_meanings`` name them.

        Raises
        ------
        ImportError
            If xarray is not installed.
        """
        try:
            import xarray as xr
        except ImportError:
            raise _missing("to_xarray", "xarray") from None
        data: dict[str, Any] = {
            name: ("trajectory", getattr(self, name)) for name in _COLUMNS if name != "trajectory"
        }
        meanings = {
            "flag_values": np.array(list(Outcome), dtype=np.int8),
            "flag_meanings": " ".join(outcome.label for outcome in Outcome),
        }
        data["outcome"] = ("trajectory", self.outcome, meanings)
        coords: dict[str, Any] = {"trajectory": self.trajectory}
        if self.saddle_exits is not None:
            data["saddle_exits"] = (("trajectory", "saddle"), self.saddle_exits)
            coords["saddle"] = np.arange(1, self.saddle_exits.shape[1] + 1)
        attributes = {name: str(getattr(self, name)) for name in _DESCRIPTION}
        return xr.Dataset(data, coords, attributes | {"interrupted": int(self.interrupted)})

    def __repr__(self) -> str:
        return f"{title(self)}\n{text_table(verdict(self))}"

    def _repr_html_(self) -> str:
        return html_table(title(self), verdict(self))


def _stack(arrays: list[Any]) -> Any:
    return None if arrays[0] is None else np.concatenate(arrays)


def _log10(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    out = np.full(counts.shape, -np.inf)
    return np.log10(counts, out=out, where=counts > 0)


def _missing(method: str, package: str) -> ImportError:
    return ImportError(
        f"EscapeTimes.{method}() needs {package}, which is not installed; "
        f"install it with: pip install {package}"
    )
