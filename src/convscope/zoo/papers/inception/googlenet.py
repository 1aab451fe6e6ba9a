"""GoogLeNet: parallel kernels of several sizes, with 1x1 convolutions to reduce the cost."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from convscope.arch import AnyBlock, Architecture, AuxiliaryHead, Chain, Concat, Paper
from convscope.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW, Pair
from convscope.zoo.publication import (
    KIBI,
    MEGA,
    TEST,
    Erratum,
    Printed,
    Publication,
    imagenet,
    retrained,
    torchvision_facts,
)

PAPER = Paper(
    title="Going deeper with convolutions",
    authors="Szegedy et al.",
    year=2015,
    url="https://arxiv.org/abs/1409.4842",
)
INPUT = CHW(3, 224, 224)

# Table 1: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection
MODULES = {
    "inception3a": (64, 96, 128, 16, 32, 32),
    "inception3b": (128, 128, 192, 32, 96, 64),
    "inception4a": (192, 96, 208, 16, 48, 64),
    "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128),
    "inception5a": (256, 160, 320, 32, 128, 128),
    "inception5b": (384, 192, 384, 48, 128, 128),
}


def conv(width: int, kernel: int, *, stride: int = 1, padding: int = 0) -> Chain:
    """A convolution and its ReLU."""
    return Chain(conv=Conv2d(width, kernel, stride=stride, padding=padding), relu=ReLU())


def norm_conv(width: int, kernel: int | Pair, *, stride: int = 1, padding: int | Pair = 0) -> Chain:
    """A convolution without bias, batch normalisation, ReLU."""
    return Chain(
        conv=Conv2d(width, kernel, stride=stride, padding=padding, bias=False),
        norm=BatchNorm2d(eps=1e-3),
        relu=ReLU(),
    )


def _inception(widths: Sequence[int], conv: Callable[..., Chain], torchvision: bool) -> Concat:
    """Figure 2(b): four branches; padding keeps one size.

    Args:
        torchvision: 3x3 in the branch named 5x5, as there.
    """
    ones, reduce3, threes, reduce5, fives, pooled = widths
    kernel = 3 if torchvision else 5
    return Concat(
        b1=conv(ones, 1),
        b3=Chain(reduce=conv(reduce3, 1), conv=conv(threes, 3, padding=1)),
        b5=Chain(reduce=conv(reduce5, 1), conv=conv(fives, kernel, padding=kernel // 2)),
        pool=Chain(
            pool=MaxPool2d(3, stride=1, padding=1, ceil_mode=torchvision), project=conv(pooled, 1)
        ),
    )


def _lrn() -> LocalResponseNorm:
    """Figure 3 shows it without constants: these are Caffe's, which divides alpha by the size."""
    return LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0, alpha_per="mean")


def _pool() -> MaxPool2d:
    return MaxPool2d(3, stride=2, ceil_mode=True)


def _head(num_classes: int, average: AnyBlock, reduce: Chain) -> AuxiliaryHead:
    """Section 5: in training its loss has the weight 0.3."""
    return AuxiliaryHead(
        head=Chain(
            average=average,
            conv=reduce,
            flatten=Flatten(),
            fc1=Linear(1024),
            relu=ReLU(),
            drop=Dropout(0.7),
            fc2=Linear(num_classes),
        ),
        weight=0.3,
    )


def _modules(
    module: Callable[[Sequence[int]], Concat], head: AuxiliaryHead, pool4: MaxPool2d
) -> dict[str, AnyBlock]:
    """Return the modules of Table 1 in order, with the pools and the heads between them."""
    between: dict[str, dict[str, AnyBlock]] = {
        "inception3b": {"pool3": _pool()},
        "inception4a": {"aux1": head},
        "inception4d": {"aux2": head},
        "inception4e": {"pool4": pool4},
    }
    parts: dict[str, AnyBlock] = {}
    for name, widths in MODULES.items():
        parts |= {name: module(widths)} | between.get(name, {})
    return parts


def googlenet(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """GoogLeNet of the paper: 5x5 convolutions, response normalisation, two auxiliary heads."""
    head = _head(num_classes, AvgPool2d(5, stride=3, ceil_mode=True), conv(128, 1))
    return Architecture(
        name="googlenet",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=conv(64, 7, stride=2, padding=3),
            pool1=_pool(),
            norm1=_lrn(),
            conv2_reduce=conv(64, 1),
            conv2=conv(192, 3, padding=1),
            norm2=_lrn(),
            pool2=_pool(),
            **_modules(lambda widths: _inception(widths, conv, False), head, _pool()),
            average=GlobalAvgPool2d(),
            drop=Dropout(0.4),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        differs_from_paper=(
            "the constants of the response normalisation are Caffe's: the paper gives none",
        ),
    )


def googlenet_bn(*, num_classes: int = 1000, input: CHW = INPUT) -> Architecture:
    """Torchvision's googlenet: batch normalisation, and 3x3 in place of the paper's 5x5."""
    return Architecture(
        name="googlenet_bn",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=norm_conv(64, 7, stride=2, padding=3),
            pool1=_pool(),
            conv2_reduce=norm_conv(64, 1),
            conv2=norm_conv(192, 3, padding=1),
            pool2=_pool(),
            **_modules(
                lambda widths: _inception(widths, norm_conv, True),
                _head(num_classes, AdaptiveAvgPool2d(4), norm_conv(128, 1)),
                MaxPool2d(2, stride=2, ceil_mode=True),
            ),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            drop=Dropout(0.2),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        facts=torchvision_facts(6_624_904, 1_498_376_192, "1.498"),
        differs_from_paper=(
            "3x3 in the branch of the 5x5 (a known slip, inherited from TF-slim)",
            "batch normalisation in place of biases; no response normalisation",
            "pool4 is 2x2; dropout is 0.2; the heads pool adaptively to 4x4",
        ),
    )


def inception_naive(*, num_classes: int = 1000, input: CHW = CHW(192, 28, 28)) -> Architecture:
    """Inception module 3a without its 1x1 reductions (Figure 2(a)), for comparison.

    The pooled input is concatenated unchanged.
    """
    ones, _, threes, _, fives, _ = MODULES["inception3a"]
    module = Concat(
        b1=conv(ones, 1),
        b3=conv(threes, 3, padding=1),
        b5=conv(fives, 5, padding=2),
        pool=MaxPool2d(3, stride=1, padding=1),
    )
    return Architecture(
        name="inception_naive",
        input=input,
        num_classes=num_classes,
        block=Chain(
            inception3a=module,
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
            fc=Linear(num_classes),
        ),
        paper=PAPER,
        differs_from_paper=("one module on its own, with a classifier behind it",),
    )


# Table 1: row, paths, parameters in K, operations in M, why our number of parameters differs.
# The channels are right as printed.
K_IS_1024 = "K is 1024 in this table; weights without biases"
NOT_ITS_CHANNELS = "does not fit its own channels; ops do"
TABLE_1 = (
    (
        "convolution 7x7/2",
        ("conv1",),
        2.7,
        34,
        "2.7K and 34M fit a separable 7x7 with multiplier 8 (2,712 weights), not 7x7x3x64",
    ),
    ("convolution 3x3/1", ("conv2_reduce", "conv2"), 112, 360, ""),
    ("inception (3a)", ("inception3a",), 159, 128, ""),
    ("inception (3b)", ("inception3b",), 380, 304, "printed 1K too high for its own channels"),
    ("inception (4a)", ("inception4a",), 364, 73, "printed 3K too low for its own channels"),
    ("inception (4b)", ("inception4b",), 437, 88, "printed 1K too low for its own channels"),
    ("inception (4c)", ("inception4c",), 463, 100, NOT_ITS_CHANNELS),
    ("inception (4d)", ("inception4d",), 580, 119, NOT_ITS_CHANNELS),
    ("inception (4e)", ("inception4e",), 840, 170, NOT_ITS_CHANNELS),
    (
        "inception (5a)",
        ("inception5a",),
        1072,
        54,
        "1072K and 54M fit each other, but not the printed channels",
    ),
    ("inception (5b)", ("inception5b",), 1388, 71, NOT_ITS_CHANNELS),
    ("linear", ("fc",), 1000, 1, ""),
    ("sum of the rows", (), 6797.7, 1502, "the paper prints no sum; its rows differ as said above"),
)
# rows whose operations differ too, and why, where it is another reason than that of the parameters
OPERATIONS = {
    "convolution 7x7/2": "",
    "inception (4a)": "73.6 rounds to 74",
    "inception (5a)": "",
    "sum of the rows": "",
}


def _printed() -> tuple[Printed, ...]:
    rows: list[Printed] = []
    for row, paths, kilo, mega, why in TABLE_1:
        half = 0.05 if isinstance(kilo, float) else 0.5
        weights = Printed("Table 1", row, "weights", f"{kilo}K", kilo, KIBI, half, paths)
        rows.append(replace(weights, why=why or K_IS_1024, suffix="K"))
        macs = Printed("Table 1", row, "MACs", f"{mega}M", mega, MEGA, 0.5, paths, suffix="M")
        rows.append(replace(macs, why=OPERATIONS[row] or why if row in OPERATIONS else ""))
    return tuple(rows)


PUBLICATION = Publication(
    networks=(googlenet, googlenet_bn, inception_naive),
    printed={"googlenet": _printed()},
    results={
        "googlenet": (
            imagenet(None, 10.07, "1 crop", "GoogLeNet paper, Table 3"),
            imagenet(None, 9.15, "10 crops", "GoogLeNet paper, Table 3"),
            imagenet(None, 7.89, "144 crops", "GoogLeNet paper, Table 3"),
            imagenet(None, 8.09, "1 crop", "GoogLeNet paper, Table 3", ensemble=7),
            imagenet(None, 7.62, "10 crops", "GoogLeNet paper, Table 3", ensemble=7),
            imagenet(None, 6.67, "144 crops", "GoogLeNet paper, Table 3", ensemble=7),
            imagenet(None, 6.67, "144 crops", "GoogLeNet paper, Table 2", split=TEST, ensemble=7),
            imagenet(29.0, 9.2, "1 crop, 48,238 images", "Inception v3 paper, Table 3"),
            retrained(31.3, 11.1, "Caffe's bvlc_googlenet, 68.7 / 88.9"),
        ),
        "googlenet_bn": (imagenet(30.222, 10.470, "1 crop", "torchvision, 69.778 / 89.530"),),
    },
    errata=(
        Erratum(
            "GoogLeNet, Table 1",
            "parameters of nine rows (two by 1K only), operations of three (one by rounding only)",
            "see `convscope show googlenet --paper`",
            "the channels are right, and Caffe's file agrees with them",
            "GoogLeNet paper, Table 1",
        ),
        Erratum(
            "GoogLeNet, Table 3",
            "-3.45 % for 7 x 144",
            "-3.40 %",
            "10.07 - 6.67 is 3.40",
            "GoogLeNet paper, Table 3",
        ),
        Erratum(
            "GoogLeNet, size",
            "12 times fewer parameters than AlexNet",
            "8.7 times",
            "60.97 / 6.99",
            "GoogLeNet paper, introduction",
        ),
        Erratum(
            "GoogLeNet in torchvision",
            "called googlenet",
            "here googlenet_bn",
            "3x3 in place of 5x5, batch normalisation, another pool4, dropout 0.2",
            "torchvision's source; its issue 906",
        ),
        Erratum(
            "torchvision's GoogLeNet and Inception v3",
            "documented as ported from the original paper",
            "ported from TensorFlow's released networks",
            "hence 3x3 for 5x5 in the one, and the other stem in the other",
            "torchvision's source",
        ),
        Erratum(
            "torchvision's GoogLeNet, auxiliary outputs",
            "aux1 and aux2 exchanged in old versions",
            "the newer order",
            "this concerns the outputs of old versions in training, not their weights",
            "torchvision's history",
        ),
    ),
)
