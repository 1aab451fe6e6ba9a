"""Findings about decoded images, one by one and compared with the others."""

import base64
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.data.checks.duplicates import ImageHashes
from convscope.data.checks.report import Place, Sizes
from convscope.data.checks.rules import (
    MAX_ASPECT,
    MAX_IMBALANCE,
    MAX_SIZE_RATIO,
    MIN_IMAGES,
    SMALL_SIDE,
)
from convscope.errors import InputError
from convscope.io.formats import ENDINGS
from convscope.io.photos import Reference
from convscope.io.photos.crops import PHOTO_SHARE
from convscope.io.photos.perceptual_hash import THUMBNAIL_BYTES, is_single_colour
from convscope.layers import Resize
from convscope.text import MOST_LABEL, counted

Findings = Iterator[tuple[str, Place]]

PROBLEMS = (
    *("unreadable", "empty", "damaged", "not_an_image", "unread_format"),
    *("too_large", "crashes", "hangs"),
)
TRAITS = (
    "turned",
    "cmyk",
    "deep",
    "alpha",
    "alpha_picture",
    "alpha_blank",
    "palette",
    "animated",
    "reduced",
)


class Item(NamedTuple):
    """An image to be checked."""

    split: str
    label: str
    path: str
    reference: Reference


class Failure(NamedTuple):
    """Reason why a file could not be decoded."""

    problem: str
    text: str


class Properties(NamedTuple):
    """Properties of a decoded image. Small, since there may be a million."""

    format: str
    mode: str
    traits: tuple[str, ...]
    note: str
    size: tuple[int, int]
    digest: bytes
    hash: int
    thumbnail: bytes


class Decoded(NamedTuple):
    """An image that was decoded completely."""

    item: Item
    properties: Properties


def parse_result(result: dict[str, Any]) -> Failure | Properties:
    """Convert a result of `io.photos.probe`."""
    if problem := result.get("problem"):
        assert problem in PROBLEMS, problem
        return Failure(problem, result["text"])
    height, width = result["size"]
    return Properties(
        format=sys.intern(result["format"]),
        mode=sys.intern(result["mode"]),
        traits=tuple(sys.intern(trait) for trait in result["traits"]),
        note=sys.intern(result["note"]),
        size=(height, width),
        digest=bytes.fromhex(result["sha"]),
        hash=result["hash"],
        thumbnail=base64.b64decode(result["thumbnail"]),
    )


def failure_findings(items: list[Item], results: list[Failure | Properties]) -> Findings:
    """Yield the files that could not be decoded."""
    for item, result in zip(items, results, strict=True):
        if isinstance(result, Failure):
            yield result.problem, Place((item.path,), result.text)


def decoded_images(items: list[Item], results: list[Failure | Properties]) -> list[Decoded]:
    """Return the images that were decoded."""
    pairs = zip(items, results, strict=True)
    return [Decoded(item, result) for item, result in pairs if isinstance(result, Properties)]


def sizes_of(images: list[Decoded]) -> NDArray[np.int64]:
    """Return the sizes (N, 2)."""
    return np.array([image.properties.size for image in images], np.int64).reshape(-1, 2)


def size_summary(sizes_N2: NDArray[np.int64]) -> Sizes | None:
    """Return the smallest and the largest size by area, and the median of each side."""
    if not len(sizes_N2):
        return None
    area = sizes_N2.prod(1)
    extremes = [tuple(sizes_N2[i].tolist()) for i in (area.argmin(), area.argmax())]
    median = tuple(int(side) for side in np.median(sizes_N2, axis=0))
    return Sizes(extremes[0], median, extremes[1])  # type: ignore[arg-type]


def hashes_of(images: list[Decoded]) -> ImageHashes:
    """Return the hashes of the images, for `duplicate_findings`."""
    thumbnails = b"".join(image.properties.thumbnail for image in images)
    sizes = sizes_of(images)
    return ImageHashes(
        splits=[image.item.split for image in images],
        labels=[image.item.label for image in images],
        paths=[image.item.path for image in images],
        digests=[image.properties.digest for image in images],
        hashes_N=np.array([image.properties.hash for image in images], np.uint64),
        thumbnails_NS=np.frombuffer(thumbnails, np.uint8).reshape(-1, THUMBNAIL_BYTES),
        is_small=len(sizes) > 0 and float(np.median(sizes)) < SMALL_SIDE,
    )


def property_findings(images: list[Decoded]) -> Findings:
    """Yield decoder warnings, unusual modes, wrong extensions, and grey images among colour."""
    for item, properties in images:
        if properties.note:
            yield "half_damaged", Place((item.path,), properties.note)
        for trait in TRAITS:
            if trait in properties.traits:
                yield trait, Place((item.path,), properties.mode if trait == "cmyk" else "")
        endings = ENDINGS.get(properties.format, ())
        if endings and not item.path.lower().endswith(endings):
            yield "lying_ending", Place((item.path,), f"{properties.format} by content")
    grey = ["grey" in properties.traits for _, properties in images]
    if any(grey) and not all(grey):
        rare = sum(grey) * 2 <= len(grey)
        for image, is_grey in zip(images, grey, strict=True):
            if is_grey == rare:
                yield "grey" if rare else "colour", Place((image.item.path,))


def size_findings(images: list[Decoded]) -> Findings:
    """Yield images whose size differs much from the others, or with a large aspect ratio."""
    sizes_N2 = sizes_of(images)
    if not len(sizes_N2):
        return
    shorter, longer = sizes_N2.min(1), sizes_N2.max(1)
    kinds = (
        ("small", shorter * MAX_SIZE_RATIO <= np.median(shorter)),
        ("large", shorter >= MAX_SIZE_RATIO * np.median(shorter)),
        ("long", longer > MAX_ASPECT * shorter),
    )
    for code, selected in kinds:
        for i in np.flatnonzero(selected):
            height, width = images[i].properties.size
            yield code, Place((images[i].item.path,), f"{width} x {height}")


def thin_findings(images: list[Decoded], *, side: int) -> Findings:
    """Yield images that evaluation cannot resize for a network of `side` x `side` pixels."""
    resize = Resize(round(side / PHOTO_SHARE))
    for item, properties in images:
        height, width = properties.size
        try:
            resize.check_image(height, width)
        except InputError as error:
            detail = f"{error.given} for a network of {side} x {side}"
            yield "thin", Place((item.path,), detail)


def single_colour_findings(hashes: ImageHashes, blank: Collection[str] = ()) -> Findings:
    """Yield images of a single colour, except those that only the background makes so."""
    for i in np.flatnonzero(is_single_colour(hashes.thumbnails_NS)):
        if hashes.paths[i] not in blank:
            yield "flat", Place((hashes.paths[i],))


def blank_images(images: list[Decoded]) -> set[str]:
    """Return the paths of transparent images that vanish on the background."""
    return {item.path for item, image in images if "alpha_blank" in image.traits}


def count_images(
    splits: Iterable[str], classes: Iterable[str], images: Iterable[tuple[str, str]]
) -> dict[str, dict[str, int]]:
    """Return the number of images by split and class, from the (split, class) of each."""
    names = tuple(classes)
    counts = Counter(images)
    return {split: {name: counts[split, name] for name in names} for split in splits}


def class_findings(counts: dict[str, dict[str, int]]) -> Findings:
    """Yield class names that are too long, classes with few training images, and imbalance."""
    for name in dict.fromkeys(name for classes in counts.values() for name in classes):
        if len(name) > MOST_LABEL:
            yield "long_class_name", Place((name,), f"{len(name)} characters")
    training = counts.get("train") or counts.get("all") or {}
    present = {name: num for name, num in training.items() if num}
    for name, num in sorted(present.items(), key=lambda item: item[1]):
        if num < MIN_IMAGES:
            yield "tiny_class", Place((name,), counted(num, "image"))
    if len(present) > 1:
        smallest = min(present, key=lambda name: present[name])
        largest = max(present, key=lambda name: present[name])
        if present[largest] > MAX_IMBALANCE * present[smallest]:
            ratio = present[largest] / present[smallest]
            detail = f"{present[largest]:,} and {present[smallest]:,}, {ratio:.0f} to 1"
            yield "imbalance", Place((largest, smallest), detail)
