"""Names of the layers of small networks for mobile devices in other libraries."""

import re
from collections.abc import Mapping

from convscope.weights.names.namer import Namer, same

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


TIMM: Mapping[str, Namer] = same(lite_timm, ("efficientnet_lite0",))
PACKAGE: Mapping[str, Namer] = same(lite_package, ("efficientnet_lite0",))
