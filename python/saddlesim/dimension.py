"""Escape time against dimension, or another parameter: the table, growth laws and the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from saddlesim import dimension_cell, validation
from saddlesim.axes import Value, noun
from saddlesim.dimension_text import cell_rows, summary, title
from saddlesim.growth import GrowthComparison, compare_laws
from saddlesim.landscapes import Landscape
from saddlesim.methods import Method
from saddlesim.result import EscapeTimes
from saddlesim.statistics import Estimate
from saddlesim.tables import html_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from saddlesim.plot import Expected

__all__ = ["DimensionResult"]


@dataclass(frozen=True, eq=False, repr=False)
class DimensionResult:
    """Escape times over a grid of methods and dimensions, which need not be complete.

    Parameters
    ----------
    cells
        The run of each (method's label, dimension).
    axis
        What stands in the place of the dimension: ``"dim"``, that itself, or the name of another
        parameter that was varied, such as ``"width"``.
    """

    cells: Mapping[tuple[str, Any], EscapeTimes]
    axis: str = "dim"

    def __getitem__(self, cell: tuple[str, Value]) -> EscapeTimes:
        try:
            return self.cells[cell]
        except KeyError:
            known = ", ".join(repr(key) for key in self.cells) or "no cells"
            raise KeyError(f"{cell!r} is not in this result, which has {known}") from None

    @property
    def methods(self) -> tuple[str, ...]:
        """The labels, in the order in which they were given."""
        return tuple(dict.fromkeys(label for label, _ in self.cells))

    def dims(self, method: str) -> tuple[Any, ...]:
        """Return the dimensions, or other values, at which a method was run, increasing."""
        validation.choice("method", method, self.methods)
        values: list[Any] = [dim for label, dim in self.cells if label == method]
        return tuple(values if isinstance(values[0], str) else sorted(values))

    @property
    def counts_up(self) -> bool:
        """Whether the values are whole numbers from 1 on, as growth laws want them."""
        return all(isinstance(value, int) and value >= 1 for _, value in self.cells)

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
        return DimensionResult(cells, self.axis)

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
                    f"estimates: escape times of {method!r} at {noun(self.axis)} {dim} reach "
                    f"10^{last:.1f}, beyond the largest float; use log10_estimates(method)"
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

        Raises
        ------
        ValueError
            If what was varied are no whole numbers from 1 on.
        """
        if not self.counts_up:
            raise ValueError(
                f"growth: laws are functions of whole numbers from 1 on, but {noun(self.axis)} has "
                f"other values; look at the table or the picture"
            )
        if method is None:
            return {label: self.growth(label, statistic) for label in self.methods}
        dims = self.dims(method)
        if any(dimension_cell.beyond_floats(self.cells[method, dim]) for dim in dims):
            found = self.log10_estimates(method, statistic)
            return compare_laws(dims, found, log10=True, unit=self._unit(method), axis=self.axis)
        return compare_laws(
            dims, self.estimates(method, statistic), unit=self._unit(method), axis=self.axis
        )

    def _unit(self, method: str) -> str:
        return " or ".join(dict.fromkeys(self.cells[method, d].unit for d in self.dims(method)))

    def growth_factor(self, method: str) -> float | None:
        """Return the factor a dimension that theory gives for large dimensions, where it is known.

        Parameters
        ----------
        method
            The label.
        """
        factors: list[float | None] = []
        if self.axis != "dim":
            return None
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
            dimension_cell.row(label, self.axis, dim, self.cells[label, dim])
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

    def plot(
        self,
        ax: Axes | None = None,
        *,
        promised: bool = False,
        expected: Expected | None = None,
    ) -> Axes:
        """Draw the escape times: see `saddlesim.plot.plot_dimension`."""
        from saddlesim.plot import axes_or_new, plot_dimension

        ax = axes_or_new(ax)
        plot_dimension(self, ax, promised=promised, expected=expected)
        return ax

    def plot_survival_by_dimension(self, axes: Any = None) -> list[Axes]:
        """Draw who has not escaped: see `plot_survivals.plot_survival_by_dimension`."""
        from saddlesim.plot_survivals import plot_survival_by_dimension

        return plot_survival_by_dimension(self, axes)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        html = html_table(title(self), cell_rows(self))
        if not self.counts_up:
            return html
        verdicts = [[label, found.verdict] for label, found in self.growth().items()]
        return html + html_table("Growth", verdicts)
