"""What ``saddlesim study run`` does."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from saddlesim.cli.study_file import read_study
from saddlesim.errors import Interrupted
from saddlesim.study import Precision, Study
from saddlesim.study.parquet import DamagedError
from saddlesim.study.plan import Plan
from saddlesim.study.ranges import missing
from saddlesim.study.store import Store, is_store

__all__ = ["run_study"]


def run_study(
    file: Path, store: Path | None, shard: str | None, threads: int | None, until: float | None
) -> None:
    """Run or resume a study and print its summary.

    Raises
    ------
    Interrupted
        On Ctrl-C; its text says what is kept and how to go on.
    ValueError
        If the file or an option is not allowed.
    """
    part = None if shard is None else _shard(shard)
    read = read_study(file)
    folder = file.with_suffix(".store") if store is None else store
    enough = read.until if until is None else Precision(until)
    study = read.study
    before, left = _counts(study, folder, part, enough)
    if left == 0:
        typer.echo(f"finished before: nothing is missing in {folder}\n")
    elif before:
        typer.echo(f"going on with {folder}, which has {before:,} trajectories\n")
    try:
        with _notes():
            result = study.run(
                store=folder, threads=threads, progress=True, shard=part, until=enough
            )
    except Interrupted as stop:
        kept, _ = _counts(study, folder, part, enough)
        words = ["saddlesim", "study", "run", str(file)]
        words += [] if store is None else ["--store", str(store)]
        words += [] if shard is None else ["--shard", shard]
        words += [] if threads is None else ["--threads", str(threads)]
        words += [] if until is None else ["--until", f"{until:g}"]
        typer.echo(stop.partial.summary())
        raise Interrupted(
            f"{str(stop).partition(';')[0]}\n"
            f"kept: {kept:,} trajectories in finished blocks, in {folder}\n"
            f"to go on: {shlex.join(words)}",
            stop.partial,
        ) from None
    typer.echo(result.summary())
    typer.echo(f"\nstore: {folder}")


def _counts(
    study: Study, folder: Path, shard: tuple[int, int] | None, until: Precision | None
) -> tuple[int, int]:
    """Return how many trajectories a store has, and how many of a run's are missing."""
    there, left = 0, len(study.cells) * len(study.trials)
    if not is_store(folder):
        return there, left
    store = Store.of(study, folder)
    plan = Plan(study.trials, store.manifest.block, shard, until)
    try:
        every = [[block.ids for block in store.blocks(cell)] for cell in range(len(study.cells))]
    except DamagedError:
        return there, left  # the run sets it aside, and says so
    gaps = [
        gap
        for cell, present in enumerate(every)
        for ids in plan.blocks(cell)
        for gap in missing(ids, present)
    ]
    return sum(len(ids) for present in every for ids in present), sum(map(len, gaps))


@contextmanager
def _notes() -> Iterator[None]:
    """Have warnings, such as that a damaged file was set aside, said calmly."""

    def say(message: Warning | str, *_: Any, **__: Any) -> None:
        typer.echo(f"note: {message}", err=True)

    with warnings.catch_warnings():
        warnings.showwarning = say
        warnings.filterwarnings("always", "store: ")
        yield


def _shard(text: str) -> tuple[int, int]:
    try:
        k, n = (int(number) for number in text.split("/"))
    except ValueError:
        raise ValueError(
            f"--shard must be K/N such as 3/64, got {text!r}; the first of 64 is 1/64"
        ) from None
    if not 1 <= k <= n:
        raise ValueError(f"--shard must be K/N with K from 1 to N, got {text!r}; the first is 1/N")
    return k, n
