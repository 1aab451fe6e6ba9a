"""Parameters of a first layer: fully connected to every pixel, or a convolution.

fully connected  height width channels hidden weights, and hidden biases
convolution      kernel kernel channels kernels weights, and one bias for each kernel
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, final

from convscope.errors import InputError
from convscope.layers import Conv2d, Linear
from convscope.shapes import CHW, Features

BYTES = 4  # of a float32
MOST_SIDE = 100_000
MOST_CHANNELS = 1000
MOST_UNITS = 100_000
MOST_KERNEL = 31


class Count(NamedTuple):
    """Numbers of one layer.

    Attributes:
        parameters: weights and biases.
        size_bytes: of the parameters as float32.
        uses: times that each weight is used for one image.
    """

    kind: str
    weights: int
    biases: int
    parameters: int
    size_bytes: int
    uses: int


@final
@dataclass(frozen=True)
class MLPSize:
    """An image, the hidden units of an MLP, and the kernels of a convolution with padding.

    Args:
        hidden: units of the fully connected layer.
        kernel: rows and columns of a kernel, odd.
        kernels: number of kernels.
    """

    width: int = 1920
    height: int = 1080
    channels: int = 3
    hidden: int = 100
    kernel: int = 3
    kernels: int = 100

    def __post_init__(self) -> None:
        for name, value, most in (
            ("width", self.width, MOST_SIDE),
            ("height", self.height, MOST_SIDE),
            ("channels", self.channels, MOST_CHANNELS),
            ("hidden units", self.hidden, MOST_UNITS),
            ("kernels", self.kernels, MOST_UNITS),
        ):
            if not 1 <= value <= most:
                raise InputError(f"{name}: {value}", expected=f"1 to {most:,}")
        if not 1 <= self.kernel <= MOST_KERNEL or self.kernel % 2 == 0:
            raise InputError(
                f"a kernel of {self.kernel}", expected=f"an odd size from 1 to {MOST_KERNEL}"
            )

    @property
    def inputs(self) -> int:
        """Numbers of the image: height x width x channels."""
        return self.height * self.width * self.channels

    def fully_connected(self) -> Count:
        """Return the numbers of the hidden layer of the MLP."""
        return _count("fully connected", Linear(self.hidden), Features(self.inputs), self.hidden, 1)

    def convolution(self) -> Count:
        """Return the numbers of the convolution, whose output is as large as the image."""
        layer = Conv2d(self.kernels, self.kernel, padding=self.kernel // 2)
        image = CHW(self.channels, self.height, self.width)
        return _count("convolution", layer, image, self.kernels, self.height * self.width)

    @property
    def ratio(self) -> float:
        """Parameters of the fully connected layer for each of the convolution."""
        return self.fully_connected().parameters / self.convolution().parameters

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON data."""
        return {
            "lab": "mlp_size",
            "width": self.width,
            "height": self.height,
            "channels": self.channels,
            "inputs": self.inputs,
            "layers": [self.fully_connected()._asdict(), self.convolution()._asdict()],
            "ratio": self.ratio,
        }


def _count(
    kind: str, layer: Linear | Conv2d, image: CHW | Features, biases: int, uses: int
) -> Count:
    parameters = layer.parameters(image)
    return Count(kind, parameters - biases, biases, parameters, BYTES * parameters, uses)
