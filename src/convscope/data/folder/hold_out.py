"""Division of images into training, validation and test split where a folder has none."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from convscope.data.folder.group_name import group_name

SHARE = 0.1  # of each class: validation split, and test split
MIN_TO_SPLIT = 3  # groups of a class; with fewer, all its images are training images
SPLIT_SEED = 1998

Labelled = tuple[tuple[str, int], ...]
"""Paths relative to the folder, and their class indices."""


def hold_out(
    images: Labelled, parts: tuple[str, ...], group_of: Mapping[str, str] | None = None
) -> dict[str, Labelled]:
    """Hold out a tenth of every class for each of `parts`; the rest is "train".

    A class with three images or more has at least one in each. The choice depends on the SHA-256
    of seed and path: it is the same on every machine and changes little when files are added.

    Args:
        group_of: the group of an image; an image without one is a group of its own. All images
            of a group get the same split, also those of other classes.
    """
    numbers: dict[tuple[bool, str], int] = {}
    group_N = []
    for path, _ in images:
        name = (group_of or {}).get(path)
        own = (name is not None, path if name is None else name)
        group_N.append(numbers.setdefault(own, len(numbers)))
    part_N = _Division(images, group_N).divide(parts)
    splits: dict[str, list[tuple[str, int]]] = {"train": [], **{part: [] for part in parts}}
    for image, group in zip(images, group_N, strict=True):
        splits[part_N[group]].append(image)
    return {name: tuple(members) for name, members in splits.items() if members}


class _Division:
    """Division of groups of images, numbered from 0. Lists, since there may be millions.

    Attributes:
        keys: the SHA-256 that decides the order of the groups.
        counts: (class, number of images) of each group.
        of_class: the groups of each class.
        free: number of groups of each class that are still training images.
    """

    def __init__(self, images: Labelled, group_N: list[int]) -> None:
        num = len(set(group_N))
        self.keys = [b"\xff" * 33] * num  # after every SHA-256
        self.counts: list[tuple[tuple[int, int], ...]] = [()] * num
        self.parts = ["train"] * num
        single = {label: ((label, 1),) for _, label in images}
        for (path, label), group in zip(images, group_N, strict=True):
            key = hashlib.sha256(f"{SPLIT_SEED}\0".encode() + os.fsencode(path)).digest()
            self.keys[group] = min(self.keys[group], key)
            if not self.counts[group]:
                self.counts[group] = single[label]
            else:
                counts = dict(self.counts[group])
                counts[label] = counts.get(label, 0) + 1
                self.counts[group] = tuple(counts.items())
        self.of_class: dict[int, list[int]] = {label: [] for _, label in images}
        for group, pairs in enumerate(self.counts):
            for label, _ in pairs:
                self.of_class[label].append(group)
        self.free = {label: len(groups) for label, groups in self.of_class.items()}

    def divide(self, parts: tuple[str, ...]) -> list[str]:
        """Return the part of each group."""
        for label, groups in self.of_class.items():
            groups.sort(key=lambda group: self.keys[group])
            num = sum(self._size(group, label) for group in groups)
            if len(groups) >= MIN_TO_SPLIT:
                for later, part in zip(range(len(parts) - 1, -1, -1), parts, strict=True):
                    share = max(1, int(num * SHARE + 0.5))
                    self._fill(part, label, share=share, keep=1 + later)
        return self.parts

    def _fill(self, part: str, label: int, *, share: int, keep: int) -> None:
        """Move groups of a class to a part, up to its share of images; at least one group.

        Args:
            keep: number of groups that stay, for training and for the later parts.
        """
        groups = self.of_class[label]
        size = sum(self._size(group, label) for group in groups if self.parts[group] == part)
        for group in groups:
            if size >= share:
                return
            if size + self._size(group, label) <= share and self._can_move(group, label, keep):
                self._move(group, part)
                size += self._size(group, label)
        movable = [group for group in groups if self._can_move(group, label, keep)]
        if size == 0 and movable:  # every group is larger than the share
            self._move(min(movable, key=lambda group: self._size(group, label)), part)

    def _size(self, group: int, label: int) -> int:
        return next(count for own, count in self.counts[group] if own == label)

    def _can_move(self, group: int, label: int, keep: int) -> bool:
        """Return whether every class of a group keeps another group for training."""
        is_free = self.parts[group] == "train" and self.free[label] > keep
        return is_free and all(self.free[other] > 1 for other, _ in self.counts[group])

    def _move(self, group: int, part: str) -> None:
        self.parts[group] = part
        for label, _ in self.counts[group]:
            self.free[label] -= 1


def joined_groups(
    paths: Sequence[str], copies: Iterable[tuple[int, ...]], pattern: str | None
) -> dict[str, str]:
    """Return the group of each image that has one: by copies, and by a regular expression.

    Groups that share an image are one group.
    """
    groups = [tuple(paths[index] for index in group) for group in copies]
    if pattern is not None:
        named: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            name = group_name(pattern, path)
            if name is not None:
                named[name].append(path)
        groups += [tuple(members) for members in named.values()]
    first: dict[str, str] = {}

    def root(path: str) -> str:
        while first.setdefault(path, path) != path:
            first[path] = first[first[path]]
            path = first[path]
        return path

    for group in groups:
        for path in group[1:]:
            one, other = sorted((root(group[0]), root(path)))
            first[other] = one
    return {path: root(path) for path in first}


def groups_in_splits(images: Iterable[tuple[str, str]], pattern: str) -> dict[str, dict[str, str]]:
    """Return the first image of each group in each split, from (split, path) of all images."""
    groups: dict[str, dict[str, str]] = {}
    for split, path in images:
        name = group_name(pattern, path)
        if name is not None:
            groups.setdefault(name, {}).setdefault(split, path)
    return groups
