"""Print requirements of pyproject.toml, one a line, for ``pip install --requirement``.

``requirements.py build`` prints what building needs; any other words are the names of extras, and
then the run-time dependencies come first.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"

# scikit-build-core asks for these itself, but only where pip builds in isolation.
BUILD_TOOLS = ["cmake>=3.24", "ninja>=1.10"]


def extra_requirements(project: dict[str, Any], extra: str) -> list[str]:
    """Return the requirements of one extra, with the project's own extras in it resolved."""
    extras: dict[str, list[str]] = project["optional-dependencies"]
    if extra not in extras:
        known = ", ".join(sorted(extras))
        raise SystemExit(f"requirements.py: no extra {extra!r} in pyproject.toml; it has {known}")
    found: list[str] = []
    for requirement in extras[extra]:
        own = re.fullmatch(rf"{project['name']}\[(.+)\]", requirement)
        if own is None:
            found.append(requirement)
        else:
            for name in own[1].split(","):
                found += extra_requirements(project, name.strip())
    return found


def main(words: list[str]) -> None:
    """Print the requirements that the words on the command line stand for."""
    pyproject = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    if words == ["build"]:
        found = pyproject["build-system"]["requires"] + BUILD_TOOLS
    else:
        found = list(pyproject["project"]["dependencies"])
        for word in words:
            found += extra_requirements(pyproject["project"], word)
    print(*found, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
