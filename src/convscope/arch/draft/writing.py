"""Writer of blocks in the JSON form without settings that have their default: for editors."""

import dataclasses
import json
from typing import Any, cast

from convscope.arch.architecture import Architecture
from convscope.arch.block import AnyBlock, Composition
from convscope.arch.draft.reading import adapter
from convscope.arch.fold import fold
from convscope.layers import Layer


def short_form(block: AnyBlock) -> dict[str, Any]:
    """Return a block as JSON data; settings of layers with their default are left out."""
    return fold(block, layer=_layer, composition=_composition)


def short_architecture(architecture: Architecture) -> dict[str, Any]:
    """Return name, input, classes and blocks of an architecture as JSON data."""
    return {
        "name": architecture.name,
        "input": list(architecture.input),
        "num_classes": architecture.num_classes,
        "block": short_form(architecture.block),
    }


def _layer(layer: Layer, _path: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(adapter(type(layer)).dump_json(layer))
    defaults = {field.name: field.default for field in dataclasses.fields(cast(Any, layer))}
    kept = {
        name: value
        for name, value in data.items()
        if name != "type" and getattr(layer, name) != defaults[name]
    }
    return {"type": layer.type, **kept}


def _composition(
    block: Composition, _path: str, parts: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    if not block.part_names:
        return {"type": block.type, "blocks": parts}
    others = {
        name: getattr(block, name)
        for name, field in type(block).model_fields.items()
        if name not in ("type", *block.part_names) and getattr(block, name) != field.default
    }
    return {"type": block.type, **parts, **others}
