"""Search for duplicate and near-duplicate images without comparing all pairs.

Near-duplicates have perceptual hashes within a Hamming distance of 5 and similar thumbnails.
Candidates come from multi-index hashing (Norouzi, Punjani and Fleet 2012): a 64-bit hash is cut
into 6 substrings; two hashes that differ in at most 5 bits agree in at least one of them. So only
images in the same bucket of a substring are compared. In a bucket of more than 600 images, each
is compared with its 32 neighbours in hash order only.

S in names of arrays: thumbnail values.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from convscope.io.photos.perceptual_hash import is_single_colour, similarity

MAX_DISTANCE = 5  # bits
MIN_SIMILARITY, MIN_SIMILARITY_SMALL = 0.99, 0.995
"""Least correlation of the thumbnails, for photos and for images below 64 pixels per side.

Measured (docs/reference/data-check.md): JPEG of quality 20, a quarter of the size, text or a change
of brightness leave 0.997; cropping 1 % per side leaves 0.99. Two small drawings of a "1" reach
0.99.
"""

SUBSTRING_BITS = (11, 11, 11, 11, 10, 10)
MAX_BUCKET = 600  # images; all pairs of a smaller bucket are compared
MAX_NEIGHBOURS = 32  # in a larger bucket; also the limit of thumbnail comparisons per image
CHUNK = 200_000  # pairs

Group = tuple[int, ...]
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def duplicate_groups(digests: Iterable[bytes]) -> list[Group]:
    """Return groups of image indices with the same digest, each in ascending order."""
    indices: dict[bytes, list[int]] = defaultdict(list)
    for index, digest in enumerate(digests):
        indices[digest].append(index)
    return [tuple(group) for group in indices.values() if len(group) > 1]


def near_duplicate_groups(
    hashes_N: NDArray[np.uint64],
    thumbnails_NS: NDArray[np.uint8],
    *,
    duplicates: list[Group],
    min_similarity: float = MIN_SIMILARITY,
) -> list[Group]:
    """Return groups of image indices that look the same.

    Only the first image of each group of duplicates takes part. Images of a single colour are
    excluded: they would all be similar.
    """
    included_N = ~is_single_colour(thumbnails_NS)
    for group in duplicates:
        included_N[list(group[1:])] = False
    indices = np.flatnonzero(included_N)
    hashes, thumbnails = hashes_N[indices], thumbnails_NS[indices]
    pairs: set[tuple[int, int]] = set()
    for candidates in _candidates(hashes):
        first, second = _limit_neighbours(*candidates)
        similar = similarity(thumbnails[first], thumbnails[second]) >= min_similarity
        pairs.update(zip(first[similar].tolist(), second[similar].tolist(), strict=True))
    return [tuple(int(indices[i]) for i in group) for group in _stars(pairs)]


def _candidates(hashes: NDArray[np.uint64]) -> Iterator[Pairs]:
    """Yield the pairs within MAX_DISTANCE in chunks, each at the first substring they share."""
    shift, masks = 0, []
    for bits in SUBSTRING_BITS:
        substring = (hashes >> np.uint64(shift)) & np.uint64((1 << bits) - 1)
        masks.append(np.uint64(((1 << bits) - 1) << shift))
        shift += bits
        # sorted by the whole hash inside a bucket, for the neighbours in large buckets
        order = np.lexsort((hashes, substring))
        _, sizes = np.unique(substring[order], return_counts=True)
        for first, second in _pairs_in_buckets(order, sizes):
            difference = hashes[first] ^ hashes[second]
            near = np.bitwise_count(difference) <= MAX_DISTANCE
            for mask in masks[:-1]:  # skip pairs of an earlier substring
                near &= (difference & mask) != 0
            yield first[near], second[near]


def _pairs_in_buckets(order: NDArray[np.int64], sizes: NDArray[np.int64]) -> Iterator[Pairs]:
    """Yield the pairs inside each bucket; `order` lists the images bucket by bucket."""
    ends = np.repeat(np.cumsum(sizes), sizes)  # of each image's bucket
    reach = np.where(np.repeat(sizes, sizes) > MAX_BUCKET, MAX_NEIGHBOURS, MAX_BUCKET)
    partners = np.minimum(ends - np.arange(len(order)) - 1, reach)
    total = np.cumsum(partners)
    begin = 0
    while begin < len(order):
        before = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, before + CHUNK, side="right")))
        counts = partners[begin:end]
        if counts.sum():
            first = np.repeat(np.arange(begin, end), counts)
            step = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
            yield order[first], order[first + step + 1]
        begin = end


def _limit_neighbours(first: NDArray[np.int64], second: NDArray[np.int64]) -> Pairs:
    """Keep the first MAX_NEIGHBOURS partners of each image; its pairs are adjacent."""
    begins = np.flatnonzero(np.diff(first, prepend=-1))
    runs = np.diff(begins, append=len(first))
    kept = np.arange(len(first)) - np.repeat(begins, runs) < MAX_NEIGHBOURS
    return first[kept], second[kept]


def _stars(pairs: set[tuple[int, int]]) -> list[Group]:
    """Group each image with the first one that it is similar to.

    Chains are not merged: a is similar to b and b to c, but c may differ from a. Every image of
    a near-duplicate pair is reported.
    """
    partners: dict[int, list[int]] = defaultdict(list)
    for pair in pairs:
        partners[min(pair)].append(max(pair))
    grouped: set[int] = set()
    groups = []
    for first in sorted(partners):
        others = sorted(set(partners[first]) - grouped)
        if others:
            groups.append((first, *others))
            grouped.update(groups[-1])
    return groups
