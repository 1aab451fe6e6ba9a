"""Form of the functions that rename layers, and what the families share."""

from collections.abc import Callable, Iterable

from convscope.arch import Architecture

Rename = Callable[[str], str]
"""Returns, for a path of ours, the name before `.weight` in the other library."""

Namer = Callable[[Architecture], Rename]


def same(rename: Rename, names: Iterable[str]) -> dict[str, Namer]:
    """Return one function for several networks: it needs only the path."""
    return {name: lambda _architecture: rename for name in names}


def conv_or_norm(path: str) -> tuple[str, str]:
    """Return the block around a convolution or a normalisation, and torchvision's name for it."""
    block, _, leaf = path.rpartition(".")
    return block, {"conv": "conv", "norm": "bn"}[leaf]
