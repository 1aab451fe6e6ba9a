"""Form of the functions that rename layers, and what the families share."""

from collections.abc import Callable, Iterable

from convscope.arch import Architecture

Rename = Callable[[str], str]
"""Returns, for a path of ours, the name before `.weight` in the other library."""

Namer = Callable[[Architecture], Rename]

Shapes = Callable[[str, tuple[int, ...]], tuple[int, ...]]
"""Returns the shape that the other library has for a key of ours and its shape."""

BETWEEN = "|"


def whole_keys(weight: str, bias: str = "") -> str:
    """Return a name for a layer whose tensors are not called `.weight` and `.bias` there."""
    return f"{weight}{BETWEEN}{bias}"


def their_key(name: str, leaf: str) -> str:
    """Return the other library's key from its name of the layer and the end of our key."""
    if BETWEEN not in name:
        return f"{name}.{leaf}"
    weight, _, bias = name.partition(BETWEEN)
    return weight if leaf == "weight" else bias


def same(rename: Rename, names: Iterable[str]) -> dict[str, Namer]:
    """Return one function for several networks: it needs only the path."""
    return {name: lambda _architecture: rename for name in names}


def conv_or_norm(path: str) -> tuple[str, str]:
    """Return the block around a convolution or a normalisation, and torchvision's name for it."""
    block, _, leaf = path.rpartition(".")
    return block, {"conv": "conv", "norm": "bn"}[leaf]
