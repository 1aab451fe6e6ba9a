"""ConvNeXt and ConvNeXt V2: ResNet with the training and the block design of transformers."""

from typing import NamedTuple

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper, Residual, Result
from convscope.layers import (
    GELU,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    GlobalResponseNorm,
    LayerNorm2d,
    LayerScale,
    Linear,
    StochasticDepth,
)
from convscope.shapes import CHW
from convscope.zoo.publication import (
    GIGA,
    Printed,
    Publication,
    family,
    imagenet,
    millions,
    retrained,
    torchvision_facts,
)

PAPER = Paper(
    title="A ConvNet for the 2020s",
    authors="Liu, Mao, Wu, Feichtenhofer, Darrell, Xie",
    year=2022,
    url="https://arxiv.org/abs/2201.03545",
)
PAPER_V2 = Paper(
    title="ConvNeXt V2: co-designing and scaling ConvNets with masked autoencoders",
    authors="Woo, Debnath, Hu, Chen, Liu, Kweon, Xie",
    year=2023,
    url="https://arxiv.org/abs/2301.00808",
)
INPUT = CHW(3, 224, 224)
EXPANSION = 4


class Size(NamedTuple):
    """Blocks of each stage, channels of the first stage, largest rate of stochastic depth."""

    depths: tuple[int, int, int, int]
    width: int
    drop: float = 0.0


V1 = {
    "convnext_tiny": Size((3, 3, 9, 3), 96, 0.1),
    "convnext_small": Size((3, 3, 27, 3), 96, 0.4),
    "convnext_base": Size((3, 3, 27, 3), 128, 0.5),
    "convnext_large": Size((3, 3, 27, 3), 192, 0.5),
}
V2 = {
    "convnextv2_atto": Size((2, 2, 6, 2), 40),
    "convnextv2_femto": Size((2, 2, 6, 2), 48),
    "convnextv2_pico": Size((2, 2, 6, 2), 64),
    "convnextv2_nano": Size((2, 2, 8, 2), 80),
    "convnextv2_tiny": Size((3, 3, 9, 3), 96),
    "convnextv2_base": Size((3, 3, 27, 3), 128),
}
NETWORKS = {
    **{name: (size, False) for name, size in V1.items()},
    **{name: (size, True) for name, size in V2.items()},
}
# torchvision's num_params, MACs, and its _ops in G
TORCHVISION = {
    "convnext_tiny": (28_589_128, 4_455_531_264, "4.456"),
    "convnext_small": (50_223_688, 8_683_712_256, "8.684"),
    "convnext_base": (88_591_464, 15_354_729_472, "15.355"),
    "convnext_large": (197_767_336, 34_361_433_600, "34.361"),
}
TIMM = {
    "convnextv2_atto": 3_708_400,
    "convnextv2_femto": 5_233_240,
    "convnextv2_pico": 9_066_280,
    "convnextv2_nano": 15_623_800,
    "convnextv2_tiny": 28_635_496,
    "convnextv2_base": 88_717_800,
}


def _block(width: int, drop: float, second: bool) -> Residual:
    """Figure 4; V2 (its Figure 5) has response normalisation in place of the layer scale."""
    parts: dict[str, AnyBlock] = {
        "depthwise": Conv2d(width, 7, padding=3, groups=width),
        "norm": LayerNorm2d(),
        "expand": Conv2d(EXPANSION * width, 1),
        "gelu": GELU(),
    }
    if second:
        parts["grn"] = GlobalResponseNorm()
    parts["project"] = Conv2d(width, 1)
    if not second:
        parts["scale"] = LayerScale()
    if drop:
        parts["drop"] = StochasticDepth(drop)
    return Residual(Chain(**parts))


def _stages(size: Size, second: bool) -> dict[str, AnyBlock]:
    """Return four stages; the rate of stochastic depth rises from 0 over all blocks."""
    stages: dict[str, AnyBlock] = {}
    last, before = sum(size.depths) - 1, 0
    for place, blocks in enumerate(size.depths):
        width, parts = size.width * 2**place, dict[str, AnyBlock]()
        if place:
            parts["downsample"] = Chain(norm=LayerNorm2d(), conv=Conv2d(width, 2, stride=2))
        for number in range(1, blocks + 1):
            parts[f"block{number}"] = _block(width, size.drop * before / last, second)
            before += 1
        stages[f"stage{place + 1}"] = Chain(**parts)
    return stages


def _facts(name: str) -> tuple[Fact, ...]:
    if name in TORCHVISION:
        return torchvision_facts(*TORCHVISION[name])
    source = f"timm, parameters of {name}"
    return (Fact(quantity="parameters", value=TIMM[name], source=source),)


def _convnext(name: str, num_classes: int, input: CHW, size: Size, second: bool) -> Architecture:
    """Table 9: 4x4 patches, four stages, and a classifier after normalisation."""
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            stem=Chain(conv=Conv2d(size.width, 4, stride=4), norm=LayerNorm2d()),
            **_stages(size, second),
            average=GlobalAvgPool2d(),
            norm=LayerNorm2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER_V2 if second else PAPER,
        facts=_facts(name),
        differs_from_paper=("no stochastic depth in training",) if second else (),
    )


def _summary(size: Size, second: bool) -> str:
    blocks, last = sum(size.depths), 8 * size.width
    if second:
        return f"ConvNeXt V2 of {blocks} blocks, {size.width} to {last} channels."
    return f"ConvNeXt of {blocks} blocks, {size.width} to {last} channels."


# top-1 accuracy, parameters in millions and MACs in G that the authors' repository prints
RELEASED = {
    "convnextv2_atto": (76.7, "3.7M", 3.7, "0.55G", 0.55),
    "convnextv2_femto": (78.5, "5.2M", 5.2, "0.78G", 0.78),
    "convnextv2_pico": (80.3, "9.1M", 9.1, "1.37G", 1.37),
    "convnextv2_nano": (81.9, "15.6M", 15.6, "2.45G", 2.45),
    "convnextv2_tiny": (83.0, "28.6M", 28.6, "4.47G", 4.47),
    "convnextv2_base": (84.9, "89M", 89.0, "15.4G", 15.4),
}


def _printed(row: tuple[float, str, float, str, float]) -> tuple[Printed, ...]:
    _, text, value, macs_text, macs = row
    step = 0.5 if "." not in text else 0.05
    decimals = len(macs_text.removesuffix("G").partition(".")[2])
    cost = Printed(
        "README",
        "all",
        "MACs",
        macs_text,
        macs,
        GIGA,
        0.5 * 10**-decimals,
        why="called FLOPs there, counted as multiply-adds",
        suffix="G",
        digits=3,
    )
    return (*millions("README", text, value, tolerance=step), cost)


def _fine_tuned(top1: float) -> Result:
    error = round(100 - top1, 1)
    protocol = "1 crop, pretrained by masked images"
    return imagenet(error, None, protocol, f"the authors' repository, {top1}")


PUBLICATION = Publication(
    networks=family(_convnext, NETWORKS, _summary, num_classes=1000, input=INPUT),
    printed={name: _printed(row) for name, row in RELEASED.items()},
    results={
        "convnext_tiny": (retrained(17.480, 3.854, "torchvision, 82.520 / 96.146"),),
        "convnext_small": (retrained(16.384, 3.350, "torchvision, 83.616 / 96.650"),),
        "convnext_base": (retrained(15.938, 3.130, "torchvision, 84.062 / 96.870"),),
        "convnext_large": (retrained(15.586, 3.024, "torchvision, 84.414 / 96.976"),),
        **{name: (_fine_tuned(row[0]),) for name, row in RELEASED.items()},
    },
)
