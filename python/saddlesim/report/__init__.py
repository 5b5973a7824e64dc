"""Reports: a stored study, or a reproduction, as one HTML page that needs nothing else."""

from saddlesim.report.folder import default_file, report_folder, write_page
from saddlesim.report.study import study_page

__all__ = ["default_file", "report_folder", "study_page", "write_page"]
