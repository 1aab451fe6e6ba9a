"""Labelled photos: still encoded, each of its own size, in a folder or in shards.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from convscope.errors import ConvscopeError, DataError
from convscope.io.images import read_image, to_grey, to_rgb
from convscope.io.photos import Encoded, Reference, read

MOST_DECODERS = 8


class Files(Protocol):
    """Where the images of a split lie."""

    def __len__(self) -> int: ...
    def reference(self, index: int) -> Reference: ...


@dataclass(frozen=True)
class PhotoSplit:
    """Labelled images that are decoded when they are asked for.

    Attributes:
        channels: what they are decoded to, whatever the file holds: 1 grey, 3 red, green, blue.
    """

    files: Files
    labels_N: Tensor
    channels: int

    def __post_init__(self) -> None:
        labels = self.labels_N
        if labels.dtype != torch.int64 or labels.shape != (len(self.files),):
            raise DataError(
                f"labels of {labels.dtype} and shape {tuple(labels.shape)}",
                expected=f"int64, ({len(self.files)},)",
            )

    def __len__(self) -> int:
        return len(self.labels_N)

    def read(self, index: int) -> Encoded:
        """The bytes of an image's file, and what to call it.

        Raises:
            DataError: it is gone, or it changed since the set was opened.
        """
        return read(self.files.reference(index))

    def image(self, index: int) -> Tensor:
        """An image at its own size, upright: (C, H, W), uint8.

        Raises:
            DataError: it is gone, or it changed since the set was opened.
            FormatError: it is damaged or no image; `where` names it.
        """
        data, where = self.read(index)
        try:
            pixels_HWC = read_image(data)
        except ConvscopeError as error:
            raise error.at(where) from None
        kept_HWC = to_grey(pixels_HWC) if self.channels == 1 else to_rgb(pixels_HWC)
        return torch.from_numpy(np.array(kept_HWC)).permute(2, 0, 1)

    def inputs(
        self,
        preprocessing: Callable[[Tensor], Tensor],
        *,
        batch_size: int,
        device: str | torch.device = "cpu",
        rank: int = 0,
        world_size: int = 1,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """What a network gets to answer, in order: inputs (N, C, H, W), float, and labels (N,).

        Each image is decoded in full and preprocessed by itself, as `predict` does it.

        Args:
            preprocessing: raw pixels 0 to 255, (1, C, H, W) -> the input of the network, which
                must come out in one size.
            device: where the pixels go before they are preprocessed; the labels stay.
            rank, world_size: of several processes, each gets the images rank, rank + world_size
                and so on: together every image exactly once.

        Raises:
            DataError, FormatError: an image that cannot be read; `where` names it.
            InputError: one so long and thin that resizing it would take gigabytes.
        """
        mine = range(rank, len(self), world_size)
        ready: list[Tensor] = []
        for index, image_CHW in zip(mine, self._decoded(mine), strict=True):
            try:
                ready.append(preprocessing(image_CHW[None].to(device)))
            except ConvscopeError as error:
                raise error.at(self.files.reference(index).where) from None
            if ready[0].shape != ready[-1].shape:
                raise self._other_size(index, ready)
            if len(ready) == batch_size or index == mine[-1]:
                first = index - (len(ready) - 1) * world_size
                yield torch.cat(ready), self.labels_N[first : index + 1 : world_size]
                ready = []

    def _decoded(self, indices: range) -> Iterator[Tensor]:
        """The images in order; threads decode a few ahead (Pillow computes without the GIL)."""
        threads = min(len(os.sched_getaffinity(0)), MOST_DECODERS)
        ahead: deque[Future[Tensor]] = deque()
        with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
            try:
                for index in indices:
                    ahead.append(pool.submit(self.image, index))
                    if len(ahead) > 2 * threads:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                for future in ahead:
                    future.cancel()

    def _other_size(self, index: int, ready: list[Tensor]) -> DataError:
        first, other = (" x ".join(map(str, x.shape[2:])) for x in (ready[0], ready[-1]))
        return DataError(
            f"comes out of the preprocessing as {other}, others as {first}",
            expected="one size for all",
            fix="end the preprocessing with a Resize to (height, width) or a CenterCrop",
            where=self.files.reference(index).where,
        )
