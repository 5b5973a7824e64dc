"""The README says what is so: what its example prints, and that commands and files exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from saddlesim.cli.app import app

ROOT = Path(__file__).parents[1]
GROUPS = ("network", "study")  # of commands
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_example_prints_what_the_readme_shows() -> None:
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, flags=re.DOTALL)
    assert found is not None
    code, shown = found.groups()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == shown


def test_linked_files_exist() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    files = [link for link in links if not link.startswith("https://")]
    assert len(files) >= 5
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_commands_know_their_options() -> None:
    commands = re.findall(r"^saddlesim (\w+)([^#\n]*)", README, flags=re.MULTILINE)
    named = {
        *("census", "compare", "demo", "escape", "landscapes", "network", "report", "reproduce"),
        *("study", "tune"),
    }
    assert {name for name, _ in commands} == named
    for name, options in commands:
        words = [name, options.split()[0]] if name in GROUPS else [name]
        known = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "100"}).output
        assert [option for option in re.findall(r"--[\w-]+", options) if option not in known] == []


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^make ([a-z-]+)", README, flags=re.MULTILINE)
    assert targets == ["demo", "test"]
    assert all(re.search(rf"^{target}: ", makefile, flags=re.MULTILINE) for target in targets)
