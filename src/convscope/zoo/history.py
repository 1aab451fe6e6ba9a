"""Published top-5 errors on ImageNet by year, for one protocol at a time, and how networks trained.

Only errors of one protocol can be compared: entries of the competition average several networks and
many crops; a single network with one crop has a larger error on the same images.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

from convscope.arch import Result
from convscope.errors import InputError, unknown_name
from convscope.record import Record
from convscope.zoo.publication import VALIDATION

Protocol = Literal["competition", "crops", "crop"]
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)

HUMAN = "human"

DESCRIPTIONS: dict[Protocol, str] = {
    "competition": "test images of the year's competition; any number of networks and crops",
    "crops": "validation images of 2012; one network, several crops or scales",
    "crop": "validation images of 2012; one network, one crop",
}


class Entry(NamedTuple):
    """An entry of the competition: its year, its network or system, and its error as published."""

    year: int
    network: str
    top5: float


COMPETITION = (
    Entry(2010, "sparse_coding", 28.2),
    Entry(2011, "ilsvrc2011_winner", 25.8),
    Entry(2012, "ilsvrc2012_second", 26.2),
    Entry(2012, "alexnet", 15.3),
    Entry(2013, "zfnet", 14.8),
    Entry(2013, "clarifai", 11.7),
    Entry(2014, "vgg16", 7.3),
    Entry(2014, "googlenet", 6.67),
    Entry(2015, "resnet152_v1", 3.57),
    Entry(2017, "senet_2017", 2.251),
)

NAMES = {
    "sparse_coding": "NEC-UIUC",
    "ilsvrc2011_winner": "XRCE",
    "ilsvrc2012_second": "ISI",
    "alexnet": "AlexNet",
    "zfnet": "ZFNet",
    "clarifai": "Clarifai",
    "vgg16": "VGG",
    "googlenet": "GoogLeNet",
    "resnet152_v1": "ResNet",
    "senet_2017": "SENet",
}
"""Names of the competition's entries; other points have the names of the zoo."""


class Point(Record):
    """A published top-5 error in per cent, with its protocol and source.

    Attributes:
        name: name to show.
        network: name in the zoo or among the systems.
        networks: number of networks whose predictions were averaged.
        is_network: whether it is a convolutional network.
    """

    year: int
    name: str
    network: str
    top5: float
    networks: int
    detail: str
    source: str
    is_network: bool


class Training(Record):
    """Training time of a network, as its paper states it."""

    name: str
    machine: str
    time: str
    epochs: str
    source: str


TRAINING = (
    Training(
        name="AlexNet",
        machine="two GTX 580 with 3 GB",
        time="5 to 6 days",
        epochs="about 90",
        source="AlexNet paper, section 5",
    ),
    Training(
        name="ZFNet",
        machine="one GTX 580",
        time="12 days",
        epochs="70",
        source="ZFNet paper, section 3",
    ),
    Training(
        name="VGG",
        machine="four Titan Black",
        time="2 to 3 weeks a network",
        epochs="74",
        source="VGG paper, sections 3.1 and 3.3",
    ),
)


class History(Record):
    """Errors of one protocol, by year; `human` is a person's error on the same task."""

    protocol: Protocol
    description: str
    points: tuple[Point, ...]
    human: float
    human_source: str


def history(protocol: str) -> History:
    """Return the published errors of one protocol, by year.

    Raises:
        InputError: an unknown protocol.
    """
    if protocol not in PROTOCOLS:
        raise unknown_name("protocol", protocol, PROTOCOLS, see="")
    chosen: Protocol = protocol
    points = _competition() if chosen == "competition" else _single(chosen)
    person = _published(HUMAN)[0]
    assert person.top5 is not None
    return History(
        protocol=chosen,
        description=DESCRIPTIONS[chosen],
        points=tuple(sorted(points, key=lambda point: (point.year, -point.top5))),
        human=float(person.top5),
        human_source=person.source,
    )


def _published(network: str) -> tuple[Result, ...]:
    from convscope.zoo.results import published

    return tuple(each.result for each in published(network))


def _competition() -> Iterable[Point]:
    for year, network, top5 in COMPETITION:
        results = (
            each for each in _published(network) if each.top5 == top5 and "test" in each.split
        )
        result = next(results, None)
        if result is None:
            raise InputError(f"{top5} % is no published error of {network}", where="zoo/history.py")
        yield _point(year, NAMES[network], network, result)


def _single(protocol: Protocol) -> Iterable[Point]:
    """Yield the best published error of each network of the zoo with this protocol."""
    from convscope.zoo import PUBLICATIONS, load

    for publication in PUBLICATIONS:
        for network, results in publication.results.items():
            fitting = [each for each in results if _fits(each, protocol)]
            if fitting and (paper := load(network).paper):
                best = min(fitting, key=_rank)
                yield _point(paper.year, network, network, best)


def _rank(result: Result) -> tuple[bool, float]:
    """Put the authors' own training first, then the smallest error."""
    return result.protocol.startswith("retrained"), result.top5 or 100.0


def _fits(result: Result, protocol: Protocol) -> bool:
    """Return whether an error is of one network, in the authors' hands, with this protocol."""
    is_one = result.ensemble == 1 and result.top5 is not None and result.split == VALIDATION
    is_crop = result.protocol in ("1 crop", "retrained, 1 crop")
    is_crops = result.protocol.startswith(
        ("10 crops", "12 crops", "144 crops", "150 crops", "dense")
    )
    return is_one and (is_crop if protocol == "crop" else is_crops)


def _point(year: int, name: str, network: str, result: Result) -> Point:
    assert result.top5 is not None
    return Point(
        year=year,
        name=name,
        network=network,
        top5=float(result.top5),
        networks=result.ensemble,
        detail=result.protocol,
        source=result.source,
        is_network=result.weights != "no network",
    )
