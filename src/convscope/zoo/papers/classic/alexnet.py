"""AlexNet: the network of 2012 on two GPUs, the same on one, and the single tower of 2014."""

from convscope.arch import AnyBlock, Architecture, Chain, Paper
from convscope.layers import (
    AdaptiveAvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)
from convscope.shapes import CHW
from convscope.zoo.publication import (
    KILO,
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
    title="ImageNet classification with deep convolutional neural networks",
    authors="Krizhevsky, Sutskever, Hinton",
    year=2012,
    url="https://doi.org/10.1145/3065386",
)
ONE_WEIRD_TRICK = Paper(
    title="One weird trick for parallelizing convolutional neural networks",
    authors="Krizhevsky",
    year=2014,
    url="https://arxiv.org/abs/1404.5997",
)


def _lrn() -> LocalResponseNorm:
    """Section 3.3: k = 2, n = 5, alpha = 1e-4 on the sum, beta = 0.75."""
    return LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0, alpha_per="sum")


def fully_connected(first: int, num_classes: int) -> dict[str, AnyBlock]:
    """Return two layers of 4096 units with ReLU and dropout, and one of a unit for each class.

    Args:
        first: number of the first layer in the names.
    """
    parts: dict[str, AnyBlock] = {"flatten": Flatten()}
    for number in (first, first + 1):
        parts |= {f"fc{number}": Linear(4096), f"relu{number}": ReLU()}
        parts[f"drop{number}"] = Dropout(0.5)
    return parts | {f"fc{first + 2}": Linear(num_classes)}


def _two_towers(
    name: str, num_classes: int, input: CHW, groups: int, *differs: str
) -> Architecture:
    """Two GPUs: they communicate in conv3 and the fully connected layers; groups elsewhere."""
    block = Chain(
        conv1=Conv2d(96, 11, stride=4),
        relu1=ReLU(),
        norm1=_lrn(),
        pool1=MaxPool2d(3, stride=2),
        conv2=Conv2d(256, 5, padding=2, groups=groups),
        relu2=ReLU(),
        norm2=_lrn(),
        pool2=MaxPool2d(3, stride=2),
        conv3=Conv2d(384, 3, padding=1),
        relu3=ReLU(),
        conv4=Conv2d(384, 3, padding=1, groups=groups),
        relu4=ReLU(),
        conv5=Conv2d(256, 3, padding=1, groups=groups),
        relu5=ReLU(),
        pool5=MaxPool2d(3, stride=2),
        **fully_connected(6, num_classes),
    )
    return Architecture(
        name=name,
        input=input,
        num_classes=num_classes,
        block=block,
        paper=PAPER,
        differs_from_paper=(
            "an input of 227: the paper's 224 does not fit, (224 - 11) / 4 is no whole number",
            *differs,
        ),
    )


def alexnet(*, num_classes: int = 1000, input: CHW = CHW(3, 227, 227)) -> Architecture:
    """AlexNet of 2012: two groups, response normalisation, overlapping pools."""
    return _two_towers("alexnet", num_classes, input, 2)


def alexnet_ungrouped(*, num_classes: int = 1000, input: CHW = CHW(3, 227, 227)) -> Architecture:
    """AlexNet on one GPU: each channel reads all channels of the layer before."""
    differs = "one group in conv2, conv4 and conv5"
    return _two_towers("alexnet_ungrouped", num_classes, input, 1, differs)


def alexnet_owt(*, num_classes: int = 1000, input: CHW = CHW(3, 224, 224)) -> Architecture:
    """AlexNet of 2014 in a single tower, which torchvision calls alexnet."""
    return Architecture(
        name="alexnet_owt",
        input=input,
        num_classes=num_classes,
        block=Chain(
            conv1=Conv2d(64, 11, stride=4, padding=2),
            relu1=ReLU(),
            pool1=MaxPool2d(3, stride=2),
            conv2=Conv2d(192, 5, padding=2),
            relu2=ReLU(),
            pool2=MaxPool2d(3, stride=2),
            conv3=Conv2d(384, 3, padding=1),
            relu3=ReLU(),
            conv4=Conv2d(256, 3, padding=1),
            relu4=ReLU(),
            conv5=Conv2d(256, 3, padding=1),
            relu5=ReLU(),
            pool5=MaxPool2d(3, stride=2),
            average=AdaptiveAvgPool2d(6),
            flatten=Flatten(),
            drop5=Dropout(0.5),
            fc6=Linear(4096),
            relu6=ReLU(),
            drop6=Dropout(0.5),
            fc7=Linear(4096),
            relu7=ReLU(),
            fc8=Linear(num_classes),
        ),
        paper=ONE_WEIRD_TRICK,
        facts=torchvision_facts(61_100_840, 714_188_480, "0.714"),
        differs_from_paper=(
            "an adaptive pool before the fully connected layers, as in torchvision",
            "dropout before fc6 and fc7, as in torchvision",
        ),
    )


# Figure 2: neurons of each layer; `why` explains a difference
NEURONS = (
    ("conv1", 253_440, "55 x 55 x 96 is 290,400; printed is 55 x 48 x 96"),
    ("conv2", 186_624, ""),
    ("conv3", 64_896, ""),
    ("conv4", 64_896, ""),
    ("conv5", 43_264, ""),
    ("fc6", 4_096, ""),
    ("fc7", 4_096, ""),
    ("fc8", 1_000, ""),
)
PRINTED = (
    *(
        Printed("Figure 2", path, "units", f"{number:,}", number, paths=(path,), why=why)
        for path, number, why in NEURONS
    ),
    Printed(
        "text",
        "all",
        "parameters",
        "60 million",
        60,
        MEGA,
        0.5,
        why="60,965,224 rounds to 61",
        suffix="M",
        digits=2,
    ),
    Printed(
        "text",
        "all",
        "units",
        "650,000",
        650,
        KILO,
        5.0,
        why="659,272 with 290,400 neurons in conv1; 622,312 with the printed 253,440",
        suffix="K",
    ),
)


PUBLICATION = Publication(
    networks=(alexnet, alexnet_ungrouped, alexnet_owt),
    printed={"alexnet": PRINTED},
    results={
        "alexnet": (
            imagenet(40.7, 18.2, "10 crops", "AlexNet paper, Table 2"),
            imagenet(39.0, 16.6, "10 crops, pre-trained on Fall 2011", "AlexNet paper, Table 2"),
            imagenet(38.1, 16.4, "10 crops", "AlexNet paper, Table 2", ensemble=5),
            imagenet(None, 16.4, "10 crops", "AlexNet paper, Table 2", split=TEST, ensemble=5),
            imagenet(
                36.7,
                15.4,
                "10 crops, two of them pre-trained on Fall 2011",
                "AlexNet paper, Table 2",
                ensemble=7,
            ),
            imagenet(
                None,
                15.3,
                "10 crops, two of them pre-trained",
                "AlexNet paper, Table 2",
                split=TEST,
                ensemble=7,
            ),
            imagenet(37.5, 17.0, "10 crops", "AlexNet paper, section 6", split="ILSVRC-2010 test"),
            imagenet(
                67.4,
                40.9,
                "10 crops, 10,184 classes",
                "AlexNet paper, section 6",
                split="Fall 2009, half of the images",
            ),
            imagenet(40.5, 18.1, "10 crops, trained again", "ZFNet paper, Table 2"),
            retrained(42.9, 19.8, "Caffe's bvlc_alexnet, 57.1 / 80.2"),
        ),
        "alexnet_owt": (
            imagenet(43.478, 20.934, "1 crop", "torchvision's published weights, 56.522 / 79.066"),
        ),
    },
    errata=(
        Erratum(
            "AlexNet, input",
            "224 x 224",
            "227 x 227",
            "(224 - 11) / 4 + 1 is no whole number",
            "AlexNet paper, Figure 2; Caffe's bvlc_alexnet",
        ),
        Erratum(
            "AlexNet, neurons of conv1",
            "253,440",
            "290,400",
            "55 x 55 x 96; the sum of all layers then fits the text's 650,000",
            "AlexNet paper, Figure 2 and section 3.5",
        ),
        Erratum(
            "AlexNet, parameters",
            "60 million",
            "60,965,224 with two groups, 62,378,344 with one",
            "61,100,840 is torchvision's other network, of 2014",
            "AlexNet paper, abstract; torchvision",
        ),
        Erratum(
            "local response normalisation",
            "alpha times the sum (paper), alpha / n times the sum (Caffe, torch)",
            'alpha_per="sum" and alpha_per="mean"',
            "in torch's terms the paper's alpha is 5e-4, with k = 2",
            "AlexNet paper, section 3.3; Caffe; torch",
        ),
        Erratum(
            "order of normalisation and pooling",
            "AlexNet: first normalised; CaffeNet: first pooled",
            "each network follows its own source",
            "GoogLeNet has both orders: pool1, norm1 and norm2, pool2",
            "Caffe's model files",
        ),
        Erratum(
            "AlexNet, initial biases",
            "1 in the paper, 0.1 in Caffe",
            "the paper's",
            "Caffe: 1 did not train",
            "AlexNet paper, section 5; Caffe's readme",
        ),
    ),
)
