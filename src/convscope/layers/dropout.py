"""Dropout: chance, in training only."""

from dataclasses import field
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

from pydantic import Field

from convscope.layers.base import Example, Layer, Role, Saved, layer
from convscope.shapes import CHW, Features, Shape

if TYPE_CHECKING:
    from torch import nn


@final
@layer
class Dropout(Layer):
    """In training each number is 0 with probability p, else x / (1 - p); afterwards y = x.

    Any shape -> the same shape.

    Paper: Srivastava et al. 2014.
    """

    p: Annotated[float, Field(ge=0, lt=1)] = 0.5
    type: Literal["Dropout"] = field(default="Dropout", kw_only=True)

    view: ClassVar[Literal["never", "inference", "always"]] = "inference"
    role: ClassVar[Role] = "dropout"
    pointwise: ClassVar[bool] = True
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return input

    def saved(self, input: Shape) -> Saved:
        return Saved(extra_bytes=4 * input.numel)  # which numbers were kept, as floats on a CPU

    def label(self, input: Shape) -> str:
        return f"dropout {self.p:g}"

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.Dropout(self.p)


Dropout.examples = (Example(Dropout(), Features(9)), Example(Dropout(0.2), CHW(3, 4, 4)))
