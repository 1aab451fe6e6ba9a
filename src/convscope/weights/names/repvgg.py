"""Names of the layers of RepVGG in timm and in its authors' code, trained and deployed."""

import re
from collections.abc import Mapping

from convscope.weights.names.namer import Namer, same

PARTS = {  # inside a layer: timm, the authors
    "conv": ("reparam_conv", "rbr_reparam"),
    "body": ("conv_kxk", "rbr_dense"),
    "shortcut": ("conv_1x1", "rbr_1x1"),
    "identity": ("identity", "rbr_identity"),
}
LEAVES = {"conv": "conv", "norm": "bn"}


def _layer(path: str) -> tuple[int, int, str, str]:
    """Return stage and layer, from 0, the branch, and `.conv` or `.bn` inside it."""
    match = re.fullmatch(r"stage(\d)\.block(\d+)\.sum\.?(.*)", path)
    assert match is not None
    stage, block, inside = int(match[1]) - 1, int(match[2]) - 1, match[3]
    if not inside:
        return stage, block, "conv", ""
    if inside == "shortcut":  # beside the two convolutions, which are then inside `body`
        return stage, block, "identity", ""
    branch, leaf = inside.split(".")[-2:]
    return stage, block, branch, f".{LEAVES[leaf]}"


def repvgg_timm(path: str) -> str:
    """`stage2.block1.sum.body.conv` is stages.0.0.conv_kxk.conv."""
    if path == "fc":
        return "head.fc"
    stage, block, branch, leaf = _layer(path)
    place = f"stages.{stage - 1}.{block}" if stage else "stem"
    return f"{place}.{PARTS[branch][0]}{leaf}"


def repvgg_authors(path: str) -> str:
    """`stage2.block1.sum.body.conv` is stage1.0.rbr_dense.conv."""
    if path == "fc":
        return "linear"
    stage, block, branch, leaf = _layer(path)
    place = f"stage{stage}.{block}" if stage else "stage0"
    return f"{place}.{PARTS[branch][1]}{leaf}"


TRAINED = tuple(
    f"repvgg_{size}" for size in ("a0", "a1", "a2", "b0", "b1", "b1g4", "b2", "b2g4", "b3", "b3g4")
)
REPVGGS = (*TRAINED, *(f"{name}_deployed" for name in TRAINED))
TIMM: Mapping[str, Namer] = same(repvgg_timm, REPVGGS)
AUTHORS: Mapping[str, Namer] = same(repvgg_authors, REPVGGS)
