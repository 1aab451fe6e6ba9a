"""A data set decoded for a network: its channels, background and white level.

Grey images for a colour network are repeated, colour images for a grey one become grey, as in
`predict`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import torch

from convscope.data.dataset import (
    SPLITS,
    AnySplit,
    DataSet,
    FileDataSet,
    MeasuredPixels,
    PathDataSet,
)
from convscope.data.loading.measure import (
    MIN_STD,
    into_memory,
)
from convscope.data.loading.photo_split import Files, PhotoSplit
from convscope.data.options import DataOptions
from convscope.io.conversion import DEFAULT, LUMA, Conversion
from convscope.shapes import CHW
from convscope.text import counted


def conversion_of(data: DataSet) -> Conversion:
    """Return the conversion of the files of a data set to 8-bit pixels."""
    return data.conversion if isinstance(data, FileDataSet) else DEFAULT


def converted(
    data: DataSet, *, channels: int, conversion: Conversion | None = None
) -> tuple[DataSet, tuple[str, ...]]:
    """Return a data set as a network reads it, and sentences about what that changes.

    Args:
        channels: of the network; unless it is 1 or 3, the data set is returned as it is.
        conversion: of the model; its background gives way to one that the user chose for the
            data set, and without its white level that of the data set is used. Default: the data
            set's own.
    """
    own = conversion_of(data)
    chosen = own if conversion is None else _merged(conversion, data, own)
    notes: list[str] = []
    if channels != data.channels and channels in (1, 3):
        kind = "grey" if channels == 1 else "colour (grey in all 3 channels)"
        has = "colour" if data.channels == 3 else "grey"
        notes.append(
            f"{data.name} has {has} images, the network takes {counted(channels, 'channel')}: "
            f"all {_count(data):,} are read in {kind}"
        )
    else:
        channels = data.channels
    if channels == data.channels and chosen == own:
        return data, ()
    if isinstance(data, FileDataSet):
        return ConvertedFiles(data, channels, data, data, chosen), tuple(notes)
    if isinstance(data, PathDataSet):
        return ConvertedArrayFile(data, channels, data), tuple(notes)
    return ConvertedArrays(data, channels), tuple(notes)


def decoding_notes(data: DataSet) -> tuple[str, ...]:
    """Return sentences about 16-bit images, and about transparency on a chosen background."""
    if not isinstance(data, FileDataSet):
        return ()
    notes = []
    white = data.white_level
    if white.level is not None:
        notes.append(
            f"16-bit images: {white.level:,} is white, measured on {white.deep:,} of "
            f"{white.measured:,} training images"
        )
    if data.options.background is not None:
        notes.append(f"transparent pixels are composited on {data.options.background}")
    return tuple(notes)


def blank_notes(data: DataSet) -> tuple[str, ...]:
    """Return a warning if the measured training images are all of one colour."""
    if not isinstance(data, FileDataSet) or max(data.std) > MIN_STD:
        return ()
    return (
        "warning: the training images are all of one colour on the background "
        f"{data.conversion.background}; if they are transparent, choose another --background "
        "(`convscope data check` names such images)",
    )


def white_level_note(data: DataSet, model: Conversion) -> tuple[str, ...]:
    """Return a sentence about how a model reads the 16-bit images of a data set, if it has any."""
    if not isinstance(data, FileDataSet) or (own := data.white_level).level is None:
        return ()
    if model.white_level is None:
        reason = f"measured on these images ({own.deep:,} of {own.measured:,}): the model was "
        reason += "trained on 8 bits"
    else:
        reason = "as in training"
    return (f"16-bit images: {model.white_level or own.level:,} is white, {reason}",)


def _merged(model: Conversion, data: DataSet, own: Conversion) -> Conversion:
    chosen = isinstance(data, FileDataSet) and data.options.background is not None
    return Conversion(
        background=own.background if chosen else model.background,
        white_level=own.white_level if model.white_level is None else model.white_level,
    )


def _count(data: DataSet) -> int:
    if isinstance(data, FileDataSet):
        return sum(len(data.photos(name)) for name in data.splits)
    names = data.splits if isinstance(data, PathDataSet) else SPLITS
    return sum(len(data.split(name)) for name in names)


@dataclass(frozen=True)
class _Converted(MeasuredPixels, ABC):
    """Base of converted data sets: all but their pixels is that of another data set."""

    inner: DataSet
    own_channels: int

    @abstractmethod
    def split(self, name: str) -> AnySplit:
        """Return one of SPLITS, converted."""

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def classes(self) -> tuple[str, ...]:
        return self.inner.classes

    @property
    def channels(self) -> int:
        return self.own_channels

    @property
    def shape(self) -> CHW | None:
        inner = self.inner.shape
        return None if inner is None else inner._replace(channels=self.channels)

    def fingerprint(self) -> str:
        return self.inner.fingerprint()


@dataclass(frozen=True, repr=False)
class _ConvertedPath(_Converted, PathDataSet, ABC):  # type: ignore[override]
    """Base of converted data sets that a path names."""

    path_set: PathDataSet

    @property
    def source(self) -> Path:  # type: ignore[override]
        return self.path_set.source

    @property
    def notes(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.path_set.notes

    @property
    def options(self) -> DataOptions:  # type: ignore[override]
        return self.path_set.options

    @property
    def is_divided(self) -> bool:  # type: ignore[override]
        return self.path_set.is_divided

    @property
    def folders(self) -> tuple[Path, ...]:
        return self.path_set.folders

    @property
    def splits(self) -> tuple[str, ...]:
        return self.path_set.splits


@final
@dataclass(frozen=True, repr=False)
class ConvertedFiles(_ConvertedPath, FileDataSet):  # type: ignore[override]
    """Image files decoded to other channels, or by another conversion."""

    files: FileDataSet
    own_conversion: Conversion

    @property
    def conversion(self) -> Conversion:
        return self.own_conversion

    @property
    def disk_splits(self) -> Mapping[str, tuple[str, ...]]:
        return self.files.disk_splits

    def training_files(self) -> Files:
        return self.files.training_files()

    def photos(self, name: str) -> PhotoSplit:
        photos = self.files.photos(name)
        return replace(photos, channels=self.channels, conversion=self.own_conversion)

    def split(self, name: str) -> AnySplit:
        self.check_split(name)
        photos = self.photos(name)
        return photos if self.shape is None else into_memory(photos, self.shape)


@final
@dataclass(frozen=True, repr=False)
class ConvertedArrayFile(_ConvertedPath):
    """Arrays in a file with other channels."""

    def split(self, name: str) -> AnySplit:
        return _converted_split(self.inner.split(name), self.channels)


@final
@dataclass(frozen=True)
class ConvertedArrays(_Converted):
    """A published data set with other channels."""

    def split(self, name: str) -> AnySplit:
        return _converted_split(self.inner.split(name), self.channels)


def _converted_split(split: AnySplit, channels: int) -> AnySplit:
    if isinstance(split, PhotoSplit):
        return replace(split, channels=channels)
    return replace(split, images_NCHW=with_channels(split.images_NCHW, channels))


def with_channels(images_NCHW: torch.Tensor, channels: int) -> torch.Tensor:
    """Return uint8 images with 1 or 3 channels: repeated grey, or grey by the rule of files."""
    if images_NCHW.shape[1] == channels:
        return images_NCHW
    if channels == 3:
        return images_NCHW.expand(-1, 3, -1, -1).contiguous()
    grey_NHW = torch.empty((len(images_NCHW), *images_NCHW.shape[2:]), dtype=torch.uint8)
    for begin in range(0, len(images_NCHW), 1024):
        part = images_NCHW[begin : begin + 1024].to(torch.int32)
        total = sum(part[:, c] * LUMA[c] for c in range(3))
        assert isinstance(total, torch.Tensor)
        grey_NHW[begin : begin + 1024] = ((total + 0x8000) >> 16).to(torch.uint8)
    return grey_NHW[:, None]
