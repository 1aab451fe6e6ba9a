"""A few images of each class, as they are and as training sees them.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

import numpy as np
import torch
from torch import Tensor

from convscope.data.augment import AnyAugment
from convscope.data.augment.framing import framed
from convscope.data.augment.mix import AnyMix
from convscope.data.dataset import AnySplit
from convscope.data.loading.in_memory import generator_of
from convscope.errors import InputError
from convscope.io.photos.frames import AnyFrame

SIDE = 224  # photos are framed to this, as the networks of the papers take them


def chosen(split: AnySplit, *, num: int, num_classes: int, seed: int = 0) -> list[list[int]]:
    """For each class the numbers of up to `num` of its images, drawn by seed and class.

    Raises:
        InputError: fewer than one, or a seed that RandomState does not take.
    """
    if num < 1:
        raise InputError(f"{num} images of each class", expected="1 or more")
    if not 0 <= seed < 2**32:
        raise InputError(f"a seed of {seed}", expected="0 to 4294967295")
    labels = split.labels_N.numpy()
    drawn = []
    for label in range(num_classes):
        of_class = np.flatnonzero(labels == label)
        order = np.random.RandomState([seed, label]).permutation(len(of_class))
        drawn.append(of_class[order[:num]].tolist())
    return drawn


def as_trained(
    images: list[Tensor],
    labels_N: Tensor,
    *,
    frame: AnyFrame | None,
    augment: tuple[AnyAugment, ...] = (),
    mix: AnyMix | None = None,
    seed: int = 0,
) -> Tensor:
    """What a network would be trained on, by one draw: (N, C, H, W), uint8.

    Each image through the frame, then the batch through the augmentation and the mix, as the
    loaders do it. Photos are brought to 224 x 224; small images keep their size.

    Args:
        images: (C, H, W) each, uint8; without a frame all of one size.
        labels_N: their classes, which a mix asks for.
    """
    generator = generator_of(seed, 0, 0, 0)
    if frame is None:
        batch_NCHW = torch.stack(images)
    else:
        one_size = len({image.shape for image in images}) == 1 and images[0].shape[1] < SIDE
        size = None if one_size else (SIDE, SIDE)
        batch_NCHW = torch.cat([framed(frame, x[None], generator, size) for x in images])
        batch_NCHW = batch_NCHW.clamp(0, 255).round().to(torch.uint8)
    for one in augment:
        batch_NCHW = one.apply(batch_NCHW, generator)
    if mix is not None:
        batch_NCHW, _ = mix.apply(batch_NCHW, labels_N, generator)
    return batch_NCHW.float().clamp(0, 255).round().to(torch.uint8)
