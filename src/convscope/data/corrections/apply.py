"""A data set written again with corrected labels; the source is only read.

Image files become a folder `SPLIT/CLASS/FILE` of copies or hard links; images in memory become one
`.npz` file. The splits stay as they are, also those that convscope made.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from convscope.data.corrections.identity import file_digest, pixel_digest
from convscope.data.corrections.listing import Correction
from convscope.data.dataset import (
    SPLITS,
    AnySplit,
    DataSet,
    FileDataSet,
    PathDataSet,
    Progress,
    Split,
    silent,
)
from convscope.data.folder.entries import is_hidden, is_system_file
from convscope.data.folder.outputs import check_outside_data
from convscope.data.folder.split_names import split_of_name
from convscope.errors import DataError, unknown_name, unusable_output
from convscope.io import storage
from convscope.io.photos import Reference, read
from convscope.text import counted, listed, printable

ARRAYS = "corrected.npz"
Place = tuple[str, int]
"""Split, and index in it."""


class Changes(NamedTuple):
    """Effect of a list of corrections.

    Attributes:
        relabelled: images by (old label, new label).
        removed: images that were left out.
        kept: rows that confirm the label, or relabel to the same class.
        undecided: rows without an action.
        images: images of each split that were written.
        folder: what was written.
    """

    relabelled: dict[tuple[str, str], int]
    removed: int
    kept: int
    undecided: int
    images: dict[str, int]
    folder: Path

    def to_dict(self) -> dict[str, Any]:
        """Return the changes in JSON types."""
        pairs = [
            {"label": old, "new_label": new, "images": num}
            for (old, new), num in self.relabelled.items()
        ]
        return {
            "folder": str(self.folder),
            "relabelled": sum(self.relabelled.values()),
            "pairs": pairs,
            "removed": self.removed,
            "kept": self.kept,
            "undecided": self.undecided,
            "images": self.images,
        }


@dataclass(frozen=True)
class _Plan:
    """The corrections by place, and the new label of each: None for images that are left out."""

    targets: dict[Place, int | None]
    rows: dict[Place, Correction]


def write_corrected(
    dataset: DataSet,
    corrections: Sequence[Correction],
    output: Path,
    *,
    link: bool = False,
    progress: Progress = silent,
) -> Changes:
    """Write a data set with corrected labels as a new folder, and return what changed.

    Args:
        output: a folder that does not exist yet.
        link: hard links in place of copies, where the file system allows them.
        progress: called with the number of images written and their total.

    Raises:
        DataError: a row that does not fit the data: no such image, another digest or label.
        InputError: a new label that is no class; an output inside the data.
        StorageError: the output exists or cannot be written.
    """
    for source in dataset.folders if isinstance(dataset, PathDataSet) else ():
        check_outside_data(output, source)
    if os.path.lexists(output):
        raise unusable_output("it exists already", output, expected="a new folder")
    names = dataset.splits if isinstance(dataset, PathDataSet) else SPLITS
    splits: dict[str, AnySplit] = {
        name: dataset.photos(name) if isinstance(dataset, FileDataSet) else dataset.split(name)
        for name in names
    }
    plan = _planned(dataset, splits, corrections)
    storage.make_folder(output.parent)
    with storage.staging(output) as folder:
        if isinstance(dataset, FileDataSet):
            _write_files(dataset, splits, plan, folder, link=link, progress=progress)
        else:
            _write_arrays(dataset, splits, plan, folder, progress=progress)
        os.rename(folder, output)
        storage.sync_folder(Path(os.path.realpath(output)).parent)
    return _changes(splits, plan, corrections, output)


def _planned(
    dataset: DataSet, splits: dict[str, AnySplit], corrections: Sequence[Correction]
) -> _Plan:
    """Find the image of each correction, and compare its label."""
    places = _places_by_name(splits) if any(row.image for row in corrections) else {}
    numbers = {name: number for number, name in enumerate(dataset.classes)}
    targets: dict[Place, int | None] = {}
    rows: dict[Place, Correction] = {}
    for row in corrections:
        if not row.action:
            continue
        place = _place_of(row, splits, places, dataset.name)
        label = dataset.classes[int(splits[place[0]].labels_N[place[1]])]
        if printable(label) != row.label:
            raise DataError(
                f"the label of {_name(row)} is {printable(label, 80)}, in the list it is "
                f"{printable(row.label, 80)}",
                expected="a list for these data",
                where=f"line {row.line:,}",
            )
        rows[place] = row
        if row.action == "remove":
            targets[place] = None
        elif row.action == "relabel":
            if row.new_label not in numbers:
                raise unknown_name("class", row.new_label, dataset.classes).at(f"line {row.line:,}")
            targets[place] = numbers[row.new_label]
    return _Plan(targets, rows)


def _places_by_name(splits: dict[str, AnySplit]) -> dict[str, Place]:
    return {
        printable(split.files.reference(index).where): (name, index)
        for name, split in splits.items()
        if split.files is not None
        for index in range(len(split.files))
    }


def _place_of(
    row: Correction, splits: dict[str, AnySplit], places: dict[str, Place], name: str
) -> Place:
    place = places.get(row.image) if row.image else (row.split, row.number)
    if place is None or place[0] not in splits or place[1] >= len(splits[place[0]]):
        raise DataError(
            f"{name} has no image {_name(row)}",
            expected="a list for these data",
            where=f"line {row.line:,}",
        )
    return place


def _name(row: Correction) -> str:
    return printable(row.image, 200) if row.image else f"{row.split}[{row.number}]"


def _check_digest(digest: str, row: Correction) -> None:
    if row.digest and digest != row.digest:
        raise DataError(
            f"{_name(row)} is another image than the one that was looked at",
            expected=f"digest {printable(row.digest, 64)}, not {digest}",
            fix="make the list again from these data",
            where=f"line {row.line:,}",
        )


def _write_files(
    dataset: DataSet,
    splits: dict[str, AnySplit],
    plan: _Plan,
    folder: Path,
    *,
    link: bool,
    progress: Progress,
) -> None:
    _check_names(dataset.classes)
    done, total = 0, sum(len(split) for split in splits.values())
    progress(0, total)
    for name, split in splits.items():
        for class_name in dataset.classes:
            (folder / name / class_name).mkdir(parents=True)
        taken: set[tuple[int, str]] = set()
        for index, label, reference in _kept(name, split, plan):
            target = folder / name / dataset.classes[label] / _free(reference, label, taken)
            _write_file(reference, target, plan.rows.get((name, index)), link=link)
            done += 1
            progress(done, total)
    progress(total, total)


def _check_names(classes: Sequence[str]) -> None:
    """Raise DataError unless every class name can be the name of a folder that is read as one."""
    odd = [
        name
        for name in classes
        if "/" in name
        or "\0" in name
        or is_hidden(name)
        or is_system_file(name)
        or len(os.fsencode(name)) > 255
    ]
    odd += [name for name in classes if split_of_name(name) and len(classes) == 1]
    if odd:
        raise DataError(
            f"class names that cannot be names of folders: {listed(odd)}",
            fix="pack the data with `convscope data pack`, or rename these classes",
        )


def _kept(name: str, split: AnySplit, plan: _Plan) -> Iterator[tuple[int, int, Reference]]:
    """Yield index, label and location of the images that are written."""
    assert split.files is not None
    for index, label in enumerate(split.labels_N.tolist()):
        reference = split.files.reference(index)
        target = plan.targets.get((name, index), label)
        if target is not None:
            yield index, target, reference
        else:
            _check_digest(file_digest(read(reference).data), plan.rows[name, index])


def _free(reference: Reference, label: int, taken: set[tuple[int, str]]) -> str:
    """Return the name of a file in its new folder: its own, or with a number behind it."""
    path = reference.path if reference.size < 0 else reference.where.rpartition(":")[2]
    stem, ending = os.path.splitext(os.path.basename(path))
    number = 1
    while (label, (name := f"{stem}{f'-{number}' * (number > 1)}{ending}").casefold()) in taken:
        number += 1
    taken.add((label, name.casefold()))
    return name


def _write_file(reference: Reference, target: Path, row: Correction | None, *, link: bool) -> None:
    is_file = reference.size < 0
    if row is None and link and is_file:
        try:
            os.link(os.path.realpath(reference.path), target)
        except OSError:
            pass  # another file system, or one without links
        else:
            return
    data = read(reference).data
    if row is not None:
        _check_digest(file_digest(data), row)
    target.write_bytes(data)


def _write_arrays(
    dataset: DataSet,
    splits: dict[str, AnySplit],
    plan: _Plan,
    folder: Path,
    *,
    progress: Progress,
) -> None:
    arrays: dict[str, Any] = {"class_names": np.array([*map(str, dataset.classes)])}
    total = sum(len(split) for split in splits.values())
    done = 0
    progress(0, total)
    for name, split in splits.items():
        assert isinstance(split, Split)
        labels_N = split.labels_N.clone()
        kept_N = torch.ones(len(split), dtype=torch.bool)
        for (own, index), row in plan.rows.items():
            if own == name:
                _check_digest(pixel_digest(split.images_NCHW[index]), row)
        for (own, index), target in plan.targets.items():
            if own == name and target is None:
                kept_N[index] = False
            elif own == name and target is not None:
                labels_N[index] = target
        arrays[f"{name}_images"] = _axes(split.images_NCHW[kept_N]).numpy()
        arrays[f"{name}_labels"] = labels_N[kept_N].numpy()
        done += len(split)
        progress(done, total)
    np.savez_compressed(folder / ARRAYS, **arrays)


def _axes(images_NCHW: torch.Tensor) -> torch.Tensor:
    """(N, 1, H, W) -> (N, H, W), and (N, 3, H, W) -> (N, H, W, 3)."""
    if images_NCHW.shape[1] == 1:
        return images_NCHW[:, 0]
    return images_NCHW.permute(0, 2, 3, 1).contiguous()


def _changes(
    splits: dict[str, AnySplit],
    plan: _Plan,
    corrections: Sequence[Correction],
    output: Path,
) -> Changes:
    pairs: Counter[tuple[str, str]] = Counter()
    removed = kept = 0
    images = {name: len(split) for name, split in splits.items()}
    for place, row in plan.rows.items():
        target = plan.targets.get(place, -1)
        if target is None:
            removed += 1
            images[place[0]] -= 1
        elif row.action == "keep" or row.new_label == row.label:
            kept += 1
        else:
            pairs[row.label, row.new_label] += 1
    undecided = sum(not row.action for row in corrections)
    return Changes(dict(pairs.most_common()), removed, kept, undecided, images, output)


def sentences(changes: Changes) -> Iterator[str]:
    """Yield what was changed, one line for each kind."""
    total = sum(changes.relabelled.values())
    yield f"relabelled: {counted(total, 'image')}"
    for (old, new), num in changes.relabelled.items():
        yield f"  {printable(old)} -> {printable(new)}: {num:,}"
    yield f"removed: {counted(changes.removed, 'image')}"
    if changes.kept:
        yield f"label confirmed: {counted(changes.kept, 'image')}"
    if changes.undecided:
        yield f"without a decision, unchanged: {counted(changes.undecided, 'image')}"
    for name, num in changes.images.items():
        yield f"{name}: {counted(num, 'image')}"
