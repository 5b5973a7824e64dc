"""``Study``: the description of a grid of runs, and running it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from saddlesim import validation
from saddlesim.axes import Value, axes_of, noun
from saddlesim.dimension import DimensionResult
from saddlesim.errors import Interrupted
from saddlesim.initial import trial_range
from saddlesim.labelled import part
from saddlesim.progress import report_to
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.study.grid import Cell, cells_of

__all__ = ["Study"]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Study:
    """A grid of runs: every method at every value of what varies.

    Parameters
    ----------
    landscape_family
        What makes the landscapes: a Landscape class with an argument ``dim``, such as
        ``ss.Octopus``; one with ``.random(dim=, seed=)``, such as ``ss.MatrixFactorization``; or a
        callable of the dimension. Where only parameters of methods vary, a Landscape will do. The
        dimension is the landscape's ``size``: that of a matrix or of samples, where there is one.
    dims
        Dimensions, each once; None where the dimension does not vary.
    vary
        What else varies: a dict of values by the name of a parameter of the landscape (such as
        ``"width"`` or ``"rank"``) or of all methods (such as ``"step_size"``). The grid has all
        combinations. Results are against the dimension if it varies, else against the first of
        these; combinations of the others are curves of their own.
    methods
        One method, or a dict of label and method. Where a method depends on the landscape, give a
        callable(landscape) instead.
    trials
        Trajectories a cell, or a range of trajectory ids.
    seed
        As in `escape_times`. Cells of different landscapes are independent; methods on one
        landscape share their start points. It also is the seed of ``.random``.
    initial, escape
        As in `escape_times`, or a callable(landscape).
    max_steps, arithmetic, dtype, record
        As in `escape_times`.
    **fixed
        Further arguments of the landscape family, for example ``L=2.0`` or ``rank=4``.

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed. Landscapes and methods are made here: a mistake shows at
        once, not when the last cell has its turn.
    """

    axes: Mapping[str, tuple[Value, ...]]
    cells: tuple[Cell, ...]
    trials: range
    seed: int
    policy: Mapping[str, Any]  # what else `escape_times` is told

    def __init__(
        self,
        landscape_family: Any,
        *,
        dims: Iterable[int] | None = None,
        vary: Mapping[str, Iterable[Value]] | None = None,
        methods: Any,
        trials: int | range = 1000,
        seed: int = 0,
        initial: Any = None,
        escape: Any = None,
        max_steps: int | str | None = "auto",
        arithmetic: str = "auto",
        dtype: Any = "float64",
        record: Iterable[str] = (),
        **fixed: Any,
    ) -> None:
        axes = axes_of(dims, vary)
        for name in axes:
            if name in fixed:
                raise ValueError(
                    f"vary has {name!r}, which is given as {name}={fixed[name]!r} too; drop one"
                )
        policy = {
            "max_steps": max_steps,
            "arithmetic": arithmetic,
            "dtype": dtype,
            "record": tuple(record),
        }
        start = validation.seed(seed)
        wanted = trial_range(trials)
        cells = cells_of(
            landscape_family,
            axes,
            methods,
            seed=start,
            initial=initial,
            escape=escape,
            fixed=fixed,
        )
        for name, value in {
            "axes": axes,
            "cells": cells,
            "trials": wanted,
            "seed": start,
            "policy": policy,
        }.items():
            object.__setattr__(self, name, value)

    @property
    def axis(self) -> str:
        """What results are against: ``"dim"``, or the name of a parameter."""
        return next(iter(self.axes))

    def run(
        self,
        *,
        threads: int | None = None,
        progress: bool | Callable[[int, int], object] = False,
    ) -> DimensionResult:
        """Run all cells, smallest value first.

        Parameters
        ----------
        threads, progress
            As in `escape_times`; progress counts the trajectories of all cells.

        Raises
        ------
        Interrupted
            On Ctrl-C; its ``partial`` is a DimensionResult of what there is.
        """
        done: dict[tuple[str, Value], EscapeTimes] = {}
        with report_to(progress, len(self.cells) * len(self.trials)) as report:
            for cell in self.cells:
                where = f"{cell.label}, {noun(self.axis)} {cell.value}"
                try:
                    done[cell.key] = self.escape_times(
                        cell, self.trials, threads, part(report, len(done), len(self.cells), where)
                    )
                except KeyboardInterrupt as stop:
                    finished = len(done)
                    # The cell under way counts too: its trajectories in flight are censored.
                    if isinstance(stop, Interrupted) and len(stop.partial):
                        done[cell.key] = stop.partial
                    raise Interrupted(
                        f"interrupted with {finished} of {len(self.cells)} cells finished; "
                        "what there is, is in .partial",
                        DimensionResult(done, self.axis),
                    ) from None
        return DimensionResult(done, self.axis)

    def escape_times(
        self,
        cell: Cell,
        trials: range,
        threads: int | None = None,
        progress: bool | Callable[[int, int], object] = False,
    ) -> EscapeTimes:
        """Run some trajectories of a cell: see `saddlesim.escape_times`."""
        return escape_times(
            cell.landscape,
            cell.method,
            initial=cell.initial,
            escape=cell.escape,
            trials=trials,
            seed=self.seed,
            threads=threads,
            progress=progress,
            **self.policy,
        )
