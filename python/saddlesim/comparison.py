"""Several methods on one landscape, from the same starts with the same noise, ranked by cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from saddlesim import comparison_text, validation
from saddlesim.comparison_table import open_ended, order, row, shared_horizon
from saddlesim.dimension_cell import STATISTICS
from saddlesim.errors import Interrupted
from saddlesim.escape import Escape
from saddlesim.initial import Initial, trial_range
from saddlesim.labelled import labelled, made, part
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method, require_manifold
from saddlesim.paired import Paired, pair
from saddlesim.progress import report_to
from saddlesim.result import COSTS, EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.tables import html_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["Comparison", "compare"]

COUNTED = ("steps", *COSTS, "evaluations")
_SAME = ("landscape", "initial", "escape", "seed", "dtype")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Runs of several methods that share their starts, and how they rank.

    Parameters
    ----------
    runs
        The run of each label, counted in steps.
    cost
        What is compared: ``"steps"``, or a cost as `EscapeTimes.counted_in` takes it.

    Raises
    ------
    ValueError
        If runs differ in landscape, start, escape or seed, so that nothing would be paired; or if
        the cost of a run is not known.
    """

    runs: Mapping[str, EscapeTimes]
    cost: str = "steps"

    def __post_init__(self) -> None:
        validation.choice("cost", self.cost, COUNTED)
        for name in _SAME:
            values = [getattr(times, name) for times in self.runs.values()]
            for label, value in zip(self.runs, values, strict=True):
                if value is not values[0] and value != values[0]:
                    raise ValueError(
                        f"runs: {name} is {values[0]!r} in {next(iter(self.runs))!r} and {value!r} "
                        f"in {label!r}; compare methods from the same starts, as ss.compare does"
                    )
        _ = self.times  # a cost that is not known is refused at once

    @cached_property
    def times(self) -> dict[str, EscapeTimes]:
        """The run of each label, counted in the cost; flows stay counted in time."""
        if self.cost == "steps":
            return dict(self.runs)
        return {
            label: times if times.unit == "time" else times.counted_in(self.cost)
            for label, times in self.runs.items()
        }

    def __getitem__(self, label: str) -> EscapeTimes:
        return self.times[validation.choice("label", label, tuple(self.times))]

    def counted_in(self, cost: str) -> Comparison:
        """Return the comparison of the same runs by another cost, or by ``"steps"``."""
        return Comparison(self.runs, cost)

    @property
    def unit(self) -> str:
        """What is counted; ``"time"`` if all are flows."""
        units = {times.unit for times in self.times.values()}
        return "time" if units == {"time"} else self.cost.replace("_", " ")

    @property
    def unranked(self) -> tuple[str, ...]:
        """The flows among methods that take steps: time is not to be compared with steps."""
        return tuple(label for label, times in self.times.items() if times.unit != self.unit)

    def ranking(self, by: str = "median") -> tuple[str, ...]:
        """Return the labels from the best to the worst; those `unranked` are not among them.

        Parameters
        ----------
        by
            ``"median"``, where that is not reached the restricted mean; or ``"restricted_mean"``,
            the mean of min(T, horizon) with one horizon for all, up to which all runs have data.
            Trajectories that never escape stay in both.
        """
        validation.choice("by", by, STATISTICS)
        ranked = {k: t for k, t in self.times.items() if k not in self.unranked and len(t)}
        return order(ranked, by)

    def ranks(self, by: str = "median") -> dict[str, tuple[int, bool]]:
        """Return each label's rank, and whether others share it, best first.

        Methods share a rank with the first of it where `Paired.distinguishable` says that the two
        cannot be told apart. Intervals are of one pair each, not adjusted for their number.
        """
        found: dict[str, int] = {}
        first, rank = "", 0
        for i, label in enumerate(self.ranking(by), start=1):
            if not first or pair(self.times[label], self.times[first]).distinguishable:
                first, rank = label, i
            found[label] = rank
        many = list(found.values())
        return {label: (rank, many.count(rank) > 1) for label, rank in found.items()}

    def open_ended(self, by: str = "median") -> frozenset[str]:
        """Return the methods whose runs are too short to say that they rank no higher.

        Budgets are of steps, which cost one method more than another, and underflow ends a run
        early: a median that is not reached may be below that of a method ranked above.
        """
        return open_ended(self.times, self.ranking(by))

    def reference(self, label: str | None = None, by: str = "median") -> str | None:
        """Return the label that others are compared with: the one given, or the best.

        Raises
        ------
        ValueError
            If it is not among those ranked.
        """
        ranking = self.ranking(by)
        if label is None:
            return ranking[0] if ranking else None
        if label in self.unranked:
            raise ValueError(
                f"reference must be a method that counts {self.unit}, got {label!r}, a flow, which "
                f"counts time; choose from {', '.join(map(repr, ranking))}"
            )
        return validation.choice("reference", label, ranking)

    def paired(self, label: str, reference: str | None = None) -> Paired:
        """Compare a method with the reference, trajectory by trajectory; None is the best."""
        chosen = self.reference(reference)
        other = self[label if chosen is None else chosen]
        return pair(self[label], other)

    def table(self, reference: str | None = None, by: str = "median") -> list[dict[str, Any]]:
        """Return one dict a method, best first and the unranked last.

        Parameters
        ----------
        reference
            With which the others are compared; None is the best.
        by
            As in `ranking`.

        Returns
        -------
        list of dict
            Rank, and whether it is tied or `open_ended`; the escaped share with Wilson's interval;
            counts of outcomes, median and other numbers as in `DimensionResult.table`, restricted
            means to one horizon; and what `Paired` has, with the columns ``ratio``, ``difference``
            and ``share_faster``.
        """
        chosen, ranks = self.reference(reference, by), self.ranks(by)
        limit = shared_horizon([self.times[label] for label in ranks])
        rest = [label for label in self.times if label not in ranks and len(self.times[label])]
        rows, unsettled = [], self.open_ended(by)
        for label in [*ranks, *rest]:
            found = self.paired(label, chosen) if label in ranks else None
            rank = ranks.get(label, (None, False))
            times, short = self.times[label], label in unsettled
            rows.append(row(label, times, rank, chosen, found, limit, unsettled=short))
        return rows

    def to_pandas(self, reference: str | None = None, by: str = "median") -> pd.DataFrame:
        """Return the table as a data frame.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError(
                "Comparison.to_pandas() needs pandas, which is not installed; "
                "install it with: pip install pandas, or use .table()"
            ) from None
        return pd.DataFrame(self.table(reference, by))

    def summary(self, reference: str | None = None, by: str = "median") -> str:
        """Return what was run, the ranked table, and the paired one with what it means."""
        return comparison_text.summary(self, reference, by)

    def plot(
        self,
        axes: Axes | Sequence[Axes] | None = None,
        *,
        reference: str | None = None,
        promised: bool = False,
    ) -> list[Artist]:
        """Draw survival curves and ratios: see `saddlesim.plot_comparison.plot_comparison`."""
        from saddlesim.plot_comparison import plot_comparison

        return plot_comparison(self, axes, reference=reference, promised=promised)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        title = comparison_text.title(self)
        tables = comparison_text.tables(self)
        return "".join(html_table(title if not i else "", rows) for i, rows in enumerate(tables))


def compare(
    landscape: Landscape,
    methods: Method | Sequence[Method] | Mapping[str, Method | Callable[[Any], Method]],
    *,
    trials: int | range = 1000,
    initial: Initial | None = None,
    escape: Escape | None = None,
    max_steps: int | str | None = "auto",
    seed: int = 0,
    threads: int | None = None,
    arithmetic: str = "auto",
    dtype: Any = "float64",
    cost: str = "steps",
    progress: bool | Callable[[int, int], object] = False,
) -> Comparison:
    """Run every method from the same starts with the same noise, and rank them by cost.

    Parameters
    ----------
    landscape
        The function.
    methods
        A dict of label and method, or of callables(landscape) that make one; or a list of methods,
        which go by the names of their classes.
    trials
        Trajectories a method, or a range of trajectory ids.
    initial, escape, max_steps, seed, threads, arithmetic, dtype
        As in `escape_times`.
    cost
        What counts: ``"steps"``, ``"gradient_evaluations"``, ``"value_evaluations"``,
        ``"hessian_vector_products"`` or ``"evaluations"``, all of these together.
    progress
        As in `escape_times`; it counts the trajectories of all methods.

    Returns
    -------
    Comparison
        Prints itself as a ranked table.

    Raises
    ------
    Interrupted
        On Ctrl-C; its ``partial`` is a Comparison of what there is.
    ValueError, TypeError
        If an argument is not allowed. Methods are made before anything runs.
    """
    validation.instance("landscape", landscape, Landscape, "ss.Octopus(dim=6)")
    validation.choice("cost", cost, COUNTED)
    wanted = trial_range(trials)
    rules = {
        label: made("methods", rule, landscape, Method)
        for label, rule in labelled(methods, sequences=True).items()
    }
    for method in rules.values():
        require_manifold(landscape, method)
    runs: dict[str, EscapeTimes] = {}
    with report_to(progress, len(rules) * len(wanted)) as report:
        for label, method in rules.items():
            try:
                runs[label] = escape_times(
                    landscape,
                    method,
                    initial=initial,
                    escape=escape,
                    trials=wanted,
                    max_steps=max_steps,
                    seed=seed,
                    threads=threads,
                    arithmetic=arithmetic,
                    dtype=dtype,
                    progress=part(report, len(runs), len(rules), label),
                )
            except KeyboardInterrupt as stop:
                finished = len(runs)
                # The run under way counts too: its trajectories in flight are censored.
                if isinstance(stop, Interrupted) and len(stop.partial):
                    runs[label] = stop.partial
                raise Interrupted(
                    f"interrupted with {finished} of {len(rules)} methods finished; "
                    "what there is, is in .partial",
                    Comparison(runs, cost),
                ) from None
    return Comparison(runs, cost)
