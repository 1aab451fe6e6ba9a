"""Data loader for splits in memory. The images of a batch are a pure function of integers."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from convscope.data.augment import AnyAugment
from convscope.data.augment.crop import crop_batch
from convscope.data.augment.mix import AnyMix, Mixed
from convscope.data.dataset import Split
from convscope.data.loading.order import Sampler, epoch_order
from convscope.errors import InputError
from convscope.io.photos.crops import AnyCrop


def generator_of(*numbers: int) -> torch.Generator:
    """Return a generator seeded by a tuple of integers; torch's global one is not used."""
    (state,) = np.random.SeedSequence(numbers).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state) >> 1)


@dataclass(frozen=True)
class Batch:
    """Raw pixels 0 to 255 and labels of one step; `mixed` after Mixup or CutMix.

    Attributes:
        bad_images: files that could not be read, with the reason: skipped or replaced.
    """

    images_NCHW: Tensor
    labels_N: Tensor
    mixed: Mixed | None = None
    bad_images: tuple[str, ...] = ()


class Loader:
    """Training batches from a split in memory, on `device`.

    The last incomplete batch of an epoch is dropped (drop_last), so that all ranks have equal
    shares; the order differs in each epoch, so no image is always dropped.

    Args:
        batch_size: images per step, of all ranks together.
        crop: a crop of each image, resized to the image's own size.
        sampler: which images an epoch has, see `order`.
        augment: applied in order, before `mix`.
        rank, world_size: this process's share of every batch; the order does not depend on them.

    Raises:
        InputError: the batch is larger than the split or not divisible by the number of ranks;
            the seed is out of range.
    """

    def __init__(
        self,
        split: Split,
        *,
        batch_size: int,
        seed: int,
        sampler: Sampler = "shuffle",
        crop: AnyCrop | None = None,
        augment: tuple[AnyAugment, ...] = (),
        mix: AnyMix | None = None,
        rank: int = 0,
        world_size: int = 1,
        device: str | torch.device = "cpu",
    ) -> None:
        check_share(len(split), batch_size=batch_size, seed=seed, rank=rank, world_size=world_size)
        self.steps_per_epoch = len(split) // batch_size
        self._images = split.images_NCHW.contiguous().to(device)
        self._labels = split.labels_N.to(device)
        self._batch_size, self._seed, self._augment = batch_size, seed, augment
        self._crop, self._mix = crop, mix
        self._own_labels, self._sampler = split.labels_N, sampler
        self._rank, self._share = rank, batch_size // world_size
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))

    def batch(self, epoch: int, step: int) -> Batch:
        """Return the batch of a step, counted from 0 in its epoch.

        Raises:
            InputError: the epoch has no such step.
        """
        check_step(epoch, step, self.steps_per_epoch)
        if self._order[0] != epoch:
            shuffled = epoch_order(self._own_labels, self._sampler, seed=self._seed, epoch=epoch)
            self._order = (epoch, shuffled.to(self._labels.device))
        begin = step * self._batch_size + self._rank * self._share
        chosen = self._order[1][begin : begin + self._share]
        images_NCHW = self._images.index_select(0, chosen)
        labels_N = self._labels.index_select(0, chosen)
        if not self._augment and self._crop is None and self._mix is None:
            return Batch(images_NCHW, labels_N)
        generator = generator_of(self._seed, epoch, step, self._rank)
        if self._crop is not None:
            images_NCHW = crop_batch(self._crop, images_NCHW, generator)
        for augment in self._augment:
            images_NCHW = augment.apply(images_NCHW, generator)
        if self._mix is None:
            return Batch(images_NCHW, labels_N)
        images_NCHW, mixed = self._mix.apply(images_NCHW, labels_N, generator)
        return Batch(images_NCHW, labels_N, mixed)


def check_share(num_images: int, *, batch_size: int, seed: int, rank: int, world_size: int) -> None:
    """Check the arguments that all loaders have in common.

    Raises:
        InputError: the batch is larger than the split or not divisible by the number of ranks;
            the seed is out of range.
    """
    if not 1 <= batch_size <= num_images:
        raise InputError(
            f"batch_size={batch_size} with {num_images} images", expected=f"1 to {num_images}"
        )
    if not 0 <= rank < world_size or batch_size % world_size:
        raise InputError(
            f"batch_size={batch_size} for rank {rank} of {world_size}",
            expected="a batch size that is a multiple of the number of ranks",
        )
    check_seed(seed)


def check_seed(seed: int) -> None:
    """Raise InputError if NumPy's RandomState does not accept the seed."""
    if not 0 <= seed < 2**32:
        raise InputError(f"seed={seed}", expected="0 to 4294967295")


def check_step(epoch: int, step: int, steps_per_epoch: int) -> None:
    """Raise InputError if the epoch has no such step."""
    if epoch < 0 or not 0 <= step < steps_per_epoch:
        raise InputError(
            f"step {step} of epoch {epoch}",
            expected=f"steps 0 to {steps_per_epoch - 1}, epochs from 0",
        )
