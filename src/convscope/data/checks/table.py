"""Findings about a table of labels: names without an image, and images without a row."""

from pathlib import Path

from convscope.data.checks.report import Place
from convscope.data.tables.dataset import read_labelling


def table_findings(table: Path) -> list[tuple[str, Place]]:
    """Return the rows and images that training leaves out."""
    labelling = read_labelling(table)
    missing = [("missing_file", Place((name,))) for name in labelling.missing]
    return missing + [("unnamed", Place((path,))) for path in labelling.unnamed]
