"""What is installed and what a run would use."""

from __future__ import annotations

import os
import platform
from importlib.util import find_spec

import numpy as np

from saddlesim import _core, isa
from saddlesim.simulate import available_threads
from saddlesim.tables import text_table

__all__ = ["describe"]

# What each extra brings, by the name under which it is imported.
_EXTRAS = {
    "plot": ("matplotlib",),
    "study": ("pyarrow", "tqdm"),
    "cli": ("typer",),
    "dask": ("distributed",),
    "report": ("plotly", "pyarrow"),
}


def describe() -> str:
    """Return a line each on version, instruction set, threads, compiler and extras."""
    built = _core.build_info()
    override = os.environ.get("SADDLESIM_NUM_THREADS")
    threads = f"{available_threads()} of {os.cpu_count()} in this machine"
    if override:
        threads += f" (SADDLESIM_NUM_THREADS={override})"
    rows = [
        ("instruction set", f"{built['isa']}, {built['lanes']} trajectories side by side"),
        ("builds", _builds(built["build"])),
        ("threads", threads),
        ("compiled by", f"{built['compiler']}, Eigen {built['eigen']}"),
        ("Python", f"{platform.python_version()}, NumPy {np.__version__}"),
        *((f"extra {name}", _extra(name)) for name in _EXTRAS),
    ]
    return f"saddlesim {built['version']}\n{text_table(rows)}"


def _builds(loaded: str) -> str:
    """Return the instruction sets that there is code for, with what becomes of each."""
    notes = []
    for name in isa.built():
        usable = "usable" if isa.runs_here(name) else "not for this processor"
        notes.append(f"{name} ({'loaded' if name == loaded else usable})")
    override = os.environ.get("SADDLESIM_ISA")
    return ", ".join(notes) + (f"; SADDLESIM_ISA={override}" if override else "")


def _extra(name: str) -> str:
    missing = [package for package in _EXTRAS[name] if find_spec(package) is None]
    if not missing:
        return f"installed ({', '.join(_EXTRAS[name])})"
    return f"without {', '.join(missing)}; install: pip install 'saddlesim[{name}]'"
