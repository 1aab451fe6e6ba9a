"""Names of the layers of ResNet and its successors in other libraries."""

import re
from collections.abc import Mapping

from convscope.weights.names.namer import Namer, same


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


RESNETS = tuple(f"resnet{depth}" for depth in (18, 34, 50, 101, 152))

TORCHVISION: Mapping[str, Namer] = same(resnet, RESNETS)
TIMM: Mapping[str, Namer] = same(resnet, RESNETS)
# Keras' ResNets place the stride as the paper
KERAS: Mapping[str, Namer] = same(resnet_keras, ("resnet50_v1", "resnet101_v1", "resnet152_v1"))
