"""Which report a folder gets, and where it goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from saddlesim.errors import StoreError
from saddlesim.study.manifest import FILE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["default_file", "report_folder", "write_page"]


def default_file(folder: Path) -> Path:
    """Return where the report of a folder goes unless told: beside the folder."""
    whole = folder.resolve()
    return folder.parent / f"{whole.name.removesuffix('.store')}.html"


def report_folder(folder: str | os.PathLike[str], file: str | os.PathLike[str]) -> None:
    """Write the report of a study's store, or of the folder of a reproduction.

    Raises
    ------
    StoreError
        If the folder is neither.
    ValueError
        If the file cannot be written.
    MissingExtraError
        If plotly is not installed, which draws studies.
    """
    from saddlesim.report.reproduction import reproduction_file, reproduction_page
    from saddlesim.study import load_study

    path = Path(folder)
    found = None if (path / FILE).exists() else reproduction_file(path)
    if found is not None:
        write_page(file, lambda: reproduction_page(found))
    elif (path / FILE).exists():
        load_study(path).report(file)
    else:
        inside = sorted(p.parent for p in path.glob(f"*/{FILE}"))
        inside += sorted(p for p in path.glob("*") if p.is_dir() and reproduction_file(p))
        remedy = (
            f"there is one in each of {', '.join(map(str, inside))}"
            if inside
            else "give the folder of `saddlesim study run` or of `saddlesim reproduce`"
        )
        raise StoreError(
            f"report: {path} has neither a study ({FILE}) nor a reproduction (its JSON file); "
            f"{remedy}"
        )


def write_page(file: str | os.PathLike[str], page: Callable[[], str]) -> None:
    """Make a page and write it; a file that could not be written is refused before it is made."""
    path = Path(file)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"file must end in .html, got '{path}'; try '{path.with_suffix('.html')}'")
    if not path.parent.is_dir():
        raise ValueError(
            f"file must be in a folder that exists, got '{path}'; make the folder first: "
            f"mkdir -p '{path.parent}'"
        )
    if path.is_dir():
        raise ValueError(f"file must be a file, got '{path}', which is a folder; add a name")
    text = page()
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ValueError(
            f"file: '{path}' could not be written: {error.strerror or error}; give another one"
        ) from None
