"""What is wrong with a folder before a single image is opened: its names and its places."""

from collections.abc import Iterator

from convscope.data.checks.images import Found, Item
from convscope.data.checks.report import Place
from convscope.data.folder.layout import ALL, Layout, Leftover, is_named_as_image, shown, twins
from convscope.io.photos import Reference
from convscope.io.photos.probe import sniffed
from convscope.io.storage import open_file

HEAD_BYTES = 512
CODES = {
    "hidden": "skipped",
    "junk": "skipped",
    "broken": "broken_link",
    "loop": "loop",
    "unreadable": "unreadable",
}


def items_of(layout: Layout) -> list[Item]:
    """Every image of a class, in order."""
    return [
        Item(split, label, path, Reference(str(layout.root / path), path))
        for split, classes in layout.images.items()
        for label, paths in classes.items()
        for path in paths
    ]


def folder_findings(layout: Layout) -> Found:
    """All that the names and places of files say."""
    yield from _splits(layout)
    yield from _classes(layout)
    for leftover in layout.leftovers:
        yield _leftover(layout, leftover)
    for path in _odd_names(layout):
        yield "odd_name", Place((path,))


def _splits(layout: Layout) -> Found:
    if not any(paths for classes in layout.images.values() for paths in classes.values()):
        yield "no_images", Place((str(layout.root),))
    if layout.is_split and "train" not in layout.images:
        yield "no_train", Place(tuple(name for names in layout.folders.values() for name in names))
    for split, names in layout.folders.items():
        if len(names) > 1:
            yield "two_folders_one_split", Place(names, f"both are {split}")
        elif layout.is_split and names[0] != split:
            yield "val_by_other_name", Place(names)
        if layout.is_split and split in layout.images and not layout.images[split]:
            yield "no_images" if split == "train" else "empty_split", Place(names)


def _classes(layout: Layout) -> Found:
    for names in twins(layout.classes):
        yield "case_twins", Place(names)
    for label in layout.classes:
        if shown(label) != label:
            yield "odd_class_name", Place((label,))
    if len(layout.classes) == 1:
        yield "one_class", Place(layout.classes)
    for split, classes in layout.images.items():
        for label, paths in classes.items():
            if not paths:
                code = "empty_class" if split in (ALL, "train") else "empty_in_split"
                yield code, Place((_folder_of(layout, split, label),))
    training = layout.images.get("train")
    if training is None:
        return
    for split, classes in layout.images.items():
        if not classes:
            continue
        for label in sorted(classes.keys() - training.keys()):
            yield "class_not_in_train", Place((label,), f"in {split}/ only")
        for label in sorted(training.keys() - classes.keys()):
            yield "class_not_in_split", Place((label,), f"not in {split}/")


def _folder_of(layout: Layout, split: str, label: str) -> str:
    name = layout.folders[split][0]
    return f"{name}/{label}" if name else label


def _leftover(layout: Layout, leftover: Leftover) -> tuple[str, Place]:
    place = Place((leftover.path,))
    if leftover.reason in CODES:
        return CODES[leftover.reason], place
    if leftover.is_folder:
        return "stray", place
    if leftover.reason == "special":
        return "special" if is_named_as_image(leftover.path) else "other_file", place
    kind = _kind(layout, leftover)
    if leftover.reason == "stray" and is_named_as_image(leftover.path):
        return "stray", place
    if kind:
        return "left_out_image", Place((leftover.path,), f"{kind} by content")
    return "other_file", place


def _kind(layout: Layout, leftover: Leftover) -> str:
    """What a file that is not named as an image is by content; "" for no image."""
    try:
        with open_file(layout.root / leftover.path) as file:
            return sniffed(file.read(HEAD_BYTES))
    except OSError:
        return ""


def _odd_names(layout: Layout) -> Iterator[str]:
    for classes in layout.images.values():
        for label, paths in classes.items():
            if shown(label) == label:  # else it is told of as the class's
                yield from (path for path in paths if shown(path) != path)
