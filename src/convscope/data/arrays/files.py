"""Arrays of a data set: which files belong together, and their content by split and kind."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from convscope.data.arrays.npy import Npz, open_npz, read_npy
from convscope.data.arrays.roles import Kind, Role, is_array_file, role_of, stem
from convscope.data.folder.entries import entries, holds_image
from convscope.data.folder.split_names import ALL
from convscope.data.formats.idx import read_idx
from convscope.errors import DataError
from convscope.text import listed, printable

MAX_DEPTH = 4  # of folders that hold nothing but one folder

SHAPE_HELP = (
    "images and labels by name: train_images and train_labels, x_train and y_train, or IDX files "
    "such as train-images-idx3-ubyte.gz"
)


@dataclass
class Arrays:
    """Arrays of one data set by split and kind, with the file of each."""

    name: str
    parts: dict[tuple[str, Kind], NDArray[Any]] = field(default_factory=dict)
    sources: dict[tuple[str, Kind], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, role: Role, array: NDArray[Any], source: str) -> None:
        """Add an array.

        Raises:
            DataError: another array has the same role.
        """
        assert role.kind is not None
        key = (role.split, role.kind)
        if key in self.parts:
            raise DataError(
                f"{printable(self.sources[key])} and {printable(source)} are both the "
                f"{role.kind} of {role.split}",
                fix="move one to another folder",
            )
        self.parts[key], self.sources[key] = array, source


def array_files(folder: Path) -> list[Path]:
    """Return the IDX, .npy and .npz files of a folder whose names state what they hold.

    Of a file and its compressed copy, as torchvision leaves them, the first is returned.

    Raises:
        OSError: the folder cannot be listed.
    """
    with os.scandir(folder) as scan:
        names = sorted(entry.name for entry in scan if entry.is_file())
    packed = {f"{name}{ending}" for name in names for ending in (".gz", ".xz")}
    named = [folder / name for name in names if is_array_file(name) and name not in packed]
    return [path for path in named if role_of(path.name).kind or path.suffix.lower() == ".npz"]


def is_arrays(folder: Path) -> bool:
    """Return whether a folder contains IDX, .npy or .npz files, and no images in its folders."""
    try:
        holder = folder_of_arrays(folder)
        if holder is None:
            return False
        with os.scandir(holder) as scan:
            inside = [entry.name for entry in scan if entry.is_dir()]
    except OSError:
        return False
    return not any(holds_image(holder, name) for name in inside)


def folder_of_arrays(folder: Path) -> Path | None:
    """Return the folder that holds the arrays: it, or a single one inside, as MNIST/raw.

    Raises:
        OSError: a folder cannot be listed.
    """
    for _ in range(MAX_DEPTH):
        if array_files(folder):
            return folder
        inside = [entry for entry in entries(folder, "", []) if entry.is_folder]
        if len(inside) != 1:
            break
        folder = folder / inside[0].name
    return None


def read_arrays(path: Path) -> Arrays:
    """Read the arrays of a folder, or of the data set that a file belongs to.

    Raises:
        DataError: no images with labels, or several data sets.
        FormatError: a damaged or unsafe file.
    """
    folder = (folder_of_arrays(path) or path) if path.is_dir() else path.parent
    groups: dict[str, list[Path]] = {}
    for file in array_files(folder):
        groups.setdefault(_group_of(file), []).append(file)
    if not path.is_dir():
        groups = {name: files for name, files in groups.items() if path in files}
    if len(groups) > 1:
        raise DataError(
            f"{len(groups)} data sets: {', '.join(printable(name) for name in groups)}",
            expected="one data set",
            fix=f"name one of its files, such as {printable(next(iter(groups.values()))[0].name)}",
            where=str(path),
        )
    if not groups:
        raise DataError("no arrays of images and labels", expected=SHAPE_HELP, where=str(path))
    group, files = next(iter(groups.items()))
    arrays = Arrays(group or printable((path if path.is_dir() else folder).name))
    if path.is_dir() and folder != path:
        arrays.notes.append(f"the data are in {printable(str(folder.relative_to(path)))}/")
    for file in files:
        _add_file(arrays, file)
    return arrays


def _group_of(path: Path) -> str:
    role = role_of(path.name)
    return role.group if role.kind is not None or role.split != ALL else stem(path.name)


def _add_file(arrays: Arrays, path: Path) -> None:
    role = role_of(path.name)
    if path.suffix.lower() == ".npz":
        with open_npz(path) as npz:
            _add_members(arrays, npz, role, path.name)
    elif role.kind is not None:
        read = read_npy if path.suffix.lower() == ".npy" else read_idx
        arrays.add(role, read(path), path.name)


def _add_members(arrays: Arrays, npz: Npz, file: Role, source: str) -> None:
    """Add the arrays of a .npz file, whose name may state a split and a kind too."""
    if file.kind is not None and len(npz.names) == 1:
        arrays.add(file, npz.read(npz.names[0]), source)
        return
    unused = []
    for name in npz.names:
        role = role_of(name)
        if role.kind is None:
            unused.append(name)
            continue
        split = role.split if role.split != ALL else file.split
        arrays.add(role._replace(split=split), npz.read(name), f"{source}:{name}")
    if len(unused) == len(npz.names) == 2:
        _add_pair(arrays, [npz.read(name) for name in unused], file.split, source)
    elif unused:
        arrays.notes.append(f"{source}: {len(unused)} arrays are not used: {listed(unused)}")


def _add_pair(arrays: Arrays, pair: list[NDArray[Any]], split: str, source: str) -> None:
    """Add two arrays without names, of which one certainly holds the images."""
    labels, images = sorted(pair, key=lambda array: array.ndim)
    if images.ndim < 3 or labels.ndim > 2:
        return
    arrays.add(Role(split, "images", ""), images, source)
    arrays.add(Role(split, "labels", ""), labels, source)
    arrays.notes.append(
        f"{source}: the array of shape {images.shape} holds the images, that of {labels.shape} "
        "the labels"
    )


def pairs_of(arrays: Arrays, where: str) -> Iterator[tuple[str, NDArray[Any], NDArray[Any]]]:
    """Yield split, images and labels, as they are in the files; note images without labels.

    Raises:
        DataError: no images with labels; different numbers of them.
    """
    splits = [split for split in ("train", "val", "test", ALL) if (split, "images") in arrays.parts]
    labelled = [split for split in splits if (split, "labels") in arrays.parts]
    if not labelled or (ALL in labelled and len(labelled) > 1):
        present = ", ".join(f"{kind} of {split}" for split, kind in arrays.parts) or "none"
        raise DataError(
            f"no images with labels; arrays: {present}", expected=SHAPE_HELP, where=where
        )
    for split in splits:
        images = arrays.parts[split, "images"]
        if split not in labelled:
            arrays.notes.append(f"{len(images):,} images of {split} have no labels: left out")
            continue
        labels = arrays.parts[split, "labels"]
        if len(images) != len(labels):
            raise DataError(
                f"{len(images):,} images and {len(labels):,} labels of {split}",
                expected="as many labels as images",
                where=where,
            )
        yield split, images, labels
