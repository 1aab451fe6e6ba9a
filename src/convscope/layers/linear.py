"""From feature maps to a vector, and layers on vectors."""

from dataclasses import field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, final

from convscope.errors import ArchitectureError
from convscope.layers.base import Count, Example, Fans, Layer, Role, Saved, layer, vector
from convscope.shapes import CHW, Features, Reach, Shape, Whole

if TYPE_CHECKING:
    from torch import nn


@final
@layer
class Flatten(Layer):
    """Feature maps written out as one vector, channel by channel, row by row.

    (C, H, W) -> (C*H*W).
    """

    type: Literal["Flatten"] = field(default="Flatten", kw_only=True)

    view: ClassVar[Literal["never", "inference", "always"]] = "always"
    role: ClassVar[Role] = "shape"
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        return Features(input.numel)

    def reach(self, input: Shape) -> Reach:
        return Whole() if isinstance(input, CHW) else None

    def label(self, input: Shape) -> str:
        return "flatten"

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.Flatten()


Flatten.examples = (Example(Flatten(), CHW(16, 5, 5)), Example(Flatten(), Features(3)))


@final
@layer
class Linear(Layer):
    """Every output sees every input: y[k] = b[k] + sum over j of w[k, j] * x[j].

    (N) -> (K). Parameters: K * N + K.
    """

    out_features: Count
    bias: bool = True
    type: Literal["Linear"] = field(default="Linear", kw_only=True)

    role: ClassVar[Role] = "linear"
    undecayed: ClassVar[frozenset[str]] = frozenset({"bias"})
    examples: ClassVar[tuple[Example, ...]]

    def output_shape(self, input: Shape) -> Shape:
        vector(self, input)
        return Features(self.out_features)

    def parameters(self, input: Shape) -> int:
        return self.macs(input) + self.bias * self.out_features

    def macs(self, input: Shape) -> int:
        return vector(self, input).features * self.out_features

    def connections(self, input: Shape) -> int:
        return self.parameters(input)

    def saved(self, input: Shape) -> Saved:
        return Saved(input=True)

    def label(self, input: Shape) -> str:
        return f"linear, {self.out_features}"

    def fans(self, input: Shape) -> Fans:
        return Fans(vector(self, input).features, self.out_features)

    def with_outputs(self, number: int) -> "Linear":
        return replace(self, out_features=number)

    def build(self, input: Shape) -> "nn.Module":
        from torch import nn

        return nn.Linear(vector(self, input).features, self.out_features, bias=self.bias)


Linear.examples = (
    Example(Linear(84), Features(120)),
    Example(Linear(3, bias=False), Features(5)),
)


@final
@layer
class EuclideanRBF(Layer):
    """Minus the squared distance from each of K fixed points: y[k] = -sum_j (x[j] - w[k, j])^2.

    (N) -> (K). The paper's output is the distance itself, where the smallest wins; with the
    sign turned, the largest wins as with every other network here. No parameters: the centres
    are part of the architecture.

    Paper: LeCun et al. 1998, section II-B.
    """

    centres: tuple[tuple[float, ...], ...]
    type: Literal["EuclideanRBF"] = field(default="EuclideanRBF", kw_only=True)

    role: ClassVar[Role] = "linear"
    examples: ClassVar[tuple[Example, ...]]

    def __post_init__(self) -> None:
        lengths = sorted({len(centre) for centre in self.centres})
        if len(lengths) != 1 or lengths[0] == 0:
            raise ArchitectureError(
                f"the centres have lengths {lengths or 'none'}",
                expected="at least one centre, all of one length",
            )

    def output_shape(self, input: Shape) -> Shape:
        width = len(self.centres[0])
        if vector(self, input).features != width:
            raise ArchitectureError(
                f"the centres have {width} numbers and the input has {input}",
                expected=f"an input of {width} features",
                fix=f"put Linear({width}) before it",
            )
        return Features(len(self.centres))

    def connections(self, input: Shape) -> int:
        return len(self.centres) * len(self.centres[0])

    def saved(self, input: Shape) -> Saved:
        # the differences to every centre, kept to be squared
        return Saved(extra_bytes=4 * len(self.centres) * len(self.centres[0]))

    def label(self, input: Shape) -> str:
        return f"RBF, {len(self.centres)}"

    def build(self, input: Shape) -> "nn.Module":
        from convscope.layers import modules

        self.output_shape(input)
        return modules.EuclideanRBF(self.centres)


EuclideanRBF.examples = (Example(EuclideanRBF(((1.0, -1.0, 1.0), (-1.0, -1.0, 1.0))), Features(3)),)
