"""Names of the layers of ResNet and its successors in other libraries."""

import re
from collections.abc import Mapping

from convscope.weights.names.namer import Namer, same

BLOCK = re.compile(r"stage(\d+)\.block(\d+)\.(body|shortcut)\.(.+)")
GATE = {"se.gate.reduce": "fc1", "se.gate.expand": "fc2"}


def resnet(path: str) -> str:
    """`stage3.block2.body.norm1` is layer2.1.bn1."""
    inside = BLOCK.fullmatch(path)
    if inside is None:
        return {"conv1": "conv1", "norm1": "bn1", "fc": "fc"}[path]
    stage, block, side, leaf = inside.groups()
    place = f"layer{int(stage) - 1}.{int(block) - 1}"
    if side == "shortcut":
        return f"{place}.downsample.{'0' if leaf == 'conv' else '1'}"
    return f"{place}.{leaf.replace('norm', 'bn')}"


def senet(path: str) -> str:
    """`stage3.block2.body.se.gate.reduce` is layer2.1.se_module.fc1, as timm's legacy names."""
    block, _, gate = path.partition(".body.")
    if gate in GATE:
        place = resnet(f"{block}.body.conv1").removesuffix(".conv1")
        return f"{place}.se_module.{GATE[gate]}"
    name = resnet(path)
    return {"conv1": "layer0.conv1", "bn1": "layer0.bn1", "fc": "last_linear"}.get(name, name)


def resnet_keras(path: str) -> str:
    """`stage3.block2.body.norm1` is conv3_block2_1_bn; the shortcut has number 0."""
    inside = re.fullmatch(r"stage(\d+)\.block(\d+)\.(?:body|shortcut)\.(conv|norm)(\d*)", path)
    if inside is None:
        return {"conv1": "conv1_conv", "norm1": "conv1_bn", "fc": "predictions"}[path]
    stage, block, kind, number = inside.groups()
    return f"conv{stage}_block{block}_{number or 0}_{'conv' if kind == 'conv' else 'bn'}"


DENSENET_ENDS = {
    "conv1": "features.conv0",
    "norm1": "features.norm0",
    "norm5": "features.norm5",
    "fc": "classifier",
}


def densenet(path: str) -> str:
    """`block2.layer3.new.norm1` is features.denseblock2.denselayer3.norm1."""
    if path in DENSENET_ENDS:
        return DENSENET_ENDS[path]
    if dense := re.fullmatch(r"block(\d)\.layer(\d+)\.new\.(.+)", path):
        return f"features.denseblock{dense[1]}.denselayer{dense[2]}.{dense[3]}"
    return f"features.{path}"


REGNET_PARTS = {  # inside a block: torchvision, timm
    "body.conv1": ("f.a.0", "conv1.conv"),
    "body.norm1": ("f.a.1", "conv1.bn"),
    "body.conv2": ("f.b.0", "conv2.conv"),
    "body.norm2": ("f.b.1", "conv2.bn"),
    "body.conv3": ("f.c.0", "conv3.conv"),
    "body.norm3": ("f.c.1", "conv3.bn"),
    "body.se.gate.reduce": ("f.se.fc1", "se.fc1"),
    "body.se.gate.expand": ("f.se.fc2", "se.fc2"),
    "shortcut.conv": ("proj.0", "downsample.conv"),
    "shortcut.norm": ("proj.1", "downsample.bn"),
}
REGNET_ENDS = {
    "stem.conv": ("stem.0", "stem.conv"),
    "stem.norm": ("stem.1", "stem.bn"),
    "fc": ("fc", "head.fc"),
}


def _regnet_block(path: str) -> tuple[int, int, str]:
    match = BLOCK.fullmatch(path)
    assert match is not None
    return int(match[1]), int(match[2]), f"{match[3]}.{match[4]}"


def regnet(path: str) -> str:
    """`stage2.block3.body.conv1` is trunk_output.block2.block2-2.f.a.0."""
    if path in REGNET_ENDS:
        return REGNET_ENDS[path][0]
    stage, block, part = _regnet_block(path)
    return f"trunk_output.block{stage}.block{stage}-{block - 1}.{REGNET_PARTS[part][0]}"


def regnet_timm(path: str) -> str:
    """`stage2.block3.body.conv1` is s2.b3.conv1.conv."""
    if path in REGNET_ENDS:
        return REGNET_ENDS[path][1]
    stage, block, part = _regnet_block(path)
    return f"s{stage}.b{block}.{REGNET_PARTS[part][1]}"


RESNETS = tuple(f"resnet{depth}" for depth in (18, 34, 50, 101, 152))
SAME_BLOCKS = (
    *("resnext50_32x4d", "resnext101_64x4d", "resnext101_32x8d"),
    *("wide_resnet50_2", "wide_resnet101_2"),
)
SE_RESNETS = (
    *("se_resnet50", "se_resnet101", "se_resnet152"),
    *("se_resnext50_32x4d", "se_resnext101_32x4d"),
)
DENSENETS = tuple(f"densenet{depth}" for depth in (121, 161, 169, 201))
REGNETS = tuple(
    f"regnet{kind}_{size}"
    for kind in "xy"
    for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf")
)
PAPER_REGNETS = (
    *("regnetx_200mf", "regnety_200mf"),
    *("regnetx_400mf_pycls", "regnety_800mf_pycls", "regnety_8gf_pycls"),
)

TORCHVISION: Mapping[str, Namer] = {
    **same(resnet, (*RESNETS, *SAME_BLOCKS)),
    **same(densenet, DENSENETS),
    **same(regnet, REGNETS),
}
TIMM: Mapping[str, Namer] = {
    **same(resnet, (*RESNETS, *SAME_BLOCKS, "resnext101_32x4d")),
    **same(senet, SE_RESNETS),
    **same(densenet, DENSENETS),
    **same(regnet_timm, (*REGNETS, *PAPER_REGNETS)),
}
# Keras' ResNets place the stride as the paper
KERAS: Mapping[str, Namer] = same(resnet_keras, ("resnet50_v1", "resnet101_v1", "resnet152_v1"))
