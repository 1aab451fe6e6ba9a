"""The form of a paper's file: its networks, and everything that was published about them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from convscope.arch import Architecture, Fact, Result
from convscope.shapes import CHW

KIBI, KILO, MEGA, GIGA = 1024, 10**3, 10**6, 10**9
VALIDATION, TEST = "ILSVRC-2012 validation", "ILSVRC-2012 test"


@dataclass(frozen=True)
class Printed:
    """A number as a paper prints it.

    Attributes:
        table: where the paper prints it; `row` is its row there.
        paths: the blocks that it counts; none: the whole main network.
        printed: the text in the paper.
        value, unit: the same as a number of units.
        tolerance: largest difference, in units, at which our number agrees.
        why: the reason of a difference, or how to read the unit.
        suffix, digits: how our number is written beside it.
    """

    table: str
    row: str
    quantity: str
    printed: str
    value: float
    unit: int = 1
    tolerance: float = 0.0
    paths: tuple[str, ...] = ()
    why: str = ""
    suffix: str = ""
    digits: int = 1


class Erratum(NamedTuple):
    """A disagreement between sources: what is printed, what is correct, why, and where."""

    topic: str
    printed: str
    correct: str
    why: str
    source: str


@dataclass(frozen=True)
class Publication:
    """One paper: its networks, the numbers it prints, published error rates, and errata.

    `printed` and `results` are by the name of the network.
    """

    networks: tuple[Callable[..., Architecture], ...]
    printed: Mapping[str, tuple[Printed, ...]] = field(default_factory=dict)
    results: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)
    errata: tuple[Erratum, ...] = ()


def family(
    build: Callable[..., Architecture],
    rows: Mapping[str, tuple[Any, ...]],
    summary: Callable[..., str],
    *,
    num_classes: int,
    input: CHW,
    sizes: Mapping[str, CHW] = MappingProxyType({}),
) -> tuple[Callable[..., Architecture], ...]:
    """Return one function for each row of a paper's table of networks, named as the row.

    Args:
        build: returns the architecture; gets the name, num_classes, input, and the row.
        summary: returns the docstring of a function; gets the row.
        num_classes, input: defaults of the functions.
        sizes: other default inputs, by the names of their rows.
    """
    networks = []
    for name, row in rows.items():
        network = _member(build, name, row, num_classes, sizes.get(name, input))
        network.__name__, network.__doc__ = name, summary(*row)
        networks.append(network)
    return tuple(networks)


def _member(
    build: Callable[..., Architecture],
    name: str,
    row: tuple[Any, ...],
    default_classes: int,
    default_input: CHW,
) -> Callable[..., Architecture]:
    def network(*, num_classes: int = default_classes, input: CHW = default_input) -> Architecture:
        return build(name, num_classes, input, *row)

    return network


def torchvision_facts(parameters: int, macs: int, ops: str) -> tuple[Fact, ...]:
    """Return the totals that torchvision states of its network; `ops` is its `_ops`, in G."""
    return (
        Fact(quantity="parameters", value=parameters, source="torchvision's num_params"),
        Fact(quantity="macs", value=macs, source=f"torchvision's _ops, {ops} G"),
    )


def keras_facts(parameters: int, trainable: int, *, why: str) -> tuple[Fact, ...]:
    """Return the counts of Keras' own variant: with running statistics, and without them."""
    whole, part = f"{why}, running statistics counted", f"{why}, running statistics not counted"
    return (
        Fact(quantity="parameters", value=parameters, source="Keras", differs=whole),
        Fact(quantity="parameters", value=trainable, source="Keras", differs=part),
    )


def millions(
    table: str, printed: str, value: float, *, tolerance: float, why: str = ""
) -> tuple[Printed, ...]:
    """Return the parameters of a whole network, printed in millions."""
    parameters = Printed(table, "all", "parameters", printed, value, MEGA, tolerance)
    return (replace(parameters, why=why, suffix="M", digits=3),)


def multiply_adds(
    table: str, printed: str, value: float, *, tolerance: float = 0.5, why: str = ""
) -> tuple[Printed, ...]:
    """Return the multiply-accumulates of a whole network, `value` in millions."""
    macs = Printed(table, "all", "MACs", printed, value, MEGA, tolerance)
    return (replace(macs, why=why, suffix="M"),)


def imagenet(
    top1: float | None,
    top5: float | None,
    protocol: str,
    source: str,
    *,
    split: str = VALIDATION,
    ensemble: int = 1,
    weights: str = "",
) -> Result:
    """Return an error rate on ImageNet, in per cent."""
    return Result(
        data="ImageNet",
        split=split,
        top1=top1,
        top5=top5,
        protocol=protocol,
        ensemble=ensemble,
        source=source,
        weights=weights or trained_by(source),
    )


def by_keras(top1: float, top5: float) -> Result:
    """Return the result of Keras' own training; the arguments are its accuracies, in per cent."""
    source = f"Keras' table, {top1:.3f} / {top5:.3f}"
    return retrained(round(100 - top1, 3), round(100 - top5, 3), source)


LIBRARIES = {
    "torchvision": "torchvision",
    "Keras": "Keras",
    "Caffe": "Caffe",
    "timm": "timm",
    "TensorFlow": "TensorFlow",
    "pycls": "pycls",
    "MatConvNet": "MatConvNet",
}


def trained_by(source: str) -> str:
    """Return whose weights a source measured: a library's own training, or the authors'."""
    libraries = (name for prefix, name in LIBRARIES.items() if source.startswith(prefix))
    return next(libraries, "the authors")


def retrained(top1: float, top5: float, source: str) -> Result:
    """Return an error rate of a library's own training, which is not the paper's result."""
    return imagenet(top1, top5, "retrained, 1 crop", source)


def by_torchvision(top1: float, top5: float) -> Result:
    """Return torchvision's own result; the arguments are its accuracies, in per cent."""
    source = f"torchvision, {top1:.3f} / {top5:.3f}"
    return retrained(round(100 - top1, 3), round(100 - top5, 3), source)


def cifar10(top1: float, source: str, protocol: str = "whole image") -> Result:
    """Return an error rate on CIFAR-10, in per cent."""
    return Result(
        data="CIFAR-10",
        split="test",
        top1=top1,
        protocol=protocol,
        source=source,
        weights="the authors",
    )
