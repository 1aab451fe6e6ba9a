"""Names for the classes and parameters of an exported file, as a person would choose them."""

import keyword
import re
from collections.abc import Sequence, Set

from torch import nn

from convscope.arch import AnyBlock, Composition, children
from convscope.export.pytorch.rows import ROWS
from convscope.layers import Layer

SHORT = {"convolution": "Conv", "normalisation": "Norm", "pooling": "Pool"}
"""Words for layers by their role; others have their own name."""
PLAIN = ("conv", "linear", "body", "add")
"""Parts of a path that add nothing to the argument's own name."""


def reserved(name: str) -> bool:
    """Return whether `self.name = ...` is impossible: a keyword, or torch's own attribute."""
    return keyword.iskeyword(name) or name == "head_weights" or hasattr(nn.Module(), name)


def camel(name: str) -> str:
    """Return a class name: `resnet50_v1` -> `Resnet50V1`, `7x7` -> `Net7x7`."""
    apart = re.sub(r"(?<=[0-9])_+(?=[0-9])", "-", name)
    joined = "".join(part[:1].upper() + part[1:] for part in apart.split("_")).replace("-", "_")
    return joined if joined[:1].isalpha() else f"Net{joined}"


def class_name(block: Composition, names: Sequence[str], taken: Set[str]) -> str:
    """Return a name for the class of blocks that stand under `names`."""
    return unique(_preferred(block, names), taken)


def unique(name: str, taken: Set[str]) -> str:
    """Return the name, followed by a number if it is taken."""
    number, free = 1, name
    while free in taken or keyword.iskeyword(free):
        number += 1
        free = f"{name}{number}"
    return free


def _preferred(block: Composition, names: Sequence[str]) -> str:
    layers = [part for part in block.parts.values() if isinstance(part, Layer)]
    plain = block.flow == "sequence" and len(layers) == len(block.parts) <= 3
    if plain and layers[0].role in ("convolution", "linear"):
        return "".join(SHORT.get(layer.role, layer.type) for layer in layers)
    shortcut = _shortcut(block)
    if shortcut is not None:
        if not isinstance(shortcut, Layer) or shortcut.role != "shortcut":
            return "ProjectionBlock"
        return "ResidualBlock" if shortcut.pointwise else "ZeroPadBlock"
    prefix = _common(names)
    return camel(prefix) if prefix else ROWS[block.type].name


def _common(names: Sequence[str]) -> str:
    """Return the common prefix of all names; a single letter is no name."""
    first, last = min(names), max(names)
    if first == last:
        return first
    same = 0
    while same < len(first) and first[same] == last[same]:
        same += 1
    return first[:same].rstrip("_") if same > 1 else ""


def _shortcut(block: Composition) -> AnyBlock | None:
    """Return the shortcut of a block, or of the first residual right inside a sequence."""
    inside = block.parts.values() if block.flow == "sequence" else ()
    shortcuts = (children(part).get("shortcut") for part in (block, *inside))
    return next((shortcut for shortcut in shortcuts if shortcut is not None), None)


def parameter_name(path: str, argument: str, *, several: bool, taken: Set[str]) -> str:
    """Return a name for what differs at an argument of the layer at `path`.

    Args:
        several: more than one number of output channels differs, so that each needs its layer.
    """
    parts = [part for part in path.split(".") if part not in PLAIN]
    name = argument
    if argument in ("out_channels", "out_features"):
        stem = argument.removeprefix("out_")
        name = "_".join([*parts, stem]) if several else stem
    elif argument == "num_features":
        name = "_".join([*parts, "channels"])
    elif argument in taken or (argument.startswith("in_") and taken):
        name = "_".join([*parts, argument])
    return unique(name, taken | {"self", "x"})
