"""The report of a run: one HTML page made of numbers, words and payloads."""

from convscope.report.content import Example, Facts, ReportContent, Stage
from convscope.report.gather import Names, gather
from convscope.report.page import page, write
from convscope.report.run_report import of_run

__all__ = [
    "Example",
    "Facts",
    "Names",
    "ReportContent",
    "Stage",
    "gather",
    "of_run",
    "page",
    "write",
]
