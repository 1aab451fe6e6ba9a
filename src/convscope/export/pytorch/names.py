"""Names for the classes and parameters of an exported file, as a person would choose them."""

import keyword
import re
from collections.abc import Sequence, Set

from torch import nn

from convscope.arch import AnyBlock, Chain, Concat, Residual, children
from convscope.layers import Conv2d, Identity, Layer, Linear, ZeroPadShortcut

SHORT = {
    "Conv2d": "Conv",
    "BatchNorm2d": "Norm",
    "LocalResponseNorm": "LRN",
    "MaxPool2d": "Pool",
    "AvgPool2d": "Pool",
}
PLAIN = ("conv", "linear", "body", "add")
"""Parts of a path that say nothing beside the argument's own name."""


def reserved(name: str) -> bool:
    """Whether `self.name = ...` would not do: a keyword, or torch's own attribute."""
    return keyword.iskeyword(name) or name == "head_weights" or hasattr(nn.Module(), name)


def camel(name: str) -> str:
    """`resnet50_v1` -> `Resnet50V1`, `lenet5_1998` -> `Lenet5_1998`, `7x7` -> `Net7x7`."""
    apart = re.sub(r"(?<=[0-9])_+(?=[0-9])", "-", name)
    joined = "".join(part[:1].upper() + part[1:] for part in apart.split("_")).replace("-", "_")
    return joined if joined[:1].isalpha() else f"Net{joined}"


def class_name(block: AnyBlock, names: Sequence[str], taken: Set[str]) -> str:
    """A name for the class of blocks that stand under `names`."""
    return unique(_wanted(block, names), taken)


def unique(wanted: str, taken: Set[str]) -> str:
    """`wanted`, with a number behind where somebody has it."""
    number, name = 1, wanted
    while name in taken or keyword.iskeyword(name):
        number += 1
        name = f"{wanted}{number}"
    return name


def _wanted(block: AnyBlock, names: Sequence[str]) -> str:
    inner = children(block)
    if isinstance(block, Chain) and len(inner) <= 3:
        types = [part.type for part in inner.values() if isinstance(part, Layer)]
        if len(types) == len(inner) and isinstance(next(iter(inner.values())), Conv2d | Linear):
            return "".join(SHORT.get(name, name) for name in types)
    residual = block if isinstance(block, Residual) else _residual(block)
    if residual is not None:
        match residual.shortcut:
            case Identity():
                return "ResidualBlock"
            case ZeroPadShortcut():
                return "ZeroPadBlock"
            case _:
                return "ProjectionBlock"
    prefix = _common(names)
    if prefix:
        return camel(prefix)
    return "Branches" if isinstance(block, Concat) else "Block"


def _common(names: Sequence[str]) -> str:
    """What all names begin with; a single letter says nothing."""
    first, last = min(names), max(names)
    if first == last:
        return first
    same = 0
    while same < len(first) and first[same] == last[same]:
        same += 1
    return first[:same].rstrip("_") if same > 1 else ""


def _residual(block: AnyBlock) -> Residual | None:
    """The residual right inside a chain, where there is one."""
    if not isinstance(block, Chain):
        return None
    return next((part for part in block.blocks.values() if isinstance(part, Residual)), None)


def parameter_name(path: str, argument: str, *, several: bool, taken: Set[str]) -> str:
    """A name for what differs at an argument of the layer at `path`.

    Args:
        several: more than one number of output channels differs, so that each needs its layer.
    """
    parts = [part for part in path.split(".") if part not in PLAIN]
    wanted = argument
    if argument in ("out_channels", "out_features"):
        what = argument.removeprefix("out_")
        wanted = "_".join([*parts, what]) if several else what
    elif argument == "num_features":
        wanted = "_".join([*parts, "channels"])
    elif argument in taken or (argument.startswith("in_") and taken):
        wanted = "_".join([*parts, argument])
    return unique(wanted, taken | {"self", "x"})
