"""The report of a run or an evaluation: one HTML page of numbers, texts and payloads.

`gather` and `of_run` compute the content, `page` writes it as HTML.
"""

from convscope.report.content import Example, ReportContent, Settings, Stage
from convscope.report.gather import Names, gather
from convscope.report.page import page, write
from convscope.report.run_report import of_run, write_report

__all__ = [
    "Example",
    "Names",
    "ReportContent",
    "Settings",
    "Stage",
    "gather",
    "of_run",
    "page",
    "write",
    "write_report",
]
