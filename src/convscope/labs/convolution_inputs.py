"""Numbers to convolve: random small whole ones, or those of an example."""

from typing import NamedTuple

import numpy as np

from convscope.errors import InputError, unknown_name
from convscope.labs.convolution import Convolution
from convscope.labs.examples import EXAMPLES
from convscope.labs.sums.limits import MAX_PRODUCTS
from convscope.shapes import Pair


class Settings(NamedTuple):
    """Settings of a random convolution; `kernels` is the number of output channels."""

    kernels: int = 2
    kernel: Pair = (3, 3)
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1
    transposed: bool = False
    output_padding: Pair = (0, 0)


def random_convolution(
    input_HWC: tuple[int, ...], settings: Settings = Settings(), *, seed: int = 0
) -> Convolution:
    """Return a convolution of small whole numbers: input 0..2, kernel -1..1, bias 1, 0, 0, ...

    Args:
        input_HWC: height, width, channels.
    """
    if len(input_HWC) == 2:
        input_HWC = (*input_HWC, 1)
    if len(input_HWC) != 3 or max(input_HWC) > 4096:
        raise InputError(f"input {'x'.join(map(str, input_HWC))}", expected="HEIGHTxWIDTHxCHANNELS")
    height, width, channels = input_HWC
    kernels, groups = settings.kernels, settings.groups
    if kernels < 1:
        raise InputError(f"{kernels} kernels", expected="at least 1")
    numbers = channels * max(height * width, kernels * settings.kernel[0] * settings.kernel[1])
    if numbers > 16 * MAX_PRODUCTS:  # before they are allocated
        raise InputError(
            f"an input or kernels of {numbers:,} numbers",
            expected=f"at most {16 * MAX_PRODUCTS:,}",
            fix="use a smaller input or fewer channels",
        )
    if groups < 1 or channels % groups or kernels % groups:
        raise InputError(
            f"{channels} channels and {kernels} kernels with {groups} groups",
            expected="groups that divide both",
        )
    rng = np.random.default_rng(seed)
    shape = (kernels, channels // groups)
    if settings.transposed:
        shape = (channels, kernels // groups)
    bias = np.zeros(kernels)
    bias[0] = 1
    return Convolution(
        rng.integers(0, 3, (channels, height, width)).astype(np.float64),
        rng.integers(-1, 2, (*shape, *settings.kernel)).astype(np.float64),
        bias,
        stride=settings.stride,
        padding=settings.padding,
        dilation=settings.dilation,
        groups=groups,
        transposed=settings.transposed,
        output_padding=settings.output_padding if settings.transposed else 0,
    )


def example(name: str) -> Convolution:
    """Return an example of the lecture or of the CS231n demo.

    Raises:
        InputError: an unknown name.
    """
    if name not in EXAMPLES:
        raise unknown_name("example", name, EXAMPLES)
    numbers = EXAMPLES[name]
    return Convolution(numbers.x, numbers.w, numbers.b, numbers.stride, numbers.padding)
