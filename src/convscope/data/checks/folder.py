"""Findings about the layout of a folder: names of classes and files, misplaced files."""

from collections.abc import Iterator

from convscope.data.checks.images import Findings, Item
from convscope.data.checks.report import Place
from convscope.data.folder.entries import Ignored, has_image_extension
from convscope.data.folder.hold_out import groups_in_splits
from convscope.data.folder.layout import Layout
from convscope.data.folder.split_names import ALL
from convscope.data.names import colliding_names
from convscope.io.formats import image_format
from convscope.io.photos import Reference
from convscope.io.storage import open_file
from convscope.text import printable

HEAD_BYTES = 512
CODES = {
    "hidden": "skipped",
    "junk": "skipped",
    "output": "own_output",
    "broken": "broken_link",
    "loop": "loop",
    "unreadable": "unreadable",
}


def items_of(layout: Layout) -> list[Item]:
    """Return the images of all classes, in order."""
    return [
        Item(split, label, path, Reference(str(layout.root / path), path))
        for split, classes in layout.images.items()
        for label, paths in classes.items()
        for path in paths
    ]


def folder_findings(layout: Layout, group_by: str | None = None) -> Findings:
    """Yield the findings that need no image to be opened.

    Args:
        group_by: see `DataOptions`.
    """
    yield from _group_leaks(layout, group_by)
    yield from _splits(layout)
    yield from _classes(layout)
    for entry in layout.ignored:
        yield _ignored(layout, entry)
    for path in _odd_names(layout):
        yield "odd_name", Place((path,))


def _splits(layout: Layout) -> Findings:
    if not any(paths for classes in layout.images.values() for paths in classes.values()):
        yield "no_images", Place((str(layout.root),))
    if layout.question is not None:
        problem, readings, fix = layout.question
        yield "unclear_layout", Place((str(layout.root),), f"{problem}; {readings}; {fix}")
    if layout.base:
        yield "inner_folder", Place((layout.base,))
    if layout.question is None and layout.is_split and "train" not in layout.images:
        yield "no_train", Place(tuple(name for names in layout.folders.values() for name in names))
    for split, names in layout.folders.items():
        if len(names) > 1:
            yield "two_folders_one_split", Place(names, f"both are the split {split}")
        elif layout.is_split and names[0] != split:
            yield "split_by_other_name", Place(names, f"the split {split}")
        if layout.is_split and split in layout.images and not layout.images[split]:
            yield "no_images" if split == "train" else "empty_split", Place(names)


def _classes(layout: Layout) -> Findings:
    for names in colliding_names(layout.classes):
        yield "case_twins", Place(names)
    for label in layout.classes:
        if printable(label) != label:
            yield "odd_class_name", Place((label,))
    if len(layout.classes) == 1:
        yield "one_class", Place(layout.classes)
    for split, classes in layout.images.items():
        for label, paths in classes.items():
            if not paths:
                code = "empty_class" if split in (ALL, "train") else "empty_in_split"
                yield code, Place((layout.class_folders[split, label],))
    training = layout.images.get("train")
    if training is None:
        return
    for split, classes in layout.images.items():
        if not classes:
            continue
        for label in sorted(classes.keys() - training.keys()):
            yield "class_not_in_train", Place((label,), f"only in {split}/")
        for label in sorted(training.keys() - classes.keys()):
            yield "class_not_in_split", Place((label,), f"not in {split}/")


def _group_leaks(layout: Layout, group_by: str | None) -> Findings:
    """Yield the groups that have images in several splits."""
    if group_by is None:
        return
    images = ((item.split, item.path) for item in items_of(layout))
    for name, first in groups_in_splits(images, group_by).items():
        if len(first) > 1:
            yield "group_leak", Place(tuple(first.values()), f"group {name}", sign="~")


def _ignored(layout: Layout, entry: Ignored) -> tuple[str, Place]:
    place = Place((entry.path,))
    if entry.reason in CODES:
        return CODES[entry.reason], place
    if entry.is_folder:
        return "stray", place
    if entry.reason == "special":
        return "special" if has_image_extension(entry.path) else "other_file", place
    kind = _format(layout, entry)
    if entry.reason == "stray" and has_image_extension(entry.path):
        return "stray", place
    if kind:
        return "left_out_image", Place((entry.path,), f"{kind} by content")
    return "other_file", place


def _format(layout: Layout, entry: Ignored) -> str:
    """Return the image format of a file by content, or ""."""
    try:
        with open_file(layout.root / entry.path) as file:
            return image_format(file.read(HEAD_BYTES))
    except OSError:
        return ""


def _odd_names(layout: Layout) -> Iterator[str]:
    for classes in layout.images.values():
        for label, paths in classes.items():
            if printable(label) == label:  # otherwise the class name is reported
                yield from (path for path in paths if printable(path) != path)
