"""Images moved by whole pixels.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

from typing import Annotated, Literal, final

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from convscope.data.augment.base import Augment, Pixels
from convscope.errors import InputError

Colour = tuple[Annotated[int, Field(ge=0, le=255)], ...]


def _windows(padded_NCHW: Tensor, height: int, width: int, corner: Tensor) -> Tensor:
    """From each image the window whose corner (down, right) is given: corner is (2, N)."""
    down, right = corner
    # every window there is, as a view: choosing one an image copies whole rows
    windows = padded_NCHW.unfold(2, height, 1).unfold(3, width, 1)
    return windows[torch.arange(len(padded_NCHW)), :, down, right]


@final
class Shift(Augment):
    """Each image moved by up to `pixels`, the same chance for every whole step; black moves in.

    (N, C, H, W) -> (N, C, H, W). Paper: Simard, Steinkraus and Platt 2003.
    """

    type: Literal["Shift"] = "Shift"
    pixels: Pixels = 1

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        p = self.pixels
        num, _, height, width = images_NCHW.shape
        padded = F.pad(images_NCHW, (p, p, p, p))
        corner = torch.randint(2 * p + 1, (2, num), generator=generator)
        return _windows(padded, height, width, corner)


@final
class BatchShift(Augment):
    """The whole batch moved by one random step of up to `pixels`: the cheapest shift there is.

    (N, C, H, W) -> (N, C, H, W); black moves in.
    """

    type: Literal["BatchShift"] = "BatchShift"
    pixels: Pixels = 1

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        p = self.pixels
        height, width = images_NCHW.shape[2:]
        down, right = torch.randint(2 * p + 1, (2,), generator=generator).tolist()
        padded = F.pad(images_NCHW, (p, p, p, p))
        return padded[:, :, down : down + height, right : right + width]


@final
class PadAndCrop(Augment):
    """A border of `pixels` around each image, then a window of the old size anywhere in it.

    (N, C, H, W) -> (N, C, H, W). In black it is what Shift is. The paper subtracts the mean
    first and pads with zeros: give the mean colour as the border, and it is the same.

    Args:
        border: "black", "reflect" (the image mirrored at its edge, which is not repeated), or
            a colour, one number a channel.

    Paper: He et al. 2016, section 4.2 (CIFAR-10, 4 pixels).
    """

    type: Literal["PadAndCrop"] = "PadAndCrop"
    pixels: Pixels = 4
    border: Literal["black", "reflect"] | Colour = "black"

    def check(self, channels: int) -> None:
        if isinstance(self.border, tuple) and len(self.border) != channels:
            raise InputError(
                f"a border of {len(self.border)} numbers on images of {channels} channels",
                expected="one number a channel",
                where="PadAndCrop.border",
            )

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num, channels, height, width = images_NCHW.shape
        self.check(channels)
        corner = torch.randint(2 * self.pixels + 1, (2, num), generator=generator)
        return _windows(self._padded(images_NCHW), height, width, corner)

    def _padded(self, images_NCHW: Tensor) -> Tensor:
        p = self.pixels
        sides = (p, p, p, p)
        if self.border == "black":
            return F.pad(images_NCHW, sides)
        if self.border == "reflect":
            least = min(images_NCHW.shape[2:])
            if p >= least:
                raise InputError(
                    f"a mirrored border of {p} around {least} pixels",
                    expected=f"at most {least - 1}",
                    where="PadAndCrop.pixels",
                )
            return F.pad(images_NCHW, sides, mode="reflect")
        colour_C = torch.tensor(self.border).to(images_NCHW)
        height, width = images_NCHW.shape[2:]
        padded = colour_C[:, None, None].expand(-1, height + 2 * p, width + 2 * p)
        padded = padded.repeat(len(images_NCHW), 1, 1, 1)
        padded[:, :, p : p + height, p : p + width] = images_NCHW
        return padded
