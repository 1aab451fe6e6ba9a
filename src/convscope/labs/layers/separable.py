"""A convolution, and its separable counterpart: depthwise, then pointwise.

    standard   K^2 C O weights, each used at every position
    depthwise  K^2 C: one kernel for each channel
    pointwise  C O: a 1 x 1 convolution that mixes the channels

The ratio is 1/O + 1/K^2. Paper: Sifre 2014; Howard et al. 2017 (MobileNet).

Legend: C input channels, O output channels, K side of the kernel.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

from convscope.errors import InputError
from convscope.layers import Conv2d
from convscope.shapes import CHW

Part = Literal["standard", "depthwise", "pointwise"]

MOST_CHANNELS, MOST_SIZE, MOST_KERNEL = 4096, 1024, 15


class Cost(NamedTuple):
    """Weights (no biases) and multiply-accumulates of one layer."""

    part: Part
    weights: int
    macs: int


@final
@dataclass(frozen=True)
class Separable:
    """Sizes of a convolution that keeps height and width.

    Args:
        channels: of the input.
        outputs: channels of the output.
        kernel: odd side of the window.
        size: height and width of input and output.
    """

    channels: int = 64
    outputs: int = 128
    kernel: int = 3
    size: int = 56

    def __post_init__(self) -> None:
        for name, value, most in (
            ("channels", self.channels, MOST_CHANNELS),
            ("outputs", self.outputs, MOST_CHANNELS),
            ("size", self.size, MOST_SIZE),
        ):
            if not 1 <= value <= most:
                raise InputError(f"{name} {value}", expected=f"1 to {most}")
        if not (1 <= self.kernel <= MOST_KERNEL and self.kernel % 2):
            raise InputError(
                f"a kernel of {self.kernel}", expected=f"an odd number from 1 to {MOST_KERNEL}"
            )

    def costs(self) -> tuple[Cost, Cost, Cost]:
        """Return the costs of the three layers, as the layers themselves count them."""
        shape = CHW(self.channels, self.size, self.size)
        same = self.kernel // 2
        standard = Conv2d(self.outputs, self.kernel, padding=same, bias=False)
        depthwise = Conv2d(
            self.channels, self.kernel, padding=same, groups=self.channels, bias=False
        )
        pointwise = Conv2d(self.outputs, 1, bias=False)
        return (
            Cost("standard", standard.parameters(shape), standard.macs(shape)),
            Cost("depthwise", depthwise.parameters(shape), depthwise.macs(shape)),
            Cost("pointwise", pointwise.parameters(shape), pointwise.macs(shape)),
        )

    @property
    def ratio(self) -> float:
        """Weights of both parts over those of the standard convolution: 1/O + 1/K^2."""
        standard, depthwise, pointwise = self.costs()
        return (depthwise.weights + pointwise.weights) / standard.weights

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "separable",
            "channels": self.channels,
            "outputs": self.outputs,
            "kernel": self.kernel,
            "size": self.size,
            "costs": [cost._asdict() for cost in self.costs()],
            "ratio": self.ratio,
        }
