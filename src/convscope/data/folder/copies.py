"""Search for identical files: copies of an image must not be on both sides of a split."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from convscope.io.photos import Reference

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
    sizes = [_size(reference) for reference in references]

    def length(index: int) -> Hashable:
        return (sizes[index], references[index].crc32) if sizes[index] else None

    def tail(index: int) -> Hashable:
        skipped = max(0, sizes[index] - TAIL_BYTES)
        return _digest(references[index], skipped, sizes[index] - skipped)

    def whole(index: int) -> Hashable:
        return _digest(references[index], 0, sizes[index])

    groups = _groups(range(len(references)), length)
    if sum(map(len, groups)) > MAX_READ:
        return None
    return _refined(_refined(groups, tail), whole)


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


def _size(reference: Reference) -> int:
    """Return the number of bytes of an image; 0 if it cannot be read."""
    if reference.size >= 0:
        return reference.size
    try:
        return os.stat(reference.path).st_size
    except OSError:
        return 0


def _digest(reference: Reference, skipped: int, size: int) -> Hashable:
    """Return the SHA-256 of a part of an image; None if it cannot be read."""
    digest = hashlib.sha256()
    try:
        handle = os.open(reference.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            begin, end = reference.offset + skipped, reference.offset + skipped + size
            while begin < end and (part := os.pread(handle, min(CHUNK_BYTES, end - begin), begin)):
                digest.update(part)
                begin += len(part)
        finally:
            os.close(handle)
    except OSError:
        return None
    return digest.digest()
