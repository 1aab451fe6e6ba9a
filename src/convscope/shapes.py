"""Shapes, and the arithmetic of sliding windows.

All convolutions, poolings and shortcuts compute their output size with `window_output`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from convscope.errors import ArchitectureError, InputError


class CHW(NamedTuple):
    """An image or a stack of feature maps, without the batch: channels, height, width."""

    channels: int
    height: int
    width: int

    @property
    def numel(self) -> int:
        return self.channels * self.height * self.width

    def __str__(self) -> str:
        return f"{self.channels}x{self.height}x{self.width}"


class Features(NamedTuple):
    """A vector of numbers, without the batch."""

    features: int

    @property
    def numel(self) -> int:
        return self.features

    def __str__(self) -> str:
        return f"{self.features}"


MOST_PADDED = 2**24  # of padding along an axis: torch computes windows with 32 bits
Shape = CHW | Features
Pair = tuple[int, int]


class Window(NamedTuple):
    """A sliding window along one axis: output i reads inputs
    i*stride - padding + t*dilation for t = 0 ... kernel - 1.

    Attributes:
        extra: padding at the end of the axis beyond that at its start.
    """

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    extra: int = 0

    @property
    def extent(self) -> int:
        """Number of inputs from the first to the last one read: dilation * (kernel - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def end(self) -> int:
        """Padding at the end of the axis."""
        return self.padding + self.extra


def pair(value: int | Pair) -> Pair:
    """Return (height, width) of a size that may be one number."""
    return value if isinstance(value, tuple) else (value, value)


def windows(
    kernel: int | Pair, stride: int | Pair, padding: int | Pair, dilation: int | Pair = 1
) -> tuple[Window, Window]:
    """Return the windows along height and width."""
    (kh, kw), (sh, sw) = pair(kernel), pair(stride)
    (ph, pw), (dh, dw) = pair(padding), pair(dilation)
    return Window(kh, sh, ph, dh), Window(kw, sw, pw, dw)


def window_output(size: int, window: Window, *, ceil_mode: bool = False, axis: str = "size") -> int:
    """Return the number of positions of a window along an axis of `size` inputs.

    floor((size + 2*padding - extent) / stride) + 1, with ceil in place of floor under
    `ceil_mode`; there the last window must begin inside the input or its left padding,
    as in PyTorch and Caffe.

    Raises:
        ArchitectureError: the window is larger than the padded input, or that is very large.
    """
    if window.padding + window.end > MOST_PADDED:
        raise ArchitectureError(
            f"the {axis} is {size} + 2*{window.padding} of padding",
            expected=f"padding of at most {MOST_PADDED // 2:,}",
        )
    room = size + window.padding + window.end - window.extent
    places = (-(-room // window.stride) if ceil_mode else room // window.stride) + 1
    if places < 1:
        raise ArchitectureError(
            f"the window covers {window.extent} but the {axis} is {size}"
            + (f" + 2*{window.padding} of padding" if window.padding else ""),
            expected=f"{axis} of at least {window.extent - 2 * window.padding}",
            fix="a larger input, a smaller kernel or more padding",
        )
    if ceil_mode and (places - 1) * window.stride >= size + window.padding:
        places -= 1
    return places


def same_padding(size: int, extent: int, stride: int) -> tuple[int, int]:
    """Return the padding before and behind an axis for ceil(size / stride) windows.

    In all max((ceil(size / stride) - 1)*stride + extent - size, 0), an odd one behind:
    TensorFlow's "SAME", and for stride 1 also torch's "same".
    """
    total = max((-(-size // stride) - 1) * stride + extent - size, 0)
    return total // 2, total - total // 2


def resized(height: int, width: int, size: int | tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) after a resize: exact, or one number for the shorter side."""
    if isinstance(size, tuple):
        return size
    if height <= width:
        return size, size * width // height
    return size * height // width, size


def crop_offset(size: int, crop: int) -> int:
    """Return where a centre crop begins; negative if it begins before the image."""
    if crop > size:
        return -((crop - size) // 2)
    return round((size - crop) / 2)


def slide(
    maps: CHW, channels: int, along: tuple[Window, Window], *, ceil_mode: bool = False
) -> CHW:
    """Return the shape after windows over height and width: (C, H, W) -> (channels, H', W').

    Raises:
        ArchitectureError: a window is larger than the padded input.
    """
    rows, cols = along
    return CHW(
        channels,
        window_output(maps.height, rows, ceil_mode=ceil_mode, axis="height"),
        window_output(maps.width, cols, ceil_mode=ceil_mode, axis="width"),
    )


def parse_chw(text: str, *, channels: int = 1) -> CHW:
    """`3x224x224` -> CHW(3, 224, 224); `28x28` has `channels` channels.

    Raises:
        InputError: not two or three positive whole numbers joined by x.
    """
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) == 2:
        parts = [str(channels), *parts]
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() and 0 < len(p) < 10 for p in parts):
        raise InputError(
            f"{text!r} is not an input size",
            expected="CHANNELSxHEIGHTxWIDTH or HEIGHTxWIDTH, as 3x224x224 or 224x224",
            fix="write whole numbers joined by x",
        )
    shape = CHW(*(int(p) for p in parts))
    if 0 in shape:
        raise InputError(f"{text!r} contains a zero", expected="positive numbers, as 3x224x224")
    return shape


InputSize = str | tuple[int, int, int]
"""An input size as `3x96x96`, `96x96`, (3, 96, 96) or CHW."""


def input_size(size: InputSize, *, channels: int) -> CHW:
    """Return an input size: `3x96x96`, (3, 96, 96) or CHW -> CHW(3, 96, 96).

    Args:
        channels: those of `96x96`, which names none.

    Raises:
        InputError: it is not two or three positive whole numbers.
    """
    if isinstance(size, str):
        text = size
    else:  # anything else than numbers in a row is refused as a text
        text = "x".join(map(str, size)) if isinstance(size, Sequence) else str(size)
    return parse_chw(text, channels=channels)


class Spans(NamedTuple):
    """The inputs of each unit where windows do not advance evenly: (first, last + 1) each."""

    rows: tuple[Pair, ...]
    cols: tuple[Pair, ...]


class Whole(NamedTuple):
    """A reach over every position: global pooling, flattening."""


Reach = tuple[Window, Window] | Spans | Whole | None
"""The inputs that a unit of a layer reads; None: its own position only."""
