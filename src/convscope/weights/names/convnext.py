"""Names and shapes of the layers of ConvNeXt in other libraries and in its authors' code.

There the two 1x1 convolutions of a block are linear layers over the last axis.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from convscope.weights.names.namer import Namer, Shapes, same, whole_keys

BLOCK = re.compile(r"stage(\d)\.block(\d+)\.body\.(.+)")
REDUCTION = re.compile(r"stage(\d)\.downsample\.(norm|conv)")
SCALE, GRN = "scale", "grn"


class Places(NamedTuple):
    """Names of the layers of ConvNeXt in a library; stages and blocks are numbered from 0.

    Attributes:
        ends: the stem and the classifier.
        reduction, block: with `{stage}`, `{block}`; torchvision counts reductions and stages as one
            sequence: `{place}` is that of a reduction, `{after}` that of the stage behind it.
        scale: the layer scale in a block.
        parts: the other layers of a block.
        normalisation: names of the parameters of the response normalisation that are no
            `weight` and `bias`.
    """

    ends: Mapping[str, str]
    reduction: str
    block: str
    scale: str
    parts: Mapping[str, str]
    normalisation: tuple[str, ...] = ()


TORCHVISION_PLACES = Places(
    ends={
        "stem.conv": "features.0.0",
        "stem.norm": "features.0.1",
        "norm": "classifier.0",
        "fc": "classifier.2",
    },
    reduction="features.{place}",
    block="features.{after}.{block}",
    scale="layer_scale",
    parts={"depthwise": "block.0", "norm": "block.2", "expand": "block.3", "project": "block.5"},
)
TIMM_PLACES = Places(
    ends={"stem.conv": "stem.0", "stem.norm": "stem.1", "norm": "head.norm", "fc": "head.fc"},
    reduction="stages.{stage}.downsample",
    block="stages.{stage}.blocks.{block}",
    scale="gamma",
    parts={
        "depthwise": "conv_dw",
        "norm": "norm",
        "expand": "mlp.fc1",
        "grn": "mlp.grn",
        "project": "mlp.fc2",
    },
)
AUTHORS_PLACES = Places(
    ends={
        "stem.conv": "downsample_layers.0.0",
        "stem.norm": "downsample_layers.0.1",
        "norm": "norm",
        "fc": "head",
    },
    reduction="downsample_layers.{stage}",
    block="stages.{stage}.{block}",
    scale="gamma",
    parts={"depthwise": "dwconv", "norm": "norm", "expand": "pwconv1", "project": "pwconv2"},
    normalisation=("grn.gamma", "grn.beta"),
)


def _named(path: str, places: Places) -> str:
    """Return the name of a layer in a library: `stage2.block3.body.expand` is in stage 1."""
    if path in places.ends:
        return places.ends[path]
    if reduction := REDUCTION.fullmatch(path):
        stage = int(reduction[1]) - 1
        where = places.reduction.format(stage=stage, place=2 * stage)
        return f"{where}.{'0' if reduction[2] == 'norm' else '1'}"
    match = BLOCK.fullmatch(path)
    assert match is not None
    stage, block, part = int(match[1]) - 1, int(match[2]) - 1, match[3]
    where = places.block.format(stage=stage, after=2 * stage + 1, block=block)
    if part == SCALE:
        return whole_keys(f"{where}.{places.scale}")
    if part == GRN and places.normalisation:
        return whole_keys(*(f"{where}.{name}" for name in places.normalisation))
    return f"{where}.{places.parts[part]}"


convnext = partial(_named, places=TORCHVISION_PLACES)
convnext_timm = partial(_named, places=TIMM_PLACES)
convnext_authors = partial(_named, places=AUTHORS_PLACES)


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
