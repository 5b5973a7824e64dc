"""The machine's limits: of the right order, and the script that prints them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from saddlesim import _core

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "limits.py"


def test_they_are_of_the_right_order() -> None:
    flops = _core.fma_flops(0.02)
    assert 1e8 < flops < 1e12
    near, far = _core.triad_bandwidth(16 * 1024, 0.02), _core.triad_bandwidth(2**27, 0.05)
    assert 1e8 < far < near < 1e13
    words, noise = _core.philox_words(0.02), _core.normals_single(0.02)
    starts = _core.normals_double(0.02)
    # a word costs some thirty operations, a normal more than its word
    assert 1e6 < starts < noise < words < flops


def test_the_script_prints_and_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "limits.json"
    words = [str(SCRIPT), "--threads", "2", "--seconds", "0.01", "--json", str(file)]
    done = subprocess.run(
        [sys.executable, "-W", "error", *words], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[1].split() == ["1", "thread", "2", "threads", "scaling"]
    assert len(lines) == 10
    written = json.loads(file.read_text(encoding="utf-8"))
    assert set(written) == {"build", "threads"}
    assert all(value > 0 for column in written["threads"].values() for value in column.values())
