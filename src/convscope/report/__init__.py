"""The report of a run or an evaluation: one HTML page of numbers, texts and payloads.

`gather` and `run_report` compute the content, `page` writes it as HTML.
"""

from convscope.report.run_report import write_report

__all__ = ["write_report"]
