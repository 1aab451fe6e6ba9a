"""Interface of a data set, and splits in memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from convscope.data.loading.photo_split import Files, PhotoSplit, check_labels
from convscope.data.loading.white_level import WhiteLevel, measure_white_level
from convscope.data.options import DataOptions
from convscope.display import Displayed
from convscope.errors import DataError, unknown_name
from convscope.io.conversion import NAMED, Conversion
from convscope.io.photos import Reference
from convscope.shapes import CHW

SPLITS = ("train", "val", "test")

Progress = Callable[[int, int], None]
"""Called with the number of units done and their total."""


def silent(_done: int, _total: int) -> None:
    """Show no progress."""


class LeftOut(NamedTuple):
    """An image file that could not be read.

    Attributes:
        place: among all files of the split.
    """

    place: int
    reference: Reference
    label: int
    reason: str

    def sentence(self) -> str:
        """Return the file and what is wrong with it."""
        return f"{self.reference.where}: {self.reason}"


@dataclass(frozen=True, repr=False)
class Split:
    """Labelled images in memory: raw pixels 0 to 255 and class indices.

    Attributes:
        left_out: files that could not be read, in order; only if the user allows it.
        files: locations of the images; None for data without files of their own.
    """

    images_NCHW: Tensor
    labels_N: Tensor
    left_out: tuple[LeftOut, ...] = ()
    files: Files | None = None

    def __post_init__(self) -> None:
        images = self.images_NCHW
        if images.dtype != torch.uint8 or images.ndim != 4:
            raise DataError(
                f"images of {images.dtype} and shape {tuple(images.shape)}",
                expected="uint8, (N, C, H, W)",
            )
        check_labels(self.labels_N, len(images))

    def __repr__(self) -> str:
        return f"Split({len(self):,} images of {CHW(*self.images_NCHW.shape[1:])})"

    def __len__(self) -> int:
        return len(self.labels_N)

    def image(self, index: int) -> Tensor:
        """Return an image: (C, H, W), uint8."""
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
        """Yield the network's inputs (N, C, H, W), float, and labels (N,), in order.

        Arguments as for `PhotoSplit.inputs`; `preprocessing` takes whole batches.
        """
        images_NCHW = self.images_NCHW[rank::world_size]
        labels_N = self.labels_N[rank::world_size]
        for begin in range(0, len(labels_N), batch_size):
            end = begin + batch_size
            yield preprocessing(images_NCHW[begin:end].to(device)), labels_N[begin:end]


AnySplit = Split | PhotoSplit


class DataSet(Protocol):
    """Labelled images in splits, under one name; the test split is for `evaluate` only.

    Attributes:
        classes: names, in label order.
        channels: 1 or 3.
        shape: of every image; None if their sizes differ, as those of photos.
        mean, std: of the training pixels, one number per channel, in units of the full scale.
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
        """Return one of SPLITS."""

    def fingerprint(self) -> str:
        """Return a SHA-256 that changes with every pixel, label and split boundary."""


class MeasuredPixels(ABC):
    """Mean and deviation of the training pixels, measured on first use: exactly in memory."""

    @abstractmethod
    def split(self, name: str) -> AnySplit:
        """Return one of SPLITS."""

    @property
    def mean(self) -> tuple[float, ...]:
        return self._moments[0]

    @property
    def std(self) -> tuple[float, ...]:
        return self._moments[1]

    @cached_property
    def _moments(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        from convscope.data.loading.measure import exact_mean_and_std, mean_and_std

        training = self.split("train")
        if isinstance(training, Split):
            return exact_mean_and_std(training)
        return mean_and_std(training)


class PathDataSet(MeasuredPixels, Displayed, ABC):
    """A data set that a path names: a folder, shards, or a file.

    Attributes:
        source: path from which `convscope.data.open` opens it again.
        notes: decisions made while opening it, in sentences.
        options: with which it was opened.
        is_divided: whether the splits were made here, as the data have none of their own.
    """

    name: str
    classes: tuple[str, ...]
    source: Path
    notes: tuple[str, ...]
    options: DataOptions = DataOptions()
    is_divided: bool = False

    def __repr__(self) -> str:
        return f"{self.name}: {len(self.classes):,} classes, from {self.source}"

    @abstractmethod
    def split(self, name: str) -> AnySplit:
        """Return one of `splits`."""

    @property
    @abstractmethod
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that it has."""

    @property
    @abstractmethod
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""

    @property
    @abstractmethod
    def shape(self) -> CHW | None:
        """Shape of small images of the same size, which are kept in memory; else None."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a SHA-256 that changes with every image, label and split boundary."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders that it is read from; what is written there may become part of it."""
        return (self.source,) if self.source.is_dir() else ()

    def check_split(self, name: str) -> None:
        """Check the name of a split.

        Raises:
            InputError: not one of SPLITS.
            DataError: the data set does not have this split.
        """
        if name not in SPLITS:
            raise unknown_name("split", name, SPLITS)
        if name not in self.splits:
            raise DataError(
                f"{self.name} has no split {name}",
                expected=f"one of {', '.join(self.splits)}",
                fix=f"use another split, or put the images into train/CLASS/ and {name}/CLASS/",
                where=str(self.source),
            )


class FileDataSet(PathDataSet):
    """A data set of image files: a folder, shards, or a file with their labels.

    Attributes:
        packed_background: below transparent pixels, if the options name none.
    """

    packed_background: str = NAMED["white"]

    @abstractmethod
    def photos(self, name: str) -> PhotoSplit:
        """Return one of `splits` with encoded images, even if `split` holds them in memory."""

    @property
    def disk_splits(self) -> Mapping[str, tuple[str, ...]]:
        """Splits that the data have on the disk, and the splits made of each."""
        return {name: (name,) for name in self.splits}

    @abstractmethod
    def training_files(self) -> Files:
        """Return the training images; those of another split if there are none."""

    @cached_property
    def white_level(self) -> WhiteLevel:
        """White of the 16-bit images, measured on the training images."""
        return measure_white_level(self.training_files())

    @cached_property
    def conversion(self) -> Conversion:
        """Conversion of the files to 8-bit pixels."""
        return Conversion(
            background=self.options.background or self.packed_background,
            white_level=self.white_level.level,
        )
