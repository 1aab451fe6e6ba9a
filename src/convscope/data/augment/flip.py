"""Random mirroring."""

from typing import Literal, final

import torch
from torch import Tensor

from convscope.data.augment.base import Augment, Probability


@final
class HorizontalFlip(Augment):
    """Random mirroring of each image, left to right. (N, C, H, W) -> (N, C, H, W).

    Paper: Krizhevsky et al. 2012.
    """

    type: Literal["HorizontalFlip"] = "HorizontalFlip"
    probability: Probability = 0.5

    def apply(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        flipped_N = torch.rand(len(images_NCHW), generator=generator) < self.probability
        # mirrors only these images: 3 x faster than torch.where on all
        chosen = flipped_N.nonzero()[:, 0].to(images_NCHW.device)
        mirrored = images_NCHW.index_select(0, chosen).flip(3)
        return images_NCHW.index_copy(0, chosen, mirrored)
