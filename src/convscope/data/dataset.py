"""What a data set is to the rest of the house.

Tensor names end in their axes: N images, C channels, H height, W width.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

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


class DataSet(Protocol):
    """Labelled images under one name, cut into splits; the test split is for `evaluate` alone.

    Attributes:
        classes: names, in the order of the labels.
        mean, std: of the training pixels, one number a channel, in units of the full scale.
    """

    @property
    def name(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def shape(self) -> CHW: ...
    @property
    def mean(self) -> tuple[float, ...]: ...
    @property
    def std(self) -> tuple[float, ...]: ...

    def split(self, name: str) -> Split:
        """One of SPLITS."""

    def fingerprint(self) -> str:
        """SHA-256 that changes when a pixel, a label or the cut between the splits does."""
