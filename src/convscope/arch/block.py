"""Blocks: a layer, or one of four compositions of blocks. Names become paths.

Chain(conv=Conv2d(6, 5), act=Tanh())    one after another
Concat(left=..., right=...)             branches, joined along the channels
Residual(body=..., shortcut=...)        two ways, added
AuxiliaryHead(head=..., weight=0.3)     a second loss in training; passes its input on
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, final

import pydantic
from pydantic import Field

from convscope.errors import ArchitectureError, from_validation
from convscope.layers import AnyLayer, Identity
from convscope.record import Record

# torch keeps a flag named `training` on every module
NAME = re.compile(r"(?!training\Z)[A-Za-z][A-Za-z0-9_]{0,63}")


class Composition(Record):
    """Base of the four compositions: frozen, strict, no unknown fields."""


def _same(left: "Chain | Concat", right: object) -> bool:
    """Equal blocks under equal names in equal order: the order is part of what they compute."""
    return (
        isinstance(right, Chain | Concat)
        and left.type == right.type
        and list(left.blocks.items()) == list(right.blocks.items())
    )


def _fill(model: Composition, fields: dict[str, Any]) -> None:
    """Validate `fields` into `model`, with our errors in place of pydantic's."""
    try:
        model.__pydantic_validator__.validate_python(fields, self_instance=model)
    except pydantic.ValidationError as error:
        kind = type(model).__name__
        raise from_validation(error, kind=ArchitectureError, where=kind) from None


def _check_names(blocks: Mapping[str, "AnyBlock"]) -> Mapping[str, "AnyBlock"]:
    if not blocks:
        raise ArchitectureError("it holds no block", expected="at least one named block")
    for name in blocks:
        if not NAME.fullmatch(name):
            raise ArchitectureError(
                f"{name[:80]!r} cannot name a block",
                expected="a letter, then letters, digits and _, at most 64; not `training`",
            )
    return blocks


@final
class Chain(Composition):
    """Blocks one after another; the keywords are their names, in order."""

    type: Literal["Chain"] = "Chain"
    blocks: Annotated[dict[str, "AnyBlock"], pydantic.AfterValidator(_check_names)]

    def __init__(self, /, **blocks: "AnyBlock") -> None:
        _fill(self, {"type": "Chain", "blocks": blocks})

    # lets pydantic fill the model from JSON without calling the constructor above
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return hash((self.type, *self.blocks.items()))


@final
class Concat(Composition):
    """Every branch gets the same input; their outputs are joined along the channels.

    (C, H, W) -> (K1 + K2 + ..., H', W'). Paper: Szegedy et al. 2015.
    """

    type: Literal["Concat"] = "Concat"
    blocks: Annotated[dict[str, "AnyBlock"], pydantic.AfterValidator(_check_names)]

    def __init__(self, /, **blocks: "AnyBlock") -> None:
        _fill(self, {"type": "Concat", "blocks": blocks})

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return hash((self.type, *self.blocks.items()))


@final
class Residual(Composition):
    """y = body(x) + shortcut(x). Both must give the same shape. Paper: He et al. 2016."""

    type: Literal["Residual"] = "Residual"
    body: "AnyBlock"
    shortcut: "AnyBlock" = Identity()

    def __init__(self, /, body: "AnyBlock", shortcut: "AnyBlock" = Identity()) -> None:
        _fill(self, {"type": "Residual", "body": body, "shortcut": shortcut})

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


@final
class AuxiliaryHead(Composition):
    """y = x. In training the head's logits give a second loss, times `weight`.

    Paper: Szegedy et al. 2015, section 5 (weight 0.3).
    """

    type: Literal["AuxiliaryHead"] = "AuxiliaryHead"
    head: "AnyBlock"
    weight: Annotated[float, Field(gt=0)] = 0.3

    def __init__(self, /, head: "AnyBlock", weight: float = 0.3) -> None:
        _fill(self, {"type": "AuxiliaryHead", "head": head, "weight": weight})

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


AnyBlock = Annotated[
    AnyLayer | Chain | Concat | Residual | AuxiliaryHead, Field(discriminator="type")
]
COMPOSITIONS = (Chain, Concat, Residual, AuxiliaryHead)
for _composition in COMPOSITIONS:
    _composition.model_rebuild()


def children(block: AnyBlock) -> dict[str, AnyBlock]:
    """The named parts of a block; none for a layer."""
    match block:
        case Chain() | Concat():
            return block.blocks
        case Residual():
            return {"body": block.body, "shortcut": block.shortcut}
        case AuxiliaryHead():
            return {"head": block.head}
        case _:
            return {}


def block_at(block: AnyBlock, path: str) -> AnyBlock:
    """The block that a path names, as `stage3.block2.conv1`."""
    for name in path.split(".") if path else ():
        block = children(block)[name]
    return block
