"""What this machine does at best, to hold rates against."""

from __future__ import annotations

import platform
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import saddlesim as ss
from saddlesim import _core
from saddlesim.threads import available_threads
from saddlesim.tuning import multiply_adds


def normals(threads: int, seconds: float = 0.2) -> float:
    """Return the normal deviates a second of as many threads that make nothing else."""
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(_core.normals_single, [seconds] * threads))


def limits(threads: int, seconds: float = 0.2) -> dict[str, float]:
    """Return what rates are held against, each in its own operations a second."""
    flops = multiply_adds(threads, seconds)
    return {
        "multiply-adds": flops,
        "vector operations": flops / 2,
        "normals": normals(threads, seconds),
    }


def description() -> dict[str, str]:
    """Say what was measured, and on what."""
    return {
        "processor": processor(),
        "threads": str(available_threads()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "saddlesim": ss.__version__,
        **{key: value for key, value in _core.build_info().items() if key != "version"},
    }


def processor() -> str:
    """Return the processor's name, and that of its family where the name says little."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    pairs = (line.partition(":") for line in lines)
    found = {key.strip(): value.strip() for key, _, value in pairs}
    name = found.get("model name", platform.processor() or "unknown")
    family, model = found.get("cpu family"), found.get("model")
    return f"{name} (family {family}, model {model})" if family and model else name
