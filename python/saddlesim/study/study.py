"""``Study``: the description of a grid of runs, and running it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from saddlesim import validation
from saddlesim.axes import Value, axes_of, noun
from saddlesim.dimension import DimensionResult
from saddlesim.initial import trial_range
from saddlesim.progress import Report, report_to
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.study.block_length import block_length
from saddlesim.study.content import study_hash
from saddlesim.study.distributed import ClientGrid, require_client
from saddlesim.study.engine import Grid, StudyProgress
from saddlesim.study.grid import Cell, cells_of
from saddlesim.study.keepers import Keeper, Memory, StoreKeeper
from saddlesim.study.plan import Plan
from saddlesim.study.stopping import Precision
from saddlesim.study.store import Store
from saddlesim.tables import Tabular

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Study"]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Study(Tabular):
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
    block
        How many trajectories of a cell make a block, which is what a store keeps as one file and
        what is lost when a run is killed; None is 1,000, and up to 100,000 where there would be
        more than a thousand blocks a cell, or more than a hundred of trajectories that are known
        beforehand to be cheap. A store that is there keeps the length it was made with.
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
    block: int

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
        block: int | None = None,
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
            "block": block_length(cells, len(wanted), policy)
            if block is None
            else validation.count("block", block),
        }.items():
            object.__setattr__(self, name, value)

    @classmethod
    def restored(cls, **fields: Any) -> Study:
        """Return a study of cells that are made already: those of a store."""
        study = cls.__new__(cls)
        study.__dict__.update(fields)
        return study

    @property
    def axis(self) -> str:
        """What results are against: ``"dim"``, or the name of a parameter."""
        return next(iter(self.axes))

    @cached_property
    def hash(self) -> str:
        """A digest of all that decides about a trajectory's numbers, 32 hexadecimal digits.

        Not part of it are the trials, of which there may be more later, and how they are run.
        """
        return study_hash(self)

    def run(
        self,
        *,
        store: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        progress: bool | Callable[[int, int], object] = False,
        shard: tuple[int, int] | None = None,
        until: Precision | None = None,
        client: Client | None = None,
    ) -> DimensionResult:
        """Run all cells, smallest value first, or what is missing of them in a store.

        Parameters
        ----------
        store
            A folder that keeps every finished block of trajectories, and from which the same call
            goes on after it was interrupted or killed, with the very same bits. Several processes
            may run one study in one folder: they share the blocks. The result then reads its
            columns from there when they are looked at. See ``docs/studies.md``.
        threads, progress
            As in `escape_times`; progress counts the trajectories of all cells.
        shard
            (k, n) runs the k-th of n shares of the blocks, for jobs of a cluster: see
            `merge_stores`. Block b of cell c, counted from 0, belongs to share (b + c) % n + 1. The
            result has what the store has up to the first gap of each cell.
        until
            A `Precision` at which a cell has enough; ``trials`` are the most that it gets. Only the
            blocks before decide, so neither threads nor interruptions change what is run.
        client
            A ``dask.distributed.Client``, whose workers then run the blocks: one at a time each,
            with all threads of the worker, so that ``threads`` must be None. Blocks come back to
            this process and into its store as they finish; those of a worker that dies are run by
            another. Results are those of a run without it. See ``docs/cluster.md``.

        Raises
        ------
        Interrupted
            On Ctrl-C; its ``partial`` is a DimensionResult of what there is. The store has the
            finished blocks.
        StoreError
            If the folder has another study, or cannot be read or written.
        MissingExtraError
            If what a store or a client needs is not installed.
        ValueError, TypeError
            If an argument is not allowed.
        """
        plan = self._plan(store, shard, until, whole=until is None and client is None)
        total = sum(len(b) for cell in range(len(self.cells)) for b in plan.blocks(cell))
        with (
            report_to(progress, total) as report,
            self._grid(store, plan, threads, report, client) as grid,
        ):
            for _ in grid.run():
                pass
            return grid.result()

    def iter(
        self,
        *,
        store: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        shard: tuple[int, int] | None = None,
        until: Precision | None = None,
        client: Client | None = None,
    ) -> Iterator[StudyProgress]:
        """Run as `run` does, and yield how far things are whenever a block is finished.

        Parameters
        ----------
        store, threads, shard, until, client
            As in `run`. A run that is given up has kept its finished blocks.

        Yields
        ------
        StudyProgress
            Whose ``result()`` has the estimates so far.
        """
        plan = self._plan(store, shard, until, whole=False)
        with self._grid(store, plan, threads, None, client) as grid:
            yield from grid.run()

    @property
    def _title(self) -> str:
        cells, trials = len(self.cells), len(self.trials)
        return f"Study of {cells} cells of {trials:,} trajectories, seed {self.seed}"

    def _rows(self) -> list[tuple[str, str]]:
        rows = [(noun(name), ", ".join(map(str, values))) for name, values in self.axes.items()]
        first, last = repr(self.cells[0].landscape), repr(self.cells[-1].landscape)
        rows.append(("landscape", first if first == last else f"{first} ... {last}"))
        last_of = {cell.method_label: repr(cell.method) for cell in reversed(self.cells)}
        return rows + list(reversed(last_of.items()))

    def _plan(
        self,
        store: str | os.PathLike[str] | None,
        shard: tuple[int, int] | None,
        until: Precision | None,
        *,
        whole: bool,
    ) -> Plan:
        if store is None and shard is not None:
            raise ValueError(
                f"shard must be None without a store, got {shard!r}; pass store=, the folder of "
                "this shard"
            )
        block = None if store is None and whole else self.block
        return Plan(self.trials, block, shard, until)

    @contextmanager
    def _grid(
        self,
        store: str | os.PathLike[str] | None,
        plan: Plan,
        threads: int | None,
        report: Report | None,
        client: Client | None,
    ) -> Iterator[Grid]:
        if client is not None:
            require_client(client)
            if threads is not None:
                raise ValueError(
                    f"threads must be None with a client, got {threads!r}: every worker uses the "
                    "threads it was started with; leave it out"
                )
        keeper: Keeper
        if store is None:
            keeper = Memory(self)
        else:
            opened = Store.of(self, store)
            keeper = StoreKeeper(self, opened)
            plan = replace(plan, block=opened.manifest.block)
        try:
            if client is None:
                yield Grid(self, plan, keeper, threads, report)
            else:
                yield ClientGrid(self, plan, keeper, client, report)
        finally:
            keeper.close()

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
