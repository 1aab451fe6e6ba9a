"""Write sample inputs. A file or a folder is there completely, or not at all."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from convscope.errors import InputError, StorageError, unknown_name, unusable_output
from convscope.io import storage
from convscope.samples import photos
from convscope.samples.digit import DEFAULT_INDEX, MNIST, digit
from convscope.text import counted, listed


class Sample(NamedTuple):
    """A sample input: where it is written by default, and a sentence about it."""

    path: str
    about: str


SAMPLES: dict[str, Sample] = {
    "digit": Sample("digit.png", "a handwritten digit: one of MNIST's test images"),
    "photo": Sample("photo.jpg", "a photo of a red panda, 640 x 480"),
    "photos": Sample("photos/", "74 photos of fish, monuments, tools and windmills, in folders"),
    "table": Sample("table/", "the same photos in one folder, with their labels in labels.csv"),
    "shards": Sample("shards/", "the same photos as tar shards (WebDataset)"),
}


class Written(NamedTuple):
    """A sample that was written: what it shows, and the file that names authors and licences."""

    path: Path
    content: str
    notice: Path


def sample(
    name: str, path: Path | str | None = None, *, index: int | None = None, overwrite: bool = False
) -> Path:
    """Write a sample input; return its path.

    Args:
        name: digit, photo, photos, table or shards.
        path: file or folder; by default the one that SAMPLES names, in the current folder.
        index: which digit, 0 to 9,999.
        overwrite: whether an existing sample is replaced.

    Raises:
        InputError: no such sample (with the nearest ones); another ending than the file's format.
        StorageError: the path exists and `overwrite` is not set, the folder holds other files, or
            it cannot be written.
    """
    return write_sample(name, path, index=index, overwrite=overwrite).path


def write_sample(
    name: str, path: Path | str | None = None, *, index: int | None = None, overwrite: bool = False
) -> Written:
    """Write a sample input; return its path with a description. Arguments as for `sample`."""
    if name not in SAMPLES:
        raise unknown_name("sample", name, SAMPLES, see="convscope sample")
    if index is not None and name != "digit":
        raise InputError(
            f"an index ({index}) for the sample {name}", expected="an index for digit only"
        )
    target = Path(path if path is not None else SAMPLES[name].path)
    if name == "digit":
        return _write_digit(target, DEFAULT_INDEX if index is None else index, overwrite=overwrite)
    if name == "photo":
        storage.check_output(target, endings=(".jpg", ".jpeg"), overwrite=overwrite)
        storage.write(target, [photos.PHOTO.read_bytes()])
        return Written(target, "a red panda, 640 x 480", photos.NOTICE)
    _write_folder(target, FOLDERS[name](), overwrite=overwrite)
    return Written(target, _counts(), photos.NOTICE)


FOLDERS: dict[str, Callable[[], dict[str, bytes]]] = {
    "photos": photos.class_folders,
    "table": photos.with_table,
    "shards": photos.shards,
}


def _write_digit(target: Path, index: int, *, overwrite: bool) -> Written:
    from convscope.io.image_writing import write_image

    chosen = digit(index)
    write_image(target, chosen.pixels_HW, overwrite=overwrite)
    content = f"a handwritten {chosen.label}: image {index:,} of MNIST's test split"
    return Written(target, content, MNIST / "NOTICE.md")


def _counts() -> str:
    splits = Counter(photo.split for photo in photos.listed_photos())
    classes = sorted({photo.label for photo in photos.listed_photos()})
    shown = ", ".join(f"{name} {splits[name]}" for name in ("train", "val", "test"))
    return f"{counted(splits.total(), 'photo')} of {', '.join(classes)}: {shown}"


def _write_folder(target: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write a folder of files: a new one as a whole, files of an existing one each as a whole."""
    if not target.absolute().parent.is_dir():
        raise unusable_output(
            "the folder does not exist", target.parent, fix=f"mkdir -p {target.parent}"
        )
    if storage.exists(target) and not target.is_dir():
        raise unusable_output("this is not a folder", target, expected="a new one")
    if not target.is_dir():
        _write_new(target, files)
        return
    present = _files_in(target)
    if others := sorted(present - files.keys()):
        raise unusable_output(
            f"the folder holds other files: {listed(others, 3)}",
            target,
            fix="give another name with -o",
        )
    if present and not overwrite:
        raise unusable_output(
            "the folder already exists",
            target,
            fix="--force (in Python overwrite=True), or another name",
        )
    try:
        for name, data in files.items():
            storage.make_folder((target / name).parent)
            storage.write(target / name, [data])
    except StorageError:
        if not present:
            _empty(target)
        raise


def _files_in(folder: Path) -> set[str]:
    return {
        str((Path(parent) / name).relative_to(folder).as_posix())
        for parent, _, names in os.walk(folder)
        for name in names
    }


def _empty(folder: Path) -> None:
    """Remove what a failed call wrote into an empty folder; the folder may be in use, and stays."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _write_new(target: Path, files: Mapping[str, bytes]) -> None:
    target = target.absolute()
    with storage.staging(target, needed=sum(map(len, files.values()))) as temporary:
        for name, data in files.items():
            file = temporary / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        temporary.rename(target)  # fails where another process was first
        storage.sync_folder(target.parent)
