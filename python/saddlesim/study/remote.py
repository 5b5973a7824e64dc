"""One block of a study on a worker of a Dask cluster: what is sent, and what comes back."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import saddlesim
from saddlesim.description import STREAM_VERSION, Description
from saddlesim.errors import optional_module
from saddlesim.result import EscapeTimes
from saddlesim.simulate import escape_times
from saddlesim.study.content import NOUNS, RESULT_VERSION, cell_parts
from saddlesim.study.recipe import recipe_of, restored

if TYPE_CHECKING:
    from saddlesim.study.grid import Cell
    from saddlesim.study.study import Study

__all__ = ["dask", "packed", "run_block", "unpacked"]

_VERSIONS = (saddlesim.__version__, STREAM_VERSION, RESULT_VERSION)
_LOCKS: dict[str, threading.Lock] = {}  # by the worker; a process may have several


@dataclass(frozen=True)
class _Work:
    """What the blocks of a cell have in common: the arguments of `escape_times`."""

    parts: Mapping[str, Description | _Random]
    seed: int
    policy: Mapping[str, Any]


@dataclass(frozen=True)
class _Random:
    """A landscape that ``random`` of its class has made, which is less than all its numbers."""

    recipe: Any
    text: str
    content: Any

    def made(self) -> Description:
        """Return it, the very same."""
        f = restored(self.recipe, self.text, self.content)
        if not isinstance(f, Description):
            raise RuntimeError(
                f"client: this worker does not make {self.text:.80} as the client does; install "
                "the same version of saddlesim on both"
            )
        return f


class _CancelledError(Exception):
    """The block is no longer wanted."""


def dask(module: str = "") -> ModuleType:
    """Return distributed, or a module of it.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    return optional_module("distributed", module, extra="dask", purpose="study.run(client=...)")


def packed(study: Study, cell: int) -> bytes:
    """Return a cell as it is sent: only between the processes of one cluster, never stored.

    Raises
    ------
    TypeError
        If something in it cannot be sent.
    """
    dumps = dask("protocol.pickle").dumps
    parts: dict[str, Description | _Random] = {**cell_parts(study.cells[cell])}
    f, origin = study.cells[cell].landscape, study.cells[cell].origin
    if origin is not None and (recipe := recipe_of(f, origin)) is not None:
        parts["landscape"] = _Random(recipe, repr(f), f.content())
    for name, part in parts.items():
        try:
            dumps(part)
        except Exception as error:
            raise TypeError(
                f"client: the {name} {part!r:.80} cannot be sent to workers ({error!s:.200}); "
                "make it of functions and data that pickle can send, or run without a client"
            ) from error
    # The versions outside, so that another one need not understand what is inside.
    work = bytes(dumps(_Work(parts, study.seed, study.policy)))
    return pickle.dumps((_VERSIONS, work))


def run_block(cell: bytes, parts: list[tuple[int, int]]) -> list[EscapeTimes]:
    """Run trajectories on this worker, with all its threads, while no other block does.

    Parameters
    ----------
    cell
        What `packed` returned.
    parts
        First id, and the one after the last, of each range.

    Returns
    -------
    list
        The results, without the descriptions, which the other side has.
    """
    worker = dask().get_worker()
    key = worker.get_current_task()
    work = _work(cell)

    def look(*_: int) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise _CancelledError

    with _LOCKS.setdefault(worker.address, threading.Lock()):
        look()
        return [
            _with(
                escape_times(
                    **work.parts,  # type: ignore[arg-type]
                    trials=range(*ids),
                    seed=work.seed,
                    threads=worker.state.nthreads,
                    progress=look,
                    **work.policy,
                ),
                dict.fromkeys(NOUNS),
            )
            for ids in parts
        ]


def unpacked(cell: Cell, times: EscapeTimes) -> EscapeTimes:
    """Return a result with the descriptions that it came without."""
    return _with(times, cell_parts(cell))


def _with(times: EscapeTimes, described: Mapping[str, Any]) -> EscapeTimes:
    landscape, method, initial, escape = (described[noun] for noun in NOUNS)
    return replace(times, landscape=landscape, method=method, initial=initial, escape=escape)


@lru_cache(maxsize=8)  # blocks of one cell come one after the other: what is decomposed stays
def _work(cell: bytes) -> _Work:
    versions, content = pickle.loads(cell)
    if versions != _VERSIONS:
        raise RuntimeError(
            f"client: this worker has saddlesim {_VERSIONS[0]}, the client {versions[0]}, which "
            "may give other numbers; install the same version on both"
        )
    work: _Work = pickle.loads(content)
    made = {name: p.made() if isinstance(p, _Random) else p for name, p in work.parts.items()}
    return replace(work, parts=made)
