"""Grids of runs: what to vary, which cells that makes, running them all, and keeping them."""

from saddlesim.study.engine import StudyProgress
from saddlesim.study.grid import Cell
from saddlesim.study.merging import merge_stores
from saddlesim.study.stopping import Precision
from saddlesim.study.stored import StoredStudy, load_study
from saddlesim.study.study import Study
from saddlesim.study.versus import escape_time_vs_dimension

__all__ = [
    "Cell",
    "Precision",
    "StoredStudy",
    "Study",
    "StudyProgress",
    "escape_time_vs_dimension",
    "load_study",
    "merge_stores",
]
