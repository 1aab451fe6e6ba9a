"""The palette: all layers with the schema of their settings, compositions, ready blocks."""

from functools import cache
from typing import Any

from convscope.arch import Chain, Concat, Gate, Residual
from convscope.arch.block import AnyBlock, AuxiliaryHead
from convscope.arch.draft import short_form
from convscope.arch.draft.reading import adapter, example
from convscope.layers import LAYERS, Flatten, GlobalAvgPool2d, Identity, Layer, Linear, Sigmoid
from convscope.layers.base import Role
from convscope.listing import sentence
from convscope.record import Record
from convscope.server.studio.building.ready import READY


class LayerKind(Record):
    """A layer of the palette.

    Attributes:
        role: its group.
        summary: one sentence.
        form: JSON Schema of its settings.
        start: the settings of a new one that have no default.
    """

    type: str
    role: Role
    summary: str
    form: dict[str, Any]
    start: dict[str, Any]


class ReadyBlock(Record):
    """A ready block; its name and its text are in the page, by its id."""

    id: str
    name: str
    block: dict[str, Any]


class Palette(Record):
    """Everything that can be put into a network."""

    layers: tuple[LayerKind, ...]
    compositions: tuple[ReadyBlock, ...]
    ready: tuple[ReadyBlock, ...]


COMPOSED: tuple[tuple[str, AnyBlock], ...] = (
    ("chain", Chain(layer=Identity())),
    ("concat", Concat(left=Identity(), right=Identity())),
    ("residual", Residual(Identity())),
    ("gate", Gate(Identity(), Chain(average=GlobalAvgPool2d(), sigmoid=Sigmoid()))),
    ("aux", AuxiliaryHead(Chain(pool=GlobalAvgPool2d(), flatten=Flatten(), fc=Linear(10)))),
)
"""Compositions as they are put into a network, with the name that they get."""


@cache
def palette() -> Palette:
    """Return the palette."""
    return Palette(
        layers=tuple(_kind(kind) for kind in LAYERS),
        compositions=tuple(
            ReadyBlock(id=block.type, name=name, block=short_form(block))
            for name, block in COMPOSED
        ),
        ready=tuple(
            ReadyBlock(id=each.id, name=each.name, block=short_form(each.block)) for each in READY
        ),
    )


def _kind(kind: type[Layer]) -> LayerKind:
    schema = dict(adapter(kind).json_schema())
    required = set(schema.get("required", ()))
    start = {name: value for name, value in example(kind).items() if name in required}
    return LayerKind(
        type=kind.__name__,
        role=kind.role,
        summary=sentence(kind.__doc__ or ""),
        form={name: schema[name] for name in ("type", "properties", "required") if name in schema},
        start=start,
    )
