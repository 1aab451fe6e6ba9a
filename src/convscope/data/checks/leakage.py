"""Copies of an image: across classes they contradict, across splits they leak.

Legend: N images, S small copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convscope.data.checks.near_duplicates import (
    ALIKE,
    ALIKE_TINY,
    Group,
    exact_groups,
    near_groups,
)
from convscope.data.checks.report import Place


@dataclass(frozen=True)
class Pictures:
    """The sound images of a set, as far as copies go; one entry each in every field."""

    splits: list[str]
    labels: list[str]
    paths: list[str]
    contents: list[bytes]
    hashes_N: NDArray[np.uint64]
    small_NS: NDArray[np.uint8]
    tiny: bool
    """Below 64 pixels a side, where more images are alike by chance."""


def copies(pictures: Pictures) -> Iterator[tuple[str, Place]]:
    """Findings, the worst group of each kind first: most classes, most splits, most copies."""
    exact = exact_groups(pictures.contents)
    least = ALIKE_TINY if pictures.tiny else ALIKE
    near = near_groups(pictures.hashes_N, pictures.small_NS, exact=exact, least=least)
    for groups, prefix in ((exact, ""), (near, "near_")):
        for group in sorted(groups, key=lambda group: _badness(pictures, group)):
            yield from _group(pictures, group, prefix)


def _badness(pictures: Pictures, group: Group) -> tuple[int, int, int, int]:
    splits = {pictures.splits[i] for i in group}
    labels = {pictures.labels[i] for i in group}
    return -len(labels), -len(splits), -len(group), group[0]


def _group(pictures: Pictures, group: Group, prefix: str) -> Iterator[tuple[str, Place]]:
    labels = sorted({pictures.labels[i] for i in group})
    splits = {pictures.splits[i] for i in group}
    detail = " and ".join(labels[:4]) if len(labels) > 1 else ""
    paths = tuple(pictures.paths[i] for i in group)
    place = Place(paths, detail, sign="~" if prefix else "=")
    if len(labels) > 1:
        yield f"{prefix}label_conflict", place
    if len(splits) > 1:
        yield f"{prefix}leak", place
    if len(labels) == len(splits) == 1:
        yield f"{prefix}duplicate", place
