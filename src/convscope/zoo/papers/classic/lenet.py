"""LeNet-5: the network of the 1998 paper, and the simplified one of textbooks."""

from convscope.arch import Architecture, Chain, Fact, Paper, Result
from convscope.layers import (
    AvgPool2d,
    Conv2d,
    EuclideanRBF,
    Flatten,
    Linear,
    MaxPool2d,
    PartialConv2d,
    ReLU,
    ScaledTanh,
    Tanh,
    TrainableSubsample2d,
)
from convscope.shapes import CHW
from convscope.zoo.publication import Erratum, Printed, Publication

PAPER = Paper(
    title="Gradient-based learning applied to document recognition",
    authors="LeCun, Bottou, Bengio, Haffner",
    year=1998,
    url="https://doi.org/10.1109/5.726791",
)

# Table I: the channels of S2 that each of the 16 channels of C3 reads
C3_TABLE = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)),
)

# The ten digits on 7 x 12 pixels, as F6 has 84 = 7 * 12 units. Figure 3 of the paper draws
# such bitmaps; these are our own drawing of the same idea.
DIGITS = (
    ".......|..###..|.##.##.|##...##|##...##|##...##|##...##|##...##|##...##|.##.##.|..###..|.......",
    ".......|...##..|..###..|.####..|...##..|...##..|...##..|...##..|...##..|...##..|.######|.......",
    ".......|.#####.|##...##|##...##|.....##|....##.|...##..|..##...|.##....|##.....|#######|.......",
    ".......|#######|.....##|....##.|...##..|..####.|.....##|.....##|.....##|##...##|.#####.|.......",
    ".......|.....#.|....##.|...###.|..##.#.|.##..#.|##...#.|#######|.....#.|.....#.|.....#.|.......",
    ".......|#######|##.....|##.....|##.....|######.|.....##|.....##|.....##|##...##|.#####.|.......",
    ".......|..####.|.##....|##.....|##.....|######.|##...##|##...##|##...##|##...##|.#####.|.......",
    ".......|#######|.....##|.....##|....##.|....##.|...##..|...##..|..##...|..##...|..##...|.......",
    ".......|.#####.|##...##|##...##|##...##|.#####.|##...##|##...##|##...##|##...##|.#####.|.......",
    ".......|.#####.|##...##|##...##|##...##|##...##|.######|.....##|.....##|....##.|.####..|.......",
)


def digit_centres() -> tuple[tuple[float, ...], ...]:
    """Return the bitmaps as +1 (ink) and -1 (paper), 84 numbers for each digit."""
    return tuple(
        tuple(1.0 if mark == "#" else -1.0 for mark in digit if mark != "|") for digit in DIGITS
    )


def lenet5(*, num_classes: int = 10, input: CHW = CHW(1, 32, 32)) -> Architecture:
    """LeNet-5 as in lectures and textbooks: full C3, average pooling, softmax."""
    return Architecture(
        name="lenet5",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=Conv2d(6, 5),
            tanh1=Tanh(),
            pool1=AvgPool2d(2),
            conv2=Conv2d(16, 5),
            tanh2=Tanh(),
            pool2=AvgPool2d(2),
            conv3=Conv2d(120, 5),
            tanh3=Tanh(),
            flatten=Flatten(),
            fc1=Linear(84),
            tanh4=Tanh(),
            fc2=Linear(num_classes),
        ),
        paper=PAPER,
        differs_from_paper=(
            "conv2 reads all six channels before it; the paper's C3 follows its Table I",
            "plain averages in place of subsampling with trained coefficients",
            "tanh in place of 1.7159 tanh(2x/3), and none after the pooling",
            "a linear layer and softmax in place of Euclidean RBF units",
        ),
    )


def lenet5_1998(*, input: CHW = CHW(1, 32, 32)) -> Architecture:
    """LeNet-5 as published: Table I for C3, trained subsampling, scaled tanh, RBF output."""
    return Architecture(
        name="lenet5_1998",
        input=input,
        num_classes=10,
        block=Chain(
            c1=Conv2d(6, 5),
            c1_squash=ScaledTanh(),
            s2=TrainableSubsample2d(2),
            s2_squash=ScaledTanh(),
            c3=PartialConv2d(C3_TABLE, 5),
            c3_squash=ScaledTanh(),
            s4=TrainableSubsample2d(2),
            s4_squash=ScaledTanh(),
            c5=Conv2d(120, 5),
            c5_squash=ScaledTanh(),
            flatten=Flatten(),
            f6=Linear(84),
            f6_squash=ScaledTanh(),
            output=EuclideanRBF(digit_centres()),
        ),
        paper=PAPER,
        facts=(
            Fact(quantity="parameters", value=60_000, source="the paper's text, section II-B"),
            Fact(
                quantity="connections",
                value=340_908,
                source="the paper's text; 340,068 of the layers and 840 of the RBF units",
            ),
        ),
        differs_from_paper=(
            "the output is minus the RBF distance, so that the largest wins",
            "the bitmaps of the RBF units are our own drawing after Fig. 3",
        ),
    )


# section II-B: trainable parameters and connections of each layer
LAYERS = (
    ("C1", 156, 122_304),
    ("S2", 12, 5_880),
    ("C3", 1_516, 151_600),
    ("S4", 32, 2_000),
    ("C5", 48_120, 48_120),
    ("F6", 10_164, 10_164),
)
PRINTED = (
    *(
        Printed("II-B", row, quantity, f"{number:,}", number, paths=(row.lower(),))
        for row, parameters, connections in LAYERS
        for quantity, number in (("parameters", parameters), ("connections", connections))
    ),
    Printed("II-B", "all", "parameters", "60,000", 60_000),
    Printed(
        "II-B",
        "all",
        "connections",
        "340,908",
        340_908,
        why="340,068 of the layers and 840 of the RBF units",
    ),
)


def lenet_caffe(*, num_classes: int = 10, input: CHW = CHW(1, 28, 28)) -> Architecture:
    """Caffe's example network for MNIST: 20 and 50 channels, maximum pooling, one ReLU."""
    return Architecture(
        name="lenet_caffe",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=Conv2d(20, 5),
            pool1=MaxPool2d(2),
            conv2=Conv2d(50, 5),
            pool2=MaxPool2d(2),
            flatten=Flatten(),
            ip1=Linear(500),
            relu1=ReLU(),
            ip2=Linear(num_classes),
        ),
        paper=PAPER,
        differs_from_paper=("another network, which Caffe's example calls LeNet",),
    )


PUBLICATION = Publication(
    networks=(lenet5, lenet5_1998, lenet_caffe),
    printed={"lenet5_1998": PRINTED},
    results={
        "lenet5_1998": (
            Result(
                data="MNIST",
                split="test",
                top1=0.95,
                protocol="whole image",
                source="LeCun 1998",
                weights="the authors",
            ),
            Result(
                data="MNIST",
                split="test",
                top1=0.8,
                protocol="whole image, trained with distortions",
                source="LeCun 1998",
                weights="the authors",
            ),
        ),
    },
    errata=(
        Erratum(
            "LeNet-5, connections",
            "340,908",
            "340,068 in the layers, and 840 in the RBF units",
            "one widely read page gives S4 as 7 x 7, which is wrong",
            "LeNet-5 paper, section II-B",
        ),
        Erratum(
            "LeNet-5 in libraries",
            "20 and 50 channels, max pooling, ReLU",
            "another network, 431,080 parameters",
            "here lenet_caffe is Caffe's example, lenet5 the lecture's and lenet5_1998 the paper's",
            "Caffe's examples",
        ),
    ),
)
