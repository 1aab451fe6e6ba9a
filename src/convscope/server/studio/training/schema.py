"""JSON Schema of a recipe for forms: a sentence for each setting, from the docstrings."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

import pydantic

from convscope.training.recipe.recipe import Recipe

ENTRY = re.compile(r"^    ([a-z_]+(?:, [a-z_]+)*): (.*)$")
SECTION = re.compile(r"^(Attributes|Args):$")


def schema(_args: Mapping[str, Any], _progress: Callable[..., None]) -> dict[str, Any]:
    """Return the schema: a task of the worker, since recipes import torch."""
    return recipe_schema()


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe, with descriptions of all settings."""
    whole: dict[str, Any] = Recipe.model_json_schema()
    kinds = {kind.__name__: kind for kind in models(Recipe)}
    for name, part in (("Recipe", whole), *whole.get("$defs", {}).items()):
        kind = kinds.get(name)
        if kind is None:
            continue
        doc = inspect.getdoc(kind) or ""
        part["description"] = doc.partition("\n\n")[0].replace("\n", " ")
        for setting, sentence in attributes(doc).items():
            if setting in part.get("properties", {}):
                part["properties"][setting]["description"] = sentence
    return whole


def attributes(doc: str) -> dict[str, str]:
    """Return the sentences of a docstring about its attributes, by name."""
    sentences: dict[str, str] = {}
    names: list[str] = []
    is_inside = False
    for line in doc.splitlines():
        if SECTION.match(line):
            is_inside = True
        elif is_inside and (entry := ENTRY.match(line)):
            names = entry[1].split(", ")
            sentences |= dict.fromkeys(names, entry[2])
        elif is_inside and line.startswith("        "):
            sentences |= {name: f"{sentences[name]} {line.strip()}" for name in names}
        elif line.strip():
            is_inside = False
    return {name: text[:1].upper() + text[1:] for name, text in sentences.items()}


def models(kind: type[pydantic.BaseModel]) -> Iterable[type[pydantic.BaseModel]]:
    """Yield a record and all records of its fields."""
    yield kind
    fields: Mapping[str, Any] = kind.model_fields
    for each in fields.values():
        for inner in _in_annotation(each.annotation):
            yield from models(inner)


def _in_annotation(annotation: Any) -> Iterable[type[pydantic.BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation
        return
    for argument in get_args(annotation):
        yield from _in_annotation(argument)
