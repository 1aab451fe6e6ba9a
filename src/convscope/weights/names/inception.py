"""Names of the layers of GoogLeNet and its successors in other libraries."""

import re
from collections.abc import Mapping

from convscope.weights.names.namer import Namer, conv_or_norm, same

GOOGLENET_STEM = {"conv1": "conv1", "conv2_reduce": "conv2", "conv2": "conv3"}
GOOGLENET_BRANCHES = {
    "b1": "branch1",
    "b3.reduce": "branch2.0",
    "b3.conv": "branch2.1",
    "b5.reduce": "branch3.0",
    "b5.conv": "branch3.1",
    "pool.project": "branch4.1",
}


def googlenet(path: str) -> str:
    """`inception3a.b3.reduce.conv` is inception3a.branch2.0.conv."""
    if path == "fc":
        return path
    if head := re.fullmatch(r"(aux\d)\.head\.(fc\d)", path):
        return f"{head[1]}.{head[2]}"
    block, leaf = conv_or_norm(path)
    if head := re.fullmatch(r"(aux\d)\.head\.conv", block):
        return f"{head[1]}.conv.{leaf}"
    if block in GOOGLENET_STEM:
        return f"{GOOGLENET_STEM[block]}.{leaf}"
    module, _, branch = block.partition(".")
    return f"{module}.{GOOGLENET_BRANCHES[branch]}.{leaf}"


INCEPTION_STEM = {
    "conv1a": "Conv2d_1a_3x3",
    "conv2a": "Conv2d_2a_3x3",
    "conv2b": "Conv2d_2b_3x3",
    "conv3b": "Conv2d_3b_1x1",
    "conv4a": "Conv2d_4a_3x3",
    "aux.head.conv1": "AuxLogits.conv0",
    "aux.head.conv2": "AuxLogits.conv1",
}
_A = {
    "b1": "branch1x1",
    "b5.reduce": "branch5x5_1",
    "b5.conv": "branch5x5_2",
    "b3.reduce": "branch3x3dbl_1",
    "b3.conv1": "branch3x3dbl_2",
    "b3.conv2": "branch3x3dbl_3",
    "pool.project": "branch_pool",
}
_B = {
    "b3": "branch3x3",
    "b33.reduce": "branch3x3dbl_1",
    "b33.conv1": "branch3x3dbl_2",
    "b33.conv2": "branch3x3dbl_3",
}
_C = {
    "b1": "branch1x1",
    "b7.reduce": "branch7x7_1",
    "b7.row": "branch7x7_2",
    "b7.column": "branch7x7_3",
    "b77.reduce": "branch7x7dbl_1",
    "b77.column1": "branch7x7dbl_2",
    "b77.row1": "branch7x7dbl_3",
    "b77.column2": "branch7x7dbl_4",
    "b77.row2": "branch7x7dbl_5",
    "pool.project": "branch_pool",
}
_D = {
    "b3.reduce": "branch3x3_1",
    "b3.conv": "branch3x3_2",
    "b7.reduce": "branch7x7x3_1",
    "b7.row": "branch7x7x3_2",
    "b7.column": "branch7x7x3_3",
    "b7.conv": "branch7x7x3_4",
}
_E = {
    "b1": "branch1x1",
    "b3.reduce": "branch3x3_1",
    "b3.fan.row": "branch3x3_2a",
    "b3.fan.column": "branch3x3_2b",
    "b33.reduce": "branch3x3dbl_1",
    "b33.conv": "branch3x3dbl_2",
    "b33.fan.row": "branch3x3dbl_3a",
    "b33.fan.column": "branch3x3dbl_3b",
    "pool.project": "branch_pool",
}
INCEPTION_MODULES = (
    {f"mixed5{letter}": _A for letter in "bcd"}
    | {"mixed6a": _B, "mixed7a": _D}
    | {f"mixed6{letter}": _C for letter in "bcde"}
    | {f"mixed7{letter}": _E for letter in "bc"}
)


def inception_v3(path: str) -> str:
    """`mixed5b.b5.reduce.conv` is Mixed_5b.branch5x5_1.conv."""
    if path in ("fc", "aux.head.fc"):
        return path.replace("aux.head", "AuxLogits")
    block, leaf = conv_or_norm(path)
    if block in INCEPTION_STEM:
        return f"{INCEPTION_STEM[block]}.{leaf}"
    module, _, branch = block.partition(".")
    theirs = module.replace("mixed", "Mixed_")
    return f"{theirs}.{INCEPTION_MODULES[module][branch]}.{leaf}"


XCEPTION_LEAVES = {"depthwise": "conv1", "pointwise": "pointwise"}


def xception(path: str) -> str:
    """`block2.body.sep1.depthwise` is block2.rep.1.conv1; the first ReLU of block1 is missing."""
    if inside := re.fullmatch(r"(block\d+)\.body\.(sep|norm)(\d)\.?(\w*)", path):
        block, kind, number, leaf = inside.groups()
        place = 3 * int(number) - 2 + (kind == "norm") - (block == "block1")
        return f"{block}.rep.{place}" + (f".{XCEPTION_LEAVES[leaf]}" if leaf else "")
    if inside := re.fullmatch(r"(block\d+)\.shortcut\.(conv|norm)", path):
        return f"{inside[1]}.{'skip' if inside[2] == 'conv' else 'skipbn'}"
    name, _, leaf = path.replace("sep", "conv").replace("norm", "bn").partition(".")
    return f"{name}.{XCEPTION_LEAVES[leaf]}" if leaf else name


TORCHVISION: Mapping[str, Namer] = {
    **same(googlenet, ("googlenet_bn",)),
    **same(inception_v3, ("inception_v3",)),
}
# Keras' Inception v3 leaves the border out of its average pools, which is another function
TIMM: Mapping[str, Namer] = {
    **same(inception_v3, ("inception_v3",)),
    **same(xception, ("xception",)),
}
