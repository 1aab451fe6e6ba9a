"""The loader of photos: decoded by processes of their own, a few batches ahead.

Which images make a batch, which box of each is seen and how it is augmented is a pure function
of (seed, epoch, step, rank): it depends neither on the number of workers nor on what was asked
for before.

Tensor names end in their axes: N images, C channels, H height, W width; K drawn numbers.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from convscope.data.augment import AnyAugment
from convscope.data.augment.mix import AnyMix
from convscope.data.loading.in_memory import Batch, check_share, check_step, generator_of, order
from convscope.data.loading.photo_split import PhotoSplit
from convscope.data.loading.workers import TIMEOUT_S, Workers, default_workers
from convscope.errors import InputError
from convscope.io.photos.frames import AnyFrame
from convscope.io.photos.worker import Setup, Task, make

AHEAD = 2  # batches, at least
AHEAD_IMAGES = 2  # for each worker, at least


class _InFlight(NamedTuple):
    ticket: int
    slot: int
    generator: torch.Generator


class PhotoLoader:
    """Batches for training from encoded photos, on `device`.

    The ragged rest of an epoch is left out, as in `Loader`; so are the bounds of the arguments
    that both have. An image that cannot be read is an error that names its file.

    Args:
        size: (height, width) that every photo is brought to.
        channels: 1 or 3, whatever the files hold.
        frame: which box of a photo is seen.
        augment: one after another, on whole batches of frames; then `mix`.
        workers: processes that decode; 0 decodes in this one. By default one a processor, at
            most eight, divided by the number of ranks.
        timeout_s: how long a worker may be silent while it is waited for.

    Raises:
        InputError: as `Loader`; a frame that cannot give this size.
    """

    def __init__(
        self,
        split: PhotoSplit,
        *,
        size: tuple[int, int],
        channels: int,
        frame: AnyFrame,
        batch_size: int,
        seed: int,
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
            raise InputError(f"{workers} workers", expected="0 to 256")
        frame.boxes([[1, 1]], size=size, generator=generator_of(0))  # refuses what cannot be
        self.steps_per_epoch = len(split) // batch_size
        self._files, self._labels = split.files, split.labels_N.to(device)
        self._setup = Setup(frame, size, channels)
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
        """The process ids of those that decode now."""
        return self._pool.processes if self._pool is not None else ()

    def batch(self, epoch: int, step: int) -> Batch:
        """The batch of a step, counted from 0 within the epoch.

        Raises:
            InputError: the epoch has no such step.
            DataError, FormatError: a file that cannot be read, or a worker that died or hangs;
                names the file, and the worker.
        """
        check_step(epoch, step, self.steps_per_epoch)
        try:
            frames_NHWC, generator = self._frames(epoch, step)
        except BaseException:
            self.close()  # what is in flight is of no use to anybody
            raise
        images_NCHW = frames_NHWC.permute(0, 3, 1, 2)
        for augment in self._augment:
            images_NCHW = augment.apply(images_NCHW, generator)
        labels_N = self._labels.index_select(0, self._chosen(epoch, step).to(self._device))
        if self._mix is None:
            return Batch(images_NCHW, labels_N)
        images_NCHW, mixed = self._mix.apply(images_NCHW, labels_N, generator)
        return Batch(images_NCHW, labels_N, mixed)

    def close(self) -> None:
        """End the workers; the next batch starts them again."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None
        self._in_flight.clear()
        self._free = list(range(self._ahead + 1))

    def _frames(self, epoch: int, step: int) -> tuple[Tensor, torch.Generator]:
        """(N, H, W, C), uint8, on the device; and the generator, as the frames left it."""
        if self._num_workers == 0:
            tasks, generator = self._tasks(epoch, step, 0)
            made = np.stack([make(task, self._setup) for task in tasks])
            return torch.from_numpy(made).to(self._device), generator
        pool = self._begin(epoch, step)
        flight = self._in_flight.pop((epoch, step))
        pool.wait(flight.ticket)
        begin = flight.slot * self._share
        shared_NHWC = torch.from_numpy(pool.frames_NHWC[begin : begin + self._share])
        own_NHWC = shared_NHWC.to(self._device, copy=True)
        self._free.append(flight.slot)
        return own_NHWC, flight.generator

    def _begin(self, epoch: int, step: int) -> Workers:
        """Have this step and the following ones made."""
        if self._pool is None:
            self._pool = Workers(
                self._setup,
                num_workers=self._num_workers,
                places=(self._ahead + 1) * self._share,
                timeout_s=self._timeout_s,
            )
        first = epoch * self.steps_per_epoch + step
        wanted = [divmod(first + n, self.steps_per_epoch) for n in range(self._ahead + 1)]
        if any(key not in wanted for key in self._in_flight):  # a jump: not what was expected
            self._pool.drain()
            self._free += [flight.slot for flight in self._in_flight.values()]
            self._in_flight.clear()
        for key in wanted:
            if key not in self._in_flight:
                slot = self._free.pop()
                tasks, generator = self._tasks(*key, slot * self._share)
                self._in_flight[key] = _InFlight(self._pool.submit(tasks), slot, generator)
        return self._pool

    def _tasks(self, epoch: int, step: int, place: int) -> tuple[list[Task], torch.Generator]:
        generator = generator_of(self._seed, epoch, step, self._rank)
        numbers_NK = self._setup.frame.draw(self._share, generator)
        indices = self._chosen(epoch, step).tolist()
        tasks = [
            Task(place + i, self._files.reference(index), numbers_NK[i])
            for i, index in enumerate(indices)
        ]
        return tasks, generator

    def _chosen(self, epoch: int, step: int) -> Tensor:
        if self._order[0] != epoch:
            self._order = (epoch, order(len(self._labels), seed=self._seed, epoch=epoch))
        begin = step * self._batch_size + self._rank * self._share
        return self._order[1][begin : begin + self._share]
