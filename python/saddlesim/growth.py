"""Which law escape time follows in the dimension: exponential, polynomial, or no telling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saddlesim import validation
from saddlesim.axes import noun, plural, several, symbol
from saddlesim.growth_fit import Cells, Fit, fit
from saddlesim.growth_laws import LAWS, Law, Power
from saddlesim.statistics import Estimate
from saddlesim.tables import html_table, text_table

__all__ = ["GrowthComparison", "LawFit", "compare_laws"]

# A rival is clearly worse if its held-out error is this many times the winner's error, and the same
# many times the sampling error of the held-out cells.
_CLEARLY = 2.0
# A law whose prediction is off by more than this factor does not describe the data.
_ADEQUATE = 1.5
# A power of the dimension that is known to be within this of 0 is no growth to speak of.
_FLAT = 0.25


@dataclass(frozen=True, eq=False)
class LawFit:
    """A law fitted to all dimensions, and how well it predicted the held-out ones.

    Attributes
    ----------
    name, formula
        The law; T is the escape time and d the dimension, or what stands in its place.
    kind
        ``"exponential"`` or ``"polynomial"``.
    parameters
        The constants of the formula with intervals; those beyond the largest float are left out.
    lack_of_fit
        Standard deviation of the law's misfit from one dimension to the next, in log time.
    prediction_error
        Root mean square log ratio of predicted to observed escape time over the held-out
        dimensions, from a fit to the others; nan if these are too few. A lower bound that the
        prediction exceeds counts as no error.
    """

    name: str
    formula: str
    kind: str
    parameters: dict[str, Estimate]
    lack_of_fit: float
    prediction_error: float
    _fit: Fit

    def predict(self, dims: ArrayLike) -> NDArray[np.float64]:
        """Escape time at dimensions of any shape; inf beyond the largest float64."""
        with np.errstate(over="ignore"):
            return np.exp(self._fit.law.log_time(self._fit.theta, np.asarray(dims, np.float64)))


@dataclass(frozen=True, eq=False)
class GrowthComparison:
    """How the laws compare.

    Attributes
    ----------
    dims
        The dimensions compared, increasing.
    held_out
        Those whose escape time the laws had to predict.
    laws
        Every law for which there are enough dimensions.
    best
        The law that the verdict names; None if one cannot tell.
    verdict
        One sentence.
    ratios
        ``(d, d_next, ratio)`` of the escape times of successive dimensions.
    notes
        Dimensions that had to be left out, and why.
    unit
        What T counts.
    axis
        What d is: ``"dim"``, the dimension, or the name of another parameter.
    """

    dims: tuple[int, ...]
    held_out: tuple[int, ...]
    laws: tuple[LawFit, ...]
    best: LawFit | None
    verdict: str
    ratios: tuple[tuple[int, int, Estimate], ...]
    notes: tuple[str, ...] = ()
    unit: str = "steps"
    axis: str = "dim"

    def __getitem__(self, name: str) -> LawFit:
        """Return the law of this name, for example ``growth["power"].parameters["p"]``."""
        names = tuple(law.name for law in self.laws)
        return self.laws[names.index(validation.choice("name", name, names))]

    def _title(self) -> str:
        held = f" (held out: {', '.join(map(str, self.held_out))})" if self.held_out else ""
        counted = "" if self.unit == "steps" else f", in {self.unit},"
        return f"Growth of escape time{counted} over {len(self.dims)} {plural(self.axis)}{held}"

    def _law_rows(self) -> list[list[str]]:
        head = ["law", "T(d)", "held-out error", "lack of fit", "constants"]
        return [head] + [
            [
                law.name,
                law.formula,
                "unknown" if math.isnan(law.prediction_error) else _percent(law.prediction_error),
                _percent(law.lack_of_fit),
                ", ".join(f"{name} = {value}" for name, value in law.parameters.items()),
            ]
            for law in self.laws
        ]

    def _ratio_rows(self) -> list[list[str]]:
        return [["d", "T(d) ratio"]] + [[f"{b}/{a}", str(ratio)] for a, b, ratio in self.ratios]

    def __repr__(self) -> str:
        parts = [self._title(), f"  {self.verdict}", *(f"  note: {note}" for note in self.notes)]
        if self.laws:
            parts.append(text_table(self._law_rows()))
        if self.ratios:
            parts.append(text_table(self._ratio_rows()))
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        said = [["verdict", self.verdict], *(["note", note] for note in self.notes)]
        parts = [html_table(self._title(), said)]
        if self.laws:
            parts.append(html_table("Laws", self._law_rows()))
        if self.ratios:
            parts.append(
                html_table(f"Ratios of successive {plural(self.axis)}", self._ratio_rows())
            )
        return "".join(parts)


def compare_laws(
    dims: Sequence[int],
    estimates: Sequence[Estimate],
    *,
    held_out: int | None = None,
    log10: bool = False,
    unit: str = "steps",
    axis: str = "dim",
) -> GrowthComparison:
    """Fit the growth laws and choose between them by predicting the largest dimensions.

    Parameters
    ----------
    dims
        Dimensions, each once, in any order.
    estimates
        The median or restricted mean escape time at each of them. One whose value is inf
        is a lower bound: its ``low``.
    held_out
        How many of the largest dimensions with a value to hold out; by default about a quarter, at
        least 1 and at most 3. Lower bounds beyond them are held out too.
    log10
        Whether the estimates are decimal logarithms, as those beyond 10^308 must be.
    unit
        What escape times count, for the title.
    axis
        What the dimensions are, if they are none: the name of a parameter, such as ``"width"``.

    Returns
    -------
    GrowthComparison
        Its verdict names a law only if every law of the other kind predicts the held-out
        dimensions clearly worse: with at least twice the winner's error and twice the sampling
        error; if the winner is right within a factor 1.5; and if it grows beyond doubt. Within a
        kind the law with fewer constants is preferred unless another one is clearly better.

    Raises
    ------
    ValueError
        If an argument is not as described.
    """
    dims, estimates = list(dims), list(estimates)
    _check(dims, estimates, held_out)
    cells, notes = Cells.of(dims, estimates, log10=log10)
    confidence = estimates[0].confidence if estimates else 0.95
    finite = cells.d[~cells.bounded]
    count = held_out or min(max(round(finite.size / 4), 1), 3)
    if finite.size - count < 3:
        needed = 3 + count
        verdict = (
            f"Cannot tell: {several(axis, finite.size)} a finite escape time, and at least "
            f"{needed} are needed to hold out {count}; run more {plural(axis)}."
        )
        held = np.zeros(cells.d.size, dtype=np.bool_)
    else:
        verdict, held = "", cells.d >= finite[-count]
    laws = tuple(
        found for law in LAWS if (found := _law_fit(law, cells, held, confidence)) is not None
    )
    best = None
    if not verdict:
        best, verdict = _judge(laws, cells.where(held), axis)
        if axis != "dim":
            verdict = f"{verdict} (d stands for {noun(axis)}.)"
    return GrowthComparison(
        dims=tuple(int(d) for d in cells.d),
        held_out=tuple(int(d) for d in cells.d[held]),
        laws=laws,
        best=best,
        verdict=verdict,
        ratios=cells.ratios(confidence),
        notes=notes,
        unit=unit,
        axis=axis,
    )


def _check(dims: list[int], estimates: list[Estimate], held_out: int | None) -> None:
    if len(dims) != len(estimates):
        raise ValueError(
            f"estimates: {len(estimates)} of them for {len(dims)} dims; pass one a dimension"
        )
    if any(d < 1 for d in dims):
        raise ValueError(f"dims: {min(dims)} is not a dimension; dimensions are at least 1")
    if len(set(dims)) < len(dims):
        twice = next(d for d in dims if dims.count(d) > 1)
        raise ValueError(f"dims: {twice} occurs more than once; pass each dimension once")
    if held_out is not None and held_out < 1:
        raise ValueError(
            f"held_out: {held_out} dimensions; hold out at least 1, or None for about a quarter"
        )


def _law_fit(
    kind: type[Law], cells: Cells, held: NDArray[np.bool_], confidence: float
) -> LawFit | None:
    if cells.d.size == 0:
        return None
    law = kind(float(cells.d[0]))
    overall = fit(law, cells)
    if overall is None:
        return None
    training = fit(law, cells.where(~held)) if held.any() else None
    error = math.nan
    if training is not None:
        unseen = cells.where(held)
        miss = law.log_time(training.theta, unseen.d) - unseen.y
        miss = np.where(unseen.bounded, np.minimum(miss, 0.0), miss)
        error = math.sqrt(float(np.mean(miss**2)))
    return LawFit(
        law.name,
        law.formula,
        law.kind,
        overall.parameters(confidence),
        overall.lack_of_fit,
        error,
        overall,
    )


def _judge(laws: tuple[LawFit, ...], held: Cells, axis: str) -> tuple[LawFit | None, str]:
    """Choose a law, and say why or why not."""
    ranked = sorted(
        (law for law in laws if not math.isnan(law.prediction_error)),
        key=lambda law: law.prediction_error,
    )
    sampling = math.sqrt(float(np.mean(held.error**2)))
    first = ranked[0]
    limit = _CLEARLY * max(first.prediction_error, sampling)
    level = [law for law in ranked if law.prediction_error <= limit]
    rival = next(law for law in ranked if law.kind != first.kind)
    where = f"held-out {symbol(axis)} = " + ", ".join(f"{d:.0f}" for d in held.d)
    if first.prediction_error > math.log(_ADEQUATE):
        return None, (
            f"Cannot tell: no law predicts the {where} within a factor {_ADEQUATE} "
            f"(the best, {first.formula}, is off by {_percent(first.prediction_error)}); "
            f"run {plural(axis)} closer together."
        )
    if rival in level:
        if (p := _no_growth(laws)) is not None:
            return None, (
                f"Cannot tell: the escape time may not grow at all, A d^p fits with p = {p}; run "
                f"larger {plural(axis)} or more trials."
            )
        return None, (
            f"Cannot tell: {first.formula} and {rival.formula} predict the {where} about equally "
            f"well (off by {_percent(first.prediction_error)} and "
            f"{_percent(rival.prediction_error)}, sampling error {_percent(sampling)}); "
            f"run larger {plural(axis)} or more trials."
        )
    best = min(level, key=lambda law: (len(law.parameters), law.prediction_error))
    growth = best._fit.law.growth
    if growth is not None and not best.parameters[growth[0]].low > growth[1]:
        name, neutral = growth
        return None, (
            f"Cannot tell: {best.formula} fits best, but {name} = {best.parameters[name]} does not "
            f"exclude {neutral:g}, no growth; run larger {plural(axis)} or more trials."
        )
    constant = growth[0] if growth is not None else "A"
    known = best.parameters.get(constant)
    shown = f" with {constant} = {known}" if known is not None else ""
    others = [law.formula for law in level if law is not best]
    also = f"; {others[0]} does about as well" if others else ""
    return best, (
        f"{best.kind.capitalize()} growth: {best.formula}{shown} "
        f"is off by {_percent(best.prediction_error)} at the {where}{also}; "
        f"the best {rival.kind} law, {rival.formula}, is off by {_percent(rival.prediction_error)}."
    )


def _no_growth(laws: tuple[LawFit, ...]) -> Estimate | None:
    """Return the power of the dimension, if it is 0 as far as the data tell, and they tell much."""
    for law in laws:
        if law.name == Power.name:
            p = law.parameters["p"]
            return p if -_FLAT <= p.low <= 0 <= p.high <= _FLAT else None
    return None


def _percent(log_error: float) -> str:
    """Format an error in log time as the relative error it is; a factor when it is large."""
    if log_error > 600:
        return f"a factor 10^{log_error / math.log(10):.0f}"
    factor = math.exp(log_error)
    if factor >= 2:
        return f"a factor {factor:.3g}"
    percent = 100 * (factor - 1)
    if percent >= 10:
        return f"{percent:.0f} %"
    return f"{percent:.2g} %" if percent >= 0.01 else "<0.01 %"
