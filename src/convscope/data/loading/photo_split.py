"""Splits of labelled photos: encoded, of different sizes, in a folder or in shards."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from convscope.data.options import BadImages
from convscope.errors import ConvscopeError, DataError
from convscope.io.conversion import DEFAULT, Conversion
from convscope.io.image_header import read_header
from convscope.io.image_limits import divisor_for
from convscope.io.images import decode_image
from convscope.io.photos import Encoded, Reference, read
from convscope.machine.cpus import available_cpus

MAX_DECODERS = 8


class Files(Protocol):
    """Locations of the images of a split."""

    def __len__(self) -> int: ...
    def reference(self, index: int) -> Reference: ...


def check_labels(labels_N: Tensor, num_images: int) -> None:
    """Raise DataError unless there is one int64 label per image."""
    if labels_N.dtype != torch.int64 or labels_N.shape != (num_images,):
        raise DataError(
            f"labels of {labels_N.dtype} and shape {tuple(labels_N.shape)}",
            expected=f"int64, ({num_images},)",
        )


@dataclass(frozen=True, repr=False)
class PhotoSplit:
    """Labelled images that are decoded on access.

    Attributes:
        channels: of the decoded images, whatever the files hold: 1 (grey) or 3 (RGB).
        bad_images: what training does with an image that cannot be read.
        conversion: of transparency and of 16 bits per channel.
        reduced: names of the images that were decoded at a part of their size, so far.
    """

    files: Files
    labels_N: Tensor
    channels: int
    bad_images: BadImages = "error"
    conversion: Conversion = DEFAULT
    reduced: set[str] = field(default_factory=set, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_labels(self.labels_N, len(self.files))

    def __repr__(self) -> str:
        return f"PhotoSplit({len(self):,} image files)"

    def __len__(self) -> int:
        return len(self.labels_N)

    def read(self, index: int) -> Encoded:
        """Return the bytes of an image file.

        Raises:
            DataError: the file is missing or changed since the data set was opened.
        """
        return read(self.files.reference(index))

    def image(self, index: int) -> Tensor:
        """Return an image at its own size, upright: (C, H, W), uint8.

        Raises:
            DataError: the file is missing or changed since the data set was opened.
            FormatError: it is damaged or not an image; `where` names it.
        """
        data, where = self.read(index)
        pixels_HWC = decode_image(
            data, channels=self.channels, where=where, conversion=self.conversion
        )
        height, width = read_header(data).size
        if divisor_for(height * width) > 1:
            self.reduced.add(where)
        return torch.from_numpy(pixels_HWC).permute(2, 0, 1)

    def inputs(
        self,
        preprocessing: Callable[[Tensor], Tensor],
        *,
        batch_size: int,
        device: str | torch.device = "cpu",
        rank: int = 0,
        world_size: int = 1,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the network's inputs (N, C, H, W), float, and labels (N,), in order.

        Each image is decoded in full and preprocessed alone, as in `predict`.

        Args:
            preprocessing: raw pixels 0 to 255, (1, C, H, W) -> the input of the network, which
                must have the same size for all images.
            device: where the pixels are preprocessed; the labels stay on the CPU.
            rank, world_size: each process gets the images rank, rank + world_size and so on.

        Raises:
            DataError, FormatError: an image cannot be read; `where` names it.
            InputError: an image is so long and thin that resizing it would take gigabytes.
        """
        mine = range(rank, len(self), world_size)
        ready: list[Tensor] = []
        for index, image_CHW in self.decoded(mine):
            if isinstance(image_CHW, ConvscopeError):
                raise image_CHW
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

    def decoded(self, indices: Sequence[int]) -> Iterator[tuple[int, Tensor | ConvscopeError]]:
        """Yield indices in order with their images, or the errors of those that cannot be read.

        Images are decoded ahead by threads (Pillow releases the GIL).
        """
        threads = min(available_cpus(), MAX_DECODERS)
        ahead: deque[tuple[int, Future[Tensor | ConvscopeError]]] = deque()
        with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
            try:
                for index in indices:
                    ahead.append((index, pool.submit(self._attempt, index)))
                    if len(ahead) > 2 * threads:
                        first, future = ahead.popleft()
                        yield first, future.result()
                while ahead:
                    first, future = ahead.popleft()
                    yield first, future.result()
            finally:
                for _, future in ahead:
                    future.cancel()

    def _attempt(self, index: int) -> Tensor | ConvscopeError:
        try:
            return self.image(index)
        except ConvscopeError as error:
            return error

    def _other_size(self, index: int, ready: list[Tensor]) -> DataError:
        first, other = (" x ".join(map(str, x.shape[2:])) for x in (ready[0], ready[-1]))
        return DataError(
            f"the preprocessing returns {other} for this image and {first} for others",
            expected="the same size for all images",
            fix="end the preprocessing with a Resize to (height, width) or a CenterCrop",
            where=self.files.reference(index).where,
        )
