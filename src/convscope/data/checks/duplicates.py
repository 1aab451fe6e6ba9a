"""Report duplicate images: conflicting labels across classes, data leakage across splits."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convscope.data.checks.near_duplicates import (
    MIN_SIMILARITY,
    MIN_SIMILARITY_SMALL,
    Group,
    duplicate_groups,
    near_duplicate_groups,
)
from convscope.data.checks.report import Place


@dataclass(frozen=True)
class ImageHashes:
    """Hashes of the decoded images of a data set, one entry per image in every field.

    Attributes:
        digests: SHA-256 of the file, or of the pixels of an image in memory (first 16 bytes).
        is_small: images below 64 pixels per side, of which more are similar by chance.
    """

    splits: list[str]
    labels: list[str]
    paths: list[str]
    digests: list[bytes]
    hashes_N: NDArray[np.uint64]
    thumbnails_NS: NDArray[np.uint8]
    is_small: bool


def duplicate_findings(images: ImageHashes) -> Iterator[tuple[str, Place]]:
    """Yield findings; groups with most classes, then most splits, then most images first."""
    exact = duplicate_groups(images.digests)
    near = near_duplicate_groups(
        images.hashes_N,
        images.thumbnails_NS,
        duplicates=exact,
        min_similarity=MIN_SIMILARITY_SMALL if images.is_small else MIN_SIMILARITY,
    )
    for groups, prefix in ((exact, ""), (near, "near_")):
        for group in sorted(groups, key=lambda group: _rank(images, group)):
            yield from _group_findings(images, group, prefix)


def _rank(images: ImageHashes, group: Group) -> tuple[int, int, int, int]:
    splits = {images.splits[i] for i in group}
    labels = {images.labels[i] for i in group}
    return -len(labels), -len(splits), -len(group), group[0]


def _group_findings(images: ImageHashes, group: Group, prefix: str) -> Iterator[tuple[str, Place]]:
    labels = sorted({images.labels[i] for i in group})
    splits = {images.splits[i] for i in group}
    detail = " and ".join(labels[:4]) if len(labels) > 1 else ""
    paths = tuple(images.paths[i] for i in group)
    place = Place(paths, detail, sign="~" if prefix else "=")
    if len(labels) > 1:
        yield f"{prefix}label_conflict", place
    if len(splits) > 1:
        yield f"{prefix}leak", place
    if len(labels) == len(splits) == 1:
        yield f"{prefix}duplicate", place
