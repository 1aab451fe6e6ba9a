"""Blocks: a layer, or a composition of blocks. The names of the parts become paths.

Chain(conv=Conv2d(6, 5), act=Tanh())    one after another
Concat(left=..., right=...)             branches, concatenated along the channels
Residual(body=..., shortcut=...)        two branches, added
Gate(body=..., gate=...)                two branches, multiplied
AuxiliaryHead(head=..., weight=0.3)     a second loss in training; passes its input on

A composition states its parts, how values flow through them, and the shape of the result.
`arch/fold.py` walks the tree; no other module asks which class a composition is.
"""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, final

import pydantic
from pydantic import Field

from convscope.errors import ArchitectureError, from_validation
from convscope.layers import AnyLayer, Identity
from convscope.record import Record, sign
from convscope.shapes import CHW, Shape
from convscope.text import counted

# torch keeps a flag named `training` on every module
NAME = re.compile(r"(?!training\Z)[A-Za-z][A-Za-z0-9_]{0,63}")

LONGEST_REPR = 500  # characters; of more, the first parts are shown and those inside are counted
MOST_PARTS = 8

Flow = Literal["sequence", "branches", "side"]
"""Order in which values pass through the parts of a composition.

- sequence: each part reads the output of the part before it.
- branches: every part reads the input; one operation joins their outputs.
- side: the parts read the input, which is passed on unchanged; they run in training only.
"""


class Composition(Record):
    """Base of the compositions: frozen, strict, no unknown fields."""

    flow: ClassVar[Flow]
    part_names: ClassVar[tuple[str, ...]] = ()
    """Fields that hold the blocks inside, where the user does not name them."""
    keeps_branches: ClassVar[bool] = False
    """True where the backward pass of the joining operation needs the outputs of the branches."""
    type: str

    @property
    def parts(self) -> Mapping[str, "AnyBlock"]:
        """The blocks inside, by name, in order."""
        return {name: getattr(self, name) for name in self.part_names}

    def with_parts(self, parts: Mapping[str, "AnyBlock"]) -> Self:
        """Return the same composition of other blocks under the same names."""
        return self.model_copy(update=dict(parts))

    def joined(self, shapes: Mapping[str, Shape]) -> Shape:
        """Return the shape that joining branches of these shapes gives.

        Raises:
            ArchitectureError: the shapes do not fit together.
        """
        raise NotImplementedError(f"{self.type} joins no branches")

    def __repr__(self) -> str:
        """Return the call that makes the composition, shortened where it is long."""
        numbers = {
            name: getattr(self, name)
            for name in type(self).model_fields
            if name not in ("type", "blocks", *self.part_names)
        }
        values = {**self.parts, **numbers}
        whole = ", ".join(f"{name}={value!r}" for name, value in values.items())
        if len(whole) > LONGEST_REPR:
            texts = [f"{name}={_brief(value)}" for name, value in values.items()]
            more = [f"... {len(texts) - MOST_PARTS} more"] if len(texts) > MOST_PARTS else []
            whole = ", ".join([*texts[:MOST_PARTS], *more])
        return f"{self.type}({whole})"

    __str__ = __repr__


def _brief(part: object) -> str:
    if not isinstance(part, Composition):
        return repr(part)
    return f"{part.type}({counted(len(part.parts), 'block')})"


def _fill(model: Composition, fields: dict[str, Any]) -> None:
    """Validate `fields` into `model`, with our errors in place of pydantic's."""
    try:
        model.__pydantic_validator__.validate_python(fields, self_instance=model)
    except pydantic.ValidationError as error:
        kind = type(model).__name__
        raise from_validation(error, kind=ArchitectureError, where=kind) from None


def _checked_call(init: Callable[..., None]) -> Callable[..., None]:
    """Return a constructor that raises an error of ours for missing or surplus arguments."""
    signature = inspect.signature(init)

    @functools.wraps(init)
    def construct(self: Composition, /, *args: Any, **fields: Any) -> None:
        try:
            signature.bind(self, *args, **fields)
        except TypeError as error:
            names = ", ".join(list(signature.parameters)[1:])
            kind = type(self).__name__
            raise ArchitectureError(str(error), expected=f"{kind}({names})", where=kind) from None
        init(self, *args, **fields)

    return construct


def _check_named(composition: Composition, unnamed: tuple[Any, ...]) -> None:
    """Check that every block has a name; a suggestion names those without one."""
    if not unnamed:
        return
    kind = type(composition).__name__
    blocks = list(unnamed[0]) if isinstance(unnamed[0], list | tuple) else list(unnamed)
    counts: dict[str, int] = {}
    named = []
    for block in blocks[:MOST_PARTS]:
        word = re.sub(r"\dd$", "", type(block).__name__).lower()
        counts[word] = counts.get(word, 0) + 1
        named.append(f"{word}{counts[word]}={block!r}")
    more = ", ..." if len(blocks) > MOST_PARTS else ""
    raise ArchitectureError(
        "a block without a name",
        expected="a name for every block, which becomes part of its path",
        fix=f"{kind}({', '.join(named)}{more})",
        where=kind,
    )


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


class _NamedBlocks(Composition):
    """Base of the compositions whose parts the user names. The order of the names counts."""

    blocks: Annotated[dict[str, "AnyBlock"], pydantic.AfterValidator(_check_names)]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _NamedBlocks)
            and self.type == other.type
            and list(self.blocks.items()) == list(other.blocks.items())
        )

    def __hash__(self) -> int:
        return hash((self.type, *self.blocks.items()))

    @property
    def parts(self) -> Mapping[str, "AnyBlock"]:
        return self.blocks

    def with_parts(self, parts: Mapping[str, "AnyBlock"]) -> Self:
        build: Callable[..., Self] = type(self)
        return build(**parts)


@final
class Chain(_NamedBlocks):
    """Blocks one after another; the keywords are their names, in order."""

    flow: ClassVar[Flow] = "sequence"
    type: Literal["Chain"] = "Chain"

    def __init__(self, /, *unnamed: Any, **blocks: "AnyBlock") -> None:
        """Name the blocks by keywords, in order. Raises ArchitectureError."""
        _check_named(self, unnamed)
        _fill(self, {"blocks": blocks})

    # lets pydantic fill the model from JSON without calling the constructor above
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


@final
class Concat(_NamedBlocks):
    """Every branch reads the same input; their outputs are concatenated along the channels.

    (C, H, W) -> (K1 + K2 + ..., H', W'). Paper: Szegedy et al. 2015.
    """

    flow: ClassVar[Flow] = "branches"
    type: Literal["Concat"] = "Concat"

    def __init__(self, /, *unnamed: Any, **blocks: "AnyBlock") -> None:
        """Name the branches by keywords. Raises ArchitectureError."""
        _check_named(self, unnamed)
        _fill(self, {"blocks": blocks})

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def joined(self, shapes: Mapping[str, Shape]) -> Shape:
        maps = {name: shape for name, shape in shapes.items() if isinstance(shape, CHW)}
        sizes = {(shape.height, shape.width) for shape in maps.values()}
        if len(maps) != len(shapes) or len(sizes) != 1:
            raise ArchitectureError(
                "its branches end in different sizes: "
                + ", ".join(f"{name} {shape}" for name, shape in shapes.items()),
                expected="the same height and width from every branch",
                fix="pad the larger kernels (padding = kernel_size // 2 keeps the size)",
            )
        (height, width) = sizes.pop()
        return CHW(sum(shape.channels for shape in maps.values()), height, width)


@final
class Residual(Composition):
    """y = body(x) + shortcut(x). Both must give the same shape. Paper: He et al. 2016."""

    flow: ClassVar[Flow] = "branches"
    part_names: ClassVar[tuple[str, ...]] = ("body", "shortcut")
    type: Literal["Residual"] = "Residual"
    body: "AnyBlock"
    shortcut: "AnyBlock" = Identity()

    def __init__(self, /, body: "AnyBlock", shortcut: "AnyBlock" = Identity()) -> None:
        """Add `shortcut`, by default the input itself, to `body`."""
        _fill(self, {"body": body, "shortcut": shortcut})

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def joined(self, shapes: Mapping[str, Shape]) -> Shape:
        body, shortcut = shapes["body"], shapes["shortcut"]
        if body == shortcut and type(body) is type(shortcut):
            return body
        fix = "end both branches in the same shape"
        if isinstance(body, CHW) and isinstance(shortcut, CHW):
            fix = (
                f"a shortcut that gives {body}: ZeroPadShortcut({body.channels}, stride=...) or "
                f"Conv2d({body.channels}, 1, stride=..., bias=False)"
            )
        raise ArchitectureError(
            f"its two sides differ: body {body}, shortcut {shortcut}",
            expected="the same shape on both sides",
            fix=fix,
        )


@final
class Gate(Composition):
    """y = body(x) * gate(x): the gate scales every number, or every channel, of the body.

    body (K, H, W), gate (K, 1, 1) or (K, H, W) -> (K, H, W); vectors of one length multiply
    too. With `body=Identity()` and a gate of global pooling, two layers and a sigmoid it is
    squeeze-and-excitation. Paper: Hu et al. 2018.
    """

    flow: ClassVar[Flow] = "branches"
    keeps_branches: ClassVar[bool] = True
    part_names: ClassVar[tuple[str, ...]] = ("body", "gate")
    type: Literal["Gate"] = "Gate"
    body: "AnyBlock"
    gate: "AnyBlock"

    def __init__(self, /, body: "AnyBlock", gate: "AnyBlock") -> None:
        """Multiply `body` by `gate`."""
        _fill(self, {"body": body, "gate": gate})

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def joined(self, shapes: Mapping[str, Shape]) -> Shape:
        body, gate = shapes["body"], shapes["gate"]
        if body == gate and type(body) is type(gate):
            return body
        if not isinstance(body, CHW):
            raise ArchitectureError(
                f"the gate does not fit the body: body {body}, gate {gate}",
                expected=f"a gate of {body} numbers",
                fix=f"end the gate in Linear({body.numel})",
            )
        one = CHW(body.channels, 1, 1)
        if gate == one:
            return body
        raise ArchitectureError(
            f"the gate does not fit the body: body {body}, gate {gate}",
            expected=f"a gate of {one}, or of {body}",
            fix=f"end the gate in GlobalAvgPool2d(), Conv2d({body.channels}, 1) and Sigmoid()",
        )


@final
class AuxiliaryHead(Composition):
    """y = x. In training the head's logits give a second loss, times `weight`.

    Paper: Szegedy et al. 2015, section 5 (weight 0.3).
    """

    flow: ClassVar[Flow] = "side"
    part_names: ClassVar[tuple[str, ...]] = ("head",)
    type: Literal["AuxiliaryHead"] = "AuxiliaryHead"
    head: "AnyBlock"
    weight: Annotated[float, Field(gt=0)] = 0.3

    def __init__(self, /, head: "AnyBlock", weight: float = 0.3) -> None:
        """Take the second loss from `head`, times `weight`."""
        _fill(self, {"head": head, "weight": weight})

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


AnyBlock = Annotated[
    AnyLayer | Chain | Concat | Residual | Gate | AuxiliaryHead, Field(discriminator="type")
]
COMPOSITIONS: tuple[type[Composition], ...] = (Chain, Concat, Residual, Gate, AuxiliaryHead)
for _composition in COMPOSITIONS:
    _composition.__init__ = _checked_call(_composition.__init__)  # type: ignore[method-assign]
    _composition.model_rebuild()
    sign(_composition)
