"""Models in notebooks: network, classes, results, and where the weights come from."""

from collections.abc import Mapping
from typing import Any

from convscope.evaluate.metrics import percent
from convscope.model import Model
from convscope.notebook import architecture
from convscope.notebook.parts import facts, folded, heading, sentence, table
from convscope.text import listed, setting_text

MOST_CLASSES = 12


def html(model: Model) -> str:
    """Return what the model is and was measured to be; the diagram is folded."""
    network, card = model.architecture, model.card
    totals = network.table(depth=1).totals
    classes = listed(model.labels, MOST_CLASSES)
    parts = [
        heading(f"Model {network.name}", str(model.run) if model.run else ""),
        facts(
            f"input {network.input}",
            f"{totals.parameters:,} parameters",
            f"{totals.macs:,} MACs",
            f"on {model.device}",
        ),
        facts(f"{len(model.labels):,} classes: {classes}"),
    ]
    results = [
        (data, percent(values["accuracy"]))
        for data, values in card.results.items()
        if isinstance(values, Mapping) and isinstance(values.get("accuracy"), int | float)
    ]
    if results:
        parts.append(table(("measured on", "accuracy"), results, numeric=[1]))
    parts.append(folded("Network", architecture.diagram(network)))
    steps = [(path, repr(layer)) for path, layer in card.preprocessing.parts.items()]
    parts.append(folded("Preprocessing", table(("step", "layer"), steps)))
    if origin := _origin(card.provenance):
        parts.append(folded("Provenance", table(("", ""), origin)))
    parts += [f'<p class="muted">{sentence(note)}</p>' for note in model.notes]
    return "".join(parts)


def _origin(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return texts and numbers of a provenance, and the settings of its data and recipe."""
    rows = []
    for key, value in provenance.items():
        if isinstance(value, Mapping) and key in ("data", "recipe"):
            rows += [(f"{key}: {inner}", setting_text(each)) for inner, each in value.items()]
        elif isinstance(value, str | int | float):
            rows.append((key, setting_text(value)))
    return rows
