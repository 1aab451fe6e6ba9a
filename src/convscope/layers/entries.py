"""Layers as entries of a list, grouped by role, and all about one of them."""

import inspect
import json
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from convscope.lang import label, translate
from convscope.layers import LAYERS, Example
from convscope.listing import Entry, sentence


class Explained(NamedTuple):
    """All about a layer: how it is written, its docstring, and examples with their numbers.

    Attributes:
        block: the first example as in the JSON file of an architecture.
    """

    signature: str
    text: str
    examples: tuple[str, ...]
    block: dict[str, Any]


def entries() -> list[Entry]:
    """Return all layers, grouped by role."""
    roles = list(dict.fromkeys(layer.role for layer in LAYERS))
    ordered = sorted(LAYERS, key=lambda layer: roles.index(layer.role))
    return [
        Entry(name=layer.__name__, summary=sentence(layer.__doc__ or ""), group=layer.role)
        for layer in ordered
    ]


def explained(name: str) -> Explained:
    """Return all about the layer of that name."""
    layer = next(layer for layer in LAYERS if layer.__name__ == name)
    fields = json.loads(TypeAdapter(layer).dump_json(layer.examples[0].layer))
    return Explained(
        signature=f"{name}{inspect.signature(layer)}",
        text=inspect.cleandoc(layer.__doc__ or ""),
        examples=tuple(map(_example, layer.examples)),
        block={"type": name} | fields,
    )


def documented() -> str:
    """Return the table of the documentation, as Markdown, in the language in use."""
    rows = [f"| `{entry.name}` | {translate(entry.summary)} |" for entry in entries()]
    head = f"| {label('layer')} | {label('description')} |"
    return "\n".join([head, "|---|---|", *rows])


def _example(example: Example) -> str:
    layer, shape = example
    numbers = [f"{layer.parameters(shape):,} parameters"] if layer.parameters(shape) else []
    numbers += [f"{layer.macs(shape):,} MACs"] if layer.macs(shape) else []
    output = f"{shape} -> {layer.output_shape(shape)}"
    return f"{layer}: {', '.join([output, *numbers])}"
