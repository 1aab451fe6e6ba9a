"""VGG: deep stacks of 3x3 convolutions. The columns of the paper's Table 1."""

from convscope.arch import AnyBlock, Architecture, Chain, Paper, Result
from convscope.layers import BatchNorm2d, Conv2d, LocalResponseNorm, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.zoo.papers.classic.alexnet import fully_connected
from convscope.zoo.publication import (
    TEST,
    Erratum,
    Publication,
    by_keras,
    family,
    imagenet,
    millions,
    retrained,
    torchvision_facts,
)

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
BATCH_NORM = ("batch normalisation after every convolution, as torchvision's _bn networks",)
# torchvision's num_params, and its _ops in G with 3 decimals
TORCHVISION = {
    "vgg11": (132_863_336, 7_609_090_048, "7.609"),
    "vgg11_bn": (132_868_840, 7_609_090_048, "7.609"),
    "vgg13": (133_047_848, 11_308_466_176, "11.308"),
    "vgg13_bn": (133_053_736, 11_308_466_176, "11.308"),
    "vgg16": (138_357_544, 15_470_264_320, "15.470"),
    "vgg16_bn": (138_365_992, 15_470_264_320, "15.470"),
    "vgg19": (143_667_240, 19_632_062_464, "19.632"),
    "vgg19_bn": (143_678_248, 19_632_062_464, "19.632"),
}


def _block(channels: tuple[int, ...], first: AnyBlock | None, norm: bool) -> Chain:
    """Convolutions with ReLU, then a pooling that halves the size."""
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
    num_classes: int,
    input: CHW,
    column: str,
    norm: str = "",
) -> Architecture:
    """Return a column of Table 1.

    Args:
        norm: "bn" after every convolution, "lrn" after the first (column A-LRN), or none.
    """
    blocks: dict[str, AnyBlock] = {}
    for number, channels in enumerate(COLUMNS[column], start=1):
        first = LocalResponseNorm() if norm == "lrn" and number == 1 else None
        blocks[f"block{number}"] = _block(channels, first, norm == "bn")
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=Chain(
            **blocks,
            **fully_connected(1, num_classes),
        ),
        paper=PAPER,
        facts=torchvision_facts(*TORCHVISION[name]) if name in TORCHVISION else (),
        differs_from_paper=BATCH_NORM if norm == "bn" else (),
    )


NETWORKS = {  # column of Table 1, normalisation
    "vgg11": ("A",),
    "vgg11_lrn": ("A", "lrn"),
    "vgg11_bn": ("A", "bn"),
    "vgg13": ("B",),
    "vgg13_bn": ("B", "bn"),
    "vgg16": ("D",),
    "vgg16_bn": ("D", "bn"),
    "vgg16_c": ("C",),  # no library has it
    "vgg16_c_bn": ("C", "bn"),
    "vgg19": ("E",),
    "vgg19_bn": ("E", "bn"),
}


def _summary(column: str, norm: str = "") -> str:
    depth = sum(len(block) for block in COLUMNS[column]) + 3
    if norm == "bn":
        return f"VGG with {depth} weight layers (column {column}) and batch normalisation."
    if norm == "lrn":
        return f"VGG with {depth} weight layers, response normalisation after the first one."
    if column == "C":
        return f"VGG with {depth} weight layers, three of them 1x1 convolutions (column C)."
    return f"VGG with {depth} weight layers, as in the paper (column {column})."


def _single_scale(top1: float, top5: float, train: str, test: str) -> Result:
    protocol = f"dense at {test}, trained at {train}, one scale"
    return imagenet(top1, top5, protocol, "VGG paper, Table 3")


def _scales(top1: float, top5: float, train: str, test: str) -> Result:
    return imagenet(top1, top5, f"dense at {test}, trained at {train}", "VGG paper, Table 4")


PARAMETERS = {  # Table 2, in millions
    "vgg11": 133,
    "vgg11_lrn": 133,
    "vgg13": 133,
    "vgg16_c": 134,
    "vgg16": 138,
    "vgg19": 144,
}


_SUBMISSION = ("dense, several scales: the submission of 2014", "VGG paper, Table 6")
_TWO = ("dense and 150 crops, vgg16 and vgg19 averaged", "VGG paper, Table 6")
ENSEMBLES = (
    imagenet(24.7, 7.5, *_SUBMISSION, ensemble=7),
    imagenet(None, 7.3, *_SUBMISSION, split=TEST, ensemble=7),
    imagenet(23.7, 6.8, *_TWO, ensemble=2),
    imagenet(None, 6.8, *_TWO, split=TEST, ensemble=2),
)

PUBLICATION = Publication(
    networks=family(_vgg, NETWORKS, _summary, num_classes=1000, input=INPUT),
    printed={
        name: millions("Table 2", str(number), number, tolerance=0.5)
        for name, number in PARAMETERS.items()
    },
    results={
        "vgg11": (
            _single_scale(29.6, 10.4, "256", "256"),
            retrained(30.980, 11.372, "torchvision, 69.020 / 88.628"),
        ),
        "vgg11_lrn": (_single_scale(29.7, 10.5, "256", "256"),),
        "vgg13": (
            _single_scale(28.7, 9.9, "256", "256"),
            _scales(28.2, 9.6, "256", "224, 256 and 288"),
            retrained(30.072, 10.754, "torchvision, 69.928 / 89.246"),
        ),
        "vgg16_c": (
            _single_scale(28.1, 9.4, "256", "256"),
            _single_scale(28.1, 9.3, "384", "384"),
            _single_scale(27.3, 8.8, "256 to 512", "384"),
            _scales(27.7, 9.2, "256", "224, 256 and 288"),
            _scales(27.8, 9.2, "384", "352, 384 and 416"),
            _scales(26.3, 8.2, "256 to 512", "256, 384 and 512"),
        ),
        "vgg16": (
            _single_scale(27.0, 8.8, "256", "256"),
            _single_scale(26.8, 8.7, "384", "384"),
            _single_scale(25.6, 8.1, "256 to 512", "384"),
            _scales(26.6, 8.6, "256", "224, 256 and 288"),
            _scales(26.5, 8.6, "384", "352, 384 and 416"),
            _scales(24.8, 7.5, "256 to 512", "256, 384 and 512"),
            imagenet(24.6, 7.5, "150 crops", "VGG paper, Table 5"),
            imagenet(24.4, 7.2, "dense and 150 crops", "VGG paper, Table 5"),
            *ENSEMBLES,
            imagenet(28.07, 9.33, "10 crops", "ResNet paper, Table 3"),
            retrained(28.5, 9.9, "MatConvNet, 71.5 / 90.1"),
            by_keras(71.268, 90.050),
            retrained(28.408, 9.618, "torchvision, 71.592 / 90.382"),
        ),
        "vgg19": (
            _single_scale(27.3, 9.0, "256", "256"),
            _single_scale(26.9, 8.7, "384", "384"),
            _single_scale(25.5, 8.0, "256 to 512", "384"),
            _scales(26.9, 8.7, "256", "224, 256 and 288"),
            _scales(26.7, 8.6, "384", "352, 384 and 416"),
            _scales(24.8, 7.5, "256 to 512", "256, 384 and 512"),
            imagenet(24.6, 7.4, "150 crops", "VGG paper, Table 5"),
            imagenet(24.4, 7.1, "dense and 150 crops", "VGG paper, Table 5"),
            imagenet(None, 7.0, "one network, not said which", "VGG paper, Table 7", split=TEST),
            *ENSEMBLES,
            by_keras(71.256, 89.988),
            retrained(27.624, 9.124, "torchvision, 72.376 / 90.876"),
        ),
        "vgg11_bn": (imagenet(29.630, 10.190, "1 crop", "torchvision, 70.370 / 89.810"),),
        "vgg13_bn": (imagenet(28.414, 9.626, "1 crop", "torchvision, 71.586 / 90.374"),),
        "vgg16_bn": (imagenet(26.640, 8.484, "1 crop", "torchvision, 73.360 / 91.516"),),
        "vgg19_bn": (imagenet(25.782, 8.158, "1 crop", "torchvision, 74.218 / 91.842"),),
    },
    errata=(
        Erratum(
            "VGG, initial weights",
            "variance 0.01",
            "standard deviation 0.1",
            "the libraries use other schemes",
            "VGG paper, section 3.1",
        ),
        Erratum(
            "VGG's cost in the ResNet paper",
            "15.3 and 19.6 billion",
            "15.47 and 19.63 billion",
            "the first leaves the fully connected layers out, the second does not",
            "ResNet paper, section 3.3",
        ),
        Erratum(
            "VGG-16, top-1 error",
            "28.07, 28.5, 27.0, 28.41, 28.73",
            "all of them",
            "10 crops, 1 crop, dense, torchvision, Keras: compare like with like",
            "ResNet and VGG papers, Table 3; the libraries",
        ),
    ),
)
