"""Training crops: which box of an image is resized to the network's input size.

A recipe names one under `frame`. The random numbers of a crop do not depend on the image's size,
so that they can be drawn before the image is read. Boxes are (top, left, height, width) in pixels
of the upright image; they are not rounded, since the resize samples them.

Legend: N images, K random numbers, H height, W width, C channels; 2: height and width; 4: a box.
"""

import math
from abc import ABC, abstractmethod
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

PHOTO_SHARE = 0.875  # share of a photo's shorter side that the network sees: 224 of 256
ATTEMPTS = 10  # random boxes until one lies inside, as in the code of Inception's authors


class Crop(Record, ABC):
    """A random or fixed crop of an image, resized to the network's input size."""

    @abstractmethod
    def num_random(self) -> int:
        """Return how many random numbers an image needs."""

    @abstractmethod
    def box(self, height: float, width: float, random: Sequence[float], *, size: Size) -> Box:
        """Return the box of an image of this size, from its random numbers between 0 and 1.

        Raises:
            InputError: this crop cannot have the size (height, width) of the network's input.
        """

    def boxes(self, sizes_N2: Any, random_NK: Floats, *, size: Size) -> Floats:
        """Return the boxes (N, 4) of images of these (height, width)."""
        sizes = np.asarray(sizes_N2, np.float64).tolist()
        pairs = zip(sizes, random_NK.tolist(), strict=True)
        boxes = [self.box(h, w, random, size=size) for (h, w), random in pairs]
        return np.array(boxes, np.float64).reshape(-1, 4)

    def draw(self, num: int, generator: "torch.Generator") -> Floats:
        """Return the random numbers of `num` images: (N, K), 0 to 1."""
        import torch

        random = torch.rand(num, self.num_random(), generator=generator, dtype=torch.float64)
        return np.asarray(random.numpy())


@final
class RandomResizedCrop(Crop):
    """A box of random area and aspect ratio at a random position.

    The area is uniform within `scale` (share of the image); log(width / height) is uniform within
    `ratio`, times the aspect ratio of the network's input. After 10 boxes that do not fit, the
    largest centred box within the bounds.

    Paper: Szegedy et al. 2015, section 6 (8 % to 100 %, 3/4 to 4/3).
    """

    type: Literal["RandomResizedCrop"] = "RandomResizedCrop"
    scale: tuple[Share, Share] = (0.08, 1.0)
    ratio: tuple[Ratio, Ratio] = (3 / 4, 4 / 3)

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> "RandomResizedCrop":
        for name, (low, high) in (("scale", self.scale), ("ratio", self.ratio)):
            if low > high:
                raise InputError(
                    f"{name} from {low} to {high}", expected="the smaller number first"
                )
        return self

    def num_random(self) -> int:
        return 2 * ATTEMPTS + 2

    def box(self, height: float, width: float, random: Sequence[float], *, size: Size) -> Box:
        aspect = size[1] / size[0]
        least, most = (bound * aspect for bound in self.ratio)
        low, high = math.log(least), math.log(most)
        for attempt in range(ATTEMPTS):
            share = self.scale[0] + (self.scale[1] - self.scale[0]) * random[attempt]
            ratio = math.exp(low + (high - low) * random[ATTEMPTS + attempt])
            tall = math.sqrt(share * height * width / ratio)
            wide = tall * ratio
            if tall <= height and wide <= width:
                return (height - tall) * random[-2], (width - wide) * random[-1], tall, wide
        # the image's own aspect ratio, as near as the bounds allow
        ratio = min(max(width / height, least), most)
        tall, wide = min(height, width / ratio), min(width, height * ratio)
        return (height - tall) / 2, (width - wide) / 2, tall, wide


@final
class ShorterSide(Crop):
    """A random crop of the image scaled to a random shorter side from `low` to `high`.

    Paper: Simonyan and Zisserman 2015, section 3.1 (256 to 512); He et al. 2016 (256 to 480);
    low = high = 256: Krizhevsky et al. 2012.
    """

    type: Literal["ShorterSide"] = "ShorterSide"
    low: Side = 256
    high: Side = 480

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> "ShorterSide":
        if self.low > self.high:
            raise InputError(f"low={self.low}, high={self.high}", expected="low <= high")
        return self

    def num_random(self) -> int:
        return 3

    def box(self, height: float, width: float, random: Sequence[float], *, size: Size) -> Box:
        _check_shorter(self.low, size, "ShorterSide(low=...)")
        shorter = self.low + math.floor(random[0] * (self.high - self.low + 1))
        return _scaled(height, width, shorter, random[1:], size)


@final
class CentreFrame(Crop):
    """The centre of the image scaled to the shorter side `shorter`. Not random."""

    type: Literal["CentreFrame"] = "CentreFrame"
    shorter: Side = 256

    def num_random(self) -> int:
        return 0

    def box(self, height: float, width: float, random: Sequence[float], *, size: Size) -> Box:
        _check_shorter(self.shorter, size, "CentreFrame(shorter=...)")
        return _scaled(height, width, self.shorter, (0.5, 0.5), size)


AnyCrop = Annotated[RandomResizedCrop | ShorterSide | CentreFrame, Field(discriminator="type")]


def _check_shorter(shorter: int, size: Size, parameter: str) -> None:
    if shorter < max(size):
        raise InputError(
            f"a shorter side of {shorter} for a network input of {size[0]} x {size[1]}",
            expected=f"{max(size)} or more",
            fix=f"set {parameter} to {round(max(size) / PHOTO_SHARE)}, for example",
        )


def _scaled(height: float, width: float, shorter: int, at: Sequence[float], size: Size) -> Box:
    zoom = min(height, width) / shorter
    tall, wide = min(size[0] * zoom, height), min(size[1] * zoom, width)
    return (height - tall) * at[0], (width - wide) * at[1], tall, wide
