"""Which build of the core is loaded: the best one for this processor, or the one asked for.

The core is a module for each instruction set that it was built for. Results do not depend on which
one runs, only their speed does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from saddlesim import _cpu

__all__ = ["built", "choose", "load", "runs_here"]

_PREFIX = "_core_"
# The level of x86-64 that a build needs, the best builds last. What `native` needs was decided by
# the compiler on the machine that built it, which knows more of it than its level.
_LEVELS = {"baseline": 1, "v2": 2, "v3": 3, "v4": 4}


def built() -> tuple[str, ...]:
    """Return the instruction sets for which there is a module, the best one last."""
    found = {
        path.name.removeprefix(_PREFIX).partition(".")[0]
        for path in Path(__file__).parent.glob(f"{_PREFIX}*.*")
        if path.suffix in {".so", ".pyd"}
    }
    needed = {name: level for name, level in _needed().items() if name in found}
    return tuple(sorted(needed, key=lambda name: (needed[name], name == "native")))


def runs_here(name: str) -> bool:
    """Return whether the processor and the operating system have what a build needs."""
    return _needed()[name] <= _cpu.level()


def load() -> ModuleType:
    """Return the module of the core to use; ``SADDLESIM_ISA`` may name it."""
    usable = {name: runs_here(name) for name in built()}
    name = choose(usable, os.environ.get("SADDLESIM_ISA", ""))
    return import_module(f"saddlesim.{_PREFIX}{name}")


def choose(usable: Mapping[str, bool], wanted: str) -> str:
    """Return which of the builds to load.

    Parameters
    ----------
    usable
        The builds that there are, the best one last, and whether the processor can run each.
    wanted
        The name of one of them, as ``"v3"`` or ``"x86-64-v3"``; empty for the best that runs.

    Raises
    ------
    ImportError
        If there is no such build, or the processor cannot run it.
    """
    runnable = [name for name, runs in usable.items() if runs]
    remedy = (
        f"set it to one of {', '.join(runnable)}, or unset it" if runnable else _rebuild(usable)
    )
    if wanted:
        name = wanted.strip().lower().removeprefix("x86-64-")
        if name not in usable:
            raise ImportError(
                f"SADDLESIM_ISA is {wanted!r}, and saddlesim is not built for that here; {remedy}"
            )
        if not usable[name]:
            raise ImportError(
                f"SADDLESIM_ISA is {wanted!r}, which this processor does not have; {remedy}"
            )
        return name
    if not runnable:
        raise ImportError(_rebuild(usable))
    return runnable[-1]


def _rebuild(usable: Mapping[str, bool]) -> str:
    names = ", ".join(usable) or "nothing"
    return (
        f"saddlesim is built for {names} here, and this processor runs none of it; build it on "
        "this machine: pip install --force-reinstall --no-binary saddlesim saddlesim"
    )


def _needed() -> dict[str, int]:
    return {**_LEVELS, "native": _cpu.native_level()}
