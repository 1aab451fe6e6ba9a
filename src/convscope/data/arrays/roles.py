"""Parts of a data set that the name of an array or of its file states.

`train-images-idx3-ubyte`, `kmnist-test-labels.npz`, `x_train`, `val_labels`: a split, and images
or labels. The words that remain name the data set: `kmnist`, `emnist letters`.
"""

import re
from typing import Literal, NamedTuple

from convscope.data.folder.split_names import ALL, SPLIT_OF_WORD

Kind = Literal["images", "labels", "names"]

IMAGE_WORDS = ("images", "image", "imgs", "img", "x", "data", "inputs", "pixels", "features")
LABEL_WORDS = ("labels", "label", "lbls", "y", "targets", "target", "classes", "class")
FORMAT_WORDS = ("idx", "ubyte", "arr", "array")
JOINED = re.compile(r"\b([xy])(train|val|valid|test)|\b(train|val|valid|test)([xy])\b")
ARRAY_FILE = re.compile(r".*(\.npy|\.npz|idx[1-4]?([-_.]ubyte)?)(\.gz|\.xz)?", re.IGNORECASE)
ENDINGS = re.compile(r"(\.(npy|npz|gz|xz|idx[1-4]?|ubyte))+$", re.IGNORECASE)


class Role(NamedTuple):
    """Split and kind that a name states, and the name of the data set; kind None: not stated."""

    split: str
    kind: Kind | None
    group: str


def is_array_file(name: str) -> bool:
    """Return whether a file name is that of an IDX, .npy or .npz file."""
    return not name.startswith(".") and ARRAY_FILE.fullmatch(name) is not None


def stem(name: str) -> str:
    """Return a file name without the endings of arrays and of compression."""
    return ENDINGS.sub("", name)


def role_of(name: str) -> Role:
    """Return what the name of an array or of a file states."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem(name))  # trainLabels
    spaced = re.sub(r"[^a-z0-9]+", " ", parted.lower()).replace("t10k", "test")
    spaced = JOINED.sub(lambda m: " ".join(part for part in m.groups() if part), spaced)
    words = [word for word in re.findall(r"[a-z]+|[0-9]+", spaced) if word not in FORMAT_WORDS]
    splits = [word for word in words if word in SPLIT_OF_WORD]
    kind: Kind | None = None
    if "names" in words and ("class" in words or "label" in words):
        kind = "names"
    elif any(word in LABEL_WORDS for word in words):
        kind = "labels"
    elif any(word in IMAGE_WORDS for word in words):
        kind = "images"
    used = {*splits, *IMAGE_WORDS, *LABEL_WORDS, "names"}
    rest = " ".join(word for word in words if word not in used and not word.isdigit())
    return Role(SPLIT_OF_WORD[splits[0]] if splits else ALL, kind, rest)
