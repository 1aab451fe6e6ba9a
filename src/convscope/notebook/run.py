"""A run on disk in notebooks: state, results, settings and curves."""

import shlex

from convscope.errors import InputError
from convscope.lang import label
from convscope.notebook.parts import facts, folded, heading, sentence, table
from convscope.render.pages.html import fragment
from convscope.runs.listing import RunList
from convscope.runs.record import RunRecord
from convscope.runs.table import elapsed, share, when

NEXT = {
    "finished": "convscope.open({}) opens the model.",
    "stopped": "convscope train --resume {} continues it.",
    "failed": "convscope train --resume {} continues it from its last checkpoint.",
}


def html(run: RunRecord) -> str:
    """Return what the run reached; settings are folded."""
    parts = [heading(run.name, label(run.state))]
    if run.message:
        parts.append(f'<p class="wrong">{sentence(run.message)}</p>')
    if run.state == "damaged":
        return "".join(parts)
    parts += [
        facts(f"{run.architecture} on {run.data}", run.recipe),
        facts(
            f"{run.epochs_done} of {run.epochs} epochs",
            _accuracy("validation accuracy", run.validation_accuracy),
            _accuracy("test accuracy", run.test_accuracy),
            elapsed(run.time_s) if run.time_s else "",
            when(run.changed),
        ),
    ]
    if run.state in NEXT:
        name = repr(run.name) if run.state == "finished" else shlex.quote(run.name)
        parts.append(f"<p>{sentence(NEXT[run.state].format(name))}</p>")
    parts.append(curves(RunList([run])))
    settings = [(name, str(value)) for name, value in run.settings.items()]
    parts.append(folded("Settings", table(("", ""), settings)))
    return "".join(parts)


def _accuracy(name: str, value: float | None) -> str:
    return "" if value is None else f"{name} {share(value)}"


def curves(runs: RunList) -> str:
    """Return the curves of runs; nothing if none has any."""
    try:
        return f'<div class="charts">{fragment(runs.curves())}</div>'
    except InputError:
        return ""
