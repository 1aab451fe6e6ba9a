"""Data leakage between the splits that a data set has on the disk: identical images, groups.

Near-duplicates belong to `data.checks`, which decodes the images.
"""

from convscope.data.dataset import SPLITS, FileDataSet
from convscope.data.folder.copies import identical_files
from convscope.data.folder.hold_out import groups_in_splits
from convscope.io.photos import Reference
from convscope.text import printable


def leak_notes(dataset: FileDataSet) -> list[str]:
    """Return sentences about images and groups that are in more than one split, with numbers.

    Splits that convscope made itself are not compared: they have no copies in common.
    """
    files: dict[str, list[Reference]] = {
        name: [
            split.files.reference(index)
            for part in parts
            for split in [dataset.photos(part)]
            for index in range(len(split))
        ]
        for name, parts in sorted(dataset.disk_splits.items(), key=_order)
    }
    if len(files) < 2:
        return []
    splits = [name for name, references in files.items() for _ in references]
    return [*_copies(files, splits), *_groups(files, dataset.options.group_by)]


def _order(split: tuple[str, tuple[str, ...]]) -> int:
    return SPLITS.index(split[0]) if split[0] in SPLITS else len(SPLITS)


def _copies(files: dict[str, list[Reference]], splits: list[str]) -> list[str]:
    references = [reference for own in files.values() for reference in own]
    groups = identical_files(references)
    if groups is None:
        return [
            f"data leakage between {' and '.join(files)} was not searched among "
            f"{len(references):,} images; `convscope data check` finds it"
        ]
    # an image of a later split leaks if an earlier one has it
    leaks: dict[tuple[str, str], int] = {}
    for group in groups:
        order = sorted((splits[index] for index in group), key=list(files).index)
        for name in order:
            if name != order[0]:
                leaks[name, order[0]] = leaks.get((name, order[0]), 0) + 1
    return [
        f"data leakage: {num:,} of {len(files[name]):,} images of {name} are identical to images "
        f"of {first}"
        for (name, first), num in leaks.items()
    ]


def _groups(files: dict[str, list[Reference]], group_by: str | None) -> list[str]:
    if group_by is None:
        return []
    images = ((split, reference.where) for split, own in files.items() for reference in own)
    groups = groups_in_splits(images, group_by)
    shared = [name for name, first in groups.items() if len(first) > 1]
    if not shared:
        return []
    return [
        f"data leakage: {len(shared):,} of {len(groups):,} groups by '{printable(group_by)}' "
        f"have images in several splits, the first: {printable(shared[0], 80)}"
    ]
