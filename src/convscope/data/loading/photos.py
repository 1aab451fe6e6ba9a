"""Data loader for photos: worker processes decode a few batches ahead.

The images, crops and augmentation of a batch are a pure function of (seed, epoch, step, rank);
they depend neither on the number of workers nor on the batches read before.

K in names of arrays: random numbers of a crop.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convscope.data.augment import AnyAugment
from convscope.data.augment.mix import AnyMix
from convscope.data.loading.in_memory import Batch, check_share, check_step, generator_of
from convscope.data.loading.order import Sampler, epoch_order
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.unusable import reason
from convscope.data.loading.workers import TIMEOUT_S, Workers, default_workers
from convscope.errors import ConvscopeError, DataError, InputError
from convscope.io.photos.crops import AnyCrop
from convscope.io.photos.worker import Setup, Task, decode

AHEAD = 2  # batches to prefetch, at least
MOST_REPLACEMENTS = 16  # images of its class that are tried in place of a bad one
AHEAD_IMAGES = 2  # images to prefetch for each worker, at least


class _InFlight(NamedTuple):
    ticket: int
    slot: int
    generator: torch.Generator


class PhotoLoader:
    """Training batches from encoded photos, on `device`.

    The last incomplete batch of an epoch is dropped, as in `Loader`. An image that cannot be
    read is an error that names its file, or is skipped or replaced, as `split.bad_images` says;
    the number of steps stays the same. A replacement is the next image of the same class in the
    split that can be read, with the same random numbers.

    Args:
        size: (height, width) of the crops.
        channels: 1 or 3, whatever the files hold.
        crop: which box of a photo is used.
        sampler: which images an epoch has, see `order`.
        augment: applied in order to whole batches of crops, before `mix`.
        workers: number of decoding processes; 0 decodes in this process. Default: one per core,
            at most 8, divided by the number of ranks.
        timeout_s: limit for a worker's response.

    Raises:
        InputError: as `Loader`; the crop cannot have this size.
    """

    def __init__(
        self,
        split: PhotoSplit,
        *,
        size: tuple[int, int],
        channels: int,
        crop: AnyCrop,
        batch_size: int,
        seed: int,
        sampler: Sampler = "shuffle",
        augment: tuple[AnyAugment, ...] = (),
        mix: AnyMix | None = None,
        rank: int = 0,
        world_size: int = 1,
        device: str | torch.device = "cpu",
        workers: int | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        check_share(len(split), batch_size=batch_size, seed=seed, rank=rank, world_size=world_size)
        if workers is not None and not 0 <= workers <= 256:
            raise InputError(
                f"{workers} workers", expected="0 to 256; 0 decodes in the training process"
            )
        crop.boxes([[1, 1]], crop.draw(1, generator_of(0)), size=size)  # raises InputError
        self.steps_per_epoch = len(split) // batch_size
        self._files, self._labels = split.files, split.labels_N.to(device)
        self._own_labels, self._policy = split.labels_N, split.bad_images
        self._sampler: Sampler = sampler
        self._setup = Setup(crop, size, channels, split.conversion)
        self._batch_size, self._seed, self._augment, self._mix = batch_size, seed, augment, mix
        self._rank, self._share = rank, batch_size // world_size
        self._device = torch.device(device)
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))
        self._num_workers = default_workers(world_size) if workers is None else workers
        self._timeout_s = timeout_s
        self._ahead = max(AHEAD, -(-AHEAD_IMAGES * self._num_workers // self._share))
        self._pool: Workers | None = None
        self._in_flight: dict[tuple[int, int], _InFlight] = {}
        self._free = list(range(self._ahead + 1))

    @property
    def workers(self) -> tuple[int, ...]:
        """Process ids of the running workers."""
        return self._pool.processes if self._pool is not None else ()

    def batch(self, epoch: int, step: int) -> Batch:
        """Return the batch of a step, counted from 0 in its epoch.

        Raises:
            InputError: the epoch has no such step.
            DataError, FormatError: a file cannot be read, or a worker died or timed out; names
                the file and the worker.
        """
        check_step(epoch, step, self.steps_per_epoch)
        chosen_N = self._chosen(epoch, step)
        try:
            crops_NHWC, generator, errors = self._crops(epoch, step)
            if errors and self._policy == "skip":
                crops_NHWC, chosen_N = self._skipped(crops_NHWC, chosen_N, errors)
        except BaseException:
            self.close()
            raise
        images_NCHW = crops_NHWC.permute(0, 3, 1, 2)
        for augment in self._augment:
            images_NCHW = augment.apply(images_NCHW, generator)
        labels_N = self._labels.index_select(0, chosen_N.to(self._device))
        bad = tuple(map(reason, errors.values()))
        if self._mix is None:
            return Batch(images_NCHW, labels_N, bad_images=bad)
        images_NCHW, mixed = self._mix.apply(images_NCHW, labels_N, generator)
        return Batch(images_NCHW, labels_N, mixed, bad)

    def close(self) -> None:
        """Stop the workers; the next batch starts them again."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None
        self._in_flight.clear()
        self._free = list(range(self._ahead + 1))

    def _crops(
        self, epoch: int, step: int
    ) -> tuple[Tensor, torch.Generator, dict[int, ConvscopeError]]:
        """Return crops (N, H, W, C), uint8, the generator of the augmentation, and the errors.

        The errors are by place in the batch; the crop at such a place is another image's, or
        anything if images are skipped.
        """
        images = self._chosen(epoch, step).tolist()
        if self._num_workers == 0:
            tasks, generator = self._tasks(epoch, step, 0)
            shape = (len(tasks), *self._setup.size, self._setup.channels)
            crops_NHWC = np.zeros(shape, np.uint8)
            errors = self._decode_here(tasks, crops_NHWC)
            errors = self._handled(
                tasks, errors, images, lambda new: self._decode_here(new, crops_NHWC)
            )
            return torch.from_numpy(crops_NHWC).to(self._device), generator, errors
        pool = self._prefetch(epoch, step)
        flight = self._in_flight.pop((epoch, step))
        begin = flight.slot * self._share
        if failed := pool.wait(flight.ticket):
            tasks, _ = self._tasks(epoch, step, begin)
            failed = self._handled(tasks, failed, images, lambda new: pool.wait(pool.submit(new)))
        shared_NHWC = torch.from_numpy(pool.crops_NHWC[begin : begin + self._share])
        own_NHWC = shared_NHWC.to(self._device, copy=True)
        self._free.append(flight.slot)
        return own_NHWC, flight.generator, {slot - begin: e for slot, e in failed.items()}

    def _decode_here(
        self, tasks: list[Task], crops_NHWC: NDArray[np.uint8]
    ) -> dict[int, ConvscopeError]:
        """Decode tasks in this process; return errors by slot."""
        errors: dict[int, ConvscopeError] = {}
        for task in tasks:
            try:
                crops_NHWC[task.slot] = decode(task, self._setup)
            except ConvscopeError as error:
                errors[task.slot] = error
        return errors

    def _handled(
        self,
        tasks: list[Task],
        errors: dict[int, ConvscopeError],
        images: list[int],
        retry: Callable[[list[Task]], dict[int, ConvscopeError]],
    ) -> dict[int, ConvscopeError]:
        """Raise the first error, or fill the places of bad images; return the errors.

        Args:
            errors: of some tasks, by slot.
            images: index of each task's image in the split.
            retry: decodes tasks and returns errors by slot.

        Raises:
            ConvscopeError: none may be skipped or replaced; the next 16 images of the class
                cannot be read either.
        """
        if errors and self._policy == "error":
            raise next(iter(errors.values()))
        if self._policy == "skip":
            return errors
        pending = {
            task.slot: (task, image)
            for task, image in zip(tasks, images, strict=True)
            if task.slot in errors
        }
        for _ in range(MOST_REPLACEMENTS):
            if not pending:
                return errors
            for slot, (task, image) in pending.items():
                other = self._next_of_class(image)
                pending[slot] = task._replace(reference=self._files.reference(other)), other
            failed = retry([task for task, _ in pending.values()])
            pending = {slot: pending[slot] for slot in failed}
        if not pending:
            return errors
        error = errors[next(iter(pending))]
        raise DataError(
            f"{error.given}, and the {MOST_REPLACEMENTS} images of its class that follow cannot "
            "be read either",
            fix="`convscope data check` names all such files",
            where=error.where,
        )

    def _next_of_class(self, index: int) -> int:
        """Return the next image of the same class in the split, cyclically."""
        same_N = (self._own_labels == self._own_labels[index]).nonzero()[:, 0]
        place = int(torch.searchsorted(same_N, index, right=True))
        return int(same_N[place % len(same_N)])

    def _skipped(
        self, crops_NHWC: Tensor, chosen_N: Tensor, errors: Mapping[int, ConvscopeError]
    ) -> tuple[Tensor, Tensor]:
        """Return the crops and the indices of the images that could be read.

        Raises:
            DataError: fewer than half of the batch is left.
        """
        kept_N = torch.tensor([i for i in range(self._share) if i not in errors], dtype=torch.int64)
        if 2 * len(kept_N) < self._share:
            error = next(iter(errors.values()))
            raise DataError(
                f"{len(errors)} of {self._share} images of a batch cannot be read; the first: "
                f"{error.given}",
                expected="at least half of each batch",
                fix="`convscope data check` names all such files",
                where=error.where,
            )
        return crops_NHWC[kept_N.to(crops_NHWC.device)], chosen_N[kept_N]

    def _prefetch(self, epoch: int, step: int) -> Workers:
        """Submit this step and the following ones to the workers."""
        if self._pool is None:
            self._pool = Workers(
                self._setup,
                num_workers=self._num_workers,
                num_slots=(self._ahead + 1) * self._share,
                timeout_s=self._timeout_s,
            )
        first = epoch * self.steps_per_epoch + step
        steps = [divmod(first + n, self.steps_per_epoch) for n in range(self._ahead + 1)]
        if any(key not in steps for key in self._in_flight):  # not the expected step
            self._pool.drain()
            self._free += [flight.slot for flight in self._in_flight.values()]
            self._in_flight.clear()
        for key in steps:
            if key not in self._in_flight:
                slot = self._free.pop()
                tasks, generator = self._tasks(*key, slot * self._share)
                self._in_flight[key] = _InFlight(self._pool.submit(tasks), slot, generator)
        return self._pool

    def _tasks(self, epoch: int, step: int, first_slot: int) -> tuple[list[Task], torch.Generator]:
        generator = generator_of(self._seed, epoch, step, self._rank)
        random_NK = self._setup.crop.draw(self._share, generator)
        indices = self._chosen(epoch, step).tolist()
        tasks = [
            Task(first_slot + i, self._files.reference(index), random_NK[i])
            for i, index in enumerate(indices)
        ]
        return tasks, generator

    def _chosen(self, epoch: int, step: int) -> Tensor:
        if self._order[0] != epoch:
            chosen_N = epoch_order(self._own_labels, self._sampler, seed=self._seed, epoch=epoch)
            self._order = (epoch, chosen_N)
        begin = step * self._batch_size + self._rank * self._share
        return self._order[1][begin : begin + self._share]
