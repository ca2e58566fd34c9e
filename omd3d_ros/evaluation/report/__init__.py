"""A report of an evaluation: one page with scores, intervals, failures and cases, and its pictures beside it."""

from .content import Metric, Report, Section, report_of
from .page import Picture, check_report_folder, write_report

__all__ = ["Metric", "Picture", "Report", "Section", "check_report_folder", "report_of", "write_report"]
