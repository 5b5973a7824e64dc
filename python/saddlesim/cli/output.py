"""The files that the command writes: the table as CSV and the picture."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from saddlesim.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from saddlesim.census import Census
    from saddlesim.comparison import Comparison
    from saddlesim.dimension import DimensionResult
    from saddlesim.tuning import ThreadTuning

__all__ = [
    "check_csv",
    "check_files",
    "check_folder",
    "check_plot",
    "write_census",
    "write_comparison",
    "write_figure",
    "write_plot",
    "write_rows",
    "write_tuning",
]

_INCHES = (7.0, 4.5)
_DPI = 150


def check_plot(path: Path, option: str = "--plot") -> None:
    """Raise before a long run, rather than after it, if a picture could not be written.

    Raises
    ------
    ValueError
        If its folder does not exist or the kind of picture is unknown.
    MissingExtraError
        If matplotlib is not installed.
    """
    check_folder(option, path)
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    except ImportError:
        raise MissingExtraError("matplotlib", extra="plot", purpose=option) from None
    known = sorted(FigureCanvasAgg.filetypes)
    if path.suffix.lstrip(".").lower() not in known:
        raise ValueError(
            f"{option} must end in one of {', '.join('.' + kind for kind in known)}, got '{path}'; "
            f"try '{path.with_suffix('.png')}'"
        )


def check_files(plot: Path | None, csv: Path | None = None) -> None:
    """Check whichever of the two files are to be written."""
    if plot is not None:
        check_plot(plot)
    if csv is not None:
        check_csv(csv)


def check_csv(path: Path) -> None:
    """Raise ValueError before a long run if the table could not be written."""
    check_folder("--csv", path)


def check_folder(option: str, path: Path) -> None:
    """Raise ValueError unless a file of this name could be written."""
    if not path.parent.is_dir():
        raise ValueError(
            f"{option} must be a file in a folder that exists, got '{path}'; "
            f"make the folder first: mkdir -p '{path.parent}'"
        )
    if path.is_dir():
        raise ValueError(f"{option} must be a file, got '{path}', which is a folder; add a name")
    new = not path.exists()
    if not (new or path.is_file()):
        return  # a device or a pipe, which is for the writer alone to open
    try:
        path.open("ab").close()
    except OSError as error:
        raise ValueError(
            f"{option} must be a file that can be written, got '{path}' ({error.strerror}); "
            "name another one"
        ) from None
    if new:
        path.unlink()


def write_rows(rows: Sequence[Mapping[str, object]], path: Path) -> None:
    """Write a tidy table; all rows have the same columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)


def write_plot(result: DimensionResult, path: Path, title: str) -> None:
    """Draw escape time against dimension."""
    from saddlesim.plot import plot_dimension

    _write(lambda ax: plot_dimension(result, ax), path, title)


def write_tuning(result: ThreadTuning, path: Path, title: str) -> None:
    """Draw speed-up against the number of threads."""
    from saddlesim.plot_tuning import plot_tuning

    _write(lambda ax: plot_tuning(result, ax), path, title)


def write_census(result: Census, path: Path, title: str) -> None:
    """Draw the value of stationary points against their index."""
    from saddlesim.plot_spectrum import plot_census

    _write(lambda ax: plot_census(result, ax), path, title)


def write_comparison(result: Comparison, path: Path, title: str, reference: str | None) -> None:
    """Draw survival curves and ratios side by side."""
    from matplotlib.figure import Figure

    from saddlesim.plot_comparison import INCHES

    figure = Figure(figsize=INCHES, layout="constrained")
    result.plot(list(figure.subplots(1, 2)), reference=reference)
    figure.suptitle(title, fontsize="medium")
    figure.savefig(path, dpi=_DPI)


def write_figure(figure: Figure, path: Path) -> None:
    """Write a picture that is drawn."""
    figure.savefig(path, dpi=_DPI)


def _write(draw: Callable[[Axes], object], path: Path, title: str) -> None:
    """Write a picture, without the display that pyplot may ask for."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, layout="constrained")
    ax = figure.subplots()
    draw(ax)
    ax.set_title(title, loc="left", fontsize="medium")
    figure.savefig(path, dpi=_DPI)
