"""An architecture: a named block with its input size, number of classes, paper and facts."""

import hashlib
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, Self

import pydantic
from pydantic import AfterValidator, Field

from convscope.arch.block import Chain
from convscope.arch.json_form import checked_text, layer_fields, readable
from convscope.arch.limits import LIMITS, Limits
from convscope.arch.table import LayerTable, table
from convscope.arch.trace import Step, Trace, trace
from convscope.display import Displayed, Picture
from convscope.errors import ArchitectureError, FormatError, from_validation
from convscope.layers.base import LARGEST, Count, Role
from convscope.record import Record
from convscope.shapes import CHW, Features


def _positive(shape: CHW) -> CHW:
    if not all(0 < size <= LARGEST for size in shape):
        raise ArchitectureError(
            f"an input of {shape}", expected=f"each size from 1 to {LARGEST}", fix="as 3x224x224"
        )
    return shape


def _named(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]{0,63}", name):
        raise ArchitectureError(
            f"{name[:80]!r} cannot name an architecture",
            expected="lower-case letters, digits and _, at most 64",
        )
    return name


class Paper(Record):
    """The paper that published a network."""

    title: str
    authors: str
    year: Annotated[int, Field(ge=1900, le=2100)]
    url: str


class Fact(Record):
    """A total that an outside source states, to compare with ours: paper, library or file.

    Attributes:
        differs: why the total of the source's own variant is another; empty: it is equal to ours.
    """

    quantity: Literal["parameters", "auxiliary_parameters", "macs", "connections"]
    value: Annotated[int, Field(gt=0)]
    source: str
    differs: str = ""


Percent = Annotated[float, Field(ge=0, le=100)]


class Result(Record):
    """A published error rate with its protocol.

    Attributes:
        top1, top5: error in per cent; None where it was not published.
        protocol: crops and scales at test time, and other differences.
        ensemble: number of networks whose predictions were averaged.
        weights: whose training was measured; empty for that of the source itself.
    """

    data: str
    split: str
    top1: Percent | None = None
    top5: Percent | None = None
    protocol: str
    ensemble: Annotated[int, Field(ge=1)] = 1
    source: str
    weights: str = ""


def output_problems(steps: Trace, num_classes: int) -> Iterator[ArchitectureError]:
    """Yield what is wrong with the outputs of the main network and of the auxiliary heads.

    `where` is the path of the head, "" for the main network, or the path of a layer that gives
    probabilities.
    """
    outputs = [("", steps.output_shape), *((head.path, head.shape) for head in steps.heads)]
    for path, shape in outputs:
        if shape != Features(num_classes) or not isinstance(shape, Features):
            yield ArchitectureError(
                f"the output is {shape}, and there are {num_classes} classes",
                expected=f"a vector of {num_classes} logits",
                fix=f"end with Flatten() and Linear({num_classes})",
                where=path,
            )
    for tensor in (steps.output, *(head.output for head in steps.heads)):
        if problem := _not_logits(steps, tensor):
            yield problem


KEEPS_PROBABILITIES: tuple[Role, ...] = ("shape", "dropout", "shortcut", "pooling", "activation")
"""Roles of layers without weights that leave probabilities what they are, or average them."""


def _not_logits(steps: Trace, tensor: int) -> ArchitectureError | None:
    """Follow an output back to the layer that gives it its meaning.

    Return the problem of one that gives probabilities: the loss and the prediction apply softmax,
    so that it would be applied twice.
    """
    makers = {step.output: step for step in steps.steps}
    waiting = [tensor]
    while waiting:
        step = makers.get(waiting.pop())
        if step is None:
            continue
        layer = step.layer
        if layer is not None and layer.gives_probabilities:
            return ArchitectureError(
                f"the network ends in {layer.type}, so its outputs are probabilities",
                expected="logits: training and prediction apply softmax to the outputs",
                fix="leave this layer out",
                where=step.path,
            )
        joins = layer is None and _joins_channels(step)
        keeps = layer is not None and layer.role in KEEPS_PROBABILITIES and not step.parameters
        if joins or keeps:
            waiting += step.inputs
    return None


def _joins_channels(step: Step) -> bool:
    """Return whether the channels or features of the branches stand side by side."""
    return step.output_shape[0] == sum(shape[0] for shape in step.input_shapes)


class Architecture(Displayed, Record):
    """A network as data, from the input to one logit for each class. It holds no weights.

    Raises ArchitectureError with the path of the first block that does not fit.
    """

    schema_version: Literal[1] = 1
    name: Annotated[str, AfterValidator(_named)]
    input: Annotated[CHW, AfterValidator(_positive)]
    num_classes: Count
    block: Chain
    paper: Paper | None = None
    facts: tuple[Fact, ...] = ()
    differs_from_paper: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()

    def __init__(self, /, *, limits: Limits = LIMITS, **fields: object) -> None:
        """Check that the blocks fit together. Raises ArchitectureError."""
        try:
            self.__pydantic_validator__.validate_python(
                fields, self_instance=self, context={"limits": limits}
            )
        except pydantic.ValidationError as error:
            raise from_validation(error, kind=ArchitectureError) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @pydantic.model_validator(mode="after")
    def _fits(self, info: pydantic.ValidationInfo) -> Self:
        limits = (info.context or {}).get("limits", LIMITS)
        self.__dict__["trace"] = steps = trace(self.block, self.input, limits)
        for problem in output_problems(steps, self.num_classes):
            raise problem
        return self

    @cached_property
    def trace(self) -> Trace:
        """Every operation in order, with its shapes."""
        return trace(self.block, self.input)

    def __repr__(self) -> str:
        total = sum(step.parameters for step in self.trace.steps if not step.auxiliary)
        return (
            f"Architecture({self.name}: input {self.input}, {self.num_classes:,} classes, "
            f"{total:,} parameters)"
        )

    __str__ = __repr__

    @property
    def plainest_result(self) -> Result | None:
        """The most comparable result: one network, one crop if published, top-5 before top-1."""
        single = [result for result in self.results if result.ensemble == 1]
        plain = [result for result in single if result.protocol.startswith("1 crop")] or single
        return next((r for r in plain if r.top5 is not None), plain[0] if plain else None)

    def table(self, *, depth: int | None = None, batch_size: int = 1) -> LayerTable:
        """Return the table of layers: shapes, parameters, MACs, memory and receptive fields.

        Args:
            depth: number of names in a path, below which layers are grouped; None for all layers.
            batch_size: images in a batch, for the memory.
        """
        return table(self.block, self.trace, depth=depth, batch_size=batch_size)

    def svg(self) -> Picture:
        """Return the diagram as an SVG file; `.svg().save("network.svg")` writes it."""
        from convscope.render.diagram import diagram

        return Picture(diagram(self))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of block, input and number of classes."""
        part = self.model_dump_json(include={"block", "input", "num_classes"})
        return hashlib.sha256(part.encode()).hexdigest()

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the JSON form."""
        return self.model_dump_json(indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes, *, limits: Limits = LIMITS, where: str = "") -> Self:
        """Read the JSON form that `to_json` writes.

        Raises:
            FormatError: not JSON, too large, too deep, a duplicate name, NaN or infinity.
            ArchitectureError: the network is invalid; `where` is the path.
        """
        checked = checked_text(text, limits, where=where)
        try:
            return cls.model_validate_json(checked, context={"limits": limits})
        except pydantic.ValidationError as error:
            if error.error_count() == 1:
                first = error.errors(include_url=False)[0]
                if first["type"] == "json_invalid":
                    raise FormatError(f"not JSON: {first['msg']}", where=where) from None
            from convscope.layers.entries import our_name

            raise from_validation(
                error,
                kind=ArchitectureError,
                place=readable,
                fields=layer_fields,
                see="convscope list layers",
                ours=our_name,
            ) from None

    @classmethod
    def json_schema(cls) -> dict[str, object]:
        """Return the JSON Schema of the form, for editors and the page."""
        return cls.model_json_schema()
