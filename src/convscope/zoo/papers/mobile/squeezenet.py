"""SqueezeNet: AlexNet's accuracy with 50 times fewer parameters, of fire modules."""

from convscope.arch import AnyBlock, Architecture, Chain, Concat, Paper
from convscope.layers import Conv2d, Dropout, Flatten, GlobalAvgPool2d, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.zoo.publication import (
    Erratum,
    Printed,
    Publication,
    by_torchvision,
    imagenet,
    torchvision_facts,
)

PAPER = Paper(
    title="SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    authors="Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer",
    year=2016,
    url="https://arxiv.org/abs/1602.07360",
)
INPUT = CHW(3, 224, 224)

# Table 1: channels of the squeeze layer, and of each of the two expand layers
FIRES = {
    "fire2": (16, 64),
    "fire3": (16, 64),
    "fire4": (32, 128),
    "fire5": (32, 128),
    "fire6": (48, 192),
    "fire7": (48, 192),
    "fire8": (64, 256),
    "fire9": (64, 256),
}


def _fire(squeeze: int, expand: int) -> Chain:
    """Figure 1: a 1x1 that squeezes the channels, then 1x1 and 3x3 side by side."""
    return Chain(
        squeeze=Conv2d(squeeze, 1),
        relu=ReLU(),
        expand=Concat(
            e1=Chain(conv=Conv2d(expand, 1), relu=ReLU()),
            e3=Chain(conv=Conv2d(expand, 3, padding=1), relu=ReLU()),
        ),
    )


def _pool() -> MaxPool2d:
    return MaxPool2d(3, stride=2, ceil_mode=True)


def _fires(pools_after: tuple[str, ...]) -> dict[str, AnyBlock]:
    blocks: dict[str, AnyBlock] = {}
    for name, (squeeze, expand) in FIRES.items():
        blocks[name] = _fire(squeeze, expand)
        if name in pools_after:
            blocks[f"pool{name.removeprefix('fire')}"] = _pool()
    return blocks


def _head(num_classes: int) -> dict[str, AnyBlock]:
    return {
        "drop": Dropout(0.5),
        "conv10": Conv2d(num_classes, 1),
        "relu10": ReLU(),
        "average": GlobalAvgPool2d(),
        "flatten": Flatten(),
    }


def squeezenet1_0(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """SqueezeNet as in the paper's Table 1."""
    return Architecture(
        name="squeezenet1_0",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=Conv2d(96, 7, stride=2),
            relu1=ReLU(),
            pool1=_pool(),
            **_fires(("fire4", "fire8")),
            **_head(num_classes),
        ),
        paper=PAPER,
        facts=torchvision_facts(1_248_424, 818_924_576, "0.819"),
        differs_from_paper=(
            "224x224 gives maps of 109x109; the paper's 111x111 are of 227x227, see --input",
        ),
    )


def squeezenet1_1(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """SqueezeNet with 2.3 times fewer operations: a 3x3 stem, and earlier pooling."""
    return Architecture(
        name="squeezenet1_1",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=Conv2d(64, 3, stride=2),
            relu1=ReLU(),
            pool1=_pool(),
            **_fires(("fire3", "fire5")),
            **_head(num_classes),
        ),
        paper=PAPER,
        facts=torchvision_facts(1_235_496, 349_151_936, "0.349"),
        differs_from_paper=("the stem and the pools, as the authors' repository has v1.1",),
    )


PARAMETERS = {  # Table 1, before pruning
    "conv1": 14_208,
    "fire2": 11_920,
    "fire3": 12_432,
    "fire4": 45_344,
    "fire5": 49_440,
    "fire6": 104_880,
    "fire7": 111_024,
    "fire8": 188_992,
    "fire9": 197_184,
    "conv10": 513_000,
}


def _row(row: str, number: int, paths: tuple[str, ...]) -> Printed:
    return Printed("Table 1", row, "parameters", f"{number:,}", number, paths=paths)


PUBLICATION = Publication(
    networks=(squeezenet1_0, squeezenet1_1),
    printed={
        "squeezenet1_0": (
            *(_row(name, number, (name,)) for name, number in PARAMETERS.items()),
            _row("all", 1_248_424, ()),
        ),
    },
    results={
        "squeezenet1_0": (
            imagenet(42.5, None, "crops not stated", "MobileNets paper, Table 9"),
            by_torchvision(58.092, 80.42),
        ),
        "squeezenet1_1": (by_torchvision(58.178, 80.624),),
    },
    errata=(
        Erratum(
            "SqueezeNet, input and first maps",
            "input 224 x 224, maps of 111 x 111",
            "227 x 227 gives 111 x 111; 224 x 224 gives 109 x 109",
            "a 7 x 7 window with a stride of 2 and no padding",
            "SqueezeNet paper, Table 1",
        ),
    ),
)
