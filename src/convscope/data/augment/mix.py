"""Two images of a batch made one, and what its label then is.

A mix follows the augmentation. The partner of each image is another one of the same batch, by
a permutation; on several ranks each rank mixes its own share.

Tensor names end in their axes: N images, C channels, H height, W width, K classes.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, final

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from convscope.data.augment.base import Probability, float_copy, pieces, rows_of
from convscope.data.augment.hide import boxes
from convscope.errors import InputError
from convscope.record import Record

Alpha = Annotated[float, Field(gt=0, le=100)]


@dataclass(frozen=True)
class Mixed:
    """What else each image of a batch shows.

    Attributes:
        labels_N: the partner's label.
        share_N: how much of the image is its own, 0 to 1; the rest is the partner's.
    """

    labels_N: Tensor
    share_N: Tensor

    def larger(self, own_N: Tensor) -> Tensor:
        """The label with the larger share: what the training accuracy is counted against."""
        return torch.where(self.share_N >= 0.5, own_N, self.labels_N)


def _shares(num: int, alpha: float, generator: torch.Generator) -> Tensor:
    """(N), drawn from Beta(alpha, alpha), float32.

    By NumPy's RandomState, whose stream is frozen; its seed is the generator's next number.
    """
    seed = int(torch.randint(2**32, (1,), generator=generator))
    drawn = np.random.RandomState(seed).beta(alpha, alpha, size=num)
    return torch.from_numpy(drawn.astype(np.float32))


def _checked(images_NCHW: Tensor, labels_N: Tensor) -> int:
    if labels_N.shape != images_NCHW.shape[:1]:
        raise InputError(
            f"{len(images_NCHW)} images and labels of shape {tuple(labels_N.shape)}",
            expected="one label an image",
        )
    return len(images_NCHW)


@final
class Mixup(Record):
    """x = s x[own] + (1 - s) x[partner], and the loss likewise; s ~ Beta(alpha, alpha).

    (N, C, H, W) -> (N, C, H, W), float. The paper's alpha for ImageNet is 0.2, for CIFAR 1.

    Paper: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization".
    Differs from the authors' code: each image has a share of its own, not the batch one.
    """

    type: Literal["Mixup"] = "Mixup"
    alpha: Alpha = 0.2

    def apply(
        self, images_NCHW: Tensor, labels_N: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Mixed]:
        num = _checked(images_NCHW, labels_N)
        partner_N = torch.randperm(num, generator=generator).to(images_NCHW.device)
        share_N = _shares(num, self.alpha, generator)
        share_N111 = rows_of(share_N, images_NCHW)
        mixed_NCHW = float_copy(images_NCHW.index_select(0, partner_N))
        for piece in pieces(mixed_NCHW):
            own_NCHW = images_NCHW[piece].to(mixed_NCHW.dtype)
            mixed_NCHW[piece].lerp_(own_NCHW, share_N111[piece].to(mixed_NCHW.dtype))
        partners_N = labels_N[partner_N.to(labels_N.device)]
        return mixed_NCHW, Mixed(partners_N, share_N.to(labels_N.device))


@final
class CutMix(Record):
    """A rectangle of the partner pasted into each image; the loss follows its area.

    With s ~ Beta(alpha, alpha) the rectangle has sqrt(1 - s) of the height and of the width,
    its middle anywhere; what lies outside is cut off, and the share is that of the pixels which
    stayed the image's own. (N, C, H, W) -> (N, C, H, W), of the type given.

    Args:
        probability: how many of the images are pasted into; the paper's CIFAR runs have 0.5.

    Paper: Yun et al. 2019, "CutMix".
    Differs from the authors' code: a share and a place of each image's own, not the batch's.
    """

    type: Literal["CutMix"] = "CutMix"
    alpha: Alpha = 1.0
    probability: Probability = 1.0

    def corners(
        self, share_N: Tensor, height: int, width: int, generator: torch.Generator
    ) -> Tensor:
        """(4, N): top, bottom, left, right of each rectangle, cut at the edges."""
        num = len(share_N)
        side_N = (1 - share_N).sqrt()
        tall, wide = (side_N * height).long(), (side_N * width).long()
        middle = torch.rand(2, num, generator=generator)
        drawn = torch.rand(num, generator=generator) < self.probability
        top = (middle[0] * height).long() - tall // 2
        left = (middle[1] * width).long() - wide // 2
        rows = torch.stack([top, top + tall]).clamp(0, height)
        cols = torch.stack([left, left + wide]).clamp(0, width)
        return torch.cat([rows, cols]) * drawn

    def apply(
        self, images_NCHW: Tensor, labels_N: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Mixed]:
        num, (height, width) = _checked(images_NCHW, labels_N), images_NCHW.shape[2:]
        partner_N = torch.randperm(num, generator=generator).to(images_NCHW.device)
        share_N = _shares(num, self.alpha, generator)
        corners_4N = self.corners(share_N, height, width, generator)
        pasted_N1HW = boxes(corners_4N, height, width).to(images_NCHW.device)
        mixed_NCHW = torch.where(pasted_N1HW, images_NCHW[partner_N], images_NCHW)
        area_N = (corners_4N[1] - corners_4N[0]) * (corners_4N[3] - corners_4N[2])
        kept_N = (1 - area_N / (height * width)).to(labels_N.device)
        return mixed_NCHW, Mixed(labels_N[partner_N.to(labels_N.device)], kept_N)


MIXES = (Mixup, CutMix)
AnyMix = Annotated[Mixup | CutMix, Field(discriminator="type")]
