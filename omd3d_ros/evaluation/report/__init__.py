"""A report of an evaluation: one page with scores, intervals, failures and cases, and its pictures beside it."""

from .content import Metric, Report, Section, report_of
from .page import Picture, write_report

__all__ = ["Metric", "Picture", "Report", "Section", "report_of", "write_report"]
