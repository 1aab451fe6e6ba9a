"""Copies of classified images in one folder per class, for `predict --save-dir`."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from convscope.errors import StorageError, unusable_output
from convscope.io import storage
from convscope.text import printable

LONGEST = 200  # bytes of a name; file systems allow 255


class SortedCopies:
    """Writes each image into the folder of its predicted class.

    No name leaves the folder, and no two images share one: the second `1.png` of a class becomes
    `1-2.png`. Existing files are replaced only with `overwrite`.

    Raises:
        InputError: the folder is inside the data, which the next run would read.
        StorageError: it exists and is not empty, and `overwrite` is not set.
    """

    def __init__(
        self, folder: Path, labels: Iterable[str], *, sources: Iterable[str], overwrite: bool
    ) -> None:
        from convscope.data.folder.outputs import check_outside_data

        self._folder = folder
        self._names = dict(zip(labels, distinct_names(labels), strict=True))
        self._taken: set[tuple[str, str]] = set()
        for source in sources:
            if os.path.isdir(source):
                check_outside_data(folder, Path(source), option="--save-dir")
        if os.path.lexists(folder) and not os.path.isdir(folder):
            raise unusable_output("not a folder", folder, expected="a folder to write")
        if os.path.isdir(folder) and os.listdir(folder) and not overwrite:
            raise unusable_output(
                "the folder is not empty",
                folder,
                fix="another folder, or --force to replace files of the same name",
            )

    def write(self, image: Any, label: str) -> Path:
        """Copy one image into the folder of its class; return the new path."""
        name, data = _content(image)
        place = storage.make_folder(self._folder / self._names[label])
        if place.is_symlink():
            raise StorageError("a link, which is not followed", where=str(place))
        target = place / self._free(self._names[label], name)
        storage.write(target, [data])
        return target

    def _free(self, folder: str, name: str) -> str:
        stem, ending = os.path.splitext(name)
        ending = ending if len(os.fsencode(ending)) <= 20 else ""
        stem = _shortened(stem or "image")
        number = 1
        while (folder, (name := f"{stem}{_suffix(number)}{ending}").casefold()) in self._taken:
            number += 1
        self._taken.add((folder, name.casefold()))
        return name


def distinct_names(labels: Iterable[str]) -> list[str]:
    """Return a folder name for each label: one component, and different from all others."""
    names: list[str] = []
    taken: set[str] = set()
    for label in labels:
        plain = _shortened(re.sub(r'[/\\:*?"<>|]', "_", printable(label)).strip(" ."))
        number = 1
        while (name := f"{plain or 'class'}{_suffix(number)}").casefold() in taken:
            number += 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _suffix(number: int) -> str:
    return "" if number == 1 else f"-{number}"


def _shortened(name: str) -> str:
    """Return a name of at most 200 bytes."""
    raw = os.fsencode(name)
    return name if len(raw) <= LONGEST else raw[:LONGEST].decode("utf-8", "ignore")


def _content(image: Any) -> tuple[str, bytes]:
    """Return the name and the bytes of an image: a path, encoded, or an array as PNG."""
    from convscope.io.images import read_file
    from convscope.io.photos import Encoded

    if isinstance(image, str | Path):
        return os.path.basename(image), read_file(image)
    if isinstance(image, Encoded):
        return re.split(r"[/\\:]", printable(image.where))[-1], image.data
    from convscope.io.image_writing import encode_image

    return "image.png", encode_image(image, ".png")
