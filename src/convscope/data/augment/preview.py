"""Sample images of each class, original and augmented."""

import numpy as np
import torch
from torch import Tensor

from convscope.data.augment import AnyAugment
from convscope.data.augment.crop import crop_batch
from convscope.data.augment.mix import AnyMix
from convscope.data.dataset import AnySplit
from convscope.data.loading.in_memory import check_seed, generator_of
from convscope.errors import InputError
from convscope.io.photos.crops import AnyCrop

SIDE = 224  # crops of photos, the input size of the papers' networks


def sample_indices(
    split: AnySplit, *, num: int, num_classes: int, seed: int = 0
) -> list[list[int]]:
    """Return the indices of up to `num` random images of each class.

    Raises:
        InputError: `num` below 1, or the seed is out of range.
    """
    if num < 1:
        raise InputError(f"num={num}", expected="1 or more")
    check_seed(seed)
    labels = split.labels_N.numpy()
    by_class = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[by_class], np.arange(num_classes + 1))
    indices: list[list[int]] = [[] for _ in range(num_classes)]
    for label in np.flatnonzero(np.diff(bounds)).tolist():
        of_class = by_class[bounds[label] : bounds[label + 1]]
        order = np.random.RandomState([seed, label]).permutation(len(of_class))
        indices[label] = of_class[order[:num]].tolist()
    return indices


def augmented(
    images: list[Tensor],
    labels_N: Tensor,
    *,
    crop: AnyCrop | None,
    augment: tuple[AnyAugment, ...] = (),
    mix: AnyMix | None = None,
    seed: int = 0,
) -> Tensor:
    """Return images as in training, cropped and augmented once: (N, C, H, W), uint8.

    Each image is cropped, then the batch is augmented and mixed, as in the loaders. Crops of
    photos are 224 x 224; small images keep their size.

    Args:
        images: (C, H, W) each, uint8; all of the same size if there is no crop.
        labels_N: their classes, for `mix`.
    """
    generator = generator_of(seed, 0, 0, 0)
    if crop is None:
        batch_NCHW = torch.stack(images)
    else:
        one_size = len({image.shape for image in images}) == 1 and images[0].shape[1] < SIDE
        size = None if one_size else (SIDE, SIDE)
        batch_NCHW = torch.cat([crop_batch(crop, x[None], generator, size) for x in images])
        batch_NCHW = batch_NCHW.clamp(0, 255).round().to(torch.uint8)
    for augmentation in augment:
        batch_NCHW = augmentation.apply(batch_NCHW, generator)
    if mix is not None:
        batch_NCHW, _ = mix.apply(batch_NCHW, labels_N, generator)
    return batch_NCHW.float().clamp(0, 255).round().to(torch.uint8)
