"""Reader of a draft: every block that can be read, and a problem for each that cannot."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

import pydantic
from pydantic import TypeAdapter

from convscope.arch.block import COMPOSITIONS, NAME, AnyBlock, Chain, Composition
from convscope.arch.fold import join_path
from convscope.arch.json_form import checked_text
from convscope.arch.limits import LIMITS, Limits
from convscope.errors import ArchitectureError, FormatError, from_validation, unknown_name
from convscope.layers import LAYERS, Identity, Layer
from convscope.layers.base import LARGEST
from convscope.layers.entries import our_name
from convscope.shapes import CHW

Data = Mapping[str, Any]
"""A block as in the JSON form."""

KINDS: Mapping[str, type[Composition]] = {kind.__name__: kind for kind in COMPOSITIONS}
TYPES: Mapping[str, type[Layer]] = {layer.__name__: layer for layer in LAYERS}
OUTERMOST = Chain.__name__
MOST_NAME = 64  # characters of a name in a message


class Draft(NamedTuple):
    """A network that is being built.

    Attributes:
        data: the outermost block in the JSON form, as it was written.
        block: the same as blocks; one that cannot be read is `Identity()`.
        unreadable: what is wrong with these, by path.
    """

    name: str
    input: CHW
    num_classes: int
    data: Data
    block: Chain
    unreadable: Mapping[str, ArchitectureError]


def read_draft(text: str | bytes, *, limits: Limits = LIMITS) -> Draft:
    """Return the draft in a JSON text.

    Raises:
        FormatError: not JSON, too large, too deep, a duplicate name, NaN or infinity.
        ArchitectureError: not the form of an architecture, or an input or a number of classes
            that no network has.
    """
    data = json.loads(checked_text(text, limits, where=""))
    if not isinstance(data, dict) or not isinstance(data.get("block"), dict):
        raise FormatError(
            "not an architecture",
            expected='an object with "name", "input", "num_classes" and "block"',
        )
    return draft_of(data)


def draft_of(data: Mapping[str, Any]) -> Draft:
    """Return the draft of an architecture's JSON value. Raises ArchitectureError."""
    input, num_classes = _input(data.get("input")), data.get("num_classes")
    if type(num_classes) is not int or not 0 < num_classes <= LARGEST:
        raise ArchitectureError(
            "the number of classes is not valid",
            expected=f"a whole number from 1 to {LARGEST}",
            where="num_classes",
        )
    name = data.get("name")
    unreadable: dict[str, ArchitectureError] = {}
    block = cast(Chain, _block(data["block"], "", unreadable))
    if data["block"].get("type") != OUTERMOST:
        raise ArchitectureError(
            "the outermost block is not a Chain", expected="a Chain of blocks", where="block"
        )
    text = name if isinstance(name, str) else ""
    return Draft(text, input, num_classes, data["block"], block, unreadable)


def _input(value: object) -> CHW:
    sizes = value if isinstance(value, list | tuple) else ()
    fits = len(sizes) == 3 and all(type(size) is int and 0 < size <= LARGEST for size in sizes)
    if not fits:
        raise ArchitectureError(
            "the input size is not valid",
            expected="three whole numbers: channels, height, width",
            where="input",
        )
    return CHW(*sizes)


def raw_parts(data: Data) -> Mapping[str, Data]:
    """Return the blocks inside a composition, by name; none for a layer."""
    kind = KINDS.get(str(data.get("type")))
    if kind is None:
        return {}
    holder = data if kind.part_names else data.get("blocks")
    names = kind.part_names or (holder if isinstance(holder, dict) else ())
    return {
        name: holder[name]
        for name in names
        if isinstance(holder, Mapping) and isinstance(holder.get(name), dict)
    }


def raw_at(data: Data, path: str) -> Data | None:
    """Return the block at a path in the JSON form; None if there is none."""
    for name in path.split(".") if path else ():
        inside = raw_parts(data)
        if name not in inside:
            return None
        data = inside[name]
    return data


def _block(data: object, path: str, unreadable: dict[str, ArchitectureError]) -> AnyBlock:
    try:
        if not isinstance(data, dict) or not isinstance(data.get("type"), str):
            raise ArchitectureError("a block without a type", expected='{"type": "Conv2d", ...}')
        kind = KINDS.get(data["type"])
        if kind is None:
            return cast(AnyBlock, read_layer(data))
        inner = _parts(kind, data, path, unreadable)
        return cast(AnyBlock, _composed(kind, data, inner))
    except ArchitectureError as error:
        unreadable[path] = error
        return Identity()


def _parts(
    kind: type[Composition], data: Data, path: str, unreadable: dict[str, ArchitectureError]
) -> dict[str, AnyBlock]:
    if kind.part_names:
        parts = {name: data.get(name) for name in kind.part_names if name in data}
    else:
        parts = data.get("blocks")  # type: ignore[assignment]
        if not isinstance(parts, dict):
            raise ArchitectureError('"blocks" is missing', expected='{"name": {"type": ...}, ...}')
    inner: dict[str, AnyBlock] = {}
    for name, part in parts.items():
        place = join_path(path, name)
        inner[name] = _block(part, place, unreadable)
        if not kind.part_names and not NAME.fullmatch(name):
            unreadable[place] = ArchitectureError(
                f"{name[:MOST_NAME]!r} cannot name a block",
                expected="a letter, then letters, digits and _, at most 64; not `training`",
            )
    return inner


def _composed(kind: type[Composition], data: Data, inner: dict[str, AnyBlock]) -> Composition:
    """Return a composition. One whose parts the user names may be empty, which is a problem."""
    held = (*kind.part_names, "type") if kind.part_names else ("blocks", "type")
    others = {name: value for name, value in data.items() if name not in held}
    construct: Callable[..., Composition] = kind  # raises ArchitectureError
    if kind.part_names:
        return construct(**inner, **others)
    if others:
        raise ArchitectureError(
            f"unknown field {str(next(iter(others)))[:MOST_NAME]!r}", expected="type, blocks"
        )
    return kind.model_construct(blocks=inner, type=kind.__name__)


@cache
def adapter(kind: type[Layer]) -> TypeAdapter[Layer]:
    """Return the reader of a layer's JSON form."""
    return TypeAdapter(kind)


def read_layer(data: Data) -> Layer:
    """Return the layer of its JSON form. Raises ArchitectureError, without a path."""
    name = str(data["type"])
    kind = TYPES.get(name)
    if kind is None:
        names = [*TYPES, *KINDS]
        raise unknown_name(
            "layer",
            name[:MOST_NAME],
            names,
            see="convscope list layers",
            kind=ArchitectureError,
            ours=our_name(name),
        )
    try:
        return adapter(kind).validate_json(json.dumps(data))
    except pydantic.ValidationError as error:
        fields: Callable[[object], list[str]] = lambda _: field_names(kind)  # noqa: E731
        raise from_validation(error, kind=ArchitectureError, fields=fields) from None


def field_names(kind: type[Layer]) -> list[str]:
    """Return the settings of a layer, without `type`."""
    return [field.name for field in dataclasses.fields(cast(Any, kind)) if field.name != "type"]


def example(kind: type[Layer]) -> dict[str, Any]:
    """Return the settings of the first example of a layer, in the JSON form, without `type`."""
    data = json.loads(adapter(kind).dump_json(kind.examples[0].layer))
    return {name: value for name, value in data.items() if name != "type"}
