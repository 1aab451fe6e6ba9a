"""Run all checks on a folder or a data set: `convscope.data.check(folder)`."""

import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from convscope.data.checks import images
from convscope.data.checks.duplicates import duplicate_findings
from convscope.data.checks.folder import folder_findings, items_of
from convscope.data.checks.in_memory import hash_splits
from convscope.data.checks.report import Finding, Place, Report, Sizes
from convscope.data.checks.rules import grouped
from convscope.data.checks.table import table_findings
from convscope.data.checks.workers import probe_all
from convscope.data.dataset import (
    SPLITS,
    DataSet,
    FileDataSet,
    PathDataSet,
    Progress,
    Split,
    silent,
)
from convscope.data.folder.dataset import open_folder
from convscope.data.folder.layout import read_layout
from convscope.data.kinds import kind_of
from convscope.data.options import DataOptions
from convscope.data.tables.beside import unused_note
from convscope.errors import DataError
from convscope.io.conversion import NAMED
from convscope.io.photos import Reference
from convscope.io.storage import unreadable

NUM_SAMPLES = 12  # per class
SIDE = 224  # pixels; the input of most networks for photos


class _Job(NamedTuple):
    """Images to be checked, and the findings of the folder's layout."""

    name: str
    items: list[images.Item]
    splits: tuple[str, ...]
    classes: tuple[str, ...]
    findings: list[tuple[str, Place]]
    side: int
    background: str


def check(
    folder: Path | str,
    *,
    options: DataOptions = DataOptions(),
    side: int = SIDE,
    workers: int | None = None,
    progress: Progress = silent,
) -> Report:
    """Check every file of an image folder, also a folder that cannot be opened as a data set.

    Files are decoded in child processes with limited memory: a file that crashes the decoder or
    exceeds the time limit is a finding.

    Args:
        options: how the folder is read.
        side: of the network's input in pixels; images that cannot be resized to it are errors.
        workers: number of child processes; default: one per core.
        progress: called with the number of files done and their total.

    Raises:
        DataError: there is no such folder, or it cannot be listed.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DataError(
            "there is no such folder" if not root.exists() else "this is not a folder",
            expected="a folder of images: train/CLASS/, val/CLASS/, test/CLASS/, or CLASS/",
            where=str(root),
        )
    try:
        layout = read_layout(root, options.layout, group_by=options.group_by)
    except OSError as error:
        raise unreadable(error, str(root)) from None
    splits = tuple(split for split in (*SPLITS, "all") if split in layout.images)
    findings = list(folder_findings(layout, options.group_by))
    findings += _refusal(root, options, grouped(findings))
    background = options.background or NAMED["white"]
    job = _Job(
        root.resolve().name, items_of(layout), splits, layout.classes, findings, side, background
    )
    return _check_files(job, workers, progress)


def _refusal(
    root: Path, options: DataOptions, findings: Iterable[Finding]
) -> list[tuple[str, Place]]:
    """Return why training refuses to open the folder, unless a finding says so already."""
    if any(finding.severity == "error" for finding in findings):
        return []
    try:
        opened = open_folder(root, options)
        unused_note(opened)
    except DataError as error:
        return [("refused", Place((str(root),), error.on_one_line()))]
    has_no_val = "train" in opened.splits and "val" not in opened.splits
    return [("no_val", Place(opened.classes))] if has_no_val else []


def check_dataset(
    dataset: DataSet,
    *,
    side: int = SIDE,
    workers: int | None = None,
    progress: Progress = silent,
) -> Report:
    """Check every image of an opened data set: a named one, a folder, or shards.

    Raises:
        DataError, FormatError: a split cannot be read.
    """
    if not isinstance(dataset, FileDataSet):
        return _check_in_memory(dataset, progress)
    splits = {name: dataset.photos(name) for name in dataset.splits}
    items = [
        images.Item(name, dataset.classes[int(label)], reference.where, reference)
        for name, split in splits.items()
        for i, label in enumerate(split.labels_N)
        for reference in [split.files.reference(i)]
    ]
    background = dataset.options.background or dataset.packed_background
    is_table = kind_of(dataset.source) == "table"
    findings = table_findings(dataset.source) if is_table else []
    job = _Job(dataset.name, items, tuple(splits), dataset.classes, findings, side, background)
    return _check_files(job, workers, progress)


def _check_files(job: _Job, workers: int | None, progress: Progress) -> Report:
    pending = images.Failure("hangs", "")
    results: list[images.Failure | images.Properties] = [pending] * len(job.items)
    progress(0, len(job.items))
    references = [item.reference for item in job.items]
    probed = probe_all(references, background=job.background, workers=workers)
    for done, (index, result) in enumerate(probed, 1):
        results[index] = images.parse_result(result)
        progress(done, len(job.items))
    decoded = images.decoded_images(job.items, results)
    hashes = images.hashes_of(decoded)
    pairs = ((item.split, item.label) for item, _ in decoded)
    counts = images.count_images(job.splits, job.classes, pairs)
    findings = [
        *job.findings,
        *images.failure_findings(job.items, results),
        *duplicate_findings(hashes),
        *images.property_findings(decoded),
        *images.size_findings(decoded),
        *images.thin_findings(decoded, side=job.side),
        *images.single_colour_findings(hashes, images.blank_images(decoded)),
        *images.class_findings(counts),
    ]
    return Report(
        name=job.name,
        counts=counts,
        findings=grouped(findings),
        num_files=len(job.items),
        sizes=images.size_summary(images.sizes_of(decoded)),
        formats=dict(Counter(properties.format for _, properties in decoded).most_common()),
        samples=_samples(decoded, job.classes),
        background=job.background,
    )


def _check_in_memory(dataset: DataSet, progress: Progress) -> Report:
    names = dataset.splits if isinstance(dataset, PathDataSet) else SPLITS
    opened = {name: dataset.split(name) for name in names}
    splits = {name: split for name, split in opened.items() if isinstance(split, Split)}
    assert splits.keys() == opened.keys()
    total = sum(len(split) for split in splits.values())
    progress(0, total)
    hashes = hash_splits(splits, dataset.classes)
    pairs = zip(hashes.splits, hashes.labels, strict=True)
    counts = images.count_images(splits, dataset.classes, pairs)
    findings = [
        *duplicate_findings(hashes),
        *images.single_colour_findings(hashes),
        *images.class_findings(counts),
    ]
    progress(total, total)
    shape = dataset.shape
    size = (shape.height, shape.width) if shape else (0, 0)
    return Report(
        name=dataset.name,
        counts=counts,
        findings=grouped(findings),
        num_files=total,
        sizes=Sizes(size, size, size) if shape else None,
        formats={"in memory": total},
    )


def _samples(
    decoded: list[images.Decoded], classes: tuple[str, ...]
) -> dict[str, tuple[Reference, ...]]:
    """Return a few images of each class, from all splits; the choice depends on names only."""
    of_class: dict[str, list[Reference]] = {name: [] for name in classes}
    for item, _ in decoded:
        of_class[item.label].append(item.reference)

    def key(reference: Reference) -> tuple[int, str]:
        return zlib.crc32(reference.where.encode("utf-8", "surrogateescape")), reference.where

    return {
        name: tuple(sorted(references, key=key)[:NUM_SAMPLES])
        for name, references in of_class.items()
    }
