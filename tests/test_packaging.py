"""What is installed: versions that agree, types, a light import, extras named when absent."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import saddlesim as ss
from saddlesim import _core
from saddlesim.errors import MissingExtraError

ROOT = Path(__file__).parents[1]


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT / "tests",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def in_file(name: str, pattern: str) -> str:
    found = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert found is not None, f"no {pattern} in {name}"
    return found[1]


def test_one_version_everywhere() -> None:
    version = pyproject()["project"]["version"]
    assert version == ss.__version__
    assert version == importlib.metadata.version("saddlesim")
    assert version == _core.build_info()["version"]
    assert version == in_file("CMakeLists.txt", r"^project\(saddlesim VERSION (\S+)")
    assert version == in_file("CITATION.cff", r"^version: (\S+)$")


def test_one_minimum_python_everywhere() -> None:
    assert pyproject()["project"]["requires-python"] == ">=3.11"
    assert in_file("CMakeLists.txt", r"^find_package\(Python (\S+)") == "3.11"
    assert in_file("tools/setup.sh", r"sys\.version_info < \((\d+, \d+)\)") == "3, 11"


def test_types_and_licence_are_shipped() -> None:
    files = {str(path): path for path in importlib.metadata.files("saddlesim") or []}
    assert "saddlesim/py.typed" in files
    assert "saddlesim/_core.pyi" in files
    assert any(path.endswith("licenses/LICENSE") for path in files)


def test_nothing_but_the_package_is_installed() -> None:
    files = importlib.metadata.files("saddlesim") or []
    folders = {path.parts[0] for path in files if ".." not in path.parts}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"saddlesim"}


def test_import_loads_numpy_and_the_core_only() -> None:
    before = "import sys, numpy; before = {name.partition('.')[0] for name in sys.modules}"
    after = "after = {name.partition('.')[0] for name in sys.modules} - before"
    added = python(
        f"{before}; import saddlesim; {after}; print(*sorted(after - sys.stdlib_module_names))"
    )
    assert added.split() == ["saddlesim"]


def test_every_exported_name_exists_once() -> None:
    assert [name for name in ss.__all__ if not hasattr(ss, name)] == []
    assert len(set(ss.__all__)) == len(ss.__all__)


def test_missing_extra_is_named() -> None:
    message = (
        "plotting needs matplotlib, which is not installed; "
        r"install it with: pip install 'saddlesim\[plot\]'"
    )
    with pytest.raises(MissingExtraError, match=f"^{message}$"):
        raise MissingExtraError("matplotlib", extra="plot", purpose="plotting")


def test_extras_that_messages_name_exist() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    sources = (ROOT / "python" / "saddlesim").rglob("*.py")
    named = [
        extra
        for source in sources
        for extra in re.findall(r"saddlesim\[(\w+)\]", source.read_text(encoding="utf-8"))
    ]
    assert set(named) <= set(extras)


def test_extra_all_is_every_extra_for_users() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    assert extras["all"] == ["saddlesim[plot,study,cli,dask,report]"]
    assert set(extras) == {
        *("plot", "study", "cli", "dask", "report", "all", "test", "dev", "docs", "bench")
    }
