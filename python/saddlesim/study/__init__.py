"""Grids of runs: what to vary, which cells that makes, and running them all."""

from saddlesim.study.grid import Cell
from saddlesim.study.study import Study
from saddlesim.study.versus import escape_time_vs_dimension

__all__ = ["Cell", "Study", "escape_time_vs_dimension"]
