"""VGG: nothing but 3x3 convolutions, deeper and deeper. Table 1 of the paper, column by column."""

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper
from convscope.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW

PAPER = Paper(
    title="Very deep convolutional networks for large-scale image recognition",
    authors="Simonyan, Zisserman",
    year=2015,
    url="https://arxiv.org/abs/1409.1556",
)
INPUT = CHW(3, 224, 224)

# channels of the convolutions of each of the five blocks; a negative number is a 1x1
COLUMNS = {
    "A": ((64,), (128,), (256, 256), (512, 512), (512, 512)),
    "B": ((64, 64), (128, 128), (256, 256), (512, 512), (512, 512)),
    "C": ((64, 64), (128, 128), (256, 256, -256), (512, 512, -512), (512, 512, -512)),
    "D": ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3),
    "E": ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4),
}
PRINTED = {"A": 133, "B": 133, "C": 134, "D": 138, "E": 144}  # Table 2, millions of parameters
EXACT = {
    "vgg11": (132_863_336, 7_609_090_048),
    "vgg11_lrn": (132_863_336, 7_609_090_048),
    "vgg11_bn": (132_868_840, 7_609_090_048),
    "vgg13": (133_047_848, 11_308_466_176),
    "vgg13_bn": (133_053_736, 11_308_466_176),
    "vgg16_c": (133_638_952, 11_770_888_192),
    "vgg16_c_bn": (133_647_400, 11_770_888_192),
    "vgg16": (138_357_544, 15_470_264_320),
    "vgg16_bn": (138_365_992, 15_470_264_320),
    "vgg19": (143_667_240, 19_632_062_464),
    "vgg19_bn": (143_678_248, 19_632_062_464),
}


def _block(channels: tuple[int, ...], first: AnyBlock | None, norm: bool) -> Chain:
    """Convolutions with ReLU, then a halving of the size."""
    parts: dict[str, AnyBlock] = {}
    for number, width in enumerate(channels, start=1):
        kernel = 1 if width < 0 else 3
        parts[f"conv{number}"] = Conv2d(abs(width), kernel, padding=kernel // 2)
        if norm:
            parts[f"norm{number}"] = BatchNorm2d()
        parts[f"relu{number}"] = ReLU()
        if first is not None and number == 1:
            parts["lrn"] = first
    return Chain(**parts, pool=MaxPool2d(2))


def _vgg(
    name: str,
    column: str,
    num_classes: int,
    input: CHW,
    *,
    norm: bool = False,
    first: AnyBlock | None = None,
    differs: tuple[str, ...] = (),
) -> Architecture:
    widths = COLUMNS[column]
    blocks = {
        f"block{number}": _block(channels, first if number == 1 else None, norm)
        for number, channels in enumerate(widths, start=1)
    }
    parameters, macs = EXACT[name]
    whole = (num_classes, input) == (1000, INPUT)
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            **blocks,
            flatten=Flatten(),
            fc1=Linear(4096),
            relu1=ReLU(),
            drop1=Dropout(0.5),
            fc2=Linear(4096),
            relu2=ReLU(),
            drop2=Dropout(0.5),
            fc3=Linear(num_classes),
        ),
        paper=PAPER,
        facts=(
            Fact(
                quantity="parameters",
                value=parameters,
                source=f"arithmetic; Table 2 prints {PRINTED[column]} million for {column}",
            ),
            Fact(quantity="macs", value=macs, source="arithmetic, fully connected layers too"),
        )
        if whole
        else (),
        differs_from_paper=differs,
    )


BATCH_NORM = ("batch normalisation after every convolution, as torchvision's _bn networks",)


def vgg11(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column A."""
    return _vgg("vgg11", "A", num_classes, input)


def vgg11_lrn(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column A-LRN: local response normalisation after the first convolution."""
    lrn = LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0)
    return _vgg("vgg11_lrn", "A", num_classes, input, first=lrn)


def vgg11_bn(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column A with batch normalisation."""
    return _vgg("vgg11_bn", "A", num_classes, input, norm=True, differs=BATCH_NORM)


def vgg13(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column B."""
    return _vgg("vgg13", "B", num_classes, input)


def vgg13_bn(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column B with batch normalisation."""
    return _vgg("vgg13_bn", "B", num_classes, input, norm=True, differs=BATCH_NORM)


def vgg16_c(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column C: the third convolution of blocks 3 to 5 is 1x1. No library ships it."""
    return _vgg("vgg16_c", "C", num_classes, input)


def vgg16_c_bn(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column C with batch normalisation."""
    return _vgg("vgg16_c_bn", "C", num_classes, input, norm=True, differs=BATCH_NORM)


def vgg16(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column D."""
    return _vgg("vgg16", "D", num_classes, input)


def vgg16_bn(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column D with batch normalisation."""
    return _vgg("vgg16_bn", "D", num_classes, input, norm=True, differs=BATCH_NORM)


def vgg19(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column E."""
    return _vgg("vgg19", "E", num_classes, input)


def vgg19_bn(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Column E with batch normalisation."""
    return _vgg("vgg19_bn", "E", num_classes, input, norm=True, differs=BATCH_NORM)
