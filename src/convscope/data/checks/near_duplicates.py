"""Images that are the same, byte for byte or to the eye, found without comparing all with all.

Two hashes of 64 bits that differ in at most 5 of them agree in at least one of six groups of
bits. So only images that share a group are compared, by their hashes and then by their small
copies; in a crowd (one group shared by thousands) only those next to each other in order.

Legend: N images, S small copy.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from convscope.io.photos.signature import alike, is_flat

MOST_BITS = 5
ALIKE, ALIKE_TINY = 0.99, 0.995
"""Least correlation of the small copies, of photos and of images below 64 pixels a side.

Measured (docs/data-check.md): JPEG at quality 20, a quarter of the size, text or a change of
brightness leave 0.997; cropping 1 % a side leaves 0.99. Two tiny drawings of a "1" reach 0.99.
"""

GROUPS = (11, 11, 11, 11, 10, 10)
CROWD = 600  # images that share a group of bits: more are not compared all with all
NEXT = 32  # how far, then; and the most partners of an image whose small copies are compared
CHUNK = 200_000  # pairs at a time

Group = tuple[int, ...]


def exact_groups(contents: Iterable[bytes]) -> list[Group]:
    """Numbers of the images whose contents are the same; each group in order."""
    found: dict[bytes, list[int]] = defaultdict(list)
    for number, content in enumerate(contents):
        found[content].append(number)
    return [tuple(group) for group in found.values() if len(group) > 1]


def near_groups(
    hashes_N: NDArray[np.uint64],
    small_NS: NDArray[np.uint8],
    *,
    exact: list[Group],
    least: float = ALIKE,
) -> list[Group]:
    """Numbers of images that look the same; of each exact group only the first stands for it.

    Images of one flat colour are left out: all of them would be alike.
    """
    stands = np.ones(len(hashes_N), bool)
    for group in exact:
        stands[list(group[1:])] = False
    stands &= ~is_flat(small_NS)
    chosen = np.flatnonzero(stands)
    hashes, small = hashes_N[chosen], small_NS[chosen]
    pairs: set[tuple[int, int]] = set()
    for first, second in _candidates(hashes):
        first, second = _nearest(first, second)
        same = alike(small[first], small[second]) >= least
        pairs.update(zip(first[same].tolist(), second[same].tolist(), strict=True))
    return [tuple(int(chosen[i]) for i in group) for group in _stars(pairs)]


def _candidates(
    hashes: NDArray[np.uint64],
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of close hashes, in chunks; each where it is met first."""
    shift, masks = 0, []
    for bits in GROUPS:
        part = (hashes >> np.uint64(shift)) & np.uint64((1 << bits) - 1)
        masks.append(np.uint64(((1 << bits) - 1) << shift))
        shift += bits
        # within a group of bits ordered by the whole hash: a crowd is compared along that order
        order = np.lexsort((hashes, part))
        _, sizes = np.unique(part[order], return_counts=True)
        starts = np.cumsum(sizes) - sizes
        for first, second in _chunks(order, starts, sizes):
            apart = hashes[first] ^ hashes[second]
            kept = np.bitwise_count(apart) <= MOST_BITS
            for mask in masks[:-1]:  # else they were met there
                kept &= (apart & mask) != 0
            yield first[kept], second[kept]


def _chunks(
    order: NDArray[np.int64], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    ends = np.repeat(starts + sizes, sizes)  # for each place, where its group of bits ends
    reach = np.where(np.repeat(sizes, sizes) > CROWD, NEXT, CROWD)
    partners = np.minimum(ends - np.arange(len(order)) - 1, reach)
    begin = 0
    total = np.cumsum(partners)
    while begin < len(order):
        before = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, before + CHUNK, side="right")))
        counts = partners[begin:end]
        if counts.sum():
            first = np.repeat(np.arange(begin, end), counts)
            step = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
            yield order[first], order[first + step + 1]
        begin = end


def _nearest(
    first: NDArray[np.int64], second: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each image's partners, which come in runs, the first NEXT."""
    begins = np.flatnonzero(np.diff(first, prepend=-1))
    runs = np.diff(begins, append=len(first))
    kept = np.arange(len(first)) - np.repeat(begins, runs) < NEXT
    return first[kept], second[kept]


def _stars(pairs: set[tuple[int, int]]) -> list[Group]:
    """Each image goes to the first that it is like: chains of small steps are not one group.

    Their links are told one by one: no image that is like another goes untold.
    """
    partners: dict[int, list[int]] = defaultdict(list)
    for pair in pairs:
        low, high = min(pair), max(pair)
        partners[low].append(high)
    taken: set[int] = set()
    groups = []
    for first in sorted(partners):
        others = sorted(set(partners[first]) - taken)
        if others:
            groups.append((first, *others))
            taken.update(groups[-1])
    return groups
