"""Which build of the core is loaded: the choice, its messages, and what users see of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from saddlesim import _core, _cpu, isa

ALL = {"v2": True, "v3": True, "v4": True}
OLD = {"v2": True, "v3": True, "v4": False}


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("usable", "wanted", "chosen"),
    [
        (ALL, "", "v4"),
        (OLD, "", "v3"),
        (OLD, "v2", "v2"),
        (ALL, "x86-64-v3", "v3"),
        (ALL, " V3 ", "v3"),
        ({"native": True}, "", "native"),
        ({"v3": True, "native": False}, "", "v3"),
    ],
)
def test_the_best_that_runs_unless_told(usable: dict[str, bool], wanted: str, chosen: str) -> None:
    assert isa.choose(usable, wanted) == chosen


@pytest.mark.parametrize(
    ("usable", "wanted", "message"),
    [
        (
            ALL,
            "v5",
            "SADDLESIM_ISA is 'v5', and saddlesim is not built for that here; "
            "set it to one of v2, v3, v4, or unset it",
        ),
        (
            OLD,
            "v4",
            "SADDLESIM_ISA is 'v4', which this processor does not have; "
            "set it to one of v2, v3, or unset it",
        ),
        (
            {"native": False},
            "",
            "saddlesim is built for native here, and this processor runs none of it; build it on "
            "this machine: pip install --force-reinstall --no-binary saddlesim saddlesim",
        ),
    ],
)
def test_what_cannot_be_loaded_is_explained(
    usable: dict[str, bool], wanted: str, message: str
) -> None:
    with pytest.raises(ImportError, match=f"^{re.escape(message)}$"):
        isa.choose(usable, wanted)


def test_the_builds_are_found_and_the_best_is_last() -> None:
    built = isa.built()
    assert _core.build_info()["build"] in built
    package = Path(isa.__file__).parent
    assert len(built) == len(list(package.glob("_core_*.so")))
    runnable = [name for name in built if isa.runs_here(name)]
    if "SADDLESIM_ISA" not in os.environ:
        assert _core.build_info()["build"] == runnable[-1]


def test_levels_are_those_of_the_processor() -> None:
    assert 1 <= _cpu.native_level() <= 4
    assert 1 <= _cpu.level() <= 4
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    assert (_cpu.level() >= 3) == ({"avx2", "fma", "bmi1", "bmi2"} <= set(flags))
    assert (_cpu.level() == 4) == ({"avx512f", "avx512vl", "avx512dq", "avx2"} <= set(flags))


@pytest.mark.parametrize("name", isa.built())
def test_every_build_can_be_asked_for(name: str) -> None:
    if not isa.runs_here(name):
        pytest.skip(f"this processor does not run {name}")
    code = "from saddlesim import _core; print(_core.build_info()['build'])"
    done = run(code, SADDLESIM_ISA=name)
    assert done.stdout.strip() == name, done.stderr


def test_an_unknown_build_ends_the_import_with_one_clear_line() -> None:
    done = run("import saddlesim", SADDLESIM_ISA="v9")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ImportError: SADDLESIM_ISA is 'v9', and")


def test_names_in_the_core_do_not_depend_on_the_build() -> None:
    assert _core.__name__ == "saddlesim._core"
    assert _core.Octopus.__module__ == "saddlesim._core"
