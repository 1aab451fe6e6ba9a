"""ImageNet's 1000 classes by their WordNet numbers, and class names of data matched to them.

The order is that of the sorted synsets; every published network has it. `labels/NOTICE.md` names
the sources.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from convscope.errors import InputError
from convscope.weights.labels import FOLDER, imagenet_labels

NUM_CLASSES = 1000
SYNSET = re.compile(r"n\d{8}(?!\d)")
LEAST_SHARE = 0.95  # of 1000 labels in ImageNet's order: a few are named differently everywhere


class Synset(NamedTuple):
    """A class: its WordNet number, as n01440764, and WordNet's names, the first one first."""

    number: str
    names: tuple[str, ...]


@cache
def synsets() -> tuple[Synset, ...]:
    """Return the classes in the order of the logits."""
    lines = (FOLDER / "imagenet_synsets.txt").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return tuple(Synset(number, tuple(names.split(", "))) for number, names in rows)


def synsets_of(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the WordNet number of each label of a model; nothing if they are not ImageNet's.

    Labels in another wording or language count as ImageNet's if nearly all are known names of
    the class at their place.
    """
    if len(labels) != NUM_CLASSES:
        return ()
    if tuple(labels) not in (imagenet_labels("en"), imagenet_labels("zh")):
        known = sum(k in _candidates(label) for k, label in enumerate(labels))
        if known < LEAST_SHARE * NUM_CLASSES:
            return ()
    return tuple(synset.number for synset in synsets())


def class_numbers(names: Sequence[str]) -> list[int | None]:
    """Return ImageNet's class of each name: a WordNet number, a label, or a name in WordNet.

    A folder cannot hold every character: "baluster_handrail" is "baluster / handrail". A name of
    two classes is the one that no other of these names has: beside "crane bird", "crane" is the
    machine.

    Returns:
        None where there is no such class.

    Raises:
        InputError: a name stands for two classes.
    """
    choices = [_candidates(name) for name in names]
    used = {next(iter(choice)) for choice in choices if len(choice) == 1}
    numbers: list[int | None] = []
    for name, choice in zip(names, choices, strict=True):
        left = choice - used if len(choice) > 1 else choice
        if len(left) > 1:
            raise _ambiguous(name, left)
        numbers.append(next(iter(left), None))
    return numbers


def _ambiguous(name: str, numbers: Iterable[int]) -> InputError:
    labels, all_synsets = imagenet_labels(), synsets()
    shown = " or ".join(f"{all_synsets[k].number} ({labels[k]})" for k in sorted(numbers))
    return InputError(
        f"{name} is the name of two classes of ImageNet",
        expected=shown,
        fix="name its folder by that number",
    )


def _candidates(name: str) -> frozenset[int]:
    """Return the classes that a name may mean, by the first kind of name that has it."""
    if number := SYNSET.match(name):
        return frozenset(k for k, each in enumerate(synsets()) if each.number == number[0])
    exact, folded = _names()
    for index, key in ((exact, name), (folded, _folded(name))):
        for kind in index:
            if key in kind:
                return kind[key]
    return frozenset()


Index = tuple[Mapping[str, frozenset[int]], ...]


@cache
def _names() -> tuple[Index, Index]:
    """Return the classes by name, exact and folded; labels come before WordNet's names."""
    names = [synset.names for synset in synsets()]
    kinds: list[Iterable[Sequence[str]]] = [
        zip(imagenet_labels("en"), imagenet_labels("zh"), strict=True),
        [(", ".join(each),) if len(each) > 1 else () for each in names],
        [each[:1] for each in names],
        [each[1:] for each in names],
    ]
    rows = [[tuple(each) for each in kind] for kind in kinds]
    folded = [[tuple(map(_folded, each)) for each in kind] for kind in rows]
    return tuple(map(_index, rows)), tuple(map(_index, folded))


def _index(names: Sequence[Sequence[str]]) -> Mapping[str, frozenset[int]]:
    places: dict[str, set[int]] = defaultdict(set)
    for number, each in enumerate(names):
        for name in each:
            places[name].add(number)
    return {name: frozenset(numbers) for name, numbers in places.items()}


def _folded(name: str) -> str:
    """Return a name in small letters, with one space for all that is no letter or digit."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()
