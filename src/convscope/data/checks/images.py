"""What the images of a set are like, one by one and beside each other.

Legend: N images, H height, W width; 2: height and width.
"""

import base64
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convscope.data.checks.leakage import Pictures
from convscope.data.checks.report import Place, Sizes
from convscope.data.checks.rules import FAR, FEW, IMBALANCE, LONG, TINY_SIDE
from convscope.io.photos import Reference
from convscope.io.photos.probe import ENDINGS_OF
from convscope.io.photos.signature import SMALL_BYTES, is_flat

Found = Iterator[tuple[str, Place]]

PROBLEMS = (
    *("unreadable", "empty", "damaged", "not_an_image", "unread_format"),
    *("too_large", "crashes", "hangs"),
)
TRAITS = ("turned", "cmyk", "deep", "alpha", "palette", "animated")


class Item(NamedTuple):
    """One image to be looked at: where it belongs, what it is called, where its bytes are."""

    split: str
    label: str
    path: str
    reference: Reference


class Broken(NamedTuple):
    """What is wrong with a file that is no sound image."""

    problem: str
    text: str


class Seen(NamedTuple):
    """What the probe says of a sound image. Small: there may be a million."""

    format: str
    mode: str
    traits: tuple[str, ...]
    note: str
    size: tuple[int, int]
    sha: bytes
    hash: int
    small: bytes


class Sound(NamedTuple):
    """An image that was read in full."""

    item: Item
    seen: Seen


def answered(answer: dict[str, Any]) -> Broken | Seen:
    """The probe's answer, in its smallest form."""
    if problem := answer.get("problem"):
        assert problem in PROBLEMS, problem
        return Broken(problem, answer["text"])
    height, width = answer["size"]
    return Seen(
        format=sys.intern(answer["format"]),
        mode=sys.intern(answer["mode"]),
        traits=tuple(sys.intern(trait) for trait in answer["traits"]),
        note=sys.intern(answer["note"]),
        size=(height, width),
        sha=bytes.fromhex(answer["sha"]),
        hash=answer["hash"],
        small=base64.b64decode(answer["small"]),
    )


def broken(items: list[Item], answers: list[Broken | Seen]) -> Found:
    """Files that are no sound images."""
    for item, answer in zip(items, answers, strict=True):
        if isinstance(answer, Broken):
            yield answer.problem, Place((item.path,), answer.text)


def sound(items: list[Item], answers: list[Broken | Seen]) -> list[Sound]:
    """The others."""
    pairs = zip(items, answers, strict=True)
    return [Sound(item, answer) for item, answer in pairs if isinstance(answer, Seen)]


def sizes_of(images: list[Sound]) -> NDArray[np.int64]:
    """(N, 2)."""
    return np.array([image.seen.size for image in images], np.int64).reshape(-1, 2)


def summary(sizes_N2: NDArray[np.int64]) -> Sizes | None:
    """The smallest and the largest by area; the median of each side."""
    if not len(sizes_N2):
        return None
    area = sizes_N2.prod(1)
    ends = [tuple(sizes_N2[i].tolist()) for i in (area.argmin(), area.argmax())]
    middle = tuple(int(side) for side in np.median(sizes_N2, axis=0))
    return Sizes(ends[0], middle, ends[1])  # type: ignore[arg-type]


def pictures_of(images: list[Sound]) -> Pictures:
    """As `copies` wants them."""
    small = b"".join(image.seen.small for image in images)
    sides = sizes_of(images)
    return Pictures(
        splits=[image.item.split for image in images],
        labels=[image.item.label for image in images],
        paths=[image.item.path for image in images],
        contents=[image.seen.sha for image in images],
        hashes_N=np.array([image.seen.hash for image in images], np.uint64),
        small_NS=np.frombuffer(small, np.uint8).reshape(-1, SMALL_BYTES),
        tiny=len(sides) > 0 and float(np.median(sides)) < TINY_SIDE,
    )


def odd(images: list[Sound]) -> Found:
    """Faults that do not stop a decoder, modes, endings that lie, grey beside colour."""
    for item, seen in images:
        if seen.note:
            yield "half_damaged", Place((item.path,), seen.note)
        for trait in TRAITS:
            if trait in seen.traits:
                yield trait, Place((item.path,), seen.mode if trait == "cmyk" else "")
        endings = ENDINGS_OF.get(seen.format, ())
        if endings and not item.path.lower().endswith(endings):
            yield "lying_ending", Place((item.path,), f"{seen.format} by content")
    grey = ["grey" in seen.traits for _, seen in images]
    if any(grey) and not all(grey):
        rare = sum(grey) * 2 <= len(grey)
        for image, is_grey in zip(images, grey, strict=True):
            if is_grey == rare:
                yield "grey" if rare else "colour", Place((image.item.path,))


def odd_sizes(images: list[Sound]) -> Found:
    """Far from the others, or far from square."""
    sizes_N2 = sizes_of(images)
    if not len(sizes_N2):
        return
    shorter, longer = sizes_N2.min(1), sizes_N2.max(1)
    kinds = (
        ("small", shorter * FAR <= np.median(shorter)),
        ("large", shorter >= FAR * np.median(shorter)),
        ("long", longer > LONG * shorter),
    )
    for code, chosen in kinds:
        for i in np.flatnonzero(chosen):
            height, width = images[i].seen.size
            yield code, Place((images[i].item.path,), f"{width} x {height}")


def flat(pictures: Pictures) -> Found:
    """Images of one colour."""
    for i in np.flatnonzero(is_flat(pictures.small_NS)):
        yield "flat", Place((pictures.paths[i],))


def count(
    splits: Iterable[str], classes: Iterable[str], images: Iterable[tuple[str, str]]
) -> dict[str, dict[str, int]]:
    """Sound images by split and class; from the (split, class) of each."""
    names = tuple(classes)
    found = Counter(images)
    return {split: {name: found[split, name] for name in names} for split in splits}


def balance(counts: dict[str, dict[str, int]]) -> Found:
    """Classes with few images to be trained on, and how unequal they are."""
    training = counts.get("train") or counts.get("all") or {}
    present = {name: num for name, num in training.items() if num}
    for name, num in sorted(present.items(), key=lambda item: item[1]):
        if num < FEW:
            yield "tiny_class", Place((name,), f"{num} image{'s' * (num != 1)}")
    if len(present) > 1:
        least = min(present, key=lambda name: present[name])
        most = max(present, key=lambda name: present[name])
        if present[most] > IMBALANCE * present[least]:
            ratio = present[most] / present[least]
            detail = f"{present[most]:,} and {present[least]:,}, {ratio:.0f} to 1"
            yield "imbalance", Place((most, least), detail)
