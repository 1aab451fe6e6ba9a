"""Random shifts by whole pixels."""

from typing import Annotated, Literal, final

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from convscope.data.augment.base import Augment, Pixels
from convscope.errors import InputError

Colour = tuple[Annotated[int, Field(ge=0, le=255)], ...]


def _windows(padded_NCHW: Tensor, height: int, width: int, corner: Tensor) -> Tensor:
    """Return a window of each image; its corners (rows and columns) are (2, N)."""
    down, right = corner
    # a view of all windows: indexing then copies whole rows
    windows = padded_NCHW.unfold(2, height, 1).unfold(3, width, 1)
    return windows[torch.arange(len(padded_NCHW)), :, down, right]


@final
class Shift(Augment):
    """Random shift of each image by up to `pixels`, uniform; black outside.

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
    """The same random shift of up to `pixels` for the whole batch: the fastest shift.

    (N, C, H, W) -> (N, C, H, W); black outside.
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
    """Pad each image by `pixels`, then crop a random window of the original size.

    (N, C, H, W) -> (N, C, H, W). With a black border it equals Shift. The paper subtracts the
    mean and then pads with zeros: the mean colour as the border gives the same.

    Args:
        border: "black", "reflect" (mirrored, without repeating the edge), or a colour, one
            number per channel.

    Paper: He et al. 2016, section 4.2 (CIFAR-10, 4 pixels).
    """

    type: Literal["PadAndCrop"] = "PadAndCrop"
    pixels: Pixels = 4
    border: Literal["black", "reflect"] | Colour = "black"

    def check(self, channels: int) -> None:
        if isinstance(self.border, tuple) and len(self.border) != channels:
            raise InputError(
                f"a border of {len(self.border)} numbers for images with {channels} channels",
                expected="one number per channel",
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
                    f"a reflected border of {p} around {least} pixels",
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
