"""Names of folders that mean a split: train/, Validation/, test_set/, seg_train/, train2017/ ...

The rule is in docs/reference/data.md: case, separators and digits do not count, and neither do
words that say nothing about the split (NEUTRAL). What is left must be one of WORDS. A word that
folders of several splits share, as in pets_train/ and pets_test/, does not count either.
"""

import re
import unicodedata
from collections.abc import Iterable

WORDS = {
    "train": ("train", "training", "trn", "trainval"),
    "val": ("val", "valid", "validation", "validate", "dev", "development"),
    "test": ("test", "testing", "tst", "eval", "evaluation", "holdout"),
}
"""Words for each split."""

NEUTRAL = (
    *("set", "sets", "data", "dataset", "datasets", "split", "splits", "subset", "part", "folder"),
    *("image", "images", "img", "imgs", "photo", "photos", "picture", "pictures", "pics"),
    *("sample", "samples", "seg", "final", "full"),
)
"""Words that may stand beside them."""

ALL = "all"
"""Split of data that have none."""

SPLIT_OF_WORD = {word: split for split, words in WORDS.items() for word in words}
_NAME = re.compile(
    "(?:{neutral})*(?P<word>{words})(?:{neutral})*".format(
        neutral="|".join(sorted(NEUTRAL, key=len, reverse=True)),
        words="|".join(sorted(SPLIT_OF_WORD, key=len, reverse=True)),
    )
)


def split_of_name(name: str) -> str | None:
    """Return the split that a name means; None for any other name."""
    match = _NAME.fullmatch("".join(_words(name)))
    return SPLIT_OF_WORD[match["word"]] if match else None


def is_neutral(name: str) -> bool:
    """Return whether a name says nothing about its content, as images/ or data/."""
    words = _words(name)
    return bool(words) and all(word in NEUTRAL for word in words)


def splits_of_names(names: Iterable[str]) -> dict[str, str]:
    """Return the split of each name that means one, in order.

    A shared word does not count: pets_train and pets_test are splits, steam_train and
    bullet_train are not.
    """
    splits: dict[str, str] = {}
    shared: dict[tuple[str, ...], dict[str, str]] = {}
    for name in names:
        split = split_of_name(name)
        if split is not None:
            splits[name] = split
            continue
        words = _words(name)
        known = [word for word in words if word in SPLIT_OF_WORD]
        if len(known) == 1:
            rest = tuple(w for w in words if w not in SPLIT_OF_WORD and w not in NEUTRAL)
            shared.setdefault(rest, {})[name] = SPLIT_OF_WORD[known[0]]
    for group in shared.values():
        if len(set(group.values())) > 1:
            splits |= group
    return splits


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case: parts between separators, digits and capitals."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return re.findall(r"[^\W\d_]+", text.casefold())
