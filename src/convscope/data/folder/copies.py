"""Search for identical files: copies of an image must not be on both sides of a split."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

from convscope.io.photos import Reference
from convscope.io.storage import open_file

MAX_READ = 100_000  # files of equal length that are read; it takes a few seconds
TAIL_BYTES = 4096  # compared first: compressed images of equal length differ at their ends
CHUNK_BYTES = 1 << 20

Group = tuple[int, ...]
"""Indices of identical files, two or more."""


def identical_files(references: Sequence[Reference]) -> list[Group] | None:
    """Return the groups of identical files; None if too many files have equal lengths.

    Files of different lengths differ, and so do members of shards with different checksums. Of
    the others the last 4 KiB are compared, then the whole. Empty files, and files that cannot be
    read, are in no group.
    """
    groups = _groups(range(len(references)), lambda index: _length(references[index]))
    if sum(map(len, groups)) > MAX_READ:
        return None
    groups = _refined(groups, lambda index: _digest(references[index], tail=True))
    return _refined(groups, lambda index: _digest(references[index], tail=False))


def _refined(groups: list[Group], key: Callable[[int], Hashable]) -> list[Group]:
    return [finer for group in groups for finer in _groups(group, key)]


def _groups(indices: Iterable[int], key: Callable[[int], Hashable]) -> list[Group]:
    """Group indices by key; those that are alone, and those with the key None, are left out."""
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index in indices:
        value = key(index)
        if value is not None:
            members[value].append(index)
    return [tuple(group) for group in members.values() if len(group) > 1]


def _length(reference: Reference) -> Hashable:
    if reference.size >= 0:
        return (reference.size, reference.crc32) if reference.size else None
    try:
        return os.stat(reference.path).st_size or None
    except OSError:
        return None


def _digest(reference: Reference, *, tail: bool) -> Hashable:
    digest = hashlib.sha256()
    try:
        with open_file(Path(reference.path)) as file:
            begin, size = reference.offset, reference.size
            if size < 0:
                size = os.fstat(file.fileno()).st_size
            skipped = max(0, size - TAIL_BYTES) if tail else 0
            file.seek(begin + skipped)
            left = size - skipped
            while left > 0 and (part := file.read(min(CHUNK_BYTES, left))):
                digest.update(part)
                left -= len(part)
    except OSError:
        return None
    return digest.digest()
