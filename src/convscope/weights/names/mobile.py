"""Names of the layers of small networks for mobile devices in other libraries."""

import re
from collections.abc import Mapping

from convscope.arch import Architecture
from convscope.arch.fold import layers
from convscope.weights.names.namer import Namer, Rename, same

LITES = tuple(f"efficientnet_lite{number}" for number in range(5))
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


BLOCK = re.compile(r"(stage(\d)\.block(\d+))\.(?:body\.)?(.+)")


def _in_block(path: str) -> tuple[str, int, int, str]:
    """Return the path of the block, its stage and its number there, and the layer inside."""
    match = BLOCK.fullmatch(path)
    assert match is not None
    return match[1], int(match[2]), int(match[3]), match[4]


def _in_sequence(architecture: Architecture) -> dict[str, int]:
    """Number the blocks of all stages from 0, by their paths."""
    matches = (BLOCK.fullmatch(path) for path, _ in layers(architecture.block))
    blocks = dict.fromkeys(match[1] for match in matches if match)
    return {block: number for number, block in enumerate(blocks)}


def lite_package(architecture: Architecture) -> Rename:
    """EfficientNet-PyTorch numbers the blocks of all stages in one sequence."""
    numbers = _in_sequence(architecture)

    def rename(path: str) -> str:
        if path in LITE_ENDS:
            return LITE_ENDS[path][0]
        block, _, _, part = _in_block(path)
        return f"_blocks.{numbers[block]}.{LITE_PARTS[part][0]}"

    return rename


def lite_timm(path: str) -> str:
    """Timm numbers stages, and blocks inside each."""
    if path in LITE_ENDS:
        return LITE_ENDS[path][1]
    _, stage, block, part = _in_block(path)
    name = LITE_TIMM_FIRST[part] if stage == 1 else LITE_PARTS[part][1]
    return f"blocks.{stage - 1}.{block - 1}.{name}"


TIMM: Mapping[str, Namer] = same(lite_timm, LITES)
PACKAGE: Mapping[str, Namer] = dict.fromkeys(LITES, lite_package)
