"""Data sets in the four files of MNIST: images and labels, for training and for the test."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from convscope.data.dataset import SPLITS, Split
from convscope.data.formats.cache import cache_folder, places
from convscope.data.formats.idx import read_idx
from convscope.errors import DataError, FormatError, unknown_name
from convscope.shapes import CHW

ENDINGS = ("", ".gz", ".xz")
NUM_TRAINING, NUM_VALIDATION, NUM_TEST = 55_000, 5_000, 10_000
SPLIT_SEED = 1998


@dataclass(frozen=True)
class IdxFile:
    """One file: its name without an ending, and the SHA-256 of what it holds unpacked."""

    name: str
    sha256: str


@dataclass(frozen=True)
class IdxDataSet:
    """60,000 training and 10,000 test images of 28 x 28, in IDX files.

    Of the training images 5,000 are held back for validation: the same share of every class,
    drawn once by a frozen generator, the same everywhere and always.

    Attributes:
        folders: where the files may be besides `places()`: in the package, or the system's.
        mirrors: addresses of folders that hold the files as .gz; used by `fetch` alone.
        notice: whose work it is and under which terms.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    train_images: IdxFile
    train_labels: IdxFile
    test_images: IdxFile
    test_labels: IdxFile
    notice: str
    folders: tuple[Path, ...] = ()
    mirrors: tuple[str, ...] = ()
    shape: CHW = field(default=CHW(1, 28, 28), init=False)

    @property
    def channels(self) -> int:
        return self.shape.channels

    @property
    def files(self) -> tuple[IdxFile, ...]:
        return self.train_images, self.train_labels, self.test_images, self.test_labels

    def fingerprint(self) -> str:
        return fingerprint_of(self.files)

    def split(self, name: str) -> Split:
        """Read a split; the content of every file is checked against its SHA-256.

        Raises:
            InputError: no such split.
            DataError: a file is nowhere to be found; says where it was looked for.
            FormatError: a file is damaged, or not the published one.
        """
        if name not in SPLITS:
            raise unknown_name("split", name, SPLITS)
        if name == "test":
            images, labels = self._read(self.test_images, self.test_labels, NUM_TEST)
        else:
            images, labels = self._training
            chosen = chosen_for(name, labels)
            images, labels = images[chosen], labels[chosen]
        return Split(
            torch.from_numpy(images).unsqueeze(1),
            torch.from_numpy(labels.astype(np.int64)),
        )

    @cached_property
    def _training(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        count = NUM_TRAINING + NUM_VALIDATION
        return self._read(self.train_images, self.train_labels, count)

    def _read(
        self, images: IdxFile, labels: IdxFile, count: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        _, height, width = self.shape
        pixels = self._checked(images, (count, height, width))
        numbers = self._checked(labels, (count,))
        return pixels, numbers

    def _checked(self, file: IdxFile, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        path = self.locate(file)
        numbers = read_idx(path, shape=shape)
        head = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
        digest = hashlib.sha256(head)
        digest.update(numbers.data)
        check_published(file, digest.hexdigest(), path)
        return numbers

    def locate(self, file: IdxFile) -> Path:
        """Where a file lies: CONVSCOPE_DATA, the cache, then this data set's own folders.

        Raises:
            DataError: nowhere; says where it was looked for, and what would bring it.
        """
        looked = [*(place / self.name for place in places()), *self.folders]
        for folder in looked:
            for ending in ENDINGS:
                path = folder / (file.name + ending)
                if os.path.isfile(path):  # also False in a folder that may not be entered
                    return path
        shown = ", ".join(str(folder) for folder in looked)
        raise DataError(
            f"{self.name} is not here: {file.name} was looked for in {shown}",
            expected=f"{file.name}, plain, .gz or .xz",
            fix=f"`convscope data get {self.name}` fetches it into {cache_folder()}",
        )


def fingerprint_of(files: Iterable[IdxFile]) -> str:
    """SHA-256 of published files and of the cut between training and validation."""
    parts = [file.sha256 for file in files]
    parts += [f"validation {NUM_VALIDATION} seed {SPLIT_SEED}"]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def check_published(file: IdxFile, digest: str, path: Path) -> None:
    """Raises FormatError where what was read is not the published file."""
    if digest != file.sha256:
        raise FormatError(
            f"not the published file: SHA-256 {digest[:16]}...",
            expected=f"{file.sha256[:16]}...",
            fix="remove it and fetch it again",
            where=str(path),
        )


def chosen_for(split: str, labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of the training images are "train", and which "val"."""
    held_back = held_back_for_validation(labels)
    return held_back if split == "val" else ~held_back


def held_back_for_validation(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of the training images are the validation split: 5,000, the same share of each class.

    NumPy promises never to change the stream of RandomState, unlike that of its newer
    generators; so this is the same split on every machine and in every year.
    """
    held_back = np.zeros(len(labels), bool)
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * NUM_VALIDATION / len(labels)
    shares = np.floor(exact).astype(int)
    most_cut = np.argsort(shares - exact, kind="stable")
    shares[most_cut[: NUM_VALIDATION - shares.sum()]] += 1
    random = np.random.RandomState(SPLIT_SEED)
    for label, share in zip(classes, shares, strict=True):
        of_class = np.flatnonzero(labels == label)
        held_back[random.permutation(of_class)[:share]] = True
    return held_back
