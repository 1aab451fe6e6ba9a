"""PCA lighting noise of AlexNet: a random colour along the principal axes of the colours."""

from typing import Annotated, Literal, Self, final

import torch
from pydantic import Field, model_validator
from torch import Tensor

from convscope.data.augment.base import Augment, float_copy
from convscope.errors import InputError

Row = tuple[float, ...]

# of all pixels of ImageNet's training images, as numbers from 0 to 1: from fb.resnet.torch, as
# used by other libraries
IMAGENET_VALUES: Row = (0.2175, 0.0188, 0.0045)
IMAGENET_VECTORS: tuple[Row, ...] = (
    (-0.5675, 0.7192, 0.4009),
    (-0.5808, -0.0045, -0.8140),
    (-0.5836, -0.6948, 0.4203),
)
MAX_PIXELS = 20_000_000  # more do not change the third digit


@final
class PcaLighting(Augment):
    """Add a random colour to each image: sum_i p[i] a[i] l[i], a[i] ~ N(0, std).

    p[i] and l[i] are the eigenvectors and eigenvalues of the covariance of the training pixels'
    colours, as numbers from 0 to 1; the sum is scaled to 0 ... 255 and added, and the result is
    clipped to 0 ... 255. (N, C, H, W) -> (N, C, H, W), float.

    Args:
        values: eigenvalues, one per channel; default: ImageNet's.
        vectors: column i is the eigenvector of values[i]; rows are channels.

    Paper: Krizhevsky et al. 2012, section 4.1.
    Differs from the paper: it does not state the range of the pixels, on which the strength of
    the noise depends; 0 to 1 is fb.resnet.torch's. With 0 to 255 it would be 255 times as strong.
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
                expected="a square matrix, one eigenvalue per channel",
                where="PcaLighting",
            )
        return self

    @staticmethod
    def fit(images_NCHW: Tensor, *, std: float = 0.1) -> "PcaLighting":
        """Compute the axes from raw pixels; of very many images, a regular subset.

        Raises:
            InputError: no pixels.
        """
        if images_NCHW.numel() == 0:
            raise InputError("no pixels", expected="one or more images")
        num, channels = images_NCHW.shape[:2]
        pixels = num * images_NCHW[0, 0].numel()
        chosen_NCHW = images_NCHW[:: max(1, pixels // MAX_PIXELS)]
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
        # the sign is arbitrary: the largest component is made positive, for a unique result
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
                f"{len(self.values)} eigenvalues for images with {channels} channels",
                expected=f"{channels} eigenvalues",
                fix="use PcaLighting.fit, or remove PcaLighting: its default is for RGB",
                where="PcaLighting",
            )

    def colours(self, num: int, generator: torch.Generator) -> Tensor:
        """Return the colour (N, C) added to each image, in levels of 255."""
        drawn_NC = torch.randn(num, len(self.values), generator=generator) * self.std
        return 255 * (drawn_NC * torch.tensor(self.values)) @ torch.tensor(self.vectors).T

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        num, channels = images_NCHW.shape[:2]
        self.check(channels)
        added_NC = self.colours(num, generator).to(images_NCHW.device)
        if images_NCHW.is_floating_point():
            return float_copy(images_NCHW).add_(added_NC[:, :, None, None]).clamp_(0, 255)
        # the addition converts uint8 to float without an extra copy
        return (images_NCHW + added_NC[:, :, None, None]).clamp_(0, 255)


def _scaled(colours_CP: Tensor) -> Tensor:
    """Pixels from 0 to 255 as float64 from 0 to 1."""
    return colours_CP.cpu().double() / 255
