"""Names and shapes of the layers of ConvNeXt in other libraries and in its authors' code.

There the two 1x1 convolutions of a block are linear layers over the last axis.
"""

import re
from collections.abc import Mapping

from convscope.weights.names.namer import Namer, Shapes, same, whole_keys

BLOCK = re.compile(r"stage(\d)\.block(\d+)\.body\.(.+)")
SCALE, GRN = "scale", "grn"
TORCHVISION_PARTS = {"depthwise": "block.0", "norm": "block.2"} | {
    "expand": "block.3",
    "project": "block.5",
}
TIMM_PARTS = {
    "depthwise": "conv_dw",
    "norm": "norm",
    "expand": "mlp.fc1",
    "grn": "mlp.grn",
    "project": "mlp.fc2",
}
AUTHORS_PARTS = {
    "depthwise": "dwconv",
    "norm": "norm",
    "expand": "pwconv1",
    "project": "pwconv2",
}


def _block(path: str) -> tuple[int, int, str]:
    """Return stage and block, from 0, and the layer inside."""
    match = BLOCK.fullmatch(path)
    assert match is not None
    return int(match[1]) - 1, int(match[2]) - 1, match[3]


def _downsample(path: str) -> tuple[int, str] | None:
    """Return the stage, from 0, and `0` for the normalisation or `1` for the convolution."""
    match = re.fullmatch(r"stage(\d)\.downsample\.(norm|conv)", path)
    return (int(match[1]) - 1, "0" if match[2] == "norm" else "1") if match else None


def convnext(path: str) -> str:
    """`stage2.block3.body.expand` is features.3.2.block.3."""
    ends = {"stem.conv": "features.0.0", "stem.norm": "features.0.1"}
    ends |= {"norm": "classifier.0", "fc": "classifier.2"}
    if path in ends:
        return ends[path]
    if reduction := _downsample(path):
        return f"features.{2 * reduction[0]}.{reduction[1]}"
    stage, block, part = _block(path)
    place = f"features.{2 * stage + 1}.{block}"
    if part == SCALE:
        return whole_keys(f"{place}.layer_scale")
    return f"{place}.{TORCHVISION_PARTS[part]}"


def convnext_timm(path: str) -> str:
    """`stage2.block3.body.expand` is stages.1.blocks.2.mlp.fc1."""
    ends = {"stem.conv": "stem.0", "stem.norm": "stem.1", "norm": "head.norm", "fc": "head.fc"}
    if path in ends:
        return ends[path]
    if reduction := _downsample(path):
        return f"stages.{reduction[0]}.downsample.{reduction[1]}"
    stage, block, part = _block(path)
    place = f"stages.{stage}.blocks.{block}"
    if part == SCALE:
        return whole_keys(f"{place}.gamma")
    return f"{place}.{TIMM_PARTS[part]}"


def convnext_authors(path: str) -> str:
    """`stage2.block3.body.expand` is stages.1.2.pwconv1."""
    ends = {"stem.conv": "downsample_layers.0.0", "stem.norm": "downsample_layers.0.1"}
    ends |= {"norm": "norm", "fc": "head"}
    if path in ends:
        return ends[path]
    if reduction := _downsample(path):
        return f"downsample_layers.{reduction[0]}.{reduction[1]}"
    stage, block, part = _block(path)
    place = f"stages.{stage}.{block}"
    if part == SCALE:
        return whole_keys(f"{place}.gamma")
    if part == GRN:
        return whole_keys(f"{place}.grn.gamma", f"{place}.grn.beta")
    return f"{place}.{AUTHORS_PARTS[part]}"


def _linear(key: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Kernels of 1x1 without their window."""
    is_pointwise = key.endswith((".expand.weight", ".project.weight"))
    return shape[:2] if is_pointwise else shape


def torchvision_shape(key: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The layer scale is C x 1 x 1."""
    return (*shape, 1, 1) if key.endswith(".scale.weight") else _linear(key, shape)


def authors_shape(key: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The response normalisation is 1 x 1 x 1 x C."""
    return (1, 1, 1, *shape) if f".{GRN}." in key else _linear(key, shape)


V1 = tuple(f"convnext_{size}" for size in ("tiny", "small", "base", "large"))
V2_SMALL = tuple(f"convnextv2_{size}" for size in ("atto", "femto", "pico", "nano"))
V2 = (*V2_SMALL, "convnextv2_tiny", "convnextv2_base")

TORCHVISION: Mapping[str, Namer] = same(convnext, V1)
TIMM: Mapping[str, Namer] = same(convnext_timm, (*V1, *V2))
AUTHORS: Mapping[str, Namer] = same(convnext_authors, (*V1, *V2))
# timm's smaller ones have convolutions of 1x1, as ours
SHAPES: Mapping[tuple[str, str], Shapes] = {
    **{("torchvision", name): torchvision_shape for name in V1},
    **{("timm", name): _linear for name in (*V1, "convnextv2_tiny", "convnextv2_base")},
    **{("authors", name): authors_shape for name in (*V1, *V2)},
}
