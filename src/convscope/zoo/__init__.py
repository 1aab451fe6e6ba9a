"""The zoo: architectures by name. One paper is one file; `PUBLICATIONS` is the whole list."""

import os
from collections.abc import Callable
from pathlib import Path

from convscope.arch import Architecture, Result
from convscope.errors import ArchitectureError, InputError, unknown_name
from convscope.shapes import CHW
from convscope.zoo.input_size import with_fitting_size
from convscope.zoo.json_file import read
from convscope.zoo.papers.classic import alexnet, all_cnn, conv5, lenet, nin, vgg, zfnet
from convscope.zoo.papers.inception import bn_inception, googlenet, inception_v3, xception
from convscope.zoo.papers.mobile import (
    efficientnet,
    efficientnet_lite,
    efficientnet_v2,
    mnasnet,
    mobilenet_v1,
    mobilenet_v2,
    mobilenet_v3,
    shufflenet_v2,
    squeezenet,
)
from convscope.zoo.papers.residual import (
    convnext,
    densenet,
    regnet,
    repvgg,
    resnet,
    resnext,
    senet,
    wide_resnet,
)
from convscope.zoo.publication import Publication

_PAPERS = (
    *(lenet, alexnet, zfnet, nin, vgg, googlenet),
    *(bn_inception, inception_v3, xception, resnet, all_cnn, conv5),
    *(wide_resnet, resnext, densenet, senet, regnet, repvgg, convnext),
    *(squeezenet, mobilenet_v1, mobilenet_v2, mobilenet_v3, shufflenet_v2),
    *(mnasnet, efficientnet, efficientnet_lite, efficientnet_v2),
)
PUBLICATIONS: tuple[Publication, ...] = tuple(paper.PUBLICATION for paper in _PAPERS)
GROUPS: tuple[str, ...] = tuple((paper.__doc__ or "").partition("\n")[0] for paper in _PAPERS)
"""Headings of the publications, in their order."""
FAMILIES: tuple[str, ...] = tuple(paper.__name__.split(".")[-2] for paper in _PAPERS)
"""Families of the publications, in their order: the folders of their files."""
ARCHITECTURES: tuple[Callable[..., Architecture], ...] = tuple(
    builder for publication in PUBLICATIONS for builder in publication.networks
)


def list_architectures() -> list[str]:
    """Return the names in the order of the list."""
    return [builder.__name__ for builder in ARCHITECTURES]


def load(name: str, *, num_classes: int | None = None, input: CHW | None = None) -> Architecture:
    """Return the architecture of that name.

    Args:
        num_classes, input: instead of the paper's, where the network allows it.

    Raises:
        InputError: an unknown name (the message suggests the nearest), or a fixed option.
        ArchitectureError: the input does not fit; the message suggests one that does.
    """
    builders = {builder.__name__: builder for builder in ARCHITECTURES}
    if name not in builders:
        raise unknown_name("architecture", name, builders, see="convscope list architectures")
    arguments = {"num_classes": num_classes, "input": input}
    options = {key: value for key, value in arguments.items() if value is not None}
    accepted = builders[name].__kwdefaults__ or {}
    for option in options:
        if option not in accepted:
            fixed = getattr(builders[name](), option)
            raise InputError(
                f"{option} {options[option]} for {name}",
                expected=f"{fixed}, which this architecture fixes",
                fix="use another architecture",
            )
    try:
        built = builders[name](**options)
    except ArchitectureError as error:
        if input is None:
            raise

        def build(size: CHW) -> Architecture:
            return builders[name](**(options | {"input": size}))

        raise with_fitting_size(error, build, input, accepted["input"]) from None
    if any(value != accepted[option] for option, value in options.items()):
        return built.model_copy(update={"facts": ()})
    if options:
        return built  # published error rates belong to the published network
    return built.model_copy(update={"results": _results(name)})


def _results(name: str) -> tuple[Result, ...]:
    results = (publication.results.get(name, ()) for publication in PUBLICATIONS)
    return next(filter(None, results), ())


def find(name: str, *, num_classes: int | None = None, input: CHW | None = None) -> Architecture:
    """Return the architecture of a name, or of the path of a JSON file (ARCH of the commands).

    Raises: as `load` and `read`.
    """
    path = Path(name)
    if path.suffix.lower() == ".json" or os.path.isfile(path):  # false, not an error, if too long
        return read(path, num_classes=num_classes, input=input)
    return load(name, num_classes=num_classes, input=input)
