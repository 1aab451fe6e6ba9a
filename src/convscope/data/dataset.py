"""What a data set is to the rest of the house.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from convscope.data.loading.photo_split import PhotoSplit
from convscope.errors import DataError
from convscope.shapes import CHW

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Split:
    """Labelled images in memory: raw pixels 0 to 255, and the number of each one's class."""

    images_NCHW: Tensor
    labels_N: Tensor

    def __post_init__(self) -> None:
        images, labels = self.images_NCHW, self.labels_N
        if images.dtype != torch.uint8 or images.ndim != 4:
            raise DataError(
                f"images of {images.dtype} and shape {tuple(images.shape)}",
                expected="uint8, (N, C, H, W)",
            )
        if labels.dtype != torch.int64 or labels.shape != images.shape[:1]:
            raise DataError(
                f"labels of {labels.dtype} and shape {tuple(labels.shape)}",
                expected=f"int64, ({len(images)},)",
            )

    def __len__(self) -> int:
        return len(self.labels_N)

    def image(self, index: int) -> Tensor:
        """(C, H, W), uint8."""
        return self.images_NCHW[index]

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

        Args:
            preprocessing: raw pixels 0 to 255, (N, C, H, W) -> the input of the network.
            device: where the pixels go before they are preprocessed; the labels stay.
            rank, world_size: of several processes, each gets the images rank, rank + world_size
                and so on: together every image exactly once.
        """
        images_NCHW = self.images_NCHW[rank::world_size]
        labels_N = self.labels_N[rank::world_size]
        for begin in range(0, len(labels_N), batch_size):
            end = begin + batch_size
            yield preprocessing(images_NCHW[begin:end].to(device)), labels_N[begin:end]


AnySplit = Split | PhotoSplit


class DataSet(Protocol):
    """Labelled images under one name, cut into splits; the test split is for `evaluate` alone.

    Attributes:
        classes: names, in the order of the labels.
        channels: 1 or 3.
        shape: of every image; None where images have sizes of their own, as photos do.
        mean, std: of the training pixels, one number a channel, in units of the full scale.
    """

    @property
    def name(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def channels(self) -> int: ...
    @property
    def shape(self) -> CHW | None: ...
    @property
    def mean(self) -> tuple[float, ...]: ...
    @property
    def std(self) -> tuple[float, ...]: ...

    def split(self, name: str) -> AnySplit:
        """One of SPLITS."""

    def fingerprint(self) -> str:
        """SHA-256 that changes when a pixel, a label or the cut between the splits does."""
