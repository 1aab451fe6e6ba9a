"""Data sets whose files are published with known checksums: 60,000 training, 10,000 test images."""

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from convscope.data.formats.cache import cache_folder
from convscope.display import Displayed
from convscope.errors import DataError, FormatError, unknown_name
from convscope.shapes import CHW

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convscope.data.dataset import Split

    Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@dataclass(frozen=True)
class PublishedFile:
    """File name without a compression ending, and SHA-256 of its uncompressed content."""

    name: str
    sha256: str


class PublishedDataSet(Displayed, ABC):
    """A named data set in published files. 5,000 training images are the validation split.

    Attributes:
        title: what the images show, and the paper.
        download_bytes: of all files as they are downloaded.
        mirrors: URLs of folders that hold the files; used by `fetch` only.
        notice: authors and licence.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    shape: CHW
    download_bytes: int
    mirrors: tuple[str, ...]
    notice: str

    def __repr__(self) -> str:
        return f"{self.name}: {len(self.classes):,} classes, images of {self.shape}"

    @property
    @abstractmethod
    def files(self) -> tuple[PublishedFile, ...]:
        """All files."""

    @abstractmethod
    def locate(self, file: PublishedFile) -> Path:
        """Return the path of a file.

        Raises:
            DataError: not found; says where it was searched and how to download it.
        """

    @abstractmethod
    def read_training(self) -> "Arrays":
        """Return all training images (N, C, H, W) and labels (N)."""

    @abstractmethod
    def read_test(self) -> "Arrays":
        """Return the test images (N, C, H, W) and labels (N)."""

    @property
    def channels(self) -> int:
        """1 or 3."""
        return self.shape.channels

    def split(self, name: str) -> "Split":
        """Read a split; the content of every file is checked against its SHA-256.

        Raises:
            InputError: no such split.
            DataError: a file is not found; says where it was searched.
            FormatError: a file is damaged, or not the published one.
        """
        import numpy as np
        import torch

        from convscope.data.dataset import SPLITS, Split
        from convscope.data.formats.validation import validation_split

        if name not in SPLITS:
            raise unknown_name("split", name, SPLITS)
        if name == "test":
            images, labels = self.read_test()
        else:
            images, labels = self._training
            is_validation = validation_split(labels)
            chosen = is_validation if name == "val" else ~is_validation
            images, labels = images[chosen], labels[chosen]
        return Split(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))

    @cached_property
    def _training(self) -> "Arrays":
        return self.read_training()

    def fingerprint(self) -> str:
        """Return the SHA-256 of the files' checksums and of the choice of the validation split."""
        from convscope.data.formats import validation

        parts = [file.sha256 for file in self.files]
        parts += [f"validation {validation.NUM_VALIDATION} seed {validation.SPLIT_SEED}"]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def find(
        self, file: PublishedFile, folders: Iterable[Path], *, endings: tuple[str, ...] = ("",)
    ) -> Path | None:
        """Return the first existing path of a file, or None."""
        paths = (folder / (file.name + ending) for folder in folders for ending in endings)
        # isfile is also False below a folder without permission
        return next((path for path in paths if os.path.isfile(path)), None)

    def not_found(self, file: PublishedFile, folders: Iterable[Path], expected: str) -> DataError:
        """Return the error for a file that is in none of the folders."""
        return DataError(
            f"{self.name} is not downloaded: no {file.name} in {', '.join(map(str, folders))}",
            expected=expected,
            fix=self.how_to_get,
        )

    @property
    def how_to_get(self) -> str:
        """Instruction for downloading the data set."""
        return f"`convscope data get {self.name}` downloads it to {cache_folder()}"


def check_sha256(file: PublishedFile, digest: str, path: Path) -> None:
    """Raise FormatError if the content is not that of the published file."""
    if digest != file.sha256:
        raise FormatError(
            f"not the published file: SHA-256 {digest[:16]}...",
            expected=f"{file.sha256[:16]}...",
            fix="remove it and download it again",
            where=str(path),
        )
