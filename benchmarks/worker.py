"""One program on some of the processors, in a process of its own.

Libraries keep threads that spin, and thread counts of their own; here none sees another.
The parent (throughput.py) starts ``worker.py PROGRAM THREADS`` and sends it pickled messages.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

# What is compared, by the name that tables use: the module that does it, and a thread-count setting
# for libraries that read it once, when they are loaded.
PEERS = {
    "Numba": "peers.numba_plain",
    "Numba, tuned": "peers.numba_lanes",
    "NumPy": "peers.numpy_batched",
    "JAX": "peers.jax_batched",
    "PyTorch": "peers.torch_batched",
    "ensmallen": "peers.ensmallen",
}
OURS = {"saddlesim": "float64", "saddlesim, exact": "exact"}
# What may keep NumPy's library from seeing which processor it runs on.
_HINDRANCES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Worker:
    """The parent's side: a program, its process, and what was asked of it last."""

    def __init__(self, program: str, threads: int, build: str | None = None) -> None:
        self.program, self.threads = program, threads
        environment = os.environ | {name: str(threads) for name in _COUNTS}
        for name in _HINDRANCES:
            environment.pop(name, None)
        if build:
            environment["SADDLESIM_ISA"] = build
        command = [sys.executable, str(Path(__file__).resolve()), program, str(threads)]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.version: str | None = self._answer()  # None if the library is not installed

    def ask(self, *message: Any) -> Any:
        """Send a message and return the answer; raise RuntimeError if the process died."""
        assert self._process.stdin is not None
        pickle.dump(message, self._process.stdin)
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        try:
            return pickle.load(self._process.stdout)
        except EOFError:
            status = self._process.wait()
            raise RuntimeError(
                f"{self.program} on {self.threads} thread(s) ended with status {status}; "
                "what it said is above"
            ) from None


class Session:
    """The process's side."""

    def __init__(self, program: str, threads: int) -> None:
        self.program, self.threads = program, threads
        self.module: Any = import_module(PEERS[program]) if program in PEERS else None
        if hasattr(self.module, "set_threads"):
            self.module.set_threads(threads)

    def version(self) -> str:
        """Say what the program is."""
        if self.module is not None:
            return str(self.module.version())
        from saddlesim import _core

        return f"saddlesim {_core.build_info()['version']} ({_core.build_info()['isa']})"

    def load(self, name: str) -> bool:
        """Prepare a workload; False if the program does not do it."""
        from workloads import WORKLOADS

        self.workload = WORKLOADS[name]()
        if self.module is None:
            arithmetic = OURS.get(self.program, "float64")  # a build of its own is asked for
            if arithmetic == "exact" and not self.workload.exact:
                return False
            self.run = self.workload.ours(self.threads, arithmetic)
            return True
        problem = self.workload.problem
        make = getattr(self.module, problem.function, None)
        if make is None:
            return False
        compute, inputs = make(problem), self.workload.peer_inputs()
        self.run = lambda: compute(*inputs)
        return True

    def answer(self) -> Any:
        """Return what the program computes, one row a trajectory or point."""
        rows = self.run()
        return rows.reshape(len(rows), -1)

    def rate(self) -> float:
        """Return steps or products a second, of as many runs as take a tenth of a second."""
        units, begin, seconds = 0.0, time.perf_counter(), 0.0
        while seconds < 0.1:  # a process that has slept takes a while to be quick again
            units += self.workload.units(self.run())
            seconds = time.perf_counter() - begin
        return units / seconds


def main() -> None:
    program, threads = sys.argv[1], int(sys.argv[2])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    to_parent: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is not an answer

    def reply(answer: Any) -> None:
        pickle.dump(answer, to_parent)
        to_parent.flush()

    try:
        session = Session(program, threads)
    except ImportError:
        return reply(None)
    reply(session.version())
    while True:
        try:
            name, *arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return None
        reply(getattr(session, name)(*arguments))


if __name__ == "__main__":
    main()
