"""Architectures in notebooks: sizes, diagram and the table of layers."""

from html import escape

from convscope.arch import Architecture
from convscope.notebook import layer_table
from convscope.notebook.parts import facts, folded, heading, name, sentence
from convscope.render.diagram import drawing
from convscope.render.svg import svg_for_page
from convscope.text import counted

MOST_STEPS = 1_500  # of an architecture whose diagram is drawn unasked
MOST_SVG = 1_000_000  # characters
MOST_OPEN = 16  # rows of a table that is not folded


def html(architecture: Architecture) -> str:
    """Return diagram and table."""
    totals = architecture.table(depth=1).totals
    paper = architecture.paper
    note = f"{paper.authors} {paper.year}" if paper else ""
    lines = [
        heading(architecture.name, note),
        facts(
            f"input {architecture.input}",
            f"{architecture.num_classes:,} classes",
            counted(totals.layers, "layer"),
            f"{totals.parameters:,} parameters",
            f"{totals.macs:,} MACs",
        ),
    ]
    if paper:
        lines.append(f'<p class="muted">{_link(paper.title, paper.url)}</p>')
    return "".join([*lines, diagram(architecture), _layers(architecture)])


def _link(title: str, url: str) -> str:
    if not url.startswith(("https://", "http://")):
        return name(title)
    return f'<a href="{escape(url)}" rel="noreferrer">{name(title)}</a>'


def diagram(architecture: Architecture) -> str:
    """Return the diagram, or a sentence for a network whose diagram is too large for a page."""
    if len(architecture.trace.steps) <= MOST_STEPS:
        text = svg_for_page(drawing(architecture), label=f"Diagram of {architecture.name}")
        if len(text) <= MOST_SVG:
            return f'<div class="drawing">{text}</div>'
    note = "The diagram is too large for a notebook: .svg().save('network.svg') writes it."
    return f'<p class="muted">{sentence(note)}</p>'


def _layers(architecture: Architecture) -> str:
    layers = architecture.table()
    if len(layers.rows) <= MOST_OPEN:
        return layer_table.html(layers)
    return folded(f"Table of {len(layers.rows):,} layers", layer_table.html(layers))
