"""Random brightness, contrast, saturation and hue."""

from typing import Annotated, Literal, final

import torch
from pydantic import Field
from torch import Tensor

from convscope.data.augment.base import Augment, chunks, float_copy, per_image, uniform
from convscope.errors import InputError

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, the same as Pillow's and torchvision's grey
BLACK, WHITE = 0, 255

Strength = Annotated[float, Field(ge=0, le=10)]


def luma(images_NCHW: Tensor) -> Tensor:
    """Return the luma (N, 1, H, W); of a grey image the image itself."""
    if images_NCHW.shape[1] == 1:
        return images_NCHW
    red, green, blue = images_NCHW[:, 0:1], images_NCHW[:, 1:2], images_NCHW[:, 2:3]
    return (red * LUMA[0]).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2])


def _brighten(images_NCHW: Tensor, factor_N111: Tensor) -> None:
    images_NCHW.mul_(factor_N111)


def _contrast(images_NCHW: Tensor, factor_N111: Tensor) -> None:
    mean_N111 = luma(images_NCHW.mean((2, 3), keepdim=True))
    torch.lerp(mean_N111, images_NCHW, factor_N111, out=images_NCHW)


def _saturate(images_NCHW: Tensor, factor_N111: Tensor) -> None:
    if images_NCHW.shape[1] == 3:
        torch.lerp(luma(images_NCHW), images_NCHW, factor_N111, out=images_NCHW)


def _turn_hue(images_NCHW: Tensor, turn_N111: Tensor) -> None:
    """Rotate the hue by `turn` of a full circle; the largest and smallest channel values stay.

    With hue h from 0 to 6, the smallest channel at 0 and the largest at 1: red = |h - 3| - 1,
    green = 2 - |h - 2|, blue = 2 - |h - 4|, each clipped to 0 ... 1.
    """
    if images_NCHW.shape[1] == 1:
        return
    red, green, blue = images_NCHW.unbind(1)
    most, least = images_NCHW.amax(1), images_NCHW.amin(1)
    span = most - least
    unit = span.clamp(min=1e-6)  # grey pixels have no hue
    from_red = (green - blue) / unit
    from_green = (blue - red).div_(unit).add_(2)
    from_blue = (red - green).div_(unit).add_(4)
    hue = torch.where(most == red, from_red, torch.where(most == green, from_green, from_blue))
    hue.add_(turn_N111[:, 0] * 6)
    hue.sub_((hue / 6).floor_().mul_(6))
    red.copy_((hue - 3).abs_().sub_(1).clamp_(0, 1).mul_(span).add_(least))
    green.copy_((hue - 2).abs_().neg_().add_(2).clamp_(0, 1).mul_(span).add_(least))
    blue.copy_((hue - 4).abs_().neg_().add_(2).clamp_(0, 1).mul_(span).add_(least))


STEPS = (_brighten, _contrast, _saturate, _turn_hue)


@final
class ColourJitter(Augment):
    """Random brightness, contrast, saturation and hue, different for each image.

    brightness  y = f x
    contrast    y = f x + (1 - f) (mean of the image's luma)
    saturation  y = f x + (1 - f) (luma of the pixel)
    hue         h + turn (HSV); a turn of 1 is a full circle

    luma = 0.299 R + 0.587 G + 0.114 B. f is uniform in [max(0, 1 - s), 1 + s] with s the strength
    of that name, `turn` uniform in [-hue, hue]. The order of the four is random for each batch;
    after each, values are clipped to 0 ... 255, not rounded. (N, C, H, W) -> (N, C, H, W), float.

    Saturation and hue do not change grey images.

    Paper: Howard 2013, section 2 (contrast, brightness and colour in random order, 0.5 to 1.5);
    the definitions are torchvision's.
    Differs from torchvision: one order for the whole batch, no rounding between the steps.
    """

    type: Literal["ColourJitter"] = "ColourJitter"
    brightness: Strength = 0.4
    contrast: Strength = 0.4
    saturation: Strength = 0.4
    hue: Annotated[float, Field(ge=0, le=0.5)] = 0.0

    def check(self, channels: int) -> None:
        if channels not in (1, 3):
            raise InputError(
                f"ColourJitter on images with {channels} channels",
                expected="1 channel (grey) or 3 (RGB)",
                where="ColourJitter",
            )

    def numbers(self, num: int, generator: torch.Generator) -> tuple[list[int], Tensor]:
        """Return the order of the four steps, and (4, N): 3 factors and the hue turn per image."""
        order = torch.randperm(4, generator=generator).tolist()
        factors = [
            (1 + uniform(num, strength, generator)).clamp(min=0)
            if strength <= 1
            else torch.rand(num, generator=generator) * (1 + strength)
            for strength in (self.brightness, self.contrast, self.saturation)
        ]
        return order, torch.stack([*factors, uniform(num, self.hue, generator)])

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        self.check(images_NCHW.shape[1])
        order, numbers_4N = self.numbers(len(images_NCHW), generator)
        strengths = (self.brightness, self.contrast, self.saturation, self.hue)
        steps = [(STEPS[i], per_image(numbers_4N[i], images_NCHW)) for i in order if strengths[i]]
        out_NCHW = float_copy(images_NCHW)
        for chunk in chunks(out_NCHW):
            part = out_NCHW[chunk]
            for step, numbers in steps:
                step(part, numbers[chunk])
                part.clamp_(BLACK, WHITE)
        return out_NCHW
