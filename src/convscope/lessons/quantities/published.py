"""Published errors, from the papers' files in `zoo/papers`, and errors measured here.

Errors are shares: 0.153 is 15.3 %. A name of a network is followed by the protocol.
"""

from collections.abc import Callable
from functools import cache
from statistics import mean, stdev

from convscope.lessons.quantities.formats import Value

PER_CENT = 100
MOST_CROPS = 144  # GoogLeNet paper, Table 3

ALL_CNN = ("model_c", "strided_cnn_c", "convpool_cnn_c", "all_cnn_c")
# python benchmarks/all_cnn.py --jobs 2: test error in per cent on Fashion-MNIST, seeds 0, 1, 2
ALL_CNN_HERE = {
    "model_c": (9.77, 9.37, 10.68),
    "strided_cnn_c": (9.90, 29.63, 10.75),
    "convpool_cnn_c": (10.38, 10.47, 11.10),
    "all_cnn_c": (11.10, 20.16, 11.33),
}
ALL_CNN_WIDTH, ALL_CNN_EPOCHS = 16, 7

# Russakovsky et al. 2015: sections 3.1 and 6.4, and the README of the data set
IMAGENET = {"training": 1_281_167, "validation": 50_000, "test": 100_000}
DOG_BREEDS, HUMAN_IMAGES = 120, 1_500
LECTURE_2011 = 26  # per cent, which the lecture gives to 2011
MNIST_TRAINING, MNIST_SIDE = 60_000, 28
# e2e/course: LeNet-5 trained on the page of its chapter reaches this share of the held-out digits
HELD_OUT, REACHED = 1_000, 0.97


def error(
    network: str, protocol: str, *, ensemble: int = 1, rank: int = 5, test: bool = False
) -> float:
    """Return a published error as a share.

    Args:
        protocol: how the protocol's text begins.
        ensemble: number of networks that were averaged.
        rank: 1 or 5, for top-1 or top-5.
        test: on test images, not on those for validation.

    Raises:
        LookupError: no such error is known.
    """
    from convscope.zoo.results import published

    for result in (each.result for each in published(network)):
        value = result.top1 if rank == 1 else result.top5
        fits = result.ensemble == ensemble and result.protocol.startswith(protocol)
        if value is not None and fits and ("test" in result.split) == test:
            return float(value) / PER_CENT
    raise LookupError(f"{network}: no published top-{rank} error, {protocol}, {ensemble} networks")


def _mean_and_spread(network: str) -> str:
    errors = ALL_CNN_HERE[network]
    return f"{mean(errors):.1f} % ± {stdev(errors):.1f}"


@cache
def recipe_error(name: str) -> str:
    """Return the measured error that a recipe's docstring states, as 0.56 % ± 0.02."""
    from convscope.recipes.entries import measured

    return measured(name).removeprefix("test error ").replace("+-", "±")


def _of_all_cnn(network: str) -> dict[str, Callable[[], Value]]:
    return {
        f"{network}.error": lambda: error(network, "whole image", rank=1, test=True),
        f"{network}.ours": lambda: _mean_and_spread(network),
        f"{network}.worst": lambda: max(ALL_CNN_HERE[network]) / PER_CENT,
    }


def _paper_width() -> int:
    from convscope.zoo.papers.classic.all_cnn import WIDTH

    return WIDTH


def _paper_epochs() -> int:
    from convscope.recipes.cifar10 import all_cnn_cifar10

    return all_cnn_cifar10().epochs


def _classes() -> int:
    from convscope.zoo import load

    return load("alexnet").num_classes


def _vgg(network: str) -> dict[str, Callable[[], Value]]:
    protocol = "dense at 256, trained at 256, one scale"
    return {
        f"{network}.top1": lambda: error(network, protocol, rank=1),
        f"{network}.top5": lambda: error(network, protocol),
    }


def _ten_crops(network: str) -> dict[str, Callable[[], Value]]:
    return {f"{network}.top1": lambda: error(network, "10 crops", rank=1)}


PUBLISHED: dict[str, Callable[[], Value]] = {
    **{name: value for network in ALL_CNN for name, value in _of_all_cnn(network).items()},
    "all_cnn.width_here": lambda: ALL_CNN_WIDTH,
    "all_cnn.width": _paper_width,
    "all_cnn.epochs_here": lambda: ALL_CNN_EPOCHS,
    "all_cnn.epochs": _paper_epochs,
    "imagenet.classes": _classes,
    "imagenet.training": lambda: IMAGENET["training"],
    "imagenet.validation": lambda: IMAGENET["validation"],
    "imagenet.test": lambda: IMAGENET["test"],
    "imagenet.dogs": lambda: DOG_BREEDS,
    "imagenet.guess": lambda: 5 / _classes(),
    "imagenet.guess_error": lambda: PER_CENT * (1 - 5 / _classes()),
    "mnist.training": lambda: MNIST_TRAINING,
    "mnist.size": lambda: (MNIST_SIDE, MNIST_SIDE),
    "train.held_out": lambda: HELD_OUT,
    "train.reached": lambda: REACHED,
    "human.top5": lambda: error("human", "about", test=True),
    "human.images": lambda: HUMAN_IMAGES,
    "lecture.alexnet.before": lambda: LECTURE_2011,
    "winner2011.top5": lambda: error("ilsvrc2011_winner", "not stated", test=True),
    "second2012.top5": lambda: error("ilsvrc2012_second", "not stated", test=True),
    "alexnet.single": lambda: error("alexnet", "10 crops"),
    "alexnet.top1": lambda: error("alexnet", "10 crops", rank=1),
    "alexnet.five": lambda: error("alexnet", "10 crops", ensemble=5, test=True),
    "alexnet.seven": lambda: error("alexnet", "10 crops", ensemble=7, test=True),
    "googlenet.crop": lambda: error("googlenet", "1 crop"),
    "googlenet.crops": lambda: error("googlenet", f"{MOST_CROPS} crops"),
    "googlenet.most_crops": lambda: MOST_CROPS,
    "googlenet.seven": lambda: error("googlenet", f"{MOST_CROPS} crops", ensemble=7),
    "googlenet.passes": lambda: 7 * MOST_CROPS,
    "vgg.submission": lambda: error("vgg16", "dense, several scales", ensemble=7, test=True),
    "vgg.single": lambda: error("vgg19", "one network", test=True),
    "resnet.ensemble": lambda: error("resnet152_v1", "dense at several", ensemble=6, test=True),
    "lenet5_1998.error": lambda: error("lenet5_1998", "whole image", rank=1, test=True),
    "lenet5_1998.distorted": lambda: error(
        "lenet5_1998", "whole image, trained with distortions", rank=1, test=True
    ),
    "lenet5.recipe.quick": lambda: recipe_error("lenet5_mnist_quick"),
    "lenet5.recipe.long": lambda: recipe_error("lenet5_mnist_long"),
    **_vgg("vgg11"),
    **_vgg("vgg13"),
    **_vgg("vgg16"),
    **_vgg("vgg19"),
    **_ten_crops("plain18"),
    **_ten_crops("plain34"),
    **_ten_crops("resnet18_a"),
    **_ten_crops("resnet34_a"),
    "mobilenet_v1.top1": lambda: error("mobilenet_v1", "crops not stated", rank=1),
    "convnext_tiny.top1": lambda: error("convnext_tiny", "retrained, 1 crop", rank=1),
    "resnet50.v1": lambda: error("resnet50", "1 crop", rank=1),
    "resnet50.v2": lambda: error("resnet50", "retrained, 1 crop", rank=1),
    "convnext.gain": lambda: (
        PER_CENT
        * (error("resnet50", "1 crop", rank=1) - error("convnext_tiny", "retrained", rank=1))
    ),
    "convnext.gain_v2": lambda: (
        PER_CENT
        * (error("resnet50", "retrained", rank=1) - error("convnext_tiny", "retrained", rank=1))
    ),
}
"""Years of competitions, sizes of data sets, and errors."""

YEARS: dict[str, Callable[[], Value]] = {
    "ilsvrc.first": lambda: "2010",
    "ilsvrc.second": lambda: "2011",
    "ilsvrc.alexnet": lambda: "2012",
    "ilsvrc.googlenet": lambda: "2014",
    "ilsvrc.resnet": lambda: "2015",
}
"""Years of the competition, as text."""
