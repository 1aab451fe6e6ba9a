"""Frames: which box of a photo is seen in training, to be brought to the network's size.

A frame draws its numbers first and looks at the photo's size afterwards, so that what is drawn
does not depend on the photo. Boxes are (top, left, height, width) in pixels of the upright
original, not rounded: they are sampled, not cut out.

Legend: N images, K drawn numbers, H height, W width, C channels; 2: height and width; 4: a box.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, final

import numpy as np
import pydantic
from numpy.typing import NDArray
from pydantic import Field

from convscope.errors import InputError
from convscope.record import Record

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float64]
Size = tuple[int, int]
Box = tuple[float, float, float, float]
Side = Annotated[int, Field(ge=1, le=65_535)]
Share = Annotated[float, Field(gt=0, le=1)]
Ratio = Annotated[float, Field(gt=0, le=100)]

ATTEMPTS = 10  # boxes drawn until one lies inside, as in the code of Inception's authors


class _Frame(Record):
    @abstractmethod
    def numbers(self) -> int:
        """How many random numbers an image takes."""

    @abstractmethod
    def box(self, height: float, width: float, numbers: Sequence[float], *, size: Size) -> Box:
        """The box of an image of this size, from its numbers between 0 and 1.

        Raises:
            InputError: this frame cannot give so large a size.
        """

    def place(self, sizes_N2: Floats, numbers_NK: Floats, *, size: Size) -> Floats:
        """Boxes (N, 4) for images of these (height, width), as `box` has them."""
        both = zip(sizes_N2.tolist(), numbers_NK.tolist(), strict=True)
        boxes = [self.box(h, w, numbers, size=size) for (h, w), numbers in both]
        return np.array(boxes, np.float64).reshape(-1, 4)

    def draw(self, num: int, generator: "torch.Generator") -> Floats:
        """The random numbers of `num` images: (N, K), 0 to 1."""
        import torch

        drawn = torch.rand(num, self.numbers(), generator=generator, dtype=torch.float64)
        return np.asarray(drawn.numpy())

    def boxes(self, sizes_N2: Any, *, size: Size, generator: "torch.Generator") -> Floats:
        """Boxes (N, 4) for images of these (height, width).

        Args:
            size: (height, width) that they are brought to.
        """
        given_N2 = np.asarray(sizes_N2, np.float64)
        return self.place(given_N2, self.draw(len(given_N2), generator), size=size)


@final
class RandomResizedCrop(_Frame):
    """A box of random area and proportion anywhere in the image.

    Area even within `scale` of the image's; log(proportion) even within `ratio`, times that of
    the network's input. After ten boxes that do not fit inside, the largest middle one that
    keeps the bounds.

    Paper: Szegedy et al. 2015, section 6 (8 % to 100 %, 3/4 to 4/3).
    """

    type: Literal["RandomResizedCrop"] = "RandomResizedCrop"
    scale: tuple[Share, Share] = (0.08, 1.0)
    ratio: tuple[Ratio, Ratio] = (3 / 4, 4 / 3)

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> "RandomResizedCrop":
        for name, (low, high) in (("scale", self.scale), ("ratio", self.ratio)):
            if low > high:
                raise InputError(f"{name} from {low} to {high}", expected="the smaller one first")
        return self

    def numbers(self) -> int:
        return 2 * ATTEMPTS + 2

    def box(self, height: float, width: float, numbers: Sequence[float], *, size: Size) -> Box:
        proportion = size[1] / size[0]
        least, most = (bound * proportion for bound in self.ratio)
        low, high = math.log(least), math.log(most)
        for attempt in range(ATTEMPTS):
            share = self.scale[0] + (self.scale[1] - self.scale[0]) * numbers[attempt]
            ratio = math.exp(low + (high - low) * numbers[ATTEMPTS + attempt])
            tall = math.sqrt(share * height * width / ratio)
            wide = tall * ratio
            if tall <= height and wide <= width:
                return (height - tall) * numbers[-2], (width - wide) * numbers[-1], tall, wide
        # the image's own proportion, as near as the bounds allow
        ratio = min(max(width / height, least), most)
        tall, wide = min(height, width / ratio), min(width, height * ratio)
        return (height - tall) / 2, (width - wide) / 2, tall, wide


@final
class ShorterSide(_Frame):
    """The image scaled until its shorter side is drawn from `low` to `high`, a random crop of it.

    Paper: Simonyan and Zisserman 2015, section 3.1 (256 to 512); He et al. 2016 (256 to 480);
    with low = high = 256 the one of Krizhevsky et al. 2012.
    """

    type: Literal["ShorterSide"] = "ShorterSide"
    low: Side = 256
    high: Side = 480

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> "ShorterSide":
        if self.low > self.high:
            raise InputError(f"low={self.low}, high={self.high}", expected="low <= high")
        return self

    def numbers(self) -> int:
        return 3

    def box(self, height: float, width: float, numbers: Sequence[float], *, size: Size) -> Box:
        _check_shorter(self.low, size, "ShorterSide(low=...)")
        shorter = self.low + math.floor(numbers[0] * (self.high - self.low + 1))
        return _scaled(height, width, shorter, numbers[1:], size)


@final
class CentreFrame(_Frame):
    """The image scaled until its shorter side is `shorter`, the middle of it. Nothing is drawn."""

    type: Literal["CentreFrame"] = "CentreFrame"
    shorter: Side = 256

    def numbers(self) -> int:
        return 0

    def box(self, height: float, width: float, numbers: Sequence[float], *, size: Size) -> Box:
        _check_shorter(self.shorter, size, "CentreFrame(shorter=...)")
        return _scaled(height, width, self.shorter, (0.5, 0.5), size)


FRAMES = (RandomResizedCrop, ShorterSide, CentreFrame)
AnyFrame = Annotated[RandomResizedCrop | ShorterSide | CentreFrame, Field(discriminator="type")]


def _check_shorter(shorter: int, size: Size, what: str) -> None:
    if shorter < max(size):
        raise InputError(
            f"a shorter side of {shorter} and a network that takes {size[0]} x {size[1]}",
            expected=f"{max(size)} or more",
            fix=f"set {what} to {round(max(size) / 0.875)}, for instance",
        )


def _scaled(height: float, width: float, shorter: int, where: Sequence[float], size: Size) -> Box:
    zoom = min(height, width) / shorter
    tall, wide = min(size[0] * zoom, height), min(size[1] * zoom, width)
    return (height - tall) * where[0], (width - wide) * where[1], tall, wide
