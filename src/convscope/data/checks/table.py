"""Findings about tables of labels: names without an image, and images without a row."""

from pathlib import Path

from convscope.data.checks.report import Place
from convscope.data.tables.dataset import read_labellings
from convscope.data.tables.locate import tables_of


def table_findings(source: Path) -> list[tuple[str, Place]]:
    """Return the rows and images that training leaves out."""
    labelling = read_labellings(tables_of(source) if source.is_dir() else [source])
    missing = [("missing_file", Place((name,))) for name in labelling.missing]
    return missing + [("unnamed", Place((path,))) for path in labelling.unnamed]
