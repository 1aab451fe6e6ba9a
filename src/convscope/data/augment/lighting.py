"""Images under a lamp of another colour: AlexNet's noise along the colours' own axes.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

from typing import Annotated, Literal, Self, final

import torch
from pydantic import Field, model_validator
from torch import Tensor

from convscope.data.augment.base import Augment, float_copy
from convscope.errors import InputError

Row = tuple[float, ...]

# of all pixels of ImageNet's training images, as numbers from 0 to 1: what fb.resnet.torch
# published and every library has copied since
IMAGENET_VALUES: Row = (0.2175, 0.0188, 0.0045)
IMAGENET_VECTORS: tuple[Row, ...] = (
    (-0.5675, 0.7192, 0.4009),
    (-0.5808, -0.0045, -0.8140),
    (-0.5836, -0.6948, 0.4203),
)
MOST_PIXELS = 20_000_000  # more do not change the third digit


@final
class PcaLighting(Augment):
    """One colour added to the whole of each image: sum_i p[i] a[i] l[i], a[i] ~ N(0, std).

    p[i] and l[i] are the eigenvectors and eigenvalues of the covariance of the training
    pixels' colours, as numbers from 0 to 1; the sum is turned into 0 ... 255 and added, and
    the result cut to 0 ... 255. (N, C, H, W) -> (N, C, H, W), float.

    Args:
        values: eigenvalues, one a channel; ImageNet's unless given.
        vectors: row c holds the parts of channel c, column i is the eigenvector of values[i].

    Paper: Krizhevsky et al. 2012, section 4.1.
    Differs from the paper: it does not say in which unit pixels are, and the size of the noise
    depends on it; 0 to 1 is fb.resnet.torch's. With pixels to 255 it would be 255 times as
    strong.
    """

    type: Literal["PcaLighting"] = "PcaLighting"
    std: Annotated[float, Field(ge=0, le=10)] = 0.1
    values: tuple[Annotated[float, Field(ge=0)], ...] = IMAGENET_VALUES
    vectors: tuple[Row, ...] = IMAGENET_VECTORS

    @model_validator(mode="after")
    def _square(self) -> Self:
        size = len(self.values)
        if not size or len(self.vectors) != size or any(len(row) != size for row in self.vectors):
            raise InputError(
                f"{size} eigenvalues and {len(self.vectors)} rows of eigenvectors",
                expected="as many of both as there are channels, in a square",
                where="PcaLighting",
            )
        return self

    @staticmethod
    def fit(images_NCHW: Tensor, *, std: float = 0.1) -> "PcaLighting":
        """The axes of a set's own colours, from raw pixels; of very many, evenly chosen ones.

        Raises:
            InputError: no pixels.
        """
        if images_NCHW.numel() == 0:
            raise InputError("no pixels to find the colours of", expected="some images")
        num, channels = images_NCHW.shape[:2]
        pixels = num * images_NCHW[0, 0].numel()
        chosen_NCHW = images_NCHW[:: max(1, pixels // MOST_PIXELS)]
        colours_CP = chosen_NCHW.transpose(0, 1).reshape(channels, -1)
        parts = torch.split(colours_CP, 1 << 20, dim=1)
        count = colours_CP.shape[1]
        mean_C = torch.stack([_scaled(part).sum(1) for part in parts]).sum(0) / count
        covariance = torch.zeros(channels, channels, dtype=torch.float64)
        for part in parts:
            centred = _scaled(part) - mean_C[:, None]
            covariance += centred @ centred.T / count
        values, vectors = torch.linalg.eigh(covariance)
        values, vectors = values.flip(0).clamp(min=0), vectors.flip(1)
        # an axis has no sign: its largest part is made positive, so that one set has one answer
        largest = vectors.gather(0, vectors.abs().argmax(0, keepdim=True))
        vectors = vectors * largest.sign()
        return PcaLighting(
            std=std,
            values=tuple(values.tolist()),
            vectors=tuple(tuple(row) for row in vectors.tolist()),
        )

    def check(self, channels: int) -> None:
        if len(self.values) != channels:
            raise InputError(
                f"the axes of {len(self.values)} colours on images of {channels} channels",
                expected=f"{channels} eigenvalues",
                fix="give the set's own (PcaLighting.fit), or leave it out: "
                "ImageNet's are for red, green and blue",
                where="PcaLighting",
            )

    def colours(self, num: int, generator: torch.Generator) -> Tensor:
        """(N, C): what is added to each image, in levels of 255."""
        drawn_NC = torch.randn(num, len(self.values), generator=generator) * self.std
        return 255 * (drawn_NC * torch.tensor(self.values)) @ torch.tensor(self.vectors).T

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num, channels = images_NCHW.shape[:2]
        self.check(channels)
        added_NC = self.colours(num, generator).to(images_NCHW.device)
        if images_NCHW.is_floating_point():
            return float_copy(images_NCHW).add_(added_NC[:, :, None, None]).clamp_(0, 255)
        # bytes become floats in the sum itself, without a copy of their own
        return (images_NCHW + added_NC[:, :, None, None]).clamp_(0, 255)


def _scaled(colours_CP: Tensor) -> Tensor:
    """Pixels from 0 to 255 as float64 from 0 to 1."""
    return colours_CP.cpu().double() / 255
