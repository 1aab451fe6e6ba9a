"""Runs on disk in notebooks: a row for each, and their curves."""

from convscope.notebook.parts import folded, heading, sentence, table
from convscope.notebook.run import curves
from convscope.runs.listing import RunList
from convscope.text import counted


def html(runs: RunList) -> str:
    """Return the table; the curves are folded."""
    if not runs:
        note = "No runs yet: convscope.train('lenet5', 'mnist') writes one to runs/."
        return f"<p>{sentence(note)}</p>"
    payload = runs.table()
    rows = [tuple(map(str, row)) for row in payload.rows]
    numeric = [
        i
        for i, name in enumerate(payload.columns)
        if name in ("epochs", "validation", "test", "time")
    ]
    shown = table(payload.columns, rows, numeric=numeric)
    charts = curves(runs)
    return heading(counted(len(runs), "run")) + shown + (folded("Curves", charts) if charts else "")
