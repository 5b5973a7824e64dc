"""Escape time against dimension: a grid of runs, its table, its growth laws and its picture."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from saddlesim import dimension_cell, validation
from saddlesim.dimension_text import cell_rows, summary, title
from saddlesim.errors import Interrupted
from saddlesim.escape import Escape
from saddlesim.growth import GrowthComparison, compare_laws
from saddlesim.initial import Initial, trial_range
from saddlesim.labelled import labelled, made, part
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method
from saddlesim.progress import report_to
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.statistics import Estimate
from saddlesim.tables import html_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["DimensionResult", "escape_time_vs_dimension"]


@dataclass(frozen=True, eq=False, repr=False)
class DimensionResult:
    """Escape times over a grid of methods and dimensions, which need not be complete.

    Parameters
    ----------
    cells
        The run of each (method's label, dimension).
    """

    cells: Mapping[tuple[str, int], EscapeTimes]

    def __getitem__(self, cell: tuple[str, int]) -> EscapeTimes:
        try:
            return self.cells[cell]
        except KeyError:
            known = ", ".join(repr(key) for key in self.cells) or "no cells"
            raise KeyError(f"{cell!r} is not in this result, which has {known}") from None

    @property
    def methods(self) -> tuple[str, ...]:
        """The labels, in the order in which they were given."""
        return tuple(dict.fromkeys(label for label, _ in self.cells))

    def dims(self, method: str) -> tuple[int, ...]:
        """Return the dimensions at which a method was run, increasing."""
        validation.choice("method", method, self.methods)
        return tuple(sorted(dim for label, dim in self.cells if label == method))

    def counted_in(self, cost: str) -> DimensionResult:
        """Return the same runs with a cost in the place of steps, in all that is made of them.

        Parameters
        ----------
        cost
            As in `EscapeTimes.counted_in`, for example ``"gradient_evaluations"``.

        Raises
        ------
        ValueError
            If the cost is not known of every trajectory of a cell, which the text names.
        """
        cells = {}
        for (label, dim), times in self.cells.items():
            try:
                cells[label, dim] = times.counted_in(cost)
            except ValueError as error:
                raise ValueError(f"{error} (in the cell {label!r}, {dim})") from None
        return DimensionResult(cells)

    @property
    def unit(self) -> str:
        """What is counted, as `EscapeTimes.unit`; where methods differ, as in "steps or time"."""
        return " or ".join(dict.fromkeys(times.unit for times in self.cells.values()))

    def estimates(self, method: str, statistic: str = "median") -> list[Estimate]:
        """Return the escape time at each dimension of a method, in the `unit`.

        Parameters
        ----------
        method
            The label.
        statistic
            ``"median"`` or ``"restricted_mean"``; the latter is a lower bound (its value inf)
            where a trajectory did not escape.

        Raises
        ------
        OverflowError
            If an escape time is beyond 10^308, the largest float.
        """
        for dim in self.dims(method):
            if dimension_cell.beyond_floats(self.cells[method, dim]):
                last = self.cells[method, dim].log10_steps.max()
                raise OverflowError(
                    f"estimates: escape times of {method!r} at dimension {dim} reach 10^{last:.1f},"
                    " beyond the largest float; use log10_estimates(method)"
                )
        return [
            dimension_cell.estimate(self.cells[method, dim], statistic) for dim in self.dims(method)
        ]

    def log10_estimates(self, method: str, statistic: str = "median") -> list[Estimate]:
        """Return the decimal logarithms of the escape times at each dimension, at any size.

        Parameters
        ----------
        method
            The label.
        statistic
            As in `estimates`.
        """
        return [
            dimension_cell.log10_estimate(self.cells[method, dim], statistic)
            for dim in self.dims(method)
        ]

    @overload
    def growth(self, method: str, statistic: str = "median") -> GrowthComparison: ...

    @overload
    def growth(
        self, method: None = None, statistic: str = "median"
    ) -> dict[str, GrowthComparison]: ...

    def growth(
        self, method: str | None = None, statistic: str = "median"
    ) -> GrowthComparison | dict[str, GrowthComparison]:
        """Compare the laws by which escape time may grow with dimension.

        Parameters
        ----------
        method
            The label; None compares them for each method, and returns a dict by label.
        statistic
            ``"median"`` or ``"restricted_mean"``.
        """
        if method is None:
            return {label: self.growth(label, statistic) for label in self.methods}
        dims = self.dims(method)
        if any(dimension_cell.beyond_floats(self.cells[method, dim]) for dim in dims):
            found = self.log10_estimates(method, statistic)
            return compare_laws(dims, found, log10=True, unit=self._unit(method))
        return compare_laws(dims, self.estimates(method, statistic), unit=self._unit(method))

    def _unit(self, method: str) -> str:
        return " or ".join(dict.fromkeys(self.cells[method, d].unit for d in self.dims(method)))

    def growth_factor(self, method: str) -> float | None:
        """Return the factor a dimension that theory gives for large dimensions, where it is known.

        Parameters
        ----------
        method
            The label.
        """
        factors = []
        for dim in self.dims(method):
            times = self.cells[method, dim]
            if isinstance(times.landscape, Landscape) and isinstance(times.method, Method):
                factors.append(times.landscape.growth_factor(times.method))
        one = len(set(factors)) == 1
        return factors[0] if one else None

    def table(self) -> list[dict[str, Any]]:
        """Return one dict a cell: counts of outcomes, quantiles with intervals, restricted mean.

        Times are in the ``unit``: steps, time of a flow, or a cost. A quantile that is not reached
        is inf, and its ``_low`` a lower bound. Underflowed trajectories widen the intervals: they
        may have escaped at any later step. Columns ``log10_...`` hold decimal logarithms, at any
        size; where a cell reaches beyond 10^308, the largest float, the others are nan.
        ``promised`` are the iterations that a method's ``guarantee`` has, nan where it has none.
        """
        return [
            dimension_cell.row(label, dim, self.cells[label, dim])
            for label in self.methods
            for dim in self.dims(label)
        ]

    def to_pandas(self) -> pd.DataFrame:
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
                "DimensionResult.to_pandas() needs pandas, which is not installed; "
                "install it with: pip install pandas, or use .table()"
            ) from None
        return pd.DataFrame(self.table())

    def summary(self) -> str:
        """Return a table for people, then the verdict on each method's growth."""
        return summary(self)

    def plot(self, ax: Axes | None = None, *, promised: bool = False) -> Axes:
        """Draw the escape times: see `saddlesim.plot.plot_dimension`."""
        from saddlesim.plot import axes_or_new, plot_dimension

        ax = axes_or_new(ax)
        plot_dimension(self, ax, promised=promised)
        return ax

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        verdicts = [[label, found.verdict] for label, found in self.growth().items()]
        return html_table(title(self), cell_rows(self)) + html_table("Growth", verdicts)


def escape_time_vs_dimension(
    landscape_family: Callable[..., Landscape],
    *,
    dims: Iterable[int],
    methods: Method | Mapping[str, Method | Callable[[Any], Method]],
    trials: int | range = 1000,
    seed: int = 0,
    initial: Initial | Callable[[Any], Initial] | None = None,
    escape: Escape | Callable[[Any], Escape] | None = None,
    max_steps: int | str | None = "auto",
    threads: int | None = None,
    arithmetic: str = "auto",
    dtype: Any = "float64",
    progress: bool | Callable[[int, int], object] = False,
    **fixed: Any,
) -> DimensionResult:
    """Run every method at every dimension, smallest dimension first.

    Parameters
    ----------
    landscape_family
        What makes the landscape of a dimension: a Landscape class with an argument ``dim``, such as
        ``ss.Octopus``; one with ``.random(dim=, seed=)``, such as ``ss.MatrixFactorization``; or a
        callable of the dimension. The dimension is the landscape's ``size``: that of a matrix or of
        samples, where there is one.
    dims
        Dimensions, each once.
    methods
        One method, or a dict of label and method. Where a method depends on the landscape, give a
        callable(landscape) instead.
    trials
        Trajectories a cell, or a range of trajectory ids.
    seed
        As in `escape_times`. Cells of different dimension are independent; methods at one dimension
        share their start points. It also is the seed of ``.random``.
    initial, escape
        As in `escape_times`, or a callable(landscape).
    max_steps, threads, arithmetic, dtype, progress
        As in `escape_times`; progress counts the trajectories of all cells.
    **fixed
        Further arguments of the landscape family, for example ``L=2.0`` or ``rank=4``.

    Returns
    -------
    DimensionResult
        The runs.

    Raises
    ------
    Interrupted
        On Ctrl-C; its ``partial`` is a DimensionResult of what there is.
    ValueError, TypeError
        If an argument is not allowed. Landscapes and methods are made before anything runs.
    """
    seed = validation.seed(seed)
    wanted = trial_range(trials)
    rules = labelled(methods)
    # Everything is made first: a mistake shows at once, not when the last dimension has its turn.
    grid = [
        (
            label,
            landscape,
            made("methods", rule, landscape, Method),
            made("initial", initial, landscape, Initial),
            made("escape", escape, landscape, Escape),
        )
        for landscape in _landscapes(landscape_family, _dims(dims), seed, fixed)
        for label, rule in rules.items()
    ]
    cells: dict[tuple[str, int], EscapeTimes] = {}
    with report_to(progress, len(grid) * len(wanted)) as report:
        for label, landscape, method, start, goal in grid:
            try:
                cells[label, landscape.size] = escape_times(
                    landscape,
                    method,
                    initial=start,
                    escape=goal,
                    trials=wanted,
                    max_steps=max_steps,
                    seed=seed,
                    threads=threads,
                    arithmetic=arithmetic,
                    dtype=dtype,
                    progress=part(report, len(cells), len(grid), f"{label}, d = {landscape.size}"),
                )
            except KeyboardInterrupt as stop:
                finished = len(cells)
                # The cell under way counts too: its trajectories in flight are censored.
                if isinstance(stop, Interrupted) and len(stop.partial):
                    cells[label, landscape.size] = stop.partial
                raise Interrupted(
                    f"interrupted with {finished} of {len(grid)} cells finished; "
                    "what there is, is in .partial",
                    DimensionResult(cells),
                ) from None
    return DimensionResult(cells)


def _dims(dims: Iterable[int]) -> list[int]:
    try:
        values = [validation.count("dims", dim) for dim in dims]
    except TypeError as error:
        if "not iterable" not in str(error):
            raise
        raise TypeError(
            f"dims must be dimensions such as range(2, 7), got {dims!r:.80}; for one write [6]"
        ) from None
    if not values:
        raise ValueError(f"dims must name at least one dimension, got {dims!r:.80}; try [2, 3, 4]")
    for dim in values:
        if values.count(dim) > 1:
            raise ValueError(f"dims must differ, but {dim} occurs twice; pass each dimension once")
    return sorted(values)


def _landscapes(family: Any, dims: list[int], seed: int, fixed: dict[str, Any]) -> list[Landscape]:
    if not callable(family):
        hint = "; pass the class, not an instance" if isinstance(family, Landscape) else ""
        raise TypeError(
            "landscape_family must be a Landscape class such as ss.Octopus or a callable of the "
            f"dimension, got {family!r:.80}{hint}"
        )
    landscapes = []
    for dim in dims:
        if "dim" in inspect.signature(family).parameters:
            f = family(dim=dim, **fixed)
        elif hasattr(family, "random"):
            f = family.random(dim=dim, seed=seed, **fixed)
        elif isinstance(family, type) and issubclass(family, Landscape):
            raise TypeError(
                f"landscape_family must have a dimension to vary, which {family.__name__} has not; "
                "use escape_times(landscape, method) for one landscape"
            )
        else:
            f = family(dim, **fixed)
        if not isinstance(f, Landscape):
            raise TypeError(
                f"landscape_family must make a Landscape, but at dimension {dim} it made "
                f"{f!r:.80}; return for example ss.Octopus(dim)"
            )
        if f.size != dim:
            raise ValueError(
                f"landscape_family made dimension {f.size} when asked for dimension {dim}; "
                "use its argument as the dimension"
            )
        landscapes.append(f)
    return landscapes
