"""Comparisons of architectures in notebooks: a column for each network."""

from convscope.arch.compare import Comparison
from convscope.notebook.parts import heading, sentence, table


def html(comparison: Comparison) -> str:
    """Return the table and the notes."""
    head, *rows = comparison.rows()
    title = heading(comparison.title) if comparison.title else ""
    notes = "".join(f'<p class="muted">{sentence(note)}</p>' for note in comparison.notes)
    return title + table(head, rows, numeric=range(1, len(head))) + notes
