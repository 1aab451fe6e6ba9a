"""The twelve networks of the All-CNN paper: three base networks and replacements of pooling."""

from convscope.arch import AnyBlock, Architecture, Chain, Fact, Paper, Result
from convscope.errors import unknown_name
from convscope.layers import Conv2d, Dropout, Flatten, GlobalAvgPool2d, MaxPool2d, ReLU
from convscope.shapes import CHW
from convscope.zoo.publication import Erratum, Printed, Publication, cifar10, family, millions

PAPER = Paper(
    title="Striving for simplicity: the all convolutional net",
    authors="Springenberg, Dosovitskiy, Brox, Riedmiller",
    year=2015,
    url="https://arxiv.org/abs/1412.6806",
)
CIFAR = CHW(3, 32, 32)

WIDTH = 96  # channels of the first block; later blocks have twice as many
DROPOUT = (0.2, 0.5)  # of the input, and after each of the first two blocks
# Table 1: kernels of the convolutions of the first two blocks
BASES = {"a": (5,), "b": (5, 1), "c": (3, 3)}
REPLACEMENTS = {
    "model": "with max pooling",
    "strided_cnn": "pooling replaced by a stride in the convolution before",
    "convpool_cnn": "with one more convolution before each pooling",
    "all_cnn": "pooling replaced by a convolution of stride 2",
}
NETWORKS = {f"{variant}_{base}": (variant, base) for base in BASES for variant in REPLACEMENTS}


COUNTED = (
    Fact(
        quantity="parameters",
        value=1_369_738,
        source="Keras summaries of three public implementations; Table 3 prints about 1.4 million",
    ),
)


def _summary(variant: str, base: str) -> str:
    return f"Base network {base.upper()} of the All-CNN paper, {REPLACEMENTS[variant]}."


def _block(kernels: tuple[int, ...], width: int, variant: str, dropout: float) -> Chain:
    """Convolutions, then a halving by a pool, by the last one's stride, or by one more."""
    strided = variant == "strided_cnn"
    kernels = (*kernels, 3) if variant == "convpool_cnn" else kernels
    parts: dict[str, AnyBlock] = {}
    for number, kernel in enumerate(kernels, start=1):
        stride = 2 if strided and number == len(kernels) else 1
        parts[f"conv{number}"] = Conv2d(width, kernel, stride=stride, padding=kernel // 2)
        parts[f"relu{number}"] = ReLU()
    if variant == "all_cnn":
        parts["down"] = Conv2d(width, 3, stride=2, padding=1)
        parts["down_relu"] = ReLU()
    elif not strided:
        parts["pool"] = MaxPool2d(3, stride=2, padding=1)
    return Chain(**parts, drop=Dropout(dropout))


def varied(
    name: str,
    *,
    width: int = WIDTH,
    dropout: tuple[float, float] = DROPOUT,
    num_classes: int = 10,
    input: CHW = CIFAR,
) -> Architecture:
    """Return one of the twelve at another size, for small experiments.

    Args:
        width: channels of the first block instead of 96; later blocks have twice as many.
        dropout: of the input, and after each of the first two blocks.

    Raises:
        InputError: no such network of this paper.
    """
    if name not in NETWORKS:
        raise unknown_name("network of the All-CNN paper", name, NETWORKS)
    return _all_cnn(name, num_classes, input, *NETWORKS[name], width=width, dropout=dropout)


def _all_cnn(
    name: str,
    num_classes: int,
    input: CHW,
    variant: str,
    base: str,
    *,
    width: int = WIDTH,
    dropout: tuple[float, float] = DROPOUT,
) -> Architecture:
    """Tables 1 and 2: two blocks of a base with a replacement of pooling, then a classifier."""
    papers = (width, dropout) == (WIDTH, DROPOUT)
    whole = (num_classes, input) == (10, CIFAR) and papers
    others = () if papers else (f"{width} and {2 * width} channels, dropout of {dropout}",)
    return Architecture(
        name=name if papers else f"{name}_width{width}",
        input=input,
        num_classes=num_classes,
        block=Chain(
            drop=Dropout(dropout[0]),
            block1=_block(BASES[base], width, variant, dropout[1]),
            block2=_block(BASES[base], 2 * width, variant, dropout[1]),
            conv1=Conv2d(2 * width, 3),
            relu1=ReLU(),
            conv2=Conv2d(2 * width, 1),
            relu2=ReLU(),
            conv3=Conv2d(num_classes, 1),
            relu3=ReLU(),
            average=GlobalAvgPool2d(),
            flatten=Flatten(),
        ),
        paper=PAPER,
        facts=COUNTED if whole and name == "all_cnn_c" else (),
        differs_from_paper=(
            "padding is not stated: sizes are kept, and the third 3x3 is unpadded, which gives "
            "the 6x6 of the paper's global average",
            *others,
        ),
    )


ABOUT = "a looser 'about' than in the other rows: by its own Table 1 a tenth less"
FEWER = "by its own Table 1 2 % to 4 % less"
MODEL_C = "0.955 million by its own Table 1; the printed 1.3 fits no reading of it"


def _parameters(printed: str, why: str = "") -> tuple[Printed, ...]:
    """Table 3: "about", so that the last digit is rounded."""
    tolerance = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    return millions("Table 3", f"about {printed}M", float(printed), tolerance=tolerance, why=why)


PUBLICATION = Publication(
    networks=family(_all_cnn, NETWORKS, _summary, num_classes=10, input=CIFAR),
    printed={
        "model_a": _parameters("0.9", ABOUT),
        "strided_cnn_a": _parameters("0.9", ABOUT),
        "convpool_cnn_a": _parameters("1.28", FEWER),
        "all_cnn_a": _parameters("1.28", FEWER),
        "model_b": _parameters("1", ABOUT),
        "strided_cnn_b": _parameters("1", ABOUT),
        "convpool_cnn_b": _parameters("1.35", FEWER),
        "all_cnn_b": _parameters("1.35", FEWER),
        "model_c": _parameters("1.3", MODEL_C),
        "strided_cnn_c": _parameters("1.3", MODEL_C),
        "convpool_cnn_c": _parameters("1.4"),
        "all_cnn_c": _parameters("1.4", "Table 4 of the same paper prints about 1.3M"),
    },
    results={
        "model_a": (cifar10(12.47, "All-CNN paper, Table 3"),),
        "strided_cnn_a": (cifar10(13.46, "All-CNN paper, Table 3"),),
        "convpool_cnn_a": (cifar10(10.21, "All-CNN paper, Table 3"),),
        "all_cnn_a": (cifar10(10.30, "All-CNN paper, Table 3"),),
        "model_b": (cifar10(10.20, "All-CNN paper, Table 3"),),
        "strided_cnn_b": (cifar10(10.98, "All-CNN paper, Table 3"),),
        "convpool_cnn_b": (cifar10(9.33, "All-CNN paper, Table 3"),),
        "all_cnn_b": (cifar10(9.10, "All-CNN paper, Table 3"),),
        "model_c": (cifar10(9.74, "All-CNN paper, Table 3"),),
        "strided_cnn_c": (cifar10(10.19, "All-CNN paper, Table 3"),),
        "convpool_cnn_c": (cifar10(9.31, "All-CNN paper, Table 3"),),
        "all_cnn_c": (
            cifar10(9.08, "All-CNN paper, Table 3"),
            Result(
                data="CIFAR-100",
                split="test",
                top1=33.71,
                protocol="whole image, trained with flips and shifts",
                source="All-CNN paper, Table 5",
                weights="the authors",
            ),
            cifar10(7.25, "All-CNN paper, Table 4", "whole image, trained with flips and shifts"),
        ),
    },
    errata=(
        Erratum(
            "All-CNN, parameters of Model C and Strided-CNN-C",
            "about 1.3 million",
            "954,730",
            "by the paper's own Table 1",
            "All-CNN paper, Table 3; the lecture copies it",
        ),
        Erratum(
            "All-CNN-C, parameters",
            "about 1.4 million (Table 3), about 1.3 million (Table 4)",
            "1,369,738",
            "counted from the layers",
            "All-CNN paper, Tables 3 and 4",
        ),
        Erratum(
            "All-CNN, global average",
            "6 x 6 in the paper, 8 x 8 in most code",
            "6 x 6",
            "the third 3x3 is unpadded; the parameters are the same",
            "All-CNN paper, Table 1",
        ),
    ),
)
