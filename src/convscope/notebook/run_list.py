"""Runs on disk in notebooks: a row for each, and their curves."""

from convscope.notebook.parts import folded, heading, sentence, table
from convscope.notebook.run import curves
from convscope.runs.listing import RunList
from convscope.runs.table import HEAD, NUMERIC, columns, shown
from convscope.text import counted


def html(runs: RunList) -> str:
    """Return the table; the curves are folded."""
    if not runs:
        note = "No runs yet: convscope.train('lenet5', 'mnist') writes one to runs/."
        return f"<p>{sentence(note)}</p>"
    kept = columns(runs)
    rows = [tuple(shown(run)[i] for i in kept) for run in runs]
    numeric = [place for place, i in enumerate(kept) if i in NUMERIC]
    listed = table([HEAD[i] for i in kept], rows, numeric=numeric)
    charts = curves(runs)
    return (
        heading(counted(len(runs), "run")) + listed + (folded("Curves", charts) if charts else "")
    )
