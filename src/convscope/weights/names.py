"""Names of layers in other libraries, computed from the architecture.

Each function returns, for a path of ours, the name before `.weight` in the other library.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from convscope.arch import Architecture
from convscope.arch.fold import layers

Rename = Callable[[str], str]

VGG_HEAD = {"fc1": "classifier.0", "fc2": "classifier.3", "fc3": "classifier.6"}
VGG_TIMM_HEAD = {"fc1": "pre_logits.fc1", "fc2": "pre_logits.fc2", "fc3": "head.fc"}
VGG_KERAS_HEAD = {"fc1": "fc1", "fc2": "fc2", "fc3": "predictions"}
ALEXNET = {
    "conv1": "features.0",
    "conv2": "features.3",
    "conv3": "features.6",
    "conv4": "features.8",
    "conv5": "features.10",
    "fc6": "classifier.1",
    "fc7": "classifier.4",
    "fc8": "classifier.6",
}


def alexnet(path: str) -> str:
    """Return the number in torchvision's two Sequentials."""
    return ALEXNET[path]


def vgg_features(architecture: Architecture, *, head: Mapping[str, str]) -> Rename:
    """Number the layers of all blocks as one Sequential, pools and ReLUs included."""
    paths = [path for path, _ in layers(architecture.block) if "." in path]
    places = {path: f"features.{number}" for number, path in enumerate(paths)}
    return (places | dict(head)).__getitem__


def vgg_keras(path: str) -> str:
    """`block1.conv2` is block1_conv2."""
    return VGG_KERAS_HEAD.get(path) or path.replace(".", "_")


def resnet(path: str) -> str:
    """`stage3.block2.body.norm1` is layer2.1.bn1."""
    inside = re.fullmatch(r"stage(\d+)\.block(\d+)\.(body|shortcut)\.(conv|norm)(\d*)", path)
    if inside is None:
        return {"conv1": "conv1", "norm1": "bn1", "fc": "fc"}[path]
    stage, block, side, kind, number = inside.groups()
    place = f"layer{int(stage) - 1}.{int(block) - 1}"
    if side == "shortcut":
        return f"{place}.downsample.{'0' if kind == 'conv' else '1'}"
    return f"{place}.{'conv' if kind == 'conv' else 'bn'}{number}"


def resnet_keras(path: str) -> str:
    """`stage3.block2.body.norm1` is conv3_block2_1_bn; the shortcut has number 0."""
    inside = re.fullmatch(r"stage(\d+)\.block(\d+)\.(?:body|shortcut)\.(conv|norm)(\d*)", path)
    if inside is None:
        return {"conv1": "conv1_conv", "norm1": "conv1_bn", "fc": "predictions"}[path]
    stage, block, kind, number = inside.groups()
    return f"conv{stage}_block{block}_{number or 0}_{'conv' if kind == 'conv' else 'bn'}"


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
    block, leaf = _conv_or_norm(path)
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
    block, leaf = _conv_or_norm(path)
    if block in INCEPTION_STEM:
        return f"{INCEPTION_STEM[block]}.{leaf}"
    module, _, branch = block.partition(".")
    theirs = module.replace("mixed", "Mixed_")
    return f"{theirs}.{INCEPTION_MODULES[module][branch]}.{leaf}"


def _conv_or_norm(path: str) -> tuple[str, str]:
    """Return the block around a convolution or a normalisation, and torchvision's name for it."""
    block, _, leaf = path.rpartition(".")
    return block, {"conv": "conv", "norm": "bn"}[leaf]


LITE_BLOCKS = (1, 2, 2, 3, 3, 4, 1)
LITE_ENDS = {
    "stem.conv": ("_conv_stem", "conv_stem"),
    "stem.norm": ("_bn0", "bn1"),
    "head.conv": ("_conv_head", "conv_head"),
    "head.norm": ("_bn1", "bn2"),
    "fc": ("_fc", "classifier"),
}
LITE_PARTS = {  # the first block has no expansion, and timm numbers what is there
    "expand.conv": ("_expand_conv", "conv_pw"),
    "expand.norm": ("_bn0", "bn1"),
    "depthwise.conv": ("_depthwise_conv", "conv_dw"),
    "depthwise.norm": ("_bn1", "bn2"),
    "project.conv": ("_project_conv", "conv_pwl"),
    "project.norm": ("_bn2", "bn3"),
}
LITE_TIMM_FIRST = {
    "depthwise.conv": "conv_dw",
    "depthwise.norm": "bn1",
    "project.conv": "conv_pw",
    "project.norm": "bn2",
}


def _lite(path: str) -> tuple[int, int, str]:
    """Return stage and block, from 0, and the layer inside."""
    match = re.fullmatch(r"stage(\d)\.block(\d)\.(?:body\.)?(.+)", path)
    assert match is not None
    return int(match[1]) - 1, int(match[2]) - 1, match[3]


def lite_package(path: str) -> str:
    """EfficientNet-PyTorch numbers the blocks of all stages in one sequence."""
    if path in LITE_ENDS:
        return LITE_ENDS[path][0]
    stage, block, part = _lite(path)
    return f"_blocks.{sum(LITE_BLOCKS[:stage]) + block}.{LITE_PARTS[part][0]}"


def lite_timm(path: str) -> str:
    """Timm numbers stages, and blocks inside each."""
    if path in LITE_ENDS:
        return LITE_ENDS[path][1]
    stage, block, part = _lite(path)
    name = LITE_TIMM_FIRST[part] if stage == 0 else LITE_PARTS[part][1]
    return f"blocks.{stage}.{block}.{name}"


VGGS = tuple(f"vgg{depth}{norm}" for depth in (11, 13, 16, 19) for norm in ("", "_bn"))
RESNETS = tuple(f"resnet{depth}" for depth in (18, 34, 50, 101, 152))
Namer = Callable[[Architecture], Rename]


def _same(rename: Rename, names: Iterable[str]) -> dict[str, Namer]:
    return {name: lambda _architecture: rename for name in names}


# a network is listed only where the library's one computes the same function as ours
TORCHVISION: Mapping[str, Namer] = {
    **_same(alexnet, ("alexnet_owt",)),
    **{name: partial(vgg_features, head=VGG_HEAD) for name in VGGS},
    **_same(googlenet, ("googlenet_bn",)),
    **_same(inception_v3, ("inception_v3",)),
    **_same(resnet, RESNETS),
}
TIMM: Mapping[str, Namer] = {
    **{name: partial(vgg_features, head=VGG_TIMM_HEAD) for name in VGGS},
    **_same(inception_v3, ("inception_v3",)),
    **_same(resnet, RESNETS),
    **_same(lite_timm, ("efficientnet_lite0",)),
}
# Keras' ResNets place the stride as the paper; its Inception v3 leaves the border out of its
# average pools, which is another function
KERAS: Mapping[str, Namer] = {
    **_same(vgg_keras, ("vgg16", "vgg19")),
    **_same(resnet_keras, ("resnet50_v1", "resnet101_v1", "resnet152_v1")),
}
PACKAGE: Mapping[str, Namer] = _same(lite_package, ("efficientnet_lite0",))
