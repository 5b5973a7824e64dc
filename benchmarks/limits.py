"""What this machine can do at best, by one thread and by all, measured by the core's own code.

The rate of fused multiply-adds, the bandwidth of a = b + s c in arrays of several sizes, and the
cost of random numbers. Every figure is the best of the time given: interruptions make figures
smaller, never larger.

    python benchmarks/limits.py --json limits.json
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from saddlesim import _core
from saddlesim.threads import available_threads

KIB = 1024
# Arrays of a thread; the caches of most processors lie between these sizes.
SIZES = {"16 KiB": 16 * KIB, "512 KiB": 512 * KIB, "8 MiB": 8 * KIB**2, "256 MiB": 256 * KIB**2}


def measure(threads: int, seconds: float) -> dict[str, float]:
    """Return every limit of `threads` threads at once: the sum of theirs, per second."""

    def together(one: Callable[[], float]) -> float:
        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(lambda _: one(), range(threads)))

    found = {"fused multiply-adds, GFLOP/s": together(lambda: _core.fma_flops(seconds)) / 1e9}
    for name, size in SIZES.items():
        rate = together(lambda size=size: _core.triad_bandwidth(size, seconds))
        found[f"triad in {name}, GB/s"] = rate / 1e9
    found["Philox, billion words/s"] = together(lambda: _core.philox_words(seconds)) / 1e9
    found["normals of noise, billion/s"] = together(lambda: _core.normals_single(seconds)) / 1e9
    found["normals of starts, billion/s"] = together(lambda: _core.normals_double(seconds)) / 1e9
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=available_threads(), help="the most to use")
    parser.add_argument("--seconds", type=float, default=0.3, help="for each figure (0.3)")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    info = _core.build_info()
    print(f"{info['isa']}, {platform.machine()}, {info['compiler']}")
    counts = sorted({1, options.threads})
    columns = {count: measure(count, options.seconds) for count in counts}
    heads = "".join(f"{f'{c} thread' + 's' * (c > 1):>12}" for c in counts)
    scaling = f"{'scaling':>10}" if len(counts) > 1 else ""
    print(f"{'':32}{heads}{scaling}")
    for name, alone in columns[1].items():
        cells = "".join(f"{columns[count][name]:>12.3g}" for count in counts)
        if len(counts) > 1:
            cells += f"{columns[counts[-1]][name] / alone:>10.2f}"
        print(f"{name:32}{cells}")
    if options.json is not None:
        result = {"build": dict(info), "threads": {str(c): columns[c] for c in counts}}
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
