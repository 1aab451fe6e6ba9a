"""Mixup and CutMix: combine pairs of images and their labels.

Applied after the augmentation. The partner of each image is another one of the same batch, by a
permutation; each rank mixes its own share of the batch.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, final

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from convscope.data.augment.base import Probability, chunks, float_copy, per_image
from convscope.data.augment.hide import box_masks
from convscope.errors import InputError
from convscope.record import Record

Alpha = Annotated[float, Field(gt=0, le=100)]


@dataclass(frozen=True)
class Mixed:
    """Labels of the partners in a mixed batch.

    Attributes:
        labels_N: the partner's label.
        share_N: weight of the image's own label, 0 to 1; the partner has the rest.
    """

    labels_N: Tensor
    share_N: Tensor

    def larger(self, own_N: Tensor) -> Tensor:
        """Return the labels with the larger share, for the training accuracy."""
        return torch.where(self.share_N >= 0.5, own_N, self.labels_N)


def _shares(num: int, alpha: float, generator: torch.Generator) -> Tensor:
    """Return random shares (N) from Beta(alpha, alpha), float32.

    From NumPy's RandomState, whose stream is frozen; its seed is the generator's next number.
    """
    seed = int(torch.randint(2**32, (1,), generator=generator))
    shares = np.random.RandomState(seed).beta(alpha, alpha, size=num)
    return torch.from_numpy(shares.astype(np.float32))


def _checked(images_NCHW: Tensor, labels_N: Tensor) -> int:
    if labels_N.shape != images_NCHW.shape[:1]:
        raise InputError(
            f"{len(images_NCHW)} images and labels of shape {tuple(labels_N.shape)}",
            expected="one label per image",
        )
    return len(images_NCHW)


@final
class Mixup(Record):
    """Mixup: x = s x[own] + (1 - s) x[partner], and the loss likewise; s ~ Beta(alpha, alpha).

    (N, C, H, W) -> (N, C, H, W), float. The paper's alpha is 0.2 for ImageNet, 1 for CIFAR.

    Paper: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization".
    Differs from the authors' code: one share per image, not per batch.
    """

    type: Literal["Mixup"] = "Mixup"
    alpha: Alpha = 0.2

    def apply(
        self, images_NCHW: Tensor, labels_N: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Mixed]:
        num = _checked(images_NCHW, labels_N)
        partner_N = torch.randperm(num, generator=generator).to(images_NCHW.device)
        share_N = _shares(num, self.alpha, generator)
        share_N111 = per_image(share_N, images_NCHW)
        mixed_NCHW = float_copy(images_NCHW.index_select(0, partner_N))
        for chunk in chunks(mixed_NCHW):
            own_NCHW = images_NCHW[chunk].to(mixed_NCHW.dtype)
            mixed_NCHW[chunk].lerp_(own_NCHW, share_N111[chunk].to(mixed_NCHW.dtype))
        partners_N = labels_N[partner_N.to(labels_N.device)]
        return mixed_NCHW, Mixed(partners_N, share_N.to(labels_N.device))


@final
class CutMix(Record):
    """CutMix: paste a rectangle of the partner into each image; the loss weights follow its area.

    With s ~ Beta(alpha, alpha) the rectangle has sqrt(1 - s) of the height and of the width and
    a random centre; it is clipped at the edges, and the share is the fraction of the image's own
    pixels that remain. (N, C, H, W) -> (N, C, H, W), of the same dtype.

    Args:
        probability: share of the images that are changed; 0.5 in the paper's CIFAR runs.

    Paper: Yun et al. 2019, "CutMix".
    Differs from the authors' code: one share and position per image, not per batch.
    """

    type: Literal["CutMix"] = "CutMix"
    alpha: Alpha = 1.0
    probability: Probability = 1.0

    def corners(
        self, share_N: Tensor, height: int, width: int, generator: torch.Generator
    ) -> Tensor:
        """Return (4, N): top, bottom, left, right of each rectangle, clipped at the edges."""
        num = len(share_N)
        side_N = (1 - share_N).sqrt()
        tall, wide = (side_N * height).long(), (side_N * width).long()
        middle = torch.rand(2, num, generator=generator)
        is_mixed = torch.rand(num, generator=generator) < self.probability
        top = (middle[0] * height).long() - tall // 2
        left = (middle[1] * width).long() - wide // 2
        rows = torch.stack([top, top + tall]).clamp(0, height)
        cols = torch.stack([left, left + wide]).clamp(0, width)
        return torch.cat([rows, cols]) * is_mixed

    def apply(
        self, images_NCHW: Tensor, labels_N: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Mixed]:
        num, (height, width) = _checked(images_NCHW, labels_N), images_NCHW.shape[2:]
        partner_N = torch.randperm(num, generator=generator).to(images_NCHW.device)
        share_N = _shares(num, self.alpha, generator)
        corners_4N = self.corners(share_N, height, width, generator)
        is_partner_N1HW = box_masks(corners_4N, height, width).to(images_NCHW.device)
        mixed_NCHW = torch.where(is_partner_N1HW, images_NCHW[partner_N], images_NCHW)
        area_N = (corners_4N[1] - corners_4N[0]) * (corners_4N[3] - corners_4N[2])
        kept_N = (1 - area_N / (height * width)).to(labels_N.device)
        return mixed_NCHW, Mixed(labels_N[partner_N.to(labels_N.device)], kept_N)


AnyMix = Annotated[Mixup | CutMix, Field(discriminator="type")]
