"""AlexNet: the network of 2012 on two GPUs, the same on one, and the single tower of 2014."""

from convscope.arch import Architecture, Chain, Fact, Paper
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


def _two_towers(groups: int, num_classes: int) -> Chain:
    """Two GPUs see each other in conv3 and in the fully connected layers: groups elsewhere."""
    return Chain(
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
        flatten=Flatten(),
        fc6=Linear(4096),
        relu6=ReLU(),
        drop6=Dropout(0.5),
        fc7=Linear(4096),
        relu7=ReLU(),
        drop7=Dropout(0.5),
        fc8=Linear(num_classes),
    )


def alexnet(*, num_classes: int = 1000, input: CHW = CHW(3, 227, 227)) -> Architecture:
    """AlexNet of 2012: two groups, response normalisation, overlapping pools."""
    whole = (num_classes, input) == (1000, CHW(3, 227, 227))
    return Architecture(
        name="alexnet",
        input=input,
        num_classes=num_classes,
        block=_two_towers(2, num_classes),
        paper=PAPER,
        facts=(
            Fact(
                quantity="parameters",
                value=60_965_224,
                source="arithmetic over the layers of Caffe's bvlc_alexnet; the paper says "
                "60 million",
            ),
            Fact(quantity="macs", value=724_406_816, source="arithmetic over the layers"),
        )
        if whole
        else (),
        differs_from_paper=(
            "an input of 227: the paper's 224 does not fit, (224 - 11) / 4 is no whole number",
        ),
    )


def alexnet_ungrouped(*, num_classes: int = 1000, input: CHW = CHW(3, 227, 227)) -> Architecture:
    """AlexNet on one GPU: every map sees every map of the layer before."""
    whole = (num_classes, input) == (1000, CHW(3, 227, 227))
    return Architecture(
        name="alexnet_ungrouped",
        input=input,
        num_classes=num_classes,
        block=_two_towers(1, num_classes),
        paper=PAPER,
        facts=(
            Fact(quantity="parameters", value=62_378_344, source="arithmetic over the layers"),
            Fact(quantity="macs", value=1_135_256_096, source="arithmetic over the layers"),
        )
        if whole
        else (),
        differs_from_paper=(
            "an input of 227: the paper's 224 does not fit, (224 - 11) / 4 is no whole number",
            "one group in conv2, conv4 and conv5",
        ),
    )


def alexnet_owt(*, num_classes: int = 1000, input: CHW = CHW(3, 224, 224)) -> Architecture:
    """The single tower of 2014, which torchvision calls alexnet."""
    whole = (num_classes, input) == (1000, CHW(3, 224, 224))
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
        facts=(
            Fact(quantity="parameters", value=61_100_840, source="torchvision's num_params"),
            Fact(quantity="macs", value=714_188_480, source="torchvision's _ops, 0.714 G"),
        )
        if whole
        else (),
        differs_from_paper=(
            "an adaptive pool before the fully connected layers, as torchvision has it",
            "dropout before fc6 and fc7, as torchvision has it",
        ),
    )
