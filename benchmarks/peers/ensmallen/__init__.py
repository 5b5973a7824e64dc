"""Two of the problems by ensmallen's gradient descent, one trajectory after another.

The C++ is compiled when a problem of new dimensions is first prepared, since fixed dimensions let
the compiler unroll and vectorise.
"""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from problems import Factorization, OctopusDescent

Array = NDArray[np.float64]

HERE = Path(__file__).parent
CACHE = HERE.parents[2] / "build" / "peers"
FLAGS = ("-std=c++17", "-O3", "-march=native", "-Wall", "-Wextra", "-shared", "-fPIC", "-pthread")
# its own matrix products are not called, so that no BLAS needs to be linked
COMPILE = ("g++", *FLAGS, "-DARMA_DONT_USE_WRAPPER", "-DARMA_DONT_USE_BLAS")
_threads = 1


def _find_version() -> str:
    """Return the version in the headers; raise ImportError if they or a compiler are absent."""
    if shutil.which("g++") is None:
        raise ImportError("ensmallen takes a C++ compiler")
    source = "#include <ensmallen.hpp>\nENS_VERSION_MAJOR.ENS_VERSION_MINOR.ENS_VERSION_PATCH\n"
    command = [*COMPILE[:2], *COMPILE[-2:], "-E", "-P", "-x", "c++", "-"]
    found = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if found.returncode:
        raise ImportError("ensmallen.hpp is not installed, or not all that it includes")
    return found.stdout.strip().splitlines()[-1].replace(" ", "")


_version = _find_version()


def version() -> str:
    return f"ensmallen {_version}"


def set_threads(n: int) -> None:
    """Divide the trajectories among n threads."""
    global _threads
    _threads = n


def _library(name: str, **dimensions: int) -> ctypes.CDLL:
    """Return a program compiled for these dimensions."""
    sources = [HERE / "descend.hpp", HERE / f"{name}.cpp"]
    defines = [f"-D{key}={value}" for key, value in dimensions.items()]
    command = [*COMPILE, *defines, str(sources[-1])]
    digest = hashlib.sha256("\n".join([_version, *command]).encode())
    for source in sources:
        digest.update(source.read_bytes())
    target = CACHE / f"{name}-{digest.hexdigest()[:16]}.so"
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        subprocess.run([*command, "-o", str(partial)], check=True)
        partial.rename(target)
    return ctypes.CDLL(str(target))


def _pointer(a: NDArray[np.generic]) -> ctypes.c_void_p:
    return ctypes.c_void_p(a.ctypes.data)


def octopus_descent(p: OctopusDescent) -> Callable[[Array], NDArray[np.int64]]:
    constants = np.array([p.L, p.gamma, p.tau, p.step_size, p.tolerance])

    def run(starts: Array) -> NDArray[np.int64]:
        trials, d = starts.shape
        points = np.array(starts, order="C")
        steps = np.empty(trials, dtype=np.int64)
        _library("octopus", DIM=d).run(
            _pointer(points),
            ctypes.c_int64(trials),
            _pointer(constants),
            ctypes.c_int64(p.max_steps),
            ctypes.c_int(_threads),
            _pointer(steps),
        )
        return steps

    return run


def factorization(p: Factorization) -> Callable[[Array], NDArray[np.int64]]:
    """Descend in the eigenbasis of M, where the gradient is W (W' W) - eigenvalues * W."""
    eigenvalues, basis = np.linalg.eigh(p.M)
    order = np.argsort(-np.abs(eigenvalues))
    eigenvalues, basis = eigenvalues[order], basis[:, order]
    eigenvalues[np.abs(eigenvalues) < 1e-15 * np.abs(eigenvalues).max()] = 0.0
    rank = int(np.count_nonzero(eigenvalues))
    constants = np.array([p.step_size, p.below, *eigenvalues])

    def run(starts: Array) -> NDArray[np.int64]:
        trials, d, r = starts.shape
        # column by column, as Armadillo has them
        points = np.ascontiguousarray((basis.T @ starts).transpose(0, 2, 1))
        steps = np.empty(trials, dtype=np.int64)
        _library("factorization", DIM=d, COLUMNS=r, RANK=rank).run(
            _pointer(points),
            ctypes.c_int64(trials),
            _pointer(constants),
            ctypes.c_int64(p.max_steps),
            ctypes.c_int(_threads),
            _pointer(steps),
        )
        return steps

    return run
