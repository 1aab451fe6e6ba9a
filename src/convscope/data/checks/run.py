"""What ruins a training later, found before it begins: `convscope.data.check(folder)`."""

import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from convscope.data.checks import images
from convscope.data.checks.folder import folder_findings, items_of
from convscope.data.checks.in_memory import pictures_in_memory
from convscope.data.checks.leakage import copies
from convscope.data.checks.report import Place, Report, Sizes
from convscope.data.checks.rules import told
from convscope.data.checks.workers import PATIENCE_S, probe_all
from convscope.data.dataset import SPLITS, DataSet, Split
from convscope.data.folder.dataset import FolderSet
from convscope.data.folder.layout import read_layout
from convscope.data.shards.dataset import ShardSet
from convscope.errors import DataError
from convscope.io.photos import Reference

NUM_SAMPLES = 12  # of each class
Progress = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    """No progress is shown."""


def check(
    folder: Path | str,
    *,
    workers: int | None = None,
    progress: Progress = silent,
    patience_s: float = PATIENCE_S,
) -> Report:
    """Look at every file of an image folder, whether or not it could be opened as a data set.

    Files are decoded in processes of their own, with limited memory: one that crashes or hangs
    its decoder is a finding.

    Args:
        workers: processes; by default one a core.
        progress: called with the files done and the files there are.
        patience_s: a file that takes longer is said to hang.

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
        layout = read_layout(root)
    except OSError as error:
        raise DataError(f"cannot be listed: {error.strerror}", where=str(root)) from None
    splits = tuple(split for split in (*SPLITS, "all") if split in layout.images)
    return _checked(
        root.resolve().name,
        items_of(layout),
        (splits, layout.classes),
        found=list(folder_findings(layout)),
        workers=workers,
        progress=progress,
        patience_s=patience_s,
    )


def check_dataset(
    dataset: DataSet,
    *,
    workers: int | None = None,
    progress: Progress = silent,
    patience_s: float = PATIENCE_S,
) -> Report:
    """Look at every image of a data set that opens: a named one, or shards.

    Raises:
        DataError, FormatError: a split cannot be read.
    """
    if not isinstance(dataset, FolderSet | ShardSet):
        return _checked_in_memory(dataset, progress)
    splits = {name: dataset.photos(name) for name in dataset.splits}
    items = [
        images.Item(name, dataset.classes[int(label)], reference.where, reference)
        for name, split in splits.items()
        for i, label in enumerate(split.labels_N)
        for reference in [split.files.reference(i)]
    ]
    return _checked(
        dataset.name,
        items,
        (tuple(splits), dataset.classes),
        found=[],
        workers=workers,
        progress=progress,
        patience_s=patience_s,
    )


def _checked(
    name: str,
    items: list[images.Item],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    found: list[tuple[str, Place]],
    workers: int | None,
    progress: Progress,
    patience_s: float,
) -> Report:
    """Every item looked at, and told beside what was found before.

    Args:
        names: of the splits and of the classes.
    """
    waiting = images.Broken("hangs", "")
    answers: list[images.Broken | images.Seen] = [waiting] * len(items)
    progress(0, len(items))
    references = [item.reference for item in items]
    answering = probe_all(references, workers=workers, patience_s=patience_s)
    for done, (number, answer) in enumerate(answering, 1):
        answers[number] = images.answered(answer)
        progress(done, len(items))
    kept = images.sound(items, answers)
    pictures = images.pictures_of(kept)
    counts = images.count(*names, ((item.split, item.label) for item, _ in kept))
    findings = [
        *found,
        *images.broken(items, answers),
        *copies(pictures),
        *images.odd(kept),
        *images.odd_sizes(kept),
        *images.flat(pictures),
        *images.balance(counts),
    ]
    return Report(
        name=name,
        counts=counts,
        findings=told(findings),
        num_files=len(items),
        sizes=images.summary(images.sizes_of(kept)),
        formats=dict(Counter(seen.format for _, seen in kept).most_common()),
        samples=_samples(kept, names[1]),
    )


def _checked_in_memory(dataset: DataSet, progress: Progress) -> Report:
    opened = {name: dataset.split(name) for name in SPLITS}
    splits = {name: split for name, split in opened.items() if isinstance(split, Split)}
    assert splits.keys() == opened.keys()
    total = sum(len(split) for split in splits.values())
    progress(0, total)
    pictures = pictures_in_memory(splits, dataset.classes)
    pairs = zip(pictures.splits, pictures.labels, strict=True)
    counts = images.count(splits, dataset.classes, pairs)
    findings = [*copies(pictures), *images.flat(pictures), *images.balance(counts)]
    progress(total, total)
    shape = dataset.shape
    size = (shape.height, shape.width) if shape else (0, 0)
    return Report(
        name=dataset.name,
        counts=counts,
        findings=told(findings),
        num_files=total,
        sizes=Sizes(size, size, size) if shape else None,
        formats={"in memory": total},
    )


def _samples(
    kept: list[images.Sound], classes: tuple[str, ...]
) -> dict[str, tuple[Reference, ...]]:
    """A few of each class, of all splits; which ones depends on the names alone."""
    of_class: dict[str, list[Reference]] = {name: [] for name in classes}
    for item, _ in kept:
        of_class[item.label].append(item.reference)
    return {name: tuple(_drawn(references)) for name, references in of_class.items()}


def _drawn(references: list[Reference]) -> list[Reference]:
    def key(reference: Reference) -> tuple[int, str]:
        return zlib.crc32(reference.where.encode("utf-8", "surrogateescape")), reference.where

    return sorted(references, key=key)[:NUM_SAMPLES]
