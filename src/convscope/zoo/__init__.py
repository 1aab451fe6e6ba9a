"""The zoo: architectures by name. One paper a file; the tuple below is the whole list."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from convscope.arch import Architecture
from convscope.errors import ArchitectureError, InputError, unknown_name
from convscope.shapes import CHW
from convscope.zoo.find import read
from convscope.zoo.fitting import with_fitting_size
from convscope.zoo.papers.alexnet import (
    alexnet,
    alexnet_owt,
    alexnet_ungrouped,
)
from convscope.zoo.papers.all_cnn import (
    all_cnn_a,
    all_cnn_b,
    all_cnn_c,
    convpool_cnn_a,
    convpool_cnn_b,
    convpool_cnn_c,
    model_a,
    model_b,
    model_c,
    strided_cnn_a,
    strided_cnn_b,
    strided_cnn_c,
)
from convscope.zoo.papers.conv5 import conv5_bn
from convscope.zoo.papers.efficientnet import efficientnet_lite0
from convscope.zoo.papers.googlenet import (
    googlenet,
    googlenet_bn,
    inception_naive,
)
from convscope.zoo.papers.inception_v3 import (
    inception_v3,
)
from convscope.zoo.papers.lenet import lenet5, lenet5_1998
from convscope.zoo.papers.nin import (
    nin,
)
from convscope.zoo.papers.resnet import (
    plain18,
    plain20,
    plain32,
    plain34,
    plain44,
    plain56,
    resnet18,
    resnet18_a,
    resnet20,
    resnet32,
    resnet34,
    resnet34_a,
    resnet34_c,
    resnet44,
    resnet50,
    resnet50_v1,
    resnet56,
    resnet101,
    resnet101_v1,
    resnet110,
    resnet152,
    resnet152_v1,
)
from convscope.zoo.papers.vgg import (
    vgg11,
    vgg11_bn,
    vgg11_lrn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg16_c,
    vgg16_c_bn,
    vgg19,
    vgg19_bn,
)
from convscope.zoo.papers.zfnet import (
    zfnet,
)
from convscope.zoo.results import RESULTS

ARCHITECTURES: tuple[Callable[..., Architecture], ...] = (
    lenet5,
    lenet5_1998,
    alexnet,
    alexnet_ungrouped,
    alexnet_owt,
    zfnet,
    nin,
    vgg11,
    vgg11_lrn,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg16_c,
    vgg16_c_bn,
    vgg19,
    vgg19_bn,
    googlenet,
    googlenet_bn,
    inception_naive,
    inception_v3,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    resnet18_a,
    resnet34_a,
    resnet34_c,
    resnet50_v1,
    resnet101_v1,
    resnet152_v1,
    plain18,
    plain34,
    resnet20,
    resnet32,
    resnet44,
    resnet56,
    resnet110,
    plain20,
    plain32,
    plain44,
    plain56,
    model_a,
    strided_cnn_a,
    convpool_cnn_a,
    all_cnn_a,
    model_b,
    strided_cnn_b,
    convpool_cnn_b,
    all_cnn_b,
    model_c,
    strided_cnn_c,
    convpool_cnn_c,
    all_cnn_c,
    efficientnet_lite0,
    conv5_bn,
)


def list_architectures() -> list[str]:
    """The names, in the order of the list."""
    return [builder.__name__ for builder in ARCHITECTURES]


def load(name: str, *, num_classes: int | None = None, input: CHW | None = None) -> Architecture:
    """The architecture of that name.

    Args:
        num_classes, input: in place of the paper's, where the network allows it.

    Raises:
        InputError: no such name (with the nearest ones), or an option the network lacks.
        ArchitectureError: the input does not fit; the nearest one that does is named.
    """
    builders = {builder.__name__: builder for builder in ARCHITECTURES}
    if name not in builders:
        raise unknown_name("architecture", name, builders, see="convscope list architectures")
    wanted = {"num_classes": num_classes, "input": input}
    options = {key: value for key, value in wanted.items() if value is not None}
    accepted = builders[name].__kwdefaults__ or {}
    for option in options:
        if option not in accepted:
            raise InputError(f"{name} has a fixed {option}", fix=f"leave {option} out")
    try:
        built = builders[name](**options)
    except ArchitectureError as error:
        if input is None:
            raise
        build = partial(_with_input, builders[name], num_classes)
        raise with_fitting_size(error, build, input, accepted["input"]) from None
    if options:
        return built  # published errors are those of the published network
    return built.model_copy(update={"results": RESULTS.get(name, ())})


def _with_input(
    builder: Callable[..., Architecture], num_classes: int | None, input: CHW
) -> Architecture:
    options = {} if num_classes is None else {"num_classes": num_classes}
    return builder(**options, input=input)


def find(name: str, *, num_classes: int | None = None, input: CHW | None = None) -> Architecture:
    """ARCH of the command line: a name of the list above, or the path of a JSON file.

    Raises: as `load`, and what reading a file can raise.
    """
    path = Path(name)
    if path.suffix.lower() == ".json" or os.path.isfile(path):  # false, not an error, if too long
        return read(path, num_classes=num_classes, input=input)
    return load(name, num_classes=num_classes, input=input)
